"""Marks as rows: how a picture is called in them, what a file of others says, and the table of all."""

import difflib
import os
from collections.abc import Container, Mapping, Sequence
from pathlib import Path

import pandas as pd

from lab.core.errors import BadValue, PawlabError
from lab.data.annotation_file import COLUMNS, Mark, Row, read_annotations


def picture_key(path: str | os.PathLike) -> str:
    """The absolute path, as text."""
    return os.path.abspath(path)  # noqa: PTH100  (follows no links; 100,000 of them: text is quicker)


def check_label(label: object, vocab: Sequence[str]) -> None:
    """Raise ValueError, with the closest name, for a label outside the vocab."""
    if not isinstance(label, str) or not label.strip():
        raise BadValue(f"annotations: got the label {label!r}. Give one of the {len(vocab)}.")
    if label not in vocab:
        close = difflib.get_close_matches(label, vocab, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "Pass vocab= to Annotations for a new class."
        raise BadValue(f"annotations: {label!r} is not one of the {len(vocab)} labels. {hint}")


def readable_marks(
    file: str | os.PathLike, known: Container[str], vocab: Sequence[str]
) -> tuple[dict[str, Mark], int]:
    """The marks in a file for the known pictures, and how many are about others.

    Raises FileNotFoundError, and ValueError naming the fault.
    """
    rows = read_annotations(Path(file))
    marks = {key: row.mark for key, row in rows.items() if key in known}
    for key, mark in marks.items():
        if mark.label is not None:
            try:
                check_label(mark.label, vocab)
            except PawlabError as problem:
                raise BadValue(f"read_csv: '{file}', '{Path(key).name}': {problem}") from problem
    return marks, len(rows) - len(marks)


def marks_frame(marked: Mapping[str, Row]) -> pd.DataFrame:
    """A table of the rows (absolute path -> Row), with the columns of the file."""
    rows = [(key, given, mark.kind, mark.label or "") for key, (given, mark) in marked.items()]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)

"""Labels from a table: a CSV file with one picture a line, as Kaggle gives them out (`id,breed`).

The whole file is checked before anything is decoded, and every fault is named with its line.
"""

import csv
import difflib
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from lab.data.files import PICTURE_EXTENSIONS

Column = str | int


def read_labels(
    file: str | os.PathLike,
    folder: str | os.PathLike = "",
    suffix: str = "",
    id_column: Column = 0,
    label_column: Column = 1,
) -> pd.DataFrame:
    """The pictures and labels that a CSV file lists: columns `path` (Path) and `label` (str), in the file's
    order.

    file: UTF-8, with a line of column names. folder: where the pictures are (default: beside the CSV file;
    a relative one is taken from there). suffix: added to each id, ".jpg" for `id,breed`. id_column,
    label_column: by name, or by number from 0. Labels are kept exactly. Raises FileNotFoundError for a
    missing file; ValueError, naming the file and the lines, for a column that is not there, an empty id or
    label, an id that comes twice, a line too short, and a picture that is not in the folder.
    """
    file = Path(file)
    names, rows = _rows(file)
    at_id, at_label = _find(file, names, id_column), _find(file, names, label_column)
    _refuse(file, "has too few columns", (line for line, row in rows if len(row) <= max(at_id, at_label)))
    _refuse(file, "has no id", (line for line, row in rows if not row[at_id].strip()))
    _refuse(file, "has no label", (line for line, row in rows if not row[at_label].strip()))
    first: dict[str, int] = {}
    twice = [
        f"{line} (as {first[row[at_id]]})" for line, row in rows if first.setdefault(row[at_id], line) != line
    ]
    _refuse(file, "repeats an id", twice)
    base = file.parent / folder
    paths = [base / f"{row[at_id]}{suffix}" for _, row in rows]
    missing = [(line, path) for (line, _), path in zip(rows, paths, strict=True) if not path.is_file()]
    if missing:
        named = (f"{line} ({path.name!r})" for line, path in missing)
        _refuse(file, f"names a picture that is not in '{base}'", named, _hint(missing[0][1], suffix))
    return pd.DataFrame({"path": pd.Series(paths, dtype=object), "label": [row[at_label] for _, row in rows]})


def _rows(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """(the column names, [(line number, its cells)]); blank lines are passed over."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened)
            names = next(reader, [])
            rows = [(reader.line_num, row) for row in reader if row]
    except FileNotFoundError:
        beside = sorted(path.name for path in file.parent.glob("*.csv"))
        hint = f"'{file.parent}' holds {', '.join(map(repr, beside))}." if beside else "Check the path."
        raise FileNotFoundError(f"read_labels: there is no file '{file}'. {hint}") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(
            f"read_labels: '{file}' is no CSV text in UTF-8: {problem}. Save it as one."
        ) from problem
    if not rows:
        raise ValueError(
            f"read_labels: '{file}' lists no picture; a line of column names and one a picture is expected."
        )
    return names, rows


def _find(file: Path, names: list[str], column: Column) -> int:
    """The number of a column that is given by name or number."""
    if isinstance(column, int) and 0 <= column < len(names):
        return column
    if column in names:
        return names.index(column)
    close = difflib.get_close_matches(str(column), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"read_labels: '{file}' has no column {column!r}; its columns are {names}.{hint}")


def _refuse(file: Path, fault: str, lines: Iterable[int | str], hint: str = "Mend the file.") -> None:
    lines = [str(line) for line in lines]
    if lines:
        some = ", ".join(lines[:5]) + (", ..." if len(lines) > 5 else "")
        raise ValueError(f"read_labels: '{file}' {fault}: line{'s' if len(lines) > 1 else ''} {some}. {hint}")


def _hint(path: Path, suffix: str) -> str:
    """What a missing picture probably lacks."""
    for extension in sorted(PICTURE_EXTENSIONS):
        if path.with_name(path.name + extension).is_file():
            return f"Pass suffix={suffix + extension!r}."
    return "Check folder= and suffix=."

"""Annotations as an overlay: a CSV file that says which labels are wrong and which pictures to leave out.

The pictures themselves stay where and as they are. `lab.Annotations` writes the file, a spreadsheet can edit
it, and `dataloaders(..., annotations=True)` takes what it says into account.
"""

import csv
import io
import os
import re
import reprlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from lab.core.errors import BadValue, MissingFile
from lab.data.home import atomic_write
from lab.data.passed import SPLITS
from lab.data.table_file import sniff
from lab.progress import notify

NAME = "pawlab-annotations.csv"
COLUMNS = ("path", "given", "mark", "label")
KINDS = ("relabel", "discard", "keep")
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")  # how Python keeps such bytes
_ABOVE = 3  # folders above the pictures in which the file is looked for: class, split, dataset


@dataclass(frozen=True)
class Mark:
    """What was decided about one picture. label: the new label of a relabelled one, else None."""

    kind: Literal["relabel", "discard", "keep"]
    label: str | None = None

    def __str__(self) -> str:
        return self.kind if self.label is None else f"{self.kind} → {self.label}"


class Row(NamedTuple):
    """One line of the file: the label that the picture came with, and its mark."""

    given: str
    mark: Mark


def default_file(paths: Iterable[str], labels: Iterable[str]) -> Path | None:
    """The file in the dataset's folder, above those of classes and splits; None where none holds them all."""
    labelled = list(zip(paths, labels, strict=True))
    in_classes = all(os.path.basename(os.path.dirname(path)) == label for path, label in labelled)  # noqa: PTH119, PTH120  (text is quicker)
    folders = {os.path.dirname(path) for path, _ in labelled}  # noqa: PTH120
    folders = {os.path.dirname(folder) for folder in folders} if in_classes else folders  # noqa: PTH120
    try:
        root = Path(os.path.commonpath([*folders]))
    except ValueError:  # no pictures, or on several drives
        return None
    return (root.parent if root.name.lower() in SPLITS else root) / NAME


def saved_rows(file: Path | None) -> dict[str, Row]:
    """What `read_annotations` gives; nothing where there is no file (yet)."""
    try:
        return {} if file is None else read_annotations(file)
    except FileNotFoundError:
        return {}


def write_annotations(file: Path, rows: Mapping[str, Row]) -> None:
    """Write the rows, absolute path -> Row, whole or not at all.

    Pictures below the file's folder are named relative to it, so both can be moved together. Raises OSError.
    """
    inside = str(file.parent).rstrip(os.sep) + os.sep

    def name(path: str) -> str:
        return Path(path.removeprefix(inside)).as_posix() if path.startswith(inside) else path

    try:
        # names of files may hold bytes that are not UTF-8; they come back as they were
        with (
            atomic_write(file) as part,
            part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
        ):
            writer = csv.writer(out)
            writer.writerow(COLUMNS)
            for path, (given, mark) in sorted(rows.items()):
                writer.writerow((name(path), given, mark.kind, mark.label or ""))
    except OSError as problem:
        raise type(problem)(
            f"annotations: '{file}' cannot be written ({problem.strerror or problem}). Nothing is lost: make "
            "room, or save them elsewhere, marks.save('my-annotations.csv')."
        ) from problem


def read_annotations(file: Path) -> dict[str, Row]:
    """Absolute path -> Row, as `write_annotations` wrote it. Raises FileNotFoundError, ValueError.

    A file that a spreadsheet has saved in Windows' own encoding is read so, with a UserWarning.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise MissingFile(f"annotations: there is no file '{file}'. marks.save() writes one.") from None
    found = _rows(file, content.decode("utf-8-sig", "surrogateescape"))
    if any(map(_NOT_UTF8.search, found)):  # these bytes may be those of a picture's name
        as_windows = _rows(file, content.decode("cp1252", "replace"))
        if sum(map(os.path.lexists, as_windows)) > sum(map(os.path.lexists, found)):
            found = as_windows
            warnings.warn(
                f"annotations: '{file.name}' is not UTF-8; it was read as cp1252, Windows' own encoding.",
                UserWarning,
                stacklevel=3,
            )
    return found


def _rows(file: Path, text: str) -> dict[str, Row]:
    try:  # a spreadsheet may have saved it, with its own separator
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=sniff(text, COLUMNS))
        names = reader.fieldnames or []
        lines = [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise BadValue(f"annotations: '{file}' is not valid CSV: {problem}. Fix the file.") from problem
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise BadValue(
            f"annotations: '{file}' has no column {missing[0]!r}; its columns are "
            f"{reprlib.repr(list(names))}. Pass a file that marks.save() has written."
        )
    folder = os.path.abspath(file.parent)  # noqa: PTH100  (follows no links)
    found = {}
    for line, row in lines:
        path = os.path.normpath(os.path.join(folder, row["path"] or ""))  # noqa: PTH118  (text is quicker)
        found[path] = Row(row["given"] or "", _mark(file, line, row))
    return found


def _mark(file: Path, line: int, row: Mapping[str, str | None]) -> Mark:
    kind, label = row["mark"], row["label"] or None
    if kind not in KINDS:
        raise BadValue(
            f"annotations: '{file}', line {line}: got the mark {kind!r}; expected {', '.join(KINDS)}."
        )
    if (kind == "relabel") != (label is not None):
        wanted = "a label" if kind == "relabel" else "no label"
        raise BadValue(
            f"annotations: '{file}', line {line}: the mark {kind!r} needs {wanted}, but got {label!r}."
        )
    return Mark(kind, label)  # type: ignore[arg-type]


def decisions(annotations: Any, items: Sequence[Any], source: Callable[[Any], Any]) -> dict[int, Mark]:
    """Place in `items` -> its mark, for the items that have one.

    annotations: None or False for none at all; True for the file beside the pictures; the path of another;
    or `lab.Annotations`. source: item -> picture. Says in one sentence what was found. Raises
    FileNotFoundError when there is no file, ValueError for a damaged one.
    """
    if annotations is None or annotations is False:
        return {}
    sources = [source(item) for item in items]
    keys = {i: os.path.abspath(path) for i, path in enumerate(sources) if isinstance(path, Path)}  # noqa: PTH100
    if hasattr(annotations, "decided"):
        marks, name = annotations.decided(), "the annotations"
    else:
        file = _beside(list(keys.values())) if annotations is True else Path(annotations)
        marks, name = {path: row.mark for path, row in read_annotations(file).items()}, f"'{file.name}'"
    found = {i: marks[key] for i, key in keys.items() if key in marks}
    kinds = Counter(mark.kind for mark in found.values())
    if found:
        notify(
            f"From {name}: {kinds['relabel']} of {len(items):,} pictures relabelled, "
            f"{kinds['discard']} left out."
        )
    elif marks:
        warnings.warn(
            f"annotations: {name} is about {len(marks):,} pictures, and none of them is here. Its paths are "
            "relative to its own folder: keep it beside the pictures.",
            UserWarning,
            stacklevel=3,
        )
    return found


def _beside(paths: Sequence[str]) -> Path:
    """The overlay of these pictures, in the folder that holds them all or not far above."""
    try:
        folder = Path(os.path.commonpath([*{os.path.dirname(path) for path in paths}]))  # noqa: PTH120
    except ValueError:
        raise MissingFile(
            "annotations=True: these pictures are not in one folder, so there is no file beside them. Pass "
            "its path."
        ) from None
    places = [folder, *folder.parents][:_ABOVE]
    for place in places:
        if (place / NAME).is_file():
            return place / NAME
    raise MissingFile(
        f"annotations=True: there is no '{NAME}' in '{folder}' or above it. marks.save() writes one; "
        "annotations='file.csv' reads another."
    )

"""Annotations as a CSV file, to look at in a spreadsheet and to go on with another day."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

from lab.data.home import atomic_write

from .history import KINDS, Mark

COLUMNS = ("path", "given", "mark", "label")


def write_sheet(file: str | os.PathLike, rows: Iterable[tuple[str, str, str, str]]) -> Path:
    """Write rows of COLUMNS under a temporary name, then rename. Returns the file."""
    file = Path(file)
    # names of files may hold bytes that are no UTF-8; they come back as they were
    with (
        atomic_write(file) as part,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
    ):
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return file


def read_sheet(file: str | os.PathLike) -> list[tuple[int, str, Mark]]:
    """(line, path, mark) of every row. Raises FileNotFoundError; ValueError, with the line, for a fault."""
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(f"read_csv: there is no file '{file}'. Pass one that to_csv has written.")
    try:
        with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            names = reader.fieldnames or []
            lines = [(reader.line_num, row) for row in reader]
    except csv.Error as problem:
        raise ValueError(f"read_csv: '{file}' is no CSV text: {problem}. Mend the file.") from problem
    missing = [name for name in ("path", "mark", "label") if name not in names]
    if missing:
        raise ValueError(
            f"read_csv: '{file}' has no column {missing[0]!r}; its columns are {names}. "
            "Pass a file that to_csv has written."
        )
    return [(line, row["path"] or "", _mark(file, line, row)) for line, row in lines]


def _mark(file: Path, line: int, row: dict[str, str | None]) -> Mark:
    kind, label = row["mark"], row["label"] or None
    if kind not in KINDS:
        raise ValueError(
            f"read_csv: '{file}', line {line}: got the mark {kind!r}; expected {', '.join(KINDS)}."
        )
    if (kind == "relabel") != (label is not None):
        wanted = "a label" if kind == "relabel" else "no label"
        raise ValueError(
            f"read_csv: '{file}', line {line}: the mark {kind!r} needs {wanted}, but got {label!r}."
        )
    return Mark(kind, label)

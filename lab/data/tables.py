"""A table of labels beside the pictures: which CSV file it is, which column is the file and which the label.

The columns are found by what stands in them: file names are those that are there, a label is a column with
few different values or a telling heading. Lesson: dog breeds (`labels.csv`: id, breed).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LABEL_HEADINGS = ("label", "labels", "class", "category", "breed", "species", "target", "tag", "name", "y")


@dataclass(frozen=True)
class Table:
    """A table that names pictures. label_of: picture -> label. missing: rows whose picture is not there."""

    name: str
    file_column: str
    label_column: str
    label_of: dict[Path, str]
    missing: int


def read_tables(folder: Path, pictures: Sequence[Path]) -> Table | None:
    """The table in `folder` that gives most of `pictures` a label; None when no CSV file there does.

    A picture is named by its path from the folder, by its name or by its name without extension. Pictures in
    a folder called test do not count: they have no labels.
    """
    known = _names(folder, [path for path in pictures if path.parent.name.lower() != "test"])
    tables = [_read(path, known) for path in sorted(folder.glob("*.[cC][sS][vV]"))]
    found = [table for table in tables if table is not None]
    return max(found, key=lambda table: len(table.label_of), default=None)


def _names(folder: Path, pictures: Sequence[Path]) -> dict[str, Path]:
    names: dict[str, Path] = {}
    for path in pictures:
        for name in (path.stem, path.name, path.relative_to(folder).as_posix()):
            names[name] = path
    return names


def _read(path: Path, known: dict[str, Path]) -> Table | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = path.read_text(encoding="latin-1")  # a spreadsheet's export; every byte is a letter there
    lines = text.splitlines()
    if len(lines) < 3:
        return None
    delimiter = max(",;\t", key=lines[0].count)
    headings, *rows = csv.reader(lines, delimiter=delimiter)
    rows = [row for row in rows if len(row) == len(headings)]
    columns = {heading: [row[i].strip() for row in rows] for i, heading in enumerate(headings)}
    hits = {heading: sum(cell in known for cell in cells) for heading, cells in columns.items()}
    file_column = max(hits, key=hits.__getitem__)
    others = [heading for heading in headings if heading != file_column]
    if not others or 2 * hits[file_column] <= len(rows):
        return None
    label_column = _label_column(others, columns)
    pairs = list(zip(columns[file_column], columns[label_column], strict=True))
    label_of = {known[name]: label for name, label in pairs if name in known and label}
    if len(set(label_of.values())) < 2:
        return None
    missing = sum(name not in known for name, _ in pairs)
    return Table(path.name, file_column, label_column, label_of, missing)


def _label_column(headings: Sequence[str], columns: dict[str, list[str]]) -> str:
    """A column with a telling heading; else the one with the fewest different values, but at least two."""
    for wanted in LABEL_HEADINGS:
        for heading in headings:
            if heading.strip().lower() == wanted:
                return heading
    different = {heading: len(set(columns[heading])) for heading in headings}
    several = [heading for heading in headings if different[heading] > 1] or list(headings)
    return min(several, key=different.__getitem__)

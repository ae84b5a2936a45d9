"""A table of labels beside the pictures: which CSV file it is, which column is the file and which the label.

The columns are found by what stands in them: file names are those that are there, a label is a column with
few different values or a telling heading. The file itself is read as `lab.data.csvs` does it. Lesson: dog
breeds (`labels.csv`: id, breed).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.data.annotation_file import NAME as ANNOTATIONS
from lab.data.cells import clean_labels, clean_names
from lab.data.column_splitter import split_by_values, split_column
from lab.data.table_file import open_table

LABEL_HEADINGS = ("label", "labels", "class", "category", "breed", "species", "target", "tag", "name", "y")


@dataclass(frozen=True)
class LabelTable:
    """A table that names pictures. label_of: picture -> label. missing: rows whose picture is not there.
    unlabelled: rows without a label. repeated: pictures with several labels, all left out. valid: the
    pictures that its column split_column marks for validation; None where it has none.
    """

    name: str
    file_column: str
    label_column: str
    label_of: dict[Path, str]
    missing: int
    unlabelled: int = 0
    repeated: int = 0
    split_column: str | None = None
    valid: frozenset[Path] | None = None
    assumed: tuple[str, ...] = ()


def read_tables(folder: Path, pictures: Sequence[Path]) -> LabelTable | None:
    """The table in `folder` that gives most of `pictures` a label; None when no CSV file there does.

    A picture is named by its path from the folder, by its name or by its name without extension. Pictures in
    a folder called test do not count: they have no labels. A UserWarning tells each thing that was assumed.
    """
    known = _names(folder, [path for path in pictures if path.parent.name.lower() != "test"])
    found = [table for table in (_read(path, known) for path in _files(folder)) if table is not None]
    best = max(found, key=lambda table: len(table.label_of), default=None)
    for sentence in best.assumed if best else ():
        warnings.warn(f"infer_layout: {sentence}", UserWarning, stacklevel=4)
    return best


def unreadable_tables(folder: Path) -> list[str]:
    """A sentence for every table in `folder` that cannot be read."""
    problems = []
    for path in _files(folder):
        try:
            open_table(path)
        except BadValue as problem:
            problems.append(f"{problem}")
    return problems


def _files(folder: Path) -> list[Path]:
    tables = sorted(path for path in folder.glob("*.[cCtT][sS][vV]") if path.is_file())
    return [path for path in tables if path.name != ANNOTATIONS]


def _names(folder: Path, pictures: Sequence[Path]) -> dict[str, Path]:
    """Every way in which a table may name a picture, in small letters."""
    names: dict[str, Path] = {}
    for path in pictures:
        for name in (path.stem, path.name, path.relative_to(folder).as_posix()):
            names[name.lower()] = path
    return names


def _read(path: Path, known: dict[str, Path]) -> LabelTable | None:
    def picture(name: str) -> Path | None:
        return known.get(name.replace("\\", "/").removeprefix("./").lower())

    try:
        table = open_table(
            path, columns=(_file_column(path, known), None), is_there=lambda name: picture(name) is not None
        ).without_index()
    except BadValue:  # no table of labels: then some other layout may fit
        return None
    width = len(table.names)
    rows = [cells + [""] * (width - len(cells)) for _, cells in table.rows]
    columns = [clean_names([cells[place] for cells in rows]) for place in range(width)]
    hits = [sum(picture(cell) is not None for cell in cells) for cells in columns]
    if width < 2 or len(rows) < 2 or 2 * max(hits) <= len(rows):
        return None
    at_file = hits.index(max(hits))
    names: list[Any] = list(table.names)
    others = {names[place]: columns[place] for place in range(width) if place != at_file}
    split_name = split_column(others)
    candidates = [name for name in others if name != split_name] or list(others)
    label_column = _label_column(candidates, others)
    labels = clean_labels(others[label_column], from_text=True)
    found = [picture(name) for name in columns[at_file]]
    label_of: dict[Path, str] = {}
    twice: set[Path] = set()
    for path_of, label in zip(found, labels, strict=True):
        if path_of is not None and label and label_of.setdefault(path_of, label) != label:
            twice.add(path_of)
    label_of = {key: label for key, label in label_of.items() if key not in twice}
    if len(set(label_of.values())) < 2:
        return None
    return LabelTable(
        path.name,
        str(names[at_file]),
        str(label_column),
        label_of,
        missing=sum(path_of is None for path_of in found),
        unlabelled=sum(
            path_of is not None and not label for path_of, label in zip(found, labels, strict=True)
        ),
        repeated=len(twice),
        assumed=table.assumed,
        **_split(split_name if split_name != label_column else None, others, found),
    )


def _file_column(path: Path, known: dict[str, Path]) -> int:
    """The column whose first lines name most pictures."""
    table = open_table(path, header=0)
    rows = [table.names, *(cells for _, cells in table.rows[:50])]
    hits = [
        sum(place < len(cells) and str(cells[place]).lower() in known for cells in rows)
        for place in range(len(table.names))
    ]
    return hits.index(max(hits))


def _split(name: str | None, columns: dict[str, list[str]], found: Sequence[Path | None]) -> dict[str, Any]:
    if name is None:
        return {}
    try:
        _, valid = split_by_values(columns[name], range(len(found)), name)
    except ValueError:  # folds, or a row that says neither: the split is then random
        return {}
    return {"split_column": name, "valid": frozenset(p for i in valid if (p := found[i]) is not None)}


def _label_column(headings: Sequence[Any], columns: dict[Any, list[str]]) -> Any:
    """A column with a telling heading; else the one with the fewest different values, but at least two."""
    for wanted in LABEL_HEADINGS:
        for heading in headings:
            if str(heading).strip().lower() == wanted:
                return heading
    different = {heading: len(set(columns[heading])) for heading in headings}
    several = [heading for heading in headings if different[heading] > 1] or list(headings)
    return min(several, key=different.__getitem__)

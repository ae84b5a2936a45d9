"""Labels from a table, a CSV file or a DataFrame: one picture per row, as Kaggle gives them out (`id,breed`).

The one reader of such tables: `ImageDataLoaders.from_csv` and `from_df`, `lab.classic` and the tour have it.
The whole table is checked before anything is decoded, and every fault is named with its line.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from lab.core.errors import BadValue, MissingFile
from lab.data.cells import (
    Column,
    Table,
    check_frame_heading,
    clean_labels,
    clean_names,
    find_column,
    is_data,
    warn_tags,
)
from lab.data.column_splitter import split_by_values
from lab.data.files import has_picture_ending
from lab.data.picture_names import PictureNames, Spelling
from lab.data.table_file import open_table
from lab.wording import shortened

__all__ = ["Column", "frame_labels", "read_labels"]


def read_labels(
    file: str | os.PathLike,
    folder: str | os.PathLike = "",
    suff: str | Sequence[str] = "",
    id_column: Column = 0,
    label_column: Column = 1,
    valid_column: Column | None = None,
    delimiter: str | None = None,
    header: int | str | None = "infer",
    encoding: str | None = None,
    root: str | os.PathLike | None = None,
    spelling: Spelling = Spelling(),  # noqa: B008  (frozen)
) -> pd.DataFrame:
    """The pictures and labels that a CSV file lists: columns `path` (Path) and `label` (str), in the file's
    order, and the table's other columns as text.

    file: separator and encoding are found out unless delimiter or encoding says them. folder: where the
    pictures are, within root (default: beside the CSV file). suff: added to each id, ".jpg" for `id,breed`;
    several, as a tuple, are tried in turn; an extension that is there already is not added again. id_column,
    label_column: by name, or by number from 0. valid_column: one that marks the rows for validation; the
    result's column `split` then says "train", "valid" or "test". header: None for a table without heading,
    else the number of its line; when not given, a first line that names a picture is read as one, with a
    notice. Spaces around headings, ids and labels are removed.

    Raises FileNotFoundError for a missing file; ValueError, naming the file and the lines, for a column that
    is not there, an empty id or label, an id that comes twice, a line too short or too long, and a picture
    that is not in the folder.
    """
    file = Path(file)
    if not file.is_file():
        raise MissingFile(f"{spelling.caller}: {_no_file(file)}")
    pictures = PictureNames(file.parent if root is None else Path(root), folder, suff)
    try:
        columns = (id_column, label_column, valid_column)
        table = open_table(file, delimiter, header, encoding, columns, pictures.has)
    except BadValue as problem:
        raise BadValue(f"{spelling.caller}: {problem}") from problem
    return _labelled(table, pictures, columns, spelling)


def frame_labels(
    frame: pd.DataFrame,
    root: str | os.PathLike = ".",
    folder: str | os.PathLike = "",
    suff: str | Sequence[str] = "",
    id_column: Column = 0,
    label_column: Column = 1,
    valid_column: Column | None = None,
    spelling: Spelling = Spelling("from_df", "suff", "fn_col", "label_col"),  # noqa: B008  (frozen)
) -> pd.DataFrame:
    """As `read_labels`, of a DataFrame: rows are named by its index. The pictures are in root/folder.

    Whole numbers that pandas made floats of (1.0) are read as 1; ids that lost their leading zeros are
    refused with a sentence that says how to keep them.
    """
    check_frame_heading(frame, spelling.caller)
    pictures = PictureNames(Path(root), folder, suff)
    names = [name.strip() if isinstance(name, str) else name for name in frame.columns]
    cells = frame.astype(object).to_numpy()
    rows = [(where, list(row)) for where, row in zip(frame.index, cells, strict=True)]
    by_number = isinstance(id_column, int) and isinstance(label_column, int)
    if by_number and all(isinstance(name, str) for name in names):
        texts = [clean_names(row) for _, row in rows]
        if is_data(names, texts, id_column, label_column, pictures.has):
            raise BadValue(
                f"{spelling.caller}: the DataFrame's columns are {names}, a row like the others: the table "
                "has no heading, and its first picture was taken for one. Read it with "
                "pandas.read_csv(file, header=None)."
            )
    table = Table("the DataFrame", "row", names, rows, index=frame.index.names)
    return _labelled(table, pictures, (id_column, label_column, valid_column), spelling)


def _labelled(
    table: Table, pictures: PictureNames, columns: tuple[Column, Column, Column | None], spelling: Spelling
) -> pd.DataFrame:
    """Check the whole table, then give its pictures and labels."""
    table = table.without_index()
    id_column, label_column, valid_column = columns
    at_id = find_column(table, id_column, spelling.caller, spelling.id_column)
    at_label = find_column(table, label_column, spelling.caller, spelling.label_column)
    at_valid = (
        None if valid_column is None else find_column(table, valid_column, spelling.caller, "valid_col")
    )
    if at_id == at_label:
        raise BadValue(
            f"{spelling.caller}: {spelling.id_column} and {spelling.label_column} are both the column "
            f"{table.names[at_id]!r} of {table.title}, whose columns are {table.names}. Pass two "
            "different ones."
        )
    refuse = partial(table.refuse, spelling.caller)
    if not table.rows:
        raise BadValue(f"{spelling.caller}: {table.title} lists no pictures.")
    refuse("has too few columns", [at for at, cells in table.rows if len(cells) <= max(at_id, at_label)])
    where = [at for at, _ in table.rows]
    names = clean_names([cells[at_id] for _, cells in table.rows])
    try:
        labels = clean_labels([cells[at_label] for _, cells in table.rows], from_text=table.word == "line")
    except BadValue as problem:
        raise BadValue(f"{spelling.caller}: {table.title}: {problem}") from problem
    refuse("has no id", [at for at, name in zip(where, names, strict=True) if not name])
    refuse("has no label", [at for at, label in zip(where, labels, strict=True) if not label])
    found = [pictures.find(name) for name in names]
    missing = [place for place, path in enumerate(found) if path is None]
    if len(missing) == len(found):
        _refuse_other_column(table, pictures, at_id, at_label, spelling)
    if 2 * sum(map(has_picture_ending, labels)) > len(labels):
        raise BadValue(
            f"{spelling.caller}: the column {table.names[at_label]!r} of {table.title} holds names of "
            f"pictures, such as {labels[0]!r}, not labels; its columns are {table.names}. Pass another one "
            f"as {spelling.label_column}=."
        )
    _refuse_twice(refuse, where, [path or name for path, name in zip(found, names, strict=True)], labels)
    if missing:
        named = [f"{where[place]} ({shortened(pictures.shown(names[place]), 120)!r})" for place in missing]
        if missing == [0] and table.names == list(range(len(table.names))):
            advice = f"If {table.word} {where[0]} is the heading, pass header=0."
        else:
            advice = pictures.advice([names[place] for place in missing], spelling, table.kind)
        refuse(f"names a picture that is not in '{pictures.base}'", named, advice)
    table.warn(spelling.caller)
    warn_tags(labels, spelling.caller)
    frame = pd.DataFrame({"path": pd.Series(found, dtype=object), "label": labels})
    others = [place for place in range(len(table.names)) if place not in (at_id, at_label, at_valid)]
    for place in others:
        if table.names[place] not in frame.columns:
            values = [cells[place] if place < len(cells) else "" for _, cells in table.rows]
            frame[table.names[place]] = pd.Series(values, dtype=object)
    if at_valid is not None:
        values = [cells[at_valid] if at_valid < len(cells) else "" for _, cells in table.rows]
        train, valid = split_by_values(
            values, where, table.names[at_valid], None, spelling.caller, table.word
        )
        frame["split"] = pd.Series(["test"] * len(found), dtype=object)
        frame.loc[train, "split"], frame.loc[valid, "split"] = "train", "valid"
    if table.word == "row":
        frame.index = pd.Index(where)
    return frame


def _refuse_other_column(
    table: Table, pictures: PictureNames, at_id: int, at_label: int, spelling: Spelling
) -> None:
    """Raise ValueError when the pictures are named in another column than the one that was asked for."""
    some = [cells for _, cells in table.rows[:200]]
    for place in (place for place in range(len(table.names)) if place != at_id):
        hits = sum(
            pictures.has(name) for name in clean_names([c[place] for c in some if place < len(c)]) if name
        )
        if 2 * hits > len(some):
            label = at_id if place == at_label else at_label
            raise BadValue(
                f"{spelling.caller}: the column {table.names[at_id]!r} of {table.title} names no picture, "
                f"the column {table.names[place]!r} does. Pass {spelling.id_column}={table.names[place]!r}, "
                f"{spelling.label_column}={table.names[label]!r}."
            )


def _refuse_twice(
    refuse: Callable[..., None], where: list[Any], pictures: list[Any], labels: list[str]
) -> None:
    """Refuse a picture that two rows name, saying whether they agree."""
    first: dict[Any, int] = {}
    twice = [place for place, picture in enumerate(pictures) if first.setdefault(picture, place) != place]
    differ = [p for p in twice if labels[p] != labels[first[pictures[p]]]]
    hint = "These rows are the same; remove the copies (pandas: drop_duplicates())."
    if differ:
        before, after = labels[first[pictures[differ[0]]]], labels[differ[0]]
        both = f"{shortened(before, 60)!r} and {shortened(after, 60)!r}"
        hint = f"It is {both}: a picture has one label here. Remove the rows that are wrong."
    refuse("repeats an id", [f"{where[place]} (as {where[first[pictures[place]]]})" for place in twice], hint)


def _no_file(file: Path) -> str:
    if file.is_dir():
        return f"'{file}' is a folder. Pass the CSV file of labels in it."
    beside = sorted(path.name for path in file.parent.glob("*.[cCtT][sS][vV]"))
    hint = f"'{file.parent}' holds {', '.join(map(repr, beside))}." if beside else "Check the path."
    return f"there is no file '{file}'. {hint}"

"""A table of cells under headings, whether it came from a file or from pandas, and its cells made text.

One table gives the same ids and labels by either way: spaces are removed, and 1.0, which pandas makes of 1
in a column with an empty cell, is 1. A first line is no heading, but a picture that would be lost, when its
file is there, or when it ends as pictures do above others of the kind.
"""

import difflib
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lab.core.errors import BadType, BadValue
from lab.data.files import has_picture_ending
from lab.data.labels import is_missing, is_whole, label_text, label_texts

Column = str | int
_TRUTHS = {"true": "True", "false": "False"}
_ABOUT_EMPTY = {
    "line": "Fix the file.",
    "row": "Fill them in, or leave these rows out (df.dropna()); if the text is 'NA', read the file with "
    "keep_default_na=False.",
}
# fmt: off
_USUAL = frozenset({
    "id", "ids", "idx", "index", "image", "images", "img", "image_id", "imageid", "image_name", "imagename",
    "file", "files", "filename", "filenames", "file_name", "fname", "fn", "name", "names", "path", "paths",
    "filepath", "file_path", "image_path", "picture", "pictures", "photo", "photos", "key", "x",
})
# fmt: on


@dataclass(frozen=True)
class Table:
    """title: how messages name it. word: "line" of a file or "row" of a DataFrame. names: the headings.
    rows: (number of the line, or index of the row; its cells). assumed: sentences to tell. index: the names
    of a DataFrame's index. separator: of a file.
    """

    title: str
    word: str
    names: list[Any]
    rows: list[tuple[Any, list[Any]]]
    assumed: tuple[str, ...] = ()
    index: Sequence[Any] = ()
    separator: str = ""

    @property
    def kind(self) -> str:
        """What messages call it."""
        return "table" if self.word == "line" else "DataFrame"

    def without_index(self) -> "Table":
        """The same without a first column that pandas' `to_csv` wrote: 0, 1, 2... under no heading."""
        if len(self.names) < 3 or str(self.names[0]) not in ("", "Unnamed: 0"):
            return self
        numbers = clean_names([cells[0] for _, cells in self.rows])
        if numbers != [str(i) for i in range(len(numbers))]:
            return self
        note = f"the first column of {self.title}, without a heading, is pandas' index; it is passed over."
        rows = [(at, cells[1:]) for at, cells in self.rows]
        return replace(self, names=self.names[1:], rows=rows, assumed=(*self.assumed, note))

    def refuse(self, caller: str, fault: str, lines: Sequence[Any], hint: str = "") -> None:
        """Raise ValueError that names the lines, if there are any."""
        if lines:
            word = self.word + ("s" if len(lines) > 1 else "")
            about = hint or _ABOUT_EMPTY[self.word]
            raise BadValue(f"{caller}: {self.title} {fault}: {word} {some(lines)}. {about}")

    def warn(self, caller: str) -> None:
        """Tell what was assumed, each sentence in one UserWarning."""
        for sentence in self.assumed:
            warnings.warn(f"{caller}: {sentence}", UserWarning, stacklevel=5)


def some(things: Sequence[Any], show: Callable[[Any], str] = str) -> str:
    """The first five, for a message."""
    return ", ".join(map(show, things[:5])) + (", ..." if len(things) > 5 else "")


def find_column(table: Table, column: Column, caller: str, argument: str) -> int:
    """The place of a column that is given by name or number. Raises ValueError, TypeError."""
    if isinstance(column, bool) or not isinstance(column, (str, int)):
        raise BadType(
            f"{caller}: {argument}={column!r}; expected the name of one column, or its number from 0."
        )
    names = table.names
    wanted = column.strip() if isinstance(column, str) else column
    if names.count(wanted) > 1:
        raise BadValue(
            f"{caller}: {table.title} has {names.count(wanted)} columns {wanted!r}; its columns are {names}. "
            f"Pass {argument}= by number, from 0."
        )
    if wanted in names:
        return names.index(wanted)
    if isinstance(wanted, int) and 0 <= wanted < len(names):
        return wanted
    if isinstance(wanted, str) and wanted in table.index:
        hint = f" {wanted!r} is the index: pass df.reset_index()."
    elif isinstance(wanted, int) and any(name is not None for name in table.index):
        hint = " Columns in the index do not count: pass df.reset_index()."
    elif isinstance(wanted, str) and names == list(range(len(names))):
        hint = f" It has no heading: pass {argument}= by number, from 0."
    elif close := difflib.get_close_matches(str(wanted), list(map(str, names)), n=1):
        hint = f" Did you mean {close[0]!r}?"
    elif len(names) == 1 and table.word == "line":
        hint = f" Cells are taken to be separated by {table.separator!r}; pass delimiter= if they are not."
    else:
        hint = ""
    raise BadValue(f"{caller}: {table.title} has no column {column!r}; its columns are {names}.{hint}")


def clean_names(values: Sequence[Any]) -> list[str]:
    """Ids as text without spaces at their ends; "" for an empty cell."""
    return ["" if is_missing(v) else str(int(v) if is_whole(v) else v).strip() for v in values]


def clean_labels(values: Sequence[Any], from_text: bool = False) -> list[str]:
    """Labels as text without spaces at their ends; "" for an empty cell.

    from_text: the cells of a file, which are then read as pandas reads them: '1.0' is '1' where all are such
    numbers, and 'TRUE' is 'True' where all are truths. Raises ValueError for a cell that holds several.
    """
    odd = next((value for value in values if not is_missing(value) and label_text(value) is None), None)
    if odd is not None:
        raise BadValue(
            f"got the label {odd!r}, a {type(odd).__name__}; expected one label, a str or a number. "
            "A picture has one label here."
        )
    given = [value for value in values if not is_missing(value)]
    texts = [text.strip() for text in label_texts(given)]
    if from_text and texts and all(re.fullmatch(r"-?\d+\.0", text) for text in texts):
        texts = [text[:-2] for text in texts]
    if from_text and texts and {text.lower() for text in texts} <= set(_TRUTHS):
        texts = [_TRUTHS[text.lower()] for text in texts]
    in_turn = iter(texts)
    return ["" if is_missing(value) else next(in_turn) for value in values]


def warn_tags(labels: Sequence[str], caller: str) -> None:
    """Give one UserWarning when the labels look like lists of tags: few words in many combinations."""
    distinct = set(labels)
    for separator in (" ", ";", "|", ","):
        parts = {part for label in distinct for part in label.split(separator)}
        often = sum(separator in label for label in labels)
        if len(distinct) >= 8 and 2 * often > len(labels) and 4 * len(parts) <= 3 * len(distinct):
            warnings.warn(
                f"{caller}: the {len(distinct)} labels are combinations of {len(parts)} words with "
                f"{separator!r} between them, such as {max(labels, key=len)!r}. A picture has one label "
                "here, and each combination is a class; if that is not meant, give each picture one word.",
                UserWarning,
                stacklevel=5,
            )
            return


def is_data(
    first: Sequence[str],
    others: Sequence[Sequence[str]],
    at_id: int,
    at_label: int | None = None,
    is_there: Callable[[str], bool] = lambda name: False,
) -> bool:
    """Whether the first line of a table is a row like the `others`, and not the names of the columns.

    at_id, at_label: the columns. is_there: whether a picture of that id exists.
    """
    if at_id >= len(first) or not first[at_id] or first[at_id].lower() in _USUAL:
        return False
    name, ids = first[at_id], [row[at_id] for row in others if at_id < len(row)]
    numbered = list(first) == [str(i) for i in range(len(first))]  # as pandas names columns without names
    if numbered and name in ids:
        return False
    if at_label is not None and at_label < len(first):
        labels = {row[at_label] for row in others if at_label < len(row)} - {""}
        if first[at_label] in labels:
            return True
    alike = has_picture_ending if has_picture_ending(name) else str.isdecimal if name.isdecimal() else None
    if alike is not None and 2 * sum(map(alike, ids)) > len(ids):
        return True
    return is_there(name)


def check_frame_heading(frame: Any, asked_by: str) -> None:
    """Raise ValueError when pandas took the first picture of a table without heading for the names."""
    for place, name in enumerate(frame.columns):
        if not (isinstance(name, str) and has_picture_ending(name)):
            continue
        cells = frame.iloc[:, place].head(1000)
        if 2 * sum(has_picture_ending(cell) for cell in cells) > len(cells):
            raise BadValue(
                f"{asked_by}: the column {name!r} of the DataFrame is named like the pictures in it: the "
                "table has no heading, and its first row was taken for one. Read it with "
                "pandas.read_csv(file, header=None)."
            )

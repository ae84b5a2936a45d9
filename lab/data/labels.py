"""From an item to its label: by regular expression, by folder, by a column of a table.

A label function takes one item and returns one label. Labels stay exactly as they were found, nothing is
stripped, so that two spellings of one class can be seen and named (`lab/data/vocab.py`). Lesson:
`RegexLabeller`, `using_attr`.
"""

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from lab.core.errors import BadValue
from lab.data.label_texts import (
    LabelError,
    is_missing,
    is_whole,
    label_text,
    label_texts,
    no_label_message,
)


class RegexLabeller:
    """Label an item by a regular expression: the label is what group 1 of `pattern` matches in the name.

    It is called with a str, or with a path, which is taken whole, with `/` between folders on every system.

    Parameters
    ----------
    pattern : str or re.Pattern
        A regular expression with a group.
    match : bool
        Match only at the name's start (`re.match`) instead of anywhere in it (`re.search`).

    Raises
    ------
    ValueError
        For a pattern that is not valid or has no group; when called, for a name without a match
        (`LabelError`).

    Examples
    --------
    >>> label = lab.RegexLabeller(r"(.+)_[0-9]+.jpg$")
    >>> label("great_pyrenees_173.jpg")
    'great_pyrenees'
    """

    def __init__(self, pattern: str | re.Pattern, match: bool = False):
        try:
            self.pattern = re.compile(pattern)
        except re.error as problem:
            raise BadValue(f"RegexLabeller: {pattern!r} is not a regular expression: {problem}.") from problem
        if self.pattern.groups < 1:
            raise BadValue(
                f"RegexLabeller: the pattern {self.pattern.pattern!r} has no group. "
                r"Put brackets around the part that is the label, as in r'(.+)_\d+.jpg$'."
            )
        self.match = match

    def __call__(self, name: str | os.PathLike) -> str:
        text = name.as_posix() if isinstance(name, PurePath) else os.fspath(name)
        found = (self.pattern.match if self.match else self.pattern.search)(text)
        if found is None or found.group(1) is None:
            raise LabelError(
                f"RegexLabeller: no label in {text!r}.",
                f"The pattern '{self.pattern.pattern}' does not match.",
            )
        return found.group(1)

    def __repr__(self) -> str:
        return f"RegexLabeller({self.pattern.pattern!r}{', match=True' if self.match else ''})"


class using_attr:  # noqa: N801  (it is called like a function, and the lessons spell it so)
    """Make the function `item -> f(item.attr)`: `using_attr(f, "name")` calls f with a file's name.

    Parameters
    ----------
    f : function
        What is called, such as a `RegexLabeller`.
    attr : str
        The attribute of the item that it gets.

    Raises
    ------
    AttributeError
        When called, for an item without that attribute.

    Examples
    --------
    >>> label = lab.using_attr(lab.RegexLabeller(r"(.+)[.]png$"), "name")
    >>> label(path / "red" / "07.png")
    '07'
    """

    def __init__(self, f: Callable[[Any], Any], attr: str):
        self.f = f
        self.attr = attr

    def __call__(self, item: Any) -> Any:
        if not hasattr(item, self.attr):
            raise AttributeError(
                f"using_attr: {item!r} is a {type(item).__name__} and has no attribute {self.attr!r}. "
                "For a file's name the items must be paths, not strings."
            )
        return self.f(getattr(item, self.attr))

    def __repr__(self) -> str:
        return f"using_attr({self.f!r}, {self.attr!r})"


def parent_label(path: str | os.PathLike) -> str:
    """Return the name of the folder that the file is in.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For a file in no named folder (`LabelError`).

    Examples
    --------
    >>> lab.parent_label("train/cats/1.jpg")
    'cats'
    """
    name = (path if isinstance(path, Path) else Path(path)).parent.name
    if not name:
        raise LabelError(f"parent_label: no label in {str(path)!r}.", "It is not inside a named folder.")
    return name


class ColReader:
    """Read the column `col` of a table's row, with `pref` before the value and `suff` after it.

    It is called with a row: a pandas Series, a mapping or a tuple.

    Parameters
    ----------
    col : str or int
        The column's name, or its number from 0.
    pref : str or Path
        What goes before. A folder as a Path makes the result a path.
    suff : str
        What goes after, such as ".jpg".

    Raises
    ------
    ValueError
        When called: for a column that is not there, and for an empty cell (`LabelError`).

    Examples
    --------
    >>> row = {"id": "0a1f", "breed": "pug"}
    >>> lab.ColReader("id", pref="train/", suff=".jpg")(row)
    'train/0a1f.jpg'
    """

    def __init__(self, col: str | int, pref: str | os.PathLike = "", suff: str = ""):
        self.col = col
        self.pref = pref
        self.suff = suff

    def __call__(self, row: Any) -> Any:
        value = self._cell(row)
        if is_missing(value):
            hint = " (pandas reads the text 'NA' so too, unless you pass keep_default_na=False)"
            about = f"The column {self.col!r} is empty there{hint if hasattr(row, 'iloc') else ''}."
            raise LabelError(f"ColReader: no value in {row!r}.", about)
        if (self.pref or self.suff) and isinstance(value, (float, np.floating)) and is_whole(value):
            value = int(value)  # an id that pandas made a float of, since another one is missing
        if isinstance(self.pref, os.PathLike):
            return Path(self.pref) / f"{value}{self.suff}"
        return f"{self.pref}{value}{self.suff}" if self.pref or self.suff else value

    def _cell(self, row: Any) -> Any:
        if hasattr(row, "_fields"):  # a named tuple
            columns, values = list(row._fields), list(row)
        elif isinstance(row, Mapping) or hasattr(row, "keys"):  # a dict, or a pandas Series
            columns = list(row.keys())
            values = [row[column] for column in columns] if isinstance(row, Mapping) else list(row.values)
        else:
            columns, values = list(range(len(row))), list(row)
        if self.col in columns:
            return values[columns.index(self.col)]
        if isinstance(self.col, int) and -len(values) <= self.col < len(values):
            return values[self.col]
        close = difflib.get_close_matches(str(self.col), map(str, columns), n=1)
        raise BadValue(
            f"ColReader: no column {self.col!r}; the columns are {columns}."
            + (f" Did you mean {close[0]!r}?" if close else "")
        )

    def __repr__(self) -> str:
        return f"ColReader({self.col!r}, pref={str(self.pref)!r}, suff={self.suff!r})"


def label_items(items: Sequence[Any], get_y: Callable[[Any], Any]) -> list[str]:
    """The label of every item, as str. Whole numbers and True/False become text; nothing is stripped.

    Raises one ValueError for all items that have no label: it counts them, names the first five and says why,
    with the exception of the first chained to it.
    """
    values: list[Any] = []
    failures: list[tuple[Any, Exception]] = []
    for item in items:
        try:
            value = get_y(item)
            if label_text(value) is None:
                expected = "" if is_missing(value) else "; expected one label, a str or a number"
                raise LabelError("no label.", f"get_y returned {value!r} for the first{expected}.")
            values.append(value)
        except Exception as problem:  # whatever a user's function raises is reported with its item
            failures.append((item, problem))
    if failures:
        raise BadValue(no_label_message(failures, len(items))) from failures[0][1]
    return label_texts(values)

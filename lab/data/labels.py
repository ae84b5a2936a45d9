"""From an item to its label: by regular expression, by folder, by a column of a table.

A label function takes one item and returns one label. Labels stay exactly as they were found, nothing is
stripped, so that two spellings of one class can be seen and named (`lab/data/vocab.py`). Lesson:
`RegexLabeller`, `using_attr`.
"""

import difflib
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue


class LabelError(BadValue):
    """An item has no label. `.advice` says, in one sentence, why not."""

    def __init__(self, message: str, advice: str):
        super().__init__(f"{message} {advice}")
        self.advice = advice


class RegexLabeller:
    """The label is what group 1 of `pattern` matches in the name: `RegexLabeller(r'(.+)_\\d+.jpg$')`.

    match: False searches anywhere in the name (`re.search`), True only at its start (`re.match`). Called
    with a str, or with a path, which is taken whole with `/` between folders on every system. Raises
    ValueError for a pattern that is not valid or has no group; when called, LabelError for a name without a
    match.
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
    """`using_attr(f, "name")` is the function `item -> f(item.name)`.

    Raises AttributeError, when called, for an item without that attribute.
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
    """The name of the folder that the file is in: `train/cats/1.jpg` -> "cats". LabelError for a file in no
    folder."""
    name = (path if isinstance(path, Path) else Path(path)).parent.name
    if not name:
        raise LabelError(f"parent_label: no label in {str(path)!r}.", "It is not inside a named folder.")
    return name


class ColReader:
    """The value in the column `col` of a table's row, with `pref` before it and `suff` after it.

    col: the column's name, or its number from 0. pref: a str, or a folder as a Path, in which case a path
    is returned: `ColReader("id", pref=path / "train", suff=".jpg")`. A row is a pandas Series, a mapping or
    a tuple. Raises ValueError for a column that is not there; LabelError for an empty cell.
    """

    def __init__(self, col: str | int, pref: str | os.PathLike = "", suff: str = ""):
        self.col = col
        self.pref = pref
        self.suff = suff

    def __call__(self, row: Any) -> Any:
        value = self._cell(row)
        if is_missing(value):
            raise LabelError(f"ColReader: no value in {row!r}.", self._about_empty(row))
        if (self.pref or self.suff) and isinstance(value, (float, np.floating)) and is_whole(value):
            value = int(value)  # an id that pandas made a float of, since another one is missing
        if isinstance(self.pref, os.PathLike):
            return Path(self.pref) / f"{value}{self.suff}"
        return f"{self.pref}{value}{self.suff}" if self.pref or self.suff else value

    def _about_empty(self, row: Any) -> str:
        hint = " (pandas reads the text 'NA' so too, unless you pass keep_default_na=False)"
        return f"The column {self.col!r} is empty there{hint if hasattr(row, 'iloc') else ''}."

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


def is_missing(value: Any) -> bool:
    """True for None, NaN, pandas' NA and the empty string."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return (
        value == ""
        if isinstance(value, str)
        else isinstance(value, (float, np.floating)) and math.isnan(value)
    )


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
            _check_label(value)
            values.append(value)
        except Exception as problem:  # whatever a user's function raises is reported with its item
            failures.append((item, problem))
    if failures:
        raise BadValue(_without_label(failures, len(items))) from failures[0][1]
    return label_texts(values)


def label_texts(values: Sequence[Any]) -> list[str]:
    """Labels as text. Where all are numbers, and whole, none is written with a point: 1.0 is '1', since that
    is what pandas makes of 1 in a column with an empty cell. Raises TypeError for what is no label.
    """
    values = [_plain(value) for value in values]
    floats = [value for value in values if isinstance(value, (float, np.floating))]
    if floats and all(is_whole(value) for value in values):
        values = [int(value) for value in values]
    texts = [label_text(value) for value in values]
    if None in texts:
        raise BadType(f"{values[texts.index(None)]!r} is no label; a str or a number was expected.")
    return [text for text in texts if text is not None]


def is_whole(value: Any) -> bool:
    """Whether a value is a number without a fraction: 3, 3.0, not True."""
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    return isinstance(value, (float, np.floating)) and float(value).is_integer()


def label_text(value: Any) -> str | None:
    """A label as text: a str as it is, a number or a bool as Python writes it; None for what is no label."""
    value = _plain(value)
    if is_missing(value) or not isinstance(value, (str, int, float, np.generic)):
        return None
    return str(value)


def _plain(value: Any) -> Any:
    """The one number in a tensor or array without dimensions; anything else as it is."""
    return value.item() if not isinstance(value, np.generic) and getattr(value, "ndim", None) == 0 else value


def _check_label(value: Any) -> None:
    if label_text(value) is not None:
        return
    expected = "" if is_missing(value) else "; one label was expected, a str or a number"
    raise LabelError("no label.", f"get_y returned {value!r} for the first{expected}.")


def _without_label(failures: list[tuple[Any, Exception]], n: int) -> str:
    names = ", ".join(_name(item) for item, _ in failures[:5]) + (
        f" and {len(failures) - 5} more" if len(failures) > 5 else ""
    )
    verb = f"{'picture' if n == 1 else 'pictures'} {'has' if len(failures) == 1 else 'have'}"
    item, problem = failures[0]
    if isinstance(problem, LabelError):
        why = problem.advice.replace(
            "does not match.", f"does not match {'it' if len(failures) == 1 else 'them'}."
        )
    else:
        why = f"For {_name(item)} get_y raised {type(problem).__name__}: {problem}"
        why += "" if why.endswith((".", "?", "!")) else "."
    return (
        f"dataloaders: {len(failures)} of {n} {verb} no label: {names}. {why} "
        "Pass a get_y that does, or filter them out in get_items."
    )


def _name(item: Any) -> str:
    """A short name for messages; `repr` keeps control characters from reaching the terminal."""
    if isinstance(item, (str, os.PathLike)):
        return repr(Path(item).name)
    text = repr(dict(item) if hasattr(item, "keys") else item)
    text = text if len(text) <= 80 else f"{text[:77]}..."
    return f"row {item.name} {text}" if hasattr(item, "iloc") else text  # a row of a DataFrame

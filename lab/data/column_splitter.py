"""A split that a table holds: the column `is_valid`, or `split`, or `fold`.

Lesson: `valid_col="is_valid"`, `ColSplitter()`.
"""

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue
from lab.data.cells import clean_names, some
from lab.data.labels import ColReader, LabelError, is_missing
from lab.data.splits import Split

_VALID = ("1", "1.0", "true", "yes", "y", "valid", "val", "validation", "dev")
_TRAIN = ("0", "0.0", "false", "no", "n", "train", "training", "trn")
_TEST = ("test", "testing", "holdout")
_HEADINGS = (
    "is_valid", "isvalid", "is valid", "valid", "is_val", "val", "validation", "is_validation",
    "split", "fold", "kfold", "subset", "set", "partition", "is_test", "is_train", "train",
)  # fmt: skip


class ColSplitter:
    """Split a table by one of its columns: the rows that it marks validate, the others train.

    It is called with a DataFrame or its rows.

    Parameters
    ----------
    col : str or int
        Name or number of the column. Its values may be bools, 0 and 1, or words such as 'train' and 'valid'.
        Rows marked 'test' beside these are in neither list; a warning counts them.
    on : object, optional
        The value, or a list of values, that means validation: `ColSplitter("fold", on=0)`.

    Raises
    ------
    ValueError
        When called: for an empty cell or a value that says neither (the message names the rows), and when
        either side would be empty.
    TypeError
        When called: for items that are paths, not rows.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["a.jpg", "b.jpg", "c.jpg"], "is_valid": [False, True, False]})
    >>> lab.ColSplitter()(table)
    ([0, 2], [1])
    """

    def __init__(self, col: str | int = "is_valid", on: Any = None):
        self.col, self.on = col, on

    def __call__(self, items: Any) -> Split:
        rows = [row for _, row in items.iterrows()] if hasattr(items, "iterrows") else list(items)
        if rows and isinstance(rows[0], (str, os.PathLike)):
            raise BadType(
                f"ColSplitter: the items are {type(rows[0]).__name__}, not rows of a table. Give dataloaders "
                "a DataFrame, with get_x=ColReader('name', pref=folder)."
            )
        reader = ColReader(self.col)
        values: list[Any] = []
        for row in rows:
            try:
                values.append(reader(row))
            except LabelError:
                values.append(None)
        names = [getattr(row, "name", place) for place, row in enumerate(rows)]
        return split_by_values(values, names, self.col, self.on)

    def __repr__(self) -> str:
        return f"ColSplitter({self.col!r}{'' if self.on is None else f', on={self.on!r}'})"


def split_by_values(
    values: Sequence[Any],
    names: Sequence[Any],
    col: Any,
    on: Any = None,
    asked_by: str = "ColSplitter",
    word: str = "row",
) -> Split:
    """(training positions, validation positions) by the values of a column. names: of the rows, in errors."""
    column = f"{asked_by}: the column {col!r}"
    missing = [names[i] for i, value in enumerate(values) if is_missing(value)]
    if missing:
        rows = f"{word}{'s' if len(missing) > 1 else ''} {some(missing)}"
        raise BadValue(f"{column} is empty in {rows}. Say for every row whether it is for validation.")
    texts = clean_names(values)
    seen = list(dict.fromkeys(texts))
    if on is not None:
        is_single = isinstance(on, str) or not isinstance(on, Iterable)
        chosen = set(clean_names([on] if is_single else list(on)))
        if not chosen & set(seen):
            raise BadValue(f"{column} is never {on!r}; its values are {some(seen, repr)}. Pass one as on=.")
        valid, train = chosen, set(seen) - chosen
    else:
        if str(col).strip().lower() in ("is_train", "train"):
            raise BadValue(
                f"{column} marks the training rows. Pass splitter=ColSplitter({col!r}, on={_like(values)})."
            )
        known = (_VALID, _TRAIN, _TEST)
        valid, train, test = ({text for text in seen if text.lower() in words} for words in known)
        if test and not valid:
            valid, test = test, set()
        if unknown := set(seen) - valid - train - test:
            named = some(sorted(seen, key=lambda text: text not in unknown), repr)
            raise BadValue(
                f"{column} has the values {named}; True and False, 1 and 0, or 'valid' and 'train' were "
                f"expected. Say which value validates: splitter=ColSplitter({col!r}, on={values[0]!r})."
            )
    parts = tuple([i for i, text in enumerate(texts) if text in side] for side in (train, valid))
    for part, what in zip(parts, ("train", "validate"), strict=True):
        if not part:
            raise BadValue(
                f"{column} says {some(seen, repr)} of all {len(values)} rows, so that none would {what}. "
                "Mark some, or leave it out and a random share validates."
            )
    if left := len(values) - len(parts[0]) - len(parts[1]):
        warnings.warn(
            f"{column} marks {left} of {len(values)} rows 'test': they neither train nor validate.",
            UserWarning,
            stacklevel=4,
        )
    return parts


def marked_split(rows: Sequence[Any]) -> Split:
    """The split that `lab.data.csvs` wrote into the column `split` of its rows."""
    marks = [row["split"] for row in rows]
    train, valid = ([i for i, mark in enumerate(marks) if mark == name] for name in ("train", "valid"))
    return train, valid


def split_column(columns: Mapping[Any, Iterable[Any]]) -> Any | None:
    """The name of the column that looks like a split; None where none does. columns: name -> values."""
    for name, values in columns.items():
        if not isinstance(name, str) or name.strip().lower() not in _HEADINGS:
            continue
        seen = {text.lower() for text in clean_names([v for v in values if not is_missing(v)])}
        folds = len(seen) <= 20 and all(text.removesuffix(".0").isdecimal() for text in seen)
        if len(seen) > 1 and (folds or seen <= {*_VALID, *_TRAIN, *_TEST}):
            return name
    return None


def warn_unused_split(rows: Sequence[Any], readers: Sequence[Any] = ()) -> None:
    """Give one UserWarning when a DataFrame's rows hold a split that a random one would replace.

    readers: get_x and get_y; the columns that they read are no split. Other items are passed over.
    """
    if not (rows and hasattr(rows[0], "iloc")):
        return
    read = {reader.col for reader in readers if isinstance(reader, ColReader)}
    candidates = [n for n in rows[0].index if str(n).strip().lower() in _HEADINGS and n not in read]
    columns = {name: [row[name] for row in rows] for name in candidates}
    name = split_column(columns)
    if name is None:
        return
    try:
        split_by_values(columns[name], range(len(columns[name])), name)
        how = f"valid_col={name!r} (from_csv, from_df) or splitter=ColSplitter({name!r})"
    except ValueError:
        how = f"splitter=ColSplitter({name!r}, on={_like(columns[name])})"
    warnings.warn(
        f"dataloaders: the table's column {name!r} looks like a split and is not used: the validation rows "
        f"are drawn at random. To split by it pass {how}; if it is none, drop the column.",
        UserWarning,
        stacklevel=3,
    )


def _like(values: Sequence[Any]) -> str:
    """A value of the column, as code, that could mean validation: the one that says no, else the first."""
    found = [value for value in values if not is_missing(value)]
    no = [v for v, text in zip(found, clean_names(found), strict=True) if text.lower() in _TRAIN[:6]]
    value = (no or found)[0]
    return repr(value.item() if isinstance(value, np.generic) else value)

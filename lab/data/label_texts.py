"""Labels as text, and what is said of items that have none."""

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue


class LabelError(BadValue):
    """An item has no label. `.advice` says, in one sentence, why not."""

    def __init__(self, message: str, advice: str):
        super().__init__(f"{message} {advice}")
        self.advice = advice


def label_texts(values: Sequence[Any]) -> list[str]:
    """Labels as text. Where all are numbers, and whole, none is written with a point: 1.0 is '1', since that
    is what pandas makes of 1 in a column with an empty cell. Raises TypeError for anything else.
    """
    values = [_plain(value) for value in values]
    floats = [value for value in values if isinstance(value, (float, np.floating))]
    if floats and all(is_whole(value) for value in values):
        values = [int(value) for value in values]
    texts = [label_text(value) for value in values]
    if None in texts:
        raise BadType(f"{values[texts.index(None)]!r} is not a label; expected a str or a number.")
    return [text for text in texts if text is not None]


def label_text(value: Any) -> str | None:
    """A label as text: a str as it is, a number or a bool as Python writes it; None for anything else."""
    value = _plain(value)
    if is_missing(value) or not isinstance(value, (str, int, float, np.generic)):
        return None
    return str(value)


def is_missing(value: Any) -> bool:
    """True for None, NaN, pandas' NA and the empty string."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return value == ""
    return isinstance(value, (float, np.floating)) and math.isnan(value)


def is_whole(value: Any) -> bool:
    """Whether a value is a number without a fraction: 3, 3.0, not True."""
    if isinstance(value, (int, np.integer)):
        return not isinstance(value, bool)
    return isinstance(value, (float, np.floating)) and float(value).is_integer()


def _plain(value: Any) -> Any:
    """The one number in a tensor or array without dimensions; anything else as it is."""
    return value.item() if not isinstance(value, np.generic) and getattr(value, "ndim", None) == 0 else value


def no_label_message(failures: list[tuple[Any, Exception]], n: int) -> str:
    """The sentences about those of n items that have no label: (item, what get_y raised)."""
    more = f" and {len(failures) - 5} more" if len(failures) > 5 else ""
    names = ", ".join(_name(item) for item, _ in failures[:5]) + more
    has, them = ("has", "it") if len(failures) == 1 else ("have", "them")
    verb = f"{'picture' if n == 1 else 'pictures'} {has}"
    item, problem = failures[0]
    if isinstance(problem, LabelError):
        why = problem.advice.replace("does not match.", f"does not match {them}.")
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

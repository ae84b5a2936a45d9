"""What an attempt changes in place: an argument that is not afterwards what it was before."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lab.exercises.exercise import Case
from lab.exercises.values import as_numbers, difference

# What an argument is -> how to leave it as it is.
_REMEDIES = (
    (torch.Tensor, "tensor", "work on a copy: `x = x - 1` instead of `x -= 1`, or `x = x.clone()` first"),
    (np.ndarray, "array", "work on a copy: `x = x - 1` instead of `x -= 1`, or `x = x.copy()` first"),
    (list, "list", "work on a copy: `sorted(x)` instead of `x.sort()`, or `x = list(x)` first"),
    (dict, "dict", "work on a copy: `x = dict(x)` first"),
)


def changed_argument(before: Case, after: Case, allowed: Case) -> Any:
    """The first argument that has changed, as it is after, or None.

    allowed: the arguments after the right answer. What that changes too may be changed.
    """
    for one, now, fine in zip(before, after, allowed, strict=True):
        try:
            if not _same(now, one) and _same(fine, one):
                return now
        except Exception:  # it cannot be compared, or holds itself: nothing is known
            continue
    return None


def told_of(changed: Any) -> str:
    """What to do instead of changing an argument."""
    found = ((name, remedy) for kind, name, remedy in _REMEDIES if isinstance(changed, kind))
    name, remedy = next(found, (type(changed).__name__, "work on a copy: `x = copy.deepcopy(x)` first"))
    return f"a change in place: it changes the {name} that it was given; {remedy}"


def _same(now: Any, before: Any) -> bool:
    """Whether both hold the same. Of what is neither data nor a container of data nothing is known: True."""
    if type(now) is not type(before):
        return False
    if hasattr(before, "equals"):  # pandas
        return bool(before.equals(now))
    if isinstance(before, torch.Tensor | np.ndarray) and as_numbers(before) is not None:
        return difference(now, before, 0) is None
    if isinstance(before, np.ndarray):
        return np.array_equal(now, before)
    if isinstance(before, Mapping):
        return list(now) == list(before) and all(_same(now[key], before[key]) for key in before)
    if isinstance(before, list | tuple):
        return len(now) == len(before) and all(map(_same, now, before))
    if isinstance(before, set | int | float | str):
        return bool(now == before) or (now != now and before != before)  # NaN is the same as NaN
    return True

"""Errors that can be told without knowing the exercise: a sign, a factor, a lost dimension, overflow."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from lab.exercises.attempt import Outcome
from lab.exercises.exercise import Case
from lab.exercises.showing import shown
from lab.exercises.values import as_numbers, difference

Tried = Sequence[tuple[Case, Outcome]]  # a case, and what an attempt made of it

# What Python or torch says -> what it means to a beginner.
_SAYINGS = (
    (
        r"'(float|int|Tensor)' object is not callable",
        "a number stands right before a bracket, which Python takes for a call: write `*` to multiply",
    ),
    (
        r"torch\.return_types",
        "`max` and `min` with a `dim` return two things, the values and their places: take `.values`",
    ),
    (
        r"must match the size of tensor|could not be broadcast|shape mismatch",
        "two shapes do not go together: `sum` and `max` over a `dim` drop it unless you add `keepdim=True`; "
        "or a size is written into the code",
    ),
    (
        r"out of (bounds|range)",
        "an index beyond the end: a number of rows or classes may be written into the code",
    ),
    (
        r"does not require grad",
        "autograd with nothing to follow: no tensor has `requires_grad`, or the task is to do without it",
    ),
    (r"name '\w+' is not defined", "a name that does not exist: a typo, or a cell that has not been run"),
)


def diagnose(tried: Tried) -> str | None:
    """What an attempt gets wrong, or None. tried: every case, at least one of them not right."""
    looks = (_said, _no_tensor, _constant, _overflow, _sign, _factor, _count, _arrangement, _first_alone)
    return next(filter(None, (look(tried) for look in looks)), None)


def _said(tried: Tried) -> str | None:
    for case, outcome in tried:
        if outcome.state == "right":
            continue
        if outcome.state != "raised":  # this is the case that is shown
            return None
        name, said = outcome.value.__name__, dict(outcome.facts).get("raised", "")
        mappings = [each for each in case if isinstance(each, Mapping)]
        if name == "TypeError" and mappings and "unsupported operand" in said:
            return "a dict is gone through by its keys: for what they stand for take `.values()`"
        if name == "KeyError" and mappings:
            return f"{said.partition(': ')[2]} is not a key here: it may be written into the code"
        return next((words for pattern, words in _SAYINGS if re.search(pattern, said)), None)
    return None


def _no_tensor(tried: Tried) -> str | None:
    if all(isinstance(out.value, Tensor) or not isinstance(out.expected, Tensor) for _, out in tried):
        return None
    return _compared(tried, _close, "the right numbers, but not in a tensor")


def _constant(tried: Tried) -> str | None:
    first = tried[0][1].value
    if len(tried) < 2 or not _all_values(tried) or not _differ([outcome.expected for _, outcome in tried]):
        return None
    same = all(difference(outcome.value, first, 1e-9) is None for _, outcome in tried)
    return "the same whatever goes in: the arguments are not used" if same else None


def _overflow(tried: Tried) -> str | None:
    wrong = [(out.value, out.expected) for _, out in tried if out.state == "wrong"]
    pairs = [(as_numbers(got), as_numbers(right)) for got, right in wrong]
    if len(wrong) == len(tried) or not pairs:
        return None
    for got, right in pairs:
        if got is None or right is None or np.isfinite(got).all() or not np.isfinite(right).all():
            return None
    return (
        "right for small numbers; for large ones e to their power does not fit into a float (inf, then nan)"
    )


def _sign(tried: Tried) -> str | None:
    return _compared(tried, lambda got, right: _close(got, -right), "right but for the sign")


def _factor(tried: Tried) -> str | None:
    ratios = [_ratio(outcome.value, outcome.expected) for _, outcome in tried]
    if len(tried) < 2 or None in ratios or not np.allclose(ratios, ratios[0], rtol=1e-4):
        return None
    if abs(ratios[0] - 1) < 1e-3:
        return None
    if abs(ratios[0] - 100) < 1e-2:
        return "percent: 100 times too large"
    return f"right but for a factor: {ratios[0]:.4g} times what was expected, in every case"


def _count(tried: Tried) -> str | None:
    """A sum instead of a mean: too large by the number of things, whatever that is in each case."""
    found = set()
    for case, outcome in tried:
        ratio, sizes = _ratio(outcome.value, outcome.expected), _sizes(case)
        if ratio is None:
            return None
        found.add("sum" if any(abs(ratio - n) < 1e-3 * n for n in sizes) else "other")
    if found == {"sum"}:
        return "the sum, which grows with the number of things: take the mean"
    return None


def _arrangement(tried: Tried) -> str | None:
    ways = {
        "the right numbers, back to front": lambda got, right: got.ndim and _close(got[::-1], right),
        "rows and columns are interchanged": lambda got, right: got.ndim == 2 and _close(got.T, right),
        "one too many at the beginning": lambda got, right: _uneven(got, right) and _close(got[1:], right),
        "one too many at the end": lambda got, right: _uneven(got, right) and _close(got[:-1], right),
        "the first is missing": lambda got, right: _uneven(got, right) and _close(got, right[1:]),
        "the last is missing": lambda got, right: _uneven(got, right) and _close(got, right[:-1]),
    }
    return next(filter(None, (_compared(tried, fits, words) for words, fits in ways.items())), None)


def _uneven(got: np.ndarray, right: np.ndarray) -> bool:
    return got.ndim == right.ndim == 1 and len(got) != len(right)


def _first_alone(tried: Tried) -> str | None:
    first, *others = [(case, outcome.state == "right") for case, outcome in tried]
    if len(others) < 2 or not first[1] or any(right for _, right in others):
        return None
    if any(_sizes(case) == _sizes(first[0]) for case, _ in others):
        return None  # not a matter of sizes
    last = shown(tried[0][0][-1])
    return f"right for the first case alone, {last}: something of it may be written into the code"


def _compared(tried: Tried, fits: Callable[[np.ndarray, np.ndarray], bool], words: str) -> str | None:
    """`words` where every case fits, and at least one of them was wrong."""
    for _, outcome in tried:
        got, expected = as_numbers(outcome.value), as_numbers(outcome.expected)
        if outcome.state not in ("right", "wrong") or got is None or expected is None:
            return None
        if {"b", "c"} & {got.dtype.kind, expected.dtype.kind} or not fits(got, expected):
            return None
    return words


def _ratio(got: Any, right: Any) -> float | None:
    """The one number by which `right` would have to be multiplied, or None."""
    one, other = as_numbers(got), as_numbers(right)
    if one is None or other is None or one.shape != other.shape or not other.size:
        return None
    if {"b", "c"} & {one.dtype.kind, other.dtype.kind}:
        return None
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    largest = np.abs(other).argmax()
    if not other.flat[largest]:
        return None
    ratio = float(one.flat[largest] / other.flat[largest])
    return ratio if ratio and _close(one, ratio * other) else None


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-4, atol=1e-9, equal_nan=True))


def _all_values(tried: Tried) -> bool:
    return all(outcome.state in ("right", "wrong") for _, outcome in tried)


def _differ(values: list[Any]) -> bool:
    return any(difference(value, values[0], 1e-9) for value in values[1:])


def _sizes(case: Case) -> list[int]:
    return [
        len(each) for each in case if getattr(each, "ndim", 0) or isinstance(each, list | tuple | Mapping)
    ]

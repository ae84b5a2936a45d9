"""A long record thinned: what is drawn and what it costs to read never grow with it."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from lab.core.errors import BadValue

T = TypeVar("T")
Row = Mapping[str, Any]
MOST_POINTS = 1000  # of a curve that is drawn


def thin(values: Sequence[float], limit: int = MOST_POINTS) -> np.ndarray:
    """Which points of a curve to draw: int64 indices, ascending, at most `limit` of them.

    The first and the last point stay, and of every bucket between them the lowest and the highest, so a
    spike of one step is still seen. NaN and infinity count as neither. Raises ValueError if limit < 4.
    """
    if limit < 4:
        raise BadValue(f"thin: limit is {limit}, but a downsampled curve needs at least 4 points.")
    curve = np.asarray(values, dtype=np.float64)
    if len(curve) <= limit:
        return np.arange(len(curve))
    finite = np.isfinite(curve)
    lows, highs = np.where(finite, curve, np.inf), np.where(finite, curve, -np.inf)
    edges = np.linspace(1, len(curve) - 1, (limit - 2) // 2 + 1).astype(int)
    keep = {0, len(curve) - 1}
    for start, stop in pairwise(edges):
        keep.add(start + int(lows[start:stop].argmin()))
        keep.add(start + int(highs[start:stop].argmax()))
    return np.array(sorted(keep))


class DownsampledRows:
    """At most `most` of the rows that were added, in their order, and always the first and the last one.

    Of every stretch of equal length the rows with the lowest and the highest `column` stay, so a spike of one
    step is still seen. When there are too many stretches, each two neighbours become one.
    """

    def __init__(self, column: str, most: int) -> None:
        self.column, self.most = column, most
        self.count = 0
        self._width = 1  # rows of one stretch
        self._stretches: list[tuple[int, Row, int, Row]] = []  # (place and row of the lowest, of the highest)
        self._first: Row | None = None
        self._last: Row | None = None

    def add(self, row: Row) -> None:
        """Take the next row."""
        at, one = self.count, (self.count, row, self.count, row)
        self.count += 1
        self._last = row
        if self._first is None:
            self._first = row
        if at // self._width < len(self._stretches):
            self._stretches[-1] = self._joined(self._stretches[-1], one)
            return
        self._stretches.append(one)
        if len(self._stretches) > (self.most - 2) // 2:
            halves = self._stretches
            pairs = zip(halves[::2], [*halves[1::2], None], strict=False)
            self._stretches = [self._joined(a, b) if b is not None else a for a, b in pairs]
            self._width *= 2

    def rows(self) -> list[Row]:
        """The kept rows, in their order."""
        kept = {} if self._first is None else {0: self._first}
        for low, low_row, high, high_row in list(self._stretches):
            kept |= {low: low_row, high: high_row}
        if self._last is not None:
            kept[self.count - 1] = self._last
        return [kept[at] for at in sorted(kept)]

    def _joined(self, one: tuple, other: tuple) -> tuple[int, Row, int, Row]:
        low = min(one[:2], other[:2], key=lambda pair: self._value(pair[1], math.inf))
        high = max(one[2:], other[2:], key=lambda pair: self._value(pair[1], -math.inf))
        return *low, *high

    def _value(self, row: Row, otherwise: float) -> float:
        """The row's number; `otherwise` where there is none, which is then neither lowest nor highest."""
        value = row.get(self.column)
        return value if value is not None and math.isfinite(value) else otherwise


def evenly(rows: Sequence[T], most: int | None) -> list[T]:
    """At most `most` of the rows, evenly spread, the last among them; None: all of them."""
    if most is None or len(rows) <= most:
        return list(rows)
    return [rows[(i + 1) * len(rows) // most - 1] for i in range(most)]

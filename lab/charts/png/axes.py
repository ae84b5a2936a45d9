"""The axes of the charts without a browser: ranges that nobody gave, ticks, pixels of values.

The rules are those of plotly, so that a picture shows the same range and the same ticks as the live chart.
A position along an axis is the value itself, its log10 on a logarithmic axis, its number in a list of
categories.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

MINUS = "\u2212"
TICK = 5  # pixels, length of a mark
NO_RANGE = {"x": (-1.0, 6.0), "y": (-1.0, 4.0)}  # what plotly shows when there is nothing


class Extent(NamedTuple):
    """Positions that an axis has to show, with room for pixels before and after them.

    airy: with a twentieth of the axis besides. zero: beginning at 0.
    """

    low: float
    high: float
    before: float = 0
    after: float = 0
    airy: bool = False
    zero: bool = False


@dataclass
class Axis:
    """One axis: what the layout says of it, the pixels that it runs over, and its range in positions."""

    name: str
    spec: dict[str, Any]
    start: float = 0  # pixels, at the left or at the bottom
    length: float = 1
    categories: list[str] = field(default_factory=list)
    range: tuple[float, float] = (0.0, 1.0)

    @property
    def letter(self) -> str:
        return self.name[0]

    @property
    def log(self) -> bool:
        return self.spec.get("type") == "log"

    @property
    def side(self) -> str:
        """Where the labels stand: left, right, top or bottom."""
        return self.spec.get("side", "bottom" if self.letter == "x" else "left")

    @property
    def outward(self) -> int:
        """1 or -1: whether pixels grow or shrink from the axis to its labels."""
        return 1 if self.side in ("right", "bottom") else -1

    def positions(self, values: Sequence[Any] | np.ndarray) -> np.ndarray:
        """Data values as positions: float64 (n,), NaN for None and for what has no logarithm."""
        values = list(values)
        if any(isinstance(value, str) for value in values):
            known = {label: i for i, label in enumerate(self.categories)}
            for value in values:
                known.setdefault(value, len(known))
            self.categories = list(known)
            return np.array([known[value] for value in values], float)
        numbers = np.array([math.nan if value is None else value for value in values], float)
        numbers[np.isinf(numbers)] = math.nan
        if not self.log:
            return numbers
        return np.log10(numbers, out=np.full(len(numbers), math.nan), where=numbers > 0)

    def pixel(self, position: Any) -> Any:
        """Where a position (a number or an array) lies; y points down."""
        share = (position - self.range[0]) / (self.range[1] - self.range[0])
        return self.start + share * self.length if self.letter == "x" else self.start - share * self.length

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last pixel: left and right, or top and bottom."""
        if self.letter == "x":
            return self.start, self.start + self.length
        return self.start - self.length, self.start

    def standoff(self, size: float) -> float:
        """Pixels from the axis to tick labels of this size."""
        return 0.5 + (TICK + 0.2 * size if self.spec.get("ticks") == "outside" else 0)

    def fit(self, extents: Sequence[Extent]) -> None:
        """Take the range of the layout, or one that shows all extents."""
        given = self.spec.get("range")
        seen = [extent for extent in extents if math.isfinite(extent.low) and math.isfinite(extent.high)]
        self.range = tuple(map(float, given)) if given else _range(self, seen)

    def ticks(self) -> list[tuple[float, str]]:
        """Position and label of every tick within the range."""
        low, high = sorted(self.range)
        slack = 1e-4 * (high - low)
        places = [(p, text) for p, text in self._every_tick() if low - slack <= p <= high + slack]
        return places if self.spec.get("showticklabels", True) else [(p, "") for p, _ in places]

    def _every_tick(self) -> list[tuple[float, str]]:
        if self.spec.get("tickvals") is not None:
            values = list(self.spec["tickvals"])
            texts = self.spec.get("ticktext") or [f"{value}" for value in values]
            return list(zip(self.positions(values).tolist(), texts, strict=False))
        if self.categories:
            return list(enumerate(self.categories))
        low, high = sorted(self.range)
        step = self.spec.get("dtick") or self._step()
        first = math.ceil((low - 1e-4 * (high - low)) / step)
        last = math.floor((high + 1e-4 * (high - low)) / step)
        places = [i * step for i in range(first, last + 1)]
        if self.log and not self.spec.get("dtick") and high - low < 2:
            places = [i + math.log10(m) for i in range(math.floor(low), math.ceil(high)) for m in (1, 2, 5)]
        return [(place, self._label(place, step)) for place in places]

    def _step(self) -> float:
        """The distance of the ticks: 1, 2 or 5 times a power of ten; whole powers on a logarithmic axis."""
        room = self.length / (40 if self.letter == "y" else 80)
        count = self.spec.get("nticks") or min(max(room, 4), 9) + 1
        rough = abs(self.range[1] - self.range[0]) / count
        if self.log:
            return max(1, math.ceil(rough))
        power = 10 ** math.floor(math.log10(rough))
        return next((times for times in (2, 5) if times > rough / power), 10) * power

    def _label(self, place: float, step: float) -> str:
        style = self.spec.get("tickformat")
        if style:
            return _formatted(10**place if self.log else place, style)
        if self.log:
            power = round(place)
            if abs(power) > 2 and abs(power - place) < 1e-9:
                return f"1e{'+' if power > 0 else MINUS}{abs(power)}"
            return f"{10**place:.6g}".replace("-", MINUS)
        most = max(map(abs, self.range))
        exponent = math.floor(math.log10(most) + 0.01) if most else 0
        exponent = exponent if abs(exponent) > 3 else 0
        digits = max(2 - math.floor(math.log10(step) + 0.01) + exponent, 0)
        text = f"{abs(place) / 10**exponent:.{digits}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        if float(text) == 0:
            return "0"
        sign = MINUS if place < 0 else ""
        return sign + text + (f"e{'+' if exponent > 0 else MINUS}{abs(exponent)}" if exponent else "")


def _formatted(value: float, style: str) -> str:
    """A number in one of d3's formats: those of Python, and "~e", which leaves out needless zeros."""
    if style == "~e":
        mantissa, power = f"{value:e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power):+d}".replace("-", MINUS)
    return format(value, style).replace("-", MINUS)


def _range(axis: Axis, extents: Sequence[Extent]) -> tuple[float, float]:
    """The range that plotly would choose ("autorange")."""
    if not extents:
        low, high = NO_RANGE[axis.letter]
    else:
        low, high = _fitted(axis, extents)
    return (high, low) if axis.spec.get("autorange") == "reversed" else (low, high)


def _fitted(axis: Axis, extents: Sequence[Extent]) -> tuple[float, float]:
    air = 0.05 * axis.length
    zero = (axis.spec.get("rangemode") == "tozero" and not axis.log) or any(e.zero for e in extents)
    lows = [(e.low, e.before + air * e.airy) for e in extents]
    highs = [(e.high, e.after + air * e.airy) for e in extents]
    if zero and min(lows)[0] >= 0:
        lows = [(0.0, 0.0)]
    if zero and max(highs)[0] <= 0:
        highs = [(0.0, 0.0)]
    least, most = min(lows)[0], max(highs)[0]
    if least == most:
        return (0.0, 1.0) if zero else (least - 1, most + 1)
    # every pair of a low and a high end asks for a scale; the one that needs the most of it decides
    best = 0.0, (least, 0.0), (most, 0.0)
    for low in lows:
        for high in highs:
            room = axis.length - low[1] - high[1]
            if high[0] > low[0] and room > axis.length / 10:
                best = max(best, ((high[0] - low[0]) / room, low, high))
    scale, low, high = best
    return low[0] - scale * low[1], high[0] + scale * high[1]

"""The traces of the charts without a browser: scatter, bar and heatmap.

`read` turns traces into positions on their axes, `extents` says what those axes have to show.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from .axes import Axis, Extent
from .pen import rgba

COLOURS = ("#636efa", "#EF553B", "#00cc96", "#ab63fa", "#FFA15A", "#19d3f3", "#FF6692", "#B6E880")
KINDS = ("heatmap", "bar", "scatter")  # the order in which they lie on each other


@dataclass
class Trace:
    """One trace: what was said of it, its axes, and its points as positions.

    base: where bars begin.
    """

    spec: dict[str, Any]
    x_axis: Axis
    y_axis: Axis
    x: np.ndarray
    y: np.ndarray
    colour: str
    base: np.ndarray | None = None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The pixels between the axes: left, top, right, bottom."""
        (left, right), (top, bottom) = self.x_axis.ends, self.y_axis.ends
        return left, top, right, bottom

    @property
    def flat(self) -> bool:
        """Whether bars lie."""
        return self.spec.get("orientation") == "h"

    @property
    def places(self) -> np.ndarray:
        """Where bars stand."""
        return self.y if self.flat else self.x

    @property
    def values(self) -> np.ndarray:
        """How long bars are."""
        return self.x if self.flat else self.y

    @property
    def kind(self) -> str:
        return self.spec["type"]

    @property
    def mode(self) -> str:
        return self.spec.get("mode") or ("lines+markers" if len(self.x) < 20 else "lines")

    def of(self, part: str, name: str, default: Any) -> list[Any]:
        """A property of every point, e.g. of("marker", "size", 6), where one may stand for all."""
        return self._each(self.spec.get(part, {}).get(name), default)

    def each(self, name: str, default: Any) -> list[Any]:
        """The same of a property of the trace itself, e.g. each("text", "")."""
        return self._each(self.spec.get(name), default)

    def _each(self, value: Any, default: Any) -> list[Any]:
        if isinstance(value, list | tuple | np.ndarray):
            return list(value)
        return [default if value is None else value] * len(self.x)


def read(figure: go.Figure, axis_of: Callable[[str], Axis], stacked: bool) -> list[Trace]:
    """The traces that can be seen. Raises ValueError for a type that is none of `KINDS`."""
    traces: list[Trace] = []
    for number, given in enumerate(figure.data):
        spec = given.to_plotly_json()
        if spec["type"] not in KINDS:
            raise ValueError(
                f"to_png: trace {number} is of type {spec['type']!r}. Only {', '.join(KINDS)} can be drawn "
                "without a browser. Show the figure with plotly instead."
            )
        if spec.get("visible", True) is not True:
            continue
        axes = axis_of(spec.get("xaxis", "x")), axis_of(spec.get("yaxis", "y"))
        trace = Trace(spec, *axes, *_points(spec, *axes), _colour(spec, number))
        if trace.kind == "bar":
            trace.base = _base(trace, traces if stacked else [])
        if len(trace.x) and len(trace.y):
            traces.append(trace)
    return traces


def _points(spec: dict[str, Any], x_axis: Axis, y_axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    if spec["type"] == "heatmap":
        z = np.asarray(spec["z"], float)
        spec["z"] = z
        rows, columns = z.shape if z.ndim == 2 else (0, 0)
        x, y = (range(n) if spec.get(a) is None else spec[a] for a, n in (("x", columns), ("y", rows)))
        return x_axis.positions(x), y_axis.positions(y)
    x, y = (() if spec.get(a) is None else spec[a] for a in "xy")
    count = min(len(x), len(y)) if len(x) and len(y) else 0
    return x_axis.positions(list(x)[:count]), y_axis.positions(list(y)[:count])


def _colour(spec: dict[str, Any], number: int) -> str:
    for part in ("line", "marker"):
        colour = spec.get(part, {}).get("color")
        if isinstance(colour, str):
            return colour
    return COLOURS[number % len(COLOURS)]


def z_range(trace: Trace) -> tuple[float, float]:
    """The values at the two ends of the colour scale of a heat map."""
    z = trace.spec["z"][np.isfinite(trace.spec["z"])]
    low, high = (z.min(), z.max()) if len(z) else (0.0, 1.0)
    given = trace.spec.get("zmin"), trace.spec.get("zmax")
    return float(low if given[0] is None else given[0]), float(high if given[1] is None else given[1])


def shades(trace: Trace, shares: np.ndarray) -> np.ndarray:
    """The colours (..., 3), uint8, at shares 0..1 of a heat map's colour scale; NaN is taken as 0."""
    stops = trace.spec.get("colorscale") or ((0, "#0d0887"), (1, "#f0f921"))
    places = [float(at) for at, _ in stops]
    channels = np.array([rgba(colour)[:3] for _, colour in stops], float).T
    mixed = np.stack([np.interp(np.nan_to_num(shares), places, channel) for channel in channels], axis=-1)
    return mixed.round().astype(np.uint8)


def _base(trace: Trace, below: Sequence[Trace]) -> np.ndarray:
    """Where each bar begins: at 0, or at the end of the bars of the same place and sign below it."""
    base = np.zeros(len(trace.values))
    for other in below:
        if other.kind == "bar":
            for i, (place, value) in enumerate(zip(trace.places, trace.values, strict=True)):
                same = (other.places == place) & (np.sign(other.values) == np.sign(value))
                base[i] += other.values[same].sum()
    return base


def bar_width(trace: Trace) -> np.ndarray:
    """The width of each bar, in positions; four fifths of their distance where nothing is said."""
    apart = np.diff(np.unique(trace.places))
    width = trace.spec.get("width") or 0.8 * (apart.min() if len(apart) else 1.0)
    return np.broadcast_to(np.asarray(width, float), len(trace.places))


def edges(centres: np.ndarray) -> np.ndarray:
    """The n + 1 edges of cells with these n centres."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def extents(trace: Trace) -> Iterator[tuple[Axis, Extent]]:
    """What each of the two axes has to show of a trace."""
    if trace.kind == "heatmap":
        for axis, centres in ((trace.x_axis, trace.x), (trace.y_axis, trace.y)):
            sides = edges(centres)
            yield axis, Extent(float(sides.min()), float(sides.max()))
    elif trace.kind == "bar":
        along, across = (trace.x_axis, trace.y_axis) if trace.flat else (trace.y_axis, trace.x_axis)
        half = bar_width(trace) / 2
        yield across, Extent(float((trace.places - half).min()), float((trace.places + half).max()))
        ends = np.nan_to_num(trace.base + trace.values)
        yield along, Extent(min(float(ends.min()), 0.0), max(float(ends.max()), 0.0), airy=True, zero=True)
    else:
        yield from _extents_of_points(trace)


def _extents_of_points(trace: Trace) -> Iterator[tuple[Axis, Extent]]:
    marked = "markers" in trace.mode
    sizes = np.array(trace.of("marker", "size", 6) if marked else [0] * len(trace.x), float)
    for axis, values in ((trace.x_axis, trace.x), (trace.y_axis, trace.y)):
        airy = axis is trace.y_axis or marked or "text" in trace.mode
        for size in np.unique(sizes):
            seen = values[(sizes == size) & np.isfinite(trace.x) & np.isfinite(trace.y)]
            if len(seen):
                pad = max(size / 1.6, 3.0) if marked else 0.0
                yield axis, Extent(float(seen.min()), float(seen.max()), pad, pad, airy)

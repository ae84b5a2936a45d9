"""Where everything stands in a chart without a browser: the layout with its template, margins and axes."""

import math
import re
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from .axes import Axis, Extent
from .legend import bar_width, has_bar, legend_reach
from .text import Writer
from .traces import extents, read

DEFAULTS = {
    "margin": {"l": 80, "r": 80, "t": 100, "b": 80, "pad": 0},
    "font": {"size": 12, "color": "#444444"},
    "paper_bgcolor": "#ffffff",
    "plot_bgcolor": "#ffffff",
    "legend": {"orientation": "v", "x": 1.02, "y": 1},
}
ROOM = 12  # pixels at most that plotly keeps free outside of what widens a margin
ANCHORS = {"left": 0.0, "center": 0.5, "right": 1.0, "top": 0.0, "middle": 0.5, "bottom": 1.0}
_AXIS = re.compile(r"([xy])axis(\d*)")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Both, one in the other; what is said in `over` counts."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


class PageLayout:
    """The layout of a figure at a size in pixels.

    spec: what is said, with the template. traces: those that are seen. axes: by id ("x", "y2"). margin: l, r,
    t, b and pad; final after `place`.
    """

    def __init__(self, figure: go.Figure, width: int, height: int) -> None:
        own = figure.layout.to_plotly_json()
        template = merged(DEFAULTS, own.pop("template", {}).get("layout", {}))
        self.spec = merged(template, own)
        self.width, self.height = width, height
        self.margin = dict(self.spec["margin"])
        self._axis_specs = {a: template.get(f"{a}axis", {}) for a in "xy"}
        self.axes: dict[str, Axis] = {}
        for key in ("xaxis", "yaxis", *own):
            if found := _AXIS.fullmatch(key):
                self.axis("".join(found.groups()))
        self.traces = read(figure, self.axis, self.spec.get("barmode") in ("stack", "relative"))
        for trace in self.traces:
            if trace.kind == "heatmap":  # its cells would hide grid lines, so plotly marks the ticks outside
                trace.x_axis.spec.setdefault("ticks", "outside")
                trace.y_axis.spec.setdefault("ticks", "outside")

    def axis(self, name: str) -> Axis:
        """The axis of an id, made when it is first asked for."""
        if name not in self.axes:
            own = self.spec.get(f"{name[0]}axis{name[1:]}", {})
            self.axes[name] = Axis(name, merged(self._axis_specs[name[0]], own))
        return self.axes[name]

    def font(self, *parts: Mapping[str, Any] | None) -> dict[str, Any]:
        """The font of the figure with what these parts say of it."""
        font = dict(self.spec["font"])
        for part in parts:
            font = merged(font, part or {})
        return font

    def tick_font(self, axis: Axis) -> dict[str, Any]:
        """Size and colour of the tick labels of an axis."""
        colour = {"color": axis.spec["color"]} if "color" in axis.spec else {}
        return self.font(colour, axis.spec.get("tickfont"))

    @property
    def plot(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the plot area."""
        margin = self.margin
        right = max(self.width - margin["r"], margin["l"] + 10)
        return margin["l"], margin["t"], right, max(self.height - margin["b"], margin["t"] + 10)

    def line_of(self, axis: Axis) -> float:
        """The pixel at which the labels of an axis stand: y of an x axis, x of a y axis."""
        anchor = self.axes.get(axis.spec.get("anchor", "x" if axis.letter == "y" else "y"))
        ends = anchor.ends if anchor else self.plot[::2] if axis.letter == "y" else self.plot[1::2]
        return ends[axis.outward > 0] + axis.outward * self.margin["pad"]

    def place(self, writer: Writer) -> None:
        """Find margins and ranges; each depends on the other, so it is done three times."""
        for _ in range(3):
            self._place_axes()
            self._fit(writer)
            self._widen(writer)
        self._place_axes()
        self._fit(writer)

    def _place_axes(self) -> None:
        left, top, right, bottom = self.plot
        for axis in self.axes.values():
            over = self.axes.get(axis.spec.get("overlaying", ""), axis)
            begin, end = over.spec.get("domain", (0, 1))
            side = right - left if axis.letter == "x" else bottom - top
            axis.start = left + begin * side if axis.letter == "x" else bottom - begin * side
            axis.length = (end - begin) * side

    def _fit(self, writer: Writer) -> None:
        shown: dict[str, list[Extent]] = {name: [] for name in self.axes}
        for trace in self.traces:
            for axis, extent in extents(trace):
                shown[axis.name].append(extent)
        for shape in self.spec.get("shapes", ()):
            for letter in "xy":
                axis = self.axes.get(shape.get(f"{letter}ref", letter))
                if axis:
                    ends = axis.positions([shape[f"{letter}0"], shape[f"{letter}1"]])
                    shown[axis.name].append(Extent(*sorted(ends.tolist())))
        for note in self.spec.get("annotations", ()):
            for letter, (before, after) in self._reach(note, writer).items():
                axis = self.axes.get(note.get(f"{letter}ref", letter))
                if axis:
                    at = self._position(axis, note[letter])
                    shown[axis.name].append(Extent(at, at, before, after))
        for axis in self.axes.values():
            axis.fit(shown[axis.name])

    def _position(self, axis: Axis, value: Any) -> float:
        """Where an annotation is; on a logarithmic axis it is given as a logarithm."""
        return float(value) if axis.log else float(axis.positions([value])[0])

    def _reach(self, note: Mapping[str, Any], writer: Writer) -> dict[str, tuple[float, float]]:
        """How far an annotation reaches before and after its point: to the left and right, down and up."""
        left, top, right, bottom = self.box_of(note, writer)
        return {"x": (max(-left, 0), max(right, 0)), "y": (max(bottom, 0), max(-top, 0))}

    def box_of(self, note: Mapping[str, Any], writer: Writer) -> tuple[float, float, float, float]:
        """The box of an annotation, seen from its point: left, top, right, bottom."""
        width, height = writer.measure(note.get("text", ""), self.font(note.get("font"))["size"])
        border = note.get("borderpad", 1) + note.get("borderwidth", 1)
        width, height = width + 2 * border, height + 2 * border
        left = note.get("xshift", 0) - width * self._anchor(note, "x")
        top = -note.get("yshift", 0) - height * self._anchor(note, "y")
        return left, top, left + width, top + height

    def _anchor(self, note: Mapping[str, Any], letter: str) -> float:
        name = note.get(f"{letter}anchor", "auto")
        if name != "auto":
            return ANCHORS[name]
        if note.get(f"{letter}ref", letter) in self.axes:
            return 0.5
        share = note[letter] if letter == "x" else 1 - note[letter]
        return 0.0 if share < 1 / 3 else 1.0 if share > 2 / 3 else 0.5

    def point(self, item: Mapping[str, Any], letter: str, key: str, data: bool) -> float:
        """The pixel of a coordinate of an annotation or (data: values, not logarithms) of a shape."""
        ref, value = item.get(f"{letter}ref", letter), item[key]
        if ref in self.axes:
            axis = self.axes[ref]
            place = float(axis.positions([value])[0]) if data else self._position(axis, value)
            return float(axis.pixel(place))
        name, _, domain = ref.partition(" ")
        if domain and name in self.axes:
            first, last = self.axes[name].ends
        else:
            first, last = self.plot[::2] if letter == "x" else self.plot[1::2]
        return first + value * (last - first) if letter == "x" else last - value * (last - first)

    def _widen(self, writer: Writer) -> None:
        """Widen the margins for tick labels, legend and colour bar, as plotly does."""
        left, top, right, bottom = self.plot
        need = {name: [float(self.spec["margin"][name])] for name in "lrtb"}
        free = min(ROOM, *(sizes[0] for sizes in need.values()))
        for axis in self.axes.values():
            if not axis.spec.get("automargin") or not axis.spec.get("visible", True):
                continue
            size, line = self.tick_font(axis)["size"], self.line_of(axis)
            room = free + axis.standoff(size)
            sizes = [(at, *writer.measure(text, size)) for at, text in axis.ticks() if text]
            if axis.letter == "y" and sizes:
                widest = max(width for _, width, _ in sizes) + room
                on_right = axis.side == "right"
                need["r" if on_right else "l"].append(widest - (right - line if on_right else line - left))
            elif sizes:
                tallest = max(height for _, _, height in sizes) + room
                on_top = axis.side == "top"
                need["t" if on_top else "b"].append(tallest - (line - top if on_top else bottom - line))
                need["l"] += [width / 2 + free - (axis.pixel(at) - left) for at, width, _ in sizes]
                need["r"] += [width / 2 + free - (right - axis.pixel(at)) for at, width, _ in sizes]
        above, below = legend_reach(self, writer)
        need["t"].append(above + free if above else 0)
        need["b"].append(below + free if below else 0)
        need["r"] += [bar_width(self, trace, writer) + free for trace in self.traces if has_bar(trace)]
        self.margin |= {name: math.ceil(max(sizes)) for name, sizes in need.items()}

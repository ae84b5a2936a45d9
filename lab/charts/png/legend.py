"""The legend and the colour bar of the charts without a browser, and the room that they take."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .axes import Axis
from .marks import marker
from .pen import Pen, rgba
from .text import CENTRED, Writer
from .traces import Trace, shades, z_range

if TYPE_CHECKING:
    from .layout import PageLayout

ROW, PAD, SAMPLE, GAP = 18.3, 10, 40, 5  # pixels
GROUP_GAP = 10  # pixels between rows of groups
BAR_PAD, BAR_GAP, BAR_X = 10, 3, 0.02  # pixels round the bar and before its labels; share of the plot's width


def named(layout: "PageLayout") -> list[Trace]:
    """The traces of the legend, in its order; none where there is no legend."""
    shown = [trace for trace in layout.traces if trace.spec.get("showlegend", trace.kind != "heatmap")]
    asked = any(trace.spec.get("showlegend") for trace in shown)
    return shown if layout.spec.get("showlegend", len(shown) > 1 or asked) else []


def legend_reach(layout: "PageLayout", writer: Writer) -> tuple[float, float]:
    """How many pixels the legend reaches above and below the plot; it may stand at its side."""
    rows = _rows(layout, writer)
    _, top, _, bottom = layout.plot
    y = _top(layout, rows)
    return (top - y, y + _height(rows) - bottom) if rows else (0, 0)


def draw_legend(layout: "PageLayout", pen: Pen, writer: Writer) -> None:
    """A sample and the name of every trace."""
    legend, rows = layout.spec["legend"], _rows(layout, writer)
    font = layout.font(legend.get("font"))
    left, _, right, _ = layout.plot
    x, y = left + legend["x"] * (right - left), _top(layout, rows) + PAD / 2
    for row in rows:
        for trace, start in row:
            _draw_sample(trace, x + start + GAP, y + ROW / 2, layout, pen)
            place = (x + start + SAMPLE, y + ROW / 2 + CENTRED * font["size"])
            name = str(trace.spec.get("name", ""))
            writer.write(pen.image, name, place, font["size"], rgba(font["color"]))
        y += ROW + _row_gap(rows)


def _rows(layout: "PageLayout", writer: Writer) -> list[list[tuple[Trace, float]]]:
    """Every trace of the legend with its distance from the left end, row by row.

    Groups fill the rows one after the other; traces without a group stand in columns where one row is too
    narrow for them.
    """
    traces, legend = named(layout), layout.spec["legend"]
    size = layout.font(legend.get("font"))["size"]
    widths = [SAMPLE + GAP + writer.measure(str(trace.spec.get("name", "")), size)[0] for trace in traces]
    room = (layout.plot[2] - layout.plot[0]) * (1 - legend["x"])
    if legend["orientation"] == "v":
        room = 0
    elif sum(widths) > room and not any("legendgroup" in trace.spec for trace in traces):
        widths = [max(widths)] * len(widths)
    rows: list[list[tuple[Trace, float]]] = []
    end = 0.0
    for trace, width in zip(traces, widths, strict=True):
        if not rows or end + width > room:
            rows.append([])
            end = 0.0
        rows[-1].append((trace, end))
        end += width
    return rows


def _row_gap(rows: list[list[tuple[Trace, float]]]) -> float:
    return GROUP_GAP if any("legendgroup" in trace.spec for row in rows for trace, _ in row) else 0


def _height(rows: list[list[tuple[Trace, float]]]) -> float:
    return PAD + ROW * len(rows) + _row_gap(rows) * (len(rows) - 1)


def _top(layout: "PageLayout", rows: list[list[tuple[Trace, float]]]) -> float:
    _, top, _, bottom = layout.plot
    legend = layout.spec["legend"]
    y = bottom - legend["y"] * (bottom - top)
    return y - _height(rows) if legend.get("yanchor") == "bottom" else y


def _draw_sample(trace: Trace, x: float, y: float, layout: "PageLayout", pen: Pen) -> None:
    """The sample of a trace, 30 pixels from x: a line, a marker, a little square."""
    everywhere = (0, 0, layout.width, layout.height)
    if trace.kind == "bar":
        pen.rectangle((x + 9, y - 6, x + 21, y + 6), trace.of("marker", "color", trace.colour)[0])
        return
    if "lines" in trace.mode:
        line = trace.spec.get("line", {})
        width = min(line.get("width", 2), 10)
        points = np.array([(x, y), (x + 30, y)])
        pen.stroke(points, trace.colour, width, everywhere, line.get("dash", "solid"))
    if "markers" in trace.mode:
        pen.marker((x + 15, y), clip=everywhere, **marker(trace, 0))


# ---------------------------------------------------------------- the colour bar


def has_bar(trace: Trace) -> bool:
    """Whether a colour bar tells the values of a trace."""
    return trace.kind == "heatmap" and trace.spec.get("showscale", True)


def bar_width(layout: "PageLayout", trace: Trace, writer: Writer) -> float:
    """How many pixels the colour bar and its labels reach to the right of the plot."""
    axis, bar = _bar_axis(layout, trace), trace.spec.get("colorbar", {})
    size = _bar_font(layout, bar)["size"]
    labels = max((writer.measure(text, size)[0] for _, text in axis.ticks()), default=0)
    left, _, right, _ = layout.plot
    return BAR_X * (right - left) + 2 * BAR_PAD + bar.get("thickness", 30) + labels


def draw_bar(layout: "PageLayout", trace: Trace, pen: Pen, writer: Writer) -> None:
    """The colours from the lowest value at the bottom to the highest at the top, and their labels."""
    axis, bar = _bar_axis(layout, trace), trace.spec.get("colorbar", {})
    font = _bar_font(layout, bar)
    left, _, right, _ = layout.plot
    x = right + BAR_X * (right - left) + BAR_PAD
    top, _ = axis.ends
    count = round(axis.length * pen.scale)
    colours = shades(trace, np.linspace(1, 0, count)).tolist()
    for i, colour in enumerate(colours):
        y = top + i * axis.length / count
        pen.rectangle((x, y, x + bar.get("thickness", 30), y + axis.length / count), tuple(colour))
    for position, text in axis.ticks():
        place = (x + bar.get("thickness", 30) + BAR_GAP, axis.pixel(position) + CENTRED * font["size"])
        writer.write(pen.image, text, place, font["size"], rgba(font["color"]))


def _bar_axis(layout: "PageLayout", trace: Trace) -> Axis:
    _, top, _, bottom = layout.plot
    axis = Axis("y", trace.spec.get("colorbar", {}), bottom - BAR_PAD, bottom - top - 2 * BAR_PAD)
    axis.range = z_range(trace)
    return axis


def _bar_font(layout: "PageLayout", bar: dict[str, Any]) -> dict[str, Any]:
    return layout.font(bar.get("tickfont"))

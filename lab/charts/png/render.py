"""A chart as a picture without a browser, drawn with Pillow alone.

For notebooks on GitHub, snapshots of panels, and wherever plotly's widget is not at hand. It knows what the
charts of this package use (scatter, bar, heatmap; linear, logarithmic and category axes) and follows
plotly's rules for ranges, ticks and margins, so that the picture looks as the live chart does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from .axes import TICK, Axis
from .layout import PageLayout
from .legend import draw_bar, draw_legend, has_bar, named
from .marks import draw_trace
from .pen import Pen, rgba
from .text import ASCENT, CENTRED, Writer
from .traces import KINDS

HEIGHT = 450  # pixels, plotly's own, of a figure that says nothing


def to_png(figure: go.Figure, width: int = 860, height: int | None = None, scale: float = 2.0) -> Image.Image:
    """The figure as an RGB picture of width x height CSS pixels, `scale` pixels of the picture for each.

    width: of a figure that has none of its own (a confusion matrix has). height: None is the figure's own.
    Drawn are scatter, bar and heatmap traces, axes, legend, colour bar, shapes (line, rect) and annotations
    without an arrow; all else is left out. Raises ValueError for another type of trace, marker, dash or
    shape, and for sizes below 1.
    """
    width = figure.layout.width or width
    height = height or figure.layout.height or figure.layout.template.layout.height or HEIGHT
    if min(width * scale, height * scale) < 1:
        raise ValueError(f"to_png: {width} x {height} at scale {scale} has no pixel. Use larger sizes.")
    layout = PageLayout(figure, round(width), round(height))
    writer = Writer(_texts(layout), scale)
    layout.place(writer)
    size = round(width * scale), round(height * scale)
    pen = Pen(Image.new("RGB", size, rgba(layout.spec["paper_bgcolor"])[:3]), scale)
    _draw(layout, pen, writer)
    return pen.image


def _texts(layout: PageLayout) -> Iterator[str]:
    """Every text that is written; digits for the ticks."""
    yield "0123456789.e+\u2212"
    for axis in layout.axes.values():
        yield from map(str, (*(axis.spec.get("ticktext") or ()), *axis.categories))
    for trace in layout.traces:
        yield from map(str, trace.spec.get("colorbar", {}).get("ticktext") or ())
    for note in layout.spec.get("annotations", ()):
        yield note.get("text", "")
    for trace in named(layout):
        yield str(trace.spec.get("name", ""))
    for trace in layout.traces:
        if "text" in trace.mode or trace.spec.get("textposition") == "outside":
            yield from map(str, trace.each("text", ""))


def _draw(layout: PageLayout, pen: Pen, writer: Writer) -> None:
    pen.rectangle(layout.plot, layout.spec["plot_bgcolor"])
    shapes = layout.spec.get("shapes", ())
    for shape in shapes:
        if shape.get("layer") == "below":
            _draw_shape(shape, layout, pen)
    for axis in layout.axes.values():
        if axis.spec.get("visible", True):
            _draw_axis(axis, layout, pen, writer)
    font = layout.font()
    for trace in sorted(layout.traces, key=lambda t: ("overlaying" in t.y_axis.spec, KINDS.index(t.kind))):
        draw_trace(trace, pen, writer, font)
    for shape in shapes:
        if shape.get("layer") != "below":
            _draw_shape(shape, layout, pen)
    draw_legend(layout, pen, writer)
    for trace in layout.traces:
        if has_bar(trace):
            draw_bar(layout, trace, pen, writer)
    for note in layout.spec.get("annotations", ()):
        _draw_note(note, layout, pen, writer)


def _draw_axis(axis: Axis, layout: PageLayout, pen: Pen, writer: Writer) -> None:
    """The grid lines of an axis and its tick labels."""
    font, line = layout.tick_font(axis), layout.line_of(axis)
    grid = axis.spec.get("showgrid", not axis.categories)
    across = layout.axes.get(axis.spec.get("anchor", "y" if axis.letter == "x" else "x"))
    (first, last), x = axis.ends, axis.letter == "x"
    for position, text in axis.ticks():
        at = axis.pixel(position)
        if grid and across and first + 1 < at < last - 1:  # plotly draws none at the edge of the plot
            ends = [(at, end) if x else (end, at) for end in across.ends]
            pen.rule(*ends, axis.spec.get("gridcolor", "#eeeeee"), axis.spec.get("gridwidth", 1))
        if axis.spec.get("ticks") == "outside":
            ends = [(at, end) if x else (end, at) for end in (line, line + axis.outward * TICK)]
            pen.rule(*ends, axis.spec.get("color", "#444444"), 1)
        if text:
            _write_tick(text, at, line, axis, font, pen, writer)


def _write_tick(
    text: str, at: float, line: float, axis: Axis, font: dict[str, Any], pen: Pen, writer: Writer
) -> None:
    size, colour = font["size"], rgba(font["color"])
    edge = line + axis.outward * axis.standoff(size)
    if axis.letter == "y":
        align = "left" if axis.side == "right" else "right"
        writer.write(pen.image, text, (edge, at + CENTRED * size), size, colour, align=align)
        return
    top, angle = axis.side == "top", axis.spec.get("tickangle") or 0
    align = "center" if not angle else "left" if (angle < 0) == top else "right"
    place = (at, edge - 0.2 * size if top else edge + size)
    writer.write(pen.image, text, place, size, colour, align=align, angle=angle)


def _draw_shape(shape: Mapping[str, Any], layout: PageLayout, pen: Pen) -> None:
    kind, line = shape.get("type", "rect"), shape.get("line", {})
    if kind not in ("line", "rect"):
        raise ValueError(f"to_png: the shape {kind!r} is unknown. Use line or rect.")
    x0, x1 = (layout.point(shape, "x", key, data=True) for key in ("x0", "x1"))
    y0, y1 = (layout.point(shape, "y", key, data=True) for key in ("y0", "y1"))
    left, right, top, bottom = *sorted((x0, x1)), *sorted((y0, y1))
    opacity = shape.get("opacity", 1)
    if kind == "rect" and "fillcolor" in shape:
        pen.rectangle((left, top, right, bottom), shape["fillcolor"], opacity)
    corners = [(x0, y0), (x1, y1)]
    if kind == "rect":
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    if line.get("width", 2):
        style = line.get("color", "#444444"), line.get("width", 2)
        pen.stroke(np.array(corners), *style, _clip(shape, layout), line.get("dash", "solid"), opacity)


def _clip(shape: Mapping[str, Any], layout: PageLayout) -> tuple[float, float, float, float]:
    """The box in which a shape is seen: that of its axes, or the whole picture where it has none."""
    sides = []
    for letter, end in (("x", layout.width), ("y", layout.height)):
        axis = layout.axes.get(shape.get(f"{letter}ref", letter).partition(" ")[0])
        sides.append(axis.ends if axis else (0, end))
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]


def _draw_note(note: Mapping[str, Any], layout: PageLayout, pen: Pen, writer: Writer) -> None:
    """An annotation: its box and its lines of text."""
    font = layout.font(note.get("font"))
    x = layout.point(note, "x", "x", data=False)
    y = layout.point(note, "y", "y", data=False)
    left, top, right, bottom = layout.box_of(note, writer)
    if "bgcolor" in note:
        edge = note.get("borderwidth", 1) / 2
        pen.rectangle((x + left + edge, y + top + edge, x + right - edge, y + bottom - edge), note["bgcolor"])
    border = note.get("borderpad", 1) + note.get("borderwidth", 1)
    align = note.get("align", "center")
    start = {"left": left + border, "center": (left + right) / 2, "right": right - border}[align]
    place = (x + start, y + top + border + ASCENT * font["size"])
    writer.write(pen.image, note.get("text", ""), place, font["size"], rgba(font["color"]), align=align)

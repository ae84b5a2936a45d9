"""What is drawn of a trace without a browser: cells, bars, lines, markers and the texts at them."""

from typing import Any

import numpy as np

from .pen import Pen, rgba
from .text import ASCENT, BOX, CENTRED, LINE, Writer
from .traces import Trace, bar_width, edges, shades, z_range


def draw_trace(trace: Trace, pen: Pen, writer: Writer, font: dict[str, Any]) -> None:
    """Draw a trace. font: size and color of a text that has none of its own."""
    {"heatmap": _draw_cells, "bar": _draw_bars, "scatter": _draw_points}[trace.kind](trace, pen, writer, font)


def _draw_cells(trace: Trace, pen: Pen, writer: Writer, font: dict[str, Any]) -> None:
    z, spec = trace.spec["z"], trace.spec
    low, high = z_range(trace)
    colours = shades(trace, np.clip((z - low) / ((high - low) or 1), 0, 1))
    xs, ys = trace.x_axis.pixel(edges(trace.x)), trace.y_axis.pixel(edges(trace.y))
    across, down = spec.get("xgap", 0) / 2, spec.get("ygap", 0) / 2
    clip = trace.box
    for row, column in np.argwhere(np.isfinite(z)).tolist():
        left, right = sorted(xs[column : column + 2].tolist())
        top, bottom = sorted(ys[row : row + 2].tolist())
        box = (left + across, top + down, right - across, bottom - down)
        pen.rectangle(box, tuple(colours[row, column].tolist()), clip=clip)


def _draw_bars(trace: Trace, pen: Pen, writer: Writer, font: dict[str, Any]) -> None:
    flat, places, values = trace.flat, trace.places, trace.values
    along, across = (trace.x_axis, trace.y_axis) if flat else (trace.y_axis, trace.x_axis)
    half = bar_width(trace) / 2
    colours = trace.of("marker", "color", trace.colour)
    for i in np.flatnonzero(np.isfinite(values) & np.isfinite(places)).tolist():
        begin, end = along.pixel(trace.base[i]), along.pixel(trace.base[i] + values[i])
        one, other = across.pixel(places[i] - half[i]), across.pixel(places[i] + half[i])
        sides = sorted((begin, end)), sorted((one, other))
        (left, right), (top, bottom) = sides if flat else sides[::-1]
        if values[i]:
            pen.rectangle((left, top, right, bottom), colours[i], trace.spec.get("opacity", 1), trace.box)
        if trace.spec.get("textposition") == "outside":
            size = trace.spec.get("textfont", {}).get("size", font["size"])
            middle = (one + other) / 2
            place = (end + 3, middle + CENTRED * size) if flat else (middle, end - 3 - (BOX - ASCENT) * size)
            text, align = str(trace.spec["text"][i]), "left" if flat else "center"
            writer.write(pen.image, text, place, size, rgba(font["color"]), align=align)


def _draw_points(trace: Trace, pen: Pen, writer: Writer, font: dict[str, Any]) -> None:
    clip = trace.box
    points = np.stack([trace.x_axis.pixel(trace.x), trace.y_axis.pixel(trace.y)], axis=1)
    opacity = trace.spec.get("opacity", 1)
    if "lines" in trace.mode:
        line = trace.spec.get("line", {})
        pen.stroke(points, trace.colour, line.get("width", 2), clip, line.get("dash", "solid"), opacity)
    if trace.spec.get("cliponaxis") is False:
        clip = (0, 0, pen.image.width, pen.image.height)
    if "markers" in trace.mode:
        for i, place in enumerate(points.tolist()):
            if not np.isnan(place).any():
                pen.marker(place, clip=clip, **marker(trace, i))
    if "text" in trace.mode:
        for i, place in enumerate(points.tolist()):
            if clip[0] <= place[0] <= clip[2] and clip[1] <= place[1] <= clip[3]:
                _write_at(trace, i, place, pen, writer, font)


def marker(trace: Trace, i: int) -> dict[str, Any]:
    """How the i-th point is marked, as `Pen.marker` takes it."""
    bubbles = not np.isscalar(trace.spec.get("marker", {}).get("size", 6))
    line = trace.spec.get("marker", {}).get("line", {})
    return {
        "symbol": trace.of("marker", "symbol", "circle")[i],
        "size": trace.of("marker", "size", 6)[i],
        "colour": trace.of("marker", "color", trace.colour)[i],
        "outline": line.get("color", ""),
        "width": line.get("width", 0),
        "opacity": trace.of("marker", "opacity", 0.7 if bubbles else 1)[i] * trace.spec.get("opacity", 1),
    }


def _write_at(
    trace: Trace, i: int, place: list[float], pen: Pen, writer: Writer, font: dict[str, Any]
) -> None:
    """The text of a point: beside its marker, or on the point where it has none."""
    size = trace.of("textfont", "size", font["size"])[i]
    colour = trace.of("textfont", "color", font["color"])[i]
    up_down, _, side = trace.each("textposition", "middle center")[i].partition(" ")
    text = str(trace.each("text", "")[i])
    away = trace.of("marker", "size", 6)[i] / 1.6 + 1 if "markers" in trace.mode else 0.0
    lines = 1 + text.count("<br>")
    sign = {"top": -1, "middle": 0, "bottom": 1}[up_down]
    x = place[0] + {"left": -away, "center": 0, "right": away}[side]
    y = place[1] + 0.75 * size + sign * away + (sign - 1) * (1 + LINE * (lines - 1)) * size / 2
    align = {"left": "right", "center": "center", "right": "left"}[side]
    writer.write(pen.image, text, (x, y), size, rgba(colour), align=align)

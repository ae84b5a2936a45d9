"""A chart in a panel: a FigureWidget that takes clicks, or a PNG where plotly's widget cannot be had.

The figure comes from `lab.charts`. Showing another one sends only what differs, so a zoomed view stays and an
update costs a few kilobytes.
"""

import io
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go

from lab.charts.colours import look
from lab.charts.style import HEIGHT, blank, say
from lab.panels.frame.figure import figure_widget
from lab.panels.frame.parts import escaped
from lab.panels.frame.snapshot import drawn

CLEAR = "rgba(0,0,0,0)"  # the page's own colour shows through
NO_AXIS = {"visible": False}
EMPTY = {"height": HEIGHT, "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR, "xaxis": NO_AXIS, "yaxis": NO_AXIS}


class Chart:
    """Shows one figure after another in the same place.

    on_click: called with (trace name, index of the point, its x) for every click on a point; in a heatmap the
    index is [row, column]. With `hovermode="x", hoverdistance=-1` in the figure, a click anywhere takes the
    point nearest in x. The sentence that a figure brings in `layout.meta` is there for screen readers.
    """

    def __init__(self, on_click: Callable[[str, Any, Any], None] | None = None) -> None:
        self._on_click = on_click
        self._shown: dict[str, Any] = {"data": [], "layout": EMPTY}
        self.figure = figure_widget(EMPTY)
        self.picture = widgets.Image(format="png") if self.figure is None else None
        self.description = widgets.HTML()
        self.description.add_class("paw-unseen")
        middle = self.picture if self.figure is None else self.figure
        self.widget = widgets.VBox([middle, self.description])
        self.widget.add_class("paw-chart")

    @property
    def takes_clicks(self) -> bool:
        """Whether clicks arrive; a PNG takes none."""
        return self.figure is not None

    def show(self, figure: go.Figure) -> None:
        """Show this figure from now on."""
        meta = figure.layout.meta or {}
        self.description.value = escaped(meta.get("description", ""))
        if self.figure is None:
            self.picture.value = as_png(drawn(figure))
            return
        figure.update_layout(paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, dragmode=False)
        new = {"data": [_plain(trace) for trace in figure.data], "layout": _plain(figure.layout)}
        with self.figure.batch_update():
            self._show_traces(new["data"])
            _update(self.figure.layout, self._shown["layout"], new["layout"])
        self._shown = new

    def say(self, sentence: str, theme: str) -> None:
        """Show a sentence where the picture will be."""
        colours = look(theme)
        self.show(say(blank(colours), colours, sentence))

    def _show_traces(self, traces: list[dict[str, Any]]) -> None:
        kinds = [(trace.get("type"), trace.get("name")) for trace in traces]
        if kinds != [(trace.get("type"), trace.get("name")) for trace in self._shown["data"]]:
            self.figure.data = []
            self.figure.add_traces(traces)
            if self._on_click is not None:
                for trace in self.figure.data:
                    trace.on_click(self._clicked)
            return
        for there, old, new in zip(self.figure.data, self._shown["data"], traces, strict=True):
            _update(there, old, new)

    def _clicked(self, trace: Any, points: Any, _: Any) -> None:
        # plotly calls this for every trace, also for those that were not hit
        if points.point_inds:
            self._on_click(trace.name, points.point_inds[0], points.xs[0])


def as_png(picture: Any) -> bytes:
    """A PIL picture as the bytes of a PNG file."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _plain(part: Any) -> dict[str, Any]:
    """A trace or a layout as plain values, numbers as float32 arrays, which travel as bytes."""
    return {key: _packed(value) for key, value in part.to_plotly_json().items()}


def _packed(value: Any) -> Any:
    if isinstance(value, dict) and set(value) >= {"bdata", "dtype"}:
        return value
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _update(there: Any, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Set the properties of a plotly object that differ between two states of it."""
    for key in (*new, *(key for key in old if key not in new)):
        if key not in old or not _same(old[key], new.get(key)):
            there[key] = new.get(key)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(one, other)
    return one == other

"""A chart in a panel: plotly's figure, which takes clicks; and one whose curves grow.

The figure comes from `lab.charts`. Showing another one sends the traces or the layout only where they differ,
and a curve that was switched off in the legend stays off.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go

from lab.charts.colours import look
from lab.charts.style import HEIGHT, blank, say
from lab.markup import escape
from lab.panels.frame.figure import figure_widget, pack_points, packed

CLEAR = "rgba(0,0,0,0)"  # the page's own colour shows through
NO_AXIS = {"visible": False}
EMPTY = {"height": HEIGHT, "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR, "xaxis": NO_AXIS, "yaxis": NO_AXIS}

Points = tuple[Sequence[float], Sequence[float]]  # x and y


class Chart:
    """Shows one figure after another in the same place.

    on_click: called with (trace name, index of the point, its x) for every click on a point; in a heatmap the
    index is [row, column]. With `hovermode="x", hoverdistance=-1` in the figure, a click anywhere takes the
    point nearest in x. The sentence that a figure brings in `layout.meta` is there for screen readers.
    figure: what is shown. plot: the widget that shows it.
    """

    def __init__(self, on_click: Callable[[str, Any, Any], None] | None = None) -> None:
        self._on_click = on_click
        self.figure = go.Figure(layout={"template": "none", **EMPTY})
        self.plot = figure_widget()
        self.description = widgets.HTML().add_class("paw-unseen")
        self.widget = widgets.VBox([self.plot, self.description]).add_class("paw-chart")
        self.plot.frame = packed(self.figure)[1]
        self.plot.on_msg(self._hear)

    def show(self, figure: go.Figure) -> None:
        """Show this figure from now on."""
        meta = figure.layout.meta or {}
        self.description.value = escape(meta.get("description", ""))
        self.figure = figure.update_layout(paper_bgcolor=CLEAR, plot_bgcolor=CLEAR, dragmode=False)
        with self.plot.hold_sync():
            self.plot.traces, self.plot.frame = packed(figure)

    def say(self, sentence: str, theme: str) -> None:
        """Show a sentence where the picture will be."""
        colours = look(theme)
        self.show(say(blank(colours), colours, sentence))

    def _hear(self, _: Any, content: Any, __: Any) -> None:
        if self._on_click is None or not isinstance(content, dict):
            return
        for hit in content.get("click", ()):
            if 0 <= hit["trace"] < len(self.figure.data):  # another figure may have come since the click
                self._on_click(self.figure.data[hit["trace"]].name, hit["point"], hit["x"])


class LiveChart(Chart):
    """A `Chart` that also takes new points; between two figures only the points of its curves are sent.

    Making a figure anew costs some thirty milliseconds, setting the points of its curves two; at five updates
    a second that is the difference between a panel that slows training down and one that does not.

    length: points of every growing curve; its last one is repeated until there are so many. So an update is
    as large after a hundred steps as after a hundred thousand.
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def renew(self, figure: go.Figure, curves: Mapping[int, Points]) -> None:
        """Show a figure, with the points of some of its traces, in one message."""
        with self.plot.hold_sync():
            self.show(figure)
            self.feed(curves)

    def feed(self, curves: Mapping[int, Points]) -> None:
        """Give some traces of the figure that is shown new points; all else stays as it is.

        curves: place of a trace in the figure -> its x and y.
        """
        traces = list(self.plot.traces)
        for place, points in curves.items():
            xs, ys = (self._lengthened(np.array(values, dtype=np.float32)) for values in points)
            self.figure.data[place].update(x=xs, y=ys)
            traces[place] = {**traces[place], "x": pack_points(xs), "y": pack_points(ys)}
        self.plot.traces = traces

    def _lengthened(self, numbers: np.ndarray) -> np.ndarray:
        if len(numbers) < 2:  # a dot
            return numbers
        return np.pad(numbers, (0, max(0, self.length - len(numbers))), mode="edge")

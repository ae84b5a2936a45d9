"""A chart whose curves grow: between two figures only the points of its curves are sent.

Making a figure anew costs some thirty milliseconds, setting the points of its curves two; at five updates a
second that is the difference between a panel that slows training down and one that does not.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from lab.panels.frame.chart import Chart
from lab.panels.frame.figure import pack_points

Points = tuple[Sequence[float], Sequence[float]]  # x and y


class LiveChart(Chart):
    """A `Chart` that also takes new points.

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

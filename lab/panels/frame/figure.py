"""A plotly figure on a page: what it shows is two traits of a widget, drawn with plotly's own script.

plotly's `FigureWidget` is not used. It sends its script, five megabytes, with every figure; anywidget drops
whatever a figure is told if that script is not evaluated within two seconds; and the views that it has taken
down go on listening. Here the script is sent once per kernel, compressed, and a message lost does no harm:
each one holds all there is to draw.
"""

import atexit
import base64
import math
from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly
import plotly.graph_objects as go
import traitlets

from lab.charts.script import compressed_script
from lab.panels.frame.script import scripted

POINTS = ("x", "y", "z")  # whose arrays travel as bytes

PlotlyFigure = scripted(
    "frame/figure.js",
    traces=traitlets.List(),
    frame=traitlets.Dict(),
    holder=traitlets.Unicode(),
    plotly=traitlets.Unicode(plotly.__version__),
)


class Holder(widgets.Widget):
    """A widget without a view, which brings bytes to the page."""

    value = traitlets.Bytes().tag(sync=True)


_holder: Holder | None = None


def holder() -> Holder:
    """The widget that brings plotly's script to a page; a closed one is replaced."""
    global _holder
    if _holder is None or _holder.comm is None:
        _holder = Holder(value=compressed_script())
        atexit.register(_holder.close)  # before what closing needs is torn down
    return _holder


def figure_widget() -> Any:
    """A widget that draws its `traces` and `frame` (plotly's data and layout) as they are; see `packed`.

    Its custom messages are {"click": [{"trace": …, "point": …, "x": …}, …]}, one entry for each curve under
    the mouse.
    """
    figure = PlotlyFigure(holder=holder().model_id)
    figure.on_msg(_answer)
    return figure


def _answer(figure: Any, content: Any, _buffers: Any) -> None:
    """A page that cannot reach the holder asks the figure for the script."""
    if content == {"ask": "plotly"}:
        figure.send({"plotly": plotly.__version__}, [holder().value])


def packed(figure: go.Figure) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The traces and the layout of a figure as JSON values, as plotly's script takes them.

    The numbers of points become float32, in plotly's own form for arrays (base64).
    """
    plain = figure.to_plotly_json()
    traces = [
        {key: pack_points(value) if key in POINTS else _plain(value) for key, value in trace.items()}
        for trace in plain["data"]
    ]
    return traces, _plain(plain["layout"])


def pack_points(values: Any) -> Any:
    """Numbers of points as plotly's script takes an array; anything else as JSON values."""
    if isinstance(values, dict) and values.get("dtype") == "f8":  # plotly 6 and later have packed it
        shape = [int(side) for side in str(values.get("shape", -1)).split(",")]
        values = np.frombuffer(base64.b64decode(values["bdata"]), "<f8").reshape(shape)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or not values.size:
        return _plain(values)
    coded = base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()
    return {"dtype": "f4", "bdata": coded, "shape": ", ".join(map(str, values.shape))}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

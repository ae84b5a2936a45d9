"""plotly's figure widget as panels use it: one script for all charts, and no empty chart after a reload."""

import atexit
from copy import deepcopy
from typing import Any

import ipywidgets as widgets
import plotly
import plotly.graph_objects as go
import traitlets
from ipywidgets.widgets.widget import _remove_buffers

from lab.panels.frame.script import script

WITH_SCRIPT = hasattr(go.FigureWidget, "_esm")  # since plotly 6; before, it is an extension of the page


class Holder(widgets.Widget):
    """A widget without a view, which brings a text to the page."""

    value = traitlets.Unicode().tag(sync=True)


_holder: Holder | None = None


def holder() -> Holder:
    """The widget that brings plotly's script to a page; a closed one is replaced."""
    global _holder
    if _holder is None or _holder.comm is None:
        _holder = Holder(value=str(go.FigureWidget._esm))
        atexit.register(_holder.close)  # before what closing needs is torn down
    return _holder


class Figure(go.FigureWidget):
    """A FigureWidget that tells a page which comes later what it shows now.

    plotly writes its state down when a figure is displayed by itself. Within a panel that never happens, and
    a page that was reloaded would get the figure as it was made: empty.
    """

    if WITH_SCRIPT:
        # plotly's own has 5 MB, which it would send with every figure.
        _esm = script("frame/figure.js")
        _script = traitlets.Unicode().tag(sync=True)
        _plotly = traitlets.Unicode(plotly.__version__).tag(sync=True)

        @traitlets.default("_script")
        def _held_by(self) -> str:
            return holder().model_id

    def __setattr__(self, name: str, value: Any) -> None:
        """What the page is told goes out at once, and is no trait's business.

        plotly sets a trait and takes it back. Where ipywidgets is just then taking what the page has sent, in
        another thread, it looks at the traits afterwards, sees no change and sends nothing: the chart of a
        running panel would miss its curves.
        """
        if not name.startswith("_py2js_"):
            super().__setattr__(name, value)
            return
        pack = self.trait_metadata(name, "to_json", self._trait_to_json)
        state, paths, buffers = _remove_buffers({name: pack(value, self)})
        self._send({"method": "update", "state": state, "buffer_paths": paths}, buffers=buffers)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        if key is None and hasattr(self, "_layout_obj"):  # not yet, when it is opened
            # behind the traits' back: setting them would send them, and so come here again
            self._trait_values["_widget_data"] = deepcopy(self._data)
            self._trait_values["_widget_layout"] = deepcopy(self._layout_obj._props)
        return super().get_state(key, drop_defaults)


def figure_widget(layout: dict[str, Any]) -> Figure | None:
    """A figure without traces; None where plotly's widget cannot be had."""
    try:
        figure = Figure(layout=layout)
    except ImportError:  # plotly 6 and later need anywidget
        return None
    figure._config = {**figure._config, "responsive": True, "displayModeBar": False}
    figure.on_msg(_answer)
    return figure


def _answer(figure: Figure, content: Any, _buffers: Any) -> None:
    """A page that does not find the holder asks the figure itself."""
    if content == {"ask": "plotly"}:
        figure.send({"plotly": holder().value})

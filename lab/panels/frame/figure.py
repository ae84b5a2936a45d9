"""plotly's figure widget as panels use it: nothing it tells is lost, and no empty chart after a reload."""

from copy import deepcopy
from typing import Any

import plotly.graph_objects as go
from ipywidgets.widgets.widget import _remove_buffers


class Figure(go.FigureWidget):
    """A FigureWidget that tells a page which comes later what it shows now.

    plotly writes its state down when a figure is displayed by itself. Within a panel that never happens, and
    a page that was reloaded would get the figure as it was made: empty.
    """

    if hasattr(go.FigureWidget, "_esm"):  # since plotly 6
        # Its script as text. As a file, anywidget watches it for changes and so keeps every figure for ever.
        _esm = str(go.FigureWidget._esm)

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
    return figure

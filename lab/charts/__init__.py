"""Charts: a record in, a plotly figure out, and nothing else.

`draw` knows every chart by name and imports only the file that draws it, so a chart costs nothing until it
is wanted. No chart knows a model or a widget: notebooks, panels and the report use the same functions.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lab.core.errors import BadValue

if TYPE_CHECKING:
    import plotly.graph_objects as go

CHARTS = {
    "losses": "losses",
    "rates": "training",
    "metrics": "training",
    "lr_find": "lr_finder",
    "sweep": "training",
    "schedule": "schedule",
    "plan": "plan",
    "confusion_matrix": "confusion",
    "class_counts": "data",
    "picture_sizes": "data",
    "probabilities": "prediction",
    "per_class": "prediction",
    "loss_curve": "prediction",
    "layer_stats": "layers",
    "layer_histogram": "layers",
}
"""Name of a chart -> the module of this package that has a function of the same name."""


def draw(name: str, *records: Any, **options: Any) -> "go.Figure":
    """The chart called `name` of these records.

    records and options are those of the function of the same name; every chart takes `theme` ("light" or
    "dark") and puts one sentence that says the same as the picture in `layout.meta["description"]`.
    Raises ValueError for a name that is not in `CHARTS`.
    """
    if name not in CHARTS:
        raise BadValue(f"draw: there is no chart called {name!r}. Choose one of: {', '.join(CHARTS)}.")
    module = import_module(f"{__name__}.{CHARTS[name]}")
    return getattr(module, name)(*records, **options)

"""The socket through which lower floors ask for a chart.

Imports point down, and charts stand above the learner. So `learn.recorder.plot_loss()` does not import
`lab.charts`: it names the chart it wants, and the top floor (`lab/__init__.py`) has plugged in who draws it.
"""

from collections.abc import Callable
from typing import Any

_draw: Callable[..., Any] | None = None


def plug(draw: Callable[..., Any]) -> None:
    """Make `draw(name, *records, **options)` the one that answers `figure`."""
    global _draw
    _draw = draw


def figure(name: str, *records: Any, **options: Any) -> Any:
    """The chart called `name` of these records: a `plotly.graph_objects.Figure`.

    Raises RuntimeError when nobody is plugged in (a lower floor was imported without `lab`).
    """
    if _draw is None:
        raise RuntimeError(
            f"figure: the chart {name!r} was asked for, but no charts are plugged in. "
            "Import `lab` (not a copied part of it) and have plotly installed."
        )
    return _draw(name, *records, **options)

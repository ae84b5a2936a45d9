"""A chart as a still picture: plotly's own script in a browser that nobody sees (kaleido).

For pages without a kernel: notebooks on GitHub, snapshots of panels. Live pages need none of this.
"""

import io
import os
from functools import cache
from typing import Any

import plotly.graph_objects as go
from PIL import Image

from lab.core.errors import BadState

HEIGHT = 450  # pixels, plotly's own, of a figure that says nothing


class NoStillPicture(BadState):
    """What draws still pictures of charts is not installed. The message says how to get it."""


def to_png(figure: go.Figure, width: int = 860, height: int | None = None, scale: float = 2.0) -> Image.Image:
    """The figure as an RGB picture of width x height CSS pixels, `scale` pixels of the picture for each.

    width: of a figure that has none of its own (a confusion matrix has). height: None is the figure's own.
    Raises NoStillPicture where kaleido or Chrome is missing.
    """
    width = figure.layout.width or width
    height = height or figure.layout.height or figure.layout.template.layout.height or HEIGHT
    options = {"format": "png", "width": round(width), "height": round(height), "scale": scale}
    data = _kaleido().calc_fig_sync(figure, opts=options)
    return Image.open(io.BytesIO(data)).convert("RGB")


@cache
def _kaleido() -> Any:
    """kaleido, with a browser that stays open until Python ends."""
    try:
        import kaleido
        from choreographer.browsers.chromium import Chromium
    except ImportError as problem:
        raise NoStillPicture(
            'Still pictures of charts need kaleido: python -m pip install "pawlab[static]".'
        ) from problem
    if not (os.environ.get("BROWSER_PATH") or Chromium.find_browser(skip_local=False)):
        raise NoStillPicture(
            "Still pictures of charts are drawn by Chrome or Chromium, and this machine has neither. Install "
            "one, or set BROWSER_PATH to it."
        )
    kaleido.start_sync_server(mathjax=False, silence_warnings=True)
    return kaleido

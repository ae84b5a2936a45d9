"""Pictures and charts in the 2018 spelling, and `plt`, which is matplotlib where it is installed.

What the lab draws itself (`plots`, `plot_confusion_matrix`, `learn.sched`) needs no matplotlib; only cells
that call `plt.imshow` or `plt.hist` do. It is loaded when they first use it.
"""

import importlib
import math
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from PIL import Image

from lab.contact_sheets import contact_sheet
from lab.core.errors import BadValue, MissingPackage

_DPI = 80  # pixels for an inch of figsize


class _Plt:
    """`matplotlib.pyplot`, imported when something of it is first used."""

    def __getattr__(self, name: str) -> Any:
        try:
            pyplot = importlib.import_module("matplotlib.pyplot")
        except ImportError as error:
            raise MissingPackage(
                f"plt.{name} needs matplotlib, which is not installed ({error}). "
                'Install it with: pip install "pawlab[classic]"'
            ) from error
        return getattr(pyplot, name)

    def __repr__(self) -> str:
        return "plt (matplotlib.pyplot, loaded when used)"


plt = _Plt()


def plots(
    ims: Any,
    figsize: tuple[float, float] = (12, 6),
    rows: int = 1,
    interp: bool = False,
    titles: Sequence[Any] | None = None,
    maintitle: str | None = None,
) -> Image.Image:
    """Pictures in `rows` rows, as one PIL picture: `lab.contact_sheet`.

    ims: (n, h, w, 3) or (n, 3, h, w), or a list of such pictures; uint8, or float in 0..1. figsize: width and
    height in inches. titles: one a picture; numbers are rounded to four digits. interp is passed over.
    """
    if rows < 1:
        raise BadValue(f"plots: rows={rows}. Give 1 or more.")
    pictures = [_channels_last(np.asarray(picture)) for picture in ims]
    ncols = math.ceil(len(pictures) / rows) or 1
    side = max(48, round(figsize[0] * _DPI / ncols))
    captions = None if titles is None else [_text(title) for title in titles]
    return contact_sheet(pictures, captions, ncols=ncols, tile=(side, side), title=maintitle)


def plot_confusion_matrix(cm: np.ndarray, classes: Sequence[str], normalize: bool = False, **options: Any):
    """The chart of a confusion matrix, rows are the truth: a plotly figure."""
    from lab.charts.confusion import confusion_matrix

    return confusion_matrix(cm, classes, normalize=normalize, **options)


def _channels_last(picture: np.ndarray) -> np.ndarray:
    turned = picture.ndim == 3 and picture.shape[-1] != 3 and picture.shape[0] == 3
    return np.moveaxis(picture, 0, -1) if turned else picture


def _text(title: Any) -> str:
    if isinstance(title, tuple | list):
        return ", ".join(_text(part) for part in title)
    return f"{title:.4g}" if isinstance(title, Real) and not isinstance(title, bool) else str(title)

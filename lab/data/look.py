"""A look at a loader: some of its pictures on a contact sheet, as the model gets them."""

import math
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import torch
from PIL import Image

from lab.contact_sheets import contact_sheet
from lab.core.errors import BadValue

_DPI = 100  # pixels for an inch of figsize, as in matplotlib
_CAPTION = 26  # px of a tile's height that its caption takes


def show_batches(
    batches: Iterable[Any],
    vocab: Sequence[str] | None,
    max_n: int | None = None,
    nrows: int | None = None,
    ncols: int | None = None,
    figsize: tuple[float, float] | None = None,
) -> Image.Image:
    """A contact sheet of the first pictures of `batches`, each captioned with its label; see `grid`.

    vocab: the names of the classes; without, the label's number is shown. figsize: (width, height) of the
    sheet in inches, about; without, a tile has 160 px. Raises ValueError for numbers below 1.
    """
    count, columns = grid(max_n, nrows, ncols)
    pictures, labels = [], []
    passing = iter(batches)
    try:
        for x, y in passing:
            pictures.extend(x.cpu())
            labels.extend(y.tolist())
            if len(pictures) >= count:
                break
    finally:
        if isinstance(passing, Generator):  # ends the thread that prepares the next batch
            passing.close()
    captions = [caption(label, vocab) for label in labels[:count]]
    if figsize is None:
        return contact_sheet(pictures[:count], captions, ncols=columns)
    return contact_sheet(pictures[:count], captions, ncols=columns, tile=_tile(figsize, count, columns))


def grid(max_n: int | None = None, nrows: int | None = None, ncols: int | None = None) -> tuple[int, int]:
    """(how many pictures, in how many columns): 3 × 3, or as many as were asked for.

    max_n: the number of pictures; with nrows or ncols they lie in so many rows or columns. Raises ValueError
    for anything but whole numbers of 1 or more.
    """
    given = {"max_n": max_n, "nrows": nrows, "ncols": ncols}
    if max_n is None:
        given = {"nrows": 3 if nrows is None else nrows, "ncols": 3 if ncols is None else ncols}
    for value in given.values():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            got = ", ".join(f"{name}={number!r}" for name, number in given.items() if number is not None)
            raise BadValue(f"show_batch: {got}. Give a whole number of 1 or more for each.")
    if max_n is None:
        columns = ncols or 3
        return (nrows or 3) * columns, columns
    columns = ncols or math.ceil(max_n / nrows if nrows else math.sqrt(max_n))
    return min(max_n, (nrows or max_n) * columns), columns


def caption(label: Any, vocab: Sequence[str] | None) -> str:
    """The class of label number `label`; empty for a picture without a label (-1)."""
    if isinstance(label, int) and vocab is not None and label < len(vocab):
        return str(vocab[label]) if label >= 0 else ""
    return str(label)


def shown_order(n: int, seed: int) -> list[int]:
    """0 to n - 1 in the random order in which pictures are shown."""
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed)).tolist()


def _tile(figsize: Any, count: int, ncols: int) -> tuple[int, int]:
    if not isinstance(figsize, Sequence) or len(figsize) != 2 or min(figsize) <= 0:
        raise BadValue(f"show_batch: figsize={figsize!r}. Give (width, height) in inches, such as (8, 8).")
    width, height = (side * _DPI for side in figsize)
    nrows = math.ceil(count / ncols)
    return max(int(width / ncols) - 8, 16), max(int(height / nrows) - 8 - _CAPTION, 16)

"""Prediction records: one picture and what was said of it each. Their checks, and the sheet that shows them.

A picture that has gone since is shown as a grey tile that says so: the sheet of 99 others is still of use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from lab.contact_sheets import RIGHT, WRONG, contact_sheet
from lab.core.errors import BadValue
from lab.data.broken import BrokenPicture
from lab.data.pictures import open_picture


@dataclass(frozen=True)
class PredictionRecord:
    """One picture and what was said of it. probability: of the predicted class; both are 0..1."""

    index: int
    path: Path
    truth: str
    predicted: str
    probability: float
    truth_probability: float
    loss: float

    @property
    def right(self) -> bool:
        """Whether the prediction is the truth."""
        return self.predicted == self.truth


def sheet_of(
    records: Sequence[PredictionRecord],
    ncols: int | None = None,
    tile: tuple[int, int] = (160, 160),
    title: str | None = None,
    with_loss: bool = False,
) -> Image.Image:
    """A contact sheet: each picture with its file, truth → prediction and the probability of that.

    The caption is blue when the prediction is right, red when wrong. tile: (width, height) in pixels.
    with_loss: a further line. Without records, one tile says so.
    """
    if not records:
        return contact_sheet([_grey_tile(tile, "no pictures to show")], tile=tile, title=title)
    captions = [_caption(record, with_loss) for record in records]
    colors = [RIGHT if record.right else WRONG for record in records]
    pictures = [picture_or_tile(record.path, tile) for record in records]
    return contact_sheet(pictures, captions, ncols=ncols, tile=tile, colors=colors, title=title)


def _caption(record: PredictionRecord, with_loss: bool) -> str:
    lines = [record.path.name, f"{record.truth} → {record.predicted} {record.probability:.2f}"]
    if with_loss:
        lines.append(f"loss {record.loss:.3f}")
    return "\n".join(lines)


def picture_or_tile(path: Path, tile: tuple[int, int]) -> Image.Image:
    """The picture, decoded at least as large as the tile, or a grey tile that says why there is none."""
    try:
        return open_picture(path, smallest=max(tile))
    except BrokenPicture:
        return _grey_tile(tile, "picture broken" if path.exists() else "picture not found")


def _grey_tile(tile: tuple[int, int], words: str) -> Image.Image:
    grey = Image.new("RGB", tile, "#d8dee4")
    middle = (tile[0] / 2, tile[1] / 2)
    ImageDraw.Draw(grey).text(middle, words.replace(" ", "\n"), fill="#1f2328", anchor="mm", align="center")
    return grey


def check_predictions(
    probs: np.ndarray, targets: np.ndarray, paths: Sequence[Path], vocab: Sequence[str]
) -> None:
    """Raise ValueError unless the record is as `ClassificationInterpretation` describes it."""
    if probs.ndim != 2 or probs.shape[1] != len(vocab):
        raise BadValue(
            f"interpretation: probs have shape {probs.shape}; expected (n, {len(vocab)}), "
            "one row per picture and one column per label of the vocab."
        )
    rows = len(probs)
    if rows == 0:
        raise BadValue("interpretation: there are no pictures. Check the split of the data.")
    if targets.shape != (rows,) or len(paths) != rows:
        raise BadValue(
            f"interpretation: got {rows} rows of probs with targets of shape {targets.shape} and "
            f"{len(paths)} paths. Give one target and one path per row, in the same order."
        )
    outside = (targets < 0) | (targets >= len(vocab))
    if outside.any():
        raise BadValue(
            f"interpretation: {outside.sum()} of {rows} targets are outside 0..{len(vocab) - 1}, "
            f"first that of {_first(paths, outside)}. Pictures without a label have -1: leave them out."
        )
    strange = ~np.isfinite(probs).all(axis=1)
    if strange.any():
        raise BadValue(
            f"interpretation: {strange.sum()} of {rows} pictures have a probability that is NaN or "
            f"infinite, first {_first(paths, strange)}. Most often the training diverged: try a lower rate."
        )
    low, high = probs.min(), probs.max()
    if low < -1e-4 or high > 1 + 1e-3:
        raise BadValue(
            f"interpretation: the probs reach from {low:.3g} to {high:.3g}; probabilities lie in 0..1. "
            "Put activations through softmax first, and logarithms through exp."
        )


def check_count(n: int | None) -> None:
    """Raise ValueError for a number of pictures below 0; None, for all, is fine."""
    if n is not None and n < 0:
        raise BadValue(f"interpretation: got n={n} pictures; expected 0 or more, or None for all.")


def _first(paths: Sequence[Path], chosen: np.ndarray) -> str:
    return repr(str(paths[int(chosen.argmax())]))

"""Checks of a record of predictions: n pictures, their probabilities, targets and files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lab.core.errors import BadValue


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

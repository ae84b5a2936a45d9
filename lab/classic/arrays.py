"""Checking the arrays that `from_arrays` is given, before anything is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.core.errors import BadValue


def pictures_of(x: Any) -> np.ndarray:
    """(n, h, w, 3) uint8 from that, or from float in 0..1."""
    x = np.asarray(x)
    if x.ndim != 4 or x.shape[-1] != 3 or not len(x):
        raise BadValue(
            f"from_arrays: got an array of shape {x.shape}; pictures are (n, height, width, 3). Activations "
            "no longer need a data object: ConvLearner.pretrained(..., precompute=True) keeps them."
        )
    if x.dtype == np.uint8:
        return x
    if not np.issubdtype(x.dtype, np.floating) or not (x.min() >= 0 and x.max() <= 1):
        raise BadValue(
            f"from_arrays: got numbers of {x.dtype} from {x.min():g} to {x.max():g}; give uint8, or float "
            "in 0..1."
        )
    return np.uint8(np.rint(255 * x))


def labels_of(y: Any, x: np.ndarray, classes: Sequence[str] | None) -> list[str]:
    """The label of every picture of x, as text; y are labels, or numbers when classes are given."""
    y = np.asarray(y)
    if y.shape != (len(x),):
        raise BadValue(f"from_arrays: got {len(x)} pictures with labels of shape {y.shape}.")
    if classes is None:
        return [str(label) for label in y.tolist()]
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() >= len(classes):
        raise BadValue(f"from_arrays: with classes given, labels are whole numbers in 0..{len(classes) - 1}.")
    return [classes[number] for number in y.tolist()]

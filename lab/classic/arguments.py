"""What the constructors of `ImageClassifierData` are given.

`from_arrays` has its arrays checked before anything is made of them. What `from_csv` took in 2018 beside the
lab's own arguments works, or is answered in one sentence.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.core.errors import BadValue
from lab.data.block import DataBlock
from lab.data.options import WAYS, check_keywords

_READING = ("delimiter", "encoding", "header")
_DEFAULTS = {"continuous": False, "cat_separator": " "}
_WAYS = {
    **WAYS,
    "continuous": "The target is a category here, not a number: leave it out.",
    "cat_separator": "A picture has one label here, which may hold spaces: leave it out.",
    "valid_col": "Pass val_idxs=numpy.flatnonzero(df['is_valid']), or use lab.ImageDataLoaders.from_csv.",
}


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


def table_arguments(options: dict[str, Any], suffix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(arguments of `read_labels`, of `DataBlock.dataloaders`). Raises TypeError for what neither has."""
    options = {k: v for k, v in options.items() if k not in _DEFAULTS or v != _DEFAULTS[k]}
    reading = {name: options.pop(name) for name in _READING if name in options}
    if not options.pop("skip_header", True):
        reading["header"] = None
    reading["suff"] = options.pop("suff", "") or suffix
    passed_on = [
        n for n in inspect.signature(DataBlock.dataloaders).parameters if n not in ("self", "source")
    ]
    known = [*passed_on, *_READING, "suffix", "val_idxs", "test_name", "tfms", "skip_header"]
    check_keywords("from_csv", options, known, _WAYS)
    return reading, options

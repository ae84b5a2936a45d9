"""Pictures as numbers: arrays and tensors, as cameras, other libraries and loaders give them, and batches.

Channels may come last, as NumPy users keep them, or first, as PyTorch does. Whole numbers are 0..255, floats
0..1; what lies outside is refused, because a guess at its scale would give a picture and a wrong answer.
"""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType, BadValue

_CHANNELS = (1, 3, 4)  # grey, RGB, RGBA
_SLACK = 1e-4  # by which interpolation may leave 0..1


def from_array(array: np.ndarray | Tensor) -> Image.Image:
    """The picture in an array or tensor (h, w), (h, w, c) or (c, h, w), with c = 1, 3 or 4 channels.

    bool, whole numbers in 0..255, or floats in 0..1, which are rounded to the nearest 255th. Where both the
    first and the last axis could be the channels, a tensor's are first and an array's are last. Raises
    TypeError for another shape or type of number, ValueError for numbers outside the range and for NaN.
    """
    values = _channels_last(as_numpy(array), first=isinstance(array, Tensor))
    return Image.fromarray(_as_bytes(values))


def as_input(picture: object) -> Tensor | None:
    """A float picture (3, h, w) in 0..1 as float32 on the CPU, its numbers untouched; None for anything else.

    This is what a loader's items are, so it may be the model's input already. ValueError outside 0..1.
    """
    if not isinstance(picture, np.ndarray | Tensor) or picture.ndim != 3 or picture.shape[0] != 3:
        return None
    values = as_numpy(picture)
    if values.dtype.kind != "f" or (isinstance(picture, np.ndarray) and values.shape[2] in _CHANNELS):
        return None
    _check_floats(values)
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def as_numpy(array: np.ndarray | Tensor) -> np.ndarray:
    """The numbers of an array or of a tensor, on whichever device and with or without gradients."""
    if not isinstance(array, Tensor):
        return array
    array = array.detach().cpu()
    return (array.float() if array.dtype == torch.bfloat16 else array).numpy()


class UnequalSizes(BadValue):
    """Pictures of different sizes cannot share a batch. `.shapes`: their shapes (3, h, w)."""

    def __init__(self, shapes: list[tuple[int, int, int]]):
        listed = ", ".join(map(str, shapes[:8])) + (", ..." if len(shapes) > 8 else "")
        super().__init__(
            f"the {len(shapes)} pictures of a batch have different shapes, so they cannot be collated: "
            f"{listed}. Add item_tfms=Resize(...) to the DataBlock, such as Resize(460), to give all the "
            "same size."
        )
        self.shapes = shapes


def collate(arrays: Sequence[np.ndarray]) -> Tensor:
    """Pictures (h, w, 3) uint8 as a batch (n, 3, h, w) uint8 in channels-last memory. Raises UnequalSizes."""
    shapes = [(array.shape[2], *array.shape[:2]) for array in arrays]
    if len(set(shapes)) > 1:
        raise UnequalSizes(shapes)
    batch = np.empty((len(arrays), *arrays[0].shape), dtype=np.uint8)
    for row, array in zip(batch, arrays, strict=True):
        row[:] = array
    return torch.from_numpy(batch).permute(0, 3, 1, 2)


def _channels_last(values: np.ndarray, first: bool) -> np.ndarray:
    if 0 in values.shape:
        raise BadValue(f"picture: got an array of shape {values.shape}, which has no pixels.")
    if values.ndim == 4:
        raise BadType(
            f"picture: got a batch of shape {values.shape}; expected one picture. Give one of its rows, such "
            "as batch[0], or predict all of them with learn.get_preds(dl=dls.test_dl(batch))."
        )
    if values.ndim == 3:
        at_front, at_end = values.shape[0] in _CHANNELS, values.shape[2] in _CHANNELS
        if at_front and (first or not at_end):
            values, at_end = np.moveaxis(values, 0, 2), True
        if at_end:
            return values[..., 0] if values.shape[2] == 1 else values
    if values.ndim != 2:
        raise BadType(
            f"picture: got an array of {values.dtype} of shape {values.shape}; expected (height, width), "
            "(height, width, 3) or (3, height, width), with 1, 3 or 4 channels."
        )
    return values


def _as_bytes(values: np.ndarray) -> np.ndarray:
    kind = values.dtype.kind
    if values.dtype == np.uint8:
        return values
    if kind == "b":
        return values.astype(np.uint8) * 255
    if kind == "f":
        _check_floats(values)
        return np.rint(np.clip(values.astype(np.float32), 0, 1) * 255).astype(np.uint8)
    if kind not in "iu":
        raise BadType(f"picture: got an array of {values.dtype}; expected uint8 in 0..255, or float in 0..1.")
    low, high = values.min(), values.max()
    if low < 0 or high > 255:
        advice = " For 16 bits: (array // 257).astype('uint8')." if 0 <= low <= high <= 65535 else ""
        raise BadValue(
            f"picture: got whole numbers from {low} to {high} ({values.dtype}); expected 0..255.{advice}"
        )
    return values.astype(np.uint8)


def _check_floats(values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise BadValue(f"picture: got floats ({values.dtype}) with NaN or infinity; expected 0..1.")
    low, high = float(values.min()), float(values.max())
    if low < -_SLACK or high > 1 + _SLACK:
        advice = (
            "For 0..255: array / 255."
            if low >= 0 and high <= 255
            else "If the picture was normalised, give it as it was before: the model normalises by itself."
        )
        raise BadValue(
            f"picture: got floats ({values.dtype}) from {low:.4g} to {high:.4g}; expected 0..1. {advice}"
        )

"""Pictures of one size, put together as a batch."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lab.core.errors import BadValue


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
    """Pictures (h, w, 3) uint8 as one batch: a tensor (n, 3, h, w) uint8 in channels-last memory.

    Raises UnequalSizes unless all have the same shape.
    """
    shapes = [(array.shape[2], *array.shape[:2]) for array in arrays]
    if len(set(shapes)) > 1:
        raise UnequalSizes(shapes)
    batch = np.empty((len(arrays), *arrays[0].shape), dtype=np.uint8)
    for row, array in zip(batch, arrays, strict=True):
        row[:] = array
    return torch.from_numpy(batch).permute(0, 3, 1, 2)

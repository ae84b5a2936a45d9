"""Random crops as matrices: the boxes of `RandomResizedCrop`.

Source: Szegedy et al., "Going Deeper with Convolutions", 2014.
"""

import math

import torch
from torch import Tensor

from lab.data import affine

_TRIES = 10  # random crops drawn before the whole picture is taken, as in the Inception paper's code


def random_crops(
    n: int,
    source: tuple[int, int],
    min_scale: float,
    ratio: tuple[float, float],
    generator: torch.Generator | None,
) -> Tensor:
    """Matrices (n, 3, 3) of random boxes inside pictures of source = (H, W) pixels; see
    `RandomResizedCrop`.

    A box that does not fit is drawn again; one that never fits becomes the largest box with allowed
    proportions.
    """
    height, width = source
    draws = torch.rand(2, n, _TRIES, generator=generator)
    area = min_scale + (1 - min_scale) * draws[0]
    low, high = math.log(ratio[0]), math.log(ratio[1])
    shape = (low + (high - low) * draws[1]).exp() * height / width  # relative to the picture's own
    extents = torch.stack([(area * shape).sqrt(), (area / shape).sqrt()], dim=-1)
    fits = (extents <= 1).all(dim=-1)
    extent = extents[torch.arange(n), fits.int().argmax(dim=1)]
    own = width / height
    largest = torch.tensor([min(1.0, ratio[1] / own), min(1.0, own / ratio[0])])
    extent = torch.where(fits.any(dim=1, keepdim=True), extent, largest)
    place = 2 * torch.rand(n, 2, generator=generator) - 1
    return affine.crop(place * (1 - extent), extent)

"""Random views of a batch for the pretraining: one affine resampling, one colour matrix, a grey box.

The lab's own augmentation (lab/data) serves the students and shows its steps; this one is only fast. It ends
in normalised numbers, ready for the network.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

MEAN, STD = 0.45, 0.25
"""Normalisation of pocketnet: the same for the three colours, near those of the drawn pictures."""


def normalise(pictures: Tensor) -> Tensor:
    """uint8 (n, side, side, 3) -> normalised float (n, 3, side, side), channels last in memory."""
    x = pictures.permute(0, 3, 1, 2).float()
    x = (x - 255 * MEAN) / (255 * STD)
    return x.contiguous(memory_format=torch.channels_last)


def augment(pictures: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Random views of uint8 (n, side, side, 3): normalised float (n, 3, size, size), channels last.

    Each view is a crop of 30 to 100 % of the area, flipped, turned by up to 14 degrees, with other
    brightness, contrast, saturation and white balance (one in ten is grey); one in three has a grey box.
    """
    x = pictures.permute(0, 3, 1, 2).float()
    grid = F.affine_grid(_random_crops(len(x), generator), [len(x), 3, size, size], align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    matrix, offset = _random_colours(x.mean((1, 2, 3)) / 255, generator)
    flat = torch.baddbmm((offset - MEAN) / STD, matrix / (255 * STD), x.flatten(2))
    x = flat.view(-1, 3, size, size)
    for index in torch.nonzero(torch.rand(len(x), generator=generator) < 0.35).flatten().tolist():
        height, width = _whole(size // 8, size // 3, generator), _whole(size // 8, size // 3, generator)
        top, left = _whole(0, size - height, generator), _whole(0, size - width, generator)
        x[index, :, top : top + height, left : left + width] = 0
    return x.contiguous(memory_format=torch.channels_last)


def _random_crops(n: int, generator: torch.Generator) -> Tensor:
    """(n, 2, 3) matrices from the view's coordinates to the picture's, both -1..1."""
    zoom, stretch = _uniform(n, 0.3, 1, generator).sqrt(), _uniform(n, -0.2, 0.2, generator).exp()
    across, down = zoom * stretch, zoom / stretch
    flip = torch.where(_uniform(n, 0, 1, generator) < 0.5, -1.0, 1.0)
    turn = _uniform(n, -0.25, 0.25, generator)
    left = _uniform(n, -1, 1, generator) * (1 - across).clamp(min=0)
    top = _uniform(n, -1, 1, generator) * (1 - down).clamp(min=0)
    rows = [
        torch.stack([across * flip * turn.cos(), -down * turn.sin(), left], 1),
        torch.stack([across * flip * turn.sin(), down * turn.cos(), top], 1),
    ]
    return torch.stack(rows, 1)


def _random_colours(mean: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Matrices (n, 3, 3) and offsets (n, 3, 1) on colours in 0..1; mean: (n,), the pictures' own."""
    n = len(mean)
    brightness, contrast = _uniform(n, 0.65, 1.4, generator), _uniform(n, 0.65, 1.4, generator)
    saturation = _uniform(n, 0.5, 1.4, generator)
    saturation[_uniform(n, 0, 1, generator) < 0.1] = 0
    balance = torch.empty(n, 3).uniform_(0.9, 1.1, generator=generator)
    s = saturation[:, None, None]
    saturate = s * torch.eye(3) + (1 - s) / 3
    matrix = saturate @ torch.diag_embed(balance * (brightness * contrast)[:, None])
    offset = mean * brightness * (1 - contrast)  # contrast keeps the mean where brightness put it
    return matrix, offset[:, None, None].expand(n, 3, 1)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.empty(n).uniform_(low, high, generator=generator)


def _whole(low: int, high: int, generator: torch.Generator) -> int:
    return int(torch.randint(low, high + 1, (1,), generator=generator))

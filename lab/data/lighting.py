"""Brightness and contrast of a batch, changed in logit space.

A pixel p in 0..1 becomes logit(p) = log(p / (1 − p)); there brightness is a sum, contrast is a product, and
on the way back no value can leave 0..1, so nothing is cut off (2020 lesson, `aug_transforms`).
"""

import math

import torch
from torch import Tensor

_EPSILON = 1e-6  # keeps the logits of pure black and pure white finite


def draw_lighting(
    n: int,
    amount: float | tuple[float, float],
    probability: float,
    generator: torch.Generator | None,
) -> tuple[Tensor, Tensor]:
    """Random contrast (a factor) and brightness (a sum in logit space) for n pictures: two (n,) float32.

    amount in [0, 1), one for both or (brightness, contrast): 0.2 lets mid grey move between 0.4 and 0.6, and
    contrast between 0.8 and 1.25. Each is left alone in a picture with the chance 1 − probability.
    """
    bright, contrasting = amount if isinstance(amount, tuple) else (amount, amount)
    draws = torch.rand(4, n, generator=generator)
    grey = 0.5 * (1 + bright * (2 * draws[0] - 1))
    brightness = torch.where(draws[1] < probability, torch.logit(grey), torch.zeros(n))
    exponent = -math.log(1 - contrasting) * (2 * draws[2] - 1)
    contrast = torch.where(draws[3] < probability, exponent.exp(), torch.ones(n))
    return contrast, brightness


def change_lighting_(pictures: Tensor, contrast: Tensor, brightness: Tensor) -> Tensor:
    """Change the pictures in place and return them.

    pictures: (n, 3, h, w) float in 0..1. contrast, brightness: (n,) as from `draw_lighting`; contrast 1
    and brightness 0 change a pixel by at most 1e-6.
    """
    contrast = contrast.to(pictures.device)[:, None, None, None]
    brightness = brightness.to(pictures.device)[:, None, None, None]
    return pictures.logit_(_EPSILON).mul_(contrast).add_(brightness).sigmoid_()

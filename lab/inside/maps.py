"""Activation maps as small grey pictures: one tile for each of the strongest channels."""

import torch
from torch import Tensor

from lab.core.errors import BadValue


def feature_maps(activation: Tensor, n: int = 16) -> Tensor:
    """The n strongest maps of a picture, each scaled to 0..1 by itself: (min(n, channels), h, w).

    activation: (c, h, w), or (1, c, h, w). A map without differences is 0 everywhere. `strongest` gives the
    channels' numbers. Raises ValueError for activations that are no maps.
    """
    maps = _maps(activation).float()
    maps = maps[strongest(maps, n)]
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    return (maps - low) / torch.where(high > low, high - low, 1)


def strongest(activation: Tensor, n: int = 16) -> list[int]:
    """The channels with the largest mean absolute activation, the strongest first; equals in order."""
    strength = _maps(activation).float().abs().mean((1, 2))
    return strength.argsort(descending=True, stable=True)[:n].tolist()


def _maps(activation: Tensor) -> Tensor:
    maps = activation[0] if activation.ndim == 4 and len(activation) == 1 else activation
    if maps.ndim != 3:
        raise BadValue(
            f"feature_maps: got an activation of shape {tuple(activation.shape)}. Maps of one picture have "
            "(c, h, w): choose a layer of the body, and one picture of a batch."
        )
    return maps

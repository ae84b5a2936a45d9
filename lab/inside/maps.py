"""Activation maps as small grey pictures: one tile for each of the strongest channels."""

import torch
from torch import Tensor

from lab.core.errors import BadValue


def feature_maps(activation: Tensor, n: int = 16) -> Tensor:
    """Return the n strongest maps of an image, each scaled to 0..1 by itself.

    Parameters
    ----------
    activation : Tensor of shape (c, h, w) or (1, c, h, w)
        What a layer answered to one image.
    n : int
        How many maps.

    Returns
    -------
    Tensor of shape (min(n, c), h, w)
        The maps with the largest mean absolute activation first; `lab.inside.strongest` gives their numbers.
        A map without differences is 0 everywhere.

    Raises
    ------
    ValueError
        For activations that are not maps.

    Examples
    --------
    >>> found = lab.activations(learn, path / "red" / "00.png")
    >>> lab.feature_maps(found["body.0"], n=9).shape
    torch.Size([9, 32, 32])
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

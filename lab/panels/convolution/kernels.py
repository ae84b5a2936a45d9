"""Kernels with a name: those designed by hand, and those that pocketnet's first layer has learned."""

from functools import cache, lru_cache
from numbers import Integral, Real
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.models.architectures import ARCHITECTURES
from lab.models.weights import POCKETNET

OWN, NETWORK = "your own", "pocketnet"
LARGEST = 10.0  # of a weight or the bias, up or down

Slices = tuple[tuple[tuple[float, ...], ...], ...]  # (channels, 3, 3)

_SIDEWAYS = ((-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0), (-1.0, 0.0, 1.0))
_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
_POINT = ((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0))


DESIGNED = {  # name -> weights (3, 3), what it does
    "identity": (_POINT, "The weight in the middle is 1, the others are 0: every pixel is copied."),
    "blur": (((1 / 9,) * 3,) * 3, "Each number is the mean of nine pixels: edges become softer."),
    "vertical edge": (
        _SIDEWAYS,
        "Right minus left: orange where it gets brighter to the right, blue where it gets darker, 0 where "
        "left and right are the same.",
    ),
    "horizontal edge": (
        tuple(zip(*_SIDEWAYS, strict=True)),
        "Below minus above: orange where it gets brighter downwards, blue where it gets darker, 0 where "
        "above and below are the same.",
    ),
    "Sobel, vertical": (_SOBEL, "Like the vertical edge, with the middle row counted twice."),
    "Sobel, horizontal": (
        tuple(zip(*_SOBEL, strict=True)),
        "Like the horizontal edge, with the middle column counted twice.",
    ),
    "sharpen": (
        ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
        "Five times the pixel, less its four neighbours: differences grow, flat areas stay as they are.",
    ),
    "outline": (
        ((-1.0, -1.0, -1.0), (-1.0, 8.0, -1.0), (-1.0, -1.0, -1.0)),
        "Eight times the pixel, less its eight neighbours: 0 wherever all nine are the same.",
    ),
}
COLOURED = {  # name -> the middle weight of the red, green and blue slice (the others are 0), what it does
    "yellow, not blue": (
        (0.5, 0.5, -1.0),
        "Half the red plus half the green, less the blue: large for yellow, 0 for grey, below 0 for blue.",
    )
}


def names() -> list[str]:
    """The names of all kernels, the network's last."""
    return [*DESIGNED, *COLOURED, *(f"{NETWORK} {number}" for number in range(len(learned())))]


def named(name: Any, channels: int) -> Slices:
    """The weights of a kernel, by its name or by its number in pocketnet's first layer.

    channels: of a kernel designed for grey; in colour it has the same slice three times. Raises ValueError,
    listing what there is, for another name.
    """
    if isinstance(name, Integral) and not isinstance(name, bool):
        name = f"{NETWORK} {name}"
    if not isinstance(name, str) or name not in names():
        raise BadValue(
            f"Kernel: got {name!r}. Choose one of {', '.join([*DESIGNED, *COLOURED])}, or a number from 0 to "
            f"{len(learned()) - 1} for one of pocketnet's."
        )
    if name in DESIGNED:
        return as_slices((DESIGNED[name][0],) * channels)  # in single precision, which torch computes with
    if name in COLOURED:
        middle = torch.tensor(COLOURED[name][0])[:, None, None]
        return as_slices(torch.tensor(_POINT) * middle)
    return as_slices(learned()[number_of(name)])


@lru_cache(maxsize=256)  # asked for several times whenever the panel shows itself
def name_of(weights: Slices) -> str:
    """What a kernel with these weights is called; "your own" where it has no name."""
    every = [*DESIGNED, *COLOURED] if len(weights) == 3 else list(DESIGNED)
    found = (name for name in every if named(name, len(weights)) == weights)
    by_hand = next(found, None)
    if by_hand or len(weights) == 1:
        return by_hand or OWN
    learned_ones = (f"{NETWORK} {i}" for i, kernel in enumerate(learned()) if as_slices(kernel) == weights)
    return next(learned_ones, OWN)


def number_of(name: str) -> int | None:
    """The number of a kernel of pocketnet's first layer; None for another kernel."""
    network, _, number = name.partition(" ")
    return int(number) if network == NETWORK else None


@cache
def learned() -> Tensor:
    """The kernels of pocketnet's first convolution, as they were pretrained: (16, 3, 3, 3)."""
    with safe_open(POCKETNET, "pt") as file:
        return file.get_tensor("0.0.weight").float()


def normalised(patch: Tensor) -> Tensor:
    """A patch (3, h, w) in 0..1 as pocketnet sees it: less the mean, over the standard deviation."""
    arch = ARCHITECTURES[NETWORK]
    mean, std = (torch.tensor(values)[:, None, None] for values in (arch.mean, arch.std))
    return (patch - mean) / std


def as_slices(weights: Any) -> Slices:
    """Weights given as nested lists, an array or a tensor, (3, 3) or (channels, 3, 3).

    Raises TypeError for another shape, and ValueError for numbers beyond -10 to 10.
    """
    try:
        kernel = torch.as_tensor(weights, dtype=torch.float32).detach().cpu() + 0.0  # no minus before a 0
    except (TypeError, ValueError, RuntimeError) as problem:
        raise BadType(f"Weights: got {weights!r:.80}. Give three rows of three numbers each.") from problem
    if tuple(kernel.shape) not in ((3, 3), (1, 3, 3), (3, 3, 3)):
        raise BadType(
            f"Weights: got the shape {tuple(kernel.shape)}. Give (3, 3), or (3, 3, 3) with one slice for "
            "each colour."
        )
    kernel = kernel.reshape(-1, 3, 3)
    for weight in kernel.flatten().tolist():
        check_weight("Weight", weight)
    return tuple(tuple(map(tuple, rows)) for rows in kernel.tolist())


def check_weight(what: str, value: Any) -> float:
    """The value as a float. Raises ValueError unless it is a number from -10 to 10."""
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(value) <= LARGEST:
        raise BadValue(f"{what}: got {value!r}. Choose a number from {-LARGEST:g} to {LARGEST:g}.")
    return float(value)

"""Colour arrays of shape (h, w, 3) whose memory holds one plane per colour.

NumPy runs along the innermost memory axis: over three colours its loops would have length 3 and cost most of
the drawing time; over planes they are as long as a row. The shape stays the usual one.
"""

import numpy as np
from numpy.typing import ArrayLike

from .noise import Array


def planes(rgb: Array) -> Array:
    """The same (h, w, 3) values, as float32 planes; a copy."""
    return np.ascontiguousarray(np.moveaxis(rgb, 2, 0), dtype=np.float32).transpose(1, 2, 0)


def empty_like_planes(shape: tuple[int, ...]) -> Array:
    """An unset float32 array (h, w, 3) in planes, for shape (h, w)."""
    return np.empty((3, *shape), np.float32).transpose(1, 2, 0)


def unit_colour(colour: ArrayLike) -> Array:
    """sRGB 0..255 -> float32 (3,) in 0..1."""
    return np.asarray(colour, np.float32) / np.float32(255)


def filled(shape: tuple[int, ...], colour: ArrayLike) -> Array:
    """A new (h, w, 3) of one sRGB colour (0..255), for shape (h, w)."""
    rgb = empty_like_planes(shape)
    rgb[:] = unit_colour(colour)
    return rgb


def blend(rgb: Array, colour: ArrayLike, weight: Array) -> None:
    """Mix an sRGB colour (0..255) into rgb (h, w, 3), in place, by weight (h, w)."""
    rgb += (unit_colour(colour) - rgb) * weight[..., None]

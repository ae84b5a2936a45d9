"""A colour map for heat maps, made of the lab's own colours: night, blue, orange, daylight.

Its lightness rises evenly from end to end, so equal steps of value look equal, also in grey, and its hues lie
on the blue-orange axis, which colour-blind readers see. Colours are mixed in CIELAB (CIE 1976, white D65).
"""

from functools import cache

import numpy as np

ANCHORS = ("#111418", "#0072B2", "#E69F00", "#FFF8E7")
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
_CUT = 6 / 29


def colour_map(values: np.ndarray) -> np.ndarray:
    """Values 0..1 of any shape (...) as colours (..., 3) uint8; values outside get the colour of the end."""
    places = np.clip(np.asarray(values, dtype=np.float64), 0, 1) * 255
    return _table()[places.round().astype(np.uint8)]


def lab_of(colours: np.ndarray) -> np.ndarray:
    """sRGB (..., 3) in 0..255 -> CIELAB (..., 3): lightness 0..100, then green-red and blue-yellow."""
    share = np.asarray(colours, dtype=np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > _CUT**3, np.cbrt(xyz), xyz / (3 * _CUT**2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _rgb_of(lab: np.ndarray) -> np.ndarray:
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > _CUT, f**3, 3 * _CUT**2 * (f - 4 / 29)) * _WHITE
    linear = np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    share = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (share * 255).round().astype(np.uint8)


@cache
def _table() -> np.ndarray:
    """(256, 3) uint8."""
    anchors = lab_of(np.array([list(bytes.fromhex(colour[1:])) for colour in ANCHORS]))
    lightness = np.linspace(anchors[0, 0], anchors[-1, 0], 256)
    return _rgb_of(np.stack([np.interp(lightness, anchors[:, 0], part) for part in anchors.T], axis=-1))

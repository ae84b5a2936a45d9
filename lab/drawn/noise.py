"""Seamless noise textures, made once per process, and their look-up.

White noise smoothed with a Gaussian in the Fourier domain tiles without a seam; mixtures of widths give
hair, wool, clouds and grain. Spots are cellular noise (Worley, "A cellular texture basis function", 1996).
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float32]

_SHIFT = 16384  # keeps coordinates positive; a multiple of every texture's side, so nothing moves


def smooth_noise(seed: int, sigma_x: float, sigma_y: float, side: int = 512) -> Array:
    """White noise blurred by a Gaussian of sigma_x by sigma_y pixels: (side, side), unit deviation."""
    white = np.random.default_rng(seed).standard_normal((side, side))
    along_x, along_y = np.fft.fftfreq(side)[None], np.fft.fftfreq(side)[:, None]
    gain = np.exp(-2 * np.pi**2 * ((along_x * sigma_x) ** 2 + (along_y * sigma_y) ** 2))
    noise = np.fft.ifft2(np.fft.fft2(white) * gain).real
    return noise / noise.std()


def _unit(noise: Array) -> Array:
    """Scaled so that nearly all values lie in -1..1, the rest clipped."""
    return np.clip(noise / noise.std() * 0.35, -1, 1).astype(np.float32)


@cache
def hair() -> Array:
    """Straight hair: streaks along y of three thicknesses, (1024, 1024) in -1..1."""
    coarse = smooth_noise(2, 5.2, 44, 1024)
    return _unit(0.8 * smooth_noise(1, 2.6, 18, 1024) + 0.8 * coarse + 0.5 * smooth_noise(3, 14, 80, 1024))


@cache
def curl() -> Array:
    """Curly or woolly hair, (1024, 1024) in -1..1: level lines of a smooth field."""
    field = 1.7 * smooth_noise(4, 14, 14, 1024) + 1.5 * smooth_noise(5, 10, 18, 1024)
    return _unit(np.cos(field) + 0.35 * smooth_noise(6, 2.6, 2.6, 1024))


@cache
def fbm() -> Array:
    """Clouds (fractional Brownian motion of four octaves), (512, 512) in -1..1."""
    octaves = [(1, 40), (0.6, 18), (0.35, 8), (0.2, 3)]
    return _unit(sum(a * smooth_noise(10 + i, s, s) for i, (a, s) in enumerate(octaves)))


@cache
def low() -> Array:
    """One slow octave, (512, 512) in -1..1: for bending stripes and laying patches."""
    return _unit(smooth_noise(20, 42, 42))


@cache
def fine() -> Array:
    """Grain of about one pixel, (512, 512) in -1..1."""
    return _unit(smooth_noise(22, 1.1, 1.1))


@cache
def spots() -> Array:
    """Cellular noise, (512, 512): above 0 inside round spots, 1 at their centres."""
    return (1 - 1.6 * _worley(23, 12)).astype(np.float32)


def _worley(seed: int, cells: int, side: int = 512) -> Array:
    """Distance to the nearest of cells * cells jittered points, in cell widths; it tiles."""
    rng = np.random.default_rng(seed)
    pitch = side // cells
    span = pitch * cells
    columns, rows = np.meshgrid(np.arange(cells), np.arange(cells))
    points_x = (columns + rng.uniform(0.1, 0.9, columns.shape)) * pitch
    points_y = (rows + rng.uniform(0.1, 0.9, rows.shape)) * pitch
    across = np.arange(side, dtype=np.float32) * span / side
    squared = np.full((side, side), np.inf, np.float32)
    for x, y in zip(points_x.ravel(), points_y.ravel(), strict=True):
        gap_x, gap_y = np.abs(across - x), np.abs(across - y)
        gap_x, gap_y = np.minimum(gap_x, span - gap_x), np.minimum(gap_y, span - gap_y)
        np.minimum(squared, gap_x[None] ** 2 + gap_y[:, None] ** 2, out=squared)
    return np.sqrt(squared) / pitch


def lookup(texture: Array, x: ArrayLike, y: ArrayLike) -> Array:
    """Nearest value of a tiling texture at x, y (in units of 1/512 of the tile).

    Textures of 1024 have double density: nearest look-up of hair would sparkle otherwise.
    x and y may be of any shapes that broadcast, between -16384 and 16384.
    """
    side = texture.shape[0]
    density = side // 512
    columns = (np.asarray(x) * density + _SHIFT).astype(np.int32) & (side - 1)
    rows = (np.asarray(y) * density + _SHIFT).astype(np.int32) & (side - 1)
    return texture.ravel().take(rows * side + columns)  # twice as fast as texture[rows, columns]


def smoothstep(start: float, end: float, x: ArrayLike) -> Array:
    """0 at start, 1 at end, with level ends (3t² - 2t³); start may lie above end."""
    t = (np.asarray(x) - start) * (1 / (end - start))
    t = np.minimum(np.maximum(t, 0), 1)
    return t * t * (3 - 2 * t)

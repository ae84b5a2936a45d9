"""What a camera adds: exposure, colour cast, vignette, highlight shoulder, contrast, grain, blur, JPEG."""

import numpy as np
from PIL import Image, ImageFilter

from .noise import Array, fine, lookup
from .planes import empty_like_planes


def shoulder(rgb: Array) -> Array:
    """Bend highlights above 0.6 softly towards 1, so that white coats keep their hair."""
    high = np.maximum(rgb - 0.6, 0)
    return np.minimum(rgb, 0.6) + high / (1 + 1.25 * high)


def metering(rgb: Array, cover: Array) -> float:
    """Gain of a camera that meters on the animal (cover > 0.5): lifts black coats, leaves others."""
    seen = cover > 0.5
    mean = float(rgb[..., 1].sum(where=seen)) / max(int(seen.sum()), 1)  # green stands for brightness
    return float(np.clip((0.22 / max(mean, 0.01)) ** 0.6, 1, 1.9))


def develop(rgb: Array, rng: np.random.Generator, nuisance: float = 1.0) -> Array:
    """A lit picture (h, w, 3) as a camera would give it, about 0..1; nuisance scales what is random."""
    height, width = rgb.shape[:2]
    exposure = 2 ** max(rng.normal(0, 0.28 * nuisance), -0.7)
    cast = (1 + rng.normal(0, 0.05 * nuisance, 3)).tolist()
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)
    vignette = exposure * (1 - rng.uniform(0, 0.35) * 0.5 * (columns**2 + rows**2))
    contrast = rng.uniform(0.88, 1.18)
    developed = empty_like_planes((height, width))
    for i, part in enumerate(cast):
        developed[..., i] = (shoulder(rgb[..., i] * (vignette * part)) - 0.45) * contrast + 0.45
    if rng.random() < 0.5 * nuisance:
        x, y = rng.integers(0, 512, 2).tolist()
        across, down = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        grain = lookup(fine(), across[None] + x, down[:, None] + y)
        developed += (grain * rng.uniform(0.01, 0.07))[..., None]
    return developed


def to_image(rgb: Array) -> Image.Image:
    """(h, w, 3) in 0..1 -> an RGB picture of 8 bits."""
    return Image.fromarray(np.uint8(np.clip(rgb, 0, 1) * 255 + 0.5))


def perhaps_blurred(picture: Image.Image, rng: np.random.Generator, nuisance: float = 1.0) -> Image.Image:
    """A quarter of the pictures are a little out of focus."""
    radius = rng.uniform(0.4, 1.5) * picture.height / 240
    blurred = rng.random() < 0.25 * nuisance
    return picture.filter(ImageFilter.GaussianBlur(radius)) if blurred else picture


def jpeg_quality(rng: np.random.Generator) -> int:
    """A JPEG quality between 55 and 92."""
    return int(rng.integers(55, 93))

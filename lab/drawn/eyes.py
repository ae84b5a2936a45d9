"""The eyes, painted on the head in its own coordinates: lids, iris, pupil, the light's reflection."""

from dataclasses import dataclass

import numpy as np

from .noise import Array, smoothstep
from .planes import blend, empty_like_planes, unit_colour
from .stage import Stage
from .traits import Breed


@dataclass(frozen=True)
class Gaze:
    """right, up: where the irises look, in eye radii. pupil: factor on its size. closed: 0 open .. 1 shut."""

    right: float = 0.0
    up: float = 0.0
    pupil: float = 1.0
    closed: float = 0.0


def paint_eyes(
    stage: Stage, breed: Breed, gaze: Gaze, points: tuple[Array, Array, Array], rgb: Array
) -> None:
    """Paint both eyes over the lit head rgb (h, w, 3), in place; points: its object coordinates."""
    x, y, z = points
    across, up, radius = breed.eye[0] * breed.head[0], breed.eye[1], breed.eye[2]
    for side in (-1, 1):
        near = (z > 0) & (np.abs(x - side * across) < radius * 1.5) & (np.abs(y - up) < radius * 1.5)
        rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
        if len(rows) < 2 or len(columns) < 2:
            continue
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        out = (x[window] - side * across) * side / radius  # towards the outer corner
        rise = (y[window] - up) / radius - breed.eye_slant * out
        _paint_eye(stage, breed, gaze, side, out, rise, z[window] > 0, rgb[window])


def _paint_eye(
    stage: Stage, breed: Breed, gaze: Gaze, side: int, out: Array, rise: Array, front: Array, target: Array
) -> None:
    pixel = stage.pixel / breed.eye[2]
    opening = breed.eye_open * (1 - gaze.closed)
    arch = np.sqrt(np.clip(1 - out * out / 1.25, 0, 1))
    upper, lower = opening * arch, -0.9 * opening * arch
    inside = np.minimum(np.minimum(upper - rise, rise - lower) * 0.8, 1.1 - np.abs(out))
    inside = np.where(front, inside, -1)
    colour = _eyeball(breed, gaze, side, out, rise, pixel)
    colour *= (1 - 0.55 * np.clip(1 - (upper - rise) / 0.45, 0, 1))[..., None]  # the lid's shade
    right, up = stage.light.glint
    for gx, gy, size, strength in ((right, up, 0.26, 1.0), (-right * 0.9, -up * 0.7, 0.15, 0.4)):
        off = np.hypot(out * side - gx * 0.42, rise - gy * 0.42)
        cover = np.clip((size - off) / pixel + 0.5, 0, 1)[..., None]
        colour += (strength - colour * strength) * cover
    rim = np.clip((inside + 0.20) / pixel * 0.7 + 0.5, 0, 1)
    blend(target, breed.eye_rim, rim * 0.9)
    target += (colour - target) * np.clip(inside / pixel + 0.5, 0, 1)[..., None]


def _eyeball(breed: Breed, gaze: Gaze, side: int, out: Array, rise: Array, pixel: float) -> Array:
    """Colour of white, iris and pupil, unlit."""
    x, y = out - gaze.right * side, rise - gaze.up
    radius = np.hypot(x, y)
    colour = empty_like_planes(x.shape)
    colour[:] = (0.86, 0.84, 0.8)
    iris = unit_colour(breed.eye_colour)
    light = 0.55 + 0.6 * np.clip(0.5 - 0.8 * y, 0, 1)  # lit from above, so bright below
    light *= 1 - 0.25 * smoothstep(breed.iris * 0.75, breed.iris, radius)
    cover = np.clip((breed.iris - radius) / pixel + 0.5, 0, 1)
    colour += (iris * light[..., None] - colour) * cover[..., None]
    size = breed.pupil * gaze.pupil
    if breed.pupil_slit < 0.95:
        relative = np.hypot(x / max(size * breed.pupil_slit, 0.09), y / (size * 1.35))
    else:
        relative = radius / size
    colour *= (1 - 0.95 * np.clip((1 - relative) * size / pixel + 0.5, 0, 1))[..., None]
    return colour

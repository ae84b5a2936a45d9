"""The coat: a solid texture, a colour for every point of the animal, so it turns with the head.

Each marking is a short function that paints one layer over those before it, from the breed's weights.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .noise import Array, fbm, fine, lookup, low, smoothstep, spots
from .planes import blend, filled
from .traits import Breed, Colour


@dataclass(frozen=True)
class Landmarks:
    """Where markings hang: places on the head or the body, in its own axes, head radii."""

    back: float = 0.0  # body: height of the back's middle
    chest: float = 0.0  # body: depth of the chest
    sock: float = -9.0  # body: height where socks end
    muzzle: tuple[float, float, float] = (-0.36, 0.42, 0.33)  # head: height, half width, half height
    eye: tuple[float, float] = (0.45, 0.08)  # head: across, up


@dataclass
class _Coat:
    """The coat in progress; arrays of the window's shape."""

    breed: Breed
    albedo: Array
    x: Array
    y: Array
    z: Array
    side: Array  # |x| on the head (symmetric faces), x on the body
    limb: Array  # weight of the parts: 0 trunk .. 1 paws, tail, muzzle
    head: bool
    at: Landmarks
    offset: tuple[float, float]
    blotch: Array  # clouds of about one head radius, -1..1

    def noise(self, texture: Array, x: Array, y: Array) -> Array:
        """A texture at this animal's own place in it."""
        return lookup(texture, x + self.offset[0], y + self.offset[1])

    def paint(self, colour: Colour, weight: Array) -> None:
        blend(self.albedo, colour, weight)


def coat(
    breed: Breed,
    points: tuple[Array, Array, Array],
    limb: Array,
    part: str,
    landmarks: Landmarks,
    offset: tuple[float, float],
) -> Array:
    """Colour (h, w, 3) in 0..1 at object points x, y, z of one part, "head" or "body".

    limb: (h, w), how far along a limb. offset: where in the noise this individual lies, 0..512 each.
    """
    x, y, z = points
    head = part == "head"
    side = np.abs(x) if head else x
    across, down = (side + 0.45 * z) * 70 + offset[0], (y - 0.35 * z) * 70 + offset[1]
    blotch = lookup(fbm(), across, down)
    albedo = filled(x.shape, breed.base)
    c = _Coat(breed, albedo, x, y, z, side, limb, head, landmarks, offset, blotch)
    c.albedo *= (1 + 0.10 * c.blotch)[..., None]
    for needed, layer in _LAYERS:
        if getattr(breed, needed):
            layer(c)
    return c.albedo


def _flat(c: _Coat) -> tuple[Array, Array]:
    """Coordinates on the skin: depth sheared in, so that patterns run on round the side."""
    return c.side + 0.45 * c.z, c.y - 0.35 * c.z


def _shading(c: _Coat) -> None:
    if c.head:
        weight = smoothstep(-0.2, 1.0, c.y)
    else:
        weight = smoothstep(-0.4, 1.2, (c.y - c.at.back) - 0.35 * (c.z - c.at.chest))
    c.paint(c.breed.dark, c.breed.shading * weight)


def _stripes(c: _Coat) -> None:
    p, q = _flat(c)
    density = c.breed.pattern_density
    wobble = c.noise(low(), p * 60, q * 60)
    if c.head:  # an M on the forehead, rings on the cheeks
        crown, cheeks = c.side * 7.5 + 0.8 * c.y, c.y * 6.0 + c.side * 2.2
        phase = np.where(c.y > 0.18, crown, cheeks) * density + 1.6 * wobble
    else:
        phase = (c.z * 4.2 + 0.5 * c.y) * density + 3.0 * wobble
        phase += np.where(c.limb > 0.5, c.y * 4.5 * density, 0)
    weight = smoothstep(0.15, 0.75, np.sin(phase) + 0.5 * c.blotch - 0.15)
    c.paint(c.breed.mark, c.breed.stripes * weight)


def _spots(c: _Coat) -> None:
    p, q = _flat(c)
    density = 95 * c.breed.pattern_density
    cell = c.noise(spots(), (p + 0.15 * c.blotch) * density, q * 1.25 * density)
    if c.breed.rosettes:
        weight = smoothstep(0.1, 0.22, cell) * (1 - 0.75 * smoothstep(0.42, 0.62, cell))
    else:
        weight = smoothstep(0.18, 0.36, cell)
    if c.head:
        weight = weight * smoothstep(0.15, 0.5, np.abs(c.y - 0.05) + 0.6 * c.side)
    c.paint(c.breed.mark, c.breed.spots * weight)


def _ticking(c: _Coat) -> None:
    p, q = _flat(c)
    weight = smoothstep(0.05, 0.5, c.noise(fine(), p * 95, q * 60))
    c.paint(c.breed.mark, c.breed.ticking * weight)


def _patches(c: _Coat) -> None:
    p, q = _flat(c)
    scale = 38 * c.breed.patch_density
    level = c.noise(low(), p * scale, q * scale) + 0.12 * c.blotch
    if c.head:
        sides = (smoothstep(0.22, 0.55, c.side) - 0.35) * 1.2 * c.breed.face_patch
        level = level * 0.35 + sides + 0.25 * c.y
    else:
        level = level + 0.35 * smoothstep(-1, 0.8, c.y - c.at.back) - 0.22
    c.paint(c.breed.mark, smoothstep(-0.06, 0.06, level + (c.breed.patches - 0.5)))


def _saddle(c: _Coat) -> None:
    if not c.head:
        weight = smoothstep(-0.15, 0.25, (c.y - c.at.back) + 0.25 * c.blotch)
        weight = weight * smoothstep(0.2, -0.5, c.z - c.at.chest - 0.6)
        c.paint(c.breed.second_mark, c.breed.saddle * weight)


def _bib(c: _Coat) -> None:
    if c.head:
        weight = smoothstep(-0.35, -0.75, c.y + 0.1 * c.blotch)
    else:
        weight = smoothstep(0.75, 0.35, np.abs(c.x) + 0.25 * c.blotch) * (1 - c.limb)
        weight = weight * smoothstep(c.at.chest - 0.1, c.at.chest + 0.5, c.z)
    c.paint(c.breed.white, c.breed.bib * weight)


def _socks(c: _Coat) -> None:
    if not c.head:
        weight = smoothstep(c.at.sock + 0.15, c.at.sock - 0.15, c.y + 0.15 * c.blotch)
        c.paint(c.breed.white, c.breed.socks * weight)


def _points(c: _Coat) -> None:
    if c.head:
        off = np.hypot(c.x / 1.05, c.y - c.at.muzzle[0] * 0.55) + 0.10 * c.blotch
        weight = 0.95 * smoothstep(0.95 * c.breed.mask, 0.35 * c.breed.mask, off)
    else:
        weight = c.limb * c.limb * (3 - 2 * c.limb)
    c.paint(c.breed.mark, c.breed.points * weight)


def _brows(c: _Coat) -> None:
    """The tan points of black-and-tan dogs: over the eyes, on the cheeks, on the legs."""
    if c.head:
        height, width, _ = c.at.muzzle
        over = np.hypot(c.side - c.at.eye[0] * 0.95, (c.y - c.at.eye[1] - 0.27) * 1.2) * 1.7
        cheek = np.hypot(c.side - 0.45 * width - 0.14, c.y - height + 0.12) * 0.95
        weight = smoothstep(0.36, 0.22, np.minimum(over, cheek))
    else:
        weight = smoothstep(0.35, 0.75, c.limb) * smoothstep(c.at.sock + 0.7, c.at.sock + 0.4, c.y)
    c.paint(c.breed.tan, c.breed.brows * weight)


def _blaze(c: _Coat) -> None:
    if c.head:
        width = c.breed.blaze * (0.5 + 0.5 * smoothstep(0.9, -0.2, c.y)) + 0.03 * c.blotch
        inside = np.clip((width - c.side) * (1 / 0.08), 0, 1)
        c.paint(c.breed.white, inside * smoothstep(-0.9, -0.7, c.y + 0.9))


def _muzzle(c: _Coat) -> None:
    if c.head:
        height, half_width, half_height = c.at.muzzle
        off = np.hypot(c.side / (half_width * 1.15), (c.y - height) / (half_height * 1.15))
        weight = smoothstep(1.18, 0.82, off + 0.12 * c.blotch)
        c.paint(c.breed.muzzle_colour, c.breed.muzzle_weight * weight)


def _eye_mask(c: _Coat) -> None:
    if c.head:
        off = np.hypot((c.side - c.at.eye[0]) / 1.1, c.y - c.at.eye[1] + 0.04) + 0.05 * c.blotch
        c.paint(c.breed.second_mark, c.breed.eye_mask * smoothstep(0.42, 0.2, off))


_LAYERS: list[tuple[str, Callable[[_Coat], None]]] = [
    ("shading", _shading),
    ("stripes", _stripes),
    ("spots", _spots),
    ("ticking", _ticking),
    ("patches", _patches),
    ("saddle", _saddle),
    ("bib", _bib),
    ("socks", _socks),
    ("points", _points),
    ("brows", _brows),
    ("blaze", _blaze),
    ("muzzle_colour", _muzzle),
    ("eye_mask", _eye_mask),
]

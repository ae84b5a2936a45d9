"""The head: skull, cheeks, ruff and muzzle as one union, with its coat, hair, wrinkles and mouth.

Hair flows in polar coordinates from the bridge of the nose, as it does on real cats and dogs.
"""

from dataclasses import dataclass

import numpy as np

from .coat import Landmarks, coat
from .eyes import Gaze, paint_eyes
from .geometry import Ellipsoid, Matrix, rotation
from .hair import hair_height, rounding
from .noise import Array, smoothstep
from .planes import filled
from .stage import Stage, Surface
from .traits import Breed


@dataclass(frozen=True)
class _Hair:
    """Height of the hair on the head, and how long it is there (short on the face)."""

    height: Array
    long: Array


def draw_head(stage: Stage, breed: Breed, gaze: Gaze, turned: Matrix, offset: tuple[float, float]) -> None:
    """Put the head, with its eyes but without ears, nose and whiskers, on the stage."""
    surface = stage.blobs(_parts(breed), turned, margin=0.45)
    if surface is None:
        return
    points = stage.world(surface, turned)
    width, _, _ = breed.head
    _, _, _, muzzle_y, _ = breed.muzzle
    landmarks = Landmarks(
        muzzle=(muzzle_y, breed.muzzle[0], breed.muzzle[1]), eye=(breed.eye[0] * width, breed.eye[1])
    )
    albedo = coat(breed, points, surface.weight, "head", landmarks, offset)
    hair = _flow(stage, breed, surface, turned, offset)
    _tint(breed, points, hair, albedo)
    relief = _relief(breed, points, hair, albedo)
    _paint_mouth(stage, breed, points, albedo)
    rgb = stage.shade(
        surface.depth, albedo, gloss=breed.sheen * 0.22, sharpness=10, relief=relief, smooth=rounding(breed)
    )
    paint_eyes(stage, breed, gaze, points, rgb)
    if breed.veil > 0.35:
        _paint_locks(stage, breed, points, surface.depth + relief, rgb, offset)
    locks = (0.012 + 0.15 * breed.fur * (0.3 + 0.7 * hair.long)) * hair.height
    melt = _melt(stage, breed, points, surface)
    stage.put(
        surface._replace(distance=surface.distance - 0.01 + locks * (1 + melt)),
        rgb,
        soft=1.15 + 1.6 * breed.fur + melt * (0.55 / stage.pixel),
        shadow=0.5 - 0.35 * breed.fur,
        shadow_width=0.34,
    )


def mouth_height(breed: Breed) -> float:
    """Height of the middle of the mouth line above the muzzle's axis, in muzzle half heights."""
    below_nose = breed.nose_height - breed.nose / breed.muzzle[1] * 0.7
    return below_nose - 0.42 - 0.22 * breed.lips


def _parts(breed: Breed) -> list[Ellipsoid]:
    width, height, _ = breed.head
    parts = [Ellipsoid((0, 0, 0), breed.head, 0.2)]
    for s in (-1, 1):
        if breed.cheek:
            radii = (width * 0.52 * breed.cheek, 0.48 * breed.cheek, 0.6)
            parts.append(Ellipsoid((s * width * 0.48, -0.34 * height, 0.12), radii, 0.3))
    if breed.topknot:
        crown = (width * 0.62, breed.topknot, 0.5)
        parts.append(Ellipsoid((0, height * 0.72, 0.15), crown, 0.25))
    if breed.fur > 0.45:
        for s in (-1, 1):
            radii = (0.6 * breed.ruff, 0.62 * breed.ruff, 0.7)
            parts.append(Ellipsoid((s * width * 0.6, -0.5 * height, -0.22), radii, 0.5))
    return parts + _muzzle_parts(breed)


def _muzzle_parts(breed: Breed) -> list[Ellipsoid]:
    """Bridge, snout, whisker pads or flews, chin, beard; their weight says muzzle."""
    w, h, length, y, root = breed.muzzle
    middle, lips = root + length * 0.5, breed.lips
    bridge = (w * 1.08, h * 1.12, length * 0.7)
    pad = (w * 0.56, h * (0.52 + 0.45 * lips), length * 0.36 + 0.06)
    parts = [
        Ellipsoid((0, y + 0.10, root + 0.1), bridge, 0.28, 0.3, rotation(pitch=-0.12)),
        Ellipsoid((0, y, middle), (w * 0.92, h * 0.85, length * 0.62), 0.2, 0.6),
    ]
    for s in (-1, 1):
        centre = (s * w * 0.46, y - h * (0.25 + 0.3 * lips), middle + length * 0.30)
        parts.append(Ellipsoid(centre, pad, 0.1, 1))
    chin = (w * 0.55, h * 0.42, length * 0.42)
    parts.append(Ellipsoid((0, y - h * 0.82, middle + length * 0.12), chin, 0.12, 0.5))
    if breed.beard:
        beard = (w * 1.0, breed.beard, length * 0.4)
        parts.append(Ellipsoid((0, y - h * 1.0, middle + length * 0.1), beard, 0.2, 0.5))
    return parts


def _flow(stage: Stage, breed: Breed, surface: Surface, turned: Matrix, offset: tuple[float, float]) -> _Hair:
    """Hair in polar coordinates about the bridge of the nose, as seen in the picture plane."""
    bridge = (turned @ np.array([0, breed.muzzle[3] + 0.35, 0.9])).tolist()
    rows, columns = surface.window
    right, up = np.broadcast_arrays(stage.u[columns] - bridge[0], (stage.v[rows] - bridge[1])[:, None])
    angle, radius = np.arctan2(right, up), np.hypot(right, up)
    height = hair_height(breed, angle * 0.9 + 0.05 * np.sin(5 * radius + offset[0]), radius)
    return _Hair(height, smoothstep(0.15, 0.9, radius))


def _tint(breed: Breed, points: tuple[Array, ...], hair: _Hair, albedo: Array) -> None:
    """Lighter and darker strands; the skin around the eyes."""
    x, y, z = points
    strands = (0.035 + 0.2 * breed.fur) * hair.height
    albedo *= (1 + strands * (0.35 + 0.65 * hair.long))[..., None]
    if breed.veil:
        falling = hair_height(breed, x * 1.4 + 0.1 * np.sin(3 * y), y)
        albedo *= (1 + 0.25 * smoothstep(0.1, 0.5, y) * breed.veil * falling)[..., None]
    across, up, radius = breed.eye[0] * breed.head[0], breed.eye[1], breed.eye[2]
    off = np.hypot((np.abs(x) - across) / (radius * 1.15), (y - up) / (radius * 0.95))
    albedo *= (1 - breed.eye_shadow * smoothstep(1.75, 1.05, off) * (z > 0))[..., None]


def _relief(breed: Breed, points: tuple[Array, ...], hair: _Hair, albedo: Array) -> Array:
    """Height of hair, wrinkles and eye sockets; the wrinkles also darken the albedo."""
    x, y, z = points
    relief = ((0.004 + 0.063 * breed.fur) * hair.height) * (0.25 + 0.75 * hair.long)
    if breed.wrinkles:
        beside = np.abs(x)
        brow = np.sin(y * 15 + 2.2 * np.cos(x * 3.2) * np.sign(y))
        brow *= smoothstep(0.1, 0.3, y) * smoothstep(0.85, 0.5, beside)
        cheek = np.sin(beside * 16 + y * 6) * smoothstep(0.05, -0.2, y)
        folds = brow + cheek * smoothstep(0.2, 0.4, beside) * 0.6
        relief = relief + 0.018 * breed.wrinkles * folds
        albedo *= (1 - 0.10 * breed.wrinkles * np.clip(-folds, 0, 1))[..., None]
    across, up, radius = breed.eye[0] * breed.head[0], breed.eye[1], breed.eye[2]
    near = ((np.abs(x) - across) ** 2 + (y - up) ** 2) / (2.2 * radius * radius)
    return relief - 0.12 * radius * np.exp(-near) * (z > 0)


def _paint_mouth(stage: Stage, breed: Breed, points: tuple[Array, ...], albedo: Array) -> None:
    """The line from the nose and along both lips, the shade below it, and a cat's whisker dots."""
    x, y, z = points
    half_width, half_height, _, muzzle_y, root = breed.muzzle
    front = z > root
    s, t = np.abs(x) / half_width, (y - muzzle_y) / half_height
    line_width = max(0.045, 0.9 * stage.pixel / half_height)
    below_nose = breed.nose_height - breed.nose / half_height * 0.7
    mouth = mouth_height(breed)
    lip = mouth - 0.15 * (1 - np.cos(np.clip(s, 0, 1) * 5.0)) - 0.35 * breed.lips * s
    line = np.exp(-(((t - lip) / line_width) ** 2)) * smoothstep(0.98, 0.8, s)
    groove = np.exp(-((s * half_width / half_height / (line_width * 0.8)) ** 2))
    groove *= smoothstep(mouth - 0.02, mouth + 0.05, t)
    groove *= smoothstep(below_nose + 0.15, below_nose, t)
    below = smoothstep(0.5, 0.0, lip - t) * (t < lip) * smoothstep(0.95, 0.6, s)
    dark = front * (0.72 * np.maximum(line, groove) + 0.25 * below) * breed.mouth
    albedo *= (1 - dark)[..., None]
    if breed.kind == "cat":
        dots = smoothstep(0.25, 0.6, np.sin(s * 15) * np.sin(t * 12 + s * 4))
        dots *= smoothstep(0.25, 0.4, s) * smoothstep(0.95, 0.75, s)
        dots *= smoothstep(-0.75, -0.5, t) * smoothstep(0.25, 0.0, t)
        albedo *= (1 - 0.3 * front * dots)[..., None]


def _paint_locks(
    stage: Stage,
    breed: Breed,
    points: tuple[Array, ...],
    rough: Array,
    rgb: Array,
    offset: tuple[float, float],
) -> None:
    """A few locks of the veil over the eyes."""
    x, y, z = points
    locks = hair_height(breed, x * 1.1 + 0.2 * np.sin(2 * y + offset[0]), y * 0.8)
    weight = smoothstep(0.1, 0.6, locks) * breed.veil * smoothstep(-0.3, 0.15, y) * (z > 0)
    albedo = filled(locks.shape, breed.base)
    albedo *= (1 + 0.3 * locks)[..., None]
    rgb += (stage.shade(rough, albedo) - rgb) * weight[..., None]


def _melt(stage: Stage, breed: Breed, points: tuple[Array, ...], surface: Surface) -> Array:
    """How far the outline dissolves into the chest behind it, 0..1: long hair has no edge there."""
    _, y, _ = points
    long = min(max(0.0, breed.fur - 0.25) * 1.6, 1.0)
    return long * smoothstep(0.1, -0.6, y) * stage.cover[surface.window]

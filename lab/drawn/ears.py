"""The ears: curved sheets, half as wide as t^root * (1 - t)^tip says; their droop makes most of a breed."""

import math
from dataclasses import dataclass

import numpy as np

from .geometry import Matrix
from .hair import hair_height
from .noise import Array, fbm, lookup, smoothstep
from .planes import blend, filled
from .stage import Stage, Surface, Window
from .traits import Breed

HANGING = 1.35  # ears that droop more hang in front of the head, others stand behind it
_ROOT = 0.12  # the outline's formula starts a little before the root, so that it has a width there


@dataclass(frozen=True)
class _Ear:
    """An ear's sheet: world place of its root, unit axes, and coordinates over a window."""

    breed: Breed
    side: int
    window: Window
    across: Array  # head radii
    t: Array  # 0 root .. 1 tip
    depth: Array
    rel: Array  # distance from the middle line, in half widths
    half_width: Array
    offset: tuple[float, float]


def draw_ear(stage: Stage, breed: Breed, side: int, turned: Matrix, offset: tuple[float, float]) -> None:
    """Put one ear on the stage; side: -1 the viewer's left, 1 right."""
    hanging = breed.ear_droop > HANGING
    root, across, up, outward = _axes(breed, side, turned)
    ear = _sheet(stage, breed, side, root, across, up, hanging, offset)
    if ear is None:
        return
    inner_shown = not hanging and outward[2] > -0.2
    hair = hair_height(
        breed, ear.across * 1.2 + side, ear.t * breed.ear_length * 0.8 + 0.3 * np.sin(4 * ear.across)
    )
    albedo = _colours(ear, hair, inner_shown)
    rough = ear.depth + (0.01 + 0.05 * breed.ear_fur) * hair
    rgb = stage.shade(rough, albedo, gloss=breed.sheen * 0.15, sharpness=10)
    if not hanging:  # the head's shade on the root
        rgb *= (1 - 0.4 * smoothstep(0.35, -0.1, ear.t))[..., None]
    distance = _outline(ear) + (0.012 + 0.12 * breed.ear_fur) * hair
    stage.put(
        Surface(ear.window, ear.depth, distance, ear.t),
        rgb,
        soft=1.1 + 1.2 * breed.ear_fur,
        depth_test=0.1 if hanging else None,
        shadow=0.4 if hanging else 0.25,
        shadow_width=0.25,
    )
    if breed.ear_fold:
        _put_folded_tip(stage, ear, hair)


def _axes(breed: Breed, side: int, turned: Matrix) -> tuple[np.ndarray, ...]:
    """Root, and unit vectors across, along and outward of the sheet, in the world."""
    width, height, _ = breed.head
    root = np.array(
        [
            side * math.sin(breed.ear_angle) * width * 0.93,
            math.cos(breed.ear_angle) * height * 0.86,
            breed.ear_depth,
        ]
    )
    up = np.array([side * math.sin(breed.ear_droop), math.cos(breed.ear_droop), breed.ear_tilt])
    up /= np.linalg.norm(up)
    opening = np.array([side * math.sin(breed.ear_turn), -0.1, math.cos(breed.ear_turn)])
    across = np.cross(up, opening)
    across /= np.linalg.norm(across)
    outward = np.cross(across, up)
    return turned @ root, turned @ across * side, turned @ up, turned @ outward


def _sheet(
    stage: Stage,
    breed: Breed,
    side: int,
    root: np.ndarray,
    across: np.ndarray,
    up: np.ndarray,
    hanging: bool,
    offset: tuple[float, float],
) -> _Ear | None:
    """Coordinates of the sheet in its window, or None when it is too small or out of the picture."""
    area = across[0] * up[1] - across[1] * up[0]
    if abs(area) < 0.35:  # nearly edge-on: keep a visible sliver
        across = across + np.array([up[1], -up[0], 0]) * (math.copysign(0.35, area or 1) - area)
        area = across[0] * up[1] - across[1] * up[0]
    length, width = breed.ear_length, breed.ear_width
    corners = np.array(
        [root + across * s * width * 1.5 + up * t * length for s in (-1, 1) for t in (-0.25, 1.15)]
    )
    (left, bottom, _), (right, top, _) = corners.min(0) - 0.1, corners.max(0) + 0.1
    window = rows, columns = stage.window(left, right, bottom, top)
    if rows.stop - rows.start < 4 or columns.stop - columns.start < 4:
        return None
    u = stage.u[columns] - float(root[0])
    v = (stage.v[rows] - float(root[1]))[:, None]
    inverse = (np.array([[up[1], -up[0]], [-across[1], across[0]]]) / area).tolist()
    s = inverse[0][0] * u + inverse[0][1] * v
    t = (inverse[1][0] * u + inverse[1][1] * v) * (1 / length)
    half_width = width * _profile(breed, np.clip(t, 0, 1))
    rel = np.abs(s) / (half_width + 0.05)
    depth = float(root[2]) + s * float(across[2]) + t * float(length * up[2])
    depth += (breed.ear_bulge if hanging else -breed.ear_bulge) * (1 - rel * rel)
    return _Ear(breed, side, window, s, t, depth, rel, half_width, offset)


def _profile(breed: Breed, t: Array | float) -> Array:
    """Half width at t, 1 at the widest."""
    root, tip = breed.ear_root, breed.ear_tip
    peak = root / (root + tip) * (1 + _ROOT)
    widest = (peak**root if root else 1) * (1 + _ROOT - peak) ** tip
    return (t + _ROOT) ** root * (1.0001 - t) ** tip / widest


def _outline(ear: _Ear) -> Array:
    """Signed distance to the sheet's outline, head radii."""
    length = ear.breed.ear_length
    distance = np.minimum((ear.half_width - np.abs(ear.across)) * 0.8, (ear.t + 0.25) * length)
    return np.minimum(distance, (1 - ear.breed.ear_fold - ear.t) * length)


def _colours(ear: _Ear, hair: Array, inner_shown: bool) -> Array:
    breed, t = ear.breed, ear.t
    albedo = filled(t.shape, breed.whole_ear_colour)
    blotch = lookup(fbm(), ear.across * 70 + ear.offset[0], t * 60 + ear.offset[1])
    albedo *= (1 + 0.1 * blotch)[..., None]
    if breed.spots or breed.stripes:
        blend(albedo, breed.mark, 0.35 * smoothstep(0.5, 0.95, t))
    if breed.ear_tip_colour is not None:
        blend(albedo, breed.ear_tip_colour, smoothstep(0.35, 0.9, t + 0.1 * blotch) * 0.9)
    albedo *= (1 + (0.08 + 0.14 * breed.ear_fur) * hair)[..., None]
    if inner_shown:
        inner = smoothstep(0.72, 0.45, ear.rel) * smoothstep(-0.1, 0.12, t)
        inner *= smoothstep(0.93, 0.75, t)
        blend(albedo, breed.inner_ear, inner * 0.85)
        tuft = inner * smoothstep(0.05, 0.5, hair + 0.5 - 1.2 * t) * breed.ear_tufts
        blend(albedo, np.minimum(np.multiply(breed.base, 1.15) + 30, 255), tuft * 0.7)
    return albedo


def _put_folded_tip(stage: Stage, ear: _Ear, hair: Array) -> None:
    """The tip of a button ear, hanging forward from the fold."""
    breed = ear.breed
    down = (1 - breed.ear_fold) - ear.t
    half_width = breed.ear_width * _profile(breed, 1 - breed.ear_fold) * 1.12
    narrowing = np.maximum(down / (breed.ear_fold * 1.15), 0) ** 1.6
    across = ear.across + 0.12 * ear.side * down
    distance = np.minimum(
        (half_width * np.clip(1 - narrowing, 0, 1) - np.abs(across)) * 0.8, (down + 0.03) * breed.ear_length
    )
    albedo = filled(down.shape, np.multiply(breed.whole_ear_colour, 0.92))
    albedo *= (1 + (0.08 + 0.14 * breed.ear_fur) * hair)[..., None]
    depth = ear.depth + 0.25 - 0.2 * down
    surface = Surface(ear.window, depth, distance + (0.01 + 0.1 * breed.ear_fur) * hair, ear.t)
    rgb = stage.shade(depth + 0.3 * down + 0.03 * hair, albedo)
    stage.put(surface, rgb, soft=1.2, shadow=0.4, shadow_width=0.15)

"""The body: trunk, legs and tail as ellipsoids for three poses, then its coat and hair.

The origin is the head's centre, as if the animal looked straight on; the whole body is turned afterwards.
"""

import math
from dataclasses import dataclass

import numpy as np

from .coat import Landmarks, coat
from .geometry import Ellipsoid, Matrix, along, rotation
from .hair import hair_height, rounding
from .noise import Array, lookup, low, smoothstep
from .stage import Stage, Surface
from .traits import Breed


@dataclass(frozen=True)
class Posture:
    """How the body is held. gait: shifts of the legs, left and right by fore and hind."""

    pose: str = "sit"  # or "lie", "stand"
    gait: tuple[tuple[float, float], tuple[float, float]] = ((0.1, -0.1), (-0.1, 0.1))
    tail_side: int = 1  # -1 left, 1 right
    tail_sway: float = 0.0  # radians a segment, sideways
    tail_raise: float = 0.0  # added to the breed's tail_lift


@dataclass(frozen=True)
class _Frame:
    parts: list[Ellipsoid]
    back: float
    chest: float
    ground: float
    tail_root: tuple[float, float, float]


def ground(breed: Breed, pose: str) -> float:
    """Height of the ground under an animal in this pose, head radii (negative: below the head)."""
    return {"sit": -2.3 - 1.5 * breed.legs, "lie": -1.95, "stand": -2.2 - 1.5 * breed.legs}[pose]


def draw_body(
    stage: Stage,
    breed: Breed,
    posture: Posture,
    turned: Matrix,
    origin: np.ndarray,
    offset: tuple[float, float],
) -> None:
    """Put the body on the stage. offset: the individual's place in the noise."""
    frame = {"sit": _sitting, "lie": _lying, "stand": _standing}[posture.pose](breed, posture)
    parts = frame.parts + _tail(breed, posture, frame)
    if breed.fur > 0.4:
        height = -0.8 if posture.pose == "lie" else -1.05
        parts.append(
            Ellipsoid((0, height, -0.4), (0.95 * breed.ruff, 1.2, 0.6), 0.7, turned=rotation(pitch=-0.45))
        )
    surface = stage.blobs(parts, turned, origin)
    if surface is None:
        return
    points = stage.world(surface, turned, origin)
    landmarks = Landmarks(back=frame.back, chest=frame.chest, sock=frame.ground + 0.75)
    albedo = coat(breed, points, surface.weight, "body", landmarks, offset)
    hair = _flow(stage, breed, surface, float(origin[0]), offset)
    albedo *= (1 + (0.03 + 0.22 * breed.fur) * hair)[..., None]
    rgb = stage.shade(
        surface.depth,
        albedo,
        gloss=breed.sheen * 0.25,
        sharpness=10,
        relief=(0.003 + 0.065 * breed.fur) * hair,
        smooth=rounding(breed),
    )
    above_ground = smoothstep(0, 0.4, points[1] - frame.ground)
    length = 0.01 + 0.14 * breed.fur * _hanging(stage, surface) * above_ground
    tufted = surface.distance + length * hair - 0.02
    stage.put(surface._replace(distance=tufted), rgb, soft=1.2 + 1.5 * breed.fur)


def _hanging(stage: Stage, surface: Surface) -> Array:
    """Where tufts may stand out, 0..1: hair hangs, so below and beside, less on the back and the paws."""
    _, rise = stage.slopes(surface.distance)
    paws = smoothstep(0.6, 1.0, surface.weight)
    return (0.3 + 0.7 * smoothstep(-0.7, 0.3, rise)) * (1 - 0.6 * paws)


def _flow(stage: Stage, breed: Breed, surface: Surface, neck: float, offset: tuple[float, float]) -> Array:
    """Hair that fans out from the neck, down the chest and back along the flanks.

    In the picture plane: looked up with depth it would break into dots along the outlines.
    """
    rows, columns = surface.window
    right, down = np.broadcast_arrays(stage.u[columns] - neck, 0.8 - stage.v[rows][:, None])
    bend = lookup(low(), right * 28 + offset[0], down * 28 + offset[1])
    angle, radius = np.arctan2(right, down), np.hypot(right, down)
    return hair_height(breed, angle * 2.6 + 0.1 * bend, radius * 0.9 + 0.1 * bend)


def _sitting(breed: Breed, posture: Posture) -> _Frame:
    floor = ground(breed, "sit")
    girth, bone, neck = breed.girth, breed.bone, breed.neck
    chest = (0.86 * girth, 0.75 + 0.25 * breed.legs, 0.78 * girth)
    parts = [
        Ellipsoid((0, -0.95, -0.55), (0.62 * neck, 0.95, 0.62 * neck), 0.3),
        Ellipsoid((0, -1.55 - 0.2 * breed.legs, -0.6), chest, 0.35),
        Ellipsoid((0, (floor - 1.35) / 2, -1.3), (girth, (-1.35 - floor) / 2, girth), 0.4),
    ]
    for s in (-1, 1):
        leg = (0.27 * bone, (-1.45 - floor) / 2, 0.3 * bone)
        parts += [
            Ellipsoid((s * 0.48 * girth, (floor - 1.45) / 2, -0.25), leg, 0.15, 0.55),
            Ellipsoid((s * 0.5 * girth, floor + 0.12, -0.05), (0.33 * bone, 0.2, 0.42), 0.12, 1),
            Ellipsoid((s * 0.98 * girth, floor + 0.65, -1.2), (0.5 * girth, 0.72, 0.85), 0.25, 0.2),
            Ellipsoid((s * 1.05 * girth, floor + 0.12, -0.45), (0.33 * bone, 0.19, 0.5), 0.12, 1),
        ]
    return _Frame(parts, -2.1, -1.0, floor, (0, floor + 0.3, -2.1))


def _lying(breed: Breed, posture: Posture) -> _Frame:
    floor = ground(breed, "lie")
    girth, bone, long = breed.girth, breed.bone, breed.length
    parts = [
        Ellipsoid((0, -0.75, -0.6), (0.62 * breed.neck, 0.75, 0.7 * breed.neck), 0.3),
        Ellipsoid((0, -1.2, -0.9), (0.9 * girth, 0.8, 0.9), 0.35),
        Ellipsoid((0, -1.3, -2.5), (1.02 * girth, 0.85 * girth, 1.9 * long), 0.4),
    ]
    for s in (-1, 1):
        parts += [
            Ellipsoid((s * 0.55 * girth, floor + 0.17, 0.15), (0.27 * bone, 0.24, 1.0), 0.15, 0.6),
            Ellipsoid((s * 0.55 * girth, floor + 0.16, 0.95), (0.32 * bone, 0.2, 0.36), 0.12, 1),
            Ellipsoid((s * 0.85 * girth, floor + 0.5, -3.2 * long), (0.45, 0.62, 0.85), 0.25, 0.2),
            Ellipsoid((s * 1.05 * girth, floor + 0.15, -2.6 * long), (0.28, 0.18, 0.6), 0.12, 1),
        ]
    return _Frame(parts, -1.3, -1.9, floor, (0, floor + 0.4, -4.1 * long))


def _standing(breed: Breed, posture: Posture) -> _Frame:
    floor = ground(breed, "stand")
    girth, bone, long = breed.girth, breed.bone, 3.3 * breed.length
    trunk, rump = -1.1 - long * 0.45, -0.9 - long * 0.85
    neck = (0.58 * breed.neck, 0.95, 0.62 * breed.neck)
    parts = [
        Ellipsoid((0, -0.8, -0.75), neck, 0.3, turned=rotation(pitch=-0.5)),
        Ellipsoid((0, -1.5, -1.1), (0.8 * girth, 0.92 * girth, 0.95), 0.35),
        Ellipsoid((0, -1.6, trunk), (0.8 * girth, 0.8 * girth, long * 0.62), 0.4),
        Ellipsoid((0, -1.5, rump), (0.78 * girth, 0.82 * girth, 0.8), 0.35),
    ]
    for s, shifts in zip((-1, 1), posture.gait, strict=True):
        for depth, shift in zip((-1.0, -0.95 - long * 0.88), shifts, strict=True):
            z = depth + shift
            leg = (0.27 * bone, (-1.2 - floor) / 2, 0.35 * bone)
            parts += [
                Ellipsoid((s * 0.45 * girth, (floor - 1.2) / 2, z), leg, 0.2, 0.55),
                Ellipsoid((s * 0.45 * girth, floor + 0.12, z + 0.15), (0.3 * bone, 0.18, 0.4), 0.1, 1),
            ]
    return _Frame(parts, -1.45, -1.2, floor, (0, -1.25, -1.2 - long))


def _tail(breed: Breed, posture: Posture, frame: _Frame) -> list[Ellipsoid]:
    """A chain of ellipsoids along a curve: carried by a standing animal, laid round a resting one."""
    lift, side = breed.tail_lift + posture.tail_raise, posture.tail_side
    segments = 8 if breed.tail > 0.15 else 1
    step = breed.tail * 2.5 / 8
    carried = posture.pose == "stand" or breed.tail_curl > 0.8
    rise = -1.0 + 1.5 * lift if posture.pose == "stand" else 1.0
    heading = side * 1.2  # on the ground: from straight back (0) round to the front
    at = np.array(frame.tail_root, float)
    parts = []
    for i in range(segments):
        if carried:  # bends in the plane of the spine, forward over the back when it curls
            rise += 0.22 * lift * max(0.0, 1 - breed.tail_curl) + 0.33 * breed.tail_curl
            sway = posture.tail_sway * i + 0.12 * side * breed.tail_curl
            direction = np.array([math.sin(sway), math.sin(rise), -math.cos(rise)])
        else:
            heading += side * (0.22 + 0.12 * posture.tail_sway)
            tip = 0.05 + 0.05 * i * (0.3 + lift)
            direction = np.array([math.sin(heading), tip, -math.cos(heading)])
        direction /= np.linalg.norm(direction)
        width = breed.tail_width * (1 - 0.045 * i) * (0.8 if i == 0 else 1)
        radii = (width, step * 0.75 + 0.5 * width, width)
        middle = tuple((at + direction * step / 2).tolist())
        tipness = min(1.0, 0.4 + i * 0.11)
        parts.append(Ellipsoid(middle, radii, 0.12 + 0.5 * breed.tail_width, tipness, along(direction)))
        at = at + direction * step
    return parts

"""How an animal is caught: pose, turn of head and body, camera, gaze; from one random generator."""

import math
from dataclasses import dataclass

import numpy as np

from .body import Posture
from .eyes import Gaze
from .traits import Breed


@dataclass(frozen=True)
class Shot:
    """A way to photograph an animal. Angles in radians, centre in pixels, scale in pixels per head radius."""

    view: str  # "portrait", "bust" or "full"
    posture: Posture
    gaze: Gaze
    yaw: float
    pitch: float
    roll: float
    body_yaw: float
    scale: float
    centre: tuple[float, float]
    tongue: bool


def random_shot(
    breed: Breed, rng: np.random.Generator, width: int, height: int, nuisance: float = 1.0
) -> Shot:
    """A shot like those of pet owners; nuisance scales how far the animal turns away."""
    view = _choose(rng, portrait=0.34, bust=0.36, full=0.30)
    standing = 0.30 if view == "full" else 0.0  # seen near, the legs would be cut off
    pose = _choose(rng, sit=0.75 - standing, lie=0.25, stand=standing)
    yaw = float(np.clip(rng.normal(0, 0.38 * nuisance), -0.8, 0.8))
    pitch = float(np.clip(rng.normal(-0.03, 0.13 * nuisance), -0.35, 0.3))
    roll = rng.normal(0, 0.10 * nuisance)
    side = _side(rng)
    body_yaw = yaw * 0.6 + rng.normal(0, 0.35 * nuisance)
    if pose == "stand":
        body_yaw = side * rng.uniform(0.45, 1.35)
    elif pose == "lie" and rng.random() < 0.6:
        body_yaw = side * rng.uniform(0.4, 1.2)
    if abs(body_yaw) > 0.5:
        yaw = float(np.clip(yaw + 0.45 * body_yaw, -0.85, 0.85))
    scale, centre = _frame(breed, rng, width, height, view, pose, body_yaw)
    gait = tuple(map(tuple, rng.uniform(-0.25, 0.25, (2, 2)).tolist()))
    posture = Posture(pose, gait, _side(rng), rng.normal(0, 0.12), rng.normal(0, 0.15))
    gaze = Gaze(
        rng.normal(0, 0.10), rng.normal(0, 0.06), rng.uniform(0.75, 1.25), 0.7 if rng.random() < 0.05 else 0.0
    )
    tongue = breed.kind == "dog" and rng.random() < 0.3 and breed.beard < 0.1
    return Shot(view, posture, gaze, yaw, pitch, roll, body_yaw, scale, centre, tongue)


def front_shot(width: int, height: int) -> Shot:
    """A sitting animal seen nearly from the front: the portrait of a breed."""
    side = min(width, height)
    return Shot(
        "bust", Posture("sit"), Gaze(), 0.22, 0.0, 0.0, 0.2,
        side * 0.235, (width * 0.5, height * 0.42), tongue=False,
    )  # fmt: skip


def _frame(
    breed: Breed, rng: np.random.Generator, width: int, height: int, view: str, pose: str, body_yaw: float
) -> tuple[float, tuple[float, float]]:
    """Scale and the pixel of the head's centre, so that what the view promises is in the picture."""
    side = min(width, height)
    if view == "portrait":
        scale = side * rng.uniform(0.25, 0.36)
        centre = (width * rng.uniform(0.4, 0.6), height * rng.uniform(0.40, 0.56))
    elif view == "bust":
        scale = side * rng.uniform(0.165, 0.25)
        centre = (width * rng.uniform(0.35, 0.65), height * rng.uniform(0.30, 0.42))
    else:
        tall = {"sit": 3.9 + 1.5 * breed.legs, "lie": 3.6, "stand": 3.8 + 1.5 * breed.legs}[pose]
        scale = height * rng.uniform(0.72, 0.95) / tall
        extent = abs(math.sin(body_yaw)) * (2.0 if pose == "sit" else 4.9 * breed.length)
        scale = min(scale, width * 0.98 / (extent + 2.4))
        shift = math.copysign(extent * 0.42 * scale, body_yaw) + rng.normal(0, 0.02) * width
        centre = (width / 2 + shift, height * 0.08 + scale * 1.45)
    return scale / max(0.95, breed.head[0] + 0.25) ** 0.5, centre


def _choose(rng: np.random.Generator, **likelihood: float) -> str:
    return str(rng.choice(list(likelihood), p=list(likelihood.values())))


def _side(rng: np.random.Generator) -> int:
    return 1 if rng.random() < 0.5 else -1

"""The light of a picture: one key light, the sky and the ground, a rim."""

import math
from dataclasses import dataclass

import numpy as np

from .noise import Array


@dataclass(frozen=True)
class Light:
    """direction: unit vector to the key light. key, ambient: (3,) linear colours. rim: strength, 0..1.5."""

    direction: tuple[float, float, float]
    key: Array
    ambient: Array
    rim: float

    @classmethod
    def towards(
        cls, azimuth: float, elevation: float, key: float, ambient: float, warm: float, rim: float
    ) -> "Light":
        """From angles (radians; azimuth 0 is behind the viewer), strengths, and warmth (-0.2..0.2)."""
        flat = math.cos(elevation)
        direction = (math.sin(azimuth) * flat, math.sin(elevation), math.cos(azimuth) * flat)
        key_colour = np.array([1 + warm, 1, 1 - warm], np.float32) * key
        sky_colour = np.array([1 - warm * 0.7, 1, 1 + warm * 0.7], np.float32) * ambient
        return cls(direction, key_colour, sky_colour, rim)

    @classmethod
    def random(cls, rng: np.random.Generator, nuisance: float = 1.0) -> "Light":
        """A light like those of snapshots; nuisance scales its colour cast."""
        return cls.towards(
            azimuth=rng.uniform(-1.1, 1.1),
            elevation=rng.uniform(0.25, 1.05),
            key=rng.uniform(0.62, 0.95),
            ambient=rng.uniform(0.42, 0.62),
            warm=rng.normal(0, 0.05 * nuisance),
            rim=rng.uniform(0.3, 1.3),
        )

    def facing(self, along_u: Array, along_v: Array, up: Array) -> Array:
        """Cosine between the normal and the key light, from the slopes and 1 / the normal's length."""
        x, y, z = self.direction
        return (z - along_u * x - along_v * y) * up

    def highlight(self, along_u: Array, along_v: Array, up: Array) -> Array:
        """Cosine between the normal and the half vector (Blinn), clipped to 0..1."""
        x, y, z = self.direction
        length = math.sqrt(x * x + y * y + (z + 1) ** 2)
        return np.clip((z + 1 - along_u * x - along_v * y) * up / length, 0, 1)

    @property
    def glint(self) -> tuple[float, float]:
        """Where the light shows in an eye, in eye radii from its centre."""
        return math.copysign(0.7, self.direction[0]), 0.8

"""A pattern: the numbers that make one class of textures or toys, and the canvas that a picture of it needs.

The pattern is fixed by its number; a picture adds what a camera would: turn, zoom, tilt, light, colour cast.
"""

import math
from dataclasses import dataclass

import numpy as np

from lab.drawn import Breed
from lab.drawn.geometry import rotation
from lab.drawn.light import Light
from lab.drawn.noise import Array, lookup
from lab.drawn.stage import Ellipsoid, Stage

from .species import wild_species

FIELD = 12  # first word of the seed: keeps patterns apart from species with the same number
FAMILIES = {
    "grating": 0.08, "clouds": 0.10, "cells": 0.10, "leaves": 0.14, "weave": 0.08, "julia": 0.08,
    "shape": 0.17, "toy": 0.17, "fur": 0.08,
}  # fmt: skip
"""The families and how often each is drawn."""


@dataclass(frozen=True)
class Pattern:
    """What all pictures of one class share.

    palette: (5, 3) colours in 0..1. knobs: (8,) numbers in 0..1 whose meaning is the family's. petals:
    symmetry of the superformula, powers: (3,) its exponents. turns: (4,) angles. constant: of the Julia set.
    animal: gives fur and toys their coat. parts: the toy's ellipsoids.
    """

    family: str
    palette: Array
    knobs: tuple[float, ...]
    petals: int
    powers: tuple[float, ...]
    turns: tuple[float, ...]
    constant: complex
    animal: Breed
    parts: tuple[Ellipsoid, ...]


def random_pattern(number: int, family: str | None = None) -> Pattern:
    """Pattern `number` (0, 1, 2 ...), always the same; of the given family, or of one drawn at random.

    Raises ValueError for a family that is not in FAMILIES.
    """
    if family is not None and family not in FAMILIES:
        raise ValueError(f"random_pattern: family {family!r}. Known: {', '.join(FAMILIES)}.")
    rng = np.random.default_rng([number, FIELD])
    drawn = str(rng.choice(list(FAMILIES), p=list(FAMILIES.values())))
    angle = rng.uniform(0, 2 * math.pi)
    return Pattern(
        family=family or drawn,
        palette=_palette(rng),
        knobs=tuple(rng.uniform(0, 1, 8).tolist()),
        petals=int(rng.integers(2, 9)),
        powers=tuple(rng.uniform(0.35, 3, 3).tolist()),
        turns=tuple(rng.uniform(0, 2 * math.pi, 4).tolist()),
        constant=rng.uniform(0.55, 0.8) * complex(math.cos(angle), math.sin(angle)),
        animal=wild_species(rng, f"pattern_{number:05d}"),
        parts=_toy_parts(rng),
    )


def superformula(pattern: Pattern, angle: Array) -> Array:
    """Radius at an angle of a closed curve with petals (Gielis, "A generic geometric
    transformation", 2003)."""
    first, second, third = pattern.powers
    quarter = pattern.petals * angle / 4
    waves = np.abs(np.cos(quarter)) ** (2 * second + 0.2) + np.abs(np.sin(quarter)) ** (2 * third + 0.2)
    return (waves + 1e-4) ** (-1 / (3 * first + 0.3))


class Canvas:
    """One view of a flat pattern: coordinates x, y (side, side) after a random camera; palette, light."""

    def __init__(self, pattern: Pattern, rng: np.random.Generator, side: int, moving: bool = True):
        """moving: shift the view; patterns with a centre of their own stay in the picture without."""
        self.rng, self.side = rng, side
        cast = rng.uniform(0.8, 1.2) + rng.normal(0, 0.04, 3)
        self.palette = np.clip(pattern.palette * cast, 0, 1).astype(np.float32)
        turn = rng.uniform(-0.5, 0.5) if rng.random() < 0.6 else rng.uniform(-3.1, 3.1)
        zoom, (tilt_x, tilt_y) = rng.uniform(0.6, 1.6), rng.normal(0, 0.12, 2)
        shift_x, shift_y = rng.uniform(-1, 1, 2) * moving
        line = np.linspace(-1, 1, side, dtype=np.float32)
        self.across, self.down = np.meshgrid(line, line)
        depth = 1 + tilt_x * self.across + tilt_y * self.down
        cos, sin = zoom * math.cos(turn), zoom * math.sin(turn)
        self.x = ((cos * self.across - sin * self.down) / depth + shift_x).astype(np.float32)
        self.y = ((sin * self.across + cos * self.down) / depth + shift_y).astype(np.float32)
        self.offset = rng.integers(0, 512, 2).tolist()
        self.light = Light.random(rng)

    def noise(self, texture: Array, density: float = 60.0) -> Array:
        """A noise texture at a random place: (side, side), -1..1."""
        x, y = self.offset
        return lookup(texture, self.x * density + x, self.y * density + y)

    def colours(self, level: Array) -> Array:
        """Level 0..1 -> colour (side, side, 3) along the palette."""
        position = np.clip(level, 0, 0.9999) * (len(self.palette) - 1)
        index = position.astype(np.int32)
        share = (position - index)[..., None].astype(np.float32)
        return self.palette[index] * (1 - share) + self.palette[index + 1] * share

    def relief(self, rgb: Array, height: Array, gloss: float = 0.0) -> Array:
        """The picture lit as if it stood out by height (in half sides of the picture)."""
        half = self.side / 2
        stage = Stage(np.zeros_like(rgb), self.light, half, half, half)
        return stage.shade(height.astype(np.float32), rgb.astype(np.float32), gloss)


def _palette(rng: np.random.Generator, colours: int = 5) -> Array:
    """Colours about one hue, now and then its opposite: (colours, 3) in 0..1."""
    hue, saturation, value = rng.uniform(0, 1), rng.uniform(0.1, 0.8), rng.uniform(0.4, 0.9)
    hues = hue + rng.normal(0, 0.12, colours) + 0.5 * (rng.random(colours) < 0.2)
    values = np.clip(value + rng.normal(0, 0.22, colours), 0.05, 1)
    saturations = np.clip(saturation + rng.normal(0, 0.2, colours), 0, 1)
    wheel = 0.5 - 0.5 * np.cos(2 * math.pi * (hues[:, None] + np.arange(3) / 3))
    return (values[:, None] * (1 - saturations[:, None] * wheel)).astype(np.float32)


def _toy_parts(rng: np.random.Generator) -> tuple[Ellipsoid, ...]:
    """A body with knobs on it, some of them in symmetric pairs."""
    parts = [Ellipsoid((0.0, 0.0, 0.0), _three(rng.uniform(0.4, 1.1, 3)), 0.15)]
    for _ in range(int(rng.integers(2, 8))):
        direction = rng.standard_normal(3)
        direction /= np.linalg.norm(direction)
        radii, turned = _three(rng.uniform(0.12, 0.6, 3)), rotation(*rng.uniform(-1.5, 1.5, 3))
        weight, far = rng.random(), rng.uniform(0.5, 1.1)
        parts.append(Ellipsoid(_three(direction * far), radii, 0.15, weight, turned))
        if rng.random() < 0.6:
            mirrored = direction * far * np.array([-1, 1, 1])
            parts.append(Ellipsoid(_three(mirrored), radii, 0.15, weight, turned))
    return tuple(parts)


def _three(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z

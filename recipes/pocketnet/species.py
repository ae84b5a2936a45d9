"""Random species: animals that no breed table holds, to learn from before the course's breeds are met.

Every trait of `Breed` is drawn from a range wider than that of real pets. Every third species is a cross:
most of its traits come from the species before it, so that the network has near twins to tell apart.
"""

from dataclasses import asdict
from typing import Any

import numpy as np

from lab.drawn import Breed

FIELD = 11  # first word of the seed: keeps species apart from patterns with the same number
_COATS = np.array(
    [
        (238, 232, 222), (225, 200, 160), (205, 160, 100), (190, 120, 62), (160, 86, 42),
        (110, 72, 48), (70, 52, 42), (40, 36, 36), (28, 28, 30), (130, 136, 146),
        (160, 158, 154), (90, 92, 98), (216, 184, 150), (150, 110, 76),
    ], float,
)  # fmt: skip
_EYES = np.array(
    [
        (92, 56, 26), (60, 38, 24), (150, 96, 40), (220, 150, 40), (185, 175, 70),
        (120, 180, 85), (70, 130, 215), (140, 180, 190), (170, 90, 30),
    ], float,
)  # fmt: skip
_NOSES = np.array([(200, 120, 115), (34, 28, 28), (90, 64, 56), (92, 90, 102)], float)


def random_species(number: int) -> Breed:
    """Species `number` (0, 1, 2 ...): always the same animal, named "species_00042".

    Raises ValueError for a negative number.
    """
    if number < 0:
        raise ValueError(f"random_species: number {number}. Give 0 or a positive whole number.")
    rng = np.random.default_rng([number, FIELD])
    if number % 3 == 2:
        return _cross(random_species(number - 1), rng, f"species_{number:05d}")
    return wild_species(rng, f"species_{number:05d}")


def wild_species(rng: np.random.Generator, name: str, kind: str | None = None) -> Breed:
    """An animal of a kind ("cat", "dog", None: either) with every trait drawn from `rng`."""
    kind = kind or ("cat" if rng.random() < 0.45 else "dog")
    traits = _shape(rng) | (_cat_face(rng) if kind == "cat" else _dog_face(rng))
    hanging = rng.random() < (0.04 if kind == "cat" else 0.62)
    traits |= _hanging_ears(rng) if hanging else _upright_ears(rng)
    traits["ear_fur"] = rng.uniform(0, 1) * traits["fur"]
    traits |= _colours(rng, kind) | _markings(rng)
    return Breed.cat(name, **traits) if kind == "cat" else Breed.dog(name, **traits)


def _cross(parent: Breed, rng: np.random.Generator, name: str) -> Breed:
    """The parent with about a third of its traits taken from another animal of its kind."""
    other = asdict(wild_species(rng, name, parent.kind))
    inherited = asdict(parent)
    taken = {trait: other[trait] for trait in inherited if rng.random() < 0.35}
    return Breed(**(inherited | taken | {"name": name, "kind": parent.kind}))


def _maybe(rng: np.random.Generator, chance: float, low: float, high: float) -> float:
    """A number of low..high with this chance, else 0."""
    value = rng.uniform(low, high)
    return value if rng.random() < chance else 0.0


def _colour(rng: np.random.Generator, table: np.ndarray = _COATS) -> tuple[float, float, float]:
    """A colour near one of the table's; one in sixteen is any colour at all."""
    colour = table[rng.integers(len(table))] * rng.uniform(0.85, 1.12) + rng.normal(0, 8, 3)
    if rng.random() < 0.06:
        colour = rng.uniform(30, 240, 3)
    return _valid(colour)


def _valid(colour: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = np.clip(colour, 8, 247).tolist()
    return red, green, blue


def _shape(rng: np.random.Generator) -> dict[str, Any]:
    """Skull, hair and body."""
    span = rng.uniform
    fur = span(0, 1) ** 1.4
    return {
        "head": (span(0.76, 1.2), span(0.86, 1.03), span(0.86, 1.0)),
        "cheek": span(0.55, 1.3),
        "wrinkles": _maybe(rng, 0.12, 0.3, 1),
        "fur": fur,
        "ruff": span(0.8, 1.6),
        "curl": _maybe(rng, 0.15, 0.2, 0.8),
        "hair_density": span(38, 85),
        "sheen": span(0, 1),
        "neck": span(0.85, 1.35),
        "length": span(0.85, 1.35),
        "girth": span(0.72, 1.4),
        "legs": span(0.25, 1.2),
        "bone": span(0.65, 1.4),
        "tail": span(0.2, 1.35),
        "tail_width": span(0.08, 0.2) + 0.3 * fur,
        "tail_curl": span(0, 1.5),
        "tail_lift": span(0, 1.6),
    }


def _cat_face(rng: np.random.Generator) -> dict[str, Any]:
    span = rng.uniform
    muzzle = (span(0.34, 0.48), span(0.28, 0.4), span(0.12, 0.5), span(-0.4, -0.26))
    return {
        "muzzle": (*muzzle, span(0.62, 0.76)),
        "nose_width": span(1, 1.3),
        "eye": (span(0.42, 0.5), span(0.04, 0.12), span(0.18, 0.27)),
        "eye_slant": span(-0.1, 0.3),
        "eye_open": span(0.65, 0.95),
        "pupil_slit": span(0.3, 0.8),
        "whiskers": 4 if rng.random() < 0.9 else 0,
    }


def _dog_face(rng: np.random.Generator) -> dict[str, Any]:
    span = rng.uniform
    length = span(0.15, 0.4) if rng.random() < 0.25 else span(0.4, 1.05)
    muzzle = (span(0.3, 0.58), span(0.26, 0.47), length, span(-0.4, -0.3))
    return {
        "muzzle": (*muzzle, span(0.55, 0.72)),
        "lips": span(0, 0.9),
        "nose": span(0.12, 0.23),
        "eye": (span(0.38, 0.5), span(0.05, 0.15), span(0.11, 0.23)),
        "eye_slant": span(-0.25, 0.3),
        "eye_open": span(0.6, 0.95),
        "beard": _maybe(rng, 0.15, 0.2, 0.6),
        "topknot": _maybe(rng, 0.15, 0.2, 0.4),
        "veil": _maybe(rng, 0.12, 0.2, 0.6),
    }


def _hanging_ears(rng: np.random.Generator) -> dict[str, Any]:
    span = rng.uniform
    return {
        "ear_angle": span(0.8, 1.2), "ear_droop": span(1.75, 3.0), "ear_length": span(0.5, 2.0),
        "ear_width": span(0.28, 0.55), "ear_root": span(0.3, 0.9), "ear_tip": span(0.3, 0.6),
        "ear_depth": span(0, 0.25), "ear_turn": 0.5, "ear_tufts": 0.0,
    }  # fmt: skip


def _upright_ears(rng: np.random.Generator) -> dict[str, Any]:
    span = rng.uniform
    return {
        "ear_angle": span(0.4, 0.8), "ear_droop": span(0.12, 0.7), "ear_length": span(0.4, 1.4),
        "ear_width": span(0.28, 0.75), "ear_root": _maybe(rng, 0.2, 0.1, 0.4), "ear_tip": span(0.45, 1.1),
        "ear_depth": span(-0.15, 0), "ear_turn": span(0.2, 0.5), "ear_tufts": span(0, 1),
        "ear_fold": _maybe(rng, 0.12, 0.3, 0.5),
    }  # fmt: skip


def _colours(rng: np.random.Generator, kind: str) -> dict[str, Any]:
    base = np.array(_colour(rng))
    own_mark = rng.random() < 0.6
    noses = _NOSES if kind == "cat" else _NOSES[1:]
    return {
        "base": _valid(base),
        "dark": _valid(base * rng.uniform(0.35, 0.8)),
        "mark": _colour(rng) if own_mark else _valid(base * rng.uniform(0.25, 0.7)),
        "second_mark": _colour(rng),
        "white": _valid(np.array([240.0, 235, 230]) + rng.normal(0, 5, 3)),
        "tan": _colour(rng),
        "eye_colour": _colour(rng, _EYES),
        "nose_colour": _valid(noses[rng.integers(len(noses))] + rng.normal(0, 5, 3)),
        "inner_ear": _valid(np.array([217.0, 158, 148]) * rng.uniform(0.5, 1.1)),
        "ear_colour": _colour(rng) if rng.random() < 0.4 else None,
        "ear_tip_colour": _colour(rng) if rng.random() < 0.12 else None,
        "muzzle_colour": _colour(rng) if rng.random() < 0.4 else None,
        "muzzle_weight": rng.uniform(0.6, 1),
    }


def _markings(rng: np.random.Generator) -> dict[str, Any]:
    chances = {
        "shading": (0.35, 0.2, 0.8), "stripes": (0.16, 0.4, 1), "spots": (0.14, 0.5, 1),
        "ticking": (0.15, 0.3, 0.95), "patches": (0.2, 0.1, 0.6), "saddle": (0.15, 0.6, 1),
        "bib": (0.4, 0.4, 1), "socks": (0.3, 0.3, 1), "points": (0.15, 0.6, 1), "brows": (0.1, 0.6, 1),
        "blaze": (0.2, 0.06, 0.22), "eye_mask": (0.15, 0.3, 0.8),
    }  # fmt: skip
    weights: dict[str, Any] = {name: _maybe(rng, *chance) for name, chance in chances.items()}
    return weights | {
        "rosettes": bool(rng.random() < 0.4),
        "pattern_density": rng.uniform(0.7, 1.6),
        "patch_density": rng.uniform(0.7, 1.5),
        "face_patch": rng.uniform(0, 2.4),
        "mask": rng.uniform(0.7, 1.3),
    }

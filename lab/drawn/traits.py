"""What makes a breed: the parameters of its shape, face, hair and coat, and how individuals differ.

Lengths are in head radii, angles in radians, weights 0..1, colours sRGB 0..255. A new breed is one call of
`Breed.cat(...)` or `Breed.dog(...)` with what differs from the plain animal.
"""

import difflib
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Breed:
    """All parameters of a breed; the defaults are those of a plain cat."""

    name: str = "cat"
    kind: str = "cat"  # "cat" or "dog": pads, tongue and the folder in the cats-and-dogs set

    # Skull
    head: tuple[float, float, float] = (1.0, 0.92, 0.95)  # radii: width, height, depth
    cheek: float = 1.0  # size of the cheeks; 0 has none
    topknot: float = 0.0  # height of a tuft on the crown
    muzzle: tuple[float, float, float, float, float] = (0.42, 0.33, 0.32, -0.36, 0.66)
    # ^ half width, half height, length, height of its axis above the head's centre, depth of its root
    lips: float = 0.0  # hanging flews
    beard: float = 0.0  # length of the beard, head radii
    wrinkles: float = 0.0  # folds on the forehead and beside the eyes
    veil: float = 0.0  # hair falling over the face

    # Nose, mouth, whiskers
    nose: float = 0.12  # half height, head radii
    nose_width: float = 1.15  # width over height
    nose_height: float = 0.55  # above the muzzle's axis, in muzzle half heights
    nose_colour: Colour = (200, 120, 115)
    nose_gloss: float = 0.25
    mouth: float = 1.0  # darkness of the mouth line
    whiskers: int = 4  # on each side

    # Ears: curved sheets whose half width at t = 0 (root) .. 1 (tip) goes as t^root * (1 - t)^tip
    ear_angle: float = 0.62  # where they grow: from the top of the head outwards, radians
    ear_depth: float = -0.12  # forward (+) or backward (-) of the head's centre
    ear_droop: float = 0.42  # direction: 0 straight up, pi/2 sideways, pi hanging
    ear_tilt: float = 0.05  # leaning forward
    ear_turn: float = 0.35  # opening turned outwards, radians
    ear_length: float = 0.95
    ear_width: float = 0.5  # half width at the widest
    ear_root: float = 0.0  # power at the root: 0 broad as a prick ear, 1 narrow as a leaf
    ear_tip: float = 0.85  # power at the tip: small is round, large is pointed
    ear_bulge: float = 0.12  # how far the sheet curves
    ear_fold: float = 0.0  # part of the ear folded over forwards (button ears)
    ear_fur: float = 0.1  # fringe
    ear_tufts: float = 0.6  # hair inside prick ears
    inner_ear: Colour = (225, 165, 155)
    ear_colour: Colour | None = None  # None: as the markings of the face, or the base
    ear_tip_colour: Colour | None = None

    # Eyes
    eye: tuple[float, float, float] = (0.45, 0.08, 0.22)  # across (head half widths), up, radius
    eye_colour: Colour = (150, 170, 70)
    eye_slant: float = 0.15  # > 0: outer corners up
    eye_open: float = 0.85
    iris: float = 0.92  # radius, in eye radii
    pupil: float = 0.5  # radius, in eye radii
    pupil_slit: float = 0.42  # width over height; 1 is round
    eye_rim: Colour = (40, 28, 26)
    eye_shadow: float = 0.15  # darkness of the skin around the eye

    # Hair
    fur: float = 0.15  # length: 0 naked or sleek .. 1 very long
    curl: float = 0.0
    hair_density: float = 75.0  # hairs per head radius (of the texture)
    sheen: float = 0.3
    ruff: float = 1.0  # size of the ruff of long-haired animals

    # Body
    neck: float = 1.0  # thickness
    length: float = 0.9  # of the trunk
    girth: float = 0.9
    legs: float = 0.75  # length
    bone: float = 0.9  # thickness of the legs
    tail: float = 1.0  # length
    tail_width: float = 0.16
    tail_curl: float = 0.2  # 1 and more: curled over the back
    tail_lift: float = 0.5  # 0 hanging .. 1.5 upright

    # Coat: colours
    base: Colour = (170, 140, 110)
    dark: Colour = (90, 70, 50)  # the back, with `shading`
    mark: Colour = (60, 45, 35)  # stripes, spots, ticking, patches, points
    second_mark: Colour = (30, 26, 24)  # saddle, mask around the eyes
    white: Colour = (240, 236, 230)  # bib, socks, blaze
    tan: Colour = (176, 108, 52)  # brows
    muzzle_colour: Colour | None = None

    # Coat: how much of each marking
    shading: float = 0.0  # back and crown towards `dark`
    stripes: float = 0.0
    pattern_density: float = 1.0  # of stripes and spots
    spots: float = 0.0
    rosettes: bool = False  # spots with light centres
    ticking: float = 0.0
    patches: float = 0.0  # about the share of the body under patches
    patch_density: float = 1.0
    face_patch: float = 1.0  # how far patches prefer the sides of the face
    saddle: float = 0.0  # dark back
    bib: float = 0.0  # white throat and chest
    socks: float = 0.0
    points: float = 0.0  # dark face, legs and tail (Siamese)
    mask: float = 1.0  # size of the points' mask
    brows: float = 0.0  # tan points of black-and-tan dogs
    blaze: float = 0.0  # half width of the white stripe on the face
    muzzle_weight: float = 0.9  # strength of muzzle_colour
    eye_mask: float = 0.0  # dark around the eyes

    def __post_init__(self) -> None:
        if self.kind not in ("cat", "dog"):
            raise BadValue(f"Breed: kind {self.kind!r}. It is 'cat' or 'dog'.")
        for name, length in (("head", 3), ("muzzle", 5), ("eye", 3)):
            if len(getattr(self, name)) != length:
                raise BadValue(f"Breed: {name}={getattr(self, name)!r}. Give {length} numbers.")
        for name in COLOURS:
            value = getattr(self, name)
            if value is not None and (len(value) != 3 or not all(0 <= c <= 255 for c in value)):
                raise BadValue(f"Breed: {name}={value!r}. Give (red, green, blue), each 0..255.")

    @classmethod
    def cat(cls, name: str = "cat", **traits: Any) -> "Breed":
        """A cat breed: the plain cat with these traits. Raises TypeError for an unknown trait."""
        _check_names("Breed.cat", traits)
        return cls(name=name, kind="cat", **traits)

    @classmethod
    def dog(cls, name: str = "dog", ears: str = "hanging", **traits: Any) -> "Breed":
        """A dog breed: the plain dog with these traits; ears "hanging" or "prick" start them off.

        Raises TypeError for an unknown trait, ValueError for other ears.
        """
        if ears not in ("hanging", "prick"):
            raise BadValue(f"Breed.dog: ears {ears!r}. They are 'hanging' or 'prick'.")
        _check_names("Breed.dog", traits)
        start = PLAIN_DOG | (PRICK_EARS if ears == "prick" else {})
        return cls(name=name, kind="dog", **(start | traits))

    @property
    def whole_ear_colour(self) -> Colour:
        """The ear's colour: its own, or that of the markings where these reach the ears."""
        if self.ear_colour is not None:
            return self.ear_colour
        marked = self.points or (self.patches and self.face_patch > 0.3)
        return self.mark if marked else self.base


PLAIN_DOG: dict[str, Any] = {
    "head": (0.92, 0.9, 0.95), "cheek": 0.8, "muzzle": (0.44, 0.37, 0.75, -0.34, 0.62), "lips": 0.35,
    "nose": 0.19, "nose_width": 1.2, "nose_height": 0.62, "nose_colour": (34, 28, 28), "nose_gloss": 0.5,
    "whiskers": 0,
    "ear_angle": 0.95, "ear_depth": 0.1, "ear_droop": 2.75, "ear_tilt": 0.12, "ear_turn": 0.5,
    "ear_length": 1.15, "ear_width": 0.36, "ear_root": 0.55, "ear_tip": 0.45, "ear_tufts": 0.0,
    "eye": (0.40, 0.14, 0.145), "eye_colour": (92, 56, 26), "eye_slant": 0.05, "eye_open": 0.8,
    "iris": 0.95, "pupil": 0.45, "pupil_slit": 1.0, "eye_shadow": 0.3, "hair_density": 62.0,
    "length": 1.1, "girth": 1.0, "legs": 1.0, "bone": 1.0, "tail_width": 0.15,
}  # fmt: skip

PRICK_EARS: dict[str, Any] = {
    "ear_droop": 0.30, "ear_angle": 0.52, "ear_length": 0.85, "ear_width": 0.42, "ear_root": 0.0,
    "ear_tip": 0.8, "ear_depth": -0.05, "ear_turn": 0.3, "inner_ear": (205, 150, 140), "ear_tufts": 0.6,
}  # fmt: skip

COLOURS = (
    "nose_colour", "inner_ear", "eye_colour", "eye_rim", "ear_colour", "ear_tip_colour",
    "base", "dark", "mark", "second_mark", "white", "tan", "muzzle_colour",
)  # fmt: skip
_OWN_HUE = ("nose_colour", "inner_ear", "eye_colour", "eye_rim")  # do not follow the coat's lightness
_SHAPES = ("head", "muzzle", "eye")
_SCALED = (
    "cheek", "ear_length", "ear_width", "fur", "girth", "legs", "bone", "tail", "tail_width", "ruff",
    "nose", "pattern_density", "neck", "beard", "topknot",
)  # fmt: skip
_SHIFTED = {
    "ear_angle": 0.05,
    "ear_droop": 0.08,
    "eye_slant": 0.04,
    "eye_open": 0.05,
    "patches": 0.07,
    "lips": 0.06,
    "mask": 0.08,
}


def _check_names(where: str, traits: dict[str, Any]) -> None:
    known = [f.name for f in fields(Breed)]
    for trait in traits:
        if trait not in known:
            close = difflib.get_close_matches(trait, known, n=3) or known
            raise BadType(f"{where}: unknown trait {trait!r}. Perhaps {', '.join(close)}.")


def individual(breed: Breed, rng: np.random.Generator, variation: float = 1.0) -> Breed:
    """One animal of the breed: every trait moved a little; variation 0 is the breed itself.

    At 1 the shapes move by about 4 %, lengths by 6 %, and the lightness of the coat by 7 %.
    """
    changes: dict[str, Any] = {}
    for name in _SHAPES:
        changes[name] = tuple(a * (1 + rng.normal(0, 0.035 * variation)) for a in getattr(breed, name))
    for name in _SCALED:
        changes[name] = getattr(breed, name) * max(0.3, 1 + rng.normal(0, 0.06 * variation))
    for name, spread in _SHIFTED.items():
        step = rng.normal(0, spread * variation)  # drawn always: one trait must not move the others
        if getattr(breed, name):
            changes[name] = getattr(breed, name) + step
    lightness = 1 + rng.normal(0, 0.07 * variation)
    warm = rng.normal(0, 0.03 * variation)
    cast = np.array([1 + warm, 1, 1 - warm]) * lightness
    for name in COLOURS:
        if name in _OWN_HUE:
            factor = np.full(3, 1 + rng.normal(0, 0.05 * variation))
        else:
            factor = cast * (1 + rng.normal(0, 0.025 * variation, 3))
        if getattr(breed, name) is not None:
            colour = np.clip(np.multiply(getattr(breed, name), factor), 3, 252)
            changes[name] = tuple(colour.tolist())
    return replace(breed, **changes)

"""A whole picture of a pet: scene, light, shot, animal, something in front, camera; and a sheet of several.

Each of these has its own random generator, all grown from (seed, name of the breed): a change to one leaves
the others as they were, and no scene is ever shared by two breeds.
"""

import math
import zlib

import numpy as np
from PIL import Image

from lab.contact_sheets import contact_sheet
from lab.core.errors import BadValue

from .body import draw_body, ground
from .breeds import find_breed
from .ears import HANGING, draw_ear
from .face import draw_nose, draw_tongue, draw_whiskers
from .finish import develop, metering, perhaps_blurred, shoulder, to_image
from .geometry import Matrix, rotation
from .head import draw_head
from .light import Light
from .noise import Array
from .occluder import occlude
from .pose import Shot, front_shot, random_shot
from .scene import LIKELIHOOD, SCENES, background
from .stage import Stage
from .traits import Breed, individual

_NECK = np.array([0, -0.45, -0.35])  # where head and body meet, head radii from the head's centre


def draw_pet(
    breed: str | Breed,
    seed: int,
    size: tuple[int, int] | None = None,
    variation: float = 1.0,
    nuisance: float = 1.0,
) -> Image.Image:
    """A picture of one animal of a breed; the same arguments give the same pixels.

    breed: a name in BREEDS or a Breed of your own. size: (width, height) in pixels; None draws one with
    sides of 200 to 500. variation: how far individuals differ (1 is natural, 0 all alike). nuisance: how
    far pose, light and damage go (1 is a snapshot, 0 a studio). Raises ValueError for a name that is not
    known, and for a negative seed.
    """
    breed = find_breed(breed)
    if seed < 0:
        raise BadValue(f"draw_pet: seed {seed}. Give 0 or a positive whole number.")
    roots = np.random.SeedSequence([seed, zlib.crc32(breed.name.encode())]).spawn(6)
    shape, who, shot, scene, front, camera = (np.random.default_rng(root) for root in roots)
    width, height = size or _random_size(shape)
    animal = individual(breed, who, variation)
    rgb = _render(animal, who, shot, scene, width, height, nuisance)
    if front.random() < 0.22 * nuisance:
        occlude(rgb, front)
    picture = to_image(develop(rgb, camera, nuisance))
    return perhaps_blurred(picture, camera, nuisance)


def portrait(breed: str | Breed, size: tuple[int, int] = (180, 190)) -> Image.Image:
    """The breed itself, sitting, from the front, in even light on a plain ground, without damage."""
    breed = find_breed(breed)
    width, height = size
    rows = np.linspace(0.80, 0.62, height, dtype=np.float32)[:, None, None]
    ground_colour = rows * np.array([0.97, 1.0, 1.03], np.float32)
    light = Light.towards(-0.5, 0.7, key=0.85, ambient=0.55, warm=0.02, rim=0.8)
    plain = np.broadcast_to(ground_colour, (height, width, 3))
    stage = draw_animal(
        breed, front_shot(width, height), light, plain, np.random.default_rng(0), (37.0, 181.0)
    )
    return to_image(shoulder(stage.rgb))


def breed_sheet(breed: str | Breed, n: int = 12, seed: int = 0) -> Image.Image:
    """The portrait and n pictures (seeds seed, seed + 1, …) of a breed, as one captioned picture.

    Raises ValueError for a name that is not known and for n below 1.
    """
    breed = find_breed(breed)
    if n < 1:
        raise BadValue(f"breed_sheet: n={n}. Give 1 or more.")
    seeds = range(seed, seed + n)
    pictures = [portrait(breed, (240, 240)), *(draw_pet(breed, s) for s in seeds)]
    captions = ["portrait", *(f"seed {s}" for s in seeds)]
    return contact_sheet(pictures, captions, tile=(240, 240), title=breed.name)


def draw_animal(
    animal: Breed,
    shot: Shot,
    light: Light,
    scene: Array,
    rng: np.random.Generator,
    offset: tuple[float, float],
) -> Stage:
    """Put an animal into a copy of a scene (h, w, 3); offset is its own place in the noise textures."""
    stage = Stage(scene, light, shot.scale, *shot.centre)
    head_turn = rotation(shot.yaw, shot.pitch, shot.roll)
    body_turn = rotation(shot.body_yaw)
    if shot.view == "full" or shot.posture.pose == "lie":
        _contact_shadow(stage, animal, shot, body_turn)
    # The body hangs from a neck behind the head, so that head and body can turn separately.
    shoulders = head_turn @ _NECK - body_turn @ _NECK + np.array([0, 0, -0.15])
    draw_body(stage, animal, shot.posture, body_turn, shoulders, offset)
    far_first = (1, -1) if shot.yaw < 0 else (-1, 1)
    hanging = animal.ear_droop > HANGING
    if not hanging:
        for side in far_first:
            draw_ear(stage, animal, side, head_turn, offset)
    draw_head(stage, animal, shot.gaze, head_turn, offset)
    if shot.tongue:
        draw_tongue(stage, animal, head_turn)
    draw_nose(stage, animal, head_turn)
    if hanging:
        for side in far_first:
            draw_ear(stage, animal, side, head_turn, offset)
    if animal.whiskers:
        draw_whiskers(stage, animal, head_turn, rng)
    return stage


def _render(
    animal: Breed,
    who: np.random.Generator,
    shot_rng: np.random.Generator,
    scene_rng: np.random.Generator,
    width: int,
    height: int,
    nuisance: float,
) -> Array:
    """The lit picture before the camera."""
    shot = random_shot(animal, shot_rng, width, height, nuisance)
    light = Light.random(scene_rng, nuisance)
    scene = str(scene_rng.choice(SCENES, p=LIKELIHOOD))
    full = shot.view == "full"
    horizon = scene_rng.uniform(0.25, 0.6) if full else scene_rng.uniform(0.35, 0.75)
    brightness = scene_rng.uniform(0.82, 1.14)
    rgb = background(scene_rng, width, height, scene, horizon, 0.6 if full else 1.0)
    offset = tuple(who.integers(0, 512, 2).astype(float).tolist())
    stage = draw_animal(animal, shot, light, rgb * brightness, who, offset)
    return stage.rgb * metering(stage.rgb, stage.cover)


def _contact_shadow(stage: Stage, animal: Breed, shot: Shot, turned: Matrix) -> None:
    """Darken the ground under the body."""
    pose = shot.posture.pose
    middle = {"sit": -1.2, "lie": -2.0, "stand": -2.6 * animal.length}[pose]
    x, y, _ = (turned @ np.array([0, ground(animal, pose), middle])).tolist()
    reach = 1.6 + (0 if pose == "sit" else abs(math.sin(shot.body_yaw)) * 1.4)
    off = np.hypot((stage.u - x) / reach, (stage.v[:, None] - y) / 0.5)
    stage.rgb *= (1 - 0.55 * np.clip(1 - off, 0, 1))[..., None]


def _random_size(rng: np.random.Generator) -> tuple[int, int]:
    """Width and height between 200 and 500 pixels, of the usual aspect ratios."""
    ratio = (4 / 3, 3 / 2, 1.0, 3 / 4, 2 / 3)[int(rng.choice(5, p=[0.45, 0.2, 0.1, 0.15, 0.1]))]
    longest = 500 if rng.random() < 0.05 else rng.uniform(300, 370)
    if ratio >= 1:
        return int(longest), int(longest / ratio)
    return int(longest * ratio), int(longest)

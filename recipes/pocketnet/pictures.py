"""The classes to learn from and their pictures, drawn by several processes into one memory map.

A class is a random species or a pattern; its pictures differ by their seeds. Drawing can be stopped and goes
on where it was: finished classes are listed beside the pictures.
"""

import io
import json
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lab.drawn import draw_pet
from lab.drawn.finish import develop, jpeg_quality, perhaps_blurred, to_image
from lab.progress import track

from . import textures, toys
from .pattern import Canvas, random_pattern
from .species import random_species

_DRAW = {
    "grating": textures.grating,
    "clouds": textures.clouds,
    "cells": textures.cells,
    "leaves": textures.leaves,
    "weave": textures.weave,
    "julia": textures.julia,
    "shape": toys.shape,
    "toy": toys.toy,
    "fur": toys.fur,
}
_CENTRED = ("shape", "julia")  # these lie around the middle of their coordinates


@dataclass(frozen=True)
class PicturePlan:
    """What to draw: species classes, then pattern classes, `each` pictures of a class, side x side pixels."""

    species: int = 720
    patterns: int = 280
    each: int = 48
    side: int = 128

    @property
    def classes(self) -> int:
        return self.species + self.patterns


def draw_pattern(number: int, seed: int, side: int = 128, family: str | None = None) -> Image.Image:
    """A picture of pattern `number`; the same arguments give the same pixels. RGB, side x side."""
    rng = np.random.default_rng([number, seed, 13])
    pattern = random_pattern(number, family)
    canvas = Canvas(pattern, rng, side, moving=pattern.family not in _CENTRED)
    rgb = _DRAW[pattern.family](pattern, canvas)
    return perhaps_blurred(to_image(develop(np.asarray(rgb, np.float32), rng)), rng)


def draw_species(number: int, seed: int, side: int = 128) -> Image.Image:
    """A picture of species `number`, as a photo cut square: drawn up to twice as large, then shrunk."""
    rng = np.random.default_rng([number, seed, 14])
    large = int(side * rng.choice([1.0, 1.3, 1.7], p=[0.4, 0.35, 0.25]))
    variation = rng.uniform(0.7, 1.1)
    picture = draw_pet(random_species(number), seed, (large, large), variation=variation)
    if large != side:
        picture = picture.resize((side, side), Image.Resampling.BICUBIC)
    return _through_jpeg(picture, rng)


def draw_class(plan: PicturePlan, index: int) -> np.ndarray:
    """All pictures of class `index` of a plan: (each, side, side, 3) uint8."""
    if index < plan.species:
        pictures = [draw_species(index, seed, plan.side) for seed in range(plan.each)]
    else:
        pattern = index - plan.species
        pictures = [draw_pattern(pattern, seed, plan.side) for seed in range(plan.each)]
    return np.stack([np.asarray(picture) for picture in pictures])


def draw_all(plan: PicturePlan, folder: Path, processes: int = 2) -> Path:
    """Draw every picture of a plan into `folder`/pictures.npy, (classes * each, side, side, 3) uint8.

    Goes on with a drawing that was stopped. Raises ValueError when the folder holds another plan's pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, done_path = folder / "pictures.npy", folder / "drawn.json"
    done: set[int] = set()
    if done_path.is_file():
        record = json.loads(done_path.read_text(encoding="utf-8"))
        if record["plan"] != asdict(plan):
            raise ValueError(
                f"draw_all: {folder} holds pictures of {record['plan']}, not of {asdict(plan)}. "
                "Give another folder, or delete this one."
            )
        done = set(record["done"])
    shape = (plan.classes * plan.each, plan.side, plan.side, 3)
    mode = "r+" if done else "w+"
    pictures = np.lib.format.open_memmap(path, mode, np.uint8, shape)
    missing = [index for index in range(plan.classes) if index not in done]
    with _workers(processes) as mapped:
        drawn = mapped(_draw_job, [(plan, index) for index in missing])
        for index, batch in track(drawn, len(missing), "drawing classes"):
            pictures[index * plan.each : (index + 1) * plan.each] = batch
            done.add(index)
            if len(done) % 50 == 0 or len(done) == plan.classes:
                pictures.flush()
                _write(done_path, {"plan": asdict(plan), "done": sorted(done)})
    return path


def load_pictures(folder: Path) -> tuple[np.ndarray, PicturePlan]:
    """The memory map of a finished drawing and its plan. Raises FileNotFoundError for an unfinished one."""
    record_path = folder / "drawn.json"
    if not record_path.is_file():
        raise FileNotFoundError(f"{record_path}: no drawing here. Run the recipe's `draw` first.")
    record = json.loads(record_path.read_text(encoding="utf-8"))
    plan = PicturePlan(**record["plan"])
    if len(record["done"]) < plan.classes:
        raise FileNotFoundError(
            f"{folder}: {len(record['done'])} of {plan.classes} classes are drawn. "
            "Run the recipe's `draw` again; it goes on where it stopped."
        )
    return np.load(folder / "pictures.npy", mmap_mode="c"), plan


@contextmanager
def _workers(processes: int) -> Iterator[Callable]:
    """A `map` over this many processes; one is this process itself."""
    if processes == 1:
        yield map
        return
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield pool.imap_unordered


def _draw_job(job: tuple[PicturePlan, int]) -> tuple[int, np.ndarray]:
    return job[1], draw_class(*job)


def _through_jpeg(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=jpeg_quality(rng))
    return Image.open(buffer).convert("RGB")


def _write(path: Path, record: dict) -> None:
    temporary = path.with_suffix(".part")
    temporary.write_text(json.dumps(record), encoding="utf-8")
    temporary.replace(path)

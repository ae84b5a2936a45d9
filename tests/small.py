"""Small picture folders for tests: coloured noise, one colour per class, made on the spot."""

from pathlib import Path

import numpy as np
from PIL import Image

import lab

COLOURS = {"blue": (40, 60, 200), "green": (40, 190, 60), "red": (200, 50, 40)}


def picture_folder(folder: Path, each: int = 12, size: tuple[int, int] = (48, 40)) -> Path:
    """folder/<colour>/<number>.png: each pictures of width x height pixels for every colour."""
    for label, colour in COLOURS.items():
        (folder / label).mkdir(parents=True)
        for number in range(each):
            draw_picture(folder / label / f"{number:02}.png", colour, number, size)
    return folder


def draw_picture(path: Path, colour, seed: int, size=(48, 40)) -> None:
    noise = np.random.default_rng(seed).integers(-40, 40, (size[1], size[0], 3))
    Image.fromarray(np.uint8(np.clip(np.array(colour) + noise, 0, 255))).save(path)


def small_dls(folder: Path, bs: int = 8, **kwargs):
    """DataLoaders of such a folder: 64 px pictures, a fifth of them for validation."""
    options = {"item_tfms": lab.Resize(64), "batch_tfms": None, **kwargs}
    block = lab.DataBlock(
        get_items=lab.get_image_files,
        get_y=lab.parent_label,
        splitter=lab.RandomSplitter(seed=3),
        **options,
    )
    return block.dataloaders(folder, bs=bs)


def small_classifier(folder: Path, **kwargs):
    """A learner with pocketnet on a small folder, its body frozen."""
    data = {k: kwargs.pop(k) for k in ("item_tfms", "batch_tfms", "bs") if k in kwargs}
    options = {"metrics": lab.accuracy, "seed": 0, **kwargs}
    learn = lab.cnn_learner(small_dls(folder, **data), "pocketnet", **options)
    learn.freeze()
    return learn

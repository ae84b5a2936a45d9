"""Something between the camera and the animal: blades of grass, bars, a blanket, a ball, a hand."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .noise import Array, fbm, lookup

_BALLS = ((0.75, 0.85, 0.2), (0.85, 0.2, 0.2), (0.2, 0.4, 0.85))


def occlude(rgb: Array, rng: np.random.Generator) -> None:
    """Paint a random thing in front of the picture rgb (h, w, 3), in place."""
    height, width = rgb.shape[:2]
    mask = Image.new("L", (width // 2, height // 2))
    draw = _KINDS[int(rng.integers(len(_KINDS)))]
    colour = draw(ImageDraw.Draw(mask), rng, *mask.size)
    soft = mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2)))
    cover = soft.resize((width, height), Image.Resampling.BICUBIC)
    alpha = np.asarray(cover, np.float32) * np.float32(1 / 255)
    rows, columns = np.arange(height, dtype=np.float32), np.arange(width, dtype=np.float32)
    cloth = 1 + 0.08 * lookup(fbm(), columns[None] * 2, rows[:, None] * 2)
    light = (1.05 - 0.35 * rows / max(height - 1, 1))[:, None] * cloth
    rgb += (colour.astype(np.float32) * light[..., None] - rgb) * alpha[..., None]


def _grass(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int):
    colour = np.array([0.28, 0.45, 0.14]) * rng.uniform(0.6, 1.3)
    for _ in range(rng.integers(10, 40)):
        x, blade = rng.uniform(0, width), rng.uniform(0.15, 0.5) * height
        bend = rng.normal(0, 0.06) * width
        middle, tip = height - blade * 0.6, height - blade
        pen.polygon(
            [
                (x - 2, height),
                (x + bend * 0.4, middle),
                (x + bend, tip),
                (x + bend * 0.4 + 2, middle),
                (x + 3, height),
            ],
            fill=230,
        )
    return colour


def _bars(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int):
    colour = rng.uniform(0.1, 0.8, 3) * 0.4 + rng.uniform(0.1, 0.5)
    count = int(rng.integers(2, 6))
    half, lean = rng.uniform(0.008, 0.022) * width, rng.normal(0, 0.05) * width
    first = rng.uniform(0, width / count)
    for i in range(count):
        x = first + i * width / count
        corners = [(x - half, 0), (x + half, 0), (x + half + lean, height), (x - half + lean, height)]
        pen.polygon(corners, fill=235)
    return colour


def _blanket(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int):
    colour, top = rng.uniform(0.2, 0.9, 3), rng.uniform(0.72, 0.9)
    hem = [(x, height * (top + 0.05 * math.sin(x * 0.05 + top * 50))) for x in range(0, width + 8, 8)]
    pen.polygon([*hem, (width, height), (0, height)], fill=255)
    return colour


def _ball(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int):
    radius = rng.uniform(0.08, 0.16) * height
    x, y = rng.uniform(0, width), height * rng.uniform(0.85, 0.97)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.array(_BALLS[int(rng.integers(len(_BALLS)))])


def _hand(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int):
    colour = rng.uniform(0.1, 0.8, 3)
    left, top = float(rng.choice([-0.25, 0.85])) * width, rng.uniform(0.2, 0.8) * height
    pen.rounded_rectangle((left, top, left + 0.4 * width, top + 0.25 * height), 12, fill=255)
    return colour


_KINDS = (_grass, _bars, _blanket, _ball, _hand)

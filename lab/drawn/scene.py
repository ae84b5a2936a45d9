"""Backgrounds: rooms, lawns, streets, drawn at a third of the size, blurred and enlarged.

Drawing small makes defocus free: a photographer's background is blurred anyway.
"""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lab.core.errors import BadValue

from .noise import Array, fbm, fine, hair, lookup, low

SCENES = (
    "grass", "wall", "sofa", "carpet", "sky", "bokeh", "wood", "snow", "street", "curtain",
)  # fmt: skip
LIKELIHOOD = (0.17, 0.12, 0.14, 0.12, 0.08, 0.12, 0.09, 0.04, 0.06, 0.06)
_OUTDOORS = ("grass", "snow", "street", "sky", "bokeh")
_SHRINK = 3


def background(
    rng: np.random.Generator, width: int, height: int, scene: str, horizon: float, focus: float = 1.0
) -> Array:
    """A background (height, width, 3), float32 in 0..1.

    scene: one of SCENES. horizon: where the floor begins, 0 top .. 1 bottom. focus: factor on the blur.
    """
    if scene not in SCENES:
        raise BadValue(f"background: scene {scene!r}. Known: {', '.join(SCENES)}.")
    c = _Canvas(rng, max(width // _SHRINK, 24), max(height // _SHRINK, 24), height, horizon)
    (_outdoors if scene in _OUTDOORS else _room)(c, scene)
    if scene in ("wall", "curtain"):
        _floor(c, "carpet" if rng.random() < 0.4 else "wood")
    elif scene == "sofa":
        _sofa(c)
    elif scene != "bokeh":
        _floor(c, {"sky": "grass", "street": "pavement"}.get(scene, scene))
    blur = rng.uniform(0.2, 2.2) * focus
    picture = Image.fromarray(np.uint8(np.clip(c.rgb, 0, 1) * 255))
    lights = {"bokeh": 0.95, "grass": 0.35, "sky": 0.35, "street": 0.35}
    if rng.random() < lights.get(scene, 0):
        picture = _lights(c, picture, everywhere=scene == "bokeh")
    if blur > 0.4:
        picture = picture.filter(ImageFilter.GaussianBlur(blur * height / 240))
    enlarged = picture.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(enlarged, np.float32) * np.float32(1 / 255)


class _Canvas:
    """The small background in progress."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, full_height: int, horizon: float):
        self.rng, self.width, self.height, self.horizon = rng, width, height, horizon
        self.x, row = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self.row, self.y = row, row / height
        self.scale = 240 / full_height  # textures keep their size relative to the picture
        self.rgb = np.empty((height, width, 3), np.float32)
        self.offset = rng.integers(0, 512, 2).tolist()
        self.hue = rng.uniform(0, 1)

    def noise(self, texture: Array, across: float, down: float, lying: bool = False) -> Array:
        """A texture at this many times its own frequency; lying turns it by a right angle."""
        pitch = 2.1 * self.scale
        x = self.x * (across * pitch) + self.offset[0]
        y = self.row * (down * pitch) + self.offset[1]
        return lookup(texture, y, x) if lying else lookup(texture, x, y)

    def near(self, *colour: float) -> Array:
        """About this colour (0..1)."""
        return np.asarray(colour, np.float32) + self.rng.normal(0, 0.035, 3).astype(np.float32)

    def pastel(self, saturation: float, value: float) -> Array:
        """A muted colour of the canvas' hue: animals must stand out against it."""
        wheel = np.cos(2 * math.pi * (self.hue + np.arange(3) / 3))
        return np.clip(value * (1 + saturation * 0.32 * wheel), 0.03, 0.97).astype(np.float32)

    def new_hue(self) -> None:
        self.hue = self.rng.uniform(0, 1)

    def wave(self, lowest: float, highest: float, bend: Array | float = 0.0) -> Array:
        """Vertical waves of a random pitch."""
        return np.sin(self.x * (self.rng.uniform(lowest, highest) * self.scale) + bend)


def _floor(c: _Canvas, kind: str) -> None:
    """Cover what lies below the horizon with a floor."""
    below = (c.y > c.horizon)[..., None]
    near = np.clip((c.y - c.horizon) / max(1 - c.horizon, 0.1), 0, 1)
    if kind == "wood":
        boards = np.sin((c.x - c.width / 2) / (0.25 + near) * (0.12 * c.scale) + c.offset[0])
        colour = c.near(0.55, 0.38, 0.24)
        grain = 0.10 * c.noise(hair(), 0.8, 2.5, lying=True) + 0.08 * np.sign(boards)
    elif kind == "carpet":
        colour = c.pastel(0.4, c.rng.uniform(0.35, 0.7))
        grain = 0.13 * c.noise(fine(), 1.3, 1.3) + 0.07 * c.noise(fbm(), 0.6, 0.8)
    elif kind == "grass":
        colour = c.near(0.30, 0.45, 0.16)
        grain = 0.28 * c.noise(hair(), 1, 0.45) + 0.12 * c.noise(fbm(), 0.5, 0.8)
    elif kind == "snow":
        colour = c.near(0.88, 0.91, 0.96)
        grain = 0.05 * c.noise(fbm(), 0.6, 1.0)
    else:  # pavement
        colour = c.near(0.5, 0.48, 0.46)
        grain = 0.10 * c.noise(fine(), 1, 1) + 0.08 * c.noise(fbm(), 0.6, 1.2)
    floor = colour * (1 + grain)[..., None] * (0.8 + 0.25 * near)[..., None]
    c.rgb = np.where(below, floor, c.rgb)


def _outdoors(c: _Canvas, scene: str) -> None:
    """Sky, trees or houses: a gradient with clouds or blotches."""
    rng = c.rng
    if scene == "snow":
        top, bottom = c.near(0.62, 0.7, 0.8), c.near(0.86, 0.9, 0.95)
    elif scene == "street":
        top, bottom = c.near(0.6, 0.56, 0.5), c.near(0.5, 0.46, 0.42)
    elif scene == "bokeh":
        top = c.pastel(0.5, rng.uniform(0.15, 0.45))
        bottom = c.pastel(0.4, rng.uniform(0.2, 0.5))
    elif scene == "sky" or rng.random() < 0.4:
        top, bottom = c.near(0.45, 0.65, 0.92), c.near(0.8, 0.88, 0.95)
    else:
        top, bottom = c.near(0.30, 0.42, 0.22), c.near(0.42, 0.55, 0.28)
    c.rgb[:] = top + (bottom - top) * np.clip(c.y / max(c.horizon, 0.2), 0, 1)[..., None]
    clouds = c.noise(fbm(), 0.35, 0.35)
    if scene == "sky":
        c.rgb += (np.clip(clouds + 0.1, 0, 1) * 0.5)[..., None] * (1 - c.rgb)
    else:
        c.rgb *= (1 + 0.3 * clouds)[..., None]
    if scene == "street":
        for _ in range(6):
            left = int(rng.integers(0, c.width))
            right = left + int(rng.integers(c.width // 16, c.width // 5))
            roof = int(c.height * rng.uniform(0, 0.3))
            c.rgb[roof : int(c.height * c.horizon), left:right] = c.pastel(0.2, rng.uniform(0.3, 0.75))
            c.new_hue()


def _room(c: _Canvas, scene: str) -> None:
    """A wall, plain or striped, perhaps with a picture on it; or a curtain."""
    rng = c.rng
    light = 1.05 - 0.25 * np.abs(c.x / c.width - rng.uniform(0, 1))
    c.rgb[:] = c.pastel(0.3, rng.uniform(0.45, 0.9)) * light[..., None]
    if scene == "wall":
        if rng.random() < 0.4:
            c.rgb *= (1 + 0.05 * np.sign(c.wave(0.15, 0.5)))[..., None]
        else:
            c.rgb *= (1 + 0.05 * c.noise(fbm(), 0.6, 0.6))[..., None]
        if rng.random() < 0.5:
            _framed_picture(c)
    elif scene == "curtain":
        folds = c.wave(0.12, 0.35, 1.5 * c.noise(low(), 0.3, 0.1))
        c.rgb *= (1 + 0.16 * folds)[..., None]


def _framed_picture(c: _Canvas) -> None:
    rng = c.rng
    left, top = rng.uniform(0, 0.7), rng.uniform(0, 0.25)
    right, bottom = left + rng.uniform(0.12, 0.35), top + rng.uniform(0.15, 0.4)
    x0, x1 = int(left * c.width), int(right * c.width)
    y0, y1 = int(top * c.height), int(bottom * c.height)
    c.rgb[y0:y1, x0:x1] = c.near(0.3, 0.22, 0.15)
    c.new_hue()
    c.rgb[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2] = c.pastel(0.5, 0.8)


def _sofa(c: _Canvas) -> None:
    """Back rest with seams and a seat, in front of the wall."""
    rng = c.rng
    c.new_hue()
    colour = c.pastel(0.6, rng.uniform(0.25, 0.7))
    top, seat = rng.uniform(0.05, 0.35), rng.uniform(0.62, 0.85)
    cushions, phase = int(rng.integers(1, 4)), rng.uniform(0, 1)
    weave = 0.10 * c.noise(fine(), 0.8, 0.8) + 0.08 * c.noise(low(), 0.4, 0.4)
    light = 1 - 0.28 * np.exp(-(((c.y - top) * 18) ** 2)) + 0.08 * np.sin((c.y - top) * 7)
    seam = np.abs(((c.x / c.width * cushions + phase) % 1) - 0.5)
    light = light * (1 - 0.45 * np.exp(-((seam * 40 / cushions) ** 2)))
    light = light * (1 - 0.45 * np.exp(-(((c.y - seat) * 30) ** 2))) * np.where(c.y > seat, 1.08, 1)
    c.rgb = np.where((c.y > top)[..., None], colour * (light * (1 + weave))[..., None], c.rgb)


def _lights(c: _Canvas, picture: Image.Image, everywhere: bool) -> Image.Image:
    """Discs of light out of focus, screened over the picture."""
    rng = c.rng
    overlay = Image.new("RGB", picture.size)
    pen = ImageDraw.Draw(overlay)
    ringed = rng.random() < 0.5
    for _ in range(rng.integers(8, 26)):
        radius = rng.uniform(0.02, 0.075) * c.height
        x = rng.uniform(0, c.width)
        y = rng.uniform(0, c.height if everywhere else c.horizon * c.height)
        strength = 255 * rng.uniform(0.2, 0.75)
        tint = (1, rng.uniform(0.75, 1), rng.uniform(0.4, 0.95))
        colour = tuple(int(strength * part) for part in tint)
        ring = tuple(min(255, int(part * 1.25)) for part in colour) if ringed else None
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=ring)
    below = np.asarray(picture, np.float32)
    above = np.asarray(overlay.filter(ImageFilter.GaussianBlur(0.7)), np.float32)
    return Image.fromarray(np.uint8(255 - (255 - below) * (255 - above * 0.8) / 255))

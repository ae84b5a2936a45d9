"""What sits on the face after the head is drawn: tongue, nose, whiskers."""

import numpy as np
from PIL import Image, ImageDraw

from .geometry import Ellipsoid, Matrix, rotation
from .head import mouth_height
from .noise import smoothstep
from .planes import filled
from .stage import Stage
from .traits import Breed


def draw_tongue(stage: Stage, breed: Breed, turned: Matrix) -> None:
    """A tongue hanging out below the lip."""
    w, h, length, y, root = breed.muzzle
    mouth = mouth_height(breed)
    centre = (0, y + h * (mouth - 0.55), root + length)
    part = Ellipsoid(centre, (w * 0.36, h * 0.7, 0.1), 0.05, turned=rotation(pitch=0.25))
    surface = stage.blobs([part], turned)
    if surface is None:
        return
    x, height, _ = stage.world(surface, turned)
    albedo = filled(x.shape, (219, 107, 115))
    albedo *= (1 - 0.25 * np.exp(-((x / (0.06 * w + 0.01)) ** 2)))[..., None]
    below_lip = np.minimum(surface.distance, y + h * (mouth - 0.25) - height)
    rgb = stage.shade(surface.depth, albedo, gloss=0.25, sharpness=20)
    stage.put(surface._replace(distance=below_lip), rgb, depth_test=0.25, shadow=0.25, shadow_width=0.12)


def draw_nose(stage: Stage, breed: Breed, turned: Matrix) -> None:
    """The nose: a wide and a narrow ellipsoid, two nostrils and the groove."""
    _, h, length, y, root = breed.muzzle
    height, width = breed.nose, breed.nose * breed.nose_width
    up = y + h * breed.nose_height
    front = root + length * (1.02 + 0.06 * breed.lips) - 0.03
    parts = [
        Ellipsoid((0, up, front), (width, height * 0.62, height * 0.55 + 0.03), 0.05),
        Ellipsoid((0, up - height * 0.35, front), (width * 0.5, height * 0.5, height * 0.45), 0.08),
    ]
    surface = stage.blobs(parts, turned)
    if surface is None:
        return
    x, v, _ = stage.world(surface, turned)
    beside = np.abs(x) - width * 0.42
    nostril = np.hypot(beside / (width * 0.26), (v - up + height * 0.12 - 0.25 * beside) / (height * 0.22))
    albedo = filled(x.shape, breed.nose_colour)
    albedo *= (1 - 0.75 * smoothstep(1.2, 0.7, nostril))[..., None]
    albedo *= (1 - 0.35 * np.exp(-((x / (width * 0.08)) ** 2)) * (v < up))[..., None]
    rgb = stage.shade(surface.depth + 0.15 * surface.distance, albedo, gloss=breed.nose_gloss, sharpness=14)
    seen_from_front = turned[2, 2] > 0.75
    stage.put(surface, rgb, depth_test=None if seen_from_front else 0.25, shadow=0.15, shadow_width=0.1)


def draw_whiskers(stage: Stage, breed: Breed, turned: Matrix, rng: np.random.Generator) -> None:
    """Thin arcs from the whisker pads, drawn by Pillow on an enlarged mask."""
    w, h, length, y, root = breed.muzzle
    enlarged = 3 if stage.width < 260 else 2
    mask = Image.new("L", (stage.width * enlarged, stage.height * enlarged))
    pen = ImageDraw.Draw(mask)
    t = np.linspace(0, 1, 7)[:, None]
    for side in (-1, 1):
        for i in range(breed.whiskers):
            start = np.array([side * w * 0.62, y - h * (0.1 + 0.16 * i), root + length * 0.85])
            long, lift = rng.uniform(0.8, 1.25), 0.18 - 0.14 * i + rng.normal(0, 0.05)
            curve = np.hstack([side * long * t, lift * long * t - 0.28 * t**2, 0.1 * t - 0.35 * t**2])
            seen = (start + curve) @ turned.T
            columns = (seen[:, 0] - float(stage.u[0])) / stage.pixel * enlarged
            rows = (float(stage.v[0]) - seen[:, 1]) / stage.pixel * enlarged
            points = list(zip(columns.tolist(), rows.tolist(), strict=True))
            pen.line(points, fill=170, width=1 if stage.pixel > 0.012 else 2)
    small = mask.resize((stage.width, stage.height), Image.Resampling.BOX)
    cover = np.asarray(small, np.float32) * np.float32(0.85 / 255)
    stage.rgb += (np.float32(0.95) - stage.rgb) * cover[..., None]

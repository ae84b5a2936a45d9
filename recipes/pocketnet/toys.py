"""Things with a body: superformula shapes, knobbly toys, and close-ups of fur, lit like the drawn animals.

One function per family: pattern and canvas in, the picture's colours (side, side, 3) out.
"""

import numpy as np

from lab.drawn.coat import Landmarks, blend, coat
from lab.drawn.geometry import rotation
from lab.drawn.hair import hair_height
from lab.drawn.noise import Array, fbm, hair, lookup, low, smoothstep
from lab.drawn.scene import SCENES, background
from lab.drawn.stage import Stage
from lab.drawn.traits import individual

from .pattern import Canvas, Pattern, superformula


def shape(pattern: Pattern, canvas: Canvas) -> Array:
    """A domed shape with petals, coloured by rings, rays, its radius or noise, before a drawn scene."""
    a, side = pattern.knobs, canvas.side
    scene = _scene(canvas)
    x, y = canvas.x + canvas.rng.uniform(-0.4, 0.4), canvas.y + canvas.rng.uniform(-0.4, 0.4)
    angle, radius = np.arctan2(y, x), np.hypot(x, y * (0.6 + 0.8 * a[0]))
    outline = np.clip(superformula(pattern, angle), 0.2, 1.2) * 0.85
    outline = outline + 0.06 * a[1] * canvas.noise(low())
    inside = radius / outline
    levels = (
        lambda: 0.5 + 0.5 * np.sin((4 + 14 * a[2]) * inside),
        lambda: 0.5 + 0.5 * np.sin(angle * pattern.petals),
        lambda: inside,
        lambda: 0.5 + 0.5 * canvas.noise(fbm()),
    )
    colours = canvas.colours(levels[int(a[3] * 4)]())
    dome = np.sqrt(np.clip(1 - inside**2, 0, 1)) * (0.3 + a[4])
    thing = canvas.relief(colours, dome, gloss=0.5 * a[5])
    cover = np.clip((outline - radius) * (side / 3) + 0.5, 0, 1)
    return scene + (thing - scene) * cover[..., None]


def toy(pattern: Pattern, canvas: Canvas) -> Array:
    """Ellipsoids joined into a thing that is not an animal, with a coat or plain paint, smooth or furry."""
    a, rng, side = pattern.knobs, canvas.rng, canvas.side
    scale = side * rng.uniform(0.2, 0.36)
    stage = Stage(_scene(canvas), canvas.light, scale, *(side * rng.uniform(0.35, 0.65, 2)).tolist())
    turned = rotation(rng.uniform(-0.9, 0.9), rng.uniform(-0.4, 0.4), rng.normal(0, 0.25))
    animal, origin = individual(pattern.animal, rng), np.zeros(3)
    surface = stage.blobs(list(pattern.parts), turned, origin)
    if surface is None:
        return stage.rgb
    points = stage.world(surface, turned, origin)
    paint = coat(animal, points, surface.weight, "body", Landmarks(sock=-0.6), _offset(canvas))
    if a[0] > 0.4:
        blend(paint, canvas.palette[0] * 255, np.full_like(surface.weight, 0.7))
    if a[1] > 0.4:
        blend(paint, canvas.palette[1] * 255, 0.9 * smoothstep(0.4, 0.6, surface.weight))
    rows, columns = surface.window
    fur = animal.fur if a[2] > 0.4 else 0.0
    tufts = fur * lookup(hair(), stage.u[columns] * 60 + 9, stage.v[rows][:, None] * 50)
    lit = stage.shade(surface.depth + 0.06 * tufts, paint * (1 + 0.2 * tufts)[..., None], 0.6 * a[3])
    stage.put(surface._replace(distance=surface.distance + 0.12 * tufts), lit)
    return stage.rgb


def fur(pattern: Pattern, canvas: Canvas) -> Array:
    """A coat seen from so near that nothing else is in the picture."""
    animal = individual(pattern.animal, canvas.rng)
    x, y = 0.8 * canvas.x, 0.8 * canvas.y
    points = (x, y, 0.3 * x * y)
    paint = coat(animal, points, np.zeros_like(x), "body", Landmarks(), _offset(canvas))
    height = hair_height(animal, x + 0.2 * np.sin(2 * y), y)
    bumps = 0.15 * canvas.noise(low()) + (0.02 + 0.06 * animal.fur) * height
    return canvas.relief(paint * (1 + 0.25 * height)[..., None], bumps, gloss=0.2)


def _scene(canvas: Canvas) -> Array:
    """A drawn background, writable."""
    scene, horizon = str(canvas.rng.choice(SCENES)), canvas.rng.uniform(0.3, 0.8)
    return background(canvas.rng, canvas.side, canvas.side, scene, horizon).copy()


def _offset(canvas: Canvas) -> tuple[float, float]:
    x, y = canvas.offset
    return float(x), float(y)

"""Flat textures made by formula: gratings, clouds, cells, dead leaves, weaves and Julia sets.

One function per family: pattern and canvas in, the picture's colours (side, side, 3) out. They teach edges,
periods, blobs and occlusion, without which a network trained on drawn animals alone sees little else.
"""

import numpy as np

from lab.drawn.noise import Array, fbm, lookup, low, smoothstep, spots

from .pattern import Canvas, Pattern, superformula


def grating(pattern: Pattern, canvas: Canvas) -> Array:
    """Two or three waves on top of each other, bent by noise."""
    count, *knobs = pattern.knobs
    bend = 5 * knobs[4] * canvas.noise(low(), 60 + 60 * knobs[5])
    wave = np.zeros_like(canvas.x)
    for frequency, turn in zip(knobs[: 2 + int(count * 2)], pattern.turns, strict=False):
        along = canvas.x * np.cos(turn) + canvas.y * np.sin(turn)
        wave += np.sin((4 + 28 * frequency) * along + bend) / 2.2
    sharp = np.tanh(4 * wave) if knobs[6] > 0.5 else wave
    return _perhaps_relief(canvas, canvas.colours(0.5 + 0.5 * sharp), 0.05 * wave, knobs[5])


def clouds(pattern: Pattern, canvas: Canvas) -> Array:
    """Fractal noise, plain or as the bending of rings or stripes (marble, wood)."""
    a = pattern.knobs
    noise = canvas.noise(fbm(), 40 + 60 * a[0])
    kind = int(a[5] * 4)
    if kind == 0:
        level = 0.5 + 0.5 * noise
    elif kind == 1:
        ring = np.hypot(canvas.x, canvas.y * (0.3 + a[1]))
        level = 0.5 + 0.5 * np.sin(20 * a[2] * ring + 14 * a[3] * noise)
    elif kind == 2:
        level = 0.5 + 0.5 * np.sin(18 * canvas.x * a[4] + 12 * noise)
    else:
        level = 1.4 * np.abs(noise)
    return _perhaps_relief(canvas, canvas.colours(level), 0.06 * level * a[6], a[6])


def cells(pattern: Pattern, canvas: Canvas) -> Array:
    """Round cells: spots, pebbles, islands or rings (Worley noise)."""
    a = pattern.knobs
    density = 45 + 90 * a[0]
    x, y = canvas.offset
    bend = 0.3 * a[1] * canvas.noise(fbm())
    cell = lookup(spots(), (canvas.x + bend) * density + x, canvas.y * (1 + a[2]) * density + y)
    levels = (
        lambda: smoothstep(0.1, 0.3, cell),
        lambda: 0.5 + 0.45 * cell,
        lambda: smoothstep(-0.05, 0.05, 0.1 * a[3] - cell),
        lambda: 0.5 + 0.5 * np.sin(8 * cell + 6 * a[4]),
    )
    level = levels[int(a[5] * 4)]()
    return _perhaps_relief(canvas, canvas.colours(level), 0.07 * level, a[6])


def leaves(pattern: Pattern, canvas: Canvas) -> Array:
    """Opaque shapes of many sizes that hide each other (the dead leaves model; Matheron, 1968)."""
    a, rng, side = pattern.knobs, canvas.rng, canvas.side
    picture = np.empty((side, side, 3), np.float32)
    picture[:] = canvas.palette[0]
    for _ in range(int(20 + 90 * a[0])):
        radius = (0.12 + 0.4 * a[1]) * rng.uniform(0.35, 1) ** (1 + 2 * a[2])
        x, y = rng.uniform(-1.1, 1.1, 2).tolist()
        turn, colour = rng.uniform(0, 6.3), canvas.palette[rng.integers(len(canvas.palette))]
        window = (_pixels(y, radius, side), _pixels(x, radius, side))
        target = picture[window]
        if not target.size:
            continue
        u, v = canvas.across[window] - x, canvas.down[window] - y
        distance = np.hypot(u, v)
        outline = np.clip(superformula(pattern, np.arctan2(v, u) + turn), 0.1, 1.3) * (0.8 * radius)
        cover = np.clip((outline - distance) * (side / 3) + 0.5, 0, 1)[..., None]
        bowl = 1.1 - 0.5 * a[3] * distance / (outline + 0.01)
        lit = bowl * (1 + 0.3 * (0.7 * u - v) / radius)
        target += (colour * lit[..., None] - target) * cover
    return picture


def weave(pattern: Pattern, canvas: Canvas) -> Array:
    """Bricks, checks, stripes crossing, or tiles."""
    a = pattern.knobs
    pitch = 5 + 20 * a[0]
    rows = canvas.y * pitch * (0.4 + 1.2 * a[1])
    row = np.floor(rows)
    columns = canvas.x * pitch + (row % 2) * (0.5 if a[2] > 0.3 else 0)
    column = np.floor(columns)
    across, down = np.abs(columns % 1 - 0.5), np.abs(rows % 1 - 0.5)
    tile = smoothstep(0.5, 0.40 - 0.15 * a[3], np.maximum(across, down))
    shade = (np.sin(column * 12.9 + row * 78.2 + 1) * 43758.5) % 1  # a hash: each tile its own
    levels = (
        tile * (0.5 + 0.5 * shade),
        (column + row) % 2 * 0.8,
        0.5 * (across > 0.25) + 0.4 * (down > 0.2),
        tile * 0.8,
    )
    rgb = canvas.colours(levels[int(a[4] * 4)]) * (1 + 0.15 * canvas.noise(fbm()))[..., None]
    return _perhaps_relief(canvas, rgb, 0.05 * tile, a[6])


def julia(pattern: Pattern, canvas: Canvas, steps: int = 28) -> Array:
    """A Julia set, coloured by how long each point stays."""
    z = (canvas.x * 1.4 + 1j * canvas.y * 1.4).astype(np.complex64)
    constant = np.complex64(pattern.constant * (1 + canvas.rng.normal(0, 0.01)))
    stays = np.zeros_like(canvas.x)
    for _ in range(steps):
        inside = np.abs(z) < 4
        z = np.where(inside, z * z + constant, z)
        stays += inside
    return canvas.colours((stays / steps) ** 0.6)


def _perhaps_relief(canvas: Canvas, rgb: Array, height: Array, knob: float) -> Array:
    """Two patterns in three stand out of the page."""
    return canvas.relief(rgb, height) if knob > 0.3 else rgb


def _pixels(centre: float, radius: float, side: int) -> slice:
    first, last = ((centre + sign * radius + 1) * side / 2 for sign in (-1, 1))
    return slice(max(int(first), 0), max(min(int(last), side), 0))

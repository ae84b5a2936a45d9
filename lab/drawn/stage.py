"""The picture in progress: a smooth union of ellipsoids, its shading, and compositing with depth.

Everything is seen in orthographic view, so an ellipsoid is a quadratic in the picture plane: its depth and
the distance to its outline come in closed form, edges are anti-aliased from that distance, and nothing is
supersampled. Parts join by a smooth maximum of their depths (Quilez, "smooth minimum").
"""

from typing import NamedTuple

import numpy as np

from .geometry import ORIGIN, Ellipsoid, Matrix, Quadric, prepare
from .light import Light
from .noise import Array, smoothstep
from .planes import empty_like_planes, planes

Window = tuple[slice, slice]


class Surface(NamedTuple):
    """What a union of parts shows in a window of the picture; arrays of the window's shape."""

    window: Window
    depth: Array  # towards the viewer, head radii
    distance: Array  # signed distance to the outline, > 0 inside, head radii
    weight: Array


class Stage:
    """A picture with depth, into which surfaces are put from back to front.

    background: (height, width, 3) float32, 0..1; copied. centre_x, centre_y: pixel of the
    world's origin. scale: pixels per head radius.
    """

    def __init__(self, background: Array, light: Light, scale: float, centre_x: float, centre_y: float):
        self.height, self.width = background.shape[:2]
        self.pixel = 1 / scale
        self.u = ((np.arange(self.width) + 0.5 - centre_x) / scale).astype(np.float32)
        self.v = ((centre_y - np.arange(self.height) - 0.5) / scale).astype(np.float32)
        self._left, self._top = float(self.u[0]), float(self.v[0])
        self.rgb = planes(background)
        self.depth = np.full((self.height, self.width), -30, np.float32)
        self.cover = np.zeros((self.height, self.width), np.float32)
        self.light = light

    def window(self, left: float, right: float, bottom: float, top: float) -> Window:
        """The rows and columns of a rectangle given in world units."""
        first, last = (left - self._left) / self.pixel, (right - self._left) / self.pixel
        upper, lower = (self._top - top) / self.pixel, (self._top - bottom) / self.pixel
        rows = slice(_within(upper - 1, self.height), _within(lower + 2, self.height))
        return rows, slice(_within(first - 1, self.width), _within(last + 2, self.width))

    def blobs(
        self, parts: list[Ellipsoid], turned: Matrix, origin: np.ndarray = ORIGIN, margin: float = 0.25
    ) -> Surface | None:
        """Smooth union of parts, turned and moved into the world; None when it is out of the picture.

        margin: how far outside the outline the distance is known (for tufts and shadows).
        """
        quadrics = prepare(parts, turned, origin, margin)
        left = min(q.x - q.reach_u for q in quadrics)
        right = max(q.x + q.reach_u for q in quadrics)
        bottom = min(q.y - q.reach_v for q in quadrics)
        top = max(q.y + q.reach_v for q in quadrics)
        window = rows, columns = self.window(left, right, bottom, top)
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        if min(shape) < 3:
            return None
        depth = np.full(shape, -9, np.float32)
        distance = np.full(shape, -9, np.float32)
        weight = np.zeros(shape, np.float32)
        for quadric in quadrics:
            self._join(quadric, window, depth, distance, weight)
        return Surface(window, depth, distance, weight)

    def _join(self, q: Quadric, window: Window, depth: Array, distance: Array, weight: Array):
        """Melt one ellipsoid into the union, in its own rectangle only."""
        rows, columns = self.window(q.x - q.reach_u, q.x + q.reach_u, q.y - q.reach_v, q.y + q.reach_v)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        u, v = self.u[columns] - q.x, (self.v[rows] - q.y)[:, None]
        slope_u, slope_v = q.s00 * u + q.s01 * v, q.s01 * u + q.s11 * v
        inside = 1 - (u * slope_u + v * slope_v)
        # Outside the outline the depth falls steeply, or the edges of the rectangles would show.
        z = np.sqrt(np.abs(inside) * q.bulge) * np.where(inside > 0, np.float32(1), np.float32(-3))
        z += q.z - q.tilt_u * u - q.tilt_v * v
        d = inside / (2 * np.sqrt(slope_u * slope_u + slope_v * slope_v) + 0.05)
        part = (
            slice(rows.start - window[0].start, rows.stop - window[0].start),
            slice(columns.start - window[1].start, columns.stop - window[1].start),
        )
        share = _smooth_max(depth[part], z, q.blend)
        _smooth_max(distance[part], d, 0.4 * q.blend + 0.02)
        weight[part] += (q.weight - weight[part]) * share

    def slopes(self, depth: Array) -> tuple[Array, Array]:
        """Central differences of a depth map along u and v, clipped so that cliffs do not flare."""
        along_u, along_v = np.empty_like(depth), np.empty_like(depth)
        half = 0.5 / self.pixel
        along_u[:, 1:-1] = (depth[:, 2:] - depth[:, :-2]) * half
        along_u[:, 0], along_u[:, -1] = along_u[:, 1], along_u[:, -2]
        along_v[1:-1] = (depth[:-2] - depth[2:]) * half
        along_v[0], along_v[-1] = along_v[1], along_v[-2]
        np.clip(along_u, -2.6, 2.6, out=along_u)
        np.clip(along_v, -2.6, 2.6, out=along_v)
        return along_u, along_v

    def shade(
        self,
        depth: Array,
        albedo: Array,
        gloss: float = 0.0,
        sharpness: float = 18,
        relief: Array | None = None,
        smooth: float = 0.0,
    ) -> Array:
        """Light a depth map of colour albedo (h, w, 3): wrapped Lambert key, sky and ground, a thin rim.

        gloss: strength of the Blinn-Phong highlight, 0..1; sharpness: its exponent. relief: fine detail
        added to depth, as of hair. smooth: head radii over which creases of depth, not of the relief, are
        rounded off, as long hair does.
        """
        along_u, along_v = self.slopes(depth if relief is None or smooth else depth + relief)
        if smooth:
            radius = round(smooth / self.pixel)
            along_u, along_v = _box_blur(along_u, radius), _box_blur(along_v, radius)
            if relief is not None:
                fine_u, fine_v = self.slopes(relief)
                along_u, along_v = along_u + fine_u, along_v + fine_v
        up = 1 / np.sqrt(1 + along_u * along_u + along_v * along_v)
        facing = self.light.facing(along_u, along_v, up)
        wrapped = np.clip(facing * 0.62 + 0.38, 0, 1)
        wrapped = wrapped * (0.35 + 0.65 * wrapped)
        sky = 0.62 - 0.38 * along_v * up
        rim = (1 - up) ** 2 * (np.clip(facing + 0.45, 0, 1) * (0.35 * self.light.rim))
        extra = 0.25 * rim
        if gloss:
            extra += self.light.highlight(along_u, along_v, up) ** sharpness * gloss
        rim *= 0.6
        lit = empty_like_planes(depth.shape)
        for i, (key, ambient) in enumerate(zip(self.light.key, self.light.ambient, strict=True)):
            lit[..., i] = albedo[..., i] * (wrapped * key + sky * ambient + rim) + extra
        return lit

    def put(
        self,
        surface: Surface,
        rgb: Array,
        soft: float | Array = 1.0,
        depth_test: float | None = None,
        shadow: float = 0.0,
        shadow_width: float = 0.35,
    ) -> None:
        """Composite a lit surface over the picture.

        soft: width of the edge in pixels. depth_test: None paints over everything; a length lets nearer
        things hide it, over that many head radii. shadow: darkness of the contact shadow that it throws on
        what was put before, within shadow_width of its outline.
        """
        window, depth, distance, _ = surface
        alpha = np.clip(distance / (self.pixel * soft) + 0.5, 0, 1)
        behind = self.depth[window]
        if depth_test is not None:
            alpha = alpha * smoothstep(-depth_test, depth_test, depth - behind)
        target = self.rgb[window]
        if shadow:
            shade = np.clip(1 + distance * (1 / shadow_width), 0, 1)
            shade = shade * shade * self.cover[window] * shadow
            if depth_test is not None:
                shade = shade * smoothstep(-3 * depth_test, depth_test, depth - behind)
            target *= (1 - shade)[..., None]
        target += (rgb - target) * alpha[..., None]
        behind += (depth - behind) * (alpha > 0.5)
        self.cover[window] = np.maximum(self.cover[window], alpha)

    def world(
        self, surface: Surface, turned: Matrix, origin: np.ndarray = ORIGIN
    ) -> tuple[Array, Array, Array]:
        """Object coordinates x, y, z of the visible surface: what a solid texture is looked up with."""
        rows, columns = surface.window
        x0, y0, z0 = (float(o) for o in origin)
        u, v, z = self.u[columns] - x0, (self.v[rows] - y0)[:, None], surface.depth - z0
        r = turned.tolist()
        x, y, z = (r[0][i] * u + r[1][i] * v + r[2][i] * z for i in range(3))
        return x, y, z


def _within(index: float, size: int) -> int:
    return min(max(int(index), 0), size)


def _box_blur(values: Array, radius: int) -> Array:
    """Mean over (2 * radius + 1)² pixels, edges repeated; by running sums, so any radius costs the same."""
    if radius < 1:
        return values
    width = 2 * radius + 1
    for _ in range(2):  # along rows, then, transposed, along columns
        padded = np.pad(values, ((0, 0), (radius + 1, radius)), mode="edge")
        sums = np.cumsum(padded, axis=1)
        values = ((sums[:, width:] - sums[:, :-width]) / width).T
    return values


def _smooth_max(into: Array, other: Array, blend: float) -> Array:
    """into becomes the smooth maximum of both, in place; returns the share of other, 0..1."""
    gap = other - into
    share = gap * (0.5 / blend)
    share += 0.5
    np.maximum(share, 0, out=share)
    np.minimum(share, 1, out=share)
    gap += blend
    gap -= blend * share
    gap *= share
    into += gap
    return share

"""The little 3-D world: x to the viewer's right, y up, z towards the viewer. Rotations, and ellipsoids.

In orthographic view an ellipsoid is a quadratic form, so its depth and outline are closed formulas.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
ORIGIN = np.zeros(3)  # the middle of the head
_UNTURNED = np.eye(3)


def rotation(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Matrix:
    """(3, 3) rotation from object to world; angles in radians.

    yaw > 0 turns the face to the viewer's right, pitch > 0 looks up, roll > 0 tips to the left.
    """
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    cr, sr = math.cos(roll), math.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def along(direction: Sequence[float]) -> Matrix:
    """A rotation whose y axis points along direction (any length but zero)."""
    x, y, z = direction
    length = math.sqrt(x * x + y * y + z * z)
    x, y, z = x / length, y / length, z / length
    if abs(z) < 0.9:  # first axis: direction x (0, 0, 1), else direction x (0, 1, 0)
        size = math.hypot(x, y)
        a, b, c = y / size, -x / size, 0.0
    else:
        size = math.hypot(x, z)
        a, b, c = -z / size, 0.0, x / size
    return np.array([[a, x, b * z - c * y], [b, y, c * x - a * z], [c, z, a * y - b * x]])


class Ellipsoid(NamedTuple):
    """A part of an animal. Lengths in head radii, in the object's own axes."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    blend: float  # how far it melts into the parts before it
    weight: float = 0.0  # how far along a limb it lies, 0 trunk .. 1 tip; interpolated over the surface
    turned: Matrix | None = None  # its own rotation


class Quadric(NamedTuple):
    """An ellipsoid prepared for drawing: plain floats, so that float32 arrays stay float32."""

    x: float
    y: float
    z: float
    reach_u: float
    reach_v: float
    bulge: float
    tilt_u: float
    tilt_v: float
    s00: float
    s01: float
    s11: float
    blend: float
    weight: float


def prepare(parts: list[Ellipsoid], turned: Matrix, origin: np.ndarray, margin: float) -> list[Quadric]:
    """All parts at once: the quadratic form of each, and its outline in the picture plane."""
    centres = np.array([part.centre for part in parts], float) @ turned.T + origin
    radii = np.maximum(np.array([part.radii for part in parts], float), 0.02)
    own = np.array([_UNTURNED if part.turned is None else part.turned for part in parts])
    axes = turned @ own
    form = (axes / radii[:, None, :] ** 2) @ axes.transpose(0, 2, 1)
    depth_term = form[:, 2, 2]
    tilt = form[:, :2, 2] / depth_term[:, None]
    s00 = form[:, 0, 0] - form[:, 0, 2] * tilt[:, 0]
    s01 = form[:, 0, 1] - form[:, 0, 2] * tilt[:, 1]
    s11 = form[:, 1, 1] - form[:, 1, 2] * tilt[:, 1]
    area = s00 * s11 - s01 * s01
    columns = (
        *centres.T, np.sqrt(s11 / area) + margin, np.sqrt(s00 / area) + margin,
        1 / depth_term, *tilt.T, s00, s01, s11,
        [part.blend for part in parts], [part.weight for part in parts],
    )  # fmt: skip
    return [Quadric(*row) for row in np.array(columns).T.tolist()]

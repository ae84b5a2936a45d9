"""Rotations of the little 3-D world: x to the viewer's right, y up, z towards the viewer."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


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
    return np.array(
        [[a, x, b * z - c * y], [b, y, c * x - a * z], [c, z, a * y - b * x]],
    )

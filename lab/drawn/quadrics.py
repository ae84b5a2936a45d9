"""Ellipsoids, and their quadratic forms in orthographic view, where depth and outline are closed formulas."""

from typing import NamedTuple

import numpy as np

from .geometry import Matrix


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


_UNTURNED = np.eye(3)

"""Geometry of a batch: 3x3 matrices, their product, and the one interpolation that carries them all out.

Crop, flip, rotation, zoom and perspective warp are each a matrix; their product moves every pixel once,
so a picture is blurred by one interpolation instead of one for each change. That is the second half of
presizing (2020 lesson, "Presizing"; the matrices are those of Hartley & Zisserman, "Multiple View
Geometry", chapter 2).

Coordinates run from −1 (the left or upper edge of a picture) to 1 (the right or lower edge). A matrix maps a
place of the result (u, v, 1) to the place of the source that is shown there, so a product reads in the order
in which the picture is changed: `crop @ rotation` first crops and then rotates what was cropped.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.core.errors import BadValue

PAD_MODES = ("reflection", "border", "zeros")
_AT_ONCE = 8  # pictures converted to float at a time on a CPU: the working memory then stays in its caches


def check_pad_mode(pad_mode: str, function: str) -> str:
    """`pad_mode` when it is one of `PAD_MODES`; else a ValueError that begins with the function's name."""
    if pad_mode not in PAD_MODES:
        raise BadValue(f"{function}: pad_mode={pad_mode!r}. Use one of {', '.join(map(repr, PAD_MODES))}.")
    return pad_mode


def identity(n: int) -> Tensor:
    """n matrices that change nothing: (n, 3, 3) float32."""
    return torch.eye(3).repeat(n, 1, 1)


def crop(centre: Tensor, extent: Tensor) -> Tensor:
    """Cut out a box. centre, extent: (n, 2) float as (x, y); an extent of 1 is the whole side.

    Returns (n, 3, 3). The box lies inside the picture when |centre| + extent <= 1. A zoom by the factor z
    is the crop with the extent 1/z.
    """
    matrix = identity(len(extent))
    matrix[:, 0, 0], matrix[:, 1, 1] = extent[:, 0], extent[:, 1]
    matrix[:, :2, 2] = centre
    return matrix


def rotation(degrees: Tensor, aspect: float = 1.0) -> Tensor:
    """Turn the picture anticlockwise: (n, 3, 3). degrees: (n,) float. aspect: width / height of the result,
    which keeps angles true where it is not square, for the coordinates run from −1 to 1 on both axes.
    """
    angle = torch.deg2rad(degrees)
    cos, sin = angle.cos(), angle.sin()
    matrix = identity(len(degrees))
    matrix[:, 0, 0], matrix[:, 0, 1] = cos, -sin / aspect
    matrix[:, 1, 0], matrix[:, 1, 1] = sin * aspect, cos
    return matrix


def flip(horizontal: Tensor, vertical: Tensor, transpose: Tensor | None = None) -> Tensor:
    """Mirror the picture. Each argument: (n,) bool. Returns (n, 3, 3).

    horizontal swaps left and right, vertical swaps top and bottom, transpose swaps the axes (only
    sensible in a square); the three together give the eight symmetries of the square.
    """
    matrix = identity(len(horizontal))
    matrix[:, 0, 0] = torch.where(horizontal, -1.0, 1.0)
    matrix[:, 1, 1] = torch.where(vertical, -1.0, 1.0)
    if transpose is not None:
        matrix = torch.where(transpose[:, None, None], matrix[:, [1, 0, 2]], matrix)
    return matrix


def warp(tilt: Tensor) -> Tensor:
    """Perspective: see the picture as if it were tilted. tilt: (n, 2) float, about the x axis and the y axis.

    A tilt t about the x axis makes the upper edge see the share 1 + t of the source's width, the lower
    edge 1 − t; about the y axis the same for the left and the right edge's height. Returns (n, 3, 3): the
    homography of the four moved corners (Heckbert, "Fundamentals of Texture Mapping and Image Warping",
    1989, section 2.2.3).
    """
    a, b = tilt[:, 0], tilt[:, 1]
    one = torch.ones_like(a)
    # The four corners in the order of Heckbert's unit square: (0,0), (1,0), (1,1), (0,1).
    x0, x1, x2, x3 = -(one + a), one + a, one - a, -(one - a)
    y0, y1, y2, y3 = -(one + b), -(one - b), one - b, one + b
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g = (dx3 * dy2 - dx2 * dy3) / area
    h = (dx1 * dy3 - dx3 * dy1) / area
    rows = [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, one]
    from_unit_square = torch.stack(rows, dim=1).view(-1, 3, 3)
    to_unit_square = torch.tensor([[0.5, 0.0, 0.5], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]])
    return from_unit_square @ to_unit_square


def grid(matrices: Tensor, size: tuple[int, int]) -> Tensor:
    """Where each pixel of the result comes from: (n, h, w, 2) float32 for `grid_sample`, align_corners=False.

    matrices: (n, 3, 3). size: (h, w) of the result in pixels. Rows and columns are worked out apart and
    added, a tenth of the cost of the matrix product; a perspective is divided by only where there is one.
    """
    h, w = size
    u = (torch.arange(w, device=matrices.device) + 0.5) * (2 / w) - 1
    v = (torch.arange(h, device=matrices.device) + 0.5) * (2 / h) - 1

    def coordinate(row: int, out: Tensor | None = None) -> Tensor:
        across = matrices[:, row, 0:1] * u
        down = matrices[:, row, 1:2] * v + matrices[:, row, 2:3]
        return torch.add(across[:, None, :], down[:, :, None], out=out)

    places = torch.empty(len(matrices), h, w, 2, device=matrices.device)
    coordinate(0, out=places[..., 0])
    coordinate(1, out=places[..., 1])
    if not is_affine(matrices):
        places /= coordinate(2)[..., None]
    return places


def is_affine(matrices: Tensor) -> bool:
    """Whether none of the (n, 3, 3) matrices has a perspective: the last rows are all 0, 0, 1."""
    return bool((matrices[:, 2] == matrices.new_tensor([0.0, 0.0, 1.0])).all())


def shrinkage(matrices: Tensor, source: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """How many source pixels one result pixel steps over, along the axis where they are fewest: (n,) float.

    matrices: (n, 3, 3). source, size: (h, w) in pixels. Measured at the middle of the picture.
    """
    matrices = matrices.cpu()
    scale = matrices[:, 2:, 2:]
    slopes = matrices[:, :2, :2] / scale - matrices[:, :2, 2:] @ matrices[:, 2:, :2] / scale**2
    (height, width), (h, w) = source, size
    pixels = torch.tensor([[width / w, width / h], [height / w, height / h]])
    return (slopes * pixels).square().sum(dim=1).sqrt().amin(dim=1)


def transform_batch(
    pictures: Tensor, matrices: Tensor, size: tuple[int, int], pad_mode: str = "reflection"
) -> Tensor:
    """Carry out the matrices with one bilinear interpolation. The heart of presizing.

    pictures: (n, 3, H, W) uint8 in any memory order, or float in 0..1. matrices: (n, 3, 3) float32 on any
    device. size: (h, w) of the result. pad_mode: what lies outside the source, one of `PAD_MODES`. Returns
    (n, 3, h, w) float32 in 0..1, contiguous. A picture that shrinks by 2 or more is first averaged over whole
    blocks of pixels (as `interpolate(mode="area")`), or fine detail would turn into false patterns.
    """
    source = (pictures.shape[2], pictures.shape[3])
    result = torch.empty(len(pictures), 3, *size, device=pictures.device)
    largest = 255 if pictures.dtype == torch.uint8 else 1
    factors = (shrinkage(matrices, source, size) + 1e-4).floor().clamp_(min=1).int()
    matrices = matrices.to(pictures.device)
    at_once = _AT_ONCE if pictures.device.type == "cpu" else max(len(pictures), 1)
    for start in range(0, len(pictures), at_once):
        part = slice(start, start + at_once)
        floats, places = pictures[part].float(), grid(matrices[part], size)
        for factor, rows in _groups(factors[part]):
            reduced = _reduce(floats[rows], factor)
            sampled = F.grid_sample(reduced, places[rows], padding_mode=pad_mode, align_corners=False)
            result[part][rows] = sampled.div_(largest)
    return result


def _groups(factors: Tensor) -> list[tuple[int, slice | Tensor]]:
    """Each factor with the rows that have it; a slice, which costs no copy, when all rows have the same."""
    distinct = factors.unique().tolist()
    if len(distinct) == 1:
        return [(distinct[0], slice(None))]
    return [(factor, (factors == factor).nonzero()[:, 0]) for factor in distinct]


def _reduce(pictures: Tensor, factor: int) -> Tensor:
    """The pictures averaged over blocks of factor × factor pixels: (n, 3, h // factor, w // factor)."""
    if factor == 1:
        return pictures
    h, w = pictures.shape[2:]
    if h % factor or w % factor:
        return F.interpolate(pictures, size=(max(h // factor, 1), max(w // factor, 1)), mode="area")
    rows = sum(pictures[:, :, i::factor] for i in range(factor))  # half the time of `avg_pool2d` on a CPU
    return sum(rows[..., i::factor] for i in range(factor)) / factor**2

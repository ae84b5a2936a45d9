"""The pen of the charts without a browser: rectangles, lines and markers with smooth edges on a Pillow image.

Rectangles lie on whole pixels and are crisp. Lines and markers are drawn large as a mask, which is made
smaller and through which the colour is laid on. Places are CSS pixels; y points down.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageDraw

Box = tuple[float, float, float, float]  # left, top, right, bottom

SMOOTH = 4  # pixels of a mask along one pixel of the picture
PIECES = 12  # into which a line is cut
FARTHEST = 50_000  # CSS pixels; a curve that explodes is followed no further
DASHES = {
    "dot": (1, 1),
    "dash": (3, 3),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
}  # in line widths, of 3 px
_POLYGONS = {
    "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
}


@lru_cache(maxsize=256)
def rgba(colour: str) -> tuple[int, int, int, float]:
    """Red, green, blue 0..255 and opacity 0..1 of a colour of CSS: #rrggbb, rgb(), rgba() or a name."""
    if colour.startswith("rgba("):
        *channels, opacity = colour[5:-1].split(",")
        red, green, blue = (round(float(c)) for c in channels)
        return red, green, blue, float(opacity)
    red, green, blue, *rest = ImageColor.getrgb(colour)
    return red, green, blue, rest[0] / 255 if rest else 1.0


class Pen:
    """Draws on an RGB image that has `scale` pixels for every CSS pixel."""

    def __init__(self, image: Image.Image, scale: float) -> None:
        self.image, self.scale = image, scale

    def rectangle(
        self, box: Box, colour: str | tuple[int, ...], opacity: float = 1, clip: Box | None = None
    ) -> None:
        """Fill a box, at least one pixel wide and high; colour: as CSS writes it or three numbers."""
        if clip and not (box[0] < clip[2] and box[2] > clip[0] and box[1] < clip[3] and box[3] > clip[1]):
            return
        if clip:
            box = (*map(max, box[:2], clip[:2]), *map(min, box[2:], clip[2:]))
        left, top, right, bottom = (round(side * self.scale) for side in box)
        right, bottom = max(right, left + 1), max(bottom, top + 1)
        red, green, blue, alpha = rgba(colour) if isinstance(colour, str) else (*colour, 1.0)
        if alpha * opacity == 1:
            self.image.paste((red, green, blue), (left, top, right, bottom))
        elif alpha * opacity > 0:
            mask = Image.new("L", (right - left, bottom - top), round(255 * alpha * opacity))
            self.image.paste((red, green, blue), (left, top), mask)

    def rule(self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> None:
        """A crisp line straight across or straight down."""
        thick = max(1, round(width * self.scale)) / self.scale
        (x0, y0), (x1, y1) = start, end
        if x0 == x1:
            self.rectangle((x0 - thick / 2, min(y0, y1), x0 + thick / 2, max(y0, y1)), colour)
        else:
            self.rectangle((min(x0, x1), y0 - thick / 2, max(x0, x1), y0 + thick / 2), colour)

    def stroke(
        self,
        points: np.ndarray,
        colour: str,
        width: float,
        clip: Box,
        dash: str = "solid",
        opacity: float = 1,
    ) -> None:
        """A line through points (n, 2), with gaps where one is NaN, drawn inside the clip only."""
        points = np.clip(points, -FARTHEST, FARTHEST)
        parts = [part for part in _unbroken(points) if len(part) > 1]
        if dash != "solid":
            if dash not in DASHES:
                raise ValueError(f"to_png: the dash {dash!r} is unknown. Use solid, {', '.join(DASHES)}.")
            lengths = np.array(DASHES[dash], float) * max(width, 3)
            parts = [piece for part in parts for piece in _dashed(part, lengths)]
        if not parts:
            return
        pieces = [piece for part in parts for piece in _pieces(part)]
        every = np.concatenate(pieces)
        whole = self._box((*every.min(axis=0) - width, *every.max(axis=0) + width), clip)
        if whole is None:
            return
        mask = Image.new("L", (whole[2] - whole[0], whole[3] - whole[1]))
        for piece in pieces:
            box = self._box((*piece.min(axis=0) - width, *piece.max(axis=0) + width), clip)
            if box:
                at = (box[0] - whole[0], box[1] - whole[1], box[2] - whole[0], box[3] - whole[1])
                drawn = self._line(piece, width, box).reduce(SMOOTH)
                mask.paste(ImageChops.lighter(mask.crop(at), drawn), at)
        self._lay(mask, whole, colour, opacity)

    def _line(self, points: np.ndarray, width: float, box: tuple[int, int, int, int]) -> Image.Image:
        """The part of a line within a box of pixels, as a large mask."""
        large, draw = self._large(box)
        points = (points * self.scale - np.array(box[:2])) * SMOOTH
        thick = max(1, round(width * self.scale * SMOOTH))
        draw.line(points.ravel().tolist(), fill=255, width=thick)
        for x, y in _bends(points) if thick > 2 else ():
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2 - 1, y + thick / 2 - 1), fill=255)
        return large

    def marker(
        self,
        place: tuple[float, float],
        symbol: str,
        size: float,
        colour: str,
        clip: Box,
        outline: str = "",
        width: float = 0,
        opacity: float = 1,
    ) -> None:
        """One marker: filled, with an outline of the width; "-open" symbols have the outline alone."""
        shape, _, kind = symbol.partition("-")
        if shape not in ("circle", *_POLYGONS) or kind not in ("", "open"):
            raise ValueError(
                f"to_png: the marker {symbol!r} is unknown. Use circle, diamond, square, or -open."
            )
        if kind == "open":
            outline, width = outline or colour, width or 1
        reach = 1.3 * size / 2 + width + 1
        x, y = place
        box = self._box((x - reach, y - reach, x + reach, y + reach), clip)
        if box is None:
            return
        if not kind:
            large, draw = self._large(box)
            self._outline(draw, shape, place, size / 2, box, 255)
            self._lay(large.reduce(SMOOTH), box, colour, opacity)
        if width:
            large, draw = self._large(box)
            self._outline(draw, shape, place, (size + width) / 2, box, 255)
            self._outline(draw, shape, place, (size - width) / 2, box, 0)
            self._lay(large.reduce(SMOOTH), box, outline or colour, opacity)

    def _outline(
        self,
        draw: ImageDraw.ImageDraw,
        shape: str,
        place: tuple[float, float],
        radius: float,
        box: Box,
        fill: int,
    ) -> None:
        factor = self.scale * SMOOTH
        x, y = place[0] * factor - box[0] * SMOOTH, place[1] * factor - box[1] * SMOOTH
        radius *= factor
        if shape == "circle":
            draw.ellipse((x - radius, y - radius, x + radius - 1, y + radius - 1), fill=fill)
        else:
            draw.polygon([(x + radius * a, y + radius * b) for a, b in _POLYGONS[shape]], fill=fill)

    def _box(self, around: Box, clip: Box) -> tuple[int, int, int, int] | None:
        """The pixels that a drawing may touch; None when it lies outside the clip or the image."""
        left, top = (
            max(math.floor(max(a, c) * self.scale), 0) for a, c in zip(around, clip[:2], strict=False)
        )
        right = min(math.ceil(min(around[2], clip[2]) * self.scale), self.image.width)
        bottom = min(math.ceil(min(around[3], clip[3]) * self.scale), self.image.height)
        return (left, top, right, bottom) if left < right and top < bottom else None

    def _large(self, box: tuple[int, int, int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        large = Image.new("L", ((box[2] - box[0]) * SMOOTH, (box[3] - box[1]) * SMOOTH))
        return large, ImageDraw.Draw(large)

    def _lay(self, mask: Image.Image, box: tuple[int, int, int, int], colour: str, opacity: float) -> None:
        """Lay a colour on through a mask."""
        *fill, alpha = rgba(colour)
        if alpha * opacity < 1:
            mask = mask.point([round(value * alpha * opacity) for value in range(256)])
        self.image.paste(tuple(fill), box, mask)


def _unbroken(points: np.ndarray) -> list[np.ndarray]:
    """The stretches of points between those that have a NaN."""
    gaps = np.flatnonzero(np.isnan(points).any(axis=1))
    return [part[~np.isnan(part).any(axis=1)] for part in np.split(points, gaps)]


def _pieces(points: np.ndarray) -> list[np.ndarray]:
    """A line in pieces with small boxes; each repeats the last stroke of the one before, for the bend."""
    step = max(len(points) // PIECES, 2)
    return [points[max(i - 1, 0) : i + step + 1] for i in range(0, len(points) - 1, step)]


def _dashed(points: np.ndarray, lengths: np.ndarray) -> Iterator[np.ndarray]:
    """The dashes of a line: every other one of the lengths, in turn, is drawn."""
    along = np.concatenate([[0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    period = lengths.sum()
    for start in np.arange(0, along[-1], period):
        for i in range(0, len(lengths), 2):
            begin = start + lengths[:i].sum()
            end = min(begin + lengths[i], along[-1])
            if begin < end:
                within = along[(along > begin) & (along < end)]
                at = np.concatenate([[begin], within, [end]])
                yield np.stack([np.interp(at, along, side) for side in points.T], axis=1)


def _bends(points: np.ndarray) -> Sequence[Sequence[float]]:
    """The inner points at which the line turns so much that a gap would be seen between two strokes."""
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.hypot(*steps.T), 1e-9)
    straight = (steps[1:] * steps[:-1]).sum(axis=1) / (lengths[1:] * lengths[:-1])
    return points[1:-1][straight < 0.995].tolist()

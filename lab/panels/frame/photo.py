"""A picture with a map over it, and tiles in a grid: pieces of HTML that keep their place.

How strongly the map covers the picture is one number in a style sheet of its own, so moving a slider sends a
few bytes and no picture.
"""

from collections.abc import Sequence
from itertools import count

import ipywidgets as widgets
import numpy as np
from PIL import Image, ImageOps
from torch import Tensor

from lab.inside import colour_map
from lab.markup import data_url, escape, image
from lab.panels.frame import controls

_numbers = count(1)


class Photo:
    """The widgets of one picture: the picture, the map over it, and words below.

    The box is square and always there; before there is a picture it says `idle`.
    """

    def __init__(self, idle: str) -> None:
        self._idle, self._class = idle, f"paw-map-{next(_numbers)}"
        self.box = controls.html("", "paw-photo").add_class(self._class)
        self.style = controls.html("", "paw-sheet")
        self.words = controls.html("", "paw-photo-words")
        self.widget = widgets.VBox([self.style, self.box, self.words]).add_class("paw-photo-column")
        self._shown: tuple[Image.Image | None, Tensor | None] | None = None
        self.show(None, None, "")

    def show(self, picture: Image.Image | None, cam: Tensor | None, about: str) -> None:
        """Show a picture and, where there is one, its map (h, w) in 0..1. about: for screen readers."""
        if self._shown and picture is self._shown[0] and cam is self._shown[1]:
            return
        self._shown = (picture, cam)
        if picture is None:
            html = f"<span>{escape(self._idle)}</span>"
        else:
            html = image(picture, about)
            if cam is not None:
                html += image(heat(cam), "its map: bright where the network found the class")
        self.box.value = html

    def opacity(self, share: float) -> None:
        """How much of the map's colours is shown, 0..1."""
        rule = f".paw-panel .{self._class} img + img {{ opacity: {share:.2f}; }}"
        self.style.value = f"<style>{rule}</style>"


def heat(cam: Tensor) -> Image.Image:
    """A map (h, w) in 0..1 in the colours that `lab.overlay` gives it."""
    return Image.fromarray(colour_map(cam.numpy()))


def map_tiles(maps: Tensor, channels: Sequence[int]) -> str:
    """Maps (n, h, w) in 0..1 as a grid of tiles, of which 48 px a side are sent."""
    tiles = [_img(map_picture(one, 48), f"map {i}") for one, i in zip(maps, channels, strict=True)]
    return f'<div class="paw-maps">{"".join(tiles)}</div>'


def map_picture(one: Tensor, most: int = 128) -> Image.Image:
    """A map (h, w) in 0..1 as a picture, made smaller where a side is longer than `most`."""
    picture = heat(one)
    picture.thumbnail((most, most), Image.Resampling.BOX)
    return picture


def number_cells(numbers: Tensor) -> Image.Image:
    """Numbers (n,) as a picture of one cell each, 32 in a row, from the lowest to the highest colour."""
    values = numbers.float().numpy()
    low, high = values.min(), values.max()
    share = (values - low) / (high - low if high > low else 1)
    columns = min(32, len(values))
    cells = np.zeros(-(-len(values) // columns) * columns)
    cells[: len(values)] = share
    return Image.fromarray(colour_map(cells.reshape(-1, columns)))


def cell_tile(numbers: Tensor) -> str:
    """Numbers (n,) as one wide tile."""
    picture = number_cells(numbers)
    about = f"{len(numbers)} numbers, from {numbers.min():.2f} to {numbers.max():.2f}"
    return f'<div class="paw-cells">{_img(picture, about)}</div>'


def beside(picture: Image.Image, tiles: Sequence[Image.Image], columns: int = 8) -> Image.Image:
    """A picture and tiles of squares beside it, as one picture of the width of a snapshot."""
    side, gap, width = 528, 16, 1664
    page = Image.new("RGB", (width, side), "white")
    page.paste(ImageOps.contain(picture, (side, side), Image.Resampling.BICUBIC))
    columns = min(columns, max(len(tiles), 1))
    pitch = min((width - side - gap) // columns, side)
    for i, tile in enumerate(tiles):
        fitted = ImageOps.contain(tile, (pitch - gap // 2,) * 2, Image.Resampling.NEAREST)
        page.paste(fitted, (side + gap + i % columns * pitch, i // columns * pitch))
    return page


def _img(picture: Image.Image, about: str) -> str:
    """A small picture without loss, whose pixels the browser shows as squares."""
    source, words = data_url(picture, "PNG"), escape(about)
    return f'<img src="{source}" alt="{words}" title="{words}">'

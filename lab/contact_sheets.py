"""Contact sheets: pictures in a grid with captions under them, drawn with Pillow alone.

Batches, top losses and the drawn breeds are all shown through this one function. A picture is never
distorted, and whatever a caption holds (long names, other scripts, markup) stays in its own place.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from lab.core.errors import BadType, BadValue

from .fonts import LONGEST, cleaned, direction, font_for

RIGHT, WRONG, TEXT = "#0072B2", "#C0392B", "#1f2328"

_GAP = 8  # px around every tile
_CAPTION_SIZE, _TITLE_SIZE = 13, 15  # px
_MOST_LINES = 3  # onto which one line of a caption may wrap
_BREAKS = " _-/"
_ELLIPSIS = "…"


def contact_sheet(
    pictures: Sequence[Any],
    captions: Sequence[str] | None = None,
    ncols: int | None = None,
    tile: tuple[int, int] = (160, 160),
    colors: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Image.Image:
    r"""Return one RGB image of all `pictures`, row by row on white, each fitted into a tile.

    Parameters
    ----------
    pictures : sequence of images
        PIL images, arrays (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), tensors (3, h, w), (1, h, w) or (h, w);
        uint8, or float in 0..1.
    captions : sequence of str, optional
        One for each. "\n" begins a line; long lines wrap and then end in "…".
    ncols : int, optional
        Images in a row; by default near a square.
    tile : (width, height)
        In pixels.
    colors : sequence of str, optional
        Of each caption, such as this module's RIGHT or WRONG; None is the text colour.
    title : str, optional
        Above the sheet.

    Returns
    -------
    Image
        Of PIL.

    Raises
    ------
    ValueError
        For no pictures, captions or colours of another number, sizes below 1, and values or shapes that are
        no image.
    TypeError
        For what is neither image, array nor tensor.

    Examples
    --------
    >>> lab.contact_sheet(torch.rand(4, 3, 64, 64), tile=(80, 80)).size
    (184, 184)
    """
    images = [_as_image(picture, i) for i, picture in enumerate(pictures)]
    if not images:
        raise BadValue("contact_sheet: got no pictures. Give at least one.")
    _check_lengths(len(images), captions=captions, colors=colors)
    ncols = math.ceil(math.sqrt(len(images))) if ncols is None else min(ncols, len(images))
    if ncols < 1 or min(tile) < 1:
        raise BadValue(f"contact_sheet: ncols={ncols}, tile={tile!r}. Use 1 or more for each.")

    texts = ["" if text is None else str(text) for text in captions or [""] * len(images)]
    font = font_for([*texts, title or ""], _CAPTION_SIZE)
    lines = [wrapped(text, font, tile[0]) for text in texts]
    images = [_fitted(image, tile) for image in images]
    colors = [color or TEXT for color in colors or [TEXT] * len(images)]
    cells = list(zip(images, lines, colors, strict=True))
    rows = [cells[i : i + ncols] for i in range(0, len(cells), ncols)]

    width = _GAP + ncols * (tile[0] + _GAP)
    font_of_title = font_for([*texts, title or ""], _TITLE_SIZE)
    header = wrapped(title or "", font_of_title, width - 2 * _GAP)
    top = _GAP + (_text_height(header, font_of_title) + _GAP if header else 0)
    heights = [_row_height(row, font) for row in rows]
    sheet = Image.new("RGB", (width, top + sum(heights) + _GAP * len(rows)), "white")
    _write(sheet, header, font_of_title, (_GAP, _GAP), width - 2 * _GAP, TEXT, centred=False)
    for row, height in zip(rows, heights, strict=True):
        _draw_row(sheet, row, top, tile[0], font)
        top += height + _GAP
    return sheet


def _row_height(row: list[tuple[Image.Image, list[str], str]], font: Any) -> int:
    tallest = max(image.height for image, _, _ in row)
    text = max(_text_height(lines, font) for _, lines, _ in row)
    return tallest + (_GAP + text if text else 0)


def _draw_row(
    sheet: Image.Image, row: list[tuple[Image.Image, list[str], str]], top: int, tile_width: int, font: Any
) -> None:
    tallest = max(image.height for image, _, _ in row)
    for column, (image, lines, color) in enumerate(row):
        left = _GAP + column * (tile_width + _GAP)
        across, down = (tile_width - image.width) // 2, (tallest - image.height) // 2
        sheet.paste(image, (left + across, top + down))
        _write(sheet, lines, font, (left, top + tallest + _GAP // 2), tile_width, color)


# Pictures


def _as_image(picture: Any, index: int) -> Image.Image:
    if isinstance(picture, Image.Image):
        image = _on_white(picture)
    elif isinstance(picture, np.ndarray):
        image = _image_of_array(picture, index)
    elif hasattr(picture, "detach") and hasattr(picture, "numpy"):  # a tensor, without its library
        tensor = picture.detach().cpu()
        array = (tensor.float() if tensor.is_floating_point() else tensor).numpy()
        image = _image_of_array(np.moveaxis(array, 0, -1) if array.ndim == 3 else array, index)
    else:
        raise BadType(
            f"contact_sheet: picture {index} is a {type(picture).__name__}. "
            "Give PIL images, arrays or tensors; open a file first."
        )
    if not (image.width and image.height):
        raise BadValue(f"contact_sheet: picture {index} has size {image.size}, nothing to show.")
    return image


def _image_of_array(array: np.ndarray, index: int) -> Image.Image:
    """array: (h, w) or (h, w, 1, 3 or 4), uint8 or float in 0..1; a nan is drawn black."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 and not (array.ndim == 3 and array.shape[2] in (3, 4)):
        raise BadValue(
            f"contact_sheet: picture {index} has shape {array.shape} (colours last). Expected "
            "(h, w, 3) for an array, (3, h, w) for a tensor."
        )
    if array.dtype.kind == "f":
        array = np.nan_to_num(array, nan=0.0)
        if array.size and (array.min() < -0.05 or array.max() > 1.05):
            raise BadValue(
                f"contact_sheet: picture {index} has values {array.min():.3g} to "
                f"{array.max():.3g}; floats lie in 0..1. Undo the normalising, or divide by 255."
            )
        array = (array.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if array.dtype != np.uint8:
        raise BadValue(
            f"contact_sheet: picture {index} has type {array.dtype}. Use uint8, or floats in 0..1."
        )
    return _on_white(Image.fromarray(np.ascontiguousarray(array)))


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _fitted(image: Image.Image, tile: tuple[int, int]) -> Image.Image:
    """As large as the tile allows, with its own proportions; a side keeps at least 1 px."""
    scale = min(tile[0] / image.width, tile[1] / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    return image if size == image.size else image.resize(size, method)


# Text


def wrapped(text: str, font: Any, width: int) -> list[str]:
    """`text` as lines that fit `width` px, broken at spaces, underscores, hyphens and slashes."""
    lines = []
    for given in cleaned(text).split("\n") if text else []:
        rest, most = given[:LONGEST], len(lines) + _MOST_LINES
        while len(lines) < most - 1 and font.getlength(rest) > width:
            fitting = _how_many_fit(rest, font, width)
            cut = 1 + max(rest.rfind(mark, 0, fitting + (mark == " ")) for mark in _BREAKS)
            cut = cut or fitting
            lines.append(rest[:cut].rstrip(" "))
            rest = rest[cut:].lstrip(" ")
        if font.getlength(rest) > width:
            room = width - font.getlength(_ELLIPSIS)
            rest = rest[: _how_many_fit(rest, font, room)].rstrip(" ") + _ELLIPSIS
        lines.append(rest)
    return lines


def _how_many_fit(text: str, font: Any, width: float) -> int:
    """The number of leading characters that fit `width` px, found by halving; at least 1."""
    return max(1, bisect_right(range(1, len(text) + 1), width, key=lambda n: font.getlength(text[:n])))


def _text_height(lines: list[str], font: Any) -> int:
    return len(lines) * _line_height(font)


def _line_height(font: Any) -> int:
    return sum(font.getmetrics()) + 2


def _write(
    sheet: Image.Image,
    lines: list[str],
    font: Any,
    at: tuple[int, int],
    width: int,
    color: str,
    centred: bool = True,
) -> None:
    # Each line is drawn on a strip of its own, so that no script can reach beyond its place.
    height = _line_height(font)
    for i, line in enumerate(lines):
        strip = Image.new("L", (width, height))
        left = max(0.0, (width - font.getlength(line)) / 2) if centred else 0.0
        ImageDraw.Draw(strip).text((round(left), 1), line, fill=255, font=font, direction=direction(font))
        sheet.paste(color, (at[0], at[1] + i * height), strip)


def _check_lengths(count: int, **lists: Sequence[Any] | None) -> None:
    for name, values in lists.items():
        if values is not None and len(values) != count:
            raise BadValue(f"contact_sheet: got {len(values)} {name} for {count} pictures. Give one each.")

"""A panel as one still picture: its header, what it shows, its footer.

For places where no kernel runs and JavaScript is stripped: a notebook on GitHub, a report, a page of notes.
"""

import math
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw

from lab.charts.colours import look
from lab.contact_sheets import wrapped
from lab.fonts import cleaned, direction, font_for

SCALE = 2  # pixels of the picture for one of the page, so that it is sharp on fine screens
MARGIN, GAP, LINE = 14, 8, 22  # px of the page


def drawn(figure: Any, **options: Any) -> Image.Image:
    """A plotly figure as a picture; options: those of `to_png`, which raises NoStillPicture where nothing is
    installed that draws one.
    """
    from lab.charts.static import to_png  # only wanted for pages without a kernel

    return to_png(figure, **options)


def side_by_side(left: Image.Image, right: Image.Image, gap: int = 0) -> Image.Image:
    """Two pictures in one, neither of them scaled, on the colour of the first one's corner."""
    size = (left.width + gap + right.width, max(left.height, right.height))
    both = Image.new("RGB", size, left.getpixel((0, 0)))
    both.paste(left, (0, 0))
    both.paste(right, (left.width + gap, 0))
    return both


def compose(
    texts: tuple[str, str, str], pictures: Sequence[Image.Image], foot: str, width: int
) -> Image.Image:
    """The header's texts (title, help, state), the pictures one below the other, and the footer's text.

    width: in px of the page; what is longer goes on in a second and a third line.
    """
    colours = look("light")
    inner = (width - 2 * MARGIN) * SCALE
    shown = [_fitted(picture, inner) for picture in pictures]
    looks = ((15, colours.text), (13, colours.muted), (13, colours.muted))
    head = [
        (line, *look_of)
        for words, look_of in zip(texts, looks, strict=True)
        for line in _lines(words, look_of[0], inner)
    ]
    below = _lines(foot, 12, inner)
    height = MARGIN * 2 + LINE * (len(head) + len(below)) + (GAP if foot else 0)
    pixels = height * SCALE + sum(picture.height + GAP * SCALE for picture in shown)
    page = Image.new("RGB", (width * SCALE, pixels), colours.background)
    pen = ImageDraw.Draw(page)
    frame = (0, 0, page.width - 1, page.height - 1)
    pen.rounded_rectangle(frame, radius=8 * SCALE, outline=colours.border, width=SCALE)
    y = MARGIN * SCALE
    for words, size, colour in head:
        write(pen, (MARGIN * SCALE, y), words, size, colour)
        y += LINE * SCALE
    for picture in shown:
        page.paste(picture, (MARGIN * SCALE, y + GAP * SCALE))
        y += picture.height + GAP * SCALE
    for words in below:
        write(pen, (MARGIN * SCALE, y + GAP * SCALE), words, 12, colours.text)
        y += LINE * SCALE
    return page


def _lines(words: str, size: int, width: int) -> list[str]:
    words = cleaned(words).replace("\n", " ")
    return wrapped(words, _font(words, size), width)


def _font(words: str, size: float) -> Any:
    return font_for([words], size * SCALE, system_first=True)


def _fitted(picture: Image.Image, width: int) -> Image.Image:
    if picture.width == width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)


def write(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    words: str,
    size: float,
    colour: str,
    most: float = math.inf,
    **options: Any,
) -> None:
    """Write one line. size: px of the page, down to 8 where the words are wider than `most` pixels. options:
    of Pillow's `text`, such as `anchor`.
    """
    font = _font(words, size)
    while size > 8 and font.getlength(words) > most:
        size -= 1 / SCALE
        font = _font(words, size)
    pen.text(place, words, fill=colour, font=font, direction=direction(font), **options)

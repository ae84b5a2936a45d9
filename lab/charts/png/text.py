"""Text of the charts without a browser: plotly's small markup, measured and drawn with Pillow.

`<br>`, `<b>` and `<i>` are obeyed and entities are decoded; every other tag is shown as it is written. Sizes
and places are CSS pixels; a picture has `scale` of its own pixels for each.
"""

import cmath
import html
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFilter

from ...fonts import LONGEST, cleaned, direction, font_for, has

# As shares of the font's size; those of the common sans-serif fonts.
ASCENT, BOX, LINE = 0.93, 1.17, 1.3
CENTRED = ASCENT - BOX / 2  # from the middle of a line down to its baseline
PLAIN = {"\u2212": "-", "÷": "/", "→": ">"}  # of the charts' own words, for a machine without fonts
SLANT = 0.2  # px to the right for every px up

_TAG = re.compile(r"<(br|/?b|/?i)\s*/?>", re.IGNORECASE)
_H_SHARE = {"left": 0.0, "center": 0.5, "right": 1.0}


class TextRun(NamedTuple):
    """Letters of one line that look the same."""

    text: str
    italic: bool
    bold: bool


@lru_cache(maxsize=2048)
def runs(text: str) -> list[list[TextRun]]:
    """The lines of a text, each as its runs."""
    lines: list[list[TextRun]] = [[]]
    italic = bold = False
    pieces = _TAG.split(text)
    for piece, tag in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        letters = cleaned(html.unescape(piece)).replace("\n", " ")[:LONGEST]
        if letters:
            lines[-1].append(TextRun(letters, italic, bold))
        tag = tag.lower()
        if tag == "br":
            lines.append([])
        elif tag.endswith("i"):
            italic = tag == "i"
        elif tag.endswith("b"):
            bold = tag == "b"
    return lines


class Writer:
    """Measures and writes in the one font that suits all texts of a figure."""

    def __init__(self, texts: Iterable[str], scale: float) -> None:
        self.scale = scale
        self._letters = "".join(
            sorted({c for t in texts for line in runs(t) for run in line for c in run.text})
        )
        self._fonts: dict[float, Any] = {}

    def _font(self, size: float) -> Any:
        if size not in self._fonts:
            pieces = [self._letters[i : i + LONGEST] for i in range(0, len(self._letters), LONGEST)]
            self._fonts[size] = font_for(pieces, size * self.scale, system_first=True)
        return self._fonts[size]

    def _runs(self, text: str, font: Any) -> list[list[TextRun]]:
        for letter, plain in PLAIN.items():
            if letter in text and not has(font, letter):
                text = text.replace(letter, plain)
        return runs(text)

    def measure(self, text: str, size: float) -> tuple[float, float]:
        """Width and height of the text."""
        font = self._font(size)
        lines = self._runs(text, font)
        width = max(sum(font.getlength(run.text) for run in line) for line in lines)
        return width / self.scale, size * (BOX + LINE * (len(lines) - 1))

    def write(
        self,
        image: Image.Image,
        text: str,
        place: tuple[float, float],
        size: float,
        colour: tuple[int, ...],
        *,
        align: str = "left",
        angle: float = 0,
    ) -> None:
        """Write the text; `place` is the baseline of its first line, at the left, center or right of it.

        The lines are aligned in the same way. angle: degrees clockwise, about the place at half its height.
        """
        font, scale = self._font(size), self.scale
        pivot = complex(place[0], place[1] - size / 2) * scale
        for i, line in enumerate(self._runs(text, font)):
            width = sum(font.getlength(run.text) for run in line)
            x, y = -width * _H_SHARE[align], (i * LINE + 0.5) * size * scale
            for run in line:
                mask, origin = _mask(run, font, angle)
                corner = pivot + complex(x, y) * _turn(angle) - origin
                image.paste(colour[:3], (round(corner.real), round(corner.imag)), mask)
                x += font.getlength(run.text)


@lru_cache(maxsize=1024)
def _mask(run: TextRun, font: Any, angle: float) -> tuple[Image.Image, complex]:
    """The letters as a mask, turned clockwise by an angle about their left end, and where that is in it."""
    ascent, descent = font.getmetrics()
    left, base = 2 + descent, ascent + 2
    size = (round(font.getlength(run.text)) + 2 * left + ascent // 4, ascent + descent + 4)
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    draw.text((left, base), run.text, fill=255, font=font, anchor="ls", direction=direction(font))
    if run.italic:
        shear = (1, SLANT, -SLANT * base, 0, 1, 0)
        mask = mask.transform(size, Image.Transform.AFFINE, shear, Image.Resampling.BICUBIC)
    if run.bold:
        mask = mask.filter(ImageFilter.MaxFilter(3))
    if not angle:
        return mask, complex(left, base)
    turned = mask.rotate(-angle, Image.Resampling.BICUBIC, expand=True)
    from_middle = complex(left - mask.width / 2, base - mask.height / 2) * _turn(angle)
    return turned, complex(turned.width / 2, turned.height / 2) + from_middle


def _turn(angle: float) -> complex:
    return cmath.rect(1, math.radians(angle))

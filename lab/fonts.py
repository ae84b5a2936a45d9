"""Which font draws a text: Pillow's own or one of the system's, whichever has its letters.

Contact sheets and the charts without a browser write names that come from files, in any script, on machines
with any fonts or none.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from PIL import ImageFont

# Pillow's own font has little beyond ASCII; these are tried in turn for all else.
SYSTEM_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
LONGEST = 400  # characters of a line that are looked at; nothing shows more


def font_for(texts: Iterable[str], size: float, *, system_first: bool = False) -> Any:
    """The first font that has every letter of the texts, else the one that lacks the fewest.

    size: pixels. system_first: Pillow's own font comes last instead of first.
    """
    letters = {letter for text in texts for letter in cleaned(text[:LONGEST])}
    shown = {letter for letter in letters if unicodedata.category(letter) not in ("Cc", "Cf")}
    names = [*SYSTEM_FONTS, None] if system_first else [None, *SYSTEM_FONTS]
    best, fewest = None, len(shown) + 1
    for name in names:
        font = _load(name, size)
        lacking = fewest if font is None else _lacking(font, shown)
        if lacking < fewest:
            best, fewest = font, lacking
        if not fewest:
            break
    return best


def cleaned(text: str) -> str:
    """Composed letters, no control characters, and nothing that cannot be encoded."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    text = text.encode("utf-8", "replace").decode("utf-8")  # file names may hold lone surrogates
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Zs") else " "
        for letter in text
    )


def direction(font: Any) -> str | None:
    """What to pass to Pillow as `direction`, so that a line runs from left to right as a whole.

    Else an Arabic label turns "truth → prediction" round. Only one of Pillow's engines can; None for others.
    """
    return "ltr" if font.layout_engine == ImageFont.Layout.RAQM else None


@lru_cache(maxsize=32)
def _load(name: str | None, size: float) -> Any | None:
    if name is None:
        return ImageFont.load_default(size)
    try:
        return ImageFont.truetype(name, size)
    except OSError:  # not on this machine: a letter that no font has is drawn as a box
        return None


@lru_cache(maxsize=4096)
def _draws(font: Any, letter: str) -> bytes:
    return bytes(font.getmask(letter))


def _lacking(font: Any, letters: set[str]) -> int:
    """How many letters `font` draws as it draws a code point that no font has."""
    box = _draws(font, "\U0010ffff")
    return sum(_draws(font, letter) == box for letter in letters)

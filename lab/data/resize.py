"""`Resize`: the first half of presizing, one picture at a time.

Each picture is brought to one size that is larger than the model needs, once, and is then kept on disk; the
second half (`lab.data.transforms`) works on whole batches of such pictures (2020 lesson, "Presizing").
"""

import math
from enum import StrEnum
from numbers import Integral
from typing import Any

import numpy as np
from PIL import Image

from lab.core.errors import BadValue
from lab.data import affine


class ResizeMethod(StrEnum):
    """The methods of `Resize` under the names of the 2020 lesson.

    Parameters
    ----------
    value : str
        "crop", "pad" or "squish".

    Raises
    ------
    ValueError
        For another value.

    Examples
    --------
    >>> lab.Resize(64, lab.ResizeMethod.Squish)
    Resize(64, method='squish')
    """

    Crop = "crop"
    Pad = "pad"
    Squish = "squish"


METHODS = tuple(method.value for method in ResizeMethod)
_LONGEST = 4  # of a panorama, "crop" keeps the middle part that is this many times longer than the crop


def as_size(size: int | tuple[int, int], function: str) -> tuple[int, int]:
    """(h, w) in pixels from one number or two. Raises ValueError that begins with the function's name."""
    pair = tuple(size) if isinstance(size, list | tuple) else (size, size)
    if len(pair) != 2 or not all(_is_length(side) for side in pair):
        raise BadValue(
            f"{function}: size={size!r}. Give a whole number of pixels, such as 224, or (height, width)."
        )
    return int(pair[0]), int(pair[1])


def _small(word: Any) -> Any:
    return word.lower() if isinstance(word, str) else word


def _is_length(side: object) -> bool:
    return isinstance(side, Integral) and not isinstance(side, bool) and side > 0


class Resize:
    """Make an item transform that brings every image to the same size, so that images can share a batch.

    Parameters
    ----------
    size : int or (int, int)
        Pixels, one number or (height, width).
    method : str or ResizeMethod
        "crop" scales the image until it just covers the size and cuts off what is longer, at a random place
        in training and in the middle in validation. "pad" scales it until it fits in, and fills the rest.
        "squish" ignores the image's proportions. Capitals will do too.
    pad_mode : str
        What "pad" fills with: "reflection", "border" or "zeros".

    Raises
    ------
    ValueError
        For any other size, method or pad_mode.

    Examples
    --------
    >>> lab.Resize(64, method="squish")(interp.open(0)).size
    (64, 64)
    """

    def __init__(
        self, size: int | tuple[int, int], method: str = "crop", pad_mode: str = "reflection"
    ) -> None:
        self.size = as_size(size, "Resize")
        name = _small(method)
        if name not in METHODS:
            sides = " For a height and a width: Resize((height, width))." if _is_length(method) else ""
            raise BadValue(f"Resize: method={method!r}. Use one of {', '.join(map(repr, METHODS))}.{sides}")
        self.method = str(name)
        self.pad_mode = affine.check_pad_mode(_small(pad_mode), "Resize")

    def __repr__(self) -> str:
        h, w = self.size
        pad_mode = f", pad_mode={self.pad_mode!r}" if self.method == "pad" else ""
        return f"Resize({h if h == w else (h, w)}, method={self.method!r}{pad_mode})"

    def __call__(self, picture: Image.Image) -> Image.Image:
        """The presized picture: for "crop" its longer side is still whole, else it has the final size."""
        h, w = self.size
        if self.method == "squish":
            return picture.resize((w, h), Image.Resampling.BILINEAR)
        if self.method == "crop":
            picture = _middle(picture, _LONGEST * max(w / h, 1.0), _LONGEST * max(h / w, 1.0))
            scale = max(h / picture.height, w / picture.width)
            covering = (max(w, round(picture.width * scale)), max(h, round(picture.height * scale)))
            return picture.resize(covering, Image.Resampling.BILINEAR)
        scale = min(h / picture.height, w / picture.width)
        inside = (
            min(w, max(1, round(picture.width * scale))),
            min(h, max(1, round(picture.height * scale))),
        )
        return self._pad(picture.resize(inside, Image.Resampling.BILINEAR))

    def presize(self, picture: Image.Image) -> np.ndarray:
        """The presized RGB picture as a uint8 array (h', w', 3); this is what the cache holds."""
        return np.asarray(self(picture))

    def crop(self, array: np.ndarray, offset: float = 0.5) -> np.ndarray:
        """The final (h, w, 3) part of a presized array: an exact slice, no interpolation.

        offset: 0 for the upper or left end of what is longer, 1 for the other end, 0.5 for the middle.
        """
        (h, w), (rows, columns) = self.size, array.shape[:2]
        top = min(int(offset * (rows - h + 1)), rows - h)
        left = min(int(offset * (columns - w + 1)), columns - w)
        return array[top : top + h, left : left + w]

    def config(self) -> dict[str, Any]:
        """All that defines this transform, as JSON; `from_config` makes it again."""
        return {"size": list(self.size), "method": self.method, "pad_mode": self.pad_mode}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Resize":
        """The transform that `config` described."""
        return cls(**config)

    def _pad(self, picture: Image.Image) -> Image.Image:
        (h, w), array = self.size, np.asarray(picture)
        rows, columns = h - picture.height, w - picture.width
        margins = ((rows // 2, rows - rows // 2), (columns // 2, columns - columns // 2), (0, 0))
        mode = {"reflection": "symmetric", "border": "edge", "zeros": "constant"}[self.pad_mode]
        return Image.fromarray(np.pad(array, margins, mode=mode))


def _middle(picture: Image.Image, widest: float, tallest: float) -> Image.Image:
    """The picture without the ends of a panorama: at most `widest` times wider than high, and the like."""
    w, h = picture.size
    width, height = min(w, math.ceil(h * widest)), min(h, math.ceil(w * tallest))
    if (width, height) == (w, h):
        return picture
    left, top = (w - width) // 2, (h - height) // 2
    return picture.crop((left, top, left + width, top + height))

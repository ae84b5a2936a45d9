"""From any mode of a Pillow picture to upright RGB: what a viewer would show.

Grey, palette, transparent, CMYK and 16-bit pictures are converted, transparency is laid on white, and the
turn that a camera noted in the Exif block is carried out.
"""

from typing import Any

import numpy as np
from PIL import Image

from lab.core.errors import BadValue

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in mode RGB; itself when it is that already. ValueError for floating-point pixels."""
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        image.load()
        return image
    if mode.startswith("I"):
        return _eight_bits(image).convert("RGB")
    if mode == "F":
        raise BadValue(
            "its pixels are floating-point numbers; save it with 8 or 16 bits, or give its array in 0..1"
        )
    if mode == "La":
        return to_rgb(image.convert("LA"))
    if mode in ("LA", "PA", "RGBA", "RGBa") or (mode in ("L", "P", "RGB") and "transparency" in image.info):
        layer = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    if mode == "P" and image.palette is not None and image.palette.mode == "RGBA":
        return to_rgb(image.convert("RGBA"))
    return image.convert("RGB")


def check_rgb(cls: Any, function: str) -> None:
    """Raise ValueError for a mode or class of picture that is not RGB, such as "L" or fastai's PILImageBW."""
    name = cls if isinstance(cls, str) else getattr(cls, "__name__", repr(cls))
    if name not in ("RGB", "PILImage", "Image"):
        raise BadValue(
            f"{function}: got cls={name}. Every picture is opened as RGB, a grey one with three equal "
            "channels, so leave cls out; for a network of one channel pass "
            "batch_tfms=lambda x, train, generator: x[:, :1] / 255."
        )


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture turned as the Exif orientation 1..8 says."""
    turn = _TURNS.get(orientation)
    if turn is None:
        return picture
    turned = picture.transpose(turn)
    turned.info.pop("exif", None)  # it would have the picture turned again wherever it is opened next
    return turned


def turned_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(width, height) after `upright`."""
    return size if orientation < 5 else (size[1], size[0])


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits (or 32) scaled to 8; Pillow's own conversion of mode I clips to mostly white.

    Mode I does not say how many of its 32 bits are meant; the brightest pixel tells whether 8, 16 or all.
    """
    values = np.asarray(image)
    values = values.astype(np.uint32) if image.mode != "I" else values.astype(np.int64).clip(min=0)
    brightest = 65535
    if image.mode == "I":
        peak = values.max(initial=0)
        brightest = next(limit for limit in (255, 65535, 2**31 - 1) if peak <= limit)
    return Image.fromarray(((values * 255 + brightest // 2) // brightest).astype(np.uint8))

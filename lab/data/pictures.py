"""From a file to an upright RGB picture, or to one sentence that says why not.

The content decides what a file is, never its extension. Grey, palette, transparent, CMYK, 16-bit and
rotated pictures all become what a viewer would show; of an animation the first frame is taken. Decoding
runs in many threads at once, so nothing global is touched: sizes are checked before decoding and no warning
filter is changed.
"""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from lab.data import jpeg
from lab.data.broken import (
    BrokenPicture,
    cut_off,
    text_beginning,
    what_it_is,
    why_not_decoded,
    why_not_read,
)
from lab.progress import Progress

Source = str | os.PathLike | bytes | BinaryIO | Image.Image

MAX_PIXELS = 200_000_000  # a picture of more is refused before it is decoded: 600 MB as RGB
MAX_BYTES = 1_000_000_000  # a file of more is not read into memory
# Only these decoders see the bytes; some of Pillow's others start programs (EPS) or take anything (TGA).
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000")

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(source: Source, smallest: int | None = None) -> Image.Image:
    """The picture in `source`, decoded whole, upright, in mode RGB.

    source: a path, the bytes of a file, a binary file object, or a PIL picture. Transparency is laid on
    white. smallest: the short side in pixels that you need; a JPEG may then come smaller, by 1/2, 1/4 or
    1/8, but never shorter than that, which saves most of the decoding time. None: full size. Raises
    BrokenPicture for everything else: a file that is missing, empty, cut off, text, or over MAX_PIXELS.
    """
    if not isinstance(source, Image.Image | str | os.PathLike | bytes) and not hasattr(source, "read"):
        raise TypeError(
            f"open_picture: a {type(source).__name__} came; one picture was expected. Give a path, a PIL "
            "picture, or the bytes of a file."
        )
    if smallest is not None and smallest < 1:
        raise ValueError(f"open_picture: smallest is {smallest!r}; a length of 1 pixel or more was expected.")
    path, data = (None, b"") if isinstance(source, Image.Image) else _read(source)
    try:
        return _from_pillow(source) if isinstance(source, Image.Image) else _from_bytes(path, data, smallest)
    except BrokenPicture:
        raise
    except Exception as problem:  # Pillow's decoders raise many types on bad bytes
        raise BrokenPicture(path, why_not_decoded(len(data), problem)) from problem


def from_array(array: np.ndarray) -> Image.Image:
    """The picture in an array of uint8: (h, w, 3), or (h, w) when it is grey. TypeError for any other."""
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise TypeError(
            f"picture: an array of {array.dtype} with the shape {array.shape} came; uint8 with the shape "
            "(height, width, 3) was expected. For numbers from 0 to 1: (255 * array).astype('uint8')."
        )
    return Image.fromarray(array)


def picture_size(source: str | os.PathLike) -> tuple[int, int]:
    """(width, height) in pixels of the upright picture, from the file's header alone: nothing is decoded.

    Raises BrokenPicture when the header cannot be read.
    """
    path = Path(source)
    try:
        with path.open("rb") as file:
            head = file.read(1 << 18)
            if jpeg.is_jpeg(head):
                header = jpeg.read_header(head)
                if header.size is None:  # a long preamble of thumbnails and profiles
                    header = jpeg.read_header(head + file.read())
                if header.size is None:
                    raise BrokenPicture(path, cut_off(path.stat().st_size))
                return _turned(header.size, jpeg.orientation(header.exif))
            if not head:
                raise BrokenPicture(path, "is empty (0 bytes)")
            with _identify(file, path, head) as image:
                if image.format == "TIFF":  # Pillow's versions differ in whether its size is upright yet
                    width, height, turn = (image.tag_v2.get(tag, 1) for tag in (256, 257, 274))
                    return _turned((width, height), turn)
                return _turned(image.size, jpeg.orientation(image.info.get("exif")))
    except OSError as problem:
        raise BrokenPicture(path, why_not_read(path, problem)) from problem


def check_pictures(paths: Iterable[str | os.PathLike], workers: int | None = None) -> dict[Path, str]:
    """Decode every picture and return those that fail: path -> reason, in the order of `paths`; {} when all
    are whole.

    workers: threads; by default one per core, at most 16. JPEGs are decoded at an eighth of their size,
    which reads every byte all the same.
    """
    paths = [Path(path) for path in paths]
    broken: dict[Path, str] = {}
    with (
        ThreadPoolExecutor(workers or min(os.cpu_count() or 1, 16)) as pool,
        Progress(len(paths), "checking pictures") as progress,
    ):
        for path, reason in zip(paths, pool.map(_reason, paths), strict=True):
            if reason is not None:
                broken[path] = reason
            progress.update(1)
    return broken


def _from_pillow(image: Image.Image) -> Image.Image:
    _check_size(None, image.size)
    return _upright(_to_rgb(image), jpeg.orientation(image.info.get("exif")))


def _from_bytes(path: Path | None, data: bytes, smallest: int | None) -> Image.Image:
    header = jpeg.read_header(data) if jpeg.is_jpeg(data) else None
    plain = data if header is None else jpeg.without_metadata(data, header)
    with _identify(BytesIO(plain), path, data) as image:
        _check_size(path, image.size)
        if smallest is not None:
            image.draft("RGB", (smallest, smallest))
        image.load()
        exif = image.info.get("exif") if header is None else header.exif
        # Pillow turns a TIFF upright by itself while it decodes.
        turn = 1 if image.format == "TIFF" else jpeg.orientation(exif)
        return _upright(_to_rgb(image), turn)


def _reason(path: Path) -> str | None:
    try:
        open_picture(path, smallest=1)
    except BrokenPicture as problem:
        return problem.reason
    return None


def _read(source: Source) -> tuple[Path | None, bytes]:
    """(the path, where there is one, and all bytes of the file)."""
    path = Path(source) if isinstance(source, (str, os.PathLike)) else None
    try:
        if path is None:
            data = source if isinstance(source, bytes) else source.read()
        elif (size := path.stat().st_size) > MAX_BYTES:
            raise BrokenPicture(path, f"is {size / 1e9:.1f} GB: over the limit of {MAX_BYTES / 1e9:g} GB")
        else:
            data = path.read_bytes()
    except OSError as problem:
        raise BrokenPicture(path, why_not_read(path, problem)) from problem
    if not data:
        raise BrokenPicture(path, "is empty (0 bytes)")
    return path, data


def _identify(file: BinaryIO, path: Path | None, head: bytes) -> Image.Image:
    """The picture in `file`, not yet decoded.

    As `Image.open`, except that only FORMATS are tried and no warning is given for a large picture, since a
    warning cannot be turned into an error in one thread alone.
    """
    if any(name not in Image.OPEN for name in FORMATS):
        Image.init()
    failure: Exception | None = None
    for name in FORMATS:
        factory, accept = Image.OPEN.get(name, (None, None))
        accepted = accept(head[:16]) if factory is not None and accept is not None else False
        if isinstance(accepted, str):  # this Pillow was built without that format
            raise BrokenPicture(path, f"cannot be read here: {accepted}")
        if accepted:
            try:
                file.seek(0)
                return factory(file, "")
            except Exception as problem:  # as in open_picture: many types on bad bytes
                failure = problem
    if failure is None or text_beginning(head):
        raise BrokenPicture(path, what_it_is(head)) from failure
    size = file.seek(0, os.SEEK_END)
    raise BrokenPicture(path, why_not_decoded(size, failure)) from failure


def _check_size(path: Path | None, size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise BrokenPicture(
            path,
            f"is {width} x {height} pixels: over the limit of {MAX_PIXELS // 1_000_000} million "
            "(a decompression bomb? Else make it smaller)",
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    mode = image.mode
    if mode == "RGB" and "transparency" not in image.info:
        image.load()
        return image
    if mode.startswith("I"):
        return _eight_bits(image).convert("RGB")
    if mode == "F":
        raise ValueError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or (
        mode in ("L", "P", "RGB") and "transparency" in image.info
    ):
        layer = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(layer, mask=layer.getchannel("A"))
        return white
    if mode == "P" and image.palette is not None and image.palette.mode == "RGBA":
        return _to_rgb(image.convert("RGBA"))
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """A grey picture of 16 bits (or 32) scaled to 8. Pillow's own conversion of mode I clips instead, to
    mostly white."""
    values = np.asarray(image)
    values = values.astype(np.uint32) if image.mode != "I" else values.astype(np.int64).clip(min=0)
    brightest = 65535 if image.mode != "I" or values.max(initial=0) <= 65535 else 2**31 - 1
    return Image.fromarray(((values * 255 + brightest // 2) // brightest).astype(np.uint8))


def _upright(picture: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    if turn is None:
        return picture
    upright = picture.transpose(turn)
    upright.info.pop("exif", None)  # it would have the picture turned again wherever it is opened next
    return upright


def _turned(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    return size if orientation < 5 else (size[1], size[0])

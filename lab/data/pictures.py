"""From a file to an upright RGB picture, or to one sentence that says why not.

The content decides what a file is, never its extension. Grey, palette, transparent, CMYK, 16-bit and
rotated pictures all become what a viewer would show; of an animation the first frame is taken. Decoding
runs in many threads at once, so nothing global is touched (no warning filter): sizes are checked before it.
"""

import os
from collections.abc import Iterable
from inspect import iscoroutine
from io import BytesIO, TextIOBase
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.data import jpeg
from lab.data.accepted import Source, is_in_memory, kind_of, refuse
from lab.data.arrays import from_array
from lab.data.broken import (
    BrokenPicture,
    cut_off,
    is_bug,
    text_beginning,
    what_it_is,
    why_not_decoded,
    why_not_read,
)
from lab.data.machine import in_threads
from lab.data.modes import to_rgb, turned_size, upright
from lab.progress import Progress

MAX_PIXELS = 200_000_000  # a picture of more is refused before it is decoded: 600 MB as RGB
MAX_BYTES = 1_000_000_000  # a file of more is not read into memory
EXACT_PIXELS = 25_000_000  # an exact picture of no more is always decoded at full size,
EXACT_SCALE = 8  # a larger one at this many times the length that is needed, or more
# Only these decoders see the bytes; some of Pillow's others start programs (EPS) or take anything (TGA).
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000")


def open_picture(source: Source, smallest: int | None = None, exact: bool = False) -> Image.Image:
    """The picture in `source`, decoded whole, upright, in mode RGB.

    source: a path, the bytes of a file, an open binary file (read from its start; its position stays), a PIL
    picture, or an array or tensor as `from_array` takes it. Transparency is laid on white. Only files and PIL
    pictures carry the note that they must be turned; an array is taken as it is. smallest: the short side in
    pixels that you need; a JPEG may then come smaller, by 1/2, 1/4 or 1/8, but never shorter than that, which
    saves most of the decoding time. None: full size. exact: what is resized to `smallest` must look as if it
    had been decoded at full size; so only a JPEG of more than EXACT_PIXELS comes smaller, for the memory's
    sake, and EXACT_SCALE times longer than needed, which differs by about as much as rounding to 8 bits.
    Raises BrokenPicture for a file that is missing, empty, cut off, text, or over MAX_PIXELS, TypeError for
    anything that is not a picture, ValueError for numbers out of range.
    """
    if smallest is not None and smallest < 1:
        raise BadValue(f"open_picture: smallest is {smallest!r}; expected a length of 1 pixel or more.")
    if isinstance(source, np.ndarray | Tensor):
        source = from_array(source)
    path, data = (None, b"") if isinstance(source, Image.Image) else _read(source)
    try:
        if isinstance(source, Image.Image):
            return _from_pillow(source)
        return _from_bytes(path, data, smallest, exact)
    except BrokenPicture:
        raise
    except Exception as problem:  # Pillow's decoders raise many types on bad bytes
        if is_bug(problem):
            raise
        raise BrokenPicture(path, why_not_decoded(len(data), problem)) from problem


def picture_size(source: str | os.PathLike) -> tuple[int, int]:
    """(width, height) in pixels of the upright picture, from the file's header. Raises BrokenPicture."""
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
                return turned_size(header.size, jpeg.orientation(header.exif))
            if not head:
                raise BrokenPicture(path, "is empty (0 bytes)")
            with _identify(file, path, head) as image:
                if image.format == "TIFF":  # Pillow's versions differ in whether its size is upright yet
                    width, height, turn = (image.tag_v2.get(tag, 1) for tag in (256, 257, 274))
                    return turned_size((width, height), turn)
                return turned_size(image.size, jpeg.orientation(image.info.get("exif")))
    except OSError as problem:
        raise BrokenPicture(path, why_not_read(path, problem)) from problem


def check_pictures(paths: Iterable[str | os.PathLike], workers: int | None = None) -> dict[Path, str]:
    """Decode every picture and return those that fail: path -> reason, in the order of `paths`.

    workers: threads; by default one per core, at most 16. JPEGs are decoded at an eighth of their size,
    which reads every byte all the same.
    """
    paths = [Path(path) for path in paths]
    broken: dict[Path, str] = {}
    with Progress(len(paths), "checking pictures") as progress:
        reasons = in_threads(_reason, paths, workers or min(os.cpu_count() or 1, 16))
        for path, reason in zip(paths, reasons, strict=True):
            if reason is not None:
                broken[path] = reason
            progress.update(1)
    return broken


def _from_pillow(image: Image.Image) -> Image.Image:
    _check_size(None, image.size)
    try:
        image.load()
    except Exception as problem:
        # Pillow has no word for a lazy picture whose file is gone; it fails on its own missing attributes.
        if isinstance(problem, AssertionError | AttributeError) or "closed" in str(problem):
            raise BrokenPicture(None, "was closed before it was used: open it again") from problem
        raise
    return upright(to_rgb(image), jpeg.orientation(image.info.get("exif")))


def _from_bytes(path: Path | None, data: bytes, smallest: int | None, exact: bool) -> Image.Image:
    header = jpeg.read_header(data) if jpeg.is_jpeg(data) else None
    plain = data if header is None else jpeg.without_metadata(data, header)
    with _identify(BytesIO(plain), path, data) as image:
        _check_size(path, image.size)
        if smallest is not None and not (exact and image.width * image.height <= EXACT_PIXELS):
            side = smallest * EXACT_SCALE if exact else smallest
            image.draft("RGB", (side, side))
        image.load()
        exif = image.info.get("exif") if header is None else header.exif
        # Pillow turns a TIFF upright by itself while it decodes.
        turn = 1 if image.format == "TIFF" else jpeg.orientation(exif)
        return upright(to_rgb(image), turn)


def _reason(path: Path) -> str | None:
    try:
        open_picture(path, smallest=1)
    except BrokenPicture as problem:
        return problem.reason
    return None


def _read(source: Source) -> tuple[Path | None, bytes]:
    """(the path, where there is one, and all bytes of the file)."""
    path = Path(source) if isinstance(source, str | os.PathLike) else None
    if source == "":
        raise BrokenPicture(None, "has no name: the path is an empty string")
    try:
        if path is None:
            data = _all_bytes(source)
        elif (size := path.stat().st_size) > MAX_BYTES:
            raise BrokenPicture(path, f"is {size / 1e9:.1f} GB: over the limit of {MAX_BYTES / 1e9:g} GB")
        else:
            data = path.read_bytes()
    except BrokenPicture:
        raise
    except (OSError, ValueError) as problem:  # ValueError: a closed file, or a name that no file can have
        raise BrokenPicture(path, why_not_read(path, problem)) from problem
    if not data:
        raise BrokenPicture(path, "is empty (0 bytes)")
    return path, data


def _all_bytes(source: bytes | bytearray | memoryview | BinaryIO) -> bytes:
    """The bytes of a buffer, or of an open file from its start, whose position is left as it was."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if not is_in_memory(source):
        refuse(source)
    if isinstance(source, TextIOBase):
        raise BadType("picture: got a file opened as text; open it in binary mode: open(path, 'rb').")
    seekable = hasattr(source, "seekable") and source.seekable()
    if not seekable:
        data = source.read()
    else:
        position = source.tell()
        try:
            source.seek(0)
            data = source.read()
        finally:
            source.seek(position)
    if not isinstance(data, bytes | bytearray):
        if iscoroutine(data):
            data.close()
        raise BadType(
            f"picture: reading the {type(source).__name__} gave {kind_of(data)}; expected bytes. Read it "
            "first (with await, if it is asynchronous), and give the bytes."
        )
    return bytes(data)


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
    if width * height == 0:
        raise BrokenPicture(path, f"has no pixels ({width} x {height})")
    if width * height > MAX_PIXELS:
        raise BrokenPicture(
            path,
            f"is {width} x {height} pixels: over the limit of {MAX_PIXELS // 1_000_000} million "
            "(a decompression bomb? Else make it smaller)",
        )

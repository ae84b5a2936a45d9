"""What a JPEG says before its pixels, read straight from its bytes.

Pillow reads a photo's Exif block too, but warns about the many that cameras write badly, and Python's
warnings cannot be silenced in one thread alone. So the lab finds the size and the orientation itself and
hands Pillow the picture without its metadata. Source: ITU-T T.81 annex B (markers), Exif 2.3 section 4.5
(the orientation tag).
"""

import struct
from typing import NamedTuple

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..15; the three are tables, not frames
_SCAN, _END = 0xDA, 0xD9
# Kept: APP0 (JFIF) and APP14 (Adobe: how the colours are coded). Dropped: Exif, profiles, comments.
_METADATA = (frozenset(range(0xE1, 0xF0)) - {0xEE}) | {0xFE}
_ORIENTATION = 0x0112


class Header(NamedTuple):
    """size: (width, height) in pixels as stored, None where no frame header was found; exif: the bytes after
    "Exif\\0\\0", empty when absent; pieces: the (start, end) slices of the file that are not metadata."""

    size: tuple[int, int] | None
    exif: bytes
    pieces: list[tuple[int, int]]


def is_jpeg(data: bytes) -> bool:
    """True when `data` begins as a JPEG does."""
    return data[:3] == b"\xff\xd8\xff"


def read_header(data: bytes) -> Header:
    """Walk the markers of a JPEG up to its first scan. Never raises: the decoder sees what is malformed."""
    size, exif, pieces = None, b"", []
    start, position = 0, 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:  # padding before a marker
            position += 1
            continue
        if marker in (_SCAN, _END):
            break
        (length,) = struct.unpack_from(">H", data, position + 2)
        end = position + 2 + length
        if marker in _FRAMES and position + 9 <= len(data):
            height, width = struct.unpack_from(">HH", data, position + 5)
            size = width, height
        elif marker in _METADATA:
            if marker == 0xE1 and not exif and data[position + 4 : position + 10] == b"Exif\0\0":
                exif = data[position + 10 : end]
            pieces.append((start, position))
            start = end
        position = end
    pieces.append((start, len(data)))
    return Header(size, exif, pieces)


def without_metadata(data: bytes, header: Header) -> bytes:
    """The JPEG `data` with only what its pixels need."""
    if len(header.pieces) == 1:
        return data
    return b"".join(data[start:end] for start, end in header.pieces)


def orientation(exif: bytes | None) -> int:
    """The Exif orientation 1..8 of a picture; 1 (upright) when it is absent or the block is malformed.

    exif: the block as JPEG, PNG and WebP store it, with or without "Exif\\0\\0" before it.
    """
    exif = (exif or b"").removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(order + "I", exif, 4)
        (entries,) = struct.unpack_from(order + "H", exif, first)
        for entry in range(entries):
            # An entry: tag, type, count, value; a short value sits at the front of its four bytes.
            tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, first + 2 + 12 * entry)
            if tag == _ORIENTATION:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:  # an offset that points outside the block
        return 1
    return 1

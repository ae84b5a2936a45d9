"""Python as text that cannot be read by eye, and back. It hides answers from a glance, not from a will."""

import base64
import zlib


def pack(source: str) -> str:
    """Pack a source. `hatch_build.py` does so with every exercise of the course when it makes a wheel."""
    return base64.b85encode(zlib.compress(source.encode(), 9)).decode()


def unpack(packed: str) -> str:
    """Undo `pack`."""
    return zlib.decompress(base64.b85decode(packed)).decode()

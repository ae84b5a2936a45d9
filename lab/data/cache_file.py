"""The file that holds the presized pictures: written whole or not at all, read through a memory map.

All pixels come first, then an index as JSON, then the index's length and a mark. It is written under
another name and renamed when complete; a file without the mark at its end is no cache.
"""

import errno
import json
import os
import shutil
import struct
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lab.data.home import atomic_write

RESERVE = 5 * 10**8  # bytes of the disk that a cache leaves free
_MARK = b"pawlab-1"
_TAIL = struct.Struct("<Q8s")  # the index's length, the mark
_ASK_EVERY = 1 << 26  # bytes written between two looks at the free space


def read_cache_file(path: Path) -> tuple[dict[str, Any], np.ndarray] | None:
    """(index, all pixels as a flat uint8 memory map) of a complete file; None when there is none."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - _TAIL.size, 0))
            length, mark = _TAIL.unpack(file.read(_TAIL.size))
            start = end - _TAIL.size - length
            if mark != _MARK or start < 0:
                return None
            file.seek(start)
            index = json.loads(file.read(length))
        os.utime(path)  # `prune` removes what was not used for longest
    except (OSError, struct.error, ValueError):
        return None  # not there, or not whole: it will be made
    if not start:
        return index, np.empty(0, np.uint8)
    return index, np.memmap(path, dtype=np.uint8, mode="r", shape=(start,))


class CacheFileWriter:
    """Writes such a file until the disk refuses; from then on it takes pictures and keeps nothing.

    A context manager. `.problem`: the OSError that the disk gave, or None. path: None writes nothing at all.
    """

    def __init__(self, path: Path | None) -> None:
        self.path, self.problem, self.written = path, None, 0
        self._file: BinaryIO | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "CacheFileWriter":
        if self.path is not None:
            self._try(self._begin)
        return self

    def __exit__(self, *error: Any) -> None:
        if error[0] is not None:
            self._stack.__exit__(*error)  # removes what was written

    def add(self, picture: np.ndarray) -> tuple[int, int, int]:
        """Append a picture (h, w, 3) uint8; returns its first byte, height and width."""
        start = self.written
        self._try(lambda: self._write(np.ascontiguousarray(picture)))
        return start, picture.shape[0], picture.shape[1]

    def finish(self, index: dict[str, Any]) -> None:
        """Write the index and give the file its name."""
        self._try(lambda: self._end(json.dumps(index).encode()))

    def _begin(self) -> None:
        temporary = self._stack.enter_context(atomic_write(self.path))
        self._file = self._stack.enter_context(temporary.open("wb"))

    def _write(self, picture: np.ndarray) -> None:
        if self.written % _ASK_EVERY < picture.nbytes:
            free = shutil.disk_usage(self.path.parent).free
            if free < RESERVE:
                raise OSError(errno.ENOSPC, f"only {free / 1e9:.1f} GB of the disk are free")
        self._file.write(picture.data)
        self.written += picture.nbytes

    def _end(self, index: bytes) -> None:
        self._file.write(index + _TAIL.pack(len(index), _MARK))
        self._stack.close()  # closes the file, then renames it

    def _try(self, step: Callable[[], None]) -> None:
        if self.path is None or self.problem is not None:
            return
        try:
            step()
        except OSError as error:
            self.problem = error
            with suppress(OSError):  # closing a file on a full disk fails a second time
                self._stack.__exit__(type(error), error, error.__traceback__)

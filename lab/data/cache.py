"""The presized cache: every picture decoded and resized once, then read from a memory map.

Decoding is what makes loading slow, and it gives the same pixels in every epoch. So the results of the
item transforms are kept as uint8 in one file under a name made of all that they depend on (each picture's
path, size and time, the transforms): another picture or another size can never meet stale pixels. The
same pass finds the pictures that cannot be read, and how large the originals are.

The file: all pixels, then an index as JSON, then the index's length and a mark. It is written under
another name and renamed when complete; a file without the mark at its end is no cache.
"""

import errno
import hashlib
import json
import os
import shutil
import struct
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lab.data.broken import BrokenPicture
from lab.data.home import atomic_write, cache_dir, prune
from lab.data.machine import in_threads
from lab.data.pictures import open_picture, picture_size
from lab.data.pipeline import ItemTransforms
from lab.progress import Progress

FORMAT = 1  # raise it when the meaning of the stored bytes changes
LIMIT = 50 * 10**9  # bytes that all caches together may take; the oldest go first
RESERVE = 5 * 10**8  # bytes of the disk that a cache leaves free
_MARK = b"pawlab-1"
_TAIL = struct.Struct("<Q8s")  # the index's length, the mark
_LISTED = 20  # broken pictures named in a warning


class PictureCache:
    """What one pass over the pictures found, by the pictures' position in the list.

    sizes: (n, 2) int64, width and height of the originals, 0 where broken. broken: position -> reason.
    `array(i)` is the presized picture when `has_pixels`.
    """

    def __init__(self, index: dict[str, Any], pixels: np.ndarray | None) -> None:
        self.sizes = np.array(index["sizes"], dtype=np.int64).reshape(-1, 2)
        self.broken = {int(position): reason for position, reason in index["broken"].items()}
        self._places = np.array(index["places"], dtype=np.int64).reshape(-1, 3)  # start, height, width
        self._pixels = pixels

    @property
    def has_pixels(self) -> bool:
        """Whether the presized pictures are there; otherwise they are decoded each time."""
        return self._pixels is not None

    @property
    def shapes(self) -> np.ndarray:
        """Height and width of the presized pictures: (n, 2) int64."""
        return self._places[:, 1:]

    def array(self, position: int) -> np.ndarray:
        """The presized picture as (h', w', 3) uint8, read only."""
        start, height, width = self._places[position].tolist()
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)


def picture_cache(paths: Sequence[Path], items: ItemTransforms, threads: int) -> PictureCache:
    """The cache of these pictures: opened when it is there, else made with that many decoding threads.

    Pixels are kept when the transforms are cacheable. When they cannot be written (no room, no right),
    one warning says so, no file is left, and pictures are decoded each time.
    """
    described = {"format": FORMAT, "pixels": items.cacheable}
    if items.cacheable:
        described["items"] = items.describe()
    digest = files_digest(paths, described)
    try:
        path = cache_dir() / f"{'presized' if items.cacheable else 'checked'}-{digest}.bin"
    except OSError as error:
        return _make(paths, items, threads, None, error)
    return _open(path) or _make(paths, items, threads, path)


def files_digest(paths: Sequence[Path], described: Any) -> str:
    """A digest of the files' names, sizes and times and of `described` (JSON): 32 hexadecimal digits."""
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for path in paths:
        try:
            stat = path.stat()
            facts = f"{stat.st_size} {stat.st_mtime_ns}"
        except OSError:
            facts = "missing"
        name = os.path.abspath(path)  # noqa: PTH100  pathlib's would follow links, a step for each folder
        digest.update(f"{name}\0{facts}\n".encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


def warn_broken(broken: Sequence[tuple[Path, str]], total: int) -> None:
    """Name the pictures that are left out, each with its reason, in one warning.

    Raises ValueError when none of the `total` pictures is left.
    """
    if not broken:
        return
    listed = "".join(f"\n  '{path}' {reason}" for path, reason in broken[:_LISTED])
    if len(broken) > _LISTED:
        listed += f"\n  and {len(broken) - _LISTED} more"
    if len(broken) == total:
        raise ValueError(
            f"dataloaders: none of the {total} pictures can be read. Check that these are pictures, and "
            f"where they came from:{listed}"
        )
    verb = "picture cannot be read and is" if len(broken) == 1 else "pictures cannot be read and are"
    warnings.warn(
        f"dataloaders: {len(broken)} of {total} {verb} left out:{listed}", UserWarning, stacklevel=3
    )


def _open(path: Path) -> PictureCache | None:
    """The complete cache in `path`; None when there is none."""
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
    except (OSError, struct.error, ValueError):
        return None
    if index["pixels"] != start:
        return None
    os.utime(path)  # `prune` takes the caches that were not used for longest
    if not index["has_pixels"]:
        return PictureCache(index, None)
    pixels = np.memmap(path, dtype=np.uint8, mode="r", shape=(start,)) if start else np.empty(0, np.uint8)
    return PictureCache(index, pixels)


def _make(
    paths: Sequence[Path],
    items: ItemTransforms,
    threads: int,
    path: Path | None,
    problem: OSError | None = None,
) -> PictureCache:
    """Decode everything once; write it to `path` as far as the disk allows."""
    index: dict[str, Any] = {"sizes": [], "places": [], "broken": {}, "pixels": 0, "has_pixels": False}

    def one(picture: Path) -> tuple[tuple[int, int], np.ndarray | None] | str:
        try:
            size = picture_size(picture)
            if items.cacheable:
                return size, items.array(picture)
            open_picture(picture, smallest=1)  # decodes every byte, at an eighth of the size
            return size, None
        except BrokenPicture as broken:
            return broken.reason

    writer = _Writer(path if problem is None else None, problem)
    label = "preparing pictures" if items.cacheable else "checking pictures"
    with writer, Progress(len(paths), label) as progress:
        for position, result in enumerate(in_threads(one, paths, threads)):
            if isinstance(result, str):
                index["broken"][str(position)] = result
                size, array = (0, 0), None
            else:
                size, array = result
            index["sizes"].append(size)
            index["places"].append(writer.add(array))
            progress.update()
        writer.finish({**index, "pixels": writer.written, "has_pixels": items.cacheable})
    made = _open(path) if path is not None else None  # another process may have been quicker
    if made is None:
        _warn_not_written(writer.problem, items)
        return PictureCache(index, None)
    prune(LIMIT, keep=[path])
    return made


class _Writer:
    """Writes a cache until the disk refuses; from then on it takes pictures and does nothing with
    them.
    """

    def __init__(self, path: Path | None, problem: OSError | None = None) -> None:
        self.path, self.problem, self.written = path, problem, 0
        self._file: BinaryIO | None = None
        self._stack = ExitStack()

    def __enter__(self) -> "_Writer":
        if self.problem is None:
            self._try(self._begin)
        return self

    def __exit__(self, *error) -> None:
        if error[0] is not None:
            self._stack.__exit__(*error)  # the temporary file is removed

    def add(self, array: np.ndarray | None) -> tuple[int, int, int]:
        """Append a picture; returns its start, height and width."""
        if array is None or self.problem is not None:
            return 0, 0, 0
        start = self.written
        self._try(lambda: self._write(np.ascontiguousarray(array)))
        return start, array.shape[0], array.shape[1]

    def finish(self, index: dict[str, Any]) -> None:
        """Write the index and give the file its name."""
        if self.problem is None:
            self._try(lambda: self._end(json.dumps(index).encode()))

    def _begin(self) -> None:
        temporary = self._stack.enter_context(atomic_write(self.path))
        self._file = self._stack.enter_context(temporary.open("wb"))

    def _write(self, array: np.ndarray) -> None:
        if self.written % (1 << 26) < array.nbytes:  # now and then; asking each time would cost more
            free = shutil.disk_usage(self.path.parent).free
            if free < RESERVE:
                raise OSError(errno.ENOSPC, f"only {free / 1e9:.1f} GB of the disk are free")
        self._file.write(array.data)
        self.written += array.nbytes

    def _end(self, index: bytes) -> None:
        self._file.write(index + _TAIL.pack(len(index), _MARK))
        self._stack.close()  # closes the file, then renames it

    def _try(self, step) -> None:
        try:
            step()
        except OSError as error:
            self.problem = error
            with suppress(OSError):  # closing a file on a full disk fails a second time
                # Left with the exception, `atomic_write` removes what was written.
                self._stack.__exit__(type(error), error, error.__traceback__)


def _warn_not_written(problem: OSError, items: ItemTransforms) -> None:
    kept = "The presized pictures" if items.cacheable else "The list of checked pictures"
    instead = (
        "are decoded anew in every epoch, which is slower" if items.cacheable else "will be checked again"
    )
    warnings.warn(
        f"dataloaders: {kept} cannot be kept on disk ({problem}). Pictures {instead}. "
        "Make room, or set the environment variable PAWLAB_HOME to a folder on another disk.",
        UserWarning,
        stacklevel=2,
    )

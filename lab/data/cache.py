"""The presized cache: every picture decoded and resized once, then read from a memory map.

Decoding is what makes loading slow, and it gives the same pixels in every epoch. So the results of the
item transforms are kept as uint8 in one file under a name made of all that they depend on (each picture's
path, size and time, the transforms): another picture or another size can never meet stale pixels. The
same pass finds the pictures that cannot be read, and how large the originals are.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.core.errors import BadValue
from lab.data.broken import BrokenPicture
from lab.data.cache_file import CacheFileWriter, read_cache_file
from lab.data.home import cache_dir, prune
from lab.data.machine import in_threads
from lab.data.pictures import open_picture, picture_size
from lab.data.pipeline import ItemTransforms
from lab.process_group import stop, stop_wish
from lab.processes import first_alone
from lab.progress import Progress

FORMAT = 2  # raise it when the meaning of the stored bytes changes
LIMIT = 50 * 10**9  # bytes that all caches together may take; the oldest go first
_LISTED = 20  # broken pictures named in a warning


class PictureCache:
    """What one pass over the pictures found, by the pictures' position in the list.

    facts: each file's name, size and time when the cache was opened. sizes: (n, 2) int64, width and
    height of the originals, 0 where broken. broken: position -> reason. shapes: (n, 2) int64, height and
    width of the presized pictures, and `array(i)` those pictures, when `has_pixels`.
    """

    def __init__(self, facts: Sequence[str], index: dict[str, Any], pixels: np.ndarray | None) -> None:
        self.facts = facts
        self.sizes = np.array(index["sizes"], dtype=np.int64).reshape(-1, 2)
        self.broken = {int(position): reason for position, reason in index["broken"].items()}
        self._places = np.array(index["places"], dtype=np.int64).reshape(-1, 3)  # start, height, width
        self.shapes = self._places[:, 1:]
        self._pixels = pixels

    @property
    def has_pixels(self) -> bool:
        """Whether the presized pictures are there; otherwise they are decoded each time."""
        return self._pixels is not None

    def __deepcopy__(self, memo: dict[int, Any]) -> "PictureCache":
        return self  # it never changes, and the pixels may be larger than the memory

    def __getstate__(self) -> dict[str, Any]:
        """The name of the file in place of the pixels, which may be many gigabytes."""
        file = getattr(self._pixels, "filename", None)
        return {**self.__dict__, "_pixels": None if file is None else os.fspath(file)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        found = None if self._pixels is None else read_cache_file(Path(self._pixels))
        self._pixels = None if found is None else found[1]  # without, pictures are decoded each time

    def array(self, position: int) -> np.ndarray:
        """The presized picture as (h', w', 3) uint8, read only."""
        start, height, width = self._places[position].tolist()
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)


@first_alone()  # the other processes of this machine find what the first one made
def picture_cache(paths: Sequence[Path], items: ItemTransforms, threads: int) -> PictureCache:
    """The cache of these pictures: opened when it is there, else made with that many decoding threads.

    Pixels are kept when the transforms are cacheable. When they cannot be written (no room, no right),
    one warning says so, no file is left, and pictures are decoded each time.
    """
    facts = file_signature(paths)
    kind = "presized" if items.cacheable else "checked"
    key = digest(facts, [FORMAT, kind, items.describe() if items.cacheable else None])
    try:
        path = cache_dir() / f"{kind}-{key}.bin"
    except OSError as error:
        path, problem = None, error
    else:
        found = read_cache_file(path)
        if found is None:
            index, problem = _make(paths, items, threads, path)
            found = read_cache_file(path)  # also when another process was quicker
        if found is not None:
            prune(LIMIT, keep=[path])
            return PictureCache(facts, found[0], found[1] if items.cacheable else None)
    if path is None:
        index, _ = _make(paths, items, threads, None)
    _warn_not_written(problem, items)
    return PictureCache(facts, index, None)


def file_signature(paths: Sequence[Path]) -> list[str]:
    """What tells whether a file is still the same: its name, its size in bytes and its time of change."""
    facts = []
    for path in paths:
        try:
            stat = path.stat()
            state = f"{stat.st_size} {stat.st_mtime_ns}"
        except OSError:
            state = "missing"
        name = os.path.abspath(path)  # noqa: PTH100  pathlib's would follow links, a step for each folder
        facts.append(f"{name}\0{state}")
    return facts


def digest(facts: Sequence[str], described: Any) -> str:
    """32 hexadecimal digits that stand for the files and for `described` (JSON)."""
    text = json.dumps([facts, described], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def warn_broken(broken: Sequence[tuple[Any, str]], total: int, note: str = "") -> None:
    """Warn of the pictures left out, with reasons and `note`; ValueError where none of `total` is left."""
    if not broken:
        return
    listed = "".join(f"\n  '{path}' {reason}" for path, reason in broken[:_LISTED])
    if len(broken) > _LISTED:
        listed += f"\n  and {len(broken) - _LISTED} more"
    if len(broken) == total:
        raise BadValue(
            f"dataloaders: none of the {total} pictures can be read. Check that these are pictures, and "
            f"where they came from:{listed}"
        )
    verb = "is" if len(broken) == 1 else "are"
    warnings.warn(
        f"dataloaders: {len(broken)} of {total} pictures cannot be read and {verb} left out:{listed}{note}",
        UserWarning,
        stacklevel=2,
    )


def _make(
    paths: Sequence[Path], items: ItemTransforms, threads: int, path: Path | None
) -> tuple[dict[str, Any], OSError | None]:
    """Decode everything once and write it to `path`; returns the index, and the disk's OSError if any."""

    def prepare(picture: Path) -> tuple[tuple[int, int], np.ndarray | None] | str:
        try:
            size = picture_size(picture)
            if items.cacheable:
                return size, items.array(picture)
            open_picture(picture, smallest=1)  # reads every byte, but decodes to an eighth of the size
            return size, None
        except BrokenPicture as broken:
            return broken.reason

    index: dict[str, Any] = {"sizes": [], "places": [], "broken": {}}
    label = "preparing pictures" if items.cacheable else "checking pictures"
    with CacheFileWriter(path) as writer, Progress(len(paths), label) as progress:
        for position, result in enumerate(in_threads(prepare, paths, threads)):
            if isinstance(result, str):
                index["broken"][position] = result
                result = (0, 0), None
            size, array = result
            index["sizes"].append(size)
            index["places"].append((0, 0, 0) if array is None else writer.add(array))
            progress.update()
            if stop_wish():
                stop()
        writer.finish(index)
    return index, writer.problem


def _warn_not_written(problem: OSError | None, items: ItemTransforms) -> None:
    kept = "the presized pictures" if items.cacheable else "the list of checked pictures"
    then = "Pictures are decoded anew in every epoch" if items.cacheable else "It is made anew next time"
    warnings.warn(
        f"dataloaders: {kept} cannot be kept on disk ({problem}). {then}, which is slower. "
        "Make room, or set the environment variable PAWLAB_HOME to a folder on another disk.",
        UserWarning,
        stacklevel=2,
    )

"""Where the lab keeps things on disk, and how it writes them, so that no half file is taken for a whole one.

Everything is written under a temporary name beside its target and renamed when complete, because a rename
within one folder is atomic on Linux, macOS and Windows.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PART_SUFFIX = ".part"
STALE_SECONDS = 24 * 3600  # a temporary name that nobody has touched for a day was left by a killed process


def home() -> Path:
    """The lab's own folder, not created here: PAWLAB_HOME, else the system's cache folder for "pawlab"."""
    chosen = os.environ.get("PAWLAB_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute()
    import pooch

    return Path(pooch.os_cache("pawlab"))


def cache_dir() -> Path:
    """The folder for what can be made again (presized pictures, activations); as `data_dir` otherwise."""
    return _made(home() / "cache", "cache_dir")


def data_dir() -> Path:
    """The folder for downloaded and drawn datasets, created when missing; else OSError names PAWLAB_HOME."""
    return _made(home() / "data", "data_dir")


def _made(folder: Path, asked_by: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise OSError(
            f"{asked_by}: the folder '{folder}' cannot be created ({problem}). "
            "Set the environment variable PAWLAB_HOME to a folder that you can write to."
        ) from problem
    return folder


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it becomes `path`, on any failure it is removed.

    An existing `path` is replaced only by a complete file: until then, and after a failure, the old one
    stays. Missing parent folders are created. Raises whatever the block raises, or OSError from the rename
    (on Windows: when another process holds the old file open).
    """
    path = Path(path)
    part = part_beside(path)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a new empty folder beside `path`; on success it becomes `path`, on any failure it is removed.

    An existing `path` (file or folder) is replaced as a whole, and only by a complete folder.
    """
    part = part_beside(path)
    part.mkdir()
    try:
        yield part
        replace_folder(part, path)
    finally:
        _remove(part)


def replace_folder(new: Path, path: str | os.PathLike) -> None:
    """Rename the folder `new` to `path`, which is replaced. Raises OSError, with the old one back."""
    path = Path(path)
    # A folder cannot be renamed onto a full one, so the old one steps aside first.
    old = part_beside(path)
    if path.exists():
        path.replace(old)
    try:
        new.replace(path)
    except OSError:
        if old.exists():
            old.replace(path)
        raise
    _remove(old)


def prune(limit_bytes: int, folder: Path | None = None, keep: Iterable[Path] = ()) -> list[Path]:
    """Remove the oldest entries of `folder` (default: the cache) until the rest takes at most `limit_bytes`.

    An entry is a file or a folder directly inside; its age is that of its newest file. Entries in `keep`
    stay. What a killed process left half-written goes too. Returns the paths removed, oldest first. An
    entry that cannot be removed (another program has it open) stays.
    """
    folder = cache_dir() if folder is None else Path(folder)
    kept = {Path(path).absolute() for path in keep}
    entries = []
    removed = []
    for entry in folder.iterdir() if folder.is_dir() else ():
        if _is_stale(entry):
            if _remove(entry):
                removed.append(entry)
        elif not entry.name.endswith(PART_SUFFIX):
            try:
                entries.append((*_age_and_size(entry), entry))
            except FileNotFoundError:
                continue  # another process has just removed it
    total = sum(size for _, size, _ in entries)
    for _, size, entry in sorted(entries):
        if total <= limit_bytes:
            break
        if entry.absolute() not in kept and _remove(entry):
            removed.append(entry)
            total -= size
    return removed


def part_beside(path: str | os.PathLike) -> Path:
    """A fresh temporary name beside `path`; what was left under such names long ago is removed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    start = f".{path.name}."
    for other in path.parent.iterdir():
        if other.name.startswith(start) and _is_stale(other):
            _remove(other)
    return path.with_name(f"{start}{os.getpid()}-{secrets.token_hex(4)}{PART_SUFFIX}")


def _is_stale(path: Path) -> bool:
    if not (path.name.startswith(".") and path.name.endswith(PART_SUFFIX)):
        return False
    try:
        return time.time() - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False  # its own process has just finished with it


def _age_and_size(entry: Path) -> tuple[float, int]:
    """(time of the newest change in seconds, size in bytes) of a file, or of all that is in a folder."""
    newest, size = entry.stat().st_mtime, 0
    for path in entry.rglob("*") if entry.is_dir() else (entry,):
        if path.is_file():
            stat = path.stat()
            newest, size = max(newest, stat.st_mtime), size + stat.st_size
    return newest, size


def _remove(path: Path) -> bool:
    """Remove a file or folder; True when nothing of it is left."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            return False  # open in another program: it goes next time
    return not path.exists()

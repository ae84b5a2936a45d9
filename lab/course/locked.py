"""A lock between processes, beside a file. Others wait for it; it ends with the process that holds it."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.core.errors import BadState

WAIT_SECONDS = 30.0
_EVERY = 0.05  # seconds between two tries


@contextmanager
def locked(path: str | os.PathLike, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of a file, `.name.lock` in its folder, which is created where it is missing.

    The lock's file stays: removing it would let two processes hold two files of one name. Raises
    RuntimeError when another process holds the lock for longer than `seconds`, and OSError where the folder
    cannot be written to.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("a+b") as file:
        end = time.monotonic() + seconds
        while not _take(file.fileno()):
            if time.monotonic() > end:
                raise BadState(
                    f"locked: another process has been writing to '{path}' for {seconds:g} s. Try again."
                )
            time.sleep(_EVERY)
        try:
            yield
        finally:
            _give_back(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _take(number: int) -> bool:
        os.lseek(number, 0, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(number: int) -> None:
        os.lseek(number, 0, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(number: int) -> bool:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_UN)

"""One way to show progress: a line on stderr with the time that is left, drawn by tqdm.

In a notebook it is on stdout: of a line on stderr an empty red block would stay below the cell. Work that
takes less than a second shows nothing, the line goes away at the end, and the environment variable
PAWLAB_QUIET=1 silences it (tests and notebooks that compare their output set it). What a thread in the
background prints would land in whichever notebook cell is newest: such a thread has its progress and its
sentences redirected (`redirect_progress`) to a listener that shows them, and nothing is printed.
"""

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, Self, TypeVar

from tqdm import tqdm

from lab.core.errors import BadValue
from lab.ipython import in_notebook
from lab.processes import is_first

Item = TypeVar("Item")


class Listener(Protocol):
    """Shows progress and sentences in place of the terminal."""

    def progress(self, label: str, done: int, total: int | None) -> None:
        """`done` of `total` steps; total is None where it is unknown."""

    def message(self, sentence: str) -> None:
        """A sentence that the user should read."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def redirect_progress(listener: Listener) -> Iterator[None]:
    """Within the block, and in this thread only, `listener` gets what would be printed."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def notify(sentence: str) -> None:
    """Print a sentence, or give it to the listener. Of several processes only the first one prints."""
    listener = _listener.get()
    if listener is None:
        if is_first():
            print(sentence)
    else:
        listener.message(sentence)


class _Bar(tqdm):
    # No watching thread, and a lock of threads only: tqdm's default one may start a process.
    monitor_interval = 0


_Bar.set_lock(threading.RLock())


class Progress:
    """A context manager that counts `total` steps: `with Progress(90, "decoding") as progress: ...`.

    total: number of steps; None shows a count and a rate, without the time left. label: a few words.
    Leaving the block takes the line away, after an exception or Ctrl-C as well. Raises ValueError
    for a negative total.
    """

    def __init__(self, total: int | None, label: str = "") -> None:
        if total is not None and total < 0:
            raise BadValue(f"Progress: total={total}. Give 0 or more steps, or None if unknown.")
        self._listener, self._label = _listener.get(), label
        self._done, self._total = 0, total
        self._bar = _Bar(
            total=total,
            desc=label or None,
            file=sys.stdout if in_notebook() else sys.stderr,
            disable=is_quiet() or self._listener is not None,
            leave=False,
            delay=1,
            mininterval=_seconds_between_lines(),
            dynamic_ncols=True,
        )

    def update(self, n: int = 1) -> None:
        """Count n further steps."""
        self._bar.update(n)
        if self._listener is not None:
            self._done += n
            self._listener.progress(self._label, self._done, self._total)

    def write(self, text: str) -> None:
        """Print a line of text on stdout, above the progress line."""
        if self._listener is not None:
            self._listener.message(text)
        elif is_first():
            _Bar.write(text, file=sys.stdout)

    def close(self) -> None:
        """Take the line away; a second time does nothing."""
        self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def track(iterable: Iterable[Item], total: int | None = None, label: str = "") -> Iterator[Item]:
    """The items of `iterable`, one after the other, while their progress is shown.

    total: how many there will be; by default the iterable's length where it has one.
    """
    if total is None and hasattr(iterable, "__len__"):
        total = len(iterable)
    with Progress(total, label) as progress:
        for item in iterable:
            yield item
            progress.update()


def _seconds_between_lines() -> float:
    if in_notebook():
        return 0.5
    return 0.1 if sys.stderr and sys.stderr.isatty() else 10  # in a log every redrawn line would stay


def is_quiet() -> bool:
    """Whether nothing should be shown: PAWLAB_QUIET is set and not "0", there is no stderr, or this is not
    the first of several processes.
    """
    return os.environ.get("PAWLAB_QUIET", "") not in ("", "0") or sys.stderr is None or not is_first()

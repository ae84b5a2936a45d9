"""`Background`: the thread in which a panel works; a run, a question, a drawing, a look now and then.

What is asked while one job is done replaces what waits. A slider that is dragged asks faster than images can
be drawn: so the image never lags behind the hand, and the last value wins.

Not a pool of `concurrent.futures`: Python waits for a pool's threads before it runs anybody's clean-up, so a
training that is paused would keep the kernel from ending. `benchmarks/bench_background.py`: 0.0 s, and never.
"""

import atexit
import threading
import weakref
from collections.abc import Callable
from typing import Any

_all: "weakref.WeakSet[Background]" = weakref.WeakSet()


class Background:
    """Does jobs in a thread, always the newest one; those in between are dropped.

    do: called with a job, in the thread; it may look at `outdated` and end early. name: of the thread, which
    lives only while there is something to do.
    """

    def __init__(self, do: Callable[[Any], None], name: str) -> None:
        self._do, self._name = do, name
        self._jobs: list[Any] = []  # none or one that waits
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._stopping = self._closed = False
        _all.add(self)

    @property
    def outdated(self) -> bool:
        """Whether the job that is being done is no longer wanted."""
        return bool(self._jobs) or self._stopping or self._closed

    @property
    def busy(self) -> bool:
        """Whether a job is being done or waits."""
        return self._thread is not None

    def ask(self, job: Any) -> None:
        """Do this job next, in place of one that waits; after `close` nothing is done."""
        with self._changed:
            if self._closed:
                return
            self._jobs, self._stopping = [job], False
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all is done, or for so many seconds; returns whether it is.

        From within a job it returns at once: a job cannot wait for its own end.
        """
        if self._thread is threading.current_thread():
            return False
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    def rest(self, seconds: float) -> bool:
        """From within a job: do nothing for so long, or until it is outdated; returns whether it is not."""
        with self._changed:
            return not self._changed.wait_for(lambda: self.outdated, seconds)

    def stop(self, timeout: float | None = 30) -> None:
        """Drop what waits, tell the job that is being done, and wait for its end; it can be asked again."""
        with self._changed:
            self._jobs, self._stopping = [], self._thread is not None
            self._changed.notify_all()
        self.wait(timeout)

    def close(self, timeout: float | None = 30) -> None:
        """`stop`, and do nothing ever after."""
        self._closed = True
        self.stop(timeout)

    def _run(self) -> None:
        try:
            while jobs := self._taken():
                self._do(jobs[0])
        except BaseException:
            with self._changed:
                self._end()
            raise

    def _taken(self) -> list[Any]:
        # To find nothing and to end is one step, or a job that comes between the two would wait for ever.
        with self._changed:
            jobs, self._jobs = self._jobs, []
            if not jobs:
                self._end()
            return jobs

    def _end(self) -> None:
        self._jobs, self._thread, self._stopping = [], None, False
        self._changed.notify_all()


@atexit.register
def _close_all() -> None:
    """A thread inside torch while the interpreter goes down would crash it."""
    for background in list(_all):
        background.close(0)
    for background in list(_all):
        background.wait(5)

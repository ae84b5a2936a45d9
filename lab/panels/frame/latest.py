"""`LatestOnlyWorker`: one thread that does what was asked last.

A slider that is dragged asks faster than pictures can be drawn. What is asked while one job is done replaces
what waits, so the picture never lags behind the hand and the last value always wins.
"""

import threading
from collections.abc import Callable
from typing import Any


class LatestOnlyWorker:
    """Does jobs in the background, always the newest one; those in between are dropped.

    do: called with a job, in the thread; it may look at `outdated` and end early. name: of the thread, which
    lives only while there is something to do.
    """

    def __init__(self, do: Callable[[Any], None], name: str) -> None:
        self._do, self._name = do, name
        self._jobs: list[Any] = []  # none or one that waits
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._closed = False

    @property
    def outdated(self) -> bool:
        """Whether the job that is being done is no longer wanted."""
        return bool(self._jobs) or self._closed

    @property
    def busy(self) -> bool:
        """Whether a job is being done or waits."""
        return self._thread is not None

    def ask(self, job: Any) -> None:
        """Do this job next, in place of one that waits; after `close` nothing is done."""
        with self._changed:
            if self._closed:
                return
            self._jobs = [job]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all is done, or for so many seconds; returns whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    def close(self, timeout: float | None = 30) -> None:
        """Do nothing more, and wait for the job that is being done."""
        with self._changed:
            self._closed, self._jobs = True, []
        self.wait(timeout)

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
        self._jobs, self._thread = [], None
        self._changed.notify_all()

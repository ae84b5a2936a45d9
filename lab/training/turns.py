"""Whose turn it is: one run at a time trains a learner, and others may ask it things between two batches.

A panel trains in the background while the notebook stays usable, so a cell may predict, save, or start a fit
meanwhile. A second run is refused with a sentence; a prediction waits for the end of the batch and training
waits for the prediction, so neither meets the model in the other's mode.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

from lab.training.threads import give_back_threads

T = TypeVar("T")


class Busy(RuntimeError):
    """The learner is being trained by somebody else."""


class Turns:
    """The turns of one learner. `owner`: who trains it now, in words, or None."""

    def __init__(self) -> None:
        self.owner: str | None = None
        self._claim = threading.Lock()
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._holder: int | None = None  # the thread that is alone with the model
        self._depth = 0

    @contextmanager
    def run(self, who: str) -> Iterator[None]:
        """Within the block, `who` is the only one that trains. Raises Busy when there is one already."""
        with self._claim:
            self.check(who)
            self.owner = who
        try:
            yield
        finally:
            self.owner = None

    def check(self, who: str) -> None:
        """Raise Busy when somebody trains the learner."""
        if self.owner is not None:
            raise Busy(
                f"{who}: this learner is in use by {self.owner}. Stop that, or wait until it has ended; "
                "predicting is possible meanwhile."
            )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within the block no other thread computes with the model: for a batch, a prediction, a save.

        First come, first served, so neither many batches nor many questions keep the others waiting. A thread
        that is alone already goes on.
        """
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def in_turn(self, events: Iterator[T]) -> Iterator[T]:
        """The same events of a run, each computed `alone`."""
        with closing(events):
            while True:
                with self.alone():
                    event = next(events, None)
                if event is None:
                    return
                yield event

    def _enter(self) -> None:
        me, ticket = threading.get_ident(), object()
        with self._changed:
            if self._holder == me:
                self._depth += 1
                return
            self._queue.append(ticket)
            try:
                self._changed.wait_for(lambda: self._holder is None and self._queue[0] is ticket)
                self._holder, self._depth = me, 1
            finally:  # also after an interrupt: whoever comes next must not wait for somebody who left
                self._queue.remove(ticket)
                self._changed.notify_all()

    def _leave(self) -> None:
        if self._queue:
            give_back_threads()
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._holder = None
                self._changed.notify_all()

"""The lock around a model that works in the background: one batch or one question at a time.

A panel trains in a thread while others ask the same model things. Each batch of the run, and each question,
holds the lock meanwhile, so a question sees the weights of one step and not of two. A cell needs no lock:
predictions run on a copy that shares the weights (`lab.core.evaluation`), and a second run is refused
(`Learner.claimed`).
"""

import threading
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from lab.panels.frame.threads import give_back_threads

_locks: "weakref.WeakKeyDictionary[nn.Module, LearnerLock]" = weakref.WeakKeyDictionary()


def lock_of(model: nn.Module) -> "LearnerLock":
    """The one lock of this model."""
    return _locks.setdefault(model, LearnerLock())


class LearnerLock:
    """A lock that is given in the order in which it was asked for, and again to whoever has it already."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._holder: int | None = None  # the thread that has it
        self._depth = 0

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Within the block no other thread that asks computes with the model: for a batch, or a question.

        First come, first served, so neither many batches nor many questions keep the others waiting.
        """
        self._enter()
        try:
            yield
        finally:
            self._leave()

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

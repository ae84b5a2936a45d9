"""Whose turn it is: one run at a time trains a learner, and others may ask it things between two batches.

A panel trains in the background while the notebook stays usable, so a cell may predict, save, or start a fit
meanwhile. A second run is refused with a sentence; a prediction waits for the end of the batch and training
waits for the prediction, so neither meets the model in the other's mode.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(RuntimeError):
    """The learner is being trained by somebody else."""


class Turns:
    """The turns of one learner. `owner`: who trains it now, in words, or None."""

    def __init__(self) -> None:
        self.owner: str | None = None
        self._claim = threading.Lock()
        self._batch = threading.RLock()
        self._waiting = 0

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
    def batch(self) -> Iterator[None]:
        """For the run in the background: one batch; whoever waits with a question comes first."""
        while self._waiting and not self._batch._is_owned():
            time.sleep(0.001)
        with self._batch:
            yield

    @contextmanager
    def question(self) -> Iterator[None]:
        """For whoever reads the model or changes it: within the block no batch is trained."""
        self._waiting += 1
        try:
            with self._batch:
                yield
        finally:
            self._waiting -= 1

"""`RunningPanel`: a panel that works in the background with a learner."""

from collections.abc import Callable, Iterator
from typing import Any

from lab.core.errors import BadType
from lab.core.learner import Learner
from lab.panels.frame.panel import Panel
from lab.panels.frame.worker import Worker
from lab.training.checks import LearnerBusyError


def check_learner(learn: object, who: str) -> None:
    """Raise TypeError for anything that is not a learner."""
    if not isinstance(learn, Learner):
        raise BadType(f"{who}: got a {type(learn).__name__}. Pass a Learner, for example from cnn_learner.")


class RunningPanel(Panel):
    """A panel with a worker. It is the worker's listener: sentences and progress stand in `note`.

    Subclasses call `start`, and get what happens through `feed` and `finished`, both in the worker's thread.
    """

    def __init__(self, learn: Learner) -> None:
        check_learner(learn, self.name)
        super().__init__()
        self.worker = Worker(learn, self.name)
        self.was_stopped = False

    def feed(self, event: Any) -> None:
        """Take an event into the state."""

    def finished(self) -> None:
        """The run has ended: complete, `was_stopped`, or with an `error`."""

    def start(self, begin: Callable[[], Iterator[Any]], paused: bool = False) -> None:
        """Drive the events of begin() in the background.

        Raises LearnerBusyError when the learner is in use; nothing is then changed.
        """
        before = self.was_stopped, self.error, self.note
        self.was_stopped, self.error, self.note = False, None, "starting"
        try:
            self.worker.start(begin, self._fed, self._ended, self, paused)
        except LearnerBusyError:
            self.was_stopped, self.error, self.note = before
            raise
        self.changed()

    def stop(self) -> None:
        """Stop after the batch that is being computed, and wait for that."""
        if self.worker.busy:
            self.was_stopped = True
        self.worker.stop()
        self.worker.join(30)

    def wait(self, timeout: float | None = None) -> "RunningPanel":
        """Wait until the run has ended, or for so many seconds; returns the panel."""
        self.worker.join(timeout)
        return self

    def _fed(self, event: Any) -> None:
        self.note = ""
        self.feed(event)
        self.changed(now=self.worker.state != "running")

    def _ended(self, error: Exception | None) -> None:
        self.error, self.note = error, ""
        self.finished()
        self.changed()

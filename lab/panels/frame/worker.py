"""The worker: it drives a run's events in the background, so that the notebook stays usable meanwhile.

Whether there is a next event is asked between two events only; so pause, one step and stop take effect within
one batch. The worker prints nothing: its progress and its sentences go to whoever started it.
"""

import atexit
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from functools import partial
from typing import Any, Protocol

from lab.panels.frame.background import Background
from lab.panels.frame.cells import after_every_cell
from lab.panels.frame.lock import lock_of
from lab.panels.frame.threads import give_back_threads
from lab.progress import Listener, redirect_progress


class Trained(Protocol):
    """What a worker needs of a learner."""

    model: Any

    def claimed(self, who: str) -> AbstractContextManager[None]:
        """Within the block `who` trains it. Raises LearnerBusyError when somebody does already."""


_workers: "weakref.WeakSet[Worker]" = weakref.WeakSet()


class Worker:
    """Drives the events of one run after another for a learner.

    who: who is working, for the sentence that refuses somebody else. state: "idle", "running", "paused" or
    "stopping".
    """

    def __init__(self, learn: Trained, who: str) -> None:
        self.state = "idle"
        self._learn, self._who = learn, who
        self._changed = threading.Condition()
        self._steps_due = 0
        self._background = Background(lambda drive: drive(), "pawlab")
        _workers.add(self)

    @property
    def busy(self) -> bool:
        """Whether there is a run, also a paused one."""
        return self.state != "idle"

    def start(
        self,
        begin: Callable[[], Iterator[Any]],
        on_event: Callable[[Any], None],
        on_end: Callable[[Exception | None], None],
        listener: Listener,
        paused: bool = False,
    ) -> None:
        """Drive the events that begin() gives; both callbacks are called in the thread.

        on_end: gets the error that ended the run, or None. listener: shows progress, such as that of
        computing activations. paused: do nothing until `step` or `resume`. Raises
        LearnerBusyError when the learner is in use.
        """
        claim = ExitStack()
        claim.enter_context(self._learn.claimed(self._who))
        self.state, self._steps_due = ("paused" if paused else "running"), 0
        give_back_threads()
        after_every_cell(_give_back_threads)  # a cell that computes meanwhile would slow the rest of the run
        self._background.ask(partial(self._drive, claim, begin, on_event, on_end, listener))

    def pause(self) -> None:
        """Ask for no further event."""
        self._switch("running", "paused")

    def resume(self) -> None:
        """Go on after a pause."""
        self._switch("paused", "running")

    def step(self) -> None:
        """While paused: one event more."""
        with self._changed:
            self._steps_due += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End the run after the batch that is being computed; does not wait for it."""
        with self._changed:
            if self.busy:
                self.state = "stopping"
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the run has ended. From within the worker's own callbacks it returns at once."""
        self._background.wait(timeout)

    def _switch(self, old: str, new: str) -> None:
        with self._changed:
            if self.state == old:
                self.state = new
            self._changed.notify_all()

    def _drive(
        self,
        claim: ExitStack,
        begin: Callable[[], Iterator[Any]],
        on_event: Callable[[Any], None],
        on_end: Callable[[Exception | None], None],
        listener: Listener,
    ) -> None:
        error = None
        try:
            with claim, redirect_progress(listener), ExitStack() as stack:
                lock = lock_of(self._learn.model)
                with lock.exclusive():
                    events = stack.enter_context(closing(begin()))
                while self._goes_on():
                    with lock.exclusive():
                        event = next(events, None)
                    if event is None:
                        break
                    on_event(event)
                with lock.exclusive():
                    events.close()
        except Exception as raised:  # told by whoever started the run; a thread has nobody to raise to
            error = raised
        self.state = "idle"
        on_end(error)

    def _goes_on(self) -> bool:
        """Wait while paused; False when the run should end."""
        with self._changed:
            while self.state == "paused" and not self._steps_due:
                self._changed.wait()
            self._steps_due = max(0, self._steps_due - 1)
            return self.state != "stopping"


def _give_back_threads(*_how_the_cell_went: object) -> None:
    if any(worker.busy for worker in list(_workers)):
        give_back_threads()


@atexit.register
def _stop_all() -> None:
    """`Background`, whose own clean-up comes next, waits for the threads; a paused one would not end."""
    for worker in list(_workers):
        worker.stop()

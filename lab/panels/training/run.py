"""A training run that outlives the panels which show it: the worker, how far it is, and what it has recorded.

There is one for each learner. A closed tab, a reloaded page or a cell that is run again make new views of the
same run; it is stopped with its last panel.
"""

import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import SimpleNamespace
from typing import Any

from lab.charts import epochs as record
from lab.core.events import EpochEnd, Event, Step, ValidStep
from lab.core.history import History
from lab.core.plans import Plan
from lab.downsampling import DownsampledRows
from lab.panels.frame.python import variable_of
from lab.panels.frame.worker import Worker
from lab.panels.schedule.choice import ScheduleChoice, of_learner
from lab.panels.training.choice import TrainingChoice
from lab.wording import count_text, progress_text

POINTS = 300  # of a curve; a long run never costs more per update than a short one
_runs: "weakref.WeakValueDictionary[int, TrainingRun]" = weakref.WeakValueDictionary()


class Stopped(Exception):
    """Stop was asked for while activations were computed, before the first batch."""


def run_of(learn: Any) -> "TrainingRun":
    """The run of this learner: the one that panels show already, or a new one."""
    run = _runs.get(id(learn))
    if run is None:
        run = _runs[id(learn)] = TrainingRun(learn)
    return run


class TrainingRun:
    """The state of training by hand. It is the worker's listener, and tells its `views` of every change.

    choice: what Start will do. plan, history: of the latest run. at: the latest batch; reached: progress of
    the latest training batch, as the schedule reads it. note: what is done now, other than training; told:
    what the learner said. error: what ended the run. views: panels, with `changed(now)` and `error`.
    """

    def __init__(self, learn: Any) -> None:
        self.learn = learn
        self.worker = Worker(learn, "TrainingPanel")
        self.views: weakref.WeakSet[Any] = weakref.WeakSet()
        self.choice = TrainingChoice(ScheduleChoice(**of_learner(learn)))
        self._held = 0
        self._carried_out: tuple[TrainingChoice, str] | None = None
        self._clear(None)

    def _clear(self, plan: Plan | None) -> None:
        self.plan = plan
        self.history = History()
        self.at: Step | ValidStep | None = None
        self.reached = 0.0
        self.note = self.told = self.ended = ""
        self.error: Exception | None = None
        self._rows = DownsampledRows("loss", POINTS), DownsampledRows("valid_loss", POINTS)
        self._best: dict[str, Any] | None = None
        self._train_batches = 0  # of an epoch; 0 before the first
        self._batches = 0  # training and validation batches that are done
        self._seconds = 0.0  # that they took, pauses left out

    # ------------------------------------------------------------ what can be done

    def choose(self, **choices: Any) -> None:
        """Set some of the choices of a `TrainingChoice`. Raises ValueError for what cannot be."""
        self.choice = self.choice.changed(**choices)
        self.notify()

    def start(self, paused: bool = False) -> None:
        """Train in the background. paused: wait for `step` or `resume`. Raises LearnerBusyError."""
        choice, learn = self.choice, self.learn
        plan, code = choice.schedule.plan, choice.code(learn, variable_of(learn, "learn"))

        def begin() -> Iterator[Event]:
            self._clear(plan)
            self.note = "starting"
            choice.prepare(learn)
            self.choice = choice.changed(frozen=None, precision=None)
            self._carried_out = self.choice, code
            return self._batches_of(learn.run_plan(plan))

        self.worker.start(begin, self._feed, self._end, self, paused)
        self.notify()

    def pause(self) -> None:
        """Train no further batch for now."""
        self.worker.pause()
        self.notify()

    def resume(self) -> None:
        """Go on after a pause."""
        self.worker.resume()
        self.notify()

    def step(self) -> None:
        """One batch, and pause."""
        if not self.worker.busy:
            self.start(paused=True)
        self.worker.step()

    def stop(self) -> None:
        """Stop after the batch that is being computed; does not wait for it."""
        self.worker.stop()
        self.notify()

    # ------------------------------------------------------------ its views

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within the block the run goes on although its last panel is closed: another one is being made."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    def leave(self, view: Any) -> None:
        """A panel is closed. With the last one the run is stopped, and this waits for it."""
        self.views.discard(view)
        if not self.views and not self._held:
            self.worker.stop()
            self.worker.join(30)
            _runs.pop(id(self.learn), None)

    def notify(self, now: bool = True) -> None:
        """Have the views show the state. now=False: unless they did a moment ago."""
        for view in list(self.views):
            view.changed(now)

    # ------------------------------------------------------------ what it says

    @property
    def curves(self) -> SimpleNamespace:
        """The history, thinned: `steps`, `epochs` and `total_epochs`, as the charts read them."""
        steps, epochs = (rows.rows() for rows in self._rows)
        best = self._best
        if best is not None and all(row is not best for row in epochs):
            epochs = sorted([*epochs, best], key=lambda row: row["epoch"])
        return SimpleNamespace(steps=steps, epochs=epochs, total_epochs=self.plan.epochs if self.plan else 0)

    @property
    def best(self) -> int | None:
        """The epoch, from 0, in which the metric (or the validation loss) was best."""
        return None if self._best is None else self._best["epoch"]

    @property
    def planned(self) -> Plan:
        """The plan of the run that is shown; before there is one, the plan of the choice."""
        return self.plan or self.choice.schedule.plan

    @property
    def batches(self) -> int:
        """Training batches of an epoch."""
        return self._train_batches or len(self.learn.dls.train)

    @property
    def seconds_left(self) -> float | None:
        """About how long the run will still take; None before the first batch."""
        if not self._batches:
            return None
        return self._seconds / self._batches * (self.history.total_batches - self._batches)

    @property
    def share(self) -> float:
        """How much of the run is done, 0 to 1."""
        total = self.history.total_batches
        return self._batches / total if total else 0.0

    def code(self) -> str:
        """The Python that repeats what was done, or does what is chosen."""
        if self._carried_out is not None and self._carried_out[0] == self.choice:
            return self._carried_out[1]
        return self.choice.code(self.learn, variable_of(self.learn, "learn"))

    # ------------------------------------------------------------ the worker's listener

    def progress(self, label: str, done: int, total: int | None) -> None:
        """Work before the first batch, such as computing activations. Raises Stopped to end it."""
        if self.worker.state == "stopping":
            raise Stopped
        self.note = progress_text(label, done, total)
        self.notify(now=False)

    def message(self, sentence: str) -> None:
        """A sentence of the learner's for the user."""
        self.told = sentence
        self.notify()

    # ------------------------------------------------------------ inside

    def _batches_of(self, events: Iterator[Event]) -> Iterator[Event]:
        """The batches of these events; their time is taken here, where neither pauses nor the view count.

        The end of an epoch is fed in passing: it is no batch, and "one step" should do one.
        """
        with closing(events):
            while True:
                started = time.perf_counter()
                event = next(events, None)
                self._seconds += time.perf_counter() - started
                if event is None:
                    return
                self.history = self.learn.history  # the record that this run opened
                if isinstance(event, EpochEnd):
                    self._feed(event)
                else:
                    yield event

    def _feed(self, event: Event) -> None:
        self.note = ""
        if isinstance(event, EpochEnd):
            row = self.history.epochs[-1]
            self._rows[1].add(row)
            self._best = record.better(self._best, row, self.history.metric_names)
        else:
            self.at = event
            self._batches += 1
        if isinstance(event, Step):
            self.reached, self._train_batches = event.progress, event.batches
            self._rows[0].add(self.history.steps[-1])
        self.notify(now=self.worker.state == "paused")

    def _end(self, error: Exception | None) -> None:
        epochs = len(self.history)
        stopped = isinstance(error, Stopped) or error is None
        self.error, self.note = (None if stopped else error), ""
        if self.plan is not None and epochs == self.plan.epochs:
            self.ended = f"complete · {count_text(epochs, 'epoch')}"
        else:
            steps = len(self.history.steps)
            how = "stopped" if stopped else "failed"
            self.ended = f"{how} in epoch {epochs + 1} · {count_text(steps, 'step')} trained"
        for view in list(self.views):
            view.error = self.error
        self.notify()

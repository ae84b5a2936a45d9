"""The training panel: choose a schedule, start, watch, pause, take one step, stop.

The run itself stands in `run`; this is a view of it.
"""

import time
from typing import Any

import ipywidgets as widgets
from PIL import Image

from lab.core.schedules import sgdr_cycles
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.frame.panel import Panel
from lab.panels.frame.running import check_learner
from lab.panels.frame.table import table_html, table_picture
from lab.panels.schedule.choice import KINDS, rate_text_of
from lab.panels.training import words
from lab.panels.training.charts import TrainingCharts, charts_picture
from lab.panels.training.choice import PRECISIONS, can_freeze, is_frozen, precision_of
from lab.panels.training.run import run_of

COST = 0.01  # of the time goes into showing the run, at most
VERBS = {"idle": "▶ Start", "paused": "▶ Resume"}


class TrainingPanel(Panel):
    """Train a learner by hand, while the notebook stays usable.

    All panels of a learner show the same run: a cell that is run again, or a second panel, finds it where it
    is. It is stopped by `stop()` and by closing its last panel; model and history (the last of `learn.runs`)
    keep what was learnt. From code: `choose(kind="sgdr", n_cycles=3)`, `start()`, `wait()`.

    Parameters
    ----------
    learn : Learner
        What is trained.

    Raises
    ------
    TypeError
        For anything that is not a learner.

    Examples
    --------
    >>> panel = lab.TrainingPanel(learn)
    >>> panel
    TrainingPanel: not started · learn.fit_one_cycle(3, 3e-3)
    >>> panel.close()
    """

    title = "Training"
    help = "Keep using the notebook while it trains."

    def __init__(self, learn: Any) -> None:
        check_learner(learn, self.name)
        self.run = run_of(learn)
        self._cost = 0.0  # seconds that the last refresh took
        with self.run.held():  # making this panel closes the one of the same cell
            super().__init__()
            self.run.views.add(self)
        self.error = self.run.error

    # ------------------------------------------------------------ what can be done

    def choose(self, **choices: Any) -> "TrainingPanel":
        """Choose `frozen`, `precision`, or a field of a `ScheduleChoice` (kind, lr, epochs, n_cycles,
        cycle_len, cycle_mult ...). Raises ValueError for what cannot be.
        """
        self.run.choose(**choices)
        return self

    def start(self) -> "TrainingPanel":
        """Train in the background. Raises LearnerBusyError when the learner is in use."""
        self.run.start()
        return self

    def pause(self) -> None:
        """Train no further batch for now."""
        self.run.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        self.run.resume()

    def step(self) -> None:
        """One batch; when nothing runs, the first one of a new run."""
        self.run.step()

    def stop(self) -> None:
        """Stop after the batch that is being computed, and wait for that; model and history stay."""
        if self in self.run.views:
            self.run.stop()
            self.run.worker.join(30)

    def wait(self, timeout: float | None = None) -> "TrainingPanel":
        """Wait until the run has ended, or for so many seconds; returns the panel."""
        self.run.worker.join(timeout)
        return self

    def close(self) -> None:
        """Free the widgets; with the last panel of a run, the run is stopped."""
        self.run.leave(self)
        super().close()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        return words.state(self.run)

    def status(self) -> str:
        return words.status(self.run)

    def chosen(self) -> str:
        chosen = self.run.choice.schedule
        if chosen.kind != "sgdr":
            return ""
        lengths = sgdr_cycles(chosen.n_cycles, chosen.cycle_len, chosen.cycle_mult)
        return f"cycles of {' + '.join(map(str, lengths))} = {sum(lengths)} epochs"

    def code(self) -> str:
        return self.run.code()

    def pictures(self) -> list[Image.Image]:
        return [charts_picture(self.run, self.theme), table_picture(*words.table(self.run))]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        run, chosen = self.run, self.run.choice.schedule
        self.kind = controls.choice("schedule", list(KINDS.items()), chosen.kind, self._chooser("kind"))
        self.kind.add_class("paw-label-unseen")
        self.rate = controls.text("rate", rate_text_of(chosen.lr), self._chooser("lr"))
        self.rate.add_class("paw-rate-field")
        self.epochs = controls.whole("epochs", chosen.epochs, 1, 1000, self._chooser("epochs"))
        self.n_cycles = controls.whole("cycles", chosen.n_cycles, 1, 100, self._chooser("n_cycles"))
        self.cycle_len = controls.whole("cycle length", chosen.cycle_len, 1, 100, self._chooser("cycle_len"))
        self.cycle_mult = controls.whole("multiplier", chosen.cycle_mult, 1, 10, self._chooser("cycle_mult"))
        self.frozen = controls.switch("body frozen", is_frozen(run.learn), self._chooser("frozen"))
        self.precision = controls.choice(
            "precision", PRECISIONS, precision_of(run.learn), self._chooser("precision")
        )
        self.main_button = controls.button("▶ Start", self.act(self._main), "start training", primary=True)
        self.main_button.add_class("paw-main")
        self.step_button = controls.button("▸ One step", self.act(self.step), "train one batch, then pause")
        self.stop_button = controls.button(
            "■ Stop", self.act(self.run.stop), "stop after this batch; model and history are kept"
        )
        buttons = controls.row(self.main_button, self.step_button, self.stop_button)
        buttons.add_class("paw-on-the-right")
        self.bar = controls.html("", "paw-progress")
        self.charts = TrainingCharts(run)
        self.table = controls.html("", "paw-epochs")
        self.lesson = controls.html("", "paw-lesson")
        row = controls.row(*self._fields(), buttons)
        return [row, self.bar, self.charts.widget, self.table, self.lesson]

    def _fields(self) -> list[widgets.Widget]:
        cycles = (self.n_cycles, self.cycle_len, self.cycle_mult)
        return [self.kind, self.rate, self.epochs, *cycles, self.frozen, self.precision]

    def _chooser(self, name: str) -> Any:
        def choose() -> None:
            field = {"kind": self.kind, "lr": self.rate}.get(name) or getattr(self, name)
            self.run.choose(**{name: field.value})

        return self.act(choose)

    def _main(self) -> None:
        {"idle": self.start, "running": self.pause, "paused": self.resume}.get(self.run.worker.state, str)()

    def changed(self, now: bool = True) -> None:
        """As in `Panel`; and what it costs to show the run stays a small share of the run."""
        if now or time.monotonic() - self._refreshed_at >= self._cost / COST:
            super().changed(now)

    def refresh(self) -> None:
        started = time.perf_counter()
        self._refresh_controls()
        self.bar.value = words.bar(self.run)
        self.table.value = table_html(*words.table(self.run))
        said = " ".join(filter(None, [words.lesson(self.run), self.run.told]))
        self.lesson.value = escape(said)
        self.charts.refresh(self.theme)
        self._cost = time.perf_counter() - started

    def _refresh_controls(self) -> None:
        run, chosen, state = self.run, self.run.choice.schedule, self.run.worker.state
        verb = VERBS.get(state, "❚❚ Pause")
        self.main_button.description, self.main_button.tooltip = verb, f"{verb[2:].strip()} training".lower()
        self.main_button.disabled = state == "stopping"
        self.step_button.disabled = state not in ("idle", "paused")
        self.stop_button.disabled = state not in ("running", "paused")
        controls.mark(self._root, "paw-running", state == "running")
        for field in self._fields():
            field.disabled = state != "idle"
        self.kind.value, self.rate.value = chosen.kind, rate_text_of(chosen.lr)
        for name in ("epochs", "n_cycles", "cycle_len", "cycle_mult"):
            getattr(self, name).value = getattr(chosen, name)
            controls.show(getattr(self, name), (name == "epochs") == (chosen.kind != "sgdr"))
        frozen, precision = run.choice.frozen, run.choice.precision
        controls.show(self.frozen, can_freeze(run.learn))
        self.frozen.value = is_frozen(run.learn) if frozen is None else frozen
        self.precision.value = precision or precision_of(run.learn)

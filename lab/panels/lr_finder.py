"""The learning-rate finder: run the sweep, look at the curve, click where the loss still falls steeply."""

import math
from collections.abc import Iterator
from contextlib import closing

import ipywidgets as widgets
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.charts.lr_finder import NAMES
from lab.charts.style import rate_text
from lab.core.finder import DIVERGED, LRCurve, sweep_lrs
from lab.panels.frame import parts
from lab.panels.frame.chart import Chart
from lab.panels.frame.python import lr_code, two_digits, variable_of
from lab.panels.frame.running import RunningPanel
from lab.panels.frame.snapshot import drawn
from lab.training.lr_find import LRFind

SENTENCES = {
    "minimum": "A tenth of the rate with the lowest loss: there the loss still falls, with a margin.",
    "steep": "Where the loss falls fastest: learning is quickest there.",
    "valley": "Half-way down the fall: steep yet, and far from trouble. A good first choice.",
    "slide": "The end of the steep part: the largest rate that still learns well, the boldest choice.",
}
PREFERRED = "valley"


class RateFinder:
    """The finder's state, without widgets: the runs, and the rate or the range that was chosen.

    learner: only asked for its loaders when the sweep runs. start_lr, end_lr, num_it: as `Learner.lr_find`
    has them. lr: a number, a slice(first layers, last layers), or None before a choice.
    """

    def __init__(self, learner, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100) -> None:
        self.learner = learner
        self.start_lr, self.end_lr, self.num_it = start_lr, end_lr, num_it
        self.runs: list[tuple[str, LRFind]] = []  # (what was trained, curve), the latest last
        self.current: LRFind | None = None  # the curve that grows
        self.ended = ""
        self.last: float | None = None
        self.first: float | None = None
        self.ranged = False
        self.by = ""  # the suggestion that was taken

    @property
    def lr(self) -> float | slice | None:
        if self.last is None:
            return None
        return slice(self.first, self.last) if self.ranged else self.last

    @property
    def found(self) -> LRFind | None:
        """The curve to look at: the growing one, or that of the latest run."""
        if self.current is not None:
            return self.current
        return self.runs[-1][1] if self.runs else None

    def sweep(self) -> Iterator[LRFind]:
        """A new run. Raises ValueError for a sweep that cannot be."""
        return _drawable(sweep_lrs(self.learner, self.start_lr, self.end_lr, self.num_it))

    def finish(self, stopped: bool, failed: bool) -> None:
        """The run has ended: keep its curve, and take the preferred suggestion if nothing was chosen."""
        curve, self.current = self.current, None
        if curve is None or len(curve.lrs) < 2:
            self.ended = "" if failed else "the loss was not a number from the first step on"
            self.ended = "stopped before there was a curve" if stopped else self.ended
            return
        steps = len(curve.lrs)
        if stopped:
            how = "stopped"
        elif steps < self.num_it or curve.smoothed[-1] > DIVERGED * min(curve.smoothed):
            how = "stopped: the loss diverged"
        else:
            how = "complete"
        self.ended = f"{steps} of {self.num_it} steps · {how}"
        self.runs.append((f"{len(self.runs) + 1}: {_trained(self.learner)}", curve))
        if self.last is None:
            self.take(PREFERRED)

    def take(self, suggestion: str) -> None:
        """Choose a suggestion of the latest run; without effect where the curve has none."""
        rate = self.found.suggestions.get(suggestion) if self.found else None
        if rate is not None:
            self.choose(rate)
            self.by = suggestion

    def choose(self, rate: float, of_first: bool = False) -> None:
        """Choose the rate, of the last layers or, in a range, of the first ones; rounded to two digits.

        The ends of a range stay in order. Raises ValueError for a rate that is none.
        """
        if not (math.isfinite(rate) and rate > 0):
            raise ValueError(f"Rate: {rate!r} came. A rate is a number above 0, such as 3e-3.")
        rate, self.by = two_digits(rate), ""
        if of_first:
            self.first, self.last = rate, max(self.last, rate)
        else:
            self.last = rate
            self.first = min(self.first, rate) if self.ranged and self.first else two_digits(rate / 100)

    def choose_nearest_end(self, rate: float) -> None:
        """A click on the curve: in a range it moves the end that is nearer."""
        nearer_first = self.ranged and abs(math.log(rate / self.first)) < abs(math.log(rate / self.last))
        self.choose(rate, of_first=nearer_first)

    def clear(self) -> None:
        """Forget all runs but the latest."""
        self.runs = self.runs[-1:]


class LRFinderPanel(RunningPanel):
    """Run the learning-rate finder and choose a rate, or a range of rates, by clicking on the curve.

    learn: a `Learner`; it is left bit-identical. start_lr, end_lr, num_it: as in `Learner.lr_find`.
    `panel.lr` is the number or slice, ready for `learn.fit_one_cycle(3, panel.lr)`. Further runs are drawn
    over the earlier ones (before and after unfreezing).
    """

    title = "Learning-rate finder"
    help = "Click the curve where the loss still falls steeply."

    def __init__(self, learn, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100) -> None:
        super().__init__(learn)
        self.finder = RateFinder(learn, start_lr, end_lr, num_it)

    # ------------------------------------------------------------ what can be done

    @property
    def lr(self) -> float | slice | None:
        """The chosen rate: a number, a slice(first layers, last layers), or None before a choice."""
        return self.finder.lr

    def run(self) -> "LRFinderPanel":
        """Start the sweep in the background; `wait` waits for it.

        Raises LearnerBusyError when the learner is in use.
        """
        self.start(self.finder.sweep)
        return self

    def feed(self, curve: LRFind) -> None:
        self.finder.current = curve

    def finished(self) -> None:
        self.finder.finish(self.was_stopped, self.error is not None)

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        if self.worker.busy:
            return "running"
        return self.finder.ended or "not run yet"

    def status(self) -> str:
        if self.note or not self.worker.busy:
            return self.note or self.state()
        steps = len(self.finder.current.lrs) if self.finder.current else 0
        return f"step {steps} of {self.finder.num_it}"

    def chosen(self) -> str:
        lr = self.lr
        if lr is None:
            return ""
        words = f"{rate_text(lr.start)} to {rate_text(lr.stop)}" if self.finder.ranged else rate_text(lr)
        by = f" ({NAMES.get(self.finder.by, self.finder.by)})" if self.finder.by else ""
        return f"chosen {words}{by}"

    def code(self) -> str:
        if self.lr is None:
            return ""
        return f"{variable_of(self.finder.learner, 'learn')}.fit_one_cycle(3, {lr_code(self.lr)})"

    def pictures(self) -> list[Image.Image]:
        return [drawn(self._figure())] if self.finder.found else []

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        finder = self.finder
        self.run_button = parts.button("▶ Run", self.act(self.run), "run the sweep", primary=True)
        self.stop_button = parts.button(
            "■ Stop", self.act(self.stop), "stop the sweep; the model is put back"
        )
        self.clear_button = parts.button("Clear", self.act(finder.clear), "forget the earlier runs")
        self.suggestion_buttons = {
            name: parts.button(NAMES.get(name, name), self.act(lambda name=name: finder.take(name)), sentence)
            for name, sentence in SENTENCES.items()
        }
        self.chart = Chart(self._clicked)
        self.rate = parts.text("chosen", "", self.act(lambda: finder.choose(_number(self.rate.value))))
        self.first_rate = parts.text(
            "first layers", "", self.act(lambda: finder.choose(_number(self.first_rate.value), of_first=True))
        )
        low, high = math.log10(finder.start_lr), math.log10(finder.end_lr)
        self.slider = parts.log_slider("", low, high, self.act(lambda: finder.choose(self.slider.value)))
        self.range_switch = parts.switch("range for layer groups", False, self.act(self._switch_range))
        self.choosing = parts.row(self.first_rate, self.rate, self.slider, self.range_switch)
        return [
            parts.row(
                self.run_button,
                self.stop_button,
                self.clear_button,
                parts.spacer(),
                parts.group(parts.note("Suggestions"), *self.suggestion_buttons.values()),
            ),
            self.chart.widget,
            self.choosing,
        ]

    def _clicked(self, trace: str, _index: int, rate: float) -> None:
        if trace == "smoothed":  # a click finds the nearest point of every curve, earlier runs among them
            self.act(lambda: self.finder.choose_nearest_end(rate))()

    def _switch_range(self) -> None:
        self.finder.ranged = self.range_switch.value

    def refresh(self) -> None:
        finder, busy = self.finder, self.worker.busy
        self.run_button.disabled, self.stop_button.disabled = busy, not busy
        parts.show(self.clear_button, len(finder.runs) > 1)
        there = finder.found.suggestions if finder.found and not busy else {}
        for name, button in self.suggestion_buttons.items():
            rate = there.get(name)
            button.disabled = rate is None
            value = f" {rate_text(rate)}" if rate else ""
            button.description = f"{NAMES.get(name, name)}{value}"
            parts.mark(button, "paw-on", finder.by == name)
        parts.show(self.choosing, finder.last is not None)
        parts.show(self.first_rate, finder.ranged)
        self.range_switch.value = finder.ranged
        if finder.last is not None:
            self.rate.description = "last layers" if finder.ranged else "chosen"
            self.rate.value, self.slider.value = rate_text(finder.last), finder.last
            self.first_rate.value = rate_text(finder.first)
        if finder.found:
            self.chart.show(self._figure())
        else:
            self.chart.say("Run: the rate grows at every step, and the loss is drawn.", self.theme)

    def _figure(self) -> go.Figure:
        finder = self.finder
        earlier = finder.runs if finder.current is not None else finder.runs[:-1]
        return draw(
            "lr_find",
            finder.found,
            chosen=finder.lr,
            earlier=earlier[-3:],
            ends=(finder.start_lr, finder.end_lr),
            named=False,
            theme=self.theme,
        )


def _drawable(curves: Iterator[LRCurve]) -> Iterator[LRFind]:
    with closing(curves):  # type: ignore[type-var]
        yield from map(LRFind.of, curves)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"Rate: {text!r} is not a number. Write it as 0.003 or 3e-3.") from None


def _trained(learner) -> str:
    """What a run trained, in two words."""
    frozen = getattr(learner.model, "frozen_groups", 0)
    if not frozen:
        return "all layers"
    return "head only" if frozen == len(learner.groups()) - 1 else "last layers"

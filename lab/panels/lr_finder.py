"""The learning-rate finder: run the sweep, look at the curve, click where the loss still falls steeply."""

import math
from functools import partial

import ipywidgets as widgets
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.charts.lr_finder import NAMES
from lab.core.errors import BadValue
from lab.core.learner import Learner
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.python import lr_code, variable_of
from lab.panels.frame.running import RunningPanel
from lab.panels.frame.snapshot import drawn
from lab.panels.rate_finder import CAREFUL, RateFinder
from lab.training.lr_find import LRFind
from lab.wording import rate_text

SENTENCES = {
    "minimum": "A tenth of the rate with the lowest loss: still falling there, with room to spare.",
    "steep": "Where the loss falls fastest: the model learns quickest there.",
    "valley": "Halfway down the slope: still steep, and well away from trouble. A good first choice.",
    "slide": "The end of the steep part: the largest rate that still learns well. The boldest choice.",
    CAREFUL: "A tenth of the rate where the loss starts to rise: with no clear fall, stay well below that.",
}
NO_FALL = "No clear fall: click well left of the rise."
TITLES = {**NAMES, CAREFUL: "well before the rise"}


class LRFinderPanel(RunningPanel):
    """Run the learning-rate finder and choose a rate, or a range of rates, by clicking on the curve.

    `panel.lr` is the number or slice, ready for `learn.fit_one_cycle(3, panel.lr)`. Further runs are drawn
    over the earlier ones (before and after unfreezing).

    Parameters
    ----------
    learn : Learner
        It is left bit-identical.
    start_lr, end_lr : float
        The first and the last learning rate of the sweep, as in `Learner.lr_find`.
    num_it : int
        How many batches it takes.

    Raises
    ------
    TypeError
        For anything that is not a learner.

    Examples
    --------
    >>> panel = lab.LRFinderPanel(learn, num_it=50)
    >>> panel
    LRFinderPanel: not run yet
    >>> panel.close()
    """

    title = "Learning-rate finder"
    help = "Click where the loss falls steeply."

    def __init__(
        self, learn: Learner, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100
    ) -> None:
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

    def choose(self, lr: float | slice) -> "LRFinderPanel":
        """Choose a rate, or a slice(first layers, last layers), as a click does; rounded to two digits.

        slice(rate) is for the last layers and gives the first ones a hundredth. Raises ValueError for an
        impossible rate; nothing is changed then.
        """
        self.finder.choose_rates(lr)
        self.changed()
        return self

    def feed(self, curve: LRFind) -> None:
        self.finder.current = curve

    def finished(self) -> None:
        self.finder.finish(self.was_stopped, self.error is not None)

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        if self.worker.busy:
            return "running"
        return f"{self._how_it_ended()} · no clear fall" if self._falls_nowhere() else self._how_it_ended()

    def advice(self) -> str:
        return NO_FALL if self._falls_nowhere() else self.help

    def _how_it_ended(self) -> str:
        return self.finder.ended or "not run yet"

    def _falls_nowhere(self) -> bool:
        """Whether the run is over and its curve suggests nothing."""
        found = None if self.worker.busy else self.finder.found
        return found is not None and not any(found.suggestions.values())

    def status(self) -> str:
        if self.note or not self.worker.busy:
            return self.note or self._how_it_ended()
        steps = len(self.finder.current.lrs) if self.finder.current else 0
        return f"step {steps} of {self.finder.num_it}"

    def chosen(self) -> str:
        lr = self.lr
        if lr is None:
            return ""
        words = f"{rate_text(lr.start)} to {rate_text(lr.stop)}" if self.finder.ranged else rate_text(lr)
        by = f" ({TITLES.get(self.finder.by, self.finder.by)})" if self.finder.by else ""
        old = f" on an earlier run ({self.finder.chosen_for})" if self.finder.outdated else ""
        return f"chosen {words}{by}{old}"

    def code(self) -> str:
        if self.lr is None:
            return ""
        return f"{variable_of(self.finder.learner, 'learn')}.fit_one_cycle(3, {lr_code(self.lr)})"

    def pictures(self) -> list[Image.Image]:
        return [drawn(self._figure())] if self.finder.found else []

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        finder = self.finder
        self.run_button = controls.button("▶ Run", self.act(self.run), "run the sweep", primary=True)
        self.stop_button = controls.button(
            "■ Stop", self.act(self.stop), "stop the sweep; the model is restored"
        )
        self.clear_button = controls.button("Clear", self.act(finder.clear), "remove the earlier runs")
        self.suggestion_buttons = {
            name: controls.button(TITLES.get(name, name), self.act(partial(finder.take, name)), sentence)
            for name, sentence in SENTENCES.items()
        }
        self.chart = Chart(self._clicked)
        self.rate = controls.text("chosen", "", self.act(lambda: finder.choose(_number(self.rate.value))))
        self.first_rate = controls.text(
            "first layers", "", self.act(lambda: finder.choose(_number(self.first_rate.value), of_first=True))
        )
        low, high = math.log10(finder.start_lr), math.log10(finder.end_lr)
        self.slider = controls.log_slider("", low, high, self.act(lambda: finder.choose(self.slider.value)))
        choose_range = self.act(lambda: finder.choose_range(self.range_switch.value))
        self.range_switch = controls.switch("range for layer groups", False, choose_range)
        self.choosing = controls.row(self.first_rate, self.rate, self.slider, self.range_switch)
        # where the row wraps, the suggestions go to the next line as one
        suggestions = controls.row(controls.note("Suggestions"), *self.suggestion_buttons.values())
        buttons = (self.run_button, self.stop_button, self.clear_button, controls.spacer())
        row = controls.row(*buttons, suggestions.add_class("paw-group"))
        return [row, self.chart.widget, self.choosing]

    def _clicked(self, trace: str, _index: int, rate: float) -> None:
        if trace == "smoothed":  # a click finds the nearest point of every curve, earlier runs among them
            self.act(lambda: self.finder.choose_nearest_end(rate))()

    def refresh(self) -> None:
        finder, busy = self.finder, self.worker.busy
        self.run_button.disabled, self.stop_button.disabled = busy, not busy
        controls.show(self.clear_button, len(finder.runs) > 1)
        there = {} if busy else finder.suggestions
        for name, button in self.suggestion_buttons.items():
            rate = there.get(name)
            button.disabled = rate is None
            value = f" {rate_text(rate)}" if rate else ""
            button.description = f"{TITLES.get(name, name)}{value}"
            controls.mark(button, "paw-on", finder.by == name and not finder.outdated)
            controls.show(button, (name == CAREFUL) == (there.get(CAREFUL) is not None))
        controls.show(self.choosing, finder.last is not None)
        controls.show(self.first_rate, finder.ranged)
        self.range_switch.value = finder.ranged
        if finder.last is not None:
            self.rate.description = "last layers" if finder.ranged else "chosen"
            self.rate.value, self.slider.value = rate_text(finder.last), finder.last
            self.first_rate.value = rate_text(finder.first)
        if finder.found:
            self.chart.show(self._figure())
        else:
            self.chart.say("Press Run: the rate grows with every batch, and the loss is plotted.", self.theme)

    def _figure(self) -> go.Figure:
        finder = self.finder
        earlier = finder.runs if finder.current is not None else finder.runs[:-1]
        options = {"chosen": finder.lr, "earlier": earlier[-3:], "ends": (finder.start_lr, finder.end_lr)}
        return draw("lr_find", finder.found, **options, named=False, theme=self.theme)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadValue(f"Rate: {text!r} is not a number. Write a rate such as 0.003 or 3e-3.") from None

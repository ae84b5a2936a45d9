"""The schedule panel: draw one-cycle, SGDR and flat rates from their parameters, before training."""

from typing import Any

import ipywidgets as widgets
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.core.errors import BadType, BadValue
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.panel import Panel
from lab.panels.frame.python import variable_of
from lab.panels.frame.snapshot import drawn
from lab.panels.frame.table import table_html, table_picture
from lab.panels.schedule.choice import (
    KINDS,
    MOST_BATCHES,
    MOST_EPOCHS,
    MOST_GROUPS,
    ScheduleChoice,
    group_names,
    of_learner,
    parsed_rate,
    rate_text_of,
)
from lab.wording import count_text, loss_text, rate_text


class SchedulePanel(Panel):
    """Draw a schedule from its parameters: the rate of every layer group, and the momentum, batch by batch.

    `panel.choose(kind="sgdr", n_cycles=3, cycle_mult=2)` does what the fields do. `panel.choice` is the
    record of what was chosen, and `panel.plan` what a learner would do.

    Parameters
    ----------
    learn : Learner, optional
        Its batches, layer groups and momenta are taken. Without one, both numbers are fields.

    Raises
    ------
    TypeError
        For anything that is not a learner.

    Examples
    --------
    >>> panel = lab.SchedulePanel(learn)
    >>> panel.choose(kind="sgdr", n_cycles=3, cycle_mult=2)
    >>> panel.close()
    """

    title = "Schedule"
    help = "See every batch's rate before you train."

    def __init__(self, learn: Any = None) -> None:
        if learn is not None and not (hasattr(learn, "dls") and hasattr(learn, "model")):
            raise BadType(f"SchedulePanel: got a {type(learn).__name__}. Pass a Learner, or nothing.")
        super().__init__()
        self.learn = learn
        self.shows_momentum = True
        self.choice = ScheduleChoice(**self._of_learner())

    @property
    def plan(self) -> Any:
        """The `Plan` that the chosen schedule makes: what is drawn is what trains."""
        return self.choice.plan

    def choose(self, **changes: Any) -> None:
        """Change parameters: those of `ScheduleChoice`. Raises ValueError for what cannot be trained."""
        self._choose(**changes)
        self.changed()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        choice = self.choice
        kind = next(word for word, kind in KINDS.items() if kind == choice.kind)
        epochs = f"{choice.plan.epochs} epoch{'s' if choice.plan.epochs > 1 else ''}"
        return f"{kind} · {epochs} of {choice.n_batches:,} batches · {choice.steps:,} steps"

    def chosen(self) -> str:
        choice, at = self.choice, self.choice.key_steps[1]
        highest = rate_text(choice.plan.schedule(at / choice.steps))
        where = "throughout" if choice.kind == "flat" else f"at epoch {at / choice.n_batches:.2f}"
        return f"highest rate {highest} {where}"

    def code(self) -> str:
        return self.choice.code("learn" if self.learn is None else variable_of(self.learn, "learn"))

    def pictures(self) -> list[Image.Image]:
        return [drawn(self._figure("light")), table_picture(*self._table())]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        choice = self.choice
        self.kind = controls.choice("schedule", list(KINDS.items()), choice.kind, self._taker("kind"))
        self.rate = controls.text("rate", rate_text_of(choice.lr), self.act(self._take_rate))
        self.rate.add_class("paw-wide")
        self.epochs = self._whole("epochs", "epochs", MOST_EPOCHS)
        self.n_cycles = self._whole("cycles", "n_cycles", MOST_EPOCHS)
        self.cycle_len = self._whole("cycle length", "cycle_len", MOST_EPOCHS)
        self.cycle_mult = self._whole("multiplier", "cycle_mult", MOST_EPOCHS)
        # rounded, because the browser sends 0.30000000000000004
        take_share = self.act(lambda: self._choose(pct_start=round(self.pct_start.value, 3)))
        self.pct_start = controls.slider(
            "rising share", choice.pct_start, 0, 1, 0.01, take_share, readout_format=".2f"
        )
        self.div = controls.text("starts at rate ÷", "", self.act(lambda: self._take_number("div")))
        self.div_final = controls.text("ends at rate ÷", "", self.act(lambda: self._take_number("div_final")))
        self.n_batches = self._whole("batches per epoch", "n_batches", MOST_BATCHES)
        take_groups = self.act(lambda: self._choose(groups=group_names(self.n_groups.value)))
        self.n_groups = controls.whole("layer groups", len(choice.groups), 0, MOST_GROUPS, take_groups)
        self.of_learner = controls.note("")
        self.momentum = controls.switch("momentum", self.shows_momentum, self.act(self._show_momentum))
        self.chart = Chart()
        self.table = controls.html("", "paw-rates")
        self.pct_start.add_class("paw-share")
        for field in (self.div, self.div_final):
            field.add_class("paw-narrow")
        for field in (self.n_batches, self.n_groups):
            controls.show(field, self.learn is None)
        lengths = (self.epochs, self.n_cycles, self.cycle_len, self.cycle_mult, self.n_batches)
        return [
            controls.row(
                self.kind, self.rate, self.n_groups, self.of_learner, controls.spacer(), self.momentum
            ),
            controls.row(*lengths, self.pct_start, self.div, self.div_final),
            self.chart.widget,
            self.table,
        ]

    def refresh(self) -> None:
        choice = self.choice
        self.kind.value, self.rate.value = choice.kind, rate_text_of(choice.lr)
        for name in ("epochs", "n_cycles", "cycle_len", "cycle_mult", "n_batches"):
            getattr(self, name).value = getattr(choice, name)
        controls.move(self.pct_start, choice.pct_start)
        self.n_groups.value = len(choice.groups)
        self.div.value, self.div_final.value = rate_text_of(choice.div), rate_text_of(choice.div_final)
        for name in ("pct_start", "div", "div_final"):
            controls.show(getattr(self, name), choice.kind == "one_cycle")
        for name in ("n_cycles", "cycle_len", "cycle_mult"):
            controls.show(getattr(self, name), choice.kind == "sgdr")
        controls.show(self.epochs, choice.kind != "sgdr")
        if self.learn is not None:
            groups = count_text(len(choice.groups), "layer group")
            self.of_learner.value = f"{choice.n_batches:,} batches per epoch · {groups}"
        self.chart.show(self._figure(self.theme))
        self.table.value = table_html(*self._table())

    def _figure(self, theme: str) -> go.Figure:
        choice = self.choice
        options = {"names": choice.groups, "momentum": self.shows_momentum, "theme": theme}
        return draw("plan", choice.plan, choice.n_batches, **options)

    def _table(self) -> tuple[list[str], list[list[str]]]:
        start, peak, end = self.choice.key_steps
        head = ["", f"start · batch {start}", f"peak · batch {peak:,}", f"end · batch {end:,}"]
        *groups, momentum = self.choice.rows()
        rows = [[name, *map(rate_text, values)] for name, values in groups]
        return head, [*rows, [momentum[0], *map(loss_text, momentum[1])]]

    # ------------------------------------------------------------ what the fields do

    def _whole(self, label: str, name: str, most: int) -> widgets.BoundedIntText:
        # 0 or more: stepping below 1 is answered in words instead of being ignored
        return controls.whole(label, getattr(self.choice, name), 0, most, self._taker(name))

    def _choose(self, **changes: Any) -> None:
        self.choice = self.choice.changed(**self._of_learner() | changes)

    def _taker(self, name: str) -> Any:
        return self.act(lambda: self._choose(**{name: getattr(self, name).value}))

    def _take_rate(self) -> None:
        lr = parsed_rate(self.rate.value)
        changes: dict[str, Any] = {"lr": lr}
        if self.learn is None and isinstance(lr, tuple):
            changes["groups"] = group_names(len(lr))
        elif self.learn is None and isinstance(lr, slice) and len(self.choice.groups) == 1:
            # a range says nothing about one group; the lessons' models have three
            changes["groups"] = group_names(3)
        self._choose(**changes)

    def _take_number(self, name: str) -> None:
        text = getattr(self, name).value
        try:
            number = float(text)
        except ValueError:
            raise BadValue(
                f"{name}: {text[:40]!r} is not a number. Write a number such as 25 or 1e5."
            ) from None
        self._choose(**{name: number})

    def _show_momentum(self) -> None:
        self.shows_momentum = self.momentum.value

    def _of_learner(self) -> dict[str, Any]:
        """What the learner decides, asked anew each time: it may have got other data meanwhile."""
        return {} if self.learn is None else of_learner(self.learn)

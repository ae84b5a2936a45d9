"""The two charts of a training panel: the losses so far, and the rate and momentum of the whole plan.

What is drawn as still to come is the plan that trains.
"""

from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.charts.colours import look
from lab.charts.epochs import positions
from lab.charts.lines import pass_axis
from lab.core.plans import Plan
from lab.panels.frame import controls
from lab.panels.frame.chart import LiveChart, Points
from lab.panels.frame.snapshot import SCALE, drawn, side_by_side
from lab.panels.training.run import POINTS, TrainingRun

LOSSES = ("loss", "smooth_loss")
PLAN_POINTS = 150  # of each curve that is planned
PLAN_SAMPLES = 1000  # a longer run is looked at this often
MOST_TICKS = 6
AXES = {"<i>rate</i>": "rate", "<i>momentum</i>": "valid"}  # title -> colour of its curve
WIDTHS = 548, 276  # px of the page, in a snapshot


class TrainingCharts:
    """Both charts side by side, in `widget`; `refresh` shows the state of the run."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.losses, self.rates = LiveChart(POINTS), LiveChart(PLAN_POINTS)
        self.widget: widgets.Widget = controls.row(self.losses.widget, self.rates.widget)
        self.widget.add_class("paw-losses-and-rates")
        self._made_of: dict[LiveChart, Any] = {}  # what its figure says, apart from points that come and go
        self._planned: list[np.ndarray] = []  # x and y of each planned curve

    def refresh(self, theme: str) -> None:
        """Show the state; a new figure is made only where more than the points of the curves has changed."""
        self._refresh_losses(theme)
        self._refresh_rates(theme)

    def _refresh_losses(self, theme: str) -> None:
        run, curves = self.run, self.run.curves
        points: dict[int, Points] = {}
        if curves.steps:
            x, _ = positions(curves.steps, [], run.batches)
            points = {i: (x, [row[name] for row in curves.steps]) for i, name in enumerate(LOSSES)}
        history = run.history if run.at is not None else None
        if self._is_new(self.losses, (theme, history, len(history or ()), run.planned.epochs)):
            curves.steps = curves.steps[-1:]  # its curves come as points
            self.losses.renew(_loss_figure(run, curves, theme), points)
        else:
            self.losses.feed(points)

    def _refresh_rates(self, theme: str) -> None:
        if self._is_new(self.rates, (theme, _plan(self.run), self.run.batches)):
            figure = _rate_figure(self.run, theme)
            pairs = zip(figure.data[::3], figure.data[1::3], strict=True)  # what is done, what is to come
            self._planned = [np.array([[*a.x, *b.x[1:]], [*a.y, *b.y[1:]]]) for a, b in pairs]
            self.rates.renew(figure, self._split_plan())
        else:
            self.rates.feed(self._split_plan())

    def _is_new(self, chart: LiveChart, made_of: tuple) -> bool:
        known = self._made_of.get(chart) == made_of
        self._made_of[chart] = made_of
        return not known

    def _split_plan(self) -> dict[int, Points]:
        """The points of each planned curve: those that are done, those to come, and where the run is.

        The first two have the length of the whole, so that an update is as large at the end as at the start.
        """
        reached = _reached(self.run) * _plan(self.run).epochs + 1e-6
        split: list[Points] = []
        for planned in self._planned:
            now, places = max(0, np.sum(planned[0] <= reached) - 1), np.arange(planned.shape[1])
            for part in (np.minimum(places, now), np.maximum(places, now), [now]):
                split.append(tuple(planned[:, part]))
        return dict(enumerate(split))


def charts_picture(run: TrainingRun, theme: str) -> Image.Image:
    """Both charts side by side, as one picture."""
    figures = _loss_figure(run, run.curves, theme), _rate_figure(run, theme)
    sized = zip(figures, WIDTHS, strict=True)
    left, right = (drawn(figure, width=width, scale=SCALE) for figure, width in sized)
    return side_by_side(left, right, 8 * SCALE)


def _plan(run: TrainingRun) -> Plan:
    """What runs; else what would."""
    return run.plan if run.worker.busy and run.plan is not None else run.choice.schedule.plan


def _reached(run: TrainingRun) -> float:
    """Progress of the run, if it is its plan that is drawn."""
    return run.reached if _plan(run) is run.plan else 0.0


def _loss_figure(run: TrainingRun, curves: Any, theme: str) -> go.Figure:
    return draw("losses", curves, epochs=run.planned.epochs, n_batches=run.batches, theme=theme)


def _rate_figure(run: TrainingRun, theme: str) -> go.Figure:
    plan = _plan(run)
    batches = max(1, min(run.batches, PLAN_SAMPLES // plan.epochs))
    schedules = {"rate": plan.schedule, "momentum": plan.momentum}
    options = {"done": _reached(run), "most": PLAN_POINTS, "theme": theme}
    figure = draw("schedule", schedules, plan.epochs, batches, **options)
    for title in figure.layout.annotations:  # no room for a legend: each axis has the colour of its curve
        if title.text in AXES:
            title.font.color = getattr(look(theme), AXES[title.text])
    pass_axis(figure, plan.epochs, MOST_TICKS)
    return figure.update_layout(showlegend=False)

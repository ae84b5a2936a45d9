"""The chart of a run's losses: training and validation, the best epoch, and where overfitting begins.

It is read from the history, an object with `steps` and `epochs`, two lists of plain rows. The horizontal axis
counts passes over the training set; what is raw is thin and pale, what is smoothed is strong.
"""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.wording import loss_text

from . import epochs as record
from .colours import Look, look, mix
from .lines import after, column, curve, pass_axis
from .style import SMALL, blank, describe, escape, hollow, say, words

CURVES = 0.83  # of the plot's height; the rest is room for two rows of words, which lie over no curve
ROW = 14  # pixels


def losses(
    history: Any,
    *,
    metric: str | None = None,
    epochs: int | None = None,
    n_batches: int | None = None,
    theme: str = "light",
) -> go.Figure:
    """Training loss of every batch (pale) and smoothed (strong), validation loss of every epoch.

    A ring and a thin line mark the best epoch by the metric (by the validation loss, where there is none), a
    dotted line the `turning_point`; what they are is written above the curves. metric: the column that
    decides (None: the first). epochs: how many are planned (None: the history's `total_epochs`). n_batches:
    per epoch, for a run that is still in its first one.
    Traces: "each batch", "train", "valid", "best"; always these four.
    """
    colours = look(theme)
    figure = blank(colours, "epoch", "loss")
    x_steps, x_epochs = record.positions(history.steps, history.epochs, n_batches)
    raw, smooth = column(history.steps, "loss"), column(history.steps, "smooth_loss")
    line = {"color": mix(colours.background, colours.train, 0.4), "width": 1}
    figure.add_trace(curve(x_steps, raw, "each batch", line))
    x_train = x_steps
    if not history.steps:
        x_train, smooth = x_epochs, column(history.epochs, "train_loss")
    figure.add_trace(curve(x_train, smooth, "train", {"color": colours.train, "width": 2.2}))
    valid = column(history.epochs, "valid_loss")
    figure.add_trace(curve(x_epochs, valid, "valid", {"color": colours.valid, "width": 2}, dots=7))
    best = _best_row(history.epochs, metric)
    planned = epochs or getattr(history, "total_epochs", 0)
    end = max([*x_steps[-1:], *x_epochs[-1:], planned])
    _ring(figure, colours, history.epochs, x_epochs, best)
    if not history.steps and not history.epochs:
        return say(figure, colours, "No step has been trained yet.")
    sentence = _last_losses(smooth, valid)
    if best is not None:
        sentence = _mark_best_and_turn(figure, colours, history.epochs, x_epochs, best, end)
    pass_axis(figure, end)
    figure.update_yaxes(rangemode="tozero", domain=[0, CURVES])
    return describe(figure, sentence)


def _best_row(rows: Sequence[record.Row], metric: str | None) -> tuple[str, int] | None:
    """The column that decides and the index of its best row; None before there are two to compare."""
    names = record.metric_names(rows)
    if metric is not None and rows and metric not in [*names, "train_loss", "valid_loss"]:
        raise BadValue(
            f"losses: the epochs have no metric {metric!r}. Choose one of: {', '.join(names) or 'none'}."
        )
    name = metric or (names or ["valid_loss"])[0]
    best = record.best_epoch(rows, name)
    return None if best is None or len(rows) < 2 else (name, best)


def _ring(
    figure: go.Figure, colours: Look, rows: Sequence[record.Row], x: list[float], best: tuple[str, int] | None
) -> None:
    """The trace "best": a ring round the validation loss of the best epoch; empty where there is none."""
    at = best[1] if best else 0
    there = best is not None and record.is_number(rows[at].get("valid_loss"))
    figure.add_trace(
        go.Scatter(
            x=[x[at]] if there else [],
            y=[rows[at]["valid_loss"]] if there else [],
            name="best",
            mode="markers",
            marker=hollow(colours, 12),
            showlegend=False,
            hoverinfo="skip",
        )
    )


def _mark_best_and_turn(
    figure: go.Figure,
    colours: Look,
    rows: Sequence[record.Row],
    x: list[float],
    best: tuple[str, int],
    end: float,
) -> str:
    """Draw the turning point, where there is one, and a thin line through the ring with the metric's value
    above it; return the sentence on both."""
    name, at = best
    turn = record.turning_point(rows, name)
    sentence = f"The {words(name)} is best {after(x[at])}: {loss_text(rows[at][name])}."
    if turn is not None and name not in record.NOT_METRICS:
        figure.add_vline(x=x[turn], line={"color": colours.muted, "width": 1, "dash": "dot"})
        text = f"valid loss rises, {escape(words(name))} still improves"
        _write_above(figure, text, x[turn], end, 0, colours.muted)
        sentence += f" The validation loss rises {after(x[turn])} while the {words(name)} still improves."
    figure.add_vline(x=x[at], layer="below", line={"color": colours.border, "width": 1})
    text = f"best {escape(words(name))} {loss_text(rows[at][name])}"
    _write_above(figure, text, x[at], end, 0 if turn is None else 1, colours.valid)
    return sentence


def _write_above(figure: go.Figure, text: str, x: float, end: float, row: int, colour: str) -> None:
    """Words above the curves, beside the epoch x that they are about. row: from 0, upwards."""
    figure.add_annotation(
        x=x,
        y=CURVES,
        yref="paper",
        yanchor="bottom",
        yshift=row * ROW,
        showarrow=False,
        xanchor="right" if x > 0.5 * end else "left",
        text=text,
        font={"size": SMALL, "color": colour},
    )


def _last_losses(train: list[float | None], valid: list[float | None]) -> str:
    """What there is to say before a second epoch can be compared."""
    seen = {"training": train, "validation": valid}
    last = {name: [v for v in values if v is not None][-1:] for name, values in seen.items()}
    said = [f"the {name} loss is {loss_text(v[0])}" for name, v in last.items() if v]
    return (" and ".join(said) or "no loss was a number").capitalize() + "."

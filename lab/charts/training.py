"""Charts of a run's learning rates and of its metrics, read from its history.

A history is an object with `steps` and `epochs`, two lists of plain rows. The horizontal axis counts passes
over the training set.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lab.downsampling import thin
from lab.wording import count_text, loss_text, rate_text

from . import epochs as record
from .colours import look, mix
from .lines import RATE, after, column, curve, pass_axis
from .style import HEIGHT, add_right_axis, blank, describe, name_plot, say, template, words


def rates(
    history: Any, *, groups: bool = False, n_batches: int | None = None, theme: str = "light"
) -> go.Figure:
    """The learning rate of every step, and the momentum (right axis) where the steps carry one.

    groups: one curve per parameter group on a logarithmic axis, earliest layers palest, instead of the last
    group's rate. Traces: "rate" or "group 1", "group 2", ...; then "momentum".
    """
    colours = look(theme)
    figure = blank(colours, "epoch", "rate")
    if not history.steps:
        return say(figure, colours, "No step has been trained yet.")
    x, _ = record.positions(history.steps, history.epochs, n_batches)
    last = column(history.steps, "lr")
    if groups:
        every = list(zip(*(row["lrs"] for row in history.steps), strict=True))
        for i, values in enumerate(every):
            colour = mix(colours.background, colours.rate, 0.35 + 0.65 * (i + 1) / len(every))
            line = {"color": colour, "width": 2.4}
            figure.add_trace(curve(x, values, f"group {i + 1}", line, number=RATE))
        figure.update_yaxes(type="log", dtick=1)
    else:
        line = {"color": colours.rate, "width": 2.4}
        figure.add_trace(curve(x, last, "rate", line, number=RATE))
        figure.update_yaxes(rangemode="tozero")
    momenta = column(history.steps, "momentum")
    if any(value is not None for value in momenta):
        line_of = curve(x, momenta, "momentum", {"color": colours.valid, "width": 1.4})
        figure.add_trace(line_of.update(yaxis="y2"))
        add_right_axis(figure, colours, "momentum")
    pass_axis(figure, x[-1])
    sentence = (
        f"The learning rate went from {rate_text(last[0])} over at most {rate_text(max(last))} "
        f"to {rate_text(last[-1])} in {count_text(len(last), 'step')}."
    )
    return describe(figure, sentence)


def sweep(found: Any, *, theme: str = "light") -> go.Figure:
    """The learning rate of every step of a sweep, on a logarithmic axis (2018 lesson: `sched.plot_lr()`).

    found: has a sequence `lrs`. One trace, "rate".
    """
    colours = look(theme)
    figure = blank(colours, "iteration", "rate")
    lrs = np.asarray(found.lrs, float)
    if not len(lrs):
        return say(figure, colours, "The sweep has no step.")
    keep = thin(lrs)
    text = [f"rate {rate_text(lrs[i])}" for i in keep]
    line = {"color": colours.rate, "width": 2.4}
    figure.add_trace(
        go.Scatter(
            x=keep,
            y=lrs[keep],
            name="rate",
            mode="lines",
            line=line,
            text=text,
            hovertemplate="%{text} at iteration %{x}<extra></extra>",
        )
    )
    figure.update_yaxes(type="log", dtick=1, tickformat="~e")
    steps = count_text(len(lrs), "step")
    return describe(figure, f"The rate rose from {rate_text(lrs[0])} to {rate_text(lrs[-1])} in {steps}.")


def metrics(
    history: Any, *, names: Sequence[str] | None = None, lower: Sequence[str] = (), theme: str = "light"
) -> go.Figure:
    """Every metric of the epochs in a plot of its own, side by side, the best value ringed and written.

    names: the columns (None: all). lower: further metrics of which less is better. One trace per metric.
    """
    colours = look(theme)
    names = record.metric_names(history.epochs) if names is None else list(names)
    if not names:
        return say(blank(colours), colours, "No epoch with a metric has been trained yet.")
    across = min(len(names), 3)
    down = -(-len(names) // across)
    figure = make_subplots(rows=down, cols=across, horizontal_spacing=0.1)
    figure.update_layout(template=template(colours), height=HEIGHT * down, showlegend=False)
    _, x = record.positions(history.steps, history.epochs)
    sentences = []
    for i, name in enumerate(names):
        values = column(history.epochs, name)
        line = {"color": colours.valid, "width": 2}
        line_of = curve(x, values, words(name), line, dots=7)
        figure.add_trace(line_of, row=i // across + 1, col=i % across + 1)
        best = record.best_epoch(history.epochs, name, record.lower_is_better(name, lower))
        title = words(name)
        if best is not None:
            sizes = [12 if at == x[best] else 7 for at in line_of.x]
            fills = [colours.background if size == 12 else colours.valid for size in sizes]
            outline = {"color": colours.valid, "width": 2}
            figure.data[-1].marker.update(opacity=1, size=sizes, color=fills, line=outline)
            title += f", best {loss_text(values[best])}"
            sentences.append(f"The {words(name)} is best {after(x[best])}: {loss_text(values[best])}.")
        name_plot(figure, colours, i + 1, title)
    pass_axis(figure, x[-1])
    return describe(figure, " ".join(sentences))

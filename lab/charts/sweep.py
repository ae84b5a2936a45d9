"""The rates of a finder's sweep, step by step (2018 lesson: `sched.plot_lr()`)."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from lab.downsampling import thin
from lab.wording import count_text, rate_text

from .colours import look
from .style import blank, describe, say


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

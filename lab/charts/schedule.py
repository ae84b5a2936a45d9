"""The chart of a schedule: a pure function of progress, drawn from the very function that trains.

What is done is a solid line with a dot at its end, what is still to come is dashed.
"""

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.downsampling import MOST_POINTS, thin
from lab.wording import count_text, loss_text, rate_text

from .colours import Look, look, mix
from .lines import LOSS, RATE, hover
from .style import add_right_axis, blank, describe, escape, say, words

Schedule = Callable[[float], float]


def schedule(
    schedules: Schedule | Mapping[str, Schedule],
    epochs: float = 1,
    n_batches: int = 100,
    *,
    done: float | None = None,
    most: int = MOST_POINTS,
    theme: str = "light",
) -> go.Figure:
    """A schedule at every step of a run; or several by name ({"rate": ..., "momentum": ...}).

    schedules: progress 0..1 -> value. epochs x n_batches steps, evaluated at step / steps. A name "momentum"
    gets an axis of its own on the right. done: the share of the run that is behind (None: all is solid).
    most: points of a curve.
    Traces: one for each schedule, or two (done, to come) and a dot when `done` is given.
    Raises ValueError when there is no step, or when done is outside 0..1.
    """
    steps = round(epochs * n_batches)
    if steps < 1:
        raise BadValue(f"schedule: {epochs} epochs of {n_batches} batches make no step. Give at least one.")
    if done is not None and not 0 <= done <= 1:
        raise BadValue(f"schedule: done is {done}, but it is a share of the run, 0 to 1.")
    colours = look(theme)
    named = {"rate": schedules} if callable(schedules) else dict(schedules)
    figure = blank(colours, "epoch", "rate")
    if not named:
        return say(figure, colours, "There is no schedule to draw.")
    sentences = []
    for name, function in named.items():
        values = [float(function(i / steps)) for i in range(steps)]
        sentences.append(_sentence(name, values))
        _add(figure, colours, name, values, thin(values, most), epochs, done)
    figure.update_xaxes(range=[0, epochs * 1.02], nticks=8)
    figure.update_layout(yaxis_rangemode="tozero")
    figure.update_layout(showlegend=len(named) > 1)
    return describe(figure, " ".join(sentences))


def _add(
    figure: go.Figure,
    colours: Look,
    name: str,
    values: list[float],
    keep: Sequence[int],
    epochs: float,
    done: float | None,
) -> None:
    """One schedule: done solid with a dot, to come dashed; the momentum against the axis on the right."""
    right = name == "momentum"
    colour, number = (colours.valid, LOSS) if right else (colours.rate, RATE)
    x = [float(i) * epochs / len(values) for i in keep]
    behind = len(keep) if done is None else sum(i / len(values) <= done for i in keep)
    strong = {"color": colour, "width": 1.4 if right else 2.4}
    coming = {"color": mix(colours.background, colour, 0.5), "width": 1.4, "dash": "dash"}
    # the curve to come starts at the last point that is done, so that the two meet
    for part, line in ((slice(behind), strong), (slice(max(behind - 1, 0), None), coming)):
        if done is None and line is coming:
            continue
        figure.add_trace(
            go.Scatter(
                x=x[part],
                y=[values[i] for i in keep[part]],
                mode="lines",
                line=line,
                name=escape(name),
                showlegend=line is strong,
                yaxis="y2" if right else "y",
                hovertemplate=hover(name, number),
            )
        )
    if done is not None and behind:
        figure.add_trace(
            go.Scatter(
                x=[x[behind - 1]],
                y=[values[keep[behind - 1]]],
                mode="markers",
                marker={"size": 9, "color": colour},
                showlegend=False,
                name="now",
                cliponaxis=False,
                hoverinfo="skip",
                yaxis="y2" if right else "y",
            )
        )
    if right:
        add_right_axis(figure, colours, name)
        pad = max(0.02, 0.05 * (max(values) - min(values)))
        figure.update_layout(yaxis2_range=[min(values) - pad, max(values) + pad])


def _sentence(name: str, values: list[float]) -> str:
    text = loss_text if name == "momentum" else rate_text
    return (
        f"The {words(name)} starts at {text(values[0])}, lies between {text(min(values))} and "
        f"{text(max(values))}, and ends at {text(values[-1])} after {count_text(len(values), 'step')}."
    )

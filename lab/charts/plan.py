"""The chart of a planned run: the rate of every layer group and the momentum, batch by batch.

All of it comes from the plan that also trains, so what is drawn is what will be done.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.downsampling import thin
from lab.wording import count_text, loss_text, rate_text

from .colours import Look, look, mix
from .lines import round_step
from .style import add_right_axis, blank, describe, escape, name_axis

SAMPLES = 2000  # a longer run is looked at this often
DASHES = ("dash", "dot", "dashdot", "longdash")  # of the earlier groups, from the last one back
MOST_TICKS = 8


def plan(
    run: Any, n_batches: int, *, names: Sequence[str] = (), momentum: bool = True, theme: str = "light"
) -> go.Figure:
    """Rates and momentum over the batches of a run; the ticks say the epoch and the batch.

    run: a `lab.core.plans.Plan`, or whatever has its epochs, rates, multiples, schedule and momentum.
    n_batches: batches of an epoch. names: of the layer groups, in their order. momentum: draw it too, on the
    right. Groups with the same rate share a curve; where rates differ, the axis is logarithmic. Traces: one
    for each rate, the last group's first, then "momentum". Raises ValueError when there is no step, and for
    names that are not one for each group.
    """
    steps = run.epochs * n_batches
    if steps < 1:
        raise BadValue(f"plan: {run.epochs} epochs of {n_batches} batches make no step. Give at least one.")
    if names and len(names) != len(run.rates):
        raise BadValue(f"plan: got {len(names)} names for {len(run.rates)} layer groups. Give one for each.")
    colours = look(theme)
    figure = blank(colours, y_title="rate")
    at = np.unique(np.linspace(0, steps - 1, min(steps, SAMPLES)).round().astype(int))
    rates = np.array([run.schedule(step / steps) for step in at])
    keep = thin(rates)
    together = _together(run.lr_scales, list(names) or [f"group {i + 1}" for i in range(len(run.rates))])
    for number, (multiple, name) in enumerate(together):
        line = _line(colours, number)
        figure.add_trace(_curve(at[keep], multiple * rates[keep], name, line, "%{y:.1e}"))
    momenta = np.array([run.momentum(step / steps) for step in at])
    if momentum:
        kept = thin(momenta)
        line = {"color": colours.valid, "width": 1.4, "dash": "dash"}
        figure.add_trace(_curve(at[kept], momenta[kept], "momentum", line, "%{y:.3f}", "y2"))
        add_right_axis(figure, colours, "momentum")
        low, high = float(momenta.min()), float(momenta.max())
        pad = max(0.02, 0.1 * (high - low))
        figure.update_layout(yaxis2={"range": [low - pad, high + pad]})
    _rate_axis(figure, [multiple * rates for multiple, _ in together])
    _batch_axis(figure, colours, run.epochs, n_batches)
    figure.update_layout(hovermode="x unified", hoverdistance=-1, showlegend=True)
    # the panel's charts have no background of their own, from which plotly would take the box's
    figure.update_layout(hoverlabel={"bgcolor": colours.subtle, "bordercolor": colours.border})
    figure.update_xaxes(spikecolor=colours.muted, spikethickness=1, spikedash="dot")
    return describe(figure, _sentence(rates, momenta if momentum else None, together, run.epochs, steps))


def _together(multiples: Sequence[float], names: list[str]) -> list[tuple[float, str]]:
    """(share of the last group's rate, names of the groups that have it), the last group's first."""
    if len(set(multiples)) == 1:
        return [(1.0, "rate")]
    shares = list(dict.fromkeys(reversed(multiples)))
    return [
        (share, ", ".join(name for other, name in zip(multiples, names, strict=True) if other == share))
        for share in shares
    ]


def _line(colours: Look, number: int) -> dict[str, Any]:
    if number == 0:
        return {"color": colours.rate, "width": 2.4}
    pale = mix(colours.background, colours.rate, 0.8)
    return {"color": pale, "width": 1.6, "dash": DASHES[(number - 1) % len(DASHES)]}


def _curve(
    x: np.ndarray, y: np.ndarray, name: str, line: dict[str, Any], form: str, axis: str = "y"
) -> go.Scatter:
    return go.Scatter(
        x=x.astype(float),
        y=y,
        name=escape(name),
        mode="lines",
        line=line,
        yaxis=axis,
        hovertemplate=f"{escape(name)} {form}<extra></extra>",
    )


def _rate_axis(figure: go.Figure, curves: list[np.ndarray]) -> None:
    """From 0 for one rate; logarithmic for several."""
    highest = max(float(curve.max()) for curve in curves)
    if len(curves) == 1:
        figure.update_layout(yaxis={"range": [0, 1.06 * highest]})
        return
    lowest = min(float(curve[curve > 0].min()) for curve in curves if curve.any())
    low, high = math.log10(lowest), math.log10(highest)
    every = max(1, math.ceil((high - low) / MOST_TICKS))
    figure.update_layout(
        yaxis={
            "type": "log",
            "range": [math.floor(low) - 0.5, high + 0.3],
            "dtick": every,
            "tickformat": "~e",
        }
    )


def _batch_axis(figure: go.Figure, colours: Look, epochs: int, n_batches: int) -> None:
    """Whole epochs as ticks, with the batch that each begins with below."""
    every = round_step(epochs / MOST_TICKS)
    marked = list(range(0, epochs + 1, every))
    figure.update_xaxes(
        range=[0, 1.02 * epochs * n_batches],
        tickmode="array",
        tickvals=[epoch * n_batches for epoch in marked],
        ticktext=[f"{epoch:,}<br>{epoch * n_batches:,}" for epoch in marked],
        tickprefix="batch ",  # of the value under the mouse; ticks have their own texts
        hoverformat=",d",
    )
    name_axis(figure, colours, "epoch, and batch below", x=1, y=0, xanchor="right", yshift=-44)
    figure.update_layout(margin={"b": 56})


def _sentence(
    rates: np.ndarray, momenta: np.ndarray | None, together: list[tuple[float, str]], epochs: int, steps: int
) -> str:
    told = (
        f"In {count_text(epochs, 'epoch')}, {count_text(steps, 'step')}, the rate starts at "
        f"{rate_text(rates[0])}, is {rate_text(rates.max())} at its height and {rate_text(rates[-1])} "
        "at the end."
    )
    others = [f"{name} {share:.2g}" for share, name in together[1:]]
    if others:
        told += f" That is the last group's; the share of the others: {'; '.join(others)}."
    if momenta is not None:
        told += f" The momentum lies between {loss_text(momenta.min())} and {loss_text(momenta.max())}."
    return told

"""Charts of the layers of a network over training: how large, how varied and how dead their activations are.

What trains well keeps its mean and spread within bounds in every layer and few activations at zero; a spread
that climbs and collapses again shows a start that went wrong (2020 lesson, "the colorful dimension").
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lab.core.errors import BadValue
from lab.downsampling import thin
from lab.wording import count_text, loss_text

from .colours import Look, look, mix
from .style import HEIGHT, SMALL, blank, describe, escape, name_axis, name_plot, say, template

Rows = Sequence[Mapping[str, float]]

_PLOTS = (("mean", "mean"), ("std", "spread"), ("near_zero", "share near zero"))
_DASHES = ("solid", "dash", "dot")
_LEGEND = 32  # pixels below the plots
_FAINTEST = 1e-4  # a smaller share of the activations is left empty
_COLOUR_BAR = {
    "thickness": 8,
    "outlinewidth": 0,
    "tickvals": [-4, -3, -2, -1, 0],
    "ticktext": ["0.01 %", "0.1 %", "1 %", "10 %", "100 %"],
    "tickfont": {"size": SMALL},
}


def layer_stats(record: Mapping[str, Rows], *, theme: str = "light") -> go.Figure:
    """Mean, spread and share near zero of the activations of every layer, step by step, in three plots.

    record: layer -> rows with step, mean, std and near_zero, layers in forward order; a layer without rows is
    left out. Early layers are drawn blue, the last ones orange, line styles take turns. Traces: three per
    layer, called after it.
    """
    colours = look(theme)
    shown = {layer: rows for layer, rows in record.items() if rows}
    if not shown:
        empty = blank(colours, height=HEIGHT + _LEGEND)
        return say(empty, colours, "No step has been trained while the layers were watched.")
    figure = make_subplots(rows=1, cols=3, horizontal_spacing=0.07)
    figure.update_layout(template=template(colours), height=HEIGHT + _LEGEND, margin={"b": 44 + _LEGEND})
    figure.update_layout(legend={"x": 0, "y": -(28 / 184), "yanchor": "top"})
    for column, (key, title) in enumerate(_PLOTS, start=1):
        for i, (layer, rows) in enumerate(shown.items()):
            figure.add_trace(_line(colours, layer, rows, key, title, i, len(shown)), row=1, col=column)
        name_plot(figure, colours, column, title)
    name_axis(figure, colours, "step", x=1, y=0, xanchor="right", yshift=-32)
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", row=1, col=3)
    return describe(figure, _sentence(shown))


def _line(colours: Look, layer: str, rows: Rows, key: str, title: str, number: int, count: int) -> go.Scatter:
    # To a live chart arrays travel as bytes, and texts for the mouse would be most of what is sent.
    steps, values = _column(rows, "step"), _column(rows, key)
    keep = thin(values)
    value = "%{y:.0%}" if key == "near_zero" else "%{y:.3f}"
    return go.Scatter(
        x=steps[keep],
        y=values[keep],
        name=escape(layer),
        legendgroup=layer,
        showlegend=key == _PLOTS[0][0],
        mode="lines" if len(rows) > 1 else "markers",
        line={
            "color": mix(colours.train, colours.valid, number / max(count - 1, 1)),
            "width": 1.6,
            "dash": _DASHES[number % len(_DASHES)],
        },
        hovertemplate=f"{escape(layer)}: {title} {value} at step %{{x}}<extra></extra>",
    )


def _column(rows: Rows, key: str) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype=np.float32)


def _sentence(shown: Mapping[str, Rows]) -> str:
    last = {layer: rows[-1] for layer, rows in shown.items()}
    widest = max(last, key=lambda layer: last[layer]["std"])
    deadest = max(last, key=lambda layer: last[layer]["near_zero"])
    return (
        f"In the end, of {count_text(len(shown), 'layer')} {widest} has the largest spread, "
        f"{loss_text(last[widest]['std'])}, and {deadest} the most activations near zero, "
        f"{last[deadest]['near_zero']:.0%}."
    )


def layer_histogram(
    shares: np.ndarray, steps: Sequence[float], edges: Sequence[float], *, theme: str = "light"
) -> go.Figure:
    """The activations of one layer, step by step: how many of them lie in which bin.

    shares: (bins, steps) in 0..1. steps: the number of each column. edges: the bins' inner edges, one fewer
    than bins; the first and the last bin are open. The colour goes with the logarithm of the share.
    Trace: "shares". Raises ValueError for lengths that do not fit.
    """
    shares = np.asarray(shares, dtype=np.float64)
    if shares.shape != (len(edges) + 1, len(steps)):
        raise BadValue(
            f"layer_histogram: the shares have shape {shares.shape}; {len(edges)} edges and {len(steps)} "
            f"steps need ({len(edges) + 1}, {len(steps)})."
        )
    colours = look(theme)
    figure = blank(colours, "step", "activation")
    if not len(steps):
        return say(figure, colours, "No step has been trained while this layer was watched.")
    spans = [f"below {edges[0]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(edges)), f"above {edges[-1]:g}"]
    columns = thin(shares.max(axis=0))
    kept = shares[:, columns]
    faint = mix(colours.background, colours.train, 0.08)
    figure.add_trace(
        go.Heatmap(
            name="shares",
            x=np.array(steps, dtype=np.float32)[columns],
            z=[[_logarithm(share) for share in row] for row in kept.tolist()],
            zmin=np.log10(_FAINTEST),
            zmax=0,
            colorscale=[[0, faint], [0.6, mix(colours.background, colours.train, 0.75)], [1, colours.text]],
            colorbar=_COLOUR_BAR,
            customdata=kept.round(4).tolist(),
            hovertemplate="%{customdata:.1%} %{y} at step %{x}<extra></extra>",
        )
    )
    # An edge lies between two rows of the heat map.
    named = range(len(edges) // 2 % 2, len(edges), 2)
    ticks = {"tickvals": [i + 0.5 for i in named], "ticktext": [f"{edges[i]:g}" for i in named]}
    bins = {str(i): span for i, span in enumerate(spans)}  # what a bin is called where the mouse points
    figure.update_yaxes(tickmode="array", showgrid=False, labelalias=bins, **_occupied(shares), **ticks)
    middle = shares[len(edges) // 2, -1]
    return describe(figure, f"At the last step {middle:.0%} of the layer's activations are near zero.")


def _logarithm(share: float) -> float | None:
    return round(math.log10(share), 2) if share >= _FAINTEST else None


def _occupied(shares: np.ndarray) -> dict[str, Any]:
    """The range of rows that hold something at some step."""
    rows = np.flatnonzero((shares >= _FAINTEST).any(axis=1))
    return {"range": [rows[0] - 0.5, rows[-1] + 0.5]} if len(rows) else {}

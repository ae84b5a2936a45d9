"""The learning-rate finder's chart: the loss against a growing rate, with every suggestion marked.

A suggestion is a hint, not an answer, so the chart shows several of them and the curve that they come from
(Smith, "Cyclical Learning Rates", 2015; lessons of 2018 and 2020).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lab.downsampling import thin
from lab.wording import loss_text, rate_text

from .colours import Look, look, mix
from .style import SMALL, blank, describe, escape, hollow, say, text_width, words

NAMES = {"minimum": "min ÷ 10", "steep": "steepest"}  # others are shown as they are called
PLOT_WIDTH = 640  # pixels; a guess on the narrow side, only to keep labels apart
ROW = 0.11  # height of one row of labels, as a share of the loss range


def lr_find(
    found: Any,
    *,
    chosen: float | slice | None = None,
    earlier: Sequence[tuple[str, Any]] = (),
    ends: tuple[float, float] | None = None,
    named: bool = True,
    theme: str = "light",
) -> go.Figure:
    """Loss (raw pale, smoothed strong) over the learning rate (logarithmic), suggestions as open circles.

    found: has sequences `lrs`, `losses`, `smoothed` and a dict `suggestions`, name -> rate or None. chosen:
    a rate to mark with a dotted line and a chip, or slice(first, last) with both ends marked. earlier: (name,
    found) of other runs to compare with, drawn dashed. ends: the rates that the axis reaches (None: those of
    the run). named: write the suggestions' names beside the circles. A loss that explodes leaves through the
    top of the chart. Traces: "each batch", "smoothed", "suggestions", then the names of the earlier runs.
    """
    colours = look(theme)
    figure = blank(colours, "learning rate", "loss")
    lrs, smoothed = np.asarray(found.lrs, float), np.asarray(found.smoothed, float)
    finite = np.isfinite(smoothed)
    if finite.sum() < 2:
        return say(figure, colours, "The sweep is too short to draw: it has fewer than two losses.")
    pale = {"color": mix(colours.background, colours.train, 0.4), "width": 1}
    figure.add_trace(_curve(lrs, found.losses, "each batch", pale))
    strong = {"color": colours.train, "width": 2.4}
    figure.add_trace(_curve(lrs, smoothed, "smoothed", strong))
    rates = {k: float(v) for k, v in found.suggestions.items() if v is not None}
    logs, seen = np.log10(lrs[finite]), smoothed[finite]  # the axis is logarithmic
    at = [float(np.interp(math.log10(rate), logs, seen)) for rate in rates.values()]
    labels = [f"{escape(NAMES.get(k, words(k)))} {rate_text(v)}" for k, v in rates.items()]
    figure.add_trace(
        go.Scatter(
            x=list(rates.values()),
            y=at,
            name="suggestions",
            mode="markers",
            hoverinfo="skip",  # a hover finds the nearest point of every curve, and this one's may be far
            showlegend=False,
            marker=hollow(colours, 10),
        )
    )
    for name, run in earlier:
        dashed = {"color": mix(colours.background, colours.text, 0.55), "width": 1.6, "dash": "dash"}
        figure.add_trace(_curve(np.asarray(run.lrs, float), run.smoothed, escape(name), dashed))
    low, high = _loss_range([found, *(run for _, run in earlier)])
    first, last = ends or (lrs.min(), max(lrs.max(), lrs.min() * 1.01))
    span = math.log10(first), math.log10(last)
    rows = _name_suggestions(figure, colours, rates, at, labels, span, (low, high)) if named else 0
    top = high + (rows + 0.2) * ROW * (high - low)
    figure.update_yaxes(range=[low, top])
    figure.update_xaxes(type="log", range=span, dtick=1, tickformat="~e")
    for rate in (chosen.start, chosen.stop) if isinstance(chosen, slice) else (chosen,):
        if rate is not None:
            _mark_chosen(figure, colours, rate, above=not (named or earlier))
    figure.update_layout(hovermode="x", hoverdistance=-1, showlegend=bool(named or earlier))
    return describe(figure, _sentence(rates))


def _name_suggestions(
    figure: go.Figure,
    colours: Look,
    rates: dict[str, float],
    at: Sequence[float],
    labels: Sequence[str],
    span: tuple[float, float],
    losses: tuple[float, float],
) -> int:
    """Write the labels above the curve, each with a line to its circle; returns how many rows they take."""
    low, high = losses
    places = _label_rows([math.log10(rate) for rate in rates.values()], labels, span)
    for (x, row), rate, loss, label in zip(places, rates.values(), at, labels, strict=True):
        y = high + (row + 0.6) * ROW * (high - low)
        _label(figure, colours, label, (x, y), (math.log10(rate), loss))
    return max((row for _, row in places), default=-1) + 1


def _sentence(named: dict[str, float]) -> str:
    if not named:
        return "The curve gives no suggestion: the loss does not clearly fall anywhere."
    rest = [f"{NAMES.get(k, words(k))} at {rate_text(v)}" for k, v in named.items() if k != "steep"]
    steepest = f"The loss falls fastest at {rate_text(named['steep'])}." if "steep" in named else ""
    others = f"Suggested rates: {', '.join(rest)}." if rest else ""
    return " ".join(filter(None, [steepest, others]))


def _loss_range(runs: Sequence[Any]) -> tuple[float, float]:
    """The losses worth seeing: those of all runs until they diverge, and somewhat above."""
    seen = np.concatenate([_before_divergence(run) for run in runs])
    low, high = float(seen.min()), float(seen.max())
    pad = (high - low) or abs(high) or 1.0
    return low - 0.06 * pad, high + 0.15 * pad


def _before_divergence(run: Any) -> np.ndarray:
    """The smoothed losses until the curve diverges, and nine tenths of the single ones up to there.

    A curve diverges where it is above its start and, since its minimum, has risen by the minimum's height.
    """
    raw, smoothed = np.asarray(run.losses, float), np.asarray(run.smoothed, float)
    finite = np.isfinite(smoothed)
    lowest = int(np.argmin(np.where(finite, smoothed, np.inf)))
    bottom = smoothed[lowest]
    limit = max(smoothed[: lowest + 1][finite[: lowest + 1]].max(), bottom + abs(bottom))
    gone = np.flatnonzero(~finite[lowest:] | (smoothed[lowest:] > limit))
    end = lowest + int(gone[0]) if len(gone) else len(smoothed)
    single = raw[:end][np.isfinite(raw[:end])]
    spread = np.quantile(single, [0.05, 0.95]) if len(single) else []
    return np.concatenate([smoothed[:end][finite[:end]], spread])


def _label_rows(
    xs: Sequence[float], labels: Sequence[str], ends: tuple[float, float]
) -> list[tuple[float, int]]:
    """Where each label stands: (log10 of the rate at its middle, row), so that none covers another."""
    scale = (ends[1] - ends[0]) / PLOT_WIDTH
    taken: list[list[tuple[float, float]]] = []
    places: dict[int, tuple[float, int]] = {}
    for i in sorted(range(len(xs)), key=lambda k: xs[k]):
        half = (text_width(labels[i]) / 2 + 6) * scale
        middle = min(max(xs[i], ends[0] + half), ends[1] - half)
        row = 0
        while row < len(taken) and any(abs(middle - other) < half + width for other, width in taken[row]):
            row += 1
        if row == len(taken):
            taken.append([])
        taken[row].append((middle, half))
        places[i] = (middle, row)
    return [places[i] for i in range(len(xs))]


def _label(
    figure: go.Figure, colours: Look, text: str, place: tuple[float, float], point: tuple[float, float]
) -> None:
    """A label with a thin line down to its point; both given as (log10 rate, loss)."""
    figure.add_shape(
        type="line",
        x0=10 ** point[0],
        x1=10 ** point[0],
        y0=place[1],
        y1=point[1],
        layer="below",
        line={"color": colours.border, "width": 1},
    )
    figure.add_annotation(
        x=place[0],
        y=place[1],
        text=text,
        showarrow=False,
        font={"size": SMALL, "color": colours.valid},
        bgcolor=colours.background,
        borderpad=1,
    )


def _mark_chosen(figure: go.Figure, colours: Look, rate: float, above: bool) -> None:
    """The rate that was chosen: a dotted line, and a dark chip above the plot or on the axis."""
    figure.add_vline(x=rate, line={"color": colours.text, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=math.log10(rate),
        y=1 if above else 0,
        yref="paper",
        yanchor="bottom",
        yshift=2,
        text=rate_text(rate),
        showarrow=False,
        borderpad=3,
        font={"size": SMALL, "color": colours.background},
        bgcolor=colours.text,
    )


def _curve(lrs: np.ndarray, losses: Sequence[float], name: str, line: dict[str, Any]) -> go.Scatter:
    keep = thin(losses)
    shown = [float(losses[i]) if math.isfinite(losses[i]) else None for i in keep]
    text = [
        "" if loss is None else f"{rate_text(lrs[i])}: {loss_text(loss)}"
        for i, loss in zip(keep, shown, strict=True)
    ]
    return go.Scatter(
        x=[float(lrs[i]) for i in keep],
        y=shown,
        name=name,
        mode="lines",
        line=line,
        text=text,
        hovertemplate="%{text}<extra></extra>",
    )

"""Lines over the epochs of a run: what the charts of losses, rates and metrics have in common."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from lab.downsampling import thin
from lab.wording import count_text

from .epochs import Row, is_number
from .style import escape

LOSS, RATE = ".3f", ".1e"  # d3's formats of what `loss_text` and `rate_text` write


def hover(name: str, number: str) -> str:
    """The hover text of a curve over epochs, made from its x and y; a text per point costs twice as much."""
    return f"{escape(name)} %{{y:{number}}} at epoch %{{x:.2f}}<extra></extra>"


def after(x: float) -> str:
    """When an epoch that stands at x ended, in words that do not ask whether one counts from 0 or 1."""
    return f"after {count_text(round(x), 'epoch')}"


def column(rows: Sequence[Row], name: str) -> list[float | None]:
    """One column of the rows; None where a row has no finite number there."""
    values = [row.get(name) for row in rows]
    return [float(value) if is_number(value) else None for value in values]


def curve(
    x: Sequence[float],
    y: Sequence[float | None],
    name: str,
    line: dict[str, Any],
    dots: int = 0,
    number: str = LOSS,
) -> go.Scatter:
    """A thinned line over epochs; a gap where y is None; dots: size of its markers (0: none).

    number: how the hover text writes y, as d3 formats it.
    """
    keep = thin([float("nan") if value is None else value for value in y])
    shown = [y[i] for i in keep]
    return go.Scatter(
        x=[x[i] for i in keep],
        y=shown,
        name=escape(name),
        mode="lines+markers" if dots else "lines",
        line=line,
        marker={"size": dots} if dots else None,
        hovertemplate=hover(name, number),
    )


def pass_axis(figure: go.Figure, end: float, most: int = 8) -> None:
    """Whole epochs as ticks, about `most` of them, from 0 to the end of the last epoch that has begun."""
    end = max(1, math.ceil(end))
    figure.update_xaxes(range=[0, end * 1.02], dtick=round_step(end / most))


def round_step(least: float) -> int:
    """1, 2 or 5 times a power of ten, and no less than `least`."""
    power = 10 ** max(0, math.floor(math.log10(max(least, 1))))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= least)

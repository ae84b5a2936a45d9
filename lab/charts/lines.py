"""Lines over the epochs of a run: what the charts of losses, rates and metrics have in common."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from .epochs import Row, is_number
from .style import count_text, escape, loss_text, thin


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
    text: Callable[[float], str] = loss_text,
) -> go.Scatter:
    """A thinned line over epochs; a gap where y is None; dots: size of its markers (0: none)."""
    keep = thin([float("nan") if value is None else value for value in y])
    shown = [y[i] for i in keep]
    hover = ["" if value is None else f"{escape(name)} {text(value)}" for value in shown]
    return go.Scatter(
        x=[x[i] for i in keep],
        y=shown,
        name=escape(name),
        mode="lines+markers" if dots else "lines",
        line=line,
        marker={"size": dots} if dots else None,
        text=hover,
        hovertemplate="%{text} at epoch %{x:.2f}<extra></extra>",
    )


def pass_axis(figure: go.Figure, end: float) -> None:
    """Whole epochs as ticks, at most eight of them, from 0 to the end of the last epoch that has begun."""
    end = max(1, math.ceil(end))
    figure.update_xaxes(range=[0, end * 1.02], dtick=max(1, math.ceil(end / 8)))

"""The confusion matrix: a row for every true class, a column for every predicted one.

Right answers are blue by the share of their class that was found, mistakes red by their number among the
mistakes, so that a full diagonal never drowns a rare confusion. Both keep a visible tint at one picture.
"""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.wording import count_text

from .colours import Look, ink, look, mix
from .style import (
    ALL_CLASSES,
    MOST_MISTAKEN,
    SMALL,
    blank,
    cell_texts,
    describe,
    escape,
    name_axis,
    say,
    short,
    text_width,
)

FAINTEST_RIGHT, FAINTEST_WRONG = 0.5, 0.25  # tint of a cell that holds next to nothing
SMALLEST_NAMED = 14  # pixels between two class names
SMALLEST_COMPACT = 12  # the same in a compact matrix
LONGEST_NAME, LONGEST_COMPACT = 28, 16  # characters of a class name


def confusion_matrix(
    matrix: np.ndarray,
    vocab: Sequence[str],
    *,
    normalize: bool = False,
    cell: float | None = None,
    only: Sequence[int] | None = None,
    chosen: tuple[int, int] | None = None,
    compact: bool = False,
    theme: str = "light",
) -> go.Figure:
    """Counts (n_classes, n_classes) of truth (rows) against prediction (columns) as a table of colours.

    normalize: write percents of the row instead of counts, and colour the mistakes by them. cell: side of a
    cell in pixels (None: what the number of classes allows); width and height follow from it. only: the
    classes to draw, with the tints and shares that they have among all (None: all, or of more than 200 the
    60 with the most mistakes, which the chart then says). chosen: (truth, predicted), the cell
    to outline, if it is drawn. compact: short names, upright and close, for a matrix beside something else.
    Cells that held no picture stay empty; every other one tells truth, prediction, count and share when
    pointed at. Traces: "cells" (a heatmap, one row of z per drawn class) and "numbers" (the text that fits
    into its cell). Raises ValueError for a matrix that is not square, not as wide as the vocab, or has
    negative counts.
    """
    counts = np.asarray(matrix)
    size = len(vocab)
    if counts.shape != (size, size) or size == 0:
        raise BadValue(
            f"confusion_matrix: the matrix has shape {counts.shape}, but {size} classes need "
            f"({size}, {size}). Pass the matrix and the vocab of the same interpretation."
        )
    if not (counts >= 0).all():
        raise BadValue("confusion_matrix: the matrix has counts that are negative or NaN.")
    colours = look(theme)
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    tints = _tints(counts, shares, normalize)
    sentence = _sentence(counts, vocab)
    part = only is None and size > ALL_CLASSES
    drawn = list(range(size)) if only is None else list(only)
    if part:
        drawn = most_mistaken(counts, MOST_MISTAKEN)
    tints, counts, shares = (table[np.ix_(drawn, drawn)] for table in (tints, counts, shares))
    labels = [vocab[i] for i in drawn]
    if cell is None:
        cell = min(max(440 / len(drawn), 17), 56) if len(drawn) <= 45 else 765 / len(drawn)
    figure = blank(colours)
    figure.add_trace(_cells(colours, tints, counts, shares, labels, cell))
    figure.add_trace(_numbers(colours, tints, counts, shares, normalize, cell))
    if counts.sum() == 0:
        return say(figure, colours, "There are no pictures to compare.")
    note = f"the {len(drawn)} of {size:,} classes with the most mistakes; " if part else ""
    _axes(figure, colours, labels, cell, normalize, compact, note)
    if chosen is not None and set(chosen) <= set(drawn):
        row, column = map(drawn.index, chosen)
        box = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
        figure.add_shape(type="rect", **box, line={"color": colours.text, "width": 2})  # no cell has it
    return describe(figure, sentence)


def most_mistaken(counts: np.ndarray, k: int) -> list[int]:
    """The k classes with the most mistakes, as truth or as prediction, in the order of the vocab."""
    wrong = counts - np.diag(counts.diagonal())
    return sorted(np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable")[:k].tolist())


def _tints(counts: np.ndarray, shares: np.ndarray, normalize: bool) -> np.ndarray:
    """(n, n) in -1..1: how strong a cell is; right answers positive, mistakes negative, empty cells 0."""
    wrong = (shares if normalize else counts).astype(float)
    np.fill_diagonal(wrong, 0)
    tints = -(FAINTEST_WRONG + (1 - FAINTEST_WRONG) * wrong / max(wrong.max(), 1e-12))
    np.fill_diagonal(tints, FAINTEST_RIGHT + (1 - FAINTEST_RIGHT) * shares.diagonal())
    return np.where(counts > 0, tints, 0)


def _cells(
    colours: Look,
    tints: np.ndarray,
    counts: np.ndarray,
    shares: np.ndarray,
    vocab: Sequence[str],
    cell: float,
) -> go.Heatmap:
    hover = [[""] * len(vocab) for _ in vocab]
    for row, column in np.argwhere(counts > 0).tolist():
        count = count_text(int(counts[row, column]), "picture")
        hover[row][column] = (
            f"truth {escape(vocab[row])}<br>predicted {escape(vocab[column])}<br>"
            f"{count}, {shares[row, column]:.0%} of its class"
        )
    gap = 2 if cell >= 24 else 1 if cell >= 12 else 0
    return go.Heatmap(
        name="cells",
        z=tints.round(4).tolist(),
        zmin=-1,
        zmax=1,
        showscale=False,
        colorscale=[[0, colours.wrong], [0.5, colours.subtle], [1, colours.train]],
        xgap=gap,
        ygap=gap,
        text=hover,
        hoverinfo="text",
    )


def _numbers(
    colours: Look, tints: np.ndarray, counts: np.ndarray, shares: np.ndarray, normalize: bool, cell: float
) -> go.Scatter:
    """The text of the cells that it fits into, black or white, whichever reads better on the tint."""
    texts = []
    for row, column in np.argwhere(counts > 0).tolist():
        text = str(int(counts[row, column]))
        if normalize:
            text = f"{100 * shares[row, column]:.0f}" if shares[row, column] >= 0.005 else "<1"
        if text_width(text) + 4 > cell:
            continue
        tint = tints[row, column]
        colour = mix(colours.subtle, colours.train if tint > 0 else colours.wrong, abs(tint))
        texts.append((column, row, escape(text), ink(colour)))
    return cell_texts(texts, size=SMALL)


def _axes(
    figure: go.Figure,
    colours: Look,
    vocab: Sequence[str],
    cell: float,
    normalize: bool,
    compact: bool,
    note: str,
) -> None:
    """Square cells of `cell` pixels, names on the left and on top, as many as do not collide."""
    labels = [short(label, LONGEST_COMPACT if compact else LONGEST_NAME) for label in vocab]
    every = math.ceil((SMALLEST_COMPACT if compact else SMALLEST_NAMED) / cell)
    named = list(range(0, len(labels), every))
    longest = max(text_width(labels[i]) for i in named)
    angle = 90 if compact else 45 if cell * every >= 20 else 60
    across = longest * math.cos(math.radians(angle))
    up = longest * math.sin(math.radians(angle))
    side = len(labels) * cell
    margin = {"l": longest + 16, "r": max(across, 60) + 16, "t": up + 24, "b": 32, "pad": 4}
    if compact:  # the axis title below may be wider than a matrix of few classes
        margin |= {"r": max(8, 160 - side), "t": up + 20}
    axis = {
        "tickmode": "array",
        "tickvals": named,
        "ticktext": [labels[i] for i in named],
        "showgrid": False,
        "ticks": "",
        "automargin": False,
        "fixedrange": True,
    }
    figure.update_xaxes(
        axis, side="top", tickangle=-angle, range=[-0.5, len(labels) - 0.5], constrain="domain"
    )
    figure.update_yaxes(axis, range=[len(labels) - 0.5, -0.5])
    figure.update_layout(
        width=round(side + margin["l"] + margin["r"]),
        height=round(side + margin["t"] + margin["b"]),
        margin={name: round(size) for name, size in margin.items()},
    )
    title = f"predicted → ({note}rows: truth" + (", percent of the row)" if normalize else ")")
    name_axis(figure, colours, title, x=0, y=0, xanchor="left", yshift=-14)


def _sentence(counts: np.ndarray, vocab: Sequence[str]) -> str:
    total, right = int(counts.sum()), int(counts.trace())
    sentence = f"{right:,} of {count_text(total, 'picture')} are right."
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return sentence
    row, column = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return (
        f"{sentence} Most often {vocab[row]} is taken for {vocab[column]}: "
        f"{count_text(int(wrong[row, column]), 'time')}."
    )

"""Charts of a data set before any training: how many pictures a class has, and how large pictures are.

Both questions come first in the lessons of 2018: classes that are rare and pictures that are small decide
what can be learnt.
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.wording import count_text

from .colours import look
from .style import SMALL, blank, describe, escape, name_rows, rows, say

BINS = 40


def class_counts(counts: Mapping[str, tuple[int, int]], *, theme: str = "light") -> go.Figure:
    """Pictures of every class, training and validation set end to end, in the order of the vocab.

    counts: label -> (train, valid). Traces: "train" and "valid".
    """
    colours = look(theme)
    if not counts:
        return say(blank(colours), colours, "There are no classes to count.")
    labels = list(counts)
    room = rows(len(labels))
    figure = blank(colours, "pictures", height=room.height)
    for side, (name, colour) in enumerate((("train", colours.train), ("valid", colours.valid))):
        values = [int(counts[label][side]) for label in labels]
        figure.add_trace(
            go.Bar(
                x=values,
                y=list(range(len(labels))),
                orientation="h",
                name=name,
                marker={"color": colour, "line": {"width": 0}},
                width=room.bar,
                text=[f"{escape(k)}: {v:,} {name}" for k, v in zip(labels, values, strict=True)],
                textposition="none",
                hovertemplate="%{text}<extra></extra>",
            )
        )
    name_rows(figure, labels, room)
    figure.update_layout(barmode="stack", legend_traceorder="normal")
    totals = {label: sum(counts[label]) for label in labels}
    least, most = (choose(totals, key=totals.__getitem__) for choose in (min, max))
    spread = f"from {totals[least]:,} ({least}) to {totals[most]:,} ({most})"
    if totals[least] == totals[most]:
        spread = f"{totals[most]:,} in each"
    sentence = f"{count_text(sum(totals.values()), 'picture')} in {len(labels)} classes, {spread}."
    return describe(figure, sentence)


def picture_sizes(sizes: np.ndarray, *, upto: int | None = None, theme: str = "light") -> go.Figure:
    """How wide and how high pictures are: two histograms with the same bins.

    sizes: (n, 2) integers, width and height in pixels. upto: leave out what is larger (a few huge pictures
    squeeze all others into one bar). Traces: "width" and "height". Raises ValueError for another shape.
    """
    sizes = np.asarray(sizes)
    colours = look(theme)
    if sizes.size == 0:
        return say(blank(colours), colours, "There are no pictures to measure.")
    if sizes.ndim != 2 or sizes.shape[1] != 2:
        raise BadValue(
            f"picture_sizes: the sizes have shape {sizes.shape}; expected (n, 2): width and height."
        )
    low, high = int(sizes.min()), int(min(sizes.max(), upto or sizes.max()))
    edges = np.linspace(low, max(high, low + 1), BINS + 1)
    figure = blank(colours, "pixels", "pictures")
    styles = (("width", colours.train, "solid"), ("height", colours.valid, "dot"))
    for side, (name, colour, dash) in enumerate(styles):
        numbers, _ = np.histogram(sizes[:, side], bins=edges)
        outline = np.repeat(edges, 2)
        level = np.concatenate([[0], np.repeat(numbers, 2), [0]])
        spans = [f"{a:.0f} to {b:.0f}" for a, b in pairwise(edges)]
        texts = [
            f"{count_text(int(k), 'picture')} with a {name} of {span}"
            for k, span in zip(numbers, spans, strict=True)
        ]
        figure.add_trace(
            go.Scatter(
                x=outline.tolist(),
                y=level.tolist(),
                name=name,
                mode="lines",
                line={"color": colour, "width": 2, "dash": dash},
                text=["", *np.repeat(texts, 2).tolist(), ""],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    left_out = int((sizes > edges[-1]).any(axis=1).sum())
    if left_out:
        figure.add_annotation(
            text=f"{count_text(left_out, 'picture')} larger",
            x=1,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="right",
            yanchor="top",
            showarrow=False,
            font={"size": SMALL, "color": colours.muted},
        )
    figure.update_yaxes(rangemode="tozero")
    middle = np.median(sizes, axis=0)
    sentence = (
        f"{count_text(len(sizes), 'picture')}: half of them are at least {middle[0]:.0f} wide, half at "
        f"least {middle[1]:.0f} high; the smallest side is {sizes.min()}, the largest {sizes.max()} pixels."
    )
    return describe(figure, sentence)

"""Charts of predictions: one picture's probabilities, how well each class is found, what a guess costs.

The probabilities answer "how sure was it", precision and recall "of which classes", and the curve of -log(p)
why being sure and wrong costs so much.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lab.core.errors import BadValue
from lab.wording import count_text, loss_text

from .colours import look
from .style import ALL_CLASSES, MOST_MISTAKEN, SMALL, blank, describe, escape, hollow, name_rows, rows, say


def probabilities(
    probs: Sequence[float],
    vocab: Sequence[str],
    truth: str | None = None,
    *,
    k: int = 8,
    theme: str = "light",
) -> go.Figure:
    """The k most probable classes of one picture as bars, most probable first, and always the truth.

    probs: (n_classes,) in 0..1. truth: the right label, where it is known; its bar is blue, a wrong
    prediction's is red, and both say so in words. Raises ValueError for a length that is not the vocab's, for
    NaN, and for a truth that is not in the vocab.
    """
    values = np.asarray(probs, dtype=float)
    labels = list(vocab)
    if values.shape != (len(labels),):
        raise BadValue(
            f"probabilities: got {values.shape} for {len(labels)} classes. Pass one picture's row."
        )
    if not np.isfinite(values).all():
        raise BadValue("probabilities: there is a NaN among them. Look for one in the picture.")
    if truth is not None and truth not in labels:
        raise BadValue(f"probabilities: the truth {truth!r} is not one of the classes.")
    colours = look(theme)
    right = None if truth is None else labels.index(truth)
    order = np.argsort(-values, kind="stable").tolist()
    shown = order[:k]
    if right is not None and right not in shown:
        shown = [*shown[:-1], right]
    guess = order[0]
    room = rows(len(shown), pitch=22, shortest=0, margins=16)
    figure = blank(colours, height=room.height)

    def colour(i: int) -> str:
        if i == right or (right is None and i == guess):
            return colours.train
        return colours.wrong if i == guess else colours.border

    notes = {right: " (truth)"} if right is not None else {}
    figure.add_trace(
        go.Bar(
            x=[float(values[i]) for i in shown],
            y=list(range(len(shown))),
            orientation="h",
            name="probability",
            width=room.bar,
            marker={"color": [colour(i) for i in shown], "line": {"width": 0}},
            text=[f"{values[i]:.2f}{notes.get(i, '')}" for i in shown],
            textposition="outside",
            textfont={"size": SMALL},
            cliponaxis=False,
            customdata=[f"{escape(labels[i])}: {values[i]:.4f}" for i in shown],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    name_rows(figure, [labels[i] for i in shown], room)
    figure.update_xaxes(range=[0, 1.2], showticklabels=False, showgrid=False)
    figure.update_layout(margin={"t": 8, "b": 8})
    sentence = f"{labels[guess]} with probability {values[guess]:.2f}."
    if right is not None:
        sentence += " That is right." if guess == right else f" The truth, {truth}, has {values[right]:.2f}."
    return describe(figure, sentence)


def per_class(table: pd.DataFrame, *, k: int | None = None, theme: str = "light") -> go.Figure:
    """Recall (dot) and precision (diamond) of every class, the worst recall on top.

    table: indexed by label, columns precision, recall (0..1, NaN where undefined) and n (pictures); as
    `ClassificationInterpretation.per_class()` gives it. k: only the k worst (None: all, or of more than 200
    the 60 worst, which the axis then says). Traces: "recall", "precision".
    """
    colours = look(theme)
    ranked = table.sort_values("recall", kind="stable", na_position="last")
    title = "share of pictures"
    if k is None and len(table) > ALL_CLASSES:
        k = MOST_MISTAKEN
        title += f", the {k} worst of {len(table):,} classes"
    ranked = ranked if k is None else ranked.head(k)
    if len(ranked) == 0:
        return say(blank(colours), colours, "There are no classes to compare.")
    labels = list(ranked.index)
    room = rows(len(labels))
    figure = blank(colours, title, height=room.height)
    styles = (("recall", colours.train, "circle"), ("precision", colours.valid, "diamond-open"))
    for name, colour, symbol in styles:
        values = [None if math.isnan(v) else float(v) for v in ranked[name]]
        texts = [
            "" if v is None else f"{escape(label)}: {name} {v:.3f}, {count_text(int(n), 'picture')}"
            for label, v, n in zip(labels, values, ranked["n"], strict=True)
        ]
        figure.add_trace(
            go.Scatter(
                x=values,
                y=list(range(len(labels))),
                name=name,
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": min(9, max(room.pitch - 2, 3))},
                text=texts,
                hovertemplate="%{text}<extra></extra>",
                cliponaxis=False,
            )
        )
    name_rows(figure, labels, room)
    figure.update_xaxes(range=[0, 1], showgrid=True)
    worst = ranked["recall"].iloc[0]
    if math.isnan(worst):
        return describe(figure, "No class has a picture, so there is no recall.")
    return describe(figure, f"{labels[0]} is found least often: {worst:.0%} of its pictures are recognised.")


def loss_curve(marked: Sequence[float] = (), *, theme: str = "light") -> go.Figure:
    """What a guess costs: the loss -log(p) over the probability p that was given to the right class.

    marked: probabilities in (0, 1] to mark on the curve. Traces: "-log p" and "marked". Raises ValueError for
    a probability outside. Lesson: "Log likelihood".
    """
    wrong = [p for p in marked if not 0 < p <= 1]
    if wrong:
        raise BadValue(f"loss_curve: {wrong[0]} is marked, but probabilities lie in 0 < p <= 1.")
    colours = look(theme)
    figure = blank(colours, "probability of the right class", "loss")
    p = np.concatenate([np.geomspace(min([0.005, *marked]), 0.1, 60), np.linspace(0.1, 1, 121)[1:]])
    figure.add_trace(
        go.Scatter(
            x=p.tolist(),
            y=(-np.log(p)).tolist(),
            name="-log p",
            mode="lines",
            line={"color": colours.train, "width": 2.4},
            text=[f"p {value:.3f}: loss {loss_text(-math.log(value))}" for value in p],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    heights = [-math.log(value) + 0.0 for value in marked]
    names = [f"{value:.2f}" if value > 0.1 else f"{value:.2g}" for value in marked]
    texts = [f"p {name}: {loss_text(y)}" for name, y in zip(names, heights, strict=True)]
    places = ["top left" if v > 0.8 else "top right" if v > 0.1 else "middle right" for v in marked]
    figure.add_trace(
        go.Scatter(
            x=list(marked),
            y=heights,
            name="marked",
            mode="markers+text",
            marker=hollow(colours, 10),
            text=texts,
            cliponaxis=False,
            textposition=places or None,  # beside a point near the top: above it there is no room
            textfont={"size": SMALL, "color": colours.valid},
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(range=[0, 1.02], dtick=0.2)
    figure.update_yaxes(range=[-0.1, max([5.0, *heights]) * 1.08])
    figure.update_layout(showlegend=False)
    said = "; ".join(f"p = {name} costs {loss_text(y)}" for name, y in zip(names, heights, strict=True))
    sentence = "The loss -log(p) is 0 for a sure right answer and grows without bound towards p = 0."
    return describe(figure, f"{sentence} Marked: {said}." if said else sentence)

"""What all charts share: the empty figure, thinned curves, room for rows, safe labels and number formats.

Plotly reads HTML and TeX in every text that it shows, so whatever comes from a file (labels, names) passes
through `escape`. The colours stand in `colours`.
"""

import html
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lab.wording import shortened

from .colours import Look

HEIGHT = 260  # pixels, of every chart whose rows do not ask for more
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
SMALL = 11  # pixels; no text is smaller
ALL_CLASSES = 200  # of more only the MOST_MISTAKEN are drawn: a row of pixels is no row
MOST_MISTAKEN = 60
# The last one would upload the figure, labels and all, to the makers of plotly.
UNUSED_BUTTONS = ("select", "lasso", "zoomin", "zoomout", "autoscale", "sendChartToCloud")


# ---------------------------------------------------------------- the figure


def template(colours: Look) -> go.layout.Template:
    """A quiet template: horizontal lines only, no frame, no title, small muted ticks."""
    axis = {
        "color": colours.muted,
        "gridcolor": colours.border,
        "linecolor": colours.border,
        "tickfont": {"size": SMALL},
        "exponentformat": "e",
        "zeroline": False,
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": colours.text},
            "paper_bgcolor": colours.background,
            "plot_bgcolor": colours.background,
            "height": HEIGHT,
            "margin": {"l": 48, "r": 24, "t": 32, "b": 44},
            "xaxis": {**axis, "showgrid": False},
            "yaxis": {**axis, "showgrid": True},
            "legend": {
                "orientation": "h",
                "x": 0.03,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "font": {"size": SMALL},
                "bgcolor": "rgba(0,0,0,0)",
            },
            # plotly's buttons show on hover, at the top right: few of them, and nothing else lies there
            "modebar": {"remove": [*UNUSED_BUTTONS]},
            "hoverlabel": {"font": {"family": FONT, "size": 12}, "align": "left", "namelength": 0},
        }
    )


def blank(colours: Look, x_title: str = "", y_title: str = "", height: int = HEIGHT) -> go.Figure:
    """A figure without traces. The titles stand at the ends of the axes, in muted italics."""
    figure = go.Figure(layout={"template": template(colours), "height": height})
    if y_title:
        name_axis(figure, colours, y_title, x=0, y=1, xanchor="left", xshift=-40, yshift=16)
    if x_title:
        name_axis(figure, colours, x_title, x=1, y=0, xanchor="right", yshift=-32)
    return figure


def name_axis(figure: go.Figure, colours: Look, text: str, **place: object) -> None:
    """Write an axis title at a place given in fractions of the plot (`xref`/`yref` may say otherwise)."""
    figure.add_annotation(
        {"xref": "paper", "yref": "paper", "yanchor": "middle", **place},
        text=f"<i>{escape(text)}</i>",
        font={"size": SMALL, "color": colours.muted},
        showarrow=False,
    )


def name_plot(figure: go.Figure, colours: Look, number: int, text: str) -> None:
    """Write a title above one of several plots; they are counted from 1."""
    axis = number if number > 1 else ""
    place = {"xref": f"x{axis} domain", "yref": f"y{axis} domain", "xanchor": "left"}
    name_axis(figure, colours, text, x=0, y=1, yshift=16, **place)


def add_right_axis(figure: go.Figure, colours: Look, title: str) -> None:
    """Give the traces of `yaxis="y2"` an axis of their own on the right."""
    figure.update_layout(
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "tickmode": "auto", "nticks": 4},
        margin={"r": 56},
    )
    name_axis(figure, colours, title, x=1, y=1, xanchor="right", xshift=44, yshift=16)


def cell_texts(texts: Sequence[tuple[float, float, str, str]], **font: object) -> go.Scatter:
    """The trace "numbers" of a heat map: (x, y, text, colour) of every cell that has a text."""
    xs, ys, words, inks = map(list, zip(*texts, strict=True)) if texts else ([], [], [], [])
    return go.Scatter(
        name="numbers",
        mode="text",
        x=xs,
        y=ys,
        text=words,
        textfont={**font, "color": inks or None},
        hoverinfo="skip",
        showlegend=False,
    )


def describe(figure: go.Figure, sentence: str) -> go.Figure:
    """Give the figure the sentence that says the same: for screen readers and for the report."""
    return figure.update_layout(meta={"description": sentence})


def say(figure: go.Figure, colours: Look, sentence: str) -> go.Figure:
    """Write a sentence into the middle of a chart that has nothing to draw, and describe it with it."""
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    figure.layout.annotations = ()
    figure.add_annotation(
        text=escape(sentence),
        x=0.5,
        y=0.5,
        xref="paper",
        yref="paper",
        showarrow=False,
        font={"color": colours.muted},
    )
    return describe(figure, sentence)


# ---------------------------------------------------------------- curves and rows


@dataclass(frozen=True)
class Rows:
    """Room for one row per class: heights of the chart and of a row in pixels, width of a bar as a share of
    a row, and the rows that are named."""

    height: int
    pitch: float
    bar: float
    named: list[int]


def rows(
    count: int, pitch: float = 18, shortest: int = HEIGHT, tallest: int = 1080, margins: int = 76
) -> Rows:
    """Room for `count` rows: roomy when they are few, tight when many, names never closer than 14 px."""
    pitch = max(min(pitch, tallest / count), (shortest - margins) / count)
    every = math.ceil(14 / pitch)
    bar = min(0.75, 24 / pitch)
    return Rows(round(margins + count * pitch), pitch, bar, list(range(0, count, every)))


def name_rows(figure: go.Figure, labels: Sequence[str], room: Rows) -> None:
    """Rows 0, 1, 2 ... downwards, with the labels on the left, and lines that run up and down."""
    figure.update_yaxes(
        tickmode="array",
        tickvals=room.named,
        showgrid=False,
        ticktext=[short(labels[i]) + "  " for i in room.named],
        range=[len(labels) - 0.5, -0.5],
    )
    figure.update_xaxes(showgrid=True)


# ---------------------------------------------------------------- text


def escape(text: object) -> str:
    """The text as plotly shows it literally: no tag, no entity, no TeX, one line, valid Unicode."""
    clean = str(text).encode("utf-8", "replace").decode("utf-8")
    one_line = "".join(" " if unicodedata.category(c) == "Cc" else c for c in clean)
    # plotly knows &amp; &lt; &gt; and numbers, but not &quot;; a pair of $ would be read as TeX
    return html.escape(one_line, quote=False).replace("$", "&#36;")


def short(label: object, most: int = 28) -> str:
    """The label for a tick: escaped, and cut with an ellipsis when it is longer than `most`."""
    return escape(shortened(str(label), most))


def text_width(text: str, size: float = SMALL) -> float:
    """About how many pixels a line of text takes (East Asian characters take two places)."""
    places = sum(1.8 if unicodedata.east_asian_width(c) in "WF" else 1 for c in html.unescape(text))
    return 0.55 * size * places


def hollow(colours: Look, size: int) -> dict[str, object]:
    """An open circle as a marker, in the colour of validation."""
    return {"size": size, "color": colours.background, "line": {"color": colours.valid, "width": 2}}


def words(name: str) -> str:
    """A name of the code as a reader's words: "error_rate" -> "error rate"."""
    return name.replace("_", " ")

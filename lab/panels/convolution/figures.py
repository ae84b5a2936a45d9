"""The two pictures of the convolution panel: the input with its window, and the output as a heat map.

Cells are counted in pixels of the picture, so the border of zeros has row and column -1. Its place is kept
free where there is none: nothing moves when padding is switched on.
"""

import numpy as np
import plotly.graph_objects as go

from lab.charts.colours import Look, ink, look, mix
from lab.charts.style import SMALL, blank, cell_texts, describe
from lab.panels.convolution.record import Convolution, Place
from lab.panels.convolution.words import CHANNELS, cell_text, input_sentence, number_text, output_sentence

SIDE = 340  # px of the page, height and full width
COLOURS = "colours"  # the view of all three channels at once, without numbers
VIEWS = (COLOURS, *CHANNELS)
_MARGIN = {"l": 22, "r": 2, "t": 20, "b": 2, "pad": 0}
_NARROW = 'Arial, "Liberation Sans", "DejaVu Sans Condensed", sans-serif'  # four characters fit into a cell
_ENDS = {"red": "#ff0000", "green": "#00ff00", "blue": "#0000ff"}


def input_figure(record: Convolution, place: Place, view: str, theme: str) -> go.Figure:
    """The patch, its border of zeros and the window. view: of a patch in colour, one of `VIEWS`.

    Traces: "pixels", a heat map that takes the clicks, "numbers", and in the view of all colours "picture".
    """
    colours = look(theme)
    figure = _empty(colours)
    padding = record.layer.padding
    shares, end, numbers = _plane(record, view)
    height, width = shares.shape
    rows, columns = range(-padding, height + padding), range(-padding, width + padding)
    hidden = numbers is None
    if hidden:
        picture = (record.colours * 255).round().int().permute(1, 2, 0).tolist()
        figure.add_trace(go.Image(name="picture", z=picture, hoverinfo="skip"))
    bordered = np.pad(shares.astype(float), padding, constant_values=np.nan)
    figure.add_trace(
        go.Heatmap(
            name="pixels",
            x=list(columns),
            y=list(rows),
            z=[[None if np.isnan(share) else share for share in row] for row in bordered.tolist()],
            zmin=0,
            zmax=1,
            colorscale=[[0, "#000000"], [1, end]],
            opacity=0.0 if hidden else 1.0,
            showscale=False,
            xgap=1,
            ygap=1,
            customdata=[[_hover(record, row, column) for column in columns] for row in rows],
            hovertemplate="row %{y}, column %{x}: %{customdata}<extra></extra>",
            hoverongaps=False,
        )
    )
    texts = []
    for row in rows:
        for column in columns:
            if not (0 <= row < height and 0 <= column < width):
                texts.append((column, row, "0", colours.muted))
            elif numbers is not None:
                ground = mix("#000000", end, float(shares[row, column]))
                texts.append((column, row, cell_text(float(numbers[row, column])), ink(ground)))
    figure.add_trace(cell_texts(texts, family=_NARROW, size=SMALL))
    _axes(figure, range(height), range(width), border=True)
    top, left = (at - padding for at in place.window)
    for window in place.windows if len(place.windows) > 1 else ():
        _outline(figure, colours, window[0] - padding, window[1] - padding, 3, dash="dot", width=1)
    _outline(figure, colours, top, left, 3)
    return describe(figure, input_sentence(record, place))


def output_figure(record: Convolution, place: Place, theme: str) -> go.Figure:
    """The output: orange above 0, blue below, the stronger the larger; the place that is looked at is marked.

    Traces: "output", a heat map that takes the clicks, and "numbers".
    """
    colours = look(theme)
    figure = _empty(colours)
    output = record.maps.output.numpy()
    height, width = output.shape
    most = float(np.abs(output).max()) or 1.0
    figure.add_trace(
        go.Heatmap(
            name="output",
            z=output.round(4).tolist(),
            zmin=-most,
            zmax=most,
            colorscale=[[0, colours.train], [0.5, colours.subtle], [1, colours.valid]],
            showscale=False,
            xgap=1,
            ygap=1,
            customdata=[[number_text(value) for value in row] for row in output.tolist()],
            hovertemplate="row %{y}, column %{x}: %{customdata}<extra></extra>",
        )
    )
    texts = []
    for (row, column), value in np.ndenumerate(output):
        ground = mix(colours.subtle, colours.valid if value > 0 else colours.train, abs(value) / most)
        texts.append((column, row, cell_text(float(value)), ink(ground)))
    size = SMALL if max(height, width) > 8 else 13
    figure.add_trace(cell_texts(texts, family=_NARROW, size=size))
    _axes(figure, range(height), range(width), border=False)
    _outline(figure, colours, place.row, place.column, 1)
    return describe(figure, output_sentence(record, place))


def _plane(record: Convolution, view: str) -> tuple[np.ndarray, str, np.ndarray | None]:
    """How light each cell is (h, w), the colour of the lightest, and the numbers to be written, if any."""
    patch, rgb = record.patch.numpy(), record.colours.numpy()
    if not record.colour:
        return patch[0], "#ffffff", patch[0]
    if view == COLOURS:
        return rgb[0], "#ffffff", None
    channel = CHANNELS.index(view)
    return rgb[channel], _ENDS[view], patch[channel]


def _hover(record: Convolution, row: int, column: int) -> str:
    _, height, width = record.patch.shape
    if not (0 <= row < height and 0 <= column < width):
        return "0, the border"
    numbers = [number_text(value) for value in record.patch[:, row, column].tolist()]
    if not record.colour:
        return numbers[0]
    return ", ".join(f"{name} {number}" for name, number in zip(CHANNELS, numbers, strict=True))


def _empty(colours: Look) -> go.Figure:
    figure = blank(colours, height=SIDE)
    return figure.update_layout(margin=_MARGIN, hovermode="closest")


def _axes(figure: go.Figure, rows: range, columns: range, border: bool) -> None:
    """Square cells from the top left corner, each row and column with its number."""
    room = 1.5 if border else 0.5
    shared = {"tickmode": "array", "ticks": "", "showgrid": False, "automargin": False, "fixedrange": True}
    figure.update_xaxes(
        shared,
        side="top",
        tickangle=0,
        tickvals=list(columns),
        range=[-room, len(columns) - 1 + room],
        constrain="domain",
    )
    figure.update_yaxes(
        shared,
        tickvals=list(rows),
        range=[len(rows) - 1 + room, -room],
        scaleanchor="x",
        constrain="domain",
        constraintoward="top",
    )


def _outline(
    figure: go.Figure, colours: Look, row: int, column: int, side: int, dash: str = "solid", width: int = 2
) -> None:
    """A frame around cells in the colour of the text, with a rim in the page's: it is seen on any cell."""
    box = {"x0": column - 0.5, "x1": column + side - 0.5, "y0": row - 0.5, "y1": row + side - 0.5}
    for colour, thickness, line in ((colours.background, width + 3, "solid"), (colours.text, width, dash)):
        figure.add_shape(type="rect", line={"color": colour, "width": thickness, "dash": line}, **box)

"""Charts without a browser: what the data say is found in the pixels, and nothing breaks the picture."""

import math
import subprocess
import sys

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots
from test_charts_style import EVERY_CHART

from lab import fonts
from lab.charts import CHARTS, colours, draw, style
from lab.charts.png import to_png
from lab.charts.png.axes import Axis, Extent

BLUE, RED, WHITE, BLACK = (0, 0, 255), (255, 0, 0), (255, 255, 255), (0, 0, 0)
EVIL = "<img src=x onerror=alert(1)>"


def plain(*traces, x=(0, 10), y=(0, 10), **layout) -> go.Figure:
    """300 x 200 px with margins of 50 and no grid: x runs from pixel 50 to 250, y from 150 up to 50."""
    bare = {"showgrid": False, "showticklabels": False}
    margin = {"l": 50, "r": 50, "t": 50, "b": 50}
    axes = {"xaxis": {**bare, "range": x}, "yaxis": {**bare, "range": y}}
    base = {"width": 300, "height": 200, "margin": margin, "showlegend": False, "template": {}, **axes}
    figure = go.Figure(list(traces), base)
    return figure.update_layout(layout)


def pixel(figure: go.Figure, x: float, y: float) -> tuple[int, ...]:
    return to_png(figure, scale=2).getpixel((round(2 * x), round(2 * y)))


def difference(one: go.Figure, other: go.Figure) -> np.ndarray:
    """(h, w) bool at scale 1: where two figures differ."""
    a, b = (np.asarray(to_png(figure, scale=1)).astype(int) for figure in (one, other))
    return (a != b).any(axis=2)


def box(where: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels that are set."""
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return columns[0], rows[0], columns[-1], rows[-1]


def text(words: str, **more) -> dict:
    return {"text": words, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False, **more}


# every chart


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_in_the_colours_of_its_theme(name, theme):
    figure = draw(name, *EVERY_CHART[name], theme=theme)
    image = to_png(figure)
    width = figure.layout.width or 860
    height = figure.layout.height or style.HEIGHT
    assert image.size == (2 * width, 2 * height)
    assert image.mode == "RGB"
    background = colours.channels(colours.look(theme).background)
    assert {image.getpixel((x, y)) for x in (0, image.width - 1) for y in (0, image.height - 1)} == {
        background
    }
    assert (np.asarray(image) != background).any()


def test_size_and_scale_are_obeyed():
    figure = go.Figure(go.Scatter(x=[1, 2], y=[1, 2]))
    assert to_png(figure, 400, 100, scale=1.5).size == (600, 150)
    assert to_png(plain(), 900, scale=1).size == (300, 200)
    with pytest.raises(ValueError, match=r"0 x 10 at scale 1 has no pixel"):
        to_png(figure, 0, 10, scale=1)


def test_the_figure_is_left_as_it_was():
    figure = draw("loss_curve")
    before = figure.to_json()
    to_png(figure)
    assert figure.to_json() == before


def test_an_unknown_trace_is_named():
    with pytest.raises(ValueError, match=r"trace 1 is of type 'pie'.*scatter"):
        to_png(go.Figure([go.Scatter(y=[1]), go.Pie(values=[1])]))


@pytest.mark.parametrize(
    ("trace", "message"),
    [
        ({"mode": "markers", "marker": {"symbol": "star"}}, r"marker 'star'"),
        ({"mode": "lines", "line": {"dash": "5px"}}, r"dash '5px'"),
    ],
)
def test_an_unknown_look_is_named(trace, message):
    with pytest.raises(ValueError, match=message):
        to_png(plain(go.Scatter(x=[1, 2], y=[1, 2], **trace)))


def test_no_browser_and_no_kaleido_is_loaded():
    code = (
        "import sys; from lab.charts import draw; from lab.charts.png import to_png\n"
        "to_png(draw('loss_curve'))\n"
        "print(sorted({'kaleido', 'playwright', 'matplotlib', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# lines and markers


def test_a_line_lies_where_its_data_say():
    figure = plain(go.Scatter(x=[0, 10], y=[0, 10], mode="lines", line={"color": "#0000ff", "width": 6}))
    assert pixel(figure, 150, 100) == BLUE
    assert pixel(figure, 100, 125) == BLUE
    assert pixel(figure, 100, 75) == WHITE


def test_a_line_ends_at_the_edge_of_the_plot():
    figure = plain(go.Scatter(x=[-20, 30], y=[5, 5], mode="lines", line={"color": "blue", "width": 6}))
    assert [pixel(figure, x, 100) for x in (48, 52, 248, 252)] == [WHITE, BLUE, BLUE, WHITE]


@pytest.mark.parametrize("gap", [None, math.nan, math.inf])
def test_a_line_has_a_gap_where_a_value_is_missing(gap):
    line = {"color": "blue", "width": 6}
    figure = plain(go.Scatter(x=[0, 4, 5, 6, 10], y=[5, 5, gap, 5, 5], mode="lines", line=line))
    assert [pixel(figure, x, 100) for x in (100, 150, 200)] == [BLUE, WHITE, BLUE]


def test_a_huge_value_leaves_through_the_top():
    line = {"color": "blue", "width": 6}
    figure = plain(go.Scatter(x=[0, 5, 10], y=[5, 5, 1e30], mode="lines", line=line))
    assert pixel(figure, 100, 100) == BLUE
    assert pixel(figure, 150, 60) == BLUE
    assert pixel(figure, 250, 100) == WHITE


def test_a_dotted_line_has_gaps_of_its_own_width():
    line = {"color": "blue", "width": 5, "dash": "dot"}
    figure = plain(go.Scatter(x=[0, 10], y=[5, 5], mode="lines", line=line))
    row = [pixel(figure, 50 + x, 100) for x in (2, 7, 12, 17)]
    assert row == [BLUE, WHITE, BLUE, WHITE]


def test_opacity_mixes_with_what_lies_below():
    line = {"color": "black", "width": 10}
    figure = plain(go.Scatter(x=[0, 5, 10], y=[5, 5, 5], mode="lines", line=line, opacity=0.5))
    assert {pixel(figure, x, 100)[0] for x in (100, 150, 200)} <= {127, 128}


def test_markers_are_filled_ringed_or_open():
    ring = {"size": 20, "color": "blue", "line": {"color": "red", "width": 4}}
    figure = plain(go.Scatter(x=[5], y=[5], mode="markers", marker=ring))
    assert [pixel(figure, x, 100) for x in (150, 160, 165)] == [BLUE, RED, WHITE]
    opened = {"size": 20, "color": "blue", "symbol": "diamond-open", "line": {"width": 4}}
    figure = plain(go.Scatter(x=[5], y=[5], mode="markers", marker=opened))
    assert [pixel(figure, x, 100) for x in (150, 163, 170)] == [WHITE, BLUE, WHITE]


def test_markers_have_their_own_sizes_and_colours():
    marker = {"size": [4, 30], "color": ["blue", "red"], "opacity": 1}
    figure = plain(go.Scatter(x=[2, 8], y=[5, 5], mode="markers", marker=marker))
    assert pixel(figure, 90, 100) == BLUE
    assert pixel(figure, 98, 100) == WHITE
    assert pixel(figure, 218, 100) == RED


# axes


def test_a_logarithmic_axis_gives_every_decade_the_same_room():
    marker = {"size": 8, "color": "blue"}
    trace = go.Scatter(x=[1e-3, 1e-2, 0, 1e-1], y=[5, 5, 5, 5], mode="markers", marker=marker)
    figure = plain(trace, x=(-4, 0), xaxis_type="log")
    assert [pixel(figure, x, 100) for x in (100, 150, 200)] == [BLUE] * 3
    assert pixel(figure, 60, 100) == pixel(figure, 175, 100) == WHITE


def test_a_reversed_range_runs_downwards():
    trace = go.Scatter(x=[5], y=[1], mode="markers", marker={"size": 8, "color": "blue"})
    assert pixel(plain(trace, y=(10, 0)), 150, 60) == BLUE


def test_the_right_axis_has_its_own_scale():
    one = go.Scatter(x=[5], y=[5], mode="markers", marker={"size": 8, "color": "red"})
    two = go.Scatter(x=[5], y=[500], mode="markers", marker={"size": 8, "color": "blue"}, yaxis="y2")
    axis = {"overlaying": "y", "side": "right", "range": [0, 1000], "showgrid": False}
    figure = plain(one, two, yaxis2=axis)
    assert pixel(figure, 150, 100) == BLUE
    labels = difference(figure, plain(one, two, yaxis2={**axis, "showticklabels": False}))
    assert box(labels)[0] >= 250


def test_subplots_lie_side_by_side():
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.2, figure=go.Figure(layout={"template": {}}))
    for column, colour in ((1, "blue"), (2, "red")):
        trace = go.Scatter(x=[0, 10], y=[5, 5], mode="lines", line={"color": colour, "width": 8})
        figure.add_trace(trace, row=1, col=column)
    figure.update_layout(plain().layout).update_xaxes(range=[0, 10]).update_yaxes(range=[0, 10])
    assert [pixel(figure, x, 100) for x in (90, 150, 210)] == [BLUE, WHITE, RED]


def test_categories_stand_in_the_order_of_their_first_use():
    figure = plain(go.Bar(x=["b", "a"], y=[10, 5], marker={"color": "blue"}), x=None)
    assert [pixel(figure, x, 75) for x in (100, 200)] == [BLUE, WHITE]
    assert pixel(figure, 200, 140) == BLUE


def test_grid_lines_stand_at_the_ticks():
    figure = plain(yaxis={"showgrid": True, "gridcolor": "blue", "gridwidth": 2, "dtick": 2.5})
    assert [pixel(figure, 60, y) for y in (75, 100, 125, 90)] == [BLUE, BLUE, BLUE, WHITE]


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        ({"range": [0, 4]}, ["0", "1", "2", "3", "4"]),
        ({"range": [-1, 1]}, ["\u22121", "\u22120.5", "0", "0.5", "1"]),
        ({"range": [0, 1], "tickformat": ".0%", "dtick": 0.5}, ["0%", "50%", "100%"]),
        ({"range": [0, 40000], "dtick": 20000, "exponentformat": "e"}, ["0", "2e+4", "4e+4"]),
        (
            {"range": [-4, -2], "type": "log", "dtick": 1, "tickformat": "~e"},
            ["1e\u22124", "1e\u22123", "1e\u22122"],
        ),
        ({"range": [-3, 0], "type": "log", "dtick": 1}, ["1e\u22123", "0.01", "0.1", "1"]),
        ({"range": [0, 4], "tickvals": [1, 3, 9], "ticktext": ["one", "three", "nine"]}, ["one", "three"]),
    ],
)
def test_ticks_are_those_of_plotly(axis, expected):
    made = Axis("x", axis, start=0, length=400)
    made.fit([])
    assert [label for _, label in made.ticks()] == expected


def test_a_range_that_nobody_gave_is_that_of_plotly():
    # a chart of `metrics`, 184 px high, a ring of 12 px on the best value; read off plotly.js in a browser
    accuracies = [0.9 - 0.6 * math.exp(-epoch / 2) for epoch in range(8)]
    dots = Extent(accuracies[0], accuracies[-2], 7 / 1.6, 7 / 1.6, airy=True)
    ring = Extent(accuracies[-1], accuracies[-1], 12 / 1.6, 12 / 1.6, airy=True)
    axis = Axis("y", {}, start=184, length=184)
    axis.fit([dots, ring])
    assert axis.range == pytest.approx((0.24861575988, 0.94509459462))


@pytest.mark.parametrize(
    ("low", "high", "spec", "expected"),
    [
        (1, 2, {"rangemode": "tozero"}, (0, 2 / 0.95)),
        (0.5, 0.5, {}, (-0.5, 1.5)),
        (0, 0, {"rangemode": "tozero"}, (0, 1)),
        (math.nan, math.nan, {}, (-1, 4)),
    ],
)
def test_a_range_may_begin_at_zero_or_have_a_single_value(low, high, spec, expected):
    axis = Axis("y", spec, start=100, length=100)
    axis.fit([Extent(low, high, airy=True)])
    assert axis.range == pytest.approx(expected)


def test_long_labels_widen_the_margin_and_stay_in_the_picture():
    def bars(label):
        figure = plain(go.Bar(x=[10], y=[0], orientation="h", marker={"color": "blue"}), y=[-0.5, 0.5])
        ticks = {"automargin": True, "showticklabels": True, "tickvals": [0], "ticktext": [label]}
        return figure.update_layout(yaxis=ticks)

    left = box(difference(bars("a rather long label"), plain()))[0]
    assert left > 2
    assert pixel(bars("x"), 60, 100) == BLUE
    assert pixel(bars("a rather long label"), 60, 100) != BLUE


# bars and cells


def test_bars_lie_or_stand_and_are_stacked():
    lying = [go.Bar(x=[4], y=[5], width=4, orientation="h", marker={"color": c}) for c in ("blue", "red")]
    figure = plain(*lying, barmode="stack")
    assert [pixel(figure, x, 100) for x in (60, 125, 135, 205, 215)] == [BLUE, BLUE, RED, RED, WHITE]
    assert pixel(figure, 60, 75) == WHITE
    standing = go.Bar(x=[5], y=[5], width=2, marker={"color": ["red"]})
    assert [pixel(plain(standing), 150, y) for y in (90, 110)] == [WHITE, RED]


def test_cells_have_the_colours_of_the_scale_and_gaps():
    scale = [[0, "#ff0000"], [0.5, "#ffffff"], [1, "#0000ff"]]
    cells = go.Heatmap(z=[[-1, 0.5], [None, 1]], zmin=-1, zmax=1, colorscale=scale, showscale=False, xgap=10)
    figure = plain(cells, x=(-0.5, 1.5), y=(1.5, -0.5), plot_bgcolor="#000000")
    assert pixel(figure, 100, 75) == RED
    assert pixel(figure, 200, 75) == (128, 128, 255)
    assert pixel(figure, 200, 125) == BLUE
    assert pixel(figure, 100, 125) == BLACK
    assert pixel(figure, 150, 75) == BLACK


def test_the_colour_bar_has_the_highest_colour_on_top():
    cells = go.Heatmap(z=[[0, 1]], colorscale=[[0, "#ff0000"], [1, "#0000ff"]], colorbar={"thickness": 10})
    image = np.asarray(to_png(plain(cells, x=None, y=None), scale=1)).astype(int)
    high, low = image[63], image[137]
    column = np.flatnonzero((high != low).any(axis=1))[0] + 3
    top, bottom = high[column], low[column]
    assert top[2] > 230 > 25 > top[0]
    assert bottom[0] > 230 > 25 > bottom[2]


# text, shapes, legend


@pytest.mark.parametrize("words", ["plain", "<i>slanted</i>", "<b>bold</b>", "two<br>lines", "1 &lt; 2"])
def test_an_annotation_is_written_where_it_stands(words):
    left, top, right, bottom = box(difference(plain(annotations=[text(words)]), plain()))
    assert abs((left + right) / 2 - 150) < 4
    assert abs((top + bottom) / 2 - 100) < 4


def test_tags_are_obeyed_and_entities_decoded():
    def ink(words):
        return difference(plain(annotations=[text(words)]), plain())

    assert (ink("a &lt; b") == ink("a < b")).all()
    assert (ink("<i>abc</i>") != ink("abc")).any()
    assert ink("<b>abc</b>").sum() > ink("abc").sum()
    one, two = box(ink("ab")), box(ink("ab<br>ab"))
    assert two[3] - two[1] > one[3] - one[1] + 10


def test_anchors_and_shifts_move_a_text():
    def left(**more):
        return box(difference(plain(annotations=[text("abc", **more)]), plain()))[0]

    assert left(xanchor="left") > left(xanchor="center") > left(xanchor="right")
    assert left(xshift=20) == left() + 20


def test_a_chip_has_its_background_behind_the_text():
    chip = text("1", bgcolor="blue", font={"color": "white"}, borderpad=10)
    figure = plain(annotations=[chip])
    assert pixel(figure, 140, 100) == BLUE
    assert pixel(figure, 150, 87) == BLUE


@pytest.mark.parametrize(
    "evil", [EVIL, "$x^2$", "\udcff lone", "line\nbreak\x00", "\u732b \u0643\u0644\u0628", "</b><br"]
)
def test_hostile_labels_are_shown_literally(evil):
    labels = [evil, "plain"]
    hostile, short = (draw("class_counts", dict.fromkeys(two, (3, 1))) for two in (labels, ["x", "plain"]))
    assert difference(hostile, short).any()
    to_png(draw("confusion_matrix", np.eye(2, dtype=int), labels))


def test_a_tag_that_is_none_of_ours_is_written_out():
    def ink(words):
        return difference(plain(annotations=[text(words)]), plain())

    assert (ink(EVIL) == ink(EVIL.replace("<", "&lt;").replace(">", "&gt;"))).all()
    assert box(ink(EVIL))[2] - box(ink(EVIL))[0] > 100


def test_without_a_system_font_minus_signs_are_hyphens(monkeypatch):
    monkeypatch.setattr(fonts, "SYSTEM_FONTS", ("no such font.ttf",))
    minus, hyphen = (plain(annotations=[text(f"1e{sign}7")]) for sign in ("\u2212", "-"))
    assert not difference(minus, hyphen).any()


def test_an_empty_chart_says_so_in_its_middle():
    look = colours.look("dark")
    said = style.say(style.blank(look), look, "There is nothing here.")
    silent = style.blank(look).update_xaxes(visible=False).update_yaxes(visible=False)
    silent.layout.annotations = ()
    left, top, right, bottom = box(difference(said, silent))
    assert abs((left + right) / 2 - 430) < 20
    assert abs((top + bottom) / 2 - 130) < 20


def test_a_figure_without_anything_is_drawn():
    assert to_png(go.Figure(), 200, 200).size == (400, 400)


def test_shapes_lie_below_or_above_the_traces():
    line = go.Scatter(x=[0, 10], y=[5, 5], mode="lines", line={"color": "blue", "width": 8})
    shape = {"type": "rect", "x0": 4, "x1": 6, "y0": 0, "y1": 1, "yref": "paper", "fillcolor": "red"}
    shape["line"] = {"width": 0}
    assert pixel(plain(line, shapes=[shape]), 150, 100) == RED
    below = plain(line, shapes=[{**shape, "layer": "below"}])
    assert pixel(below, 150, 100) == BLUE
    assert pixel(below, 150, 60) == RED


def test_a_vertical_line_on_a_logarithmic_axis_stands_at_its_value():
    figure = plain(x=(-4, 0), xaxis_type="log")
    figure.add_vline(x=1e-2, line={"color": "blue", "width": 4})
    assert pixel(figure, 150, 70) == BLUE


def test_the_legend_names_what_has_a_name_to_show():
    def traces(*shown):
        return [
            go.Scatter(
                x=[0, 9], y=[i, i], mode="lines", line={"color": "blue"}, name=f"trace {i}", showlegend=s
            )
            for i, s in enumerate(shown)
        ]

    place = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    with_two, with_one = (
        plain(*traces(*shown), showlegend=True, legend=place) for shown in ((True, True), (True, False))
    )
    left, _, _, bottom = box(difference(with_two, with_one))
    assert left > 100
    assert bottom < 50

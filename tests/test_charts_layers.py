"""Charts of the layers over training: what the curves and the heat map hold, and what the sentence says."""

from itertools import pairwise

import numpy as np
import pytest

from lab.charts import draw


def rows(steps, std=1.0, near_zero=0.25):
    return [{"step": step, "mean": step / 10, "std": std, "near_zero": near_zero} for step in steps]


def test_every_layer_is_a_curve_in_each_of_the_three_plots():
    chart = draw("layer_stats", {"body.1": rows(range(3)), "body.2": [], "head": rows([0, 2], 2.5, 0.5)})
    assert [(trace.name, trace.yaxis) for trace in chart.data] == [
        (name, axis) for axis in ("y", "y2", "y3") for name in ("body.1", "head")
    ]
    mean, std, near_zero = chart.data[1], chart.data[3], chart.data[5]
    assert mean.x.tolist() == [0, 2]
    assert mean.y.tolist() == pytest.approx([0.0, 0.2])
    assert std.y.tolist() == [2.5, 2.5]
    assert near_zero.y.tolist() == [0.5, 0.5]
    assert near_zero.hovertemplate.startswith("head: share near zero %{y:.0%} at step")
    assert [trace.showlegend for trace in chart.data] == [True, True, False, False, False, False]
    assert chart.layout.meta["description"] == (
        "In the end, of 2 layers head has the largest spread, 2.500, and head the most activations "
        "near zero, 50%."
    )


def test_neighbouring_layers_differ_in_colour_and_in_line_style():
    chart = draw("layer_stats", {str(i): rows([0, 1]) for i in range(7)})
    lines = [(trace.line.color, trace.line.dash) for trace in chart.data[:7]]
    assert len(set(lines)) == 7
    assert all(a[1] != b[1] for a, b in pairwise(lines))


def test_without_a_step_a_sentence_stands_in_the_chart():
    for chart in (draw("layer_stats", {}), draw("layer_histogram", np.zeros((2, 0)), [], [0.0])):
        assert chart.layout.meta["description"].startswith("No step has been trained")
        assert len(chart.data) == 0
    full = draw("layer_stats", {"body.1": rows([0, 1])})
    assert (
        draw("layer_stats", {}).layout.height == full.layout.height
    )  # nothing jumps when the first step comes


def test_a_layer_s_name_is_shown_literally():
    chart = draw("layer_stats", {"<b>x": rows([0])})
    assert chart.data[0].name == "&lt;b&gt;x"
    assert chart.data[0].mode == "markers"


def test_the_heat_map_holds_the_logarithm_of_the_shares():
    shares = np.array([[0.0, 0.1], [1.0, 0.9], [0.0, 0.0]])
    chart = draw("layer_histogram", shares, [0, 4], [-0.5, 0.5])
    heat = chart.data[0]
    assert heat.x.tolist() == [0, 4]
    got = np.array(heat.z, dtype=float)
    assert got[1].tolist() == [0, pytest.approx(np.log10(0.9), abs=5e-3)]
    assert np.isnan(got[0][0])
    assert got[0][1] == pytest.approx(-1)
    assert heat.customdata[0][1] == 0.1
    assert chart.layout.yaxis.labelalias == {"0": "below -0.5", "1": "-0.5 to 0.5", "2": "above 0.5"}
    assert chart.layout.yaxis.range == (-0.5, 1.5)  # the empty bin is cut off
    assert (
        chart.layout.meta["description"] == "At the last step 90% of the layer's activations are near zero."
    )


def test_shares_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 1\); 2 edges and 1 steps need \(3, 1\)"):
        draw("layer_histogram", np.zeros((2, 1)), [0], [-1.0, 1.0])

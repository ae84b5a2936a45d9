"""What all charts share: safe text, thinned curves, readable colours, and no import that they do not need."""

import itertools
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lab import downsampling, wording
from lab.charts import CHARTS, colours, draw, style
from lab.core.plans import constant_plan

EVERY_CHART = {
    "losses": [SimpleNamespace(steps=[], epochs=[])],
    "rates": [SimpleNamespace(steps=[], epochs=[])],
    "metrics": [SimpleNamespace(steps=[], epochs=[{"epoch": 0, "valid_loss": 1.0, "accuracy": 0.5}])],
    "lr_find": [
        SimpleNamespace(lrs=(0.1, 1.0), losses=(2.0, 1.0), smoothed=(2.0, 1.5), suggestions={"steep": 0.3})
    ],
    "sweep": [SimpleNamespace(lrs=(0.1, 0.3, 1.0))],
    "schedule": [lambda progress: 1 - progress],
    "plan": [constant_plan(2, [1e-4, 1e-3]), 5],
    "confusion_matrix": [np.eye(2, dtype=int), ["a", "b"]],
    "class_counts": [{"a": (3, 1)}],
    "picture_sizes": [np.array([[40, 30], [50, 30]])],
    "probabilities": [[0.2, 0.8], ["a", "b"]],
    "per_class": [pd.DataFrame({"precision": [1.0], "recall": [0.5], "n": [2]}, index=["a"])],
    "loss_curve": [],
    "layer_stats": [{"body.1": [{"step": 0, "mean": 0.1, "std": 1.0, "near_zero": 0.5}]}],
    "layer_histogram": [np.array([[0.0], [0.75], [0.25]]), [0], [-0.1, 0.1]],
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_by_name_in_both_themes_and_described_in_words(name, theme):
    chart = draw(name, *EVERY_CHART[name], theme=theme)
    sentence = chart.layout.meta["description"]
    assert sentence.endswith(".")
    assert sentence[0].isupper() or sentence[0] in "0123456789ab"
    assert chart.layout.template.layout.paper_bgcolor == colours.LOOKS[theme].background
    chart.to_json()


@pytest.mark.parametrize("name", CHARTS)
def test_no_chart_has_a_button_that_uploads_it(name):
    assert "sendChartToCloud" in draw(name, *EVERY_CHART[name]).layout.template.layout.modebar.remove


def test_an_unknown_chart_or_theme_lists_those_that_there_are():
    with pytest.raises(ValueError, match=r"no chart called 'loses'.*losses, rates, metrics"):
        draw("loses")
    with pytest.raises(ValueError, match=r"no 'blue'.*light, dark"):
        draw("loss_curve", theme="blue")


def test_charts_import_neither_torch_nor_widgets_nor_the_rooms_below():
    code = (
        "import sys; from lab.charts import CHARTS; from importlib import import_module\n"
        "[import_module('lab.charts.' + module) for module in set(CHARTS.values())]\n"
        "rooms = {'lab.data', 'lab.models', 'lab.training', 'lab.interpret'}\n"
        "print(sorted(({'torch', 'torchvision', 'ipywidgets'} | rooms) & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_naming_the_charts_does_not_load_plotly():
    code = "import sys; import lab.charts; print('plotly' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


# thinning


def test_a_short_curve_keeps_every_point():
    assert downsampling.thin([3.0, 1.0, 2.0]).tolist() == [0, 1, 2]
    assert downsampling.thin([]).tolist() == []
    assert len(downsampling.thin(range(1000))) == 1000


@pytest.mark.parametrize("length", [1001, 1500, 12_345, 100_000])
def test_a_long_curve_has_at_most_1000_points_and_keeps_its_ends_and_extremes(length):
    curve = np.random.default_rng(0).normal(size=length)
    curve[length // 3], curve[length // 2] = 100, -100
    keep = downsampling.thin(curve)
    assert len(keep) <= 1000
    assert len(keep) > 900
    assert keep.dtype == np.int64
    assert (np.diff(keep) > 0).all()
    assert keep[0] == 0
    assert keep[-1] == length - 1
    assert {length // 3, length // 2} <= set(keep.tolist())


def test_every_bucket_keeps_its_lowest_and_highest_point():
    curve = np.tile([0.0, 5.0, -5.0, 1.0], 1000)
    kept = curve[downsampling.thin(curve, limit=100)]
    assert (kept[1:-1] == 5).sum() == (kept[1:-1] == -5).sum() == 49


def test_nan_and_infinity_are_no_extremes():
    curve = np.zeros(5000)
    curve[100], curve[200], curve[300], curve[301] = np.nan, np.inf, 7, -7
    keep = downsampling.thin(curve).tolist()
    assert {300, 301} <= set(keep)
    assert downsampling.thin(np.full(5000, np.nan)).size <= 1000


def test_a_limit_below_four_is_refused():
    with pytest.raises(ValueError, match=r"limit is 3"):
        downsampling.thin(range(9), limit=3)


# text


def test_labels_are_shown_literally_by_plotly():
    assert style.escape("<b>x</b> & y") == "&lt;b&gt;x&lt;/b&gt; &amp; y"
    assert style.escape("$x^2$") == "&#36;x^2&#36;"
    assert style.escape('it\'s "so"') == 'it\'s "so"'
    assert style.escape("two\nlines\x00") == "two lines "
    assert style.escape("lone \udcff") == "lone ?"


def test_short_cuts_before_it_escapes():
    assert style.short("a" * 40) == "a" * 27 + "…"
    assert style.short("<" * 40) == "&lt;" * 27 + "…"
    assert style.short("Ragdoll") == "Ragdoll"


def test_numbers_are_written_as_in_the_panels():
    assert wording.rate_text(0.003) == "3.0e-03"
    assert wording.loss_text(0.51784) == "0.518"
    assert wording.count_text(1, "picture") == "1 picture"
    assert wording.count_text(12_000, "picture") == "12,000 pictures"
    assert style.words("error_rate") == "error rate"


# rows


@pytest.mark.parametrize("count", [1, 2, 37, 60, 200, 1000])
def test_row_names_never_come_closer_than_14_pixels(count):
    room = style.rows(count)
    assert room.height >= style.HEIGHT
    assert room.height < 1200
    gaps = [b - a for a, b in itertools.pairwise(room.named)]
    assert all(gap * room.pitch >= 14 for gap in gaps)
    assert room.named[0] == 0


# colours


def test_ink_has_a_contrast_of_four_and_a_half_on_every_colour():
    for red, green, blue in itertools.product(range(0, 256, 15), repeat=3):
        colour = f"#{red:02x}{green:02x}{blue:02x}"
        assert colours.contrast(colours.ink(colour), colour) >= 4.5


def test_contrast_is_that_of_wcag():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_mixed_colours_meet_their_ends():
    assert colours.mix("#102030", "#ffffff", 0) == "#102030"
    assert colours.mix("#102030", "#ffffff", 1) == "#ffffff"
    assert colours.mix("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_text_of_both_themes_reads_on_its_background(theme):
    look = colours.look(theme)
    for colour in (look.text, look.muted):
        assert colours.contrast(colour, look.background) >= 4.5

"""The learning-rate finder's chart: the curves, the marks, labels that stay apart, and odd sweeps."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from lab.charts import draw
from lab.charts.lr_finder import PLOT_WIDTH
from lab.charts.style import text_width
from lab.core.finder import smooth

LRS = tuple(float(lr) for lr in np.geomspace(1e-7, 10, 100))
SMOOTHED = tuple(4 - 2 / (1 + math.exp(-2 * (math.log10(lr) + 3))) for lr in LRS)
SUGGESTIONS = {"minimum": 9.8e-3, "steep": 7.9e-4, "valley": 2.8e-3, "slide": 1.8e-2}


def found(lrs=LRS, smoothed=SMOOTHED, losses=None, **suggestions):
    return SimpleNamespace(
        lrs=lrs,
        smoothed=smoothed,
        losses=smoothed if losses is None else losses,
        suggestions=suggestions,
    )


def labels(figure):
    return [note for note in figure.layout.annotations if "e-0" in (note.text or "")]


def test_the_raw_losses_are_pale_and_the_smoothed_ones_strong():
    raw = tuple(loss + 0.1 for loss in SMOOTHED)
    figure = draw("lr_find", found(losses=raw))
    assert [trace.name for trace in figure.data] == ["each batch", "smoothed", "suggestions"]
    assert figure.data[0].x == figure.data[1].x == LRS
    assert figure.data[0].y == raw
    assert figure.data[1].y == SMOOTHED
    assert figure.data[0].line.width < figure.data[1].line.width
    assert figure.layout.xaxis.type == "log"


def test_suggestions_stand_on_the_smoothed_curve_with_name_and_rate():
    figure = draw("lr_find", found(**SUGGESTIONS))
    marks = figure.data[2]
    assert marks.x == tuple(SUGGESTIONS.values())
    for rate, loss in zip(marks.x, marks.y, strict=True):
        assert loss == pytest.approx(np.interp(math.log10(rate), np.log10(LRS), SMOOTHED))
    labels = ["min ÷ 10 9.8e-03", "steepest 7.9e-04", "valley 2.8e-03", "slide 1.8e-02"]
    assert [note.text for note in figure.layout.annotations][-4:] == labels
    assert marks.hoverinfo == "skip"  # else a click anywhere would also find the nearest suggestion
    assert figure.layout.meta["description"] == (
        "The loss falls fastest at 7.9e-04. "
        "Suggested rates: min ÷ 10 at 9.8e-03, valley at 2.8e-03, slide at 1.8e-02."
    )


@pytest.mark.parametrize("closeness", [1.0, 0.3, 0.01])
def test_labels_never_cover_each_other_and_stay_inside(closeness):
    rates = {name: 1e-2 * (rate / 1e-2) ** closeness for name, rate in SUGGESTIONS.items()}
    figure = draw("lr_find", found(**rates))
    left, right = figure.layout.xaxis.range
    scale = PLOT_WIDTH / (right - left)
    boxes = []
    for note in labels(figure):
        half = text_width(note.text) / 2
        middle = (note.x - left) * scale
        assert half <= middle <= PLOT_WIDTH - half
        boxes.append((note.y, middle, half))
    assert len(boxes) == 4
    for (y, x, half), (other_y, other_x, other_half) in itertools.combinations(boxes, 2):
        assert y != other_y or abs(x - other_x) >= half + other_half
    assert max(y for y, _, _ in boxes) < figure.layout.yaxis.range[1]


def test_suggestions_that_are_none_are_left_out_and_said():
    figure = draw("lr_find", found(smoothed=(1.0,) * 100, steep=None, valley=None))
    assert figure.data[2].x == ()
    assert "no suggestion" in figure.layout.meta["description"]
    low, high = figure.layout.yaxis.range
    assert low < 1 < high


def test_a_loss_that_explodes_leaves_through_the_top():
    exploding = (*SMOOTHED[:-5], 50.0, 500.0, 5e3, 5e4, 5e5)
    figure = draw("lr_find", found(smoothed=exploding))
    low, high = figure.layout.yaxis.range
    assert low < 2.1
    assert 4 < high < 6


def level(seed, height=0.5):
    """A trained model's curve: level and noisy for a long way, then it shoots up."""
    noise = np.random.default_rng(seed).normal(0, 0.2 * height, 70)
    losses = np.concatenate([height + noise, height * np.geomspace(1.2, 40, 12)])
    return tuple(np.geomspace(1e-7, 1e-1, 82)), tuple(smooth(losses.tolist())), tuple(losses)


def share_inside(figure, losses):
    low, high = figure.layout.yaxis.range
    return np.mean([low <= loss <= high for loss in losses])


@pytest.mark.parametrize("seed", range(5))
def test_a_level_and_noisy_curve_is_inside_the_frame_until_it_diverges(seed):
    lrs, smoothed, losses = level(seed)
    figure = draw("lr_find", found(lrs, smoothed, losses))
    assert share_inside(figure, smoothed[:70]) == 1 and share_inside(figure, losses[:70]) >= 0.9
    _, high = figure.layout.yaxis.range
    assert high < 2, "nor is it squeezed by where it ends"


def test_an_earlier_run_is_inside_the_frame_too():
    lrs, smoothed, losses = level(0)
    head = found(smoothed=SMOOTHED)
    figure = draw("lr_find", found(lrs, smoothed, losses), earlier=[("1: head only", head)])
    assert share_inside(figure, SMOOTHED) == share_inside(figure, smoothed[:70]) == 1


def test_nan_and_infinity_leave_gaps():
    broken = (float("nan"), *SMOOTHED[1:-1], float("inf"))
    figure = draw("lr_find", found(smoothed=broken, **SUGGESTIONS))
    assert figure.data[1].y[0] is None
    assert figure.data[1].y[-1] is None
    assert all(math.isfinite(loss) for loss in figure.data[2].y)


@pytest.mark.parametrize("length", [0, 1])
def test_a_sweep_that_is_too_short_says_so(length):
    figure = draw("lr_find", found(lrs=LRS[:length], smoothed=SMOOTHED[:length]))
    assert "too short" in figure.layout.meta["description"]


def test_the_chosen_rate_is_marked_with_a_line_and_a_chip():
    figure = draw("lr_find", found(**SUGGESTIONS), chosen=3e-3)
    assert [shape.x0 for shape in figure.layout.shapes if shape.line.dash == "dot"] == [3e-3]
    chip = figure.layout.annotations[-1]
    assert chip.text == "3.0e-03"
    assert chip.x == pytest.approx(math.log10(3e-3))


def test_a_click_anywhere_finds_the_nearest_step():
    figure = draw("lr_find", found())
    assert figure.layout.hovermode == "x"
    assert figure.layout.hoverdistance == -1


def test_an_unknown_suggestion_is_shown_by_its_own_name_escaped():
    figure = draw("lr_find", found(**{"<my_own>": 1e-3}))
    assert figure.layout.annotations[-1].text == "&lt;my own&gt; 1.0e-03"


def test_a_range_has_two_chips_and_earlier_runs_are_dashed_and_named():
    options = {
        "chosen": slice(1e-5, 1e-3),
        "earlier": [("1: <b>", found())],
        "ends": (1e-7, 10),
        "named": False,
    }
    figure = draw("lr_find", found(**SUGGESTIONS), **options)
    assert [note.text for note in figure.layout.annotations][-2:] == ["1.0e-05", "1.0e-03"]
    assert (figure.data[3].name, figure.data[3].line.dash) == ("1: &lt;b&gt;", "dash")
    assert figure.layout.xaxis.range == (-7, 1) and figure.layout.showlegend


def test_the_sweep_shows_the_rate_of_every_step_on_a_logarithmic_axis():
    figure = draw("sweep", found())
    (curve,) = figure.data
    assert list(curve.x) == list(range(100))
    assert tuple(curve.y) == LRS
    assert figure.layout.yaxis.type == "log"
    assert "in 100 steps" in figure.layout.meta["description"]
    assert "no step" in draw("sweep", found(lrs=())).layout.meta["description"]

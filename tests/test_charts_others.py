"""Charts of schedules, of the data, and of predictions."""

import math

import numpy as np
import pandas as pd
import pytest

from lab.charts import draw
from lab.core.schedules import one_cycle, one_cycle_momentum, sgdr


def falling(progress):
    return 1 - progress


# schedules


def test_a_schedule_is_drawn_at_every_step_of_the_run():
    figure = draw("schedule", falling, epochs=2, n_batches=5)
    (curve,) = figure.data
    assert curve.x == pytest.approx([i / 5 for i in range(10)])
    assert curve.y == pytest.approx([1 - i / 10 for i in range(10)])


def test_what_is_done_is_solid_and_what_is_to_come_dashed():
    figure = draw("schedule", falling, epochs=1, n_batches=10, done=0.4)
    past, future, now = figure.data
    assert past.x == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert past.line.dash is None
    assert future.line.dash == "dash"
    assert future.x[0] == past.x[-1] == now.x[0]
    assert future.x[-1] == pytest.approx(0.9)


@pytest.mark.parametrize("done", [0, 1])
def test_a_schedule_at_its_beginning_and_its_end(done):
    past, future, _now = draw("schedule", falling, 1, 10, done=done).data
    assert len(past.x) == (1 if done == 0 else 10)
    assert len(future.x) == (10 if done == 0 else 1)


def test_a_momentum_has_its_own_axis():
    figure = draw("schedule", {"rate": one_cycle(3e-3), "momentum": one_cycle_momentum()}, 6, 93)
    assert [trace.name for trace in figure.data] == ["rate", "momentum"]
    assert [trace.yaxis for trace in figure.data] == ["y", "y2"]
    assert "The rate starts at 1.2e-04" in figure.layout.meta["description"]
    assert "lies between 0.850 and 0.950" in figure.layout.meta["description"]


def test_a_long_schedule_is_thinned_and_keeps_its_restarts():
    figure = draw("schedule", sgdr(1e-2, 3, 1, 2), epochs=7, n_batches=1000)
    (curve,) = figure.data
    assert len(curve.x) <= 1000
    assert sum(y == 1e-2 for y in curve.y) == 3


def test_a_schedule_without_a_step_or_with_a_strange_share_is_refused():
    with pytest.raises(ValueError, match="make no step"):
        draw("schedule", falling, epochs=0)
    with pytest.raises(ValueError, match=r"done is 1\.5"):
        draw("schedule", falling, done=1.5)


# data


def test_class_counts_stack_train_and_valid_in_the_order_of_the_vocab():
    figure = draw("class_counts", {"cat": (10, 2), "<b>dog</b>": (30, 5)})
    train, valid = figure.data
    assert (train.x, valid.x) == ((10, 30), (2, 5))
    assert train.y == (0, 1)
    assert figure.layout.barmode == "stack"
    assert figure.layout.yaxis.range == (1.5, -0.5)
    assert train.text[1] == "&lt;b&gt;dog&lt;/b&gt;: 30 train"
    assert "<b>" not in "".join(figure.layout.yaxis.ticktext)
    assert figure.layout.meta["description"] == (
        "47 pictures in 2 classes, from 12 (cat) to 35 (<b>dog</b>)."
    )


def test_class_counts_that_are_all_equal_are_said_so():
    figure = draw("class_counts", {"cat": (30, 10), "dog": (32, 8)})
    assert figure.layout.meta["description"] == "80 pictures in 2 classes, 40 in each."


@pytest.mark.parametrize("classes", [37, 200])
def test_many_classes_keep_their_names_apart(classes):
    figure = draw("class_counts", {f"class {i}": (i, 1) for i in range(classes)})
    assert len(figure.data[0].x) == classes
    pitch = (figure.layout.height - 76) / classes
    steps = np.diff(figure.layout.yaxis.tickvals)
    assert (steps * pitch >= 13.5).all()


def test_picture_sizes_are_two_histograms_over_the_same_bins():
    sizes = np.array([[500, 375]] * 30 + [[375, 500]] * 10)
    width, height = draw("picture_sizes", sizes).data
    assert width.x == height.x
    assert max(width.y) == 30
    assert sum(width.y[1:-1:2]) == sum(height.y[1:-1:2]) == 40
    assert width.y[-2] == 30  # the last bin holds the largest


def test_picture_sizes_up_to_a_limit_say_how_many_are_larger():
    sizes = np.array([[500, 375]] * 30 + [[4000, 3000]])
    figure = draw("picture_sizes", sizes, upto=1000)
    assert max(figure.data[0].x) == 1000
    assert any(note.text == "1 picture larger" for note in figure.layout.annotations)
    assert "the largest 4000" in figure.layout.meta["description"]


def test_pictures_of_one_size_and_no_pictures():
    assert max(draw("picture_sizes", np.array([[64, 64]] * 5)).data[0].y) == 5
    assert "no pictures" in draw("picture_sizes", np.zeros((0, 2))).layout.meta["description"]
    assert "no classes" in draw("class_counts", {}).layout.meta["description"]
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        draw("picture_sizes", np.array([1, 2, 3]))


# predictions


def test_probabilities_are_sorted_and_the_truth_is_always_among_them():
    vocab = [f"class {i}" for i in range(20)]
    probs = np.linspace(0.01, 0.09, 20)
    figure = draw("probabilities", probs, vocab, truth="class 0", k=3)
    (bars,) = figure.data
    assert bars.x == pytest.approx([0.09, probs[18], 0.01])
    assert [text.strip() for text in figure.layout.yaxis.ticktext] == ["class 19", "class 18", "class 0"]
    assert bars.marker.color == ("#C0392B", "#d8dee4", "#0072B2")
    assert bars.text[2] == "0.01 (truth)"
    assert figure.layout.meta["description"] == (
        "class 19 with probability 0.09. The truth, class 0, has 0.01."
    )


def test_a_right_prediction_is_blue_and_so_is_one_without_a_truth():
    for truth in ("<i>cat</i>", None):
        figure = draw("probabilities", [0.9, 0.1], ["<i>cat</i>", "dog"], truth)
        assert figure.data[0].marker.color[0] == "#0072B2"
        assert figure.layout.yaxis.ticktext[0].strip() == "&lt;i&gt;cat&lt;/i&gt;"


@pytest.mark.parametrize(
    ("probs", "truth", "message"),
    [
        ([0.5, np.nan], None, "NaN"),
        ([0.5, 0.3, 0.2], None, r"got \(3,\) for 2 classes"),
        ([0.5, 0.5], "cow", "'cow' is not one of the classes"),
    ],
)
def test_probabilities_that_cannot_be_drawn_are_refused(probs, truth, message):
    with pytest.raises(ValueError, match=message):
        draw("probabilities", probs, ["cat", "dog"], truth)


def test_per_class_puts_the_worst_recall_on_top_and_skips_what_is_undefined():
    table = pd.DataFrame(
        {"precision": [0.9, np.nan, 0.5], "recall": [0.8, 0.0, np.nan], "n": [10, 5, 0]},
        index=["cat", "<b>dog</b>", "ghost"],
    )
    figure = draw("per_class", table)
    recall, precision = figure.data
    assert recall.x == (0.0, 0.8, None)
    assert precision.x == (None, 0.9, 0.5)
    assert recall.text[0] == "&lt;b&gt;dog&lt;/b&gt;: recall 0.000, 5 pictures"
    assert figure.layout.meta["description"].startswith("<b>dog</b> is found least often: 0%")
    assert draw("per_class", table, k=1).data[0].x == (0.0,)
    assert "no recall" in draw("per_class", table.iloc[2:]).layout.meta["description"]
    assert "no classes" in draw("per_class", table.iloc[:0]).layout.meta["description"]


def test_the_loss_curve_is_minus_log_p_and_marks_what_is_asked():
    figure = draw("loss_curve", [0.9, 0.5])
    curve, marks = figure.data
    assert curve.y == pytest.approx([-math.log(p) for p in curve.x])
    assert marks.x == (0.9, 0.5)
    assert marks.y == pytest.approx([0.1054, 0.6931], abs=1e-4)
    assert marks.text == ("p 0.90: 0.105", "p 0.50: 0.693")
    assert "p = 0.90 costs 0.105" in figure.layout.meta["description"]
    assert draw("loss_curve", [1.0]).data[1].y == (0.0,)


@pytest.mark.parametrize("p", [0, -0.1, 1.1, float("nan")])
def test_a_probability_outside_is_refused(p):
    with pytest.raises(ValueError, match=r"probabilities lie in"):
        draw("loss_curve", [p])

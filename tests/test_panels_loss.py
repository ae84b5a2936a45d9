"""The loss panel without a browser: its numbers against torch's, its sliders and buttons, its refusals."""

import math
import re

import pytest
import torch
from torch.nn import functional as F

import lab
from lab.panels.frame.table import TableCell, table_html, table_picture
from lab.panels.loss.panel import LossPanel
from lab.panels.loss.steps import Activations

pytestmark = pytest.mark.usefixtures("nothing_left_open")


@pytest.fixture
def panel():
    panel = LossPanel()
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


def evaluated(panel):
    return eval(panel.code(), {"lab": lab, "torch": torch}).item()


# ---------------------------------------------------------------- the numbers


def test_every_step_is_torchs():
    record = Activations(4)
    record.set(1, 3.25)
    record.pick(2)
    steps = record.steps()
    x, target = torch.tensor([record.acts], requires_grad=True), torch.tensor([2])
    loss = F.cross_entropy(x, target)
    loss.backward()
    assert steps.cross_entropy == steps.nll == pytest.approx(loss.item())
    assert steps.gradient == pytest.approx(x.grad[0].tolist())
    assert steps.exps == pytest.approx(x.exp()[0].tolist())
    assert steps.softmax == steps.naive_softmax == pytest.approx(x.softmax(1)[0].tolist())
    assert steps.log_softmax == pytest.approx(x.log_softmax(1)[0].tolist())
    assert steps.picked == pytest.approx(-loss.item()) and steps.probability == steps.softmax[2]
    assert steps.naive == pytest.approx(loss.item())


def test_the_gradient_is_the_softmax_less_one_for_the_right_class():
    steps = Activations(3).steps()
    assert steps.gradient == pytest.approx([steps.softmax[0] - 1, *steps.softmax[1:]])
    assert sum(steps.gradient) == pytest.approx(0, abs=1e-6)


def test_at_1000_the_naive_way_is_nan_and_the_stable_one_exact():
    record = Activations(3)
    record.set(0, 1000)
    steps = record.steps()
    assert steps.exps[0] == math.inf and math.isnan(steps.naive_softmax[0]) and math.isnan(steps.naive)
    assert steps.softmax == [1, 0, 0] and steps.cross_entropy == 0
    assert "exp(1000) is more than float32 can hold" in record.remark(steps)
    record.pick(1)
    steps = record.steps()
    assert steps.cross_entropy == 999 and steps.probability == 0
    assert steps.gradient == [1, -1, 0]


def test_a_probability_of_0_breaks_only_the_naive_log():
    record = Activations(2)
    record.set(0, -200)
    steps = record.steps()
    assert steps.naive == math.inf and steps.cross_entropy == pytest.approx(201)
    assert "the log of 0 is -inf" in record.remark(steps)


@pytest.mark.parametrize("act", [-1000.0, -30.0, -1.3, 0.0, 2.5, 1000.0])
def test_with_two_classes_the_softmax_is_the_sigmoid(act):
    record = Activations(3)
    record.set(0, act)
    record.look_at_two()
    steps = record.steps()
    assert record.acts == (act, 0)
    assert steps.softmax == pytest.approx(steps.sigmoid)
    assert steps.sigmoid[0] == pytest.approx(torch.tensor(act).sigmoid().item())
    assert steps.gradient[0] == pytest.approx(steps.sigmoid[0] - 1)
    if abs(act) < 50:
        assert steps.binary == pytest.approx(steps.cross_entropy, abs=1e-6)
        record.pick(1)
        assert record.steps().binary == pytest.approx(record.steps().cross_entropy, abs=1e-6)


def test_the_other_classes_come_back_after_the_sigmoid():
    record = Activations(5)
    before = record.acts
    record.pick(4)
    record.look_at_two()
    assert record.target == 1 and len(record.acts) == 2
    record.look_at_two(False)
    assert record.target == 4 and record.acts == before


@pytest.mark.parametrize("n", [1, 0, 11, 2.5, True, "3"])
def test_a_number_of_classes_that_cannot_be_is_refused(n):
    with pytest.raises(ValueError, match="Choose 2 to 10 classes"):
        LossPanel(n)


@pytest.mark.parametrize("act", [float("nan"), float("inf"), 1000.1, -1e9, "2", None])
def test_what_is_no_activation_is_refused(act):
    with pytest.raises(ValueError, match="Choose a number from -1000 to 1000"):
        Activations(3).set(0, act)


def test_a_class_that_there_is_not_is_refused():
    record = Activations(3)
    for change in (record.pick, lambda number: record.set(number, 0.0)):
        for number in (3, -1, 0.5):
            with pytest.raises(IndexError, match="The classes are 0 to 2"):
                change(number)


def test_there_are_two_to_ten_classes():
    record = Activations(9)
    record.add()
    with pytest.raises(ValueError, match="There are 10 already|there are 10 already"):
        record.add()
    record.pick(9)
    for _ in range(8):
        record.remove()
    assert len(record.acts) == 2 and record.target == 1
    with pytest.raises(ValueError, match="there must be at least two"):
        record.remove()
    record.look_at_two()
    with pytest.raises(ValueError, match="a sigmoid has only two"):
        record.add()
    with pytest.raises(ValueError, match="stays at 0"):
        record.set(1, 2.0)


# ---------------------------------------------------------------- the panel


def test_its_words_are_the_same_each_time_and_its_code_computes_the_loss(panel):
    assert repr(panel) == (
        "LossPanel: 3 classes, right class 0 · loss 0.372 · p = 0.690 for class 0 · "
        "lab.cross_entropy(torch.tensor([[2.0, 1.0, -0.5]]), torch.tensor([0]))"
    )
    for change in (lambda: panel.set(1, 7.3), lambda: panel.pick(2), panel.try_1000, panel.add):
        change()
        assert evaluated(panel) == panel.steps.cross_entropy
    panel.reset()
    panel.two_classes()
    assert evaluated(panel) == panel.steps.cross_entropy and "[[2.0, 0.0]]" in panel.code()


def test_a_slider_moves_everything(panel, comms):
    comms.set_state(panel.sliders[1], {"value": 3.3000000000000003})
    assert panel.record.acts == (2.0, 3.3, -0.5)
    # the panel sends no rounded value back, which would undo the next step of a drag
    assert comms.browser(panel.sliders[1])["value"] == 3.3000000000000003
    shown = f"{panel.steps.cross_entropy:.3f}"
    assert shown in panel.ways.value and shown in panel._status.value
    assert f"{-panel.steps.cross_entropy:.3f}" in panel.table.value
    (point,) = panel.chart.figure.data[1].x
    assert point == pytest.approx(panel.steps.probability)


def test_the_right_class_is_marked_and_its_gradient_points_the_other_way(panel, comms):
    comms.set_state(panel.right, {"index": 2})
    assert panel.record.target == 2
    assert panel.sliders[2].description == "class 2 ✓" and panel.sliders[0].description == "class 0"
    rows = re.findall(r"<tr.*?</tr>", panel.table.value)
    assert 'class="paw-best"' in rows[3] and "class 2 ✓" in rows[3]
    assert "paw-down" in rows[3] and "<b>-0.943</b>" in rows[3]
    assert "paw-up" in rows[1] and "<b>+0.690</b>" in rows[1]


def test_classes_come_and_go(panel):
    shown = lambda: [slider.layout.display for slider in panel.sliders]  # noqa: E731
    panel.add_button.click()
    assert shown().count("") == 4 and list(panel.right.options) == [0, 1, 2, 3]
    panel.remove_button.click()
    panel.remove_button.click()
    assert shown().count("") == 2 and panel.remove_button.disabled
    assert list(panel.right.options) == [0, 1]


def test_try_1000_breaks_the_naive_column_and_says_why(panel):
    panel.try_button.click()
    assert panel.table.value.count('<td class="paw-wrong">nan</td>') == 2  # class 0 and the sum
    assert '<td class="paw-wrong">inf</td>' in panel.table.value
    assert '<b class="paw-wrong">nan</b>' in panel.ways.value
    assert "Naive breaks: exp(1000)" in panel.remark.value
    assert panel.sliders[0].value == panel.sliders[0].max == 1000
    panel.set(0, 5.0)  # the slider keeps its reach while it is dragged back
    assert panel.sliders[0].max == 1000 and "Naive" not in panel.remark.value
    panel.reset_button.click()
    assert panel.sliders[0].max == 10 and panel.record.acts == (2.0, 1.0, -0.5)


def test_a_loss_of_1000_leaves_the_curve(panel):
    panel.try_1000()
    panel.pick(1)
    assert len(panel.chart.figure.data[1].x or ()) == 0 and "999.000" in panel.ways.value
    assert panel.chosen() == "p = 0 for class 1: off the curve"


def test_the_curve_reaches_the_point_however_small(panel):
    panel.set(0, -9.9)
    curve, point = panel.chart.figure.data
    assert min(curve.x) <= point.x[0] * 1.001 and max(curve.y) >= point.y[0] * 0.999


def test_two_classes_show_the_sigmoid_beside_the_softmax(panel, comms):
    comms.set_state(panel.two, {"value": True})
    head = re.findall(r'<th scope="col">(.*?)</th>', panel.table.value)
    assert head == ["", "exp", "softmax", "sigmoid", "log", "picked", "gradient"]
    assert panel.table.value.count("0.881") == 2 and panel.sliders[1].disabled
    assert "which is sigmoid(a)" in panel.remark.value and "binary_loss" in panel.ways.value
    assert panel.add_button.disabled and panel.remove_button.disabled
    comms.set_state(panel.two, {"value": False})
    assert not panel.sliders[1].disabled and panel.sliders[1].value == 1.0


def test_what_a_slider_cannot_send_is_answered_in_words(panel, comms):
    panel.record.far.add(0)
    panel.changed()
    comms.set_state(panel.sliders[0], {"value": 5000})
    assert panel.record.acts[0] == 1000
    panel.act(lambda: panel.set(0, float("nan")))()
    assert "got nan. Choose a number from -1000 to 1000" in panel._problem.value
    comms.set_state(panel.sliders[1], {"value": 0.5})
    assert panel._problem.value == ""


def test_a_picture_of_it_can_be_had_without_a_widget():
    panel = LossPanel(4)
    panel.try_1000()
    assert panel.snapshot().width == 1720
    panel.close()


# ---------------------------------------------------------------- the table


def test_a_table_escapes_its_texts():
    made = table_html(
        ["<b>"],
        [["<img src=x onerror=alert(1)>"], [TableCell("<i>", bar=0.5)], [TableCell("a&b", wrong=True)]],
    )
    assert "<img" not in made and "&lt;img src=x" in made and "&lt;b&gt;" in made
    assert "&lt;i&gt;" in made and 'style="left:50%;width:25.0%"' in made and '"paw-wrong">a&amp;b' in made


def test_a_table_as_a_picture_draws_bars_to_both_sides():
    picture = table_picture(
        ["", "gradient"], [["a", TableCell("-1", bar=-1)], ["b", TableCell("+1", bar=1)]], width=400
    )
    colours = {0: (0, 114, 178), 1: (213, 94, 0)}
    places = {}
    for row, colour in colours.items():
        band = picture.crop((0, 48 * (row + 1), 800, 48 * (row + 2)))
        found = [x for x in range(800) if band.getpixel((x, 24)) == colour]
        places[row] = (min(found), max(found))
    assert places[0][1] <= places[1][0] + 2 and places[0][1] - places[0][0] > 100

"""The schedule panel without a browser: its choices, its chart and table, its refusals."""

from itertools import pairwise

import pytest
from fakes import TensorLoaders
from torch import nn

import lab
from lab.charts import draw
from lab.core.plans import one_cycle_plan, sgdr_plan
from lab.panels.schedule.choice import ScheduleChoice, parsed_rate, rate_text_of
from lab.panels.schedule.panel import SchedulePanel

pytestmark = pytest.mark.usefixtures("nothing_left_open")


class Grouped(nn.Module):
    """A linear model of three layer groups."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([nn.Linear(6, 6), nn.Linear(6, 4), nn.Linear(4, 3)])

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def groups(self):
        return [[part] for part in self.parts]

    def group_names(self):
        return ("early", "late", "<img src=x onerror=alert(1)>")


@pytest.fixture
def learn(tmp_path):
    return lab.Learner(TensorLoaders(tmp_path), Grouped())


@pytest.fixture
def panel():
    panel = SchedulePanel()
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


def curves(panel):
    return {trace.name: trace for trace in panel.chart.figure.data}


# ---------------------------------------------------------------- the choice


@pytest.mark.parametrize(
    "text, rate",
    [
        ("3e-3", 3e-3),
        (" 0.01 ", 0.01),
        ("slice(1e-5, 1e-3)", slice(1e-5, 1e-3)),
        ("slice(1e-3)", slice(1e-3)),
        ("[1e-4, 1e-3, 1e-2]", (1e-4, 1e-3, 1e-2)),
        ("1e-4, 1e-2", (1e-4, 1e-2)),
        ("0, 1e-2", (0, 1e-2)),
    ],
)
def test_a_rate_is_read_as_a_student_writes_it_and_written_so_again(text, rate):
    assert parsed_rate(text) == rate
    assert parsed_rate(rate_text_of(rate)) == rate


@pytest.mark.parametrize(
    "text", ["", "fast", "slice()", "slice(1, 2, 3)", "slice(a, b)", "1e-3;1", "__import__('os')"]
)
def test_what_is_no_rate_is_told(text):
    with pytest.raises(ValueError, match="is not a rate. Write 3e-3, slice"):
        parsed_rate(text)


def test_a_comma_for_a_point_is_told():
    with pytest.raises(ValueError, match="got '0,003'. Use a decimal point: 0.003"):
        parsed_rate("0,003")


def test_what_is_no_learner_is_refused():
    with pytest.raises(TypeError, match="SchedulePanel: got a str. Pass a Learner, or nothing"):
        SchedulePanel("learn")


def test_no_digit_of_a_rate_is_lost():
    assert rate_text_of(0.00285) == "0.00285" and rate_text_of(0.0028) == "2.8e-3"
    assert rate_text_of(1e-5 / 3) == repr(1e-5 / 3)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"kind": "sgdr", "n_cycles": 0}, r"got n_cycles = 0. Choose a whole number from 1"),
        ({"kind": "sgdr", "cycle_len": 1.5}, r"got cycle_len = 1.5"),
        ({"kind": "sgdr", "n_cycles": 20, "cycle_mult": 3}, r"got epochs = 1743392200"),
        ({"epochs": 0}, r"got epochs = 0"),
        ({"n_batches": 0}, r"got batches = 0"),
        ({"pct_start": 1.5}, r"pct_start=1.5"),
        ({"pct_start": float("nan")}, r"pct_start=nan"),
        ({"div": 0.0}, r"div=0.0. Choose a finite number above 0"),
        ({"div": 1e-300}, r"Rate: it would reach 3e\+297"),
        ({"div_final": float("nan")}, r"div_final=nan"),
        ({"lr": 0.0}, r"it is 0 for the last layer group"),
        ({"lr": float("nan")}, r"A rate is a finite number"),
        ({"lr": slice(None)}, r"Write slice\(first, last\)"),
        ({"lr": slice(0, 1e-3), "groups": ("a", "b")}, r"lo=0"),
        ({"lr": (1e-3, 1e-2)}, r"got 2 rates, but there are 1 parameter groups"),
        ({"kind": "cosine"}, r"got 'cosine'. Choose one of: one_cycle, sgdr, flat"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(changes, words):
    with pytest.raises(ValueError, match=words):
        ScheduleChoice().changed(**changes)


def test_the_height_is_found_to_the_batch_in_long_runs_too():
    choice = ScheduleChoice(epochs=40, n_batches=997, pct_start=0.3)
    rates = [choice.plan.schedule(step / choice.steps) for step in range(choice.steps)]
    assert choice.key_steps == (0, rates.index(max(rates)), choice.steps - 1)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({}, "learn.fit_one_cycle(3, 3e-3)"),
        ({"pct_start": 0.3, "div": 5.0}, "learn.fit_one_cycle(3, 3e-3, div=5, pct_start=0.3)"),
        ({"kind": "sgdr", "lr": 0.01, "cycle_mult": 2}, "learn.fit_sgdr(3, 0.01, cycle_mult=2)"),
        ({"kind": "flat", "epochs": 2}, "learn.fit(2, 3e-3)"),
        ({"lr": slice(1e-5, 1e-3)}, "learn.fit_one_cycle(3, slice(1e-5, 1e-3))"),
    ],
)
def test_the_code_is_the_fit_call_with_what_differs_from_the_defaults(changes, code):
    assert ScheduleChoice().changed(**changes).code("learn") == code


# ---------------------------------------------------------------- what is drawn is what trains


@pytest.mark.parametrize(
    "changes",
    [
        {"lr": slice(1e-4, 1e-2), "epochs": 2, "pct_start": 0.4, "div": 10.0, "div_final": 100.0},
        {"kind": "sgdr", "lr": (1e-4, 1e-3, 1e-2), "n_cycles": 2, "cycle_mult": 2},
        {"kind": "flat", "lr": slice(1e-2), "epochs": 1},
    ],
)
def test_the_drawn_rates_are_those_that_the_code_trains_with(learn, changes):
    panel = SchedulePanel(learn)
    panel.choose(**changes)
    exec(panel.code(), {"learn": learn})
    choice = panel.choice
    assert len(learn.history.steps) == choice.steps
    figure = draw("plan", choice.plan, choice.n_batches, names=("a", "b", "c"))
    drawn = {trace.name: list(trace.y) for trace in figure.data}
    for number, name in enumerate("abc"):
        trained = [step["lrs"][number] for step in learn.history.steps]
        (shown,) = (values for names, values in drawn.items() if name in names.split(", "))
        assert shown == pytest.approx(trained)
    assert drawn["momentum"] == pytest.approx([step["momentum"] for step in learn.history.steps])
    panel.close()


def test_the_table_says_what_the_first_the_highest_and_the_last_batch_get():
    panel = SchedulePanel()
    panel.choose(lr=slice(1e-4, 1e-2), groups=("body", "head"), epochs=2, n_batches=50)
    rows = dict(panel.choice.rows())
    assert panel.choice.key_steps == (0, 25, 99)
    assert rows["head"] == pytest.approx([4e-4, 1e-2, panel.plan.schedule(0.99)])
    assert rows["body"] == pytest.approx([value / 100 for value in rows["head"]])
    assert rows["momentum"] == pytest.approx([0.95, 0.85, panel.plan.momentum(0.99)])
    panel.close()


# ---------------------------------------------------------------- the chart


def test_the_axis_says_epochs_and_batches():
    axis = draw("plan", one_cycle_plan(3, [1e-3]), 93).layout.xaxis
    assert list(axis.tickvals) == [0, 93, 186, 279]
    assert list(axis.ticktext) == ["0<br>0", "1<br>93", "2<br>186", "3<br>279"]
    many = draw("plan", one_cycle_plan(1000, [1e-3]), 1000).layout.xaxis.ticktext
    assert len(many) <= 10 and many[-1] == "1,000<br>1,000,000"


def test_one_rate_has_a_linear_axis_and_several_a_logarithmic_one():
    assert draw("plan", one_cycle_plan(3, [1e-3]), 93).layout.yaxis.type is None
    assert draw("plan", one_cycle_plan(3, [1e-3, 1e-3]), 93).data[0].name == "rate"
    several = draw("plan", one_cycle_plan(3, [1e-4, 1e-4, 1e-3]), 93, names=["a", "b", "c"])
    assert several.layout.yaxis.type == "log"
    assert [trace.name for trace in several.data] == ["c", "a, b", "momentum"]
    assert len({(trace.line.dash, trace.line.width) for trace in several.data}) == 3


def test_a_frozen_group_does_not_break_the_logarithmic_axis():
    figure = draw("plan", one_cycle_plan(2, [0.0, 1e-3]), 10)
    assert figure.layout.yaxis.range[0] > -10


def test_a_long_run_is_thinned_and_keeps_its_restarts():
    figure = draw("plan", sgdr_plan(3, [1e-2], cycle_len=100), 5000)
    rates = figure.data[0].y
    assert len(rates) <= 1000
    assert sum(later - earlier > 9e-3 for earlier, later in pairwise(rates)) == 2


def test_a_plan_without_a_step_or_with_other_names_is_refused():
    with pytest.raises(ValueError, match="got epochs=0"):
        draw("plan", one_cycle_plan(0, [1e-3]), 93)
    with pytest.raises(ValueError, match="got 2 names for 1 layer groups"):
        draw("plan", one_cycle_plan(1, [1e-3]), 93, names=["a", "b"])


# ---------------------------------------------------------------- the panel


def test_its_words_are_the_same_each_time_and_say_the_state():
    panel = SchedulePanel()
    assert repr(panel) == (
        "SchedulePanel: one-cycle · 3 epochs of 100 batches · 300 steps · highest rate 3.0e-03 at epoch "
        "0.75 · learn.fit_one_cycle(3, 3e-3)"
    )
    panel.close()


def test_the_learner_decides_batches_groups_and_momenta(learn, monkeypatch, tmp_path):
    learn.moms = (0.9, 0.8, 0.9)
    panel = SchedulePanel(learn)
    panel.widget  # noqa: B018
    assert panel.choice.n_batches == len(learn.dls.train) == 6 and len(panel.choice.groups) == 3
    assert panel.plan.momentum(0) == pytest.approx(0.9)
    assert panel.n_batches.layout.display == panel.n_groups.layout.display == "none"
    assert panel.of_learner.value == "6 batches per epoch · 3 layer groups"
    learn.dls = TensorLoaders(tmp_path, bs=4)
    panel.choose(epochs=2)
    assert panel.choice.n_batches == 12
    panel.close()


def test_fields_choose(panel, comms):
    comms.set_state(panel.epochs, {"value": 5})
    comms.set_state(panel.rate, {"value": "2e-3"})
    comms.set_state(panel.pct_start, {"value": 0.5000000000000001})
    comms.set_state(panel.div, {"value": "10"})
    comms.set_state(panel.n_batches, {"value": 40})
    assert panel.code() == "learn.fit_one_cycle(5, 2e-3, div=10, pct_start=0.5)"
    assert panel.choice.steps == 200 and max(curves(panel)["rate"].y) == pytest.approx(2e-3)
    assert "peak · batch 100" in panel.table.value


def test_the_kind_decides_which_fields_there_are(panel, comms):
    comms.set_state(panel.kind, {"index": 1})
    assert panel.choice.kind == "sgdr" and panel.cycle_mult.layout.display == ""
    assert panel.pct_start.layout.display == panel.epochs.layout.display == "none"
    comms.set_state(panel.cycle_mult, {"value": 2})
    assert panel.code() == "learn.fit_sgdr(3, 3e-3, cycle_mult=2)" and panel.plan.epochs == 7
    comms.set_state(panel.kind, {"index": 2})
    assert panel.code() == "learn.fit(3, 3e-3)" and panel.cycle_mult.layout.display == "none"


def test_a_range_shows_three_groups_and_a_list_as_many_as_it_has(panel, comms):
    comms.set_state(panel.rate, {"value": "slice(1e-5, 1e-3)"})
    assert list(curves(panel)) == ["group 3", "group 2", "group 1", "momentum"]
    comms.set_state(panel.rate, {"value": "1e-3, 1e-2"})
    assert list(curves(panel)) == ["group 2", "group 1", "momentum"]
    comms.set_state(panel.n_groups, {"value": 3})
    assert "got 2 rates, but there are 3 parameter groups" in panel._problem.value
    assert panel.n_groups.value == 2


def test_the_momentum_can_be_hidden(panel, comms):
    comms.set_state(panel.momentum, {"value": False})
    assert list(curves(panel)) == ["rate"]


@pytest.mark.parametrize(
    "field, value, words",
    [
        ("rate", "<img src=x onerror=alert(1)>", "is not a rate. Write 3e-3"),
        ("rate", "nan", "A rate is a finite number"),
        ("rate", "-1", "A rate is a finite number"),
        ("rate", "slice(1e-3, 1e-2, 5)", "is not a rate. Write 3e-3"),
        ("div", "nan", "div=nan"),
        ("div_final", "<b>", "is not a number. Write a number such as 25"),
        ("epochs", 0, "got epochs = 0"),
        ("n_cycles", 0, "got n_cycles = 0"),
    ],
)
def test_bad_input_is_answered_in_words_and_the_old_choice_stays(panel, comms, field, value, words):
    panel.choose(kind="sgdr" if field == "n_cycles" else "one_cycle")
    old, widget = panel.choice, getattr(panel, field)
    shown = widget.value
    comms.set_state(widget, {"value": value})
    assert words in panel._problem.value and "<img" not in panel._problem.value
    assert panel.choice is old and widget.value == shown
    panel.choose(epochs=2)
    comms.set_state(panel.momentum, {"value": False})
    assert panel._problem.value == ""


def test_names_of_groups_are_shown_as_text(learn):
    panel = SchedulePanel(learn)
    panel.choose(lr=slice(1e-4, 1e-2))
    panel.widget  # noqa: B018
    assert "&lt;img src=x" in panel.table.value and "<img" not in panel.table.value
    assert "&lt;img src=x" in panel.chart.figure.data[0].name
    assert "<img" not in panel.chart.figure.data[0].hovertemplate
    assert "<img" not in panel.chart.description.value
    panel.close()


def test_a_picture_of_it_can_be_had_without_a_widget(learn):
    panel = SchedulePanel(learn)
    picture = panel.snapshot()
    assert picture.width == 1720 and picture.height > 700
    panel.close()

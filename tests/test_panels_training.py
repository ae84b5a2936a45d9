"""The training panel without a browser: its run, its buttons, its words, what it refuses."""

import gc
import signal
import threading
import time

import pytest
import torch
from fakes import TensorLoaders
from small import draw_picture, picture_folder, small_classifier
from torch import nn

import lab
from lab.core.events import Step
from lab.downsampling import DownsampledRows
from lab.panels.frame import cells
from lab.panels.training.panel import TrainingPanel
from lab.panels.training.run import POINTS, run_of
from lab.panels.training.words import lesson
from lab.training.checks import LearnerBusyError

pytestmark = pytest.mark.usefixtures("nothing_left_open")

PATIENCE = 60  # seconds


class Gate(nn.Module):
    """Passes x on; while it is shut, the batch waits: what happens "during a batch" is then certain."""

    def __init__(self):
        super().__init__()
        self.open, self.reached = threading.Event(), threading.Event()
        self.open.set()

    def forward(self, x):
        self.reached.set()
        assert self.open.wait(PATIENCE)
        return x


def until(done):
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def make_learner(folder, **options):
    lab.set_seed(0)
    model = nn.Sequential(Gate(), nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    return lab.Learner(TensorLoaders(folder), model, **{"metrics": lab.accuracy, **options})


@pytest.fixture
def learn(tmp_path):
    learn = make_learner(tmp_path)
    yield learn
    learn.model[0].open.set()


@pytest.fixture
def panel(learn):
    panel = TrainingPanel(learn)
    panel.widget  # noqa: B018  builds it
    yield panel
    learn.model[0].open.set()
    panel.close()


def in_batch(panel):
    """Start, and return while the first batch is being computed."""
    gate = panel.run.learn.model[0]
    gate.open.clear()
    gate.reached.clear()
    panel.start()
    assert gate.reached.wait(PATIENCE)
    return gate


def weights(learn):
    return {name: value.clone() for name, value in learn.model.state_dict().items()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


# ---------------------------------------------------------------- the thinned record


@pytest.mark.parametrize("count", [0, 1, 7, 100, 101, 5000])
def test_thinned_rows_keep_the_ends_the_extremes_and_their_order(count):
    rows = [{"at": i, "loss": (i * 37) % 101 / 100} for i in range(count)]
    if count > 50:
        rows[count // 3]["loss"], rows[count // 2]["loss"] = 99.0, -99.0
    thinned = DownsampledRows("loss", 50)
    for row in rows:
        thinned.add(row)
    kept = [row["at"] for row in thinned.rows()]
    assert kept == sorted(set(kept))
    assert len(kept) <= 50
    assert len(kept) == count or len(kept) > 12
    if count:
        assert {0, count - 1} <= set(kept)
    if count > 50:
        assert {count // 3, count // 2} <= set(kept)


def test_a_row_without_a_number_is_no_extreme():
    thinned = DownsampledRows("loss", 8)
    for loss in (None, float("nan"), 3.0, -1.0, None, 2.0, None, float("inf"), 1.0, 5.0, 0.0, None):
        thinned.add({"loss": loss})
    kept = [row["loss"] for row in thinned.rows()]
    assert 5.0 in kept and -1.0 in kept


# ---------------------------------------------------------------- before it starts


def test_before_it_starts_it_says_what_it_would_do(panel):
    assert repr(panel) == "TrainingPanel: not started · learn.fit_one_cycle(3, 3e-3)"
    assert panel.main_button.description == "▶ Start"
    assert panel.stop_button.disabled and not panel.step_button.disabled
    assert panel.table.value.count("<tr") == 1 + 3  # the rows of the epochs to come are reserved
    done, coming = panel.charts.rates.figure.data[:2]
    assert coming.line.dash == "dash" and len(set(done.x)) == 1
    assert max(coming.y) == pytest.approx(3e-3, rel=1e-2)


def test_the_plan_is_drawn_as_it_will_train(panel, comms):
    comms.set_state(panel.kind, {"index": 1})
    comms.set_state(panel.cycle_mult, {"value": 2})
    comms.set_state(panel.rate, {"value": "1e-2"})
    assert panel.chosen() == "cycles of 1 + 2 + 4 = 7 epochs"
    planned = panel.charts.rates.figure.data[1]
    assert planned.line.dash == "dash"
    panel.start().wait(PATIENCE)
    trained = {(row["epoch"] + row["batch"] / 6): row["lr"] for row in panel.run.history.steps}
    assert len(trained) == 7 * 6
    for x, y in zip(planned.x, planned.y, strict=True):
        at = min(trained, key=lambda there: abs(there - x))
        assert y == pytest.approx(trained[at], rel=1e-4)


def test_fields_that_mean_nothing_for_a_schedule_are_hidden(panel):
    assert [panel.epochs.layout.display, panel.n_cycles.layout.display] == ["", "none"]
    panel.choose(kind="sgdr")
    hidden = [
        getattr(panel, name).layout.display for name in ("epochs", "n_cycles", "cycle_len", "cycle_mult")
    ]
    assert hidden == ["none", "", "", ""]
    assert panel.frozen.layout.display == "none"  # this model has no body


@pytest.mark.parametrize(
    ("choices", "line"),
    [
        ({"kind": "flat", "epochs": 2, "lr": 1e-2}, "learn.fit(2, 0.01)"),
        ({"epochs": 6}, "learn.fit_one_cycle(6, 3e-3)"),
        ({"kind": "sgdr", "n_cycles": 2}, "learn.fit_sgdr(2, 3e-3)"),
        (
            {"kind": "sgdr", "cycle_len": 2, "cycle_mult": 3},
            "learn.fit_sgdr(3, 3e-3, cycle_len=2, cycle_mult=3)",
        ),
        ({"precision": "mixed"}, "learn.to_fp16(); learn.fit_one_cycle(3, 3e-3)"),
        ({"lr": 0.00123}, "learn.fit_one_cycle(3, 0.00123)"),
    ],
)
def test_the_code_repeats_the_run_bit_for_bit(panel, tmp_path, choices, line):
    panel.choose(**choices)
    panel.start().wait(PATIENCE)
    assert panel.code() == line
    learn = make_learner(tmp_path)
    exec(line, {"learn": learn})
    assert learn.history.frame("steps").equals(panel.run.history.frame("steps"))
    assert same(weights(learn), weights(panel.run.learn))


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "text", ["fast", "", "slice(1e-5, 1e-3, 1e-2)", "__import__('os')", "nan", "0", "-1"]
)
def test_a_bad_rate_is_told_in_words_and_the_old_one_stays(panel, comms, text):
    comms.set_state(panel.rate, {"value": text})
    assert "Rate" in panel.sentence() or "rate" in panel.sentence()
    assert panel.run.choice.schedule.lr == 3e-3
    assert panel.rate.value == "3e-3"
    assert panel.code() == "learn.fit_one_cycle(3, 3e-3)"


def test_no_epochs_are_refused(panel, comms):
    with pytest.raises(ValueError, match="got epochs = 0"):
        panel.choose(epochs=0)
    comms.set_state(panel.epochs, {"value": 0})
    assert panel.run.choice.schedule.epochs == panel.epochs.value == 1


def test_an_unknown_precision_is_refused(panel):
    with pytest.raises(ValueError, match="got 'float8'. Choose one of: float32, mixed"):
        panel.choose(precision="float8")


def test_start_twice_is_refused_in_words_and_the_run_goes_on(panel):
    gate = in_batch(panel)
    with pytest.raises(LearnerBusyError, match="in use by TrainingPanel. Stop that"):
        panel.start()
    assert panel.main_button.description == "❚❚ Pause"
    gate.open.set()
    assert panel.wait(PATIENCE).state() == "complete · 3 epochs"


def test_start_while_the_learner_trains_elsewhere_is_told_in_the_panel(panel, learn):
    with learn.claimed("fit"):
        panel.main_button.click()
        assert "TrainingPanel: this learner is in use by fit." in panel._problem.value
        assert panel.main_button.description == "▶ Start" and not panel.main_button.disabled
    panel.main_button.click()
    panel.wait(PATIENCE)
    assert panel._problem.value == "" and panel.state() == "complete · 3 epochs"


def test_fit_while_the_panel_trains_is_refused(panel, learn):
    gate = in_batch(panel)
    with pytest.raises(LearnerBusyError, match="fit: this learner is in use by TrainingPanel"):
        learn.fit(1)
    gate.open.set()
    panel.wait(PATIENCE)


def test_a_loss_that_is_no_number_is_told_and_the_buttons_work_again(panel, learn):
    loss, calls = learn.loss_func, []

    def breaks(activations, targets):
        calls.append(1)
        return loss(activations, targets) * (float("nan") if len(calls) == 3 else 1)

    learn.loss_func = breaks
    panel.main_button.click()
    panel.wait(PATIENCE)
    assert "the loss became nan at step 2" in panel._problem.value
    assert panel.state() == "failed in epoch 1 · 2 steps trained"
    assert panel.main_button.description == "▶ Start" and not panel.main_button.disabled
    panel.main_button.click()
    assert panel.wait(PATIENCE).state() == "complete · 3 epochs"
    assert panel.sentence() == ""


def test_an_exception_in_a_metric_is_told_with_its_name(tmp_path):
    def picky(probabilities, targets):
        if len(targets) > 3:  # the trial before training is smaller
            raise KeyError("<b>whiskers</b>")
        return 0.0

    panel = TrainingPanel(make_learner(tmp_path, metrics=picky))
    panel.widget  # noqa: B018
    panel.start().wait(PATIENCE)
    assert "KeyError: &#x27;&lt;b&gt;whiskers&lt;/b&gt;&#x27;" in panel._problem.value
    assert not panel.main_button.disabled and panel.stop_button.disabled
    assert len(panel.run.learn.history.steps) == 6
    panel.close()


def test_an_interrupt_of_the_kernel_leaves_the_run_alone(panel):
    gate = in_batch(panel)
    # A shell starts its background jobs with SIGINT ignored; a kernel never runs so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert panel.run.worker.state == "running"
    gate.open.set()
    assert panel.wait(PATIENCE).state() == "complete · 3 epochs"


def test_hostile_names_are_text(tmp_path):
    (tmp_path / "pets").mkdir()
    hostile = "<img src=x onerror=alert(1)>"
    for label in (hostile, "plain"):
        (tmp_path / "pets" / label).mkdir()
        for number in range(8):
            draw_picture(tmp_path / "pets" / label / f"{number}.png", (200, 80, 40), number)
    dls = lab.ImageDataLoaders.from_folder(tmp_path / "pets", valid_pct=0.25, item_tfms=lab.Resize(32), bs=4)

    def named(probabilities, targets):
        return 0.5

    named.__name__ = hostile
    panel = TrainingPanel(lab.cnn_learner(dls, "pocketnet", metrics=named, seed=0))
    panel.widget  # noqa: B018
    panel.choose(epochs=2).start().wait(PATIENCE)
    shown = panel.table.value + panel.lesson.value + panel.charts.losses.description.value
    assert "&lt;img src=x" in shown and "<img" not in shown
    assert "<img" not in str(panel.charts.losses.figure.layout.annotations)
    panel.close()


# ---------------------------------------------------------------- pause, step, stop


def test_the_main_button_changes_its_verb_and_the_fields_wait(panel):
    gate = in_batch(panel)
    assert panel.main_button.description == "❚❚ Pause"
    assert panel.rate.disabled and panel.kind.disabled and panel.step_button.disabled
    panel.main_button.click()
    assert panel.main_button.description == "▶ Resume"
    gate.open.set()
    until(lambda: len(panel.run.history.steps) == 1)
    panel.step_button.click()
    until(lambda: len(panel.run.history.steps) == 2)
    panel.main_button.click()
    assert panel.wait(PATIENCE).state() == "complete · 3 epochs"
    assert panel.main_button.description == "▶ Start" and not panel.rate.disabled


def test_one_step_begins_a_run_and_each_further_one_is_one_batch(panel, learn):
    for steps in (1, 2, 3):
        panel.step_button.click()
        until(lambda steps=steps: len(learn.history.steps) == steps and panel.run.at.batch == steps - 1)
    until(lambda: "batch 3 of 6" in panel._status.value)
    assert panel.state() == "paused in epoch 1 · batch 3 of 6"
    assert "paused · epoch 1 of 3 · batch 3 of 6" in panel._status.value
    panel.stop()
    assert len(learn.history.steps) == 3
    assert panel.state() == "stopped in epoch 1 · 3 steps trained"


def test_each_step_is_one_batch_also_where_an_epoch_ends(panel, learn):
    for batches in range(1, 21):  # two epochs of 6 + 3 and two batches of the third
        panel.step_button.click()
        until(lambda wanted=batches: panel.run._batches == wanted)
        assert len(panel.run.history) == (batches - 1) // 9
    until(lambda: panel.state() == "paused in epoch 3 · batch 2 of 6")
    assert [row["epoch"] for row in panel.run.curves.epochs] == [0, 1]


def test_stop_takes_effect_after_the_batch_and_keeps_model_and_history(panel, learn):
    before = weights(learn)
    gate = in_batch(panel)
    panel.stop_button.click()
    assert panel.main_button.disabled and "stopping" in panel._status.value
    gate.open.set()
    panel.wait(PATIENCE)
    assert len(learn.history.steps) == 1
    assert not same(before, weights(learn))
    assert panel.state() == "stopped in epoch 1 · 1 step trained"
    assert not learn.model.training


def test_stop_takes_effect_within_a_batch_of_the_validation(panel, learn):
    panel.step()
    for _ in range(6):
        panel.step()
    until(lambda: len(learn.history.steps) == 6 and not isinstance(panel.run.at, Step))
    assert panel.run.at.batch == 0 and panel.run.at.batches == 3
    assert panel.state() == "paused in epoch 1 · validation batch 1 of 3"
    panel.stop()
    assert panel.run.at.batch == 0 and len(learn.history) == 0


def test_stop_ends_the_computing_of_activations(tmp_path):
    learn = small_classifier(picture_folder(tmp_path / "pictures", each=40), precompute=True)
    panel = TrainingPanel(learn)
    reached, goes_on = threading.Event(), threading.Event()

    def hold(now):
        if panel.run.note.count(" of ") and not reached.is_set():
            reached.set()
            assert goes_on.wait(PATIENCE)

    panel.changed = hold
    panel.start()
    assert reached.wait(PATIENCE)
    panel.run.stop()
    goes_on.set()
    panel.wait(PATIENCE)
    assert panel.state() == "stopped in epoch 1 · 0 steps trained"
    assert panel.sentence() == "" and learn.owner is None
    del panel.changed
    panel.start().wait(PATIENCE)
    assert panel.state() == "complete · 3 epochs"
    panel.close()


def test_a_second_run_goes_on_with_the_model_as_it_is(panel, learn, tmp_path):
    for _ in range(2):
        panel.choose(epochs=2, kind="flat").start().wait(PATIENCE)
    twice = make_learner(tmp_path)
    twice.fit(2, 3e-3)
    twice.fit(2, 3e-3)
    assert [run.steps for run in learn.runs] == [run.steps for run in twice.runs]
    assert same(weights(learn), weights(twice))


def test_freezing_is_done_at_the_start_and_said_in_the_code(tmp_path):
    learn = small_classifier(picture_folder(tmp_path / "pictures"))
    panel = TrainingPanel(learn)
    panel.widget  # noqa: B018
    assert panel.frozen.value is True
    panel.choose(frozen=False, epochs=1)
    assert panel.code() == "learn.unfreeze(); learn.fit_one_cycle(1, 3e-3)"
    assert learn.model.frozen_groups == 2
    panel.start().wait(PATIENCE)
    assert learn.model.frozen_groups == 0 and panel.frozen.value is False
    assert panel.code() == "learn.unfreeze(); learn.fit_one_cycle(1, 3e-3)"  # what was done
    panel.choose(epochs=2)
    assert panel.code() == "learn.fit_one_cycle(2, 3e-3)"
    panel.close()


def test_the_precision_is_set_and_a_warning_of_the_learner_is_shown(panel, learn):
    panel.choose(precision="mixed").start().wait(PATIENCE)
    assert learn.precision.choice == "mixed" and panel.precision.value == "mixed"
    assert "to_fp16: this cpu has no fast instructions" in panel.lesson.value


# ---------------------------------------------------------------- the view


def test_predictions_are_possible_while_it_trains(panel, learn):
    panel.choose(epochs=20).start()
    probabilities, targets = learn.get_preds()
    assert probabilities.shape == (24, 3) and len(targets) == 24
    panel.stop()
    assert panel.run.worker.state == "idle"


def test_a_second_panel_shows_the_same_run(panel, learn):
    other = TrainingPanel(learn)
    other.widget  # noqa: B018
    panel.choose(epochs=2)
    assert other.epochs.value == 2
    panel.start().wait(PATIENCE)
    assert other.state() == panel.state() == "complete · 2 epochs"
    assert other.table.value == panel.table.value
    other.close()


def test_a_panel_that_is_displayed_twice_has_one_widget(panel):
    views = [panel._repr_mimebundle_() for _ in range(2)]
    assert views[0] == views[1]


def test_closing_the_last_panel_stops_the_run_and_an_earlier_one_does_not(panel, learn):
    other = TrainingPanel(learn)
    panel.choose(epochs=1000).start()
    other.close()
    assert panel.run.worker.busy
    panel.close()
    assert not panel.run.worker.busy and learn.owner is None
    assert repr(panel) == "TrainingPanel: closed"
    panel.stop()


def test_running_the_cell_again_finds_the_run_where_it_is(learn, monkeypatch):
    cell = ["cell", 1]
    monkeypatch.setattr(cells, "current_cell", lambda: tuple(cell))
    first = TrainingPanel(learn)
    first.widget  # noqa: B018
    first.choose(epochs=1000).start()
    until(lambda: first.run.history is not None and len(first.run.history.steps) > 10)
    cell[1] = 2
    second = TrainingPanel(learn)
    assert first.closed and not second.closed
    assert second.run is first.run and second.run.worker.busy
    steps = len(learn.history.steps)
    until(lambda: len(learn.history.steps) > steps)
    second.widget  # noqa: B018
    assert second.main_button.description == "❚❚ Pause"
    assert len(second.charts.losses.figure.data[0].x) > 10
    second.close()
    assert len(learn.runs) == 1


def test_a_learner_that_nobody_uses_any_more_is_freed(tmp_path):
    learn = make_learner(tmp_path)
    panel = TrainingPanel(learn)
    panel.start().wait(PATIENCE)
    panel.close()
    freed = threading.Event()
    __import__("weakref").finalize(learn, freed.set)
    del learn, panel
    gc.collect()
    assert freed.is_set()


def test_after_the_last_panel_is_closed_a_new_one_starts_afresh(panel, learn):
    run = panel.run
    panel.close()
    other = TrainingPanel(learn)
    assert other.run is not run and run_of(learn) is other.run
    other.close()


def test_the_curves_are_those_of_the_history(panel, learn):
    panel.start().wait(PATIENCE)
    raw, train, valid, best = panel.charts.losses.figure.data
    steps = learn.history.steps
    assert len(raw.x) == len(train.x) == POINTS
    assert raw.y[: len(steps)] == pytest.approx([row["loss"] for row in steps], rel=1e-5)
    assert train.y[: len(steps)] == pytest.approx([row["smooth_loss"] for row in steps], rel=1e-5)
    assert set(raw.y[len(steps) :]) == {raw.y[len(steps) - 1]}  # of one length, whatever the run's
    assert list(valid.y) == pytest.approx([row["valid_loss"] for row in learn.history.epochs], rel=1e-5)
    assert list(best.x) == [1 + panel.run.best]
    assert 'class="paw-best"' in panel.table.value
    assert len(set(panel.charts.rates.figure.data[1].x)) == 1  # nothing is still to come
    assert 'style="width:100.0%"' in panel.bar.value


@pytest.mark.parametrize(
    ("valid", "accuracy", "said"),
    [
        (
            [1.0, 0.8, 0.9],
            [0.5, 0.6, 0.7],
            "best after 3 epochs: 0.700. The validation loss rises after 2 epochs",
        ),
        ([1.0, 0.8, 0.9], [0.5, 0.6, 0.7], "the accuracy still improves: the model is getting too sure"),
        (
            [1.0, 0.8, 0.7],
            [0.5, 0.6, 0.7],
            "It was still improving in the last epoch, so more epochs may help.",
        ),
        (
            [0.7, 0.8, 0.9],
            [0.7, 0.6, 0.5],
            "best after 1 epoch: 0.700. It has not improved since, so 1 epoch may do",
        ),
        ([1.0, 0.8], [0.5, 0.6], "best after 2 epochs"),
        ([1.0], [0.5], ""),
    ],
)
def test_the_lesson_says_which_epoch_was_best_and_where_the_loss_turned(panel, valid, accuracy, said):
    panel.step()
    until(lambda: panel.run.at is not None)
    panel.stop()
    run = panel.run
    for epoch, (loss, value) in enumerate(zip(valid, accuracy, strict=True)):
        metrics = {"accuracy": value}
        event = lab.EpochEnd(epoch, 1.0, loss, metrics, 6.0)
        run.history.feed(event)
        run._feed(event)
    assert said in lesson(run)
    assert bool(said) == bool(lesson(run))


def test_many_epochs_show_the_best_and_the_latest_ones(panel):
    panel.choose(epochs=30, kind="flat", lr=1e-2).start().wait(PATIENCE)
    rows = panel.table.value.split("<tr")[2:]
    assert len(rows) == 8
    assert sum("paw-best" in row for row in rows) == 1
    assert "<td>30</td>" in rows[-1]


def test_it_has_a_picture_before_and_after_a_run(panel):
    before = panel.snapshot()
    panel.start().wait(PATIENCE)
    after = panel.snapshot()
    assert before.size == after.size
    assert before.tobytes() != after.tobytes()


def test_the_words_are_the_same_in_each_run(tmp_path):
    said = []
    for _ in range(2):
        panel = TrainingPanel(make_learner(tmp_path))
        panel.choose(epochs=2).start().wait(PATIENCE)
        said.append(repr(panel))
        panel.close()
    assert said == ["TrainingPanel: complete · 2 epochs · learn.fit_one_cycle(2, 3e-3)"] * 2


# ---------------------------------------------------------------- what an update costs


def a_long_run(panel, epochs, batches):
    """Give the panel a run of epochs x batches steps that the test feeds; yields after each step."""
    panel.choose(epochs=epochs)
    panel.step()
    until(lambda: panel.run.at is not None)
    panel.stop()
    run, noise = panel.run, torch.rand(epochs * batches, generator=torch.Generator().manual_seed(0)).tolist()
    run.history.total_batches = epochs * batches
    for i in range(1, epochs * batches):
        lrs, loss = (run.plan.schedule(i / epochs / batches),), 1 + noise[i]
        event = Step(i, i // batches, i % batches, batches, i / epochs / batches, loss, loss, lrs, 0.9)
        run.history.feed(event)
        run._feed(event)
        yield i


def test_an_update_is_small_and_as_large_after_100_000_steps_as_after_100(panel, comms):
    sizes = {}
    panel.run.views.discard(panel)  # the test decides when it is shown
    for step in a_long_run(panel, epochs=110, batches=1000):
        if step in (100, 100_000):
            panel.changed()
        if 100 < step % 100_000 <= 600 and step % 10 == 0:
            comms.forget()
            panel.changed()
            sizes.setdefault(step // 1000, []).append(comms.size())
    few, many = (sum(sizes[thousands]) / len(sizes[thousands]) for thousands in (0, 100))
    assert max(map(max, sizes.values())) < 30_000
    assert abs(many - few) < 0.1 * few
    panel.run.views.add(panel)


def test_no_more_than_five_updates_a_second(panel, comms):
    panel.choose(epochs=200).start()
    panel.wait(PATIENCE)
    messages = [message for message in comms.of(panel.charts.losses.plot) if message.thread == "pawlab"]
    seconds = messages[-1].at - messages[0].at
    assert len({round(message.at, 2) for message in messages}) <= 5 * seconds + 5


def test_a_page_that_is_reloaded_gets_the_charts_as_they_are(panel, comms):
    panel.choose(epochs=1).start().wait(PATIENCE)
    plot = panel.charts.losses.plot
    comms._deliver(plot, {"method": "request_state"}, [])
    told = comms.browser(plot)
    assert [trace["name"] for trace in told["traces"]] == ["each batch", "train", "valid", "best"]
    assert told["frame"]["height"] == 260

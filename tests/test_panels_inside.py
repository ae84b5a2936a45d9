"""The panel that looks inside a network, without a browser: pictures, maps, the record of a training."""

import threading

import pytest
import torch
from fakes import TensorLoaders
from small import picture_folder, small_classifier
from test_inside import hooks_on
from torch import nn

import lab
from lab.panels.frame import controls
from lab.panels.frame.lock import lock_of
from lab.panels.inside import watching
from lab.panels.inside.looking import Looking
from lab.panels.inside.panel import InsidePanel
from lab.panels.inside.watching import Ticker, Watching

pytestmark = pytest.mark.usefixtures("nothing_left_open")

HOSTILE = "<img src=x onerror=alert(1)>.png"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=10)


@pytest.fixture
def learn(folder):
    return small_classifier(folder)


@pytest.fixture
def panel(learn):
    panel = InsidePanel(learn)
    panel.widget  # noqa: B018  builds it
    panel.wait(60)
    yield panel
    panel.close()


def tensor_learner(tmp_path):
    return lab.Learner(TensorLoaders(tmp_path), nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))


# ---------------------------------------------------------------- the choice of a picture


def test_the_pictures_come_in_an_order_that_only_the_seed_decides(learn):
    orders = [Looking(learn, seed).order for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == list(range(learn.dls.valid.n))


def test_next_and_previous_go_round(learn):
    looking = Looking(learn)
    first, n = looking.index, learn.dls.valid.n
    looking.move(n)
    assert looking.index == first
    looking.move(-1)
    assert looking.index == looking.order[-1]


def test_only_pictures_of_one_class(learn):
    looking = Looking(learn)
    looking.of_class("green")
    labels = learn.dls.valid.pictures.labels
    assert looking.order
    assert {int(labels[i]) for i in looking.order} == {looking.vocab.index("green")}
    other = next(i for i in range(len(labels)) if labels[i] != labels[looking.index])
    looking.choose(other)
    assert looking.index == other
    assert looking.label is None


@pytest.mark.parametrize(
    ("method", "value", "words"),
    [
        ("choose", 999, "validation pictures, counted from 0"),
        ("of_class", "pink", "'pink' is not a class. The classes are: blue, green, red"),
        ("show_map_of", "pink", "'pink' is not a class"),
        ("show_layer", "body.99", "Choose one of: body.0"),
    ],
)
def test_a_choice_that_is_not_there_is_refused_with_those_that_are(learn, method, value, words):
    with pytest.raises(ValueError, match=words):
        getattr(Looking(learn), method)(value)


# ---------------------------------------------------------------- a picture


def test_making_the_panel_asks_the_network_nothing(learn, comms):
    asked = []
    learn.model.register_forward_hook(lambda *_: asked.append(1))
    panel = InsidePanel(learn)
    assert repr(panel).startswith(f"InsidePanel: picture 1 of {learn.dls.valid.n} · body.0: ")
    assert asked == []
    assert comms.opened == 0
    panel.close()


def test_it_shows_at_once_and_is_answered_in_the_background(learn):
    with lock_of(learn.model).exclusive():  # so nobody can be answered yet
        panel = InsidePanel(learn)
        panel.widget  # noqa: B018
        assert "computing" in panel._status.value
        assert "computing" in panel.picture_view.photo.box.value
    panel.wait(60)
    assert "computing" not in panel._status.value
    assert panel.picture_view.photo.box.value.count("<img") == 2
    panel.close()


def test_the_answer_is_that_of_the_functions(panel, learn):
    answer, looking = panel.looking.answer, panel.looking
    x, truth = learn.dls.valid.item(looking.index)
    probabilities = learn.get_preds(dl=[(x[None], torch.tensor([truth]))])[0][0]
    assert torch.equal(answer.probabilities, probabilities)
    assert answer.truth == truth
    assert torch.equal(looking.cam, lab.class_activation_map(learn, x, int(probabilities.argmax())))
    assert torch.equal(looking.activation, lab.activations(learn, x)["body.0"][0])
    assert torch.equal(looking.tiles()[0], lab.feature_maps(looking.activation, 24))


def test_the_code_gives_the_map_that_is_shown(panel, learn, comms):
    comms.set_state(panel.picture_view.map_choice, {"index": 4})
    panel.wait(60)
    assert panel.looking.map_class == 2
    assert panel.code().endswith("'red')")
    assert torch.equal(eval(panel.code()), panel.looking.cam)


def test_every_layer_can_be_shown_and_the_head_as_cells(panel, comms):
    choice, shown = panel.picture_view.layer_choice, set()
    for i, name in enumerate(panel.looking.layers):
        comms.set_state(choice, {"index": i})
        assert panel.looking.layer == name
        html = panel.picture_view.tiles.value
        assert ("paw-maps" if name.startswith("body") else "paw-cells") in html
        shown.add(html)
        assert panel.looking.layers[name] in repr(panel)
    assert len(shown) == len(panel.looking.layers)
    assert "3 numbers from " in panel.picture_view.about.value


def test_moving_the_opacity_sends_no_picture(panel, comms):
    comms.forget()
    comms.set_state(panel.picture_view.opacity, {"value": 0.2})
    assert panel.looking.opacity == 0.2
    assert "opacity: 0.20" in panel.picture_view.photo.style.value
    assert comms.size() < 2000
    assert (
        panel.looking.overlaid.tobytes()
        == lab.overlay(panel.looking.answer.image, panel.looking.cam, 0.2).tobytes()
    )


def test_the_buttons_look_at_the_next_and_the_previous_picture(panel, comms):
    order = panel.looking.order
    comms.press(panel.picture_view.next_button)
    assert panel.wait(60).looking.answer.index == order[1]
    comms.press(panel.picture_view.previous_button)
    assert panel.wait(60).looking.answer.index == order[0]
    comms.set_state(panel.picture_view.class_choice, {"index": 1})
    panel.wait(60)
    assert panel.looking.vocab[panel.looking.answer.truth] == "blue"
    assert " of blue" in repr(panel)


def test_after_more_training_it_says_so_and_looks_again(panel, learn, comms):
    before = panel.looking.answer
    learn.fit(1)
    panel.changed()
    assert "trained since" in repr(panel)
    assert "paw-on" in panel.picture_view.again_button._dom_classes
    comms.press(panel.picture_view.again_button)
    panel.wait(60)
    assert "trained since" not in repr(panel)
    assert not torch.equal(before.probabilities, panel.looking.answer.probabilities)


def test_of_many_presses_the_last_one_counts(panel, learn, comms, monkeypatch):
    asked, ask = [], panel.looking._ask
    monkeypatch.setattr(panel.looking, "_ask", lambda index: asked.append(index) or ask(index))
    with lock_of(learn.model).exclusive():
        for _ in range(4):
            comms.press(panel.picture_view.next_button)
    panel.wait(60)
    assert panel.looking.answer.index == panel.looking.order[4]
    assert len(asked) <= 2


def test_a_closed_panel_says_so(learn):
    panel = InsidePanel(learn)
    panel.close()
    with pytest.raises(RuntimeError, match="InsidePanel: this panel has been closed. Make a new one"):
        panel.look()


def test_it_looks_between_two_batches_of_a_training(panel, learn):
    with learn.claimed("fit"):
        panel.next().wait(60)
    assert panel.error is None
    assert panel.looking.answer.index == panel.looking.order[1]


def test_a_file_that_has_gone_is_told_and_the_last_answer_stays(tmp_path):
    learn = small_classifier(picture_folder(tmp_path / "colours", each=10), item_tfms=[shrunk])
    panel = InsidePanel(learn)
    panel.widget  # noqa: B018
    answer = panel.wait(60).looking.answer
    gone = learn.dls.valid.pictures.paths[panel.looking.order[1]]
    gone.unlink()
    panel.next().wait(60)
    assert "does not exist" in panel._problem.value
    assert panel.looking.answer is answer
    panel.next().wait(60)
    assert panel.error is None
    assert panel._problem.value == ""
    panel.close()


def shrunk(picture):
    return picture.resize((64, 64))


def test_a_hostile_file_name_and_class_are_text(tmp_path):
    folder = picture_folder(tmp_path / "colours", each=8)
    for path in lab.get_image_files(folder / "red"):
        path.rename(path.with_name(f"{path.stem}{HOSTILE}"))
    (folder / "red").rename(folder / "<b>red")
    panel = InsidePanel(small_classifier(folder))
    panel.widget  # noqa: B018
    panel.of_class("<b>red").wait(60)
    html = [panel.picture_view.photo.box.value, panel.picture_view.photo.words.value, panel._status.value]
    assert panel.looking.answer.name.endswith(HOSTILE)
    assert not any("<img src=x" in part or "<b>red" in part for part in html)
    assert "&lt;img src=x" in html[0]
    panel.close()


def test_nan_is_told_in_words(panel, learn):
    with torch.no_grad():
        list(learn.model.head.parameters())[-1].fill_(float("nan"))
    panel.look(again=True).wait(60)
    assert "its training has failed" in panel._problem.value


def test_without_pictures_it_says_why(tmp_path):
    panel = InsidePanel(tensor_learner(tmp_path))
    panel.widget  # noqa: B018
    panel.wait(60)
    assert "tensors, not on pictures" in repr(panel)
    assert panel.error is None
    assert panel.code() == ""
    assert panel.picture_view.next_button.disabled
    panel.close()


def test_a_model_without_maps_says_why_there_is_no_class_activation_map(folder):
    from small import small_dls

    lab.set_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 3))
    panel = InsidePanel(lab.Learner(small_dls(folder), model))
    panel.look().wait(60)
    assert panel.error is None
    assert "gives no maps" in panel.looking.no_cam
    assert panel.looking.overlaid is panel.looking.answer.image
    panel.widget  # noqa: B018
    assert panel.picture_view.photo.box.value.count("<img") == 1
    panel.close()


# ---------------------------------------------------------------- while it trains


@pytest.fixture
def watcher(tmp_path):
    lab.set_seed(0)
    panel = InsidePanel(tensor_learner(tmp_path), view="while it trains")
    panel.widget  # noqa: B018
    yield panel
    panel.close()


def test_the_switch_has_every_training_recorded_until_it_is_off(watcher, comms):
    learn, view = watcher.looking.learn, watcher.training_view
    assert repr(watcher).startswith("InsidePanel: not watching, 0 steps recorded")
    comms.set_state(view.switch, {"value": True})
    assert hooks_on(learn.model) == len(watcher.stats.layers)
    learn.fit(2)
    assert "watching, 12 steps recorded" in repr(watcher)
    comms.set_state(view.switch, {"value": False})
    assert hooks_on(learn.model) == 0
    learn.fit(1)
    assert "not watching, 12 steps recorded" in repr(watcher)
    assert [trace.name for trace in view.chart.figure.data] == 3 * list(watcher.stats.layers)
    assert len(view.histogram.figure.data[0].x) == 12


def test_the_charts_follow_a_training_by_themselves(watcher):
    drawn = threading.Event()
    show = watcher.training_view.chart.show

    def shown(figure):
        show(figure)
        if figure.data and len(figure.data[0].x) == 6:
            drawn.set()

    watcher.training_view.chart.show = shown
    watcher.watch()
    watcher.looking.learn.fit(1)
    assert drawn.wait(60)


def test_the_view_of_a_training_is_visible_before_its_charts_change(watcher):
    view, order = watcher.training_view, []
    watcher.watch()
    controls.show(view.widget, False)  # as beside the picture; the page draws no chart that is hidden
    view.widget.layout.observe(lambda change: order.append(f"display {change.new!r}"), "display")
    view.chart.plot.observe(lambda _: order.append("traces"), "traces")
    watcher.looking.learn.fit(1)
    watcher.changed()
    assert order[:2] == ["display ''", "traces"]


def test_closing_takes_every_hook_off(learn):
    panel = InsidePanel(learn)
    panel.watch()
    assert hooks_on(learn.model) > 0
    panel.close()
    assert hooks_on(learn.model) == 0


def test_layers_without_a_record_are_named_with_the_reason(folder):
    learn = small_classifier(folder, precompute=True)
    panel = InsidePanel(learn, view="while it trains")
    panel.watch()
    learn.fit(1)
    panel.widget  # noqa: B018
    assert panel.training_view.missing.value.startswith("Not recorded: body.0, body.1, ")
    assert "precomputed, so only the head runs" in panel.training_view.missing.value
    panel.close()


def test_the_histogram_of_another_layer_and_a_fresh_start(watcher, comms):
    watcher.watch()
    watcher.looking.learn.fit(1)
    view = watcher.training_view
    comms.set_state(view.layer_choice, {"index": 1})
    assert "histogram of 2" in repr(watcher)
    shares = watcher.stats.histogram("2")
    there = [[value is not None for value in row] for row in view.histogram.figure.data[0].z]
    assert there == (shares >= 1e-4).tolist()
    comms.press(view.clear_button)
    assert "watching, 0 steps recorded" in repr(watcher)
    watcher.looking.learn.fit(1)
    assert watcher.watching.steps == 6


def test_what_is_drawn_does_not_grow_with_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "POINTS", 10)
    monkeypatch.setattr(watching, "COLUMNS", 10)
    kept = Watching(tensor_learner(tmp_path))
    kept.switch(True)
    kept.learn.fit(5)
    kept.switch(False)
    assert [row["step"] for row in kept.record()["2"]] == [2, 5, 8, 11, 14, 17, 20, 23, 26, 29]
    shares, steps = kept.histogram()
    assert shares.shape[1] == len(steps) == 10
    assert steps[-1] == 29


def test_a_ticker_draws_only_what_is_new_and_rests_in_proportion():
    calls, twice = [], threading.Event()
    values = iter([1, 1, 1, 2, 2])
    last = [2]

    def value():
        last[0] = next(values, last[0])
        return last[0]

    def do():
        calls.append(last[0])
        if len(calls) == 2:
            twice.set()

    ticker = Ticker(value, do, shortest=0.001)
    ticker.start()
    ticker.start()
    assert twice.wait(30)
    ticker.stop()
    assert calls == [1, 2]


def test_both_views_have_a_snapshot_and_another_view_is_refused(watcher, panel):
    assert panel.snapshot().size[1] > 528
    empty = watcher.snapshot().size[1]
    watcher.watch()
    watcher.looking.learn.fit(1)
    assert watcher.snapshot().size[1] > empty + 2 * 260
    with pytest.raises(ValueError, match="The views are 'a picture' and 'while it trains'"):
        panel.show("inside out")


def test_what_is_no_learner_is_refused(watcher):
    with pytest.raises(TypeError, match="InsidePanel: got a TensorLoaders. Pass a Learner"):
        InsidePanel(watcher.looking.learn.dls)

"""The learning-rate finder panel without a browser: its state, its buttons, its refusals."""

import math
import threading

import pytest
import torch
from fakes import TensorLoaders
from torch import nn

import lab
from lab.core.finder import smooth, suggest
from lab.panels.frame.python import lr_code, rate_code, variable_of
from lab.panels.lr_finder import LRFinderPanel, RateFinder
from lab.training.lr_find import LRFind

pytestmark = pytest.mark.usefixtures("nothing_left_open")


@pytest.fixture
def learn(tmp_path):
    lab.set_seed(0)
    return lab.Learner(TensorLoaders(tmp_path), nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)))


@pytest.fixture
def panel(learn):
    panel = LRFinderPanel(learn, num_it=60)
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


@pytest.fixture
def run(panel):
    panel.run_button.click()
    return panel.wait(60)


def curve(start=-5):
    lrs = [10 ** (start + 0.1 * i) for i in range(50)]
    losses = [2.0 - 0.04 * i if i < 35 else 0.6 + 0.3 * (i - 35) for i in range(50)]
    return LRFind(tuple(lrs), tuple(losses), tuple(losses), suggest(lrs, losses))


# ---------------------------------------------------------------- the state


def test_a_range_keeps_its_order_and_the_nearer_end_moves():
    finder = RateFinder(None)
    finder.choose(1e-3)
    finder.ranged = True
    assert finder.lr == slice(1e-5, 1e-3)
    finder.choose_nearest_end(2e-5)
    assert finder.lr == slice(2e-5, 1e-3)
    finder.choose_nearest_end(5e-3)
    assert finder.lr == slice(2e-5, 5e-3)
    finder.choose(1e-6)
    assert finder.lr == slice(1e-6, 1e-6)
    finder.choose(1e-2, of_first=True)
    assert finder.lr == slice(1e-2, 1e-2)


def test_a_rate_is_rounded_to_what_the_code_says():
    finder = RateFinder(None)
    finder.choose(0.00275422)
    assert finder.lr == 0.0028 and rate_code(finder.lr) == "2.8e-3"
    assert rate_code(3e-3) == "3e-3" and rate_code(10.0) == "1e1"
    assert lr_code(slice(1e-5, 2.5e-3)) == "slice(1e-5, 2.5e-3)"


@pytest.mark.parametrize("rate", [0.0, -1e-3, float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ValueError, match="A rate is a number above 0, such as 3e-3"):
        RateFinder(None).choose(rate)


# ---------------------------------------------------------------- the panel


def test_before_it_runs_it_says_so(panel):
    assert repr(panel) == "LRFinderPanel: not run yet" and panel.lr is None and panel.code() == ""
    assert panel.stop_button.disabled and not panel.run_button.disabled
    assert all(button.disabled for button in panel.suggestion_buttons.values())


def test_a_run_ends_with_a_choice_and_the_code_repeats_it(run, learn):
    found = run.finder.found
    assert 10 <= len(found.lrs) <= 60 and run.finder.runs[-1][0] == "1: all layers"
    assert run.lr == pytest.approx(found.valley, rel=0.05)
    assert eval(run.code().partition("(3, ")[2].rstrip(")")) == run.lr
    assert not run.run_button.disabled and run.stop_button.disabled
    learn.fit_one_cycle(1, run.lr)


def test_the_learner_is_left_bit_identical(panel, learn):
    before = [parameter.clone() for parameter in learn.model.parameters()]
    state = torch.get_rng_state()
    panel.run()
    panel.wait(60)
    assert all(torch.equal(a, b) for a, b in zip(before, learn.model.parameters(), strict=True))
    assert torch.equal(state, torch.get_rng_state()) and learn.runs == []


def test_it_finds_what_lr_find_finds(learn, panel):
    found = learn.lr_find(num_it=60, show=False)
    panel.run()
    assert panel.wait(60).finder.found == found


def test_each_suggestion_is_a_button_with_its_value_and_a_sentence(run):
    careful = run.suggestion_buttons["careful"]
    assert careful.layout.display == "none" and careful.disabled  # the curve falls
    for name, button in run.suggestion_buttons.items():
        if button is careful:
            continue
        rate = run.finder.found.suggestions[name]
        assert button.description.endswith(f"{rate:.1e}") and len(button.tooltip) > 40
    run.suggestion_buttons["steep"].click()
    assert run.lr == pytest.approx(run.finder.found.lr_steep, rel=0.05)
    assert "paw-on" in run.suggestion_buttons["steep"]._dom_classes
    assert "(steepest)" in repr(run)


def test_a_click_on_the_curve_chooses_the_rate_there(run, comms):
    comms.click(run.chart, 1, 30)
    assert run.lr == pytest.approx(run.finder.found.lrs[30], rel=0.05)
    assert run.rate.value == f"{run.lr:.1e}" and run.slider.value == pytest.approx(run.lr)


def test_a_click_takes_the_point_of_the_curve_and_not_of_the_other_traces(run, comms):
    run.run()
    run.wait(60)
    comms.click(run.chart, 1, 30, (0, 30), (2, 0), (3, 5))
    assert run.lr == pytest.approx(run.finder.found.lrs[30], rel=0.05)


def test_typing_and_dragging_choose_too(run, comms):
    comms.set_state(run.rate, {"value": "0.004"})
    assert run.lr == 0.004
    comms.set_state(run.slider, {"value": 0.01})
    assert run.lr == 0.01 and run.rate.value == "1.0e-02"


def test_every_key_on_the_slider_moves_the_rate_although_that_is_rounded(run, comms):
    slider, rates = run.slider, []
    assert not slider.continuous_update  # else the browser's own rounding would be taken for a choice
    for place in range(round((slider.max - slider.min) / slider.step) + 1):
        comms.set_state(slider, {"value": 10 ** (slider.min + place * slider.step)})
        assert round((math.log10(slider.value) - slider.min) / slider.step) == place
        rates.append(run.lr)
    assert rates == sorted(set(rates)) and len(rates) == 161


@pytest.mark.parametrize(
    ("lr", "code"),
    [(3e-3, "3e-3"), (slice(5e-4, 3e-3), "slice(5e-4, 3e-3)"), (slice(1e-2), "slice(1e-4, 1e-2)")],
)
def test_choose_does_what_clicks_do(run, lr, code):
    assert run.choose(slice(1e-6, 1e-1)).choose(lr) is run
    assert run.code() == f"learn.fit_one_cycle(3, {code})"
    assert run.range_switch.value is isinstance(lr, slice)
    assert float(run.rate.value) == (lr.stop if isinstance(lr, slice) else lr)


@pytest.mark.parametrize(
    "lr", [0, -1, float("nan"), 10**400, True, "3e-3", None, slice(1e-2, 1e-3), slice("a", 1), slice(None)]
)
def test_what_cannot_be_chosen_changes_nothing(run, lr):
    before = run.lr
    with pytest.raises(ValueError, match=r"^Rates?: got "):
        run.choose(lr)
    assert run.lr == before


def test_what_is_no_number_is_told_and_the_old_rate_stays(run, comms):
    old = run.lr
    comms.set_state(run.rate, {"value": "<b>fast</b>"})
    assert run.lr == old and "&lt;b&gt;fast&lt;/b&gt;&#x27; is not a number" in run._problem.value
    assert run.rate.value == f"{old:.1e}"


def test_a_range_for_layer_groups(run, comms):
    comms.set_state(run.range_switch, {"value": True})
    assert run.lr == slice(run.finder.first, run.finder.last)
    assert "slice(" in run.code() and run.first_rate.layout.display == ""
    comms.set_state(run.first_rate, {"value": "1e-6"})
    assert run.lr.start == 1e-6
    comms.set_state(run.range_switch, {"value": False})
    assert isinstance(run.lr, float)


def test_further_runs_are_drawn_over_the_earlier_ones_until_cleared(run):
    run.run()
    run.wait(60)
    names = [trace.name for trace in run.chart.figure.data]
    assert names == ["each batch", "smoothed", "suggestions", "1: all layers"]
    run.clear_button.click()
    assert len(run.finder.runs) == 1 and len(run.chart.figure.data) == 3


def test_a_rate_that_the_user_chose_before_another_run_stays_and_is_marked_as_old(run, comms):
    comms.click(run.chart, 1, 30)
    chosen = run.lr
    assert "earlier run" not in run.chosen()
    run.run()
    run.wait(60)
    assert run.lr == chosen and run.finder.outdated
    assert run.chosen().endswith(" on an earlier run (1: all layers)")
    assert "earlier run" in run._chosen.value
    run.suggestion_buttons["valley"].click()
    assert not run.finder.outdated and "earlier run" not in run.chosen()


def test_until_the_user_chooses_each_run_chooses_anew(learn):
    finder = RateFinder(learn)
    for start in (-5, -4):
        finder.current = curve(start)
        finder.finish(stopped=False, failed=False)
        assert finder.lr == pytest.approx(finder.found.valley, rel=0.05) and not finder.outdated
    finder.current = flat_then_up()  # which suggests nothing
    finder.finish(stopped=False, failed=False)
    assert finder.lr == pytest.approx(finder.found.before_the_rise, rel=0.05) and not finder.outdated


class InGroups(nn.Sequential):
    """Two layer groups, of which the first can be frozen."""

    frozen_groups = 0

    def groups(self):
        return [[self[0]], [self[2]]]

    def freeze_to(self, n):
        self.frozen_groups = n
        for number, group in enumerate(self.groups()):
            group[0].requires_grad_(number >= n)


@pytest.fixture
def in_groups(tmp_path):
    lab.set_seed(0)
    model = InGroups(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    return lab.Learner(TensorLoaders(tmp_path), model)


def test_a_range_is_offered_once_all_layers_train(in_groups, comms):
    in_groups.freeze()
    panel = LRFinderPanel(in_groups, num_it=60)
    panel.widget  # noqa: B018
    panel.run()
    assert not isinstance(panel.wait(60).lr, slice) and panel.finder.runs[-1][0] == "1: head only"
    in_groups.unfreeze()
    panel.run()
    panel.wait(60)
    assert panel.finder.runs[-1][0] == "2: all layers" and panel.finder.ranged
    panel.finder.choose(2.0)
    panel.changed()
    assert panel.lr == slice(panel.finder.first, 2.0) and "slice(" in panel._code.code
    comms.set_state(panel.range_switch, {"value": False})  # by hand: from now on the switch decides
    panel.run()
    panel.wait(60)
    assert panel.lr == 2.0
    panel.close()


def level(learn):
    """Train until only noise is left to see: labels that nothing in x tells."""
    generator = torch.Generator().manual_seed(0)
    for part in (learn.dls.train, learn.dls.valid):
        part.y = torch.randint(0, 3, part.y.shape, generator=generator)
    learn.fit(3, 0.01)


@pytest.mark.parametrize("seed", range(5))
def test_the_curve_after_unfreezing_is_in_the_frame_of_panel_and_chart(tmp_path, seed):
    lab.set_seed(seed)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    learn = lab.Learner(TensorLoaders(tmp_path, seed=seed), model)
    level(learn)
    panel = LRFinderPanel(learn)
    panel.widget  # noqa: B018
    panel.run()
    found = panel.wait(60).finder.found
    lowest = found.smoothed.index(min(found.smoothed))
    high = max(found.smoothed[: lowest + 1]) + min(found.smoothed)
    end = next((i for i, loss in enumerate(found.smoothed) if loss > high), len(found.lrs))
    for figure in (panel.chart.figure, found.plot()):
        bottom, top = figure.layout.yaxis.range
        for curve in (found.smoothed[:end], found.losses[:end]):
            assert sum(bottom <= loss <= top for loss in curve) >= 0.9 * len(curve)
    panel.close()


def flat_then_up(seed=0):
    noise = torch.randn(70, generator=torch.Generator().manual_seed(seed)).mul(0.05).add(0.5).tolist()
    losses = [*noise, *(0.5 * 1.4**i for i in range(1, 12))]
    lrs = [10 ** (-7 + 6 * i / 80) for i in range(81)]
    smoothed = smooth(losses)
    return LRFind(tuple(lrs), tuple(losses), tuple(smoothed), suggest(lrs, smoothed, losses))


def test_a_curve_that_only_rises_offers_a_rate_well_before_the_rise(panel):
    curve = flat_then_up()
    assert not any(curve.suggestions.values())
    rise = next(i for i, loss in enumerate(curve.smoothed) if loss > 0.6)
    assert curve.lrs[69] / 10 < curve.before_the_rise <= curve.lrs[rise] / 10
    panel.finder.current = curve
    panel.finder.finish(stopped=False, failed=False)
    panel.changed()
    assert panel.finder.by == "careful", "nothing is chosen from noise"
    assert panel.state().endswith(" · no clear fall") and panel.status() == panel.finder.ended
    assert "No clear fall: click well left of the rise." in panel._head.value
    shown = [name for name, made in panel.suggestion_buttons.items() if made.layout.display != "none"]
    assert shown == ["careful"]
    careful = panel.suggestion_buttons["careful"]
    assert careful.description == f"well before the rise {curve.before_the_rise:.1e}" and not careful.disabled
    panel.finder.choose(1e-2)
    careful.click()
    assert panel.lr == pytest.approx(curve.before_the_rise, rel=0.05)
    assert "(well before the rise)" in panel.chosen()


def test_a_curve_that_never_rises_has_no_place_before_the_rise():
    whole = curve()
    assert whole.before_the_rise == pytest.approx(10 ** (-5 + 0.1 * 40) / 10)  # above its start again
    assert LRFind(*(part[:40] for part in (whole.lrs, whole.losses, whole.smoothed))).before_the_rise is None
    assert LRFind().before_the_rise is None and LRFind((1e-3,), (1.0,), (1.0,)).before_the_rise is None


def test_stop_keeps_the_curve_so_far_and_the_model(learn, comms):
    before = [parameter.clone() for parameter in learn.model.parameters()]
    panel = LRFinderPanel(learn, num_it=100_000)
    panel.widget  # noqa: B018
    grown = threading.Event()
    feed = panel.feed

    def fed(found):
        feed(found)
        if len(found.lrs) == 12:
            grown.set()

    panel.feed = fed
    panel.run_button.click()
    assert grown.wait(60)
    panel.stop_button.click()
    assert not panel.worker.busy and panel.finder.ended.endswith("stopped")
    assert all(torch.equal(a, b) for a, b in zip(before, learn.model.parameters(), strict=True))
    panel.close()


def test_run_twice_and_run_while_it_trains_elsewhere_are_refused_in_words(panel, learn):
    with learn.claimed("fit"):
        panel.run_button.click()
        assert "this learner is in use by fit" in panel._problem.value
        assert panel.status() == "not run yet"
    panel.run_button.click()
    panel.wait(60)
    assert panel._problem.value == "" and panel.finder.runs


def test_an_error_within_the_run_is_shown_and_it_can_run_again(panel, learn):
    loss_func, learn.loss_func = learn.loss_func, lambda acts, targets: 1 / 0
    panel.run_button.click()
    panel.wait(60)
    assert "ZeroDivisionError: division by zero" in panel._problem.value
    assert not panel.run_button.disabled
    learn.loss_func = loss_func
    panel.run_button.click()
    assert panel.wait(60).error is None and panel.lr


def test_nan_from_the_first_step_on_is_told(panel, learn):
    with torch.no_grad():
        learn.model[0].weight.fill_(float("nan"))
    panel.run_button.click()
    panel.wait(60)
    assert "the loss was never finite" in repr(panel) and panel.lr is None


def test_closing_while_it_runs_stops_it(learn):
    panel = LRFinderPanel(learn, num_it=100_000)
    panel.run()
    panel.close()
    assert not panel.worker.busy and learn.owner is None


def test_a_snapshot_holds_the_curve(run):
    assert run.snapshot().size[1] > 2 * 260


def test_the_name_of_the_learner_in_the_code_is_the_users(monkeypatch):
    class Shell:
        user_ns: dict

    value, shell = object(), Shell()
    shell.user_ns = {"_": value, "cats": value}
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    assert variable_of(value, "learn") == "cats"
    shell.user_ns = {}
    assert variable_of(value, "learn") == "learn"


@pytest.mark.parametrize("panel", [LRFinderPanel, lab.TrainingPanel])
def test_what_is_no_learner_is_refused(panel, tmp_path):
    said = rf"^{panel.__name__}: got a TensorLoaders\. Pass a Learner, for example from cnn_learner"
    with pytest.raises(TypeError, match=said):
        panel(TensorLoaders(tmp_path))

"""The rate finder leaves no trace, survives bad curves, and suggests what the curve shows."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from test_training_loop import copied_state, same_state, small_learner
from torch import nn

from lab.core.finder import smooth, suggest, sweep_lrs
from lab.training.lr_find import LRFind


def everything(learn):
    """All state that training touches, as something that can be compared."""
    return (
        copied_state(learn.model),
        [p.requires_grad for p in learn.model.parameters()],
        [m.training for m in learn.model.modules()],
        copy.deepcopy(learn.optimiser.state_dict()),
        torch.get_rng_state(),
        np.random.get_state()[1].tolist(),
        random.getstate(),
        learn.dls.train.rng_state(),
        len(learn.runs),
    )


def assert_same(before, after):
    assert before[0].keys() == after[0].keys()
    assert all(torch.equal(before[0][k], after[0][k]) for k in before[0])
    assert before[1:3] == after[1:3]
    assert_same_optimiser(before[3], after[3])
    assert torch.equal(before[4], after[4])
    assert before[5:7] == after[5:7]
    assert torch.equal(before[7], after[7])
    assert before[8] == after[8]


def assert_same_optimiser(one, two):
    assert one["param_groups"] == two["param_groups"]
    assert one["state"].keys() == two["state"].keys()
    for number, state in one["state"].items():
        for name, value in state.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(two["state"][number][name]))


def test_lr_find_leaves_everything_bit_identical(tmp_path):
    learn = small_learner(tmp_path)
    learn.fit(1, 1e-3)
    before = everything(learn)
    found = learn.lr_find(num_it=40)
    assert_same(before, everything(learn))
    assert len(found.lrs) > 20


def test_lr_find_leaves_the_model_bit_identical_after_an_exception(tmp_path):
    learn = small_learner(tmp_path)
    before = everything(learn)
    calls = 0

    def loss(activations, targets):
        nonlocal calls
        calls += 1
        if calls == 9:
            raise RuntimeError("the disk is on fire")
        return nn.functional.cross_entropy(activations, targets)

    learn.loss_func = loss
    with pytest.raises(RuntimeError, match="on fire"):
        learn.lr_find()
    assert_same(before, everything(learn))


def test_training_after_lr_find_equals_training_without_it(tmp_path):
    plain, found = small_learner(tmp_path), small_learner(tmp_path)
    found.lr_find()
    plain.fit(1, 1e-2)
    found.fit(1, 1e-2)
    assert same_state(plain.model, copied_state(found.model))


def test_the_sweep_is_exponential_and_longer_than_the_loader(tmp_path):
    learn = small_learner(tmp_path)
    assert len(learn.dls.train) == 6
    found = learn.lr_find(1e-5, 1e-1, num_it=25, stop_div=False)
    assert len(found.lrs) == 25
    assert found.lrs[0] == pytest.approx(1e-5)
    assert found.lrs[-1] == pytest.approx(1e-1)
    ratios = [b / a for a, b in zip(found.lrs, found.lrs[1:], strict=False)]
    assert ratios == pytest.approx([ratios[0]] * 24)
    assert all(isinstance(value, float) for value in found.lrs + found.losses + found.smoothed)


def test_it_stops_when_the_loss_runs_away(tmp_path):
    found = small_learner(tmp_path).lr_find(1e-4, 1e3, num_it=100)
    assert len(found.lrs) < 100


def test_a_nan_ends_the_curve_and_the_rest_is_kept(tmp_path):
    learn = small_learner(tmp_path)
    calls = 0

    def loss(activations, targets):
        nonlocal calls
        calls += 1
        return nn.functional.cross_entropy(activations, targets) * (math.nan if calls > 30 else 1)

    learn.loss_func = loss
    assert len(learn.lr_find(stop_div=False).losses) == 30


def test_a_nan_at_the_very_first_step_gives_no_suggestion(tmp_path):
    learn = small_learner(tmp_path)
    learn.loss_func = lambda activations, targets: activations.sum() * math.nan
    found = learn.lr_find()
    assert found.losses == ()
    assert all(math.isnan(rate) for rate in found) and set(found.suggestions.values()) == {None}
    assert repr(found) == "SuggestedLRs(none: the loss is NaN from the first step on)"


def curve(n=100):
    """A textbook curve: flat, falling around 1e-3, a minimum near 1e-1, then up."""
    lrs = [1e-7 * (10 / 1e-7) ** (i / (n - 1)) for i in range(n)]
    logs = [math.log10(lr) for lr in lrs]
    losses = [2 - 1.5 / (1 + math.exp(-3 * (x + 3))) + math.exp(4 * (x + 0.2)) for x in logs]
    return lrs, losses


def test_suggestions_on_a_textbook_curve():
    lrs, losses = curve()
    found = suggest(lrs, losses)
    lowest = lrs[losses.index(min(losses))]
    assert found["minimum"] == lowest / 10
    assert 5e-4 < found["steep"] < 2e-3, "the logistic fall is steepest at 1e-3"
    assert found["steep"] <= found["slide"] < lowest
    assert 1e-7 < found["valley"] < lowest


@pytest.mark.parametrize("spread", [0.05, 0.2, 0.4])
def test_six_sweeps_of_one_noisy_curve_suggest_the_same_within_a_factor_of_three(spread):
    lrs, losses = curve()
    found = []
    for seed in range(6):
        noise = torch.randn(len(losses), generator=torch.Generator().manual_seed(seed)).tolist()
        noisy = [loss + spread * n for loss, n in zip(losses, noise, strict=True)]
        found.append(suggest(lrs, smooth(noisy), noisy))
    for name in found[0]:
        offered = [one[name] for one in found if one[name] is not None]
        assert not offered or max(offered) < 3 * min(offered), name


def test_a_dip_that_is_shorter_than_the_slopes_span_still_gives_rates():
    lrs, _ = curve()
    losses = [1 + i / 10 for i in range(100)]
    losses[60:63] = [0.5, 0.1, 0.5]
    assert all(lrs[0] <= rate <= lrs[-1] for rate in suggest(lrs, losses).values())


def test_a_flat_or_rising_curve_suggests_nothing():
    lrs, _ = curve()
    assert set(suggest(lrs, [1.0] * 100).values()) == {None}
    assert set(suggest(lrs, [1 + i / 50 for i in range(100)]).values()) == {None}
    assert set(suggest([], []).values()) == {None}


def test_one_spike_does_not_move_the_suggestions():
    lrs, losses = curve()
    spiked = list(losses)
    spiked[30] = 50.0
    clean, dirty = suggest(lrs, smooth(losses)), suggest(lrs, smooth(spiked))
    for name, value in clean.items():
        assert dirty[name] == pytest.approx(value, rel=0.35), name


def test_the_leaps_of_the_first_few_batches_are_not_the_steepest_place():
    lrs, losses = curve()
    quiet = suggest(lrs, losses)
    for leap in (9.0, 0.9):
        assert suggest(lrs, [3.0, leap, *losses[2:]]) == quiet
    flat = [1.0 - i / 1e5 for i in range(100)]
    assert set(suggest(lrs, [5.0, 2.0, *flat[2:]]).values()) == {None}


def test_the_result_prints_and_unpacks_as_in_the_lesson():
    found = LRFind((), (), (), {"minimum": 1e-2, "steep": 5.25e-3, "valley": 1e-3, "slide": 8e-3})
    lr_min, lr_steep = found
    assert f"{lr_min:.2e} {lr_steep:.2e}" == "1.00e-02 5.25e-03"
    assert repr(found) == "SuggestedLRs(lr_min=0.01, lr_steep=0.00525)"
    assert (found.valley, found.slide) == (1e-3, 8e-3)
    nothing = LRFind((1e-7,), (1.0,), (1.0,), suggest([], []))
    assert "does not fall" in repr(nothing)


def test_a_sweep_that_cannot_be_is_refused(tmp_path):
    learn = small_learner(tmp_path)
    with pytest.raises(ValueError, match="got start_lr=1 and end_lr=0.1"):
        learn.lr_find(1, 0.1)
    with pytest.raises(ValueError, match="got num_it=3"):
        learn.lr_find(num_it=3)


def test_the_sweep_step_by_step_is_what_lr_find_gives(tmp_path):
    learn = small_learner(tmp_path)
    torch.manual_seed(1)
    found = learn.lr_find(num_it=40, show=False)
    torch.manual_seed(1)
    curves = list(sweep_lrs(learn, num_it=40))
    assert LRFind.of(curves[-1]) == found
    assert [len(curve.lrs) for curve in curves] == list(range(1, len(found.lrs) + 1))


def test_closing_the_sweep_in_the_middle_puts_everything_back(tmp_path):
    learn = small_learner(tmp_path)
    before = everything(learn)
    sweep = sweep_lrs(learn, num_it=40)
    for _ in range(7):
        next(sweep)
    assert not torch.equal(before[0]["0.weight"], learn.model[0].weight)
    sweep.close()
    assert_same(before, everything(learn))


def test_an_impossible_sweep_is_refused_before_it_is_asked_for_a_step(tmp_path):
    with pytest.raises(ValueError, match="lr_find: got start_lr=1.0 and end_lr=0.1"):
        sweep_lrs(small_learner(tmp_path), start_lr=1.0, end_lr=0.1)

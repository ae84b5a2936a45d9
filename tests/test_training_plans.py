"""Plans: what they say is what a learner then does."""

import pytest
import torch
from fakes import TensorLoaders
from torch import nn

import lab
from lab.core.events import EpochEnd, Step
from lab.core.plans import MOMENTA, constant_plan, one_cycle_plan, sgdr_plan

PLANS = {
    "flat": constant_plan(2, [1e-3]),
    "one-cycle": one_cycle_plan(3, [1e-3]),
    "sgdr": sgdr_plan(2, [1e-3], cycle_len=1, cycle_mult=2),
}


class Halves(nn.Sequential):
    """A model of two layer groups."""

    def groups(self):
        return [[self[0]], [self[2]]]


def make_learner(folder, **options):
    lab.set_seed(0)
    return lab.Learner(TensorLoaders(folder), Halves(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), **options)


def test_a_flat_plan_stays_at_its_rate_and_its_first_momentum():
    plan = PLANS["flat"]
    assert plan.epochs == 2
    assert {plan.schedule(i / 10) for i in range(11)} == {1e-3}
    assert {plan.momentum(i / 10) for i in range(11)} == {MOMENTA[0]}


def test_a_one_cycle_plan_rises_to_its_rate_while_the_momentum_falls():
    plan = one_cycle_plan(3, [1e-3], pct_start=0.5, div=10, div_final=100)
    assert [plan.schedule(p) for p in (0, 0.5, 1)] == pytest.approx([1e-4, 1e-3, 1e-5])
    assert [plan.momentum(p) for p in (0, 0.5, 1)] == pytest.approx(MOMENTA)
    other = one_cycle_plan(3, [1e-3], moms=(0.9, 0.8, 0.7))
    assert [other.momentum(p) for p in (0, 0.25, 1)] == pytest.approx([0.9, 0.8, 0.7])


def test_an_sgdr_plan_has_the_epochs_of_its_cycles_and_restarts_at_its_rate():
    plan = sgdr_plan(3, [1e-3], cycle_len=2, cycle_mult=2)
    assert plan.epochs == 2 + 4 + 8
    assert [plan.schedule(p) for p in (0, 2 / 14, 6 / 14)] == pytest.approx([1e-3] * 3)
    assert plan.schedule(1) == pytest.approx(0)
    assert plan.momentum(0.3) == MOMENTA[0]


def test_groups_have_a_fixed_share_of_the_last_ones_rate():
    plan = one_cycle_plan(1, [1e-5, 1e-4, 1e-3])
    assert plan.rates == (1e-5, 1e-4, 1e-3)
    assert plan.lr_scales == pytest.approx((0.01, 0.1, 1))


@pytest.mark.parametrize(
    "make",
    [
        lambda: one_cycle_plan(1, [1e-3], pct_start=2),
        lambda: one_cycle_plan(1, [1e-3], div=0),
        lambda: one_cycle_plan(1, [-1e-3]),
        lambda: sgdr_plan(0, [1e-3]),
        lambda: sgdr_plan(1, [0.0]),
    ],
)
def test_arguments_that_do_not_fit_are_refused_when_the_plan_is_made(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize("name", PLANS)
def test_what_is_planned_is_what_trains(tmp_path, name):
    plan = PLANS[name]
    plan = type(plan)(plan.epochs, (1e-4, 1e-3), plan.schedule, plan.momentum)
    learn = make_learner(tmp_path)
    steps = [event for event in learn.run_plan(plan) if isinstance(event, Step)]
    assert len(steps) == plan.epochs * 6
    assert [step.lr for step in steps] == [plan.schedule(i / len(steps)) for i in range(len(steps))]
    assert [step.lrs[0] for step in steps] == pytest.approx([step.lr / 10 for step in steps])
    assert [step.momentum for step in steps] == [plan.momentum(i / len(steps)) for i in range(len(steps))]


@pytest.mark.parametrize(
    ("fit", "plan"),
    [
        (lambda learn: learn.fit(2, slice(1e-4, 1e-3)), lambda rates: constant_plan(2, rates)),
        (lambda learn: learn.fit_one_cycle(2, slice(1e-4, 1e-3)), lambda rates: one_cycle_plan(2, rates)),
        (
            lambda learn: learn.fit_sgdr(2, slice(1e-4, 1e-3), cycle_mult=2),
            lambda rates: sgdr_plan(2, rates, cycle_mult=2),
        ),
    ],
)
def test_a_fit_carries_out_its_plan_bit_for_bit(tmp_path, fit, plan):
    one, other = make_learner(tmp_path), make_learner(tmp_path)
    fit(one)
    events = list(other.run_plan(plan(other.rates(slice(1e-4, 1e-3)))))
    assert one.history.steps == other.history.steps
    assert isinstance(events[-1], EpochEnd)
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize(("wd", "expected"), [(None, 0.01), (0.3, 0.3)])
def test_carrying_out_sets_the_weight_decay(tmp_path, wd, expected):
    learn = make_learner(tmp_path, wd=0.01)
    learn.fit(1, 1e-3, wd=0.2)
    learn.run_plan(constant_plan(1, [1e-3, 1e-3]), wd=wd)
    decays = {group["weight_decay"] for group in learn.optimiser.param_groups}
    assert decays - {0.0} == {expected}  # biases and norms have none

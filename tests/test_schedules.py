"""Schedules: ends and bounds for any numbers, torch's schedulers step for step, and the errors."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, OneCycleLR

from lab.core.optimisers import geometric_spacing, group_rates
from lab.core.schedules import (
    combine,
    cosine,
    exponential,
    flat,
    linear,
    lr_sweep,
    one_cycle,
    one_cycle_momentum,
    sgdr,
    sgdr_cycles,
    sgdr_epochs,
)

rates = st.floats(1e-8, 10.0)
progresses = st.floats(0.0, 1.0)


def optimiser(lr=0.1):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-12)


# Pieces


@pytest.mark.parametrize("piece", [linear, cosine, exponential])
@given(start=rates, end=rates)
def test_a_piece_meets_both_its_ends_exactly(piece, start, end):
    assert piece(start, end)(0.0) == start
    assert piece(start, end)(1.0) == end


@pytest.mark.parametrize("piece", [linear, cosine, exponential])
@given(start=rates, end=rates, one=progresses, other=progresses)
def test_a_piece_is_monotone_and_stays_between_its_ends(piece, start, end, one, other):
    schedule = piece(start, end)
    first, second = schedule(min(one, other)), schedule(max(one, other))
    slack = 1e-12 * max(start, end)
    assert min(start, end) - slack <= first <= max(start, end) + slack
    assert (second - first) * (end - start) >= -slack


def test_the_pieces_half_way():
    assert linear(1.0, 3.0)(0.5) == close(2.0)
    assert cosine(1.0, 3.0)(0.5) == close(2.0)
    assert cosine(0.0, 1.0)(1 / 3) == close(0.25)
    assert exponential(1e-4, 1e-2)(0.5) == close(1e-3)
    assert flat(0.3)(0.7) == 0.3


def test_exponential_and_sweep_refuse_what_has_no_logarithm():
    with pytest.raises(ValueError, match=r"exponential: start=0. Choose a finite number above 0"):
        exponential(0, 1)
    with pytest.raises(ValueError, match=r"lr_sweep: end=inf"):
        lr_sweep(end=math.inf)


def test_the_sweep_grows_by_one_factor_from_end_to_end():
    values = [lr_sweep()(i / 80) for i in range(81)]
    assert (values[0], values[-1]) == (1e-7, 10.0)
    assert all(b / a == pytest.approx(10**0.1) for a, b in itertools.pairwise(values))


# Combining


def test_combined_pieces_follow_each_other_and_the_later_speaks_where_they_meet():
    schedule = combine([0.25, 0.75], [linear(0, 1), linear(5, 9)])
    assert [schedule(p) for p in (0, 0.125, 0.25, 0.625, 1)] == [0, 0.5, 5, 7, 9]


def test_ten_tenths_are_one_and_each_begins_at_its_step():
    schedule = combine([0.1] * 10, [flat(i) for i in range(10)])
    assert [schedule(i / 10) for i in range(11)] == [*range(10), 9]
    assert [schedule(sum([0.1] * i)) for i in range(11)] == [*range(10), 9]


def test_a_fraction_of_zero_leaves_its_schedule_out():
    schedule = combine([0, 1, 0], [flat(1), linear(2, 3), flat(4)])
    assert [schedule(p) for p in (0, 0.5, 1)] == [2, 2.5, 3]


def test_progress_a_rounding_beyond_the_ends_gives_the_ends():
    schedule = combine([0.5, 0.5], [linear(0, 1), linear(1, 0)])
    assert schedule(-1e-16) == 0
    assert schedule(1 + 1e-15) == 0


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6))
def test_fractions_are_compared_as_floats_are(parts):
    fractions = [part / sum(parts) for part in parts]
    combine(fractions, [flat(1.0)] * len(parts))
    with pytest.raises(ValueError, match=r"sum to 1\.[01].* must sum to 1"):
        combine([*fractions, 0.1], [flat(1.0)] * (len(parts) + 1))


def test_combine_states_the_sum_and_the_counts():
    with pytest.raises(ValueError, match=r"\[0.5, 0.25\] sum to 0.75. They must sum to 1"):
        combine([0.5, 0.25], [flat(1), flat(2)])
    with pytest.raises(ValueError, match=r"got 2 fractions for 1 schedules"):
        combine([0.5, 0.5], [flat(1)])
    with pytest.raises(ValueError, match=r"is negative"):
        combine([1.5, -0.5], [flat(1), flat(2)])
    with pytest.raises(ValueError, match=r"sum to 0.0"):
        combine([], [])


# One cycle


@given(rates, st.floats(0.01, 0.99), st.floats(1.0, 100.0), st.floats(1.0, 1e6))
def test_one_cycle_meets_its_start_top_and_end(lr_max, pct_start, div, div_final):
    schedule = one_cycle(lr_max, pct_start, div, div_final)
    assert schedule(0.0) == lr_max / div
    assert schedule(pct_start) == lr_max
    assert schedule(1.0) == close(lr_max / div_final)


@given(st.floats(0.01, 0.99), progresses, progresses)
def test_one_cycle_is_bounded_continuous_rising_then_falling(pct_start, one, other):
    low, high = min(one, other), max(one, other)
    schedule = one_cycle(1.0, pct_start)
    first, second = schedule(low), schedule(high)
    assert 1e-5 - 1e-12 <= first <= 1 + 1e-12
    steepest = math.pi / 2 / min(pct_start, 1 - pct_start)
    assert abs(second - first) <= steepest * (high - low) + 1e-7
    if high <= pct_start:
        assert second >= first - 1e-12
    if low >= pct_start:
        assert second <= first + 1e-12


@pytest.mark.parametrize("pct_start", [0.0, 1.0])
def test_one_cycle_may_only_fall_or_only_rise(pct_start):
    schedule = one_cycle(1.0, pct_start, div=10)
    ends = (schedule(0.0), schedule(1.0))
    assert ends == ((1.0, 1e-5) if pct_start == 0 else (0.1, 1.0))


@pytest.mark.parametrize("steps", [20, 100, 333])
@pytest.mark.parametrize("pct", [0.25, 0.3, 0.9])
def test_one_cycle_gives_torchs_rates_and_momenta_at_torchs_steps(steps, pct):
    sgd = optimiser()
    theirs = OneCycleLR(
        sgd, max_lr=0.4, total_steps=steps, pct_start=pct, div_factor=25.0,
        final_div_factor=1e5 / 25, base_momentum=0.85, max_momentum=0.95,
    )  # fmt: skip
    pct_start = (pct * steps - 1) / (steps - 1)  # torch reaches the top one step earlier
    rate = one_cycle(0.4, pct_start, 25.0, 1e5)
    momentum = one_cycle_momentum((0.95, 0.85, 0.95), pct_start)
    for step in range(steps):
        group = sgd.param_groups[0]
        assert rate(step / (steps - 1)) == pytest.approx(group["lr"], abs=1e-6)
        assert momentum(step / (steps - 1)) == pytest.approx(group["momentum"], abs=1e-6)
        sgd.step()
        if step + 1 < steps:
            theirs.step()


@given(progresses, st.floats(0.01, 0.99))
def test_momentum_is_lowest_where_the_rate_is_highest(progress, pct_start):
    momentum = one_cycle_momentum(pct_start=pct_start)
    assert momentum(pct_start) == 0.85
    assert (momentum(0.0), momentum(1.0)) == (0.95, 0.95)
    assert 0.85 - 1e-12 <= momentum(progress) <= 0.95 + 1e-12


def test_one_cycle_refuses_what_makes_no_cycle():
    with pytest.raises(ValueError, match=r"one_cycle: lr_max=-1"):
        one_cycle(-1)
    with pytest.raises(ValueError, match=r"one_cycle: div=0"):
        one_cycle(1, div=0)
    with pytest.raises(ValueError, match=r"one_cycle: lr_max=nan"):
        one_cycle(math.nan)
    with pytest.raises(ValueError, match=r"one_cycle: pct_start=25"):
        one_cycle(1, pct_start=25)
    with pytest.raises(ValueError, match=r"one_cycle_momentum: pct_start=-0.1"):
        one_cycle_momentum(pct_start=-0.1)
    with pytest.raises(ValueError, match=r"moms=\(0.9, 0.8\). Give three numbers in \[0, 1\)"):
        one_cycle_momentum((0.9, 0.8))


# Restarts


def test_the_cycles_of_the_lesson():
    assert sgdr_cycles(3, cycle_len=1, cycle_mult=2) == [1, 2, 4]
    assert sgdr_epochs(3, cycle_len=1, cycle_mult=2) == 7
    assert sgdr_epochs(3, cycle_len=1) == 3
    assert sgdr_epochs(2, cycle_len=5) == 10


@given(st.integers(1, 6), st.integers(1, 5), st.integers(1, 3), st.integers(1, 997))
def test_the_first_step_of_every_cycle_has_the_full_rate(n_cycles, cycle_len, cycle_mult, steps):
    schedule = sgdr(0.01, n_cycles, cycle_len, cycle_mult)
    total = sgdr_epochs(n_cycles, cycle_len, cycle_mult)
    begin = 0
    for length in sgdr_cycles(n_cycles, cycle_len, cycle_mult):
        assert schedule(begin * steps / (total * steps)) == pytest.approx(0.01, rel=1e-12)
        assert schedule(begin / total) == pytest.approx(0.01, rel=1e-12)
        last = schedule(((begin + length) * steps - 1) / (total * steps))
        assert last == pytest.approx(cosine(0.01, 0)(1 - 1 / (length * steps)), rel=1e-6, abs=1e-9)
        begin += length
    assert schedule(1.0) == pytest.approx(0, abs=1e-15)


@given(progresses, st.integers(1, 5), st.integers(1, 3))
def test_sgdr_stays_between_zero_and_its_rate(progress, n_cycles, cycle_mult):
    assert 0 <= sgdr(0.5, n_cycles, 1, cycle_mult)(progress) <= 0.5


@pytest.mark.parametrize(("n_cycles", "length", "mult"), [(3, 1, 2), (4, 2, 1), (3, 2, 3), (1, 3, 1)])
def test_sgdr_gives_torchs_warm_restarts_at_every_step(n_cycles, length, mult):
    sgd = optimiser(0.3)
    theirs = CosineAnnealingWarmRestarts(sgd, T_0=length, T_mult=mult)
    schedule = sgdr(0.3, n_cycles, length, mult)
    total, batches = sgdr_epochs(n_cycles, length, mult), 16  # sixteenths: exact as floats
    sgd.step()
    for step in range(total * batches):
        theirs.step(step / batches)
        ours = schedule(step / (total * batches))
        assert ours == pytest.approx(sgd.param_groups[0]["lr"], abs=1e-6)


@pytest.mark.parametrize("options", [{"n_cycles": 0}, {"cycle_len": 1.5}, {"cycle_mult": 0}])
def test_sgdr_refuses_cycles_that_are_no_whole_epochs(options):
    name, number = next(iter(options.items()))
    with pytest.raises(ValueError, match=rf"sgdr: {name}={number}. Choose a whole number"):
        sgdr(0.1, **{"n_cycles": 1, **options})


def test_sgdr_refuses_a_rate_of_zero():
    with pytest.raises(ValueError, match=r"sgdr: lr_max=0"):
        sgdr(0, 1)


# Rates for groups


@given(rates, rates, st.integers(2, 8))
def test_spread_is_multiplicatively_equidistant(lo, hi, n):
    values = geometric_spacing(lo, hi, n)
    assert (len(values), values[0], values[-1]) == (n, lo, hi)
    for one, other in itertools.pairwise(values):
        assert other / one == pytest.approx((hi / lo) ** (1 / (n - 1)))


def test_a_slice_spreads_from_the_first_group_to_the_last():
    assert group_rates(slice(1e-6, 1e-4), 3) == [1e-6, close(1e-5), 1e-4]
    assert group_rates(slice(1e-6, 1e-4), 1) == [1e-4]
    assert geometric_spacing(1e-6, 1e-4, 1) == [1e-4]


def test_a_slice_with_a_stop_only_gives_the_others_a_tenth():
    assert group_rates(slice(3e-3), 3) == [close(3e-4), close(3e-4), 3e-3]
    assert group_rates(slice(3e-3), 1) == [3e-3]


@pytest.mark.parametrize("lr", [1e-3, np.float32(1e-3), np.array(1e-3), torch.tensor(1e-3)])
def test_a_number_serves_every_group(lr):
    values = group_rates(lr, 3)
    assert values == pytest.approx([1e-3] * 3, rel=1e-6)
    assert all(type(rate) is float for rate in values)


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_a_sequence_is_taken_as_it_is(kind):
    values = group_rates(kind([1e-4, 1e-3, 1e-2]), 3)
    assert values == pytest.approx([1e-4, 1e-3, 1e-2], rel=1e-6)
    assert all(type(rate) is float for rate in values)


def test_a_group_may_stand_still():
    assert group_rates([0, 0, 1e-2], 3) == [0.0, 0.0, 0.01]


def test_the_wrong_number_of_rates_says_what_the_groups_hold():
    with pytest.raises(ValueError) as refused:
        group_rates([1e-4, 1e-3], 3, ["stem and early layers", "late layers", "head"])
    assert str(refused.value) == (
        "group_rates: got 2 rates, but there are 3 parameter groups (stem and early layers; late "
        "layers; head). Give 3 rates, a slice(first, last), or one number for all."
    )
    with pytest.raises(ValueError, match=r"there are 2 parameter groups. Give 2 rates"):
        group_rates([1e-3], 2)


@pytest.mark.parametrize("lr", [slice(None), slice(1e-3, None), slice(1e-4, 1e-3, 2)])
def test_a_slice_that_is_no_range_of_rates_is_refused(lr):
    with pytest.raises(ValueError, match=r"Write slice\(first, last\) or slice\(last\)"):
        group_rates(lr, 3)


@pytest.mark.parametrize("lr", [-1e-3, math.nan, math.inf, [1e-3, -1], slice(-1.0)])
def test_a_rate_that_is_none_is_refused(lr):
    with pytest.raises(ValueError, match=r"finite number of 0 or more"):
        group_rates(lr, 2)


@pytest.mark.parametrize("lr", ["1e-3", None, {1e-3, 1e-2}.__iter__()])
def test_what_is_no_rate_is_refused(lr):
    with pytest.raises(TypeError, match=r"Give a number, a slice, or one rate per group"):
        group_rates(lr, 2)


def test_spread_refuses_a_rate_of_zero_and_no_groups():
    with pytest.raises(ValueError, match=r"geometric_spacing: lo=0"):
        geometric_spacing(0, 1, 3)
    with pytest.raises(ValueError, match=r"geometric_spacing: n=0"):
        geometric_spacing(1e-3, 1e-2, 0)

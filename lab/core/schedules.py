"""Schedules: pure functions of a run's progress 0..1, for learning rates and momenta.

What a panel plots is the function that trains. Pieces (`cosine`, `linear`, `exponential`, `constant`)
are joined by `combine`; the one-cycle policy (Smith 2018, arXiv:1803.09820, with fastai's cosine
phases) and SGDR (Loshchilov and Hutter 2016, arXiv:1608.03983) are built from them.
"""

import math
from collections.abc import Callable, Sequence
from numbers import Real

from lab.core.errors import BadType, BadValue

Schedule = Callable[[float], float]
Rate = float | slice | Sequence[float]  # of all layer groups, of the first and the last, or of each

_EDGE = 1e-9  # progress is a quotient of step counts: this near to a restart it is the restart


def constant(value: float) -> Schedule:
    """The same value throughout."""
    return lambda progress: value


flat = constant  # the lessons' name


def linear(start: float, end: float) -> Schedule:
    """A straight line from `start` at progress 0 to `end` at 1, both met exactly."""
    return lambda progress: start * (1 - progress) + end * progress


def cosine(start: float, end: float) -> Schedule:
    """Half a cosine wave from `start` to `end`, level at both ends, both met exactly."""

    def value(progress: float) -> float:
        done = (1 - math.cos(math.pi * progress)) / 2
        return start * (1 - done) + end * done

    return value


def exponential(start: float, end: float) -> Schedule:
    """The same factor at every step, from `start` to `end`, both met exactly.

    Raises ValueError unless both are above 0.
    """
    _check_positive("exponential", start=start, end=end)
    return lambda progress: start ** (1 - progress) * end**progress


def combine(fractions: Sequence[float], schedules: Sequence[Schedule]) -> Schedule:
    """Several schedules one after the other, each squeezed into its fraction of the progress.

    Where two meet, the later one speaks; a fraction of 0 leaves its schedule out. Raises ValueError
    for unequal lengths, a negative fraction, or fractions that do not sum to 1.
    """
    if len(fractions) != len(schedules):
        raise BadValue(f"combine: got {len(fractions)} fractions for {len(schedules)} schedules.")
    if any(fraction < 0 for fraction in fractions):
        raise BadValue(f"combine: a fraction of {list(fractions)} is negative. Use 0 or more.")
    total = math.fsum(fractions)
    if not math.isclose(total, 1):
        raise BadValue(f"combine: the fractions {list(fractions)} sum to {total!r}. They must sum to 1.")
    pieces = [pair for pair in zip(fractions, schedules, strict=True) if pair[0] > 0]
    starts = [math.fsum(fraction for fraction, _ in pieces[:i]) for i in range(len(pieces))]

    def value(progress: float) -> float:
        at = max(i for i, start in enumerate(starts) if i == 0 or progress >= start - _EDGE)
        fraction, schedule = pieces[at]
        return schedule(min(1.0, max(0.0, (progress - starts[at]) / fraction)))

    return value


def one_cycle(lr_max: float, pct_start: float = 0.25, div: float = 25.0, div_final: float = 1e5) -> Schedule:
    """One cycle: cosine from lr_max / div up to lr_max, then down to lr_max / div_final.

    The top is reached at progress `pct_start` exactly, the last value at progress 1: fastai's
    phases. torch's OneCycleLR lets both phases end one step earlier; over n steps it gives the
    same values for progress i / (n - 1) and pct_start = (pct * n - 1) / (n - 1), and its
    final_div_factor counts from the first rate, so it is div_final / div. Raises ValueError for
    pct_start outside 0..1, and unless the rate and both divisors are above 0.
    """
    _check_positive("one_cycle", lr_max=lr_max, div=div, div_final=div_final)
    _check_pct("one_cycle", pct_start)
    rise, fall = cosine(lr_max / div, lr_max), cosine(lr_max, lr_max / div_final)
    return combine([pct_start, 1 - pct_start], [rise, fall])


def one_cycle_momentum(moms: Sequence[float] = (0.95, 0.85, 0.95), pct_start: float = 0.25) -> Schedule:
    """The momentum beside `one_cycle`: low where the rate is high. moms: at the start, top and end.

    Raises ValueError unless there are three momenta in [0, 1), or for pct_start outside 0..1.
    """
    if len(moms) != 3 or not all(0 <= mom < 1 for mom in moms):
        raise BadValue(f"one_cycle_momentum: moms={moms!r}. Give three numbers in [0, 1): start, peak, end.")
    _check_pct("one_cycle_momentum", pct_start)
    start, top, end = moms
    return combine([pct_start, 1 - pct_start], [cosine(start, top), cosine(top, end)])


def sgdr_cycles(n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> list[int]:
    """How many epochs each cycle of `sgdr` spans: 3, 1, 2 gives [1, 2, 4].

    Raises ValueError unless all three are whole numbers of 1 or more.
    """
    given = {"n_cycles": n_cycles, "cycle_len": cycle_len, "cycle_mult": cycle_mult}
    for name, number in given.items():
        if number != int(number) or number < 1:
            raise BadValue(f"sgdr: {name}={number!r}. Choose a whole number of 1 or more.")
    return [int(cycle_len) * int(cycle_mult) ** i for i in range(int(n_cycles))]


def sgdr_epochs(n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> int:
    """How many epochs the cycles of `sgdr` take together. Raises as `sgdr_cycles`."""
    return sum(sgdr_cycles(n_cycles, cycle_len, cycle_mult))


def sgdr(lr_max: float, n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> Schedule:
    """Cosine from lr_max to 0 in every cycle, with a restart at lr_max: SGD with restarts.

    progress runs over all `sgdr_epochs`. The first step of a cycle has the whole of lr_max; only
    progress 1 itself is the 0 at the end. Same as torch's CosineAnnealingWarmRestarts (T_0 =
    cycle_len, T_mult = cycle_mult). Raises as `sgdr_cycles`, and ValueError for lr_max <= 0.
    """
    _check_positive("sgdr", lr_max=lr_max)
    lengths = sgdr_cycles(n_cycles, cycle_len, cycle_mult)
    fractions = [length / sum(lengths) for length in lengths]
    return combine(fractions, [cosine(lr_max, 0.0)] * len(lengths))


def lr_sweep(start: float = 1e-7, end: float = 10.0) -> Schedule:
    """The learning-rate finder's sweep: `exponential` under its own name (arXiv:1506.01186)."""
    _check_positive("lr_sweep", start=start, end=end)
    return exponential(start, end)


def geometric_spacing(lo: float, hi: float, n: int) -> list[float]:
    """n rates from `lo` to `hi`, each the same factor above the one before; `[hi]` for n=1.

    Raises ValueError for n below 1, or unless both rates are above 0.
    """
    _check_positive("geometric_spacing", lo=lo, hi=hi)
    if n < 1:
        raise BadValue(f"geometric_spacing: n={n}. There must be 1 rate or more.")
    return [hi] if n == 1 else [exponential(lo, hi)(i / (n - 1)) for i in range(n)]


def group_rates(lr: Rate, n_groups: int, group_names: Sequence[str] | None = None) -> list[float]:
    """One learning rate for each parameter group, the earliest layers' first.

    A number serves every group. slice(lo, hi) is spaced geometrically from the first group to
    the last. slice(hi) gives the last group hi and the others hi / 10. A sequence (list, tuple,
    array) is taken as it is. group_names: what each group holds, for the error's text. Raises
    ValueError for a sequence of another length, a slice without a stop or with a step, and a rate
    that is no finite number of 0 or more; TypeError for anything else. Lesson: "Discriminative
    Learning Rates".
    """
    if isinstance(lr, slice):
        rates = _slice_rates(lr, n_groups)
    elif isinstance(lr, Real) or getattr(lr, "ndim", None) == 0:
        rates = [float(lr)] * n_groups  # type: ignore[arg-type]
    elif isinstance(lr, str | bytes) or not hasattr(lr, "__len__"):
        raise BadType(f"group_rates: lr={lr!r}. Give a number, a slice, or one rate per group.")
    else:
        rates = [float(rate) for rate in lr]  # type: ignore[union-attr]
    if len(rates) != n_groups:
        holding = f" ({'; '.join(group_names)})" if group_names else ""
        raise BadValue(
            f"group_rates: got {len(rates)} rates, but there are {n_groups} parameter groups"
            f"{holding}. Give {n_groups} rates, a slice(first, last), or one number for all."
        )
    if not all(math.isfinite(rate) and rate >= 0 for rate in rates):
        raise BadValue(f"group_rates: lr={lr!r}. A rate is a finite number of 0 or more.")
    return rates


def _slice_rates(lr: slice, n_groups: int) -> list[float]:
    if lr.stop is None or lr.step is not None:
        raise BadValue(f"group_rates: lr={lr!r}. Write slice(first, last) or slice(last).")
    if lr.start is None:
        return [float(lr.stop) / 10] * (n_groups - 1) + [float(lr.stop)]
    return geometric_spacing(float(lr.start), float(lr.stop), n_groups)


def _check_positive(who: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if not (number > 0 and math.isfinite(number)):
            raise BadValue(f"{who}: {name}={number!r}. Choose a finite number above 0.")


def _check_pct(who: str, pct_start: float) -> None:
    if not 0 <= pct_start <= 1:
        raise BadValue(f"{who}: pct_start={pct_start!r}. It is the rising share of the run, in 0..1.")

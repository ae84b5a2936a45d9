"""Schedules: pure functions of a run's progress 0..1, for learning rates and momenta.

What a panel plots is the function that trains. Pieces are joined by `combine`; the one-cycle policy (Smith
2018, arXiv:1803.09820) and SGDR (Loshchilov and Hutter 2016, arXiv:1608.03983) are built from them.
"""

import math
from collections.abc import Callable, Sequence

from lab.core.checks import check_pct, check_positive
from lab.core.errors import BadValue

Schedule = Callable[[float], float]
_EDGE = 1e-9  # progress is a quotient of step counts: this near to a restart it is the restart


def constant(value: float) -> Schedule:
    """Return a schedule with the same value throughout.

    Parameters
    ----------
    value : float
        A learning rate, say.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> lab.constant(0.1)(0.5)
    0.1
    """
    return lambda progress: value


flat = constant  # the lessons' name


def linear(start: float, end: float) -> Schedule:
    """Return a schedule along a straight line.

    Parameters
    ----------
    start, end : float
        Its values at progress 0 and 1, both met exactly.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> lab.linear(0.1, 0.3)(0.5)
    0.2
    """
    return lambda progress: start * (1 - progress) + end * progress


def cosine(start: float, end: float) -> Schedule:
    """Return a schedule along half a cosine wave, level at both ends.

    Parameters
    ----------
    start, end : float
        Its values at progress 0 and 1, both met exactly.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> lab.cosine(1.0, 0.0)(0.25)
    0.853...
    """

    def value(progress: float) -> float:
        done = (1 - math.cos(math.pi * progress)) / 2
        return start * (1 - done) + end * done

    return value


def exponential(start: float, end: float) -> Schedule:
    """Return a schedule that changes by the same factor at every step.

    Parameters
    ----------
    start, end : float
        Its values at progress 0 and 1, both met exactly. ValueError unless both are above 0.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> lab.exponential(1e-4, 1e-2)(0.5)
    0.001
    """
    check_positive("exponential", start=start, end=end)
    return lambda progress: start ** (1 - progress) * end**progress


def combine(fractions: Sequence[float], schedules: Sequence[Schedule]) -> Schedule:
    """Return several schedules one after the other, each squeezed into its fraction of the progress.

    Parameters
    ----------
    fractions : sequence of float
        One for each schedule, summing to 1. A fraction of 0 leaves its schedule out.
    schedules : sequence of functions
        Each takes a progress 0..1. Where two meet, the later one speaks.

    Returns
    -------
    function of the progress 0..1

    Raises
    ------
    ValueError
        For unequal lengths, a negative fraction, or fractions that do not sum to 1.

    Examples
    --------
    >>> lab.combine([0.5, 0.5], [lab.constant(0.1), lab.linear(0.1, 0.0)])(0.75)
    0.05
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
    """Return one cycle: cosine from lr_max / div up to lr_max, then down to lr_max / div_final.

    fastai's phases. torch's OneCycleLR ends both a step earlier: over n steps it gives the same values for
    progress i / (n - 1) and pct_start = (pct * n - 1) / (n - 1); its final_div_factor is div_final / div.

    Parameters
    ----------
    lr_max : float
        The top, reached at progress `pct_start` exactly. ValueError unless it is above 0.
    pct_start : float
        The rising share of the run. ValueError outside 0..1.
    div, div_final : float
        What lr_max is divided by at progress 0 and at progress 1. ValueError unless both are above 0.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> [lab.one_cycle(0.25)(progress) for progress in (0, 0.25, 1)]
    [0.01, 0.25, 2.5e-06]
    """
    check_positive("one_cycle", lr_max=lr_max, div=div, div_final=div_final)
    check_pct("one_cycle", pct_start)
    rise, fall = cosine(lr_max / div, lr_max), cosine(lr_max, lr_max / div_final)
    return combine([pct_start, 1 - pct_start], [rise, fall])


def one_cycle_momentum(moms: Sequence[float] = (0.95, 0.85, 0.95), pct_start: float = 0.25) -> Schedule:
    """The momentum beside `one_cycle`, low where the rate is high: `moms` are those at start, top and end.
    Raises ValueError unless there are three momenta in [0, 1), or for pct_start outside 0..1.
    """
    if len(moms) != 3 or not all(0 <= mom < 1 for mom in moms):
        raise BadValue(f"one_cycle_momentum: moms={moms!r}. Give three numbers in [0, 1): start, peak, end.")
    check_pct("one_cycle_momentum", pct_start)
    start, top, end = moms
    return combine([pct_start, 1 - pct_start], [cosine(start, top), cosine(top, end)])


def sgdr_cycles(n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> list[int]:
    """How many epochs each cycle of `sgdr` spans: 3, 1, 2 gives [1, 2, 4]. Raises ValueError below 1."""
    given = {"n_cycles": n_cycles, "cycle_len": cycle_len, "cycle_mult": cycle_mult}
    for name, number in given.items():
        if number != int(number) or number < 1:
            raise BadValue(f"sgdr: {name}={number!r}. Choose a whole number of 1 or more.")
    return [int(cycle_len) * int(cycle_mult) ** i for i in range(int(n_cycles))]


def sgdr_epochs(n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> int:
    """How many epochs the cycles of `sgdr` take together. Raises as `sgdr_cycles`."""
    return sum(sgdr_cycles(n_cycles, cycle_len, cycle_mult))


def sgdr(lr_max: float, n_cycles: int, cycle_len: int = 1, cycle_mult: int = 1) -> Schedule:
    """Return SGD with restarts: in every cycle a cosine from lr_max to 0.

    The first step of a cycle has the whole of lr_max; only progress 1 itself is the 0 at the end. As torch's
    CosineAnnealingWarmRestarts (T_0 = cycle_len, T_mult = cycle_mult).

    Parameters
    ----------
    lr_max : float
        Where each cycle begins. ValueError unless it is above 0.
    n_cycles, cycle_len, cycle_mult : int
        How many cycles; the epochs of the first; how many times longer each is than the one before.
        ValueError unless they are whole numbers of 1 or more.

    Returns
    -------
    function of the progress 0..1 over all cycles

    Examples
    --------
    >>> [lab.sgdr(0.1, n_cycles=2)(progress) for progress in (0, 0.5, 1)]
    [0.1, 0.1, 0.0]
    """
    check_positive("sgdr", lr_max=lr_max)
    lengths = sgdr_cycles(n_cycles, cycle_len, cycle_mult)
    fractions = [length / sum(lengths) for length in lengths]
    return combine(fractions, [cosine(lr_max, 0.0)] * len(lengths))


def lr_sweep(start: float = 1e-7, end: float = 10.0) -> Schedule:
    """Return the learning-rate finder's sweep: `exponential` under its own name (arXiv:1506.01186).

    Parameters
    ----------
    start, end : float
        The learning rates at progress 0 and 1. ValueError unless both are above 0.

    Returns
    -------
    function of the progress 0..1

    Examples
    --------
    >>> lab.lr_sweep()(0), lab.lr_sweep()(1)
    (1e-07, 10.0)
    """
    check_positive("lr_sweep", start=start, end=end)
    return exponential(start, end)

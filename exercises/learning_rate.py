"""Exercises of `02_learning_rate`."""

import math
import random
from collections.abc import Callable, Sequence

import numpy as np

from lab.exercises.exercise import Exercise

Curve = tuple[list[float], list[float]]

_FINE = 1e-6  # rates are small: the usual tolerance, an absolute one too, would take many for the same


def _rates(start: float, end: float, n: int) -> list[float]:
    return [start * (end / start) ** (i / (n - 1)) for i in range(n)]


def _curve(rng: random.Random, n: int, down: float, up: float, low: float) -> Curve:
    """Rates and losses of a sweep: level, down to `low` around the rate `down`, up again from `up`."""
    rates = _rates(1e-6, 10.0, n)
    losses = []
    for rate in rates:
        fallen = 1 / (1 + math.exp(-2 * math.log(rate / down)))
        losses.append(4 - (4 - low) * fallen + (rate / up) ** 2 + rng.gauss(0, 0.01))
    return rates, losses


def _curves(rng: random.Random) -> list[Curve]:
    leaping = _curve(rng, 50, 1e-2, 3.0, 1.0)
    leaping[1][:2] = [6.5, 5.0]  # the average of the first few batches leaps
    return [
        _curve(rng, 30, 1e-3, 0.5, 0.6),
        leaping,
        _curve(rng, 40, 2e-4, 0.05, 2.0),
        _uneven(_curve(rng, 60, 1e-3, 0.5, 0.6)),
    ]


def _uneven(curve: Curve) -> Curve:
    """Without some of its places, so that the slope is not the difference of two losses alone."""
    kept = [i for i in range(len(curve[0])) if i < 27 or i % 4 == 0]
    return [curve[0][i] for i in kept], [curve[1][i] for i in kept]


def _lowest(losses: Sequence[float]) -> int:
    return min(range(len(losses)), key=losses.__getitem__)


def _minimum_over_ten(lrs: Sequence[float], losses: Sequence[float]) -> float:
    return lrs[_lowest(losses)] / 10


def _places(lrs: Sequence[float], losses: Sequence[float]) -> range:
    return range(max(1, len(lrs) // 10), _lowest(losses))


def _steepest(
    lrs: Sequence[float],
    losses: Sequence[float],
    linear: bool = False,
    up: bool = False,
    first: int | None = None,
) -> float:
    def slope(i: int) -> float:
        width = lrs[i + 1] - lrs[i - 1] if linear else math.log(lrs[i + 1] / lrs[i - 1])
        return (losses[i + 1] - losses[i - 1]) / width

    usual = _places(lrs, losses)
    places = range(first or (1 if linear else usual.start), len(lrs) - 1 if up else usual.stop)
    return lrs[max(places, key=slope) if up else min(places, key=slope)]


def _cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * progress)) / 2


def _line(start: float, end: float, progress: float) -> float:
    return start + (end - start) * progress


def _parts(
    progress: float,
    lr_max: float,
    pct_start: float,
    start: float | None = None,
    end: float | None = None,
    shape: Callable[[float, float, float], float] = _cosine,
) -> float:
    if progress < pct_start:
        return shape(lr_max / 25 if start is None else start, lr_max, progress / pct_start)
    return shape(lr_max, lr_max / 1e5 if end is None else end, (progress - pct_start) / (1 - pct_start))


def _one_cycle(progress: float, lr_max: float, pct_start: float) -> float:
    return _parts(progress, lr_max, pct_start)


def _two_halves(progress: float, lr_max: float, pct_start: float) -> float:
    """One-cycle whose two parts both read the progress of the whole run."""
    if progress < pct_start:
        return _cosine(lr_max / 25, lr_max, progress)
    return _cosine(lr_max, lr_max / 1e5, progress)


def _not_stretched(progress: float, lr_max: float, pct_start: float) -> float:
    """One-cycle whose fall reads the progress since the peak, not divided by the length of the fall."""
    if progress < pct_start:
        return _cosine(lr_max / 25, lr_max, progress / pct_start)
    return _cosine(lr_max, lr_max / 1e5, progress - pct_start)


EXERCISES = [
    Exercise(
        "gradient_step",
        "Give the weight after one step of gradient descent.",
        answer=lambda w, gradient, lr: w - lr * gradient,
        cases=[(-1.0, -8.0, 0.1), (5.0, 4.0, 0.25), (3.0, 0.0, 0.5), (0.5, -0.2, 1e-3)],
        hints=[
            "The gradient says which way the loss rises. You want it to fall.",
            "How far you go is the gradient times the rate.",
            "`w - lr * gradient`",
        ],
        mistakes=[
            (lambda w, gradient, lr: w + lr * gradient, "a step uphill: against the gradient is down"),
            (lambda w, gradient, lr: w - gradient, "a step of the whole gradient; the rate is missing"),
            (
                lambda w, gradient, lr: lr * gradient,
                "the size of the step, not where you arrive: take it away from w",
            ),
            (lambda w, gradient, lr: -lr * gradient, "how far to go, not where you arrive; add it to w"),
            (
                lambda w, gradient, lr: w - lr * abs(gradient),
                "always a step to the left; the sign of the gradient says where downhill is",
            ),
            (
                lambda w, gradient, lr: w - lr * 2 * (w - 3),
                "the slope of the notebook's own valley; use the gradient that you are given",
            ),
            (
                lambda w, gradient, lr: (w - gradient) * lr,
                "the whole difference times the rate; only the gradient is multiplied by it",
            ),
            (
                lambda w, gradient, lr: gradient - lr * w,
                "the weight and the gradient are swapped",
            ),
        ],
    ),
    Exercise(
        "too_high",
        "For the loss a * (w - 3) ** 2, give the smallest rate at which the walk gets no nearer to 3.",
        answer=lambda a: 1 / a,
        cases=[(1.0,), (4.0,), (0.25,), (50.0,)],
        hints=[
            "Its gradient is 2 * a * (w - 3). Write down one step, then subtract 3 from both sides.",
            "The distance to 3 is multiplied by 1 - 2 * a * lr at each step.",
            "The walk stops getting nearer when that factor is -1.",
        ],
        mistakes=[
            (lambda a: 1 / (2 * a), "the best rate: it arrives in one step. Twice as much is too high"),
            (lambda a: 2 / a, "the limit for the gradient a * (w - 3); the square brings a factor 2"),
            (lambda a: a, "the wrong way round: the steeper the valley, the smaller the rate must be"),
            (lambda a: 1.0, "the limit where a is 1; it depends on a"),
            (
                lambda a: 3 / a,
                "where the valley lies does not matter: subtract 3 from both sides and the 3 is gone",
            ),
            (lambda a: 1.05 / a, "a rate that diverges already; the smallest one is a little lower"),
            (lambda a: 0.95 / a, "a rate that still gets nearer, if slowly; the limit is a little higher"),
        ],
    ),
    Exercise(
        "geometric_rates",
        "Give n rates from start to end, both included, each the same factor above the one before.",
        answer=_rates,
        cases=[(1e-7, 10.0, 9), (1.0, 8.0, 4), (1e-3, 1e-1, 3), (1e-6, 1.0, 100)],
        tolerance=_FINE,
        hints=[
            "Between n rates lie n - 1 steps. Which factor, taken n - 1 times, leads from start to end?",
            "The factor is `(end / start) ** (1 / (n - 1))`.",
            "The rate at place i is `start * factor ** i`, for i from 0 to n - 1.",
        ],
        mistakes=[
            (
                lambda start, end, n: [start + (end - start) * i / (n - 1) for i in range(n)],
                "the same distance at each step, not the same factor: nearly all rates are large",
            ),
            (
                lambda start, end, n: [start * (end / start) ** (i / n) for i in range(n)],
                "n steps instead of n - 1: the end is not reached",
            ),
            (
                lambda start, end, n: list(np.logspace(start, end, n)),
                "`logspace` takes exponents and begins at 10**start; `geomspace` takes the rates",
            ),
            (
                lambda start, end, n: [
                    rate * (end / start) ** (1 / (n - 1)) for rate in _rates(start, end, n)
                ],
                "one step too far: the first rate should be `start` itself",
            ),
            (
                lambda start, end, n: [start * (end / start / (n - 1)) ** i for i in range(n)],
                "the factor is applied n - 1 times: take the (n - 1)th root of end / start",
            ),
        ],
    ),
    Exercise(
        "minimum_over_ten",
        "Give a tenth of the rate at which the loss is lowest.",
        answer=_minimum_over_ten,
        cases=_curves,
        tolerance=_FINE,
        hints=[
            "First the place of the lowest loss: `losses.index(min(losses))`.",
            "The rate at that place, divided by 10.",
        ],
        mistakes=[
            (
                lambda lrs, losses: lrs[_lowest(losses)],
                "the rate of the lowest loss itself: that leaves no margin",
            ),
            (lambda lrs, losses: min(losses) / 10, "a tenth of the lowest loss; return a rate"),
            (lambda lrs, losses: min(lrs) / 10, "a tenth of the smallest rate; look for the smallest loss"),
            (
                lambda lrs, losses: lrs[_lowest(losses) // 10],
                "the rate at a tenth of the place; take the rate at the place, then divide that",
            ),
            (
                lambda lrs, losses: _lowest(losses) / 10,
                "a tenth of the place; take the rate that stands there",
            ),
            (
                lambda lrs, losses: lrs[losses.index(max(losses))] / 10,
                "a tenth of the rate with the largest loss; look for the smallest",
            ),
            (lambda lrs, losses: lrs[_lowest(losses)] * 10, "ten times the rate: far beyond the minimum"),
        ],
    ),
    Exercise(
        "steepest",
        "Give the rate at which the loss falls fastest, seen on the logarithmic axis.",
        answer=_steepest,
        cases=_curves,
        tolerance=_FINE,
        hints=[
            "`lowest = losses.index(min(losses))`, then `places = range(max(1, len(lrs) // 10), lowest)`.",
            "The slope at i: `(losses[i + 1] - losses[i - 1]) / math.log(lrs[i + 1] / lrs[i - 1])`.",
            "With a function `slope(i)`, the steepest place is `min(places, key=slope)`. Return its rate.",
        ],
        mistakes=[
            (
                lambda lrs, losses: _steepest(lrs, losses, linear=True),
                "the slope over the rates themselves: there the smallest rates always look steepest. Divide "
                "by the difference of the logarithms",
            ),
            (
                lambda lrs, losses: _steepest(lrs, losses, up=True),
                "where the loss rises fastest; falling is a negative slope",
            ),
            (lambda lrs, losses: lrs[_lowest(losses)], "where the loss is lowest: there it no longer falls"),
            (
                lambda lrs, losses: lrs[
                    min(_places(lrs, losses), key=lambda i: losses[i + 1] - losses[i - 1])
                ],
                "differences of losses alone: divide each by the difference of the logarithms of the rates",
            ),
            (
                lambda lrs, losses: _steepest(lrs, losses, first=1),
                "it looks at the first tenth as well, where the average leaps",
            ),
        ],
    ),
    Exercise(
        "choice",
        "Which rate would you train with: 'a', 'b', 'c' or 'd'?",
        answer="b",
        hints=[
            "This model is trained already, so no rate makes the loss fall much. What harm can one do?",
            "Stay well to the left of where the loss shoots up, but no further than you need.",
        ],
        mistakes=[
            ("a", "safe, but a thousand times slower than it need be"),
            ("c", "the foot of the rise: that leaves no margin, and the next batches may be harder"),
            ("d", "the middle of the explosion: training would destroy what was learnt"),
            ("B", "the right one; write its letter in lower case"),
            (2e-5, "the right rate; give its letter"),
            ("2e-05", "the right rate; give its letter"),
        ],
    ),
    Exercise(
        "cosine",
        "Give the rate that falls from start to end along half a cosine wave, at this progress.",
        answer=_cosine,
        cases=[(1.0, 0.0, 0.0), (1.0, 0.0, 0.5), (0.01, 0.001, 0.25), (2.0, 1.0, 1.0), (0.1, 0.3, 0.8)],
        hints=[
            "`math.cos(math.pi * progress)` goes from 1 to -1 while the progress goes from 0 to 1.",
            "Add 1 and halve it: now it goes from 1 to 0. That is the share of `start` that is left.",
            "`end + (start - end) * share`",
        ],
        mistakes=[
            (
                _line,
                "a straight line: it is not level at either end",
            ),
            (
                lambda start, end, progress: _cosine(end, start, progress),
                "the way back: progress 0 must give start",
            ),
            (
                lambda start, end, progress: start * math.cos(math.pi * progress / 2),
                "a quarter of the wave: it starts level and ends steep, and forgets `end`",
            ),
            (
                lambda start, end, progress: start * (1 + math.cos(math.pi * progress)) / 2,
                "a wave that ends at 0, wherever `end` is",
            ),
            (
                lambda start, end, progress: start * math.cos(math.pi * progress),
                "the cosine itself goes from 1 to -1: shift and halve it, so that it goes from 1 to 0",
            ),
            (
                lambda start, end, progress: end + (start - end) * math.cos(math.pi * progress),
                "it reaches `end` half-way and overshoots: the cosine goes from 1 to -1, not from 1 to 0",
            ),
            (
                lambda start, end, progress: end + (start - end) * math.cos(math.pi * progress / 2),
                "a quarter of the wave: it starts level and ends steep. Half a wave goes from 0 to pi",
            ),
            (
                lambda start, end, progress: end + (start - end) * (1 + math.cos(180 * progress)) / 2,
                "`math.cos` takes radians: half a turn is `math.pi`, not 180",
            ),
            (
                lambda start, end, progress: end + (start - end) * (1 + math.cos(math.pi * progress) / 2),
                "only the cosine is halved; put 1 + cos in brackets and halve the whole",
            ),
        ],
    ),
    Exercise(
        "one_cycle",
        "Give the rate of the one-cycle schedule at this progress.",
        answer=_one_cycle,
        cases=[(at, 3e-3, 0.25) for at in (0.0, 0.1, 0.25, 0.6, 1.0)] + [(0.5, 1.0, 0.75), (1.0, 1.0, 0.3)],
        tolerance=_FINE,
        hints=[
            "Two cosines: one before `pct_start`, one after it.",
            "Each cosine needs a progress of its own, one that runs from 0 to 1 within its part.",
            "Rising: `progress / pct_start`. Falling: `(progress - pct_start) / (1 - pct_start)`.",
        ],
        mistakes=[
            (_two_halves, "both parts read the progress of the whole run; give each its own, from 0 to 1"),
            (
                lambda progress, lr_max, pct_start: _parts(progress, lr_max, pct_start, end=lr_max / 25),
                "it ends where it began; the end is lr_max / 100_000",
            ),
            (
                lambda progress, lr_max, pct_start: _parts(progress, lr_max, pct_start, end=0.0),
                "it ends at 0; the end is lr_max / 100_000",
            ),
            (
                lambda progress, lr_max, pct_start: _parts(progress, lr_max, pct_start, start=0.0),
                "it starts at 0, so that the first batch would teach nothing; the start is lr_max / 25",
            ),
            (
                _not_stretched,
                "the fall begins at 0 but stops short of 1: divide by its length, `1 - pct_start`",
            ),
            (
                lambda progress, lr_max, pct_start: _one_cycle(progress, lr_max, 0.25),
                "a rise of a quarter, whatever `pct_start` is",
            ),
            (
                lambda progress, lr_max, pct_start: _cosine(lr_max, lr_max / 1e5, progress),
                "the fall alone, without a warm-up",
            ),
            (
                lambda progress, lr_max, pct_start: _parts(progress, lr_max, pct_start, shape=_line),
                "two straight lines; both parts are cosines",
            ),
        ],
    ),
    Exercise(
        "epochs_of",
        "Give the number of epochs that the cycles take together.",
        answer=lambda n_cycles, cycle_len, cycle_mult: sum(
            cycle_len * cycle_mult**i for i in range(n_cycles)
        ),
        cases=[(3, 1, 1), (3, 1, 2), (2, 3, 2), (4, 2, 3), (1, 5, 2)],
        hints=[
            "Write the lengths of 3 cycles with cycle_len=1 and cycle_mult=2: 1, then twice that, and so on.",
            "Cycle i (from 0) is `cycle_len * cycle_mult ** i` epochs long. Sum them.",
        ],
        mistakes=[
            (lambda n, length, mult: n * length, "cycles of equal length; cycle_mult makes each one longer"),
            (
                lambda n, length, mult: n * length * mult,
                "one multiplication for all of them; each cycle is multiplied once more than the one before",
            ),
            (lambda n, length, mult: length * mult ** (n - 1), "the last cycle alone; add the others"),
            (
                lambda n, length, mult: length * mult**n,
                "the cycle after the last; sum the lengths of the `n_cycles` cycles",
            ),
            (
                lambda n, length, mult: sum(length + mult * i for i in range(n)),
                "each cycle is cycle_mult epochs longer; it should be cycle_mult times as long",
            ),
            (
                lambda n, length, mult: sum(mult**i for i in range(n)),
                "right where the first cycle is one epoch; `cycle_len` is not used",
            ),
            (
                lambda n, length, mult: sum(length * mult**i for i in range(1, n + 1)),
                "the first cycle is multiplied already: count i from 0",
            ),
            (
                lambda n, length, mult: length * (mult**n - 1) // (mult - 1),
                "the formula of a geometric sum, which divides by 0 where cycle_mult is 1",
            ),
        ],
    ),
]

"""The learning-rate finder: raise the rate at every step and watch the loss (Leslie Smith, 2015).

The sweep is a consumer of the ordinary training loop that breaks off when the loss runs away, and everything
that it changed is put back. From the curve come four suggestions; the curve itself says more than they do.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean, median

import torch
from torch import nn

from lab.core.errors import BadValue, NonFiniteLoss
from lab.core.evaluation import Loss
from lab.core.events import Step
from lab.core.learner import Learner
from lab.core.protocols import Batches
from lab.core.schedules import Schedule, lr_sweep
from lab.core.state import preserve_state

SMOOTHING = 0.9  # share of the old average in the smoothed curve
DIVERGED = 4.0  # the sweep ends when the smoothed loss is this many times its best
FLAT = 0.02  # a curve that falls by less than this share of its height suggests nothing,
NOISE = 2.0  # nor does one that falls by less than this many of its usual leaps
NAMES = ("minimum", "steep", "valley", "slide")


@dataclass(frozen=True, repr=False)
class LRCurve:
    """What the finder saw.

    lrs, losses, smoothed: one float per step. suggestions: name -> rate, or None where the curve has none:
    "minimum" (the rate of the lowest loss, divided by 10), "steep" (where the loss falls fastest), "valley"
    (where half of the fall is done), "slide" (the end of the steep part, before the loss rises).
    """

    lrs: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    smoothed: tuple[float, ...] = ()
    suggestions: dict[str, float | None] = field(default_factory=lambda: dict.fromkeys(NAMES))


def find_lr(
    model: nn.Module,
    loss_func: Loss,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_it: int = 100,
    stop_div: bool = True,
) -> LRCurve:
    """Run the learning-rate finder without a learner: a model, a loss, an optimiser and batches are enough.

    All of them are left as they were, bit for bit; the optimiser's parameter groups only gain `layer_group`
    and `first_weight_decay`.

    Parameters
    ----------
    model : Module
        Turns x into activations.
    loss_func : function
        Takes (activations, targets) and returns a scalar.
    optimiser : Optimizer
        Made from the model's parameters.
    batches : list or DataLoader
        Batches (x, y). Where they are fewer than the steps, they are gone through again.
    start_lr, end_lr : float
        The learning rate rises exponentially from the first to the second.
    num_it : int
        The number of steps, 10 or more.
    stop_div : bool
        End when the loss runs away.

    Returns
    -------
    LRCurve
        Its `lrs`, `losses` and `smoothed` have a float per step; its `suggestions` give a rate, or None, for
        each of "minimum", "steep", "valley" and "slide".

    Raises
    ------
    ValueError
        For a sweep that cannot be, and for an optimiser that does not hold the model's parameters.

    Examples
    --------
    >>> model, x = torch.nn.Linear(2, 2), torch.randn(64, 2)
    >>> batches, optimiser = [(x, (x[:, 0] > 0).long())], torch.optim.SGD(model.parameters(), lr=0.1)
    >>> curve = lab.find_lr(model, lab.cross_entropy, optimiser, batches)
    >>> curve.lrs[0], list(curve.suggestions)
    (1e-07, ['minimum', 'steep', 'valley', 'slide'])
    """
    learner = Learner((batches, []), model, loss_func, opt_func=optimiser)
    return [LRCurve(), *sweep_lrs(learner, start_lr, end_lr, num_it, stop_div)][-1]


def sweep_lrs(
    learner: Learner, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100, stop_div: bool = True
) -> Iterator[LRCurve]:
    """Raise the rate exponentially from start_lr to end_lr over num_it batches: the curve after each.

    A loader shorter than the sweep is gone through again; stop_div: end when the loss runs away. The learner
    is put back when the iterator ends or is closed. Raises ValueError at once for a sweep that cannot be.
    """
    if not 0 < start_lr < end_lr:
        raise BadValue(f"lr_find: got start_lr={start_lr} and end_lr={end_lr}. Start above 0, below the end.")
    if num_it < 10:
        raise BadValue(f"lr_find: got num_it={num_it}. At least 10 steps are needed to see a curve.")
    return _sweep(learner, lr_sweep(start_lr, end_lr), num_it, stop_div)


def _sweep(learner: Learner, sweep: Schedule, num_it: int, stop_div: bool) -> Iterator[LRCurve]:
    lrs, losses = list[float](), list[float]()
    learner.match_optimiser()
    _, _, train, _ = learner.inputs()
    runs, scaler = list(learner.runs), learner.precision.scaler
    try:
        with preserve_state(learner.model, learner.optimiser, scaler, [train]):
            epochs = math.ceil(num_it / len(train))

            def schedule(share: float) -> float:
                return sweep(min(1.0, share * epochs * len(train) / (num_it - 1)))

            events = learner.steps(epochs, schedule, validate=False)
            with closing(events), suppress(NonFiniteLoss):  # the last rate is then not on the curve
                for event in events:
                    if not isinstance(event, Step):
                        continue
                    lrs.append(event.lr)
                    losses.append(event.loss)
                    smoothed = smooth(losses)
                    yield LRCurve(tuple(lrs), tuple(losses), tuple(smoothed), suggest(lrs, smoothed, losses))
                    if len(lrs) == num_it or (stop_div and smoothed[-1] > DIVERGED * min(smoothed)):
                        break
    finally:
        learner.runs[:] = runs


def smooth(losses: Sequence[float]) -> list[float]:
    """The running average of the losses, corrected for its start; a single spike is first cut to size.

    A spike is a loss above both neighbours by more than the neighbours' height: it counts as their mean.
    """
    average, out = 0.0, []
    for index, loss in enumerate(losses):
        if 0 < index < len(losses) - 1:
            around = (losses[index - 1] + losses[index + 1]) / 2
            loss = around if loss > 2 * max(losses[index - 1], losses[index + 1]) else loss
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        out.append(average / (1 - SMOOTHING ** (index + 1)))
    return out


def suggest(
    lrs: Sequence[float], smoothed: Sequence[float], losses: Sequence[float] = ()
) -> dict[str, float | None]:
    """The four suggestions from a smoothed curve; all None when it is too short or does not fall.

    A fall must stand out of the curve's own noise, the usual leap from one loss to the next. The first tenth
    is left out, where the average is of a few batches yet. One sweep must suggest what the next one does, and
    the lowest point and the steepest slope of a noisy curve do not. So slopes span an eighth of the curve to
    either side, and "steep" is their centre of gravity, each weighted by its fourth power; "minimum" is the
    middle of the bottom of the mean over such spans: of what lies within a fifth of the fall.
    """
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__, default=0)
    first, reach = max(1, len(lrs) // 10), max(1, len(lrs) // 8)
    if lowest < max(5, first + 1):
        return dict.fromkeys(NAMES)
    height = max(smoothed[first : lowest + 1])
    noise = median([abs(a - b) for a, b in pairwise(losses[: lowest + 1])] or [0.0])
    if (fall := height - smoothed[lowest]) < max(FLAT * abs(height), NOISE * noise):
        return dict.fromkeys(NAMES)
    spans = {i: (max(i - reach, first), min(i + reach, len(lrs) - 1)) for i in range(first, lowest)}
    slopes = {i: (smoothed[b] - smoothed[a]) / math.log(lrs[b] / lrs[a]) for i, (a, b) in spans.items()}
    steepest = min(slopes, key=slopes.__getitem__)
    weights = [max(1e-9, -slope) ** 4 for slope in slopes.values()]
    steep = math.exp(sum(w * math.log(lrs[i]) for w, i in zip(weights, slopes, strict=True)) / sum(weights))
    valley = max(i for i in range(lowest + 1) if smoothed[i] >= height - fall / 2)
    slide = next(i for i in range(steepest, lowest) if slopes.get(i + 1, 0.0) > slopes[steepest] / 2)
    cut = [min(loss, 1.5 * height) for loss in losses]  # where it diverges, a few losses would count for all
    calm = [fmean(cut[max(0, i - reach) : i + reach + 1]) for i in range(len(cut))] or smoothed
    low = min(calm[first:]) + (fall / 5 if losses else 0.0)
    bottom = [lr for lr, loss in zip(lrs[first:], calm[first:], strict=True) if loss <= low]
    return dict(zip(NAMES, (bottom[len(bottom) // 2] / 10, steep, lrs[valley], lrs[slide]), strict=True))

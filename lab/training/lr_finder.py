"""The learning-rate finder: raise the rate at every step and watch the loss (Leslie Smith, 2015).

The sweep is a consumer of the ordinary training loop that breaks off when the loss runs away, and everything
that it changed is put back. From the curve come four suggestions; the curve itself says more than they do.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from lab.figures import figure
from lab.progress import Progress
from lab.schedules import lr_sweep
from lab.training.events import Step
from lab.training.loop import NonFiniteLoss
from lab.training.restore import restored

SMOOTHING = 0.9  # share of the old average in the smoothed curve
DIVERGED = 4.0  # the sweep ends when the smoothed loss is this many times its best
FLAT = 0.02  # a curve that falls by less than this share of its height suggests nothing


@dataclass(frozen=True, repr=False)
class LRFind:
    """What the finder saw.

    lrs, losses, smoothed: one float per step. suggestions: name -> rate, or None where the curve has none:
    "minimum" (the rate of the lowest loss, divided by 10), "steep" (where the loss falls fastest), "valley"
    (two thirds into the longest fall), "slide" (the end of the steep part, before the loss rises).
    Unpacks and prints as in the 2020 lesson: `lr_min, lr_steep = learn.lr_find()`.
    """

    lrs: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestions: dict[str, float | None] = field(default_factory=dict)

    @property
    def lr_min(self) -> float | None:
        return self.suggestions["minimum"]

    @property
    def lr_steep(self) -> float | None:
        return self.suggestions["steep"]

    @property
    def valley(self) -> float | None:
        return self.suggestions["valley"]

    @property
    def slide(self) -> float | None:
        return self.suggestions["slide"]

    def __iter__(self) -> Iterator[float | None]:
        return iter((self.lr_min, self.lr_steep))

    def __repr__(self) -> str:
        if self.lr_min is None:
            why = "does not fall anywhere on the curve" if self.lrs else "is NaN from the first step on"
            return f"SuggestedLRs(none: the loss {why})"
        return f"SuggestedLRs(lr_min={self.lr_min}, lr_steep={self.lr_steep})"

    def plot(self, **options):
        """The chart of the curve with its suggestions marked."""
        return figure("lr_find", self, **options)

    def plot_lr(self, **options):
        """The chart of the rate at every step of the sweep (2018 lesson: `learn.sched.plot_lr()`)."""
        return figure("sweep", self, **options)


def find_lr(learner, start: float, end: float, steps: int, stop_early: bool) -> LRFind:
    """Sweep the rate exponentially from start to end over `steps` batches and put everything back.

    A loader shorter than the sweep is gone through again. Raises ValueError for a sweep that cannot be.
    """
    curve = LRFind((), (), (), suggest((), ()))
    sweep = sweep_rates(learner, start, end, steps, stop_early)
    with (
        learner.turns.run("lr_find"),
        Progress(steps, "finding the learning rate") as progress,
        closing(sweep),
    ):
        for so_far in sweep:
            curve = so_far
            progress.update(1)
    return curve


def sweep_rates(
    learner, start: float = 1e-7, end: float = 10.0, steps: int = 100, stop_early: bool = True
) -> Iterator[LRFind]:
    """The sweep, step by step: the curve so far, with its suggestions, after each batch.

    The learner is put back when the iterator ends or is closed. Raises ValueError at once for a sweep that
    cannot be.
    """
    if not 0 < start < end:
        raise ValueError(
            f"lr_find: start={start} and end={end} came. It takes 0 < start < end, for example 1e-7 and 10."
        )
    if steps < 10:
        raise ValueError(f"lr_find: {steps} steps came. At least 10 are needed to see a curve.")
    return _sweep(learner, start, end, steps, stop_early)


def _sweep(learner, start: float, end: float, steps: int, stop_early: bool) -> Iterator[LRFind]:
    sweep = lr_sweep(start, end)
    lrs: list[float] = []
    losses: list[float] = []
    with restored(learner):
        batches = len(learner.loaders()[0])
        epochs = math.ceil(steps / batches)

        def schedule(share: float) -> float:
            return sweep(min(1.0, share * epochs * batches / (steps - 1)))

        events = learner.steps(epochs, schedule, momentum=lambda _: learner.moms[0], validate=False)
        with closing(events), suppress(NonFiniteLoss):  # then the rate of the last step is not on the curve
            for event in events:
                if not isinstance(event, Step):
                    continue
                lrs.append(event.lr)
                losses.append(event.loss)
                smoothed = smooth(losses)
                yield LRFind(tuple(lrs), tuple(losses), tuple(smoothed), suggest(lrs, smoothed))
                if len(lrs) == steps or (stop_early and smoothed[-1] > DIVERGED * min(smoothed)):
                    break


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


def suggest(lrs: Sequence[float], smoothed: Sequence[float]) -> dict[str, float | None]:
    """The four suggestions from a smoothed curve; all None when it is too short or does not fall.

    Steep, valley and slide follow the definitions of fastai's suggestion functions. As there, the steepest
    place is not looked for in the first tenth: the average is of a few batches yet, and leaps.
    """
    nothing = dict.fromkeys(("minimum", "steep", "valley", "slide"))
    lowest = min(range(len(smoothed)), key=smoothed.__getitem__, default=0)
    first = max(1, len(lrs) // 10)
    if lowest < max(5, first + 1):
        return nothing
    height = max(smoothed[first : lowest + 1])
    if height - smoothed[lowest] < FLAT * abs(height):
        return nothing
    logs = [math.log(lr) for lr in lrs]
    return {
        "minimum": lrs[lowest] / 10,
        "steep": lrs[_steepest(logs, smoothed, first, lowest)],
        "valley": lrs[_valley(smoothed, lowest)],
        "slide": lrs[_slide(logs, smoothed, first, lowest)],
    }


def _slopes(logs: Sequence[float], losses: Sequence[float], first: int, end: int) -> list[float]:
    return [(losses[i + 1] - losses[i - 1]) / (logs[i + 1] - logs[i - 1]) for i in range(first, end)]


def _steepest(logs: Sequence[float], losses: Sequence[float], first: int, end: int) -> int:
    slopes = _slopes(logs, losses, first, end)
    return first + min(range(len(slopes)), key=slopes.__getitem__)


def _valley(losses: Sequence[float], lowest: int) -> int:
    """Two thirds along the longest falling stretch before the minimum."""
    longest, best_end, start = 0, lowest, 0
    for index in range(1, lowest + 1):
        if losses[index] >= losses[index - 1]:
            start = index
        if index - start > longest:
            longest, best_end = index - start, index
    return best_end - longest + int(longest * 2 / 3)


def _slide(logs: Sequence[float], losses: Sequence[float], first: int, end: int) -> int:
    """The last place before the minimum where the loss still falls at half its fastest."""
    slopes = _slopes(logs, losses, first, end)
    fastest = min(slopes)
    return first + max(i for i, slope in enumerate(slopes) if slope <= fastest / 2)

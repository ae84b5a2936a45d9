"""The rate finder for a notebook: with progress, a chart, and a sentence where the curve says nothing."""

import math
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from statistics import median
from typing import Any

from lab.charts import draw
from lab.core.finder import FLAT, LRCurve, sweep_lrs
from lab.core.learner import Learner
from lab.progress import Progress, notify
from lab.training.checks import explained
from lab.wording import rate_text


class LRFind(LRCurve):
    """An `LRCurve` that can be drawn, and that unpacks and prints as in the 2020 lesson.

    `lr_min, lr_steep = learn.lr_find()`. Where there is no suggestion, the rates are NaN.
    """

    lr_min = property(lambda self: self._suggested("minimum"))
    lr_steep = property(lambda self: self._suggested("steep"))
    valley = property(lambda self: self._suggested("valley"))
    slide = property(lambda self: self._suggested("slide"))

    def _suggested(self, name: str) -> float:
        rate = self.suggestions[name]
        return math.nan if rate is None else rate

    def __iter__(self) -> Iterator[float]:
        return iter((self.lr_min, self.lr_steep))

    def __repr__(self) -> str:
        if self.suggestions["minimum"] is None:
            return f"SuggestedLRs(none: the loss {self.why_none()})"
        return f"SuggestedLRs(lr_min={self.lr_min}, lr_steep={self.lr_steep})"

    @property
    def before_the_rise(self) -> float | None:
        """A tenth of the rate from which the loss stays above all that it was before; None if it does not.

        Above means by more than the usual leap from one loss to the next, and than a fiftieth of its height.
        """
        first = max(1, len(self.lrs) // 10)  # before, the average is of a few batches yet
        curve = self.smoothed[first:]
        if not curve:
            return None
        leaps = [abs(a - b) for a, b in pairwise(self.losses)]
        lowest = curve.index(min(curve))
        limit = max(max(curve[: lowest + 1]), curve[lowest] + max(median(leaps), FLAT * abs(curve[lowest])))
        rise = max(i for i, loss in enumerate(curve) if loss <= limit) + 1
        return self.lrs[first + rise] / 10 if rise < len(curve) else None

    def why_none(self) -> str:
        """Why the curve suggests nothing, to follow "the loss"."""
        return "does not fall by more than its own noise" if self.lrs else "is NaN from the first step on"

    @classmethod
    def of(cls, curve: LRCurve) -> "LRFind":
        """The same curve, to be drawn."""
        return cls(*(getattr(curve, part.name) for part in fields(curve)))

    def plot(self, **options: Any) -> Any:
        """The chart of the curve with its suggestions marked."""
        return draw("lr_find", self, **options)

    def plot_lr(self, **options: Any) -> Any:
        """The chart of the rate at every step of the sweep (2018 lesson: `learn.sched.plot_lr()`)."""
        return draw("sweep", self, **options)


def find_with_progress(
    learner: Learner, start_lr: float, end_lr: float, num_it: int, stop_div: bool
) -> LRFind:
    """`sweep_lrs` to its end, with its progress; says in a sentence when the curve suggests no rate."""
    curve = LRCurve()
    events = explained(sweep_lrs(learner, start_lr, end_lr, num_it, stop_div), learner)
    with Progress(num_it, "finding the learning rate") as progress:
        for curve in events:  # noqa: B007  the last one counts
            progress.update(1)
    found = LRFind.of(curve)
    if not any(found.suggestions.values()):
        rate = found.before_the_rise
        such = f", such as {rate_text(rate)}" if rate else ""
        notify(
            f"lr_find: there is no suggestion, since the loss {found.why_none()}. Look at the curve, and "
            f"take a rate well before the place where the loss rises{such}."
        )
    return found

"""The rate finder's panel without its widgets: its runs, and the rate or the range that was chosen."""

import math
from collections.abc import Iterator
from contextlib import closing, suppress
from numbers import Real
from typing import Any

from lab.core.errors import BadValue
from lab.core.finder import DIVERGED, LRCurve, sweep_lrs
from lab.core.learner import Learner
from lab.panels.frame.python import two_digits
from lab.training.lr_find import LRFind

PREFERRED = "valley"
CAREFUL = "careful"  # offered where the curve suggests nothing


class RateFinder:
    """The finder's state: the runs, and the rate or the range that was chosen.

    learner: only asked for its loaders when the sweep runs. start_lr, end_lr, num_it: as `Learner.lr_find`
    has them. lr: a number, a slice(first layers, last layers), or None before a choice.

    Until the user chooses, each run chooses its preferred suggestion (where nothing falls: the rate well
    before the rise), and a range once all layers train. What the user has chosen stays, and is `outdated`
    after another run.
    """

    def __init__(
        self, learner: Learner, start_lr: float = 1e-7, end_lr: float = 10.0, num_it: int = 100
    ) -> None:
        self.learner = learner
        self.start_lr, self.end_lr, self.num_it = start_lr, end_lr, num_it
        self.runs: list[tuple[str, LRFind]] = []  # (what was trained, curve), the latest last
        self.current: LRFind | None = None  # the curve that grows
        self.ended = ""
        self.last: float | None = None
        self.first: float | None = None
        self.ranged = False
        self.by = ""  # the suggestion that was taken
        self.chosen_for = ""  # name of the run that was the latest when the rate was chosen
        self._by_hand = self._ranged_by_hand = False

    @property
    def lr(self) -> float | slice | None:
        if self.last is None:
            return None
        return slice(self.first, self.last) if self.ranged else self.last

    @property
    def found(self) -> LRFind | None:
        """The curve to look at: the growing one, or that of the latest run."""
        if self.current is not None:
            return self.current
        return self.runs[-1][1] if self.runs else None

    @property
    def suggestions(self) -> dict[str, float | None]:
        """Those of the curve to look at; where it has none, the rate well before it rises, as "careful"."""
        if self.found is None:
            return {}
        curve = self.found
        careful = None if any(curve.suggestions.values()) else curve.before_the_rise
        return {**curve.suggestions, CAREFUL: careful}

    @property
    def outdated(self) -> bool:
        """Whether the rate was chosen before the latest run: for another state of the model."""
        return self.last is not None and bool(self.chosen_for) and self.chosen_for != self.runs[-1][0]

    def sweep(self) -> Iterator[LRFind]:
        """A new run. Raises ValueError for a sweep that cannot be."""
        return _drawable(sweep_lrs(self.learner, self.start_lr, self.end_lr, self.num_it))

    def finish(self, stopped: bool, failed: bool) -> None:
        """The run has ended: keep its curve; choose a rate of it if the user has chosen none."""
        curve, self.current = self.current, None
        if curve is None or len(curve.lrs) < 2:
            self.ended = "" if failed else "the loss was never finite"
            self.ended = "stopped too early for a curve" if stopped else self.ended
            return
        steps = len(curve.lrs)
        if stopped:
            how = "stopped"
        elif steps < self.num_it or curve.smoothed[-1] > DIVERGED * min(curve.smoothed):
            how = "diverged"
        else:
            how = "complete"
        self.ended = f"{steps} of {self.num_it} steps · {how}"
        trained = _trained(self.learner)
        self.runs.append((f"{len(self.runs) + 1}: {trained}", curve))
        if not self._ranged_by_hand:
            self.ranged = trained == ALL and self.learner.n_groups > 1
        if not self._by_hand:
            self.take(PREFERRED)
            self.take(CAREFUL)  # there is only one of the two
            self._by_hand = False

    def take(self, suggestion: str) -> None:
        """Choose one of the `suggestions`; without effect where the curve has none of this name."""
        rate = self.suggestions.get(suggestion)
        if rate is not None:
            self.first = None  # the range ends where the suggestion is, and begins anew
            self.choose(rate)
            self.by = suggestion

    def choose(self, rate: float, of_first: bool = False) -> None:
        """Choose the rate, of the last layers or, in a range, of the first ones; rounded to two digits.

        The ends of a range stay in order. Raises ValueError for an impossible rate.
        """
        rate, self.by = two_digits(_checked(rate)), ""
        self.chosen_for = self.runs[-1][0] if self.runs else ""
        self._by_hand = True
        if of_first:
            self.first, self.last = rate, max(self.last, rate)
        else:
            self.last = rate
            self.first = min(self.first, rate) if self.ranged and self.first else two_digits(rate / 100)

    def choose_rates(self, lr: float | slice) -> None:
        """Choose one rate for all layers, or both ends of a range. Raises ValueError as `choose` does."""
        first, last = (lr.start, lr.stop) if isinstance(lr, slice) else (None, lr)
        last = _checked(last)
        if first is not None:
            first = _checked(first)
            if first > last:
                raise BadValue(f"Rates: got {lr!r}. The lower rate comes first: that of the first layers.")
        self.choose_range(isinstance(lr, slice))
        self.first = None
        self.choose(last)
        if first is not None:
            self.choose(first, of_first=True)

    def choose_nearest_end(self, rate: float) -> None:
        """A click on the curve: in a range it moves the end that is nearer."""
        nearer_first = self.ranged and abs(math.log(rate / self.first)) < abs(math.log(rate / self.last))
        self.choose(rate, of_first=nearer_first)

    def choose_range(self, ranged: bool) -> None:
        """Choose a range over the layer groups, or one rate for all."""
        self.ranged, self._ranged_by_hand = ranged, True

    def clear(self) -> None:
        """Forget all runs but the latest."""
        self.runs = self.runs[-1:]


def _checked(rate: Any) -> float:
    with suppress(OverflowError):
        if isinstance(rate, Real) and not isinstance(rate, bool) and math.isfinite(rate) and rate > 0:
            return float(rate)
    raise BadValue(f"Rate: got {rate!r}. A rate is a number above 0, such as 3e-3.")


def _drawable(curves: Iterator[LRCurve]) -> Iterator[LRFind]:
    with closing(curves):  # type: ignore[type-var]
        yield from map(LRFind.of, curves)


ALL = "all layers"


def _trained(learner: Learner) -> str:
    """What a run trained, in two words."""
    frozen = getattr(learner.model, "frozen_groups", 0)
    if not frozen:
        return ALL
    return "head only" if frozen == len(learner.groups()) - 1 else "last layers"

"""What a schedule panel has chosen: the kind of schedule and its parameters, as a record without widgets.

A choice turns into the `Plan` that also trains, and into the line of Python that trains with it.
"""

import math
import re
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from typing import Any

from lab.core.errors import BadValue
from lab.core.optimisers import group_rates
from lab.core.plans import MOMENTA, Momenta, Plan, constant_plan, one_cycle_plan, sgdr_plan
from lab.core.schedules import Schedule
from lab.panels.frame.python import rate_code
from lab.wording import shortened

KINDS = {"one-cycle": "one_cycle", "SGDR": "sgdr", "flat": "flat"}
MOST_EPOCHS, MOST_BATCHES, MOST_GROUPS = 1000, 100_000, 8
MOST_RATE = 1e6
Rate = float | slice | tuple[float, ...]


@dataclass(frozen=True)
class ScheduleChoice:
    """A schedule and its parameters, named and preset as those of `fit`, `fit_one_cycle` and `fit_sgdr`.

    kind: "one_cycle", "sgdr" or "flat". lr: a number, a slice(first, last), or one rate for each layer group.
    epochs: of one-cycle and flat; SGDR's follow from its cycles. n_batches: batches of an epoch. groups: the
    names of the layer groups. Making one that cannot be trained raises ValueError.
    """

    kind: str = "one_cycle"
    lr: Rate = 3e-3
    epochs: int = 3
    pct_start: float = 0.25
    div: float = 25.0
    div_final: float = 1e5
    n_cycles: int = 3
    cycle_len: int = 1
    cycle_mult: int = 1
    n_batches: int = 100
    groups: tuple[str, ...] = ("group 1",)
    moms: Momenta = MOMENTA

    def __post_init__(self) -> None:
        if self.kind not in KINDS.values():
            raise BadValue(f"Schedule: got {self.kind!r}. Choose one of: {', '.join(KINDS.values())}.")
        if not isinstance(self.lr, int | float | slice):
            object.__setattr__(self, "lr", tuple(self.lr))
        _check_whole("batches", self.n_batches, MOST_BATCHES)
        _check_whole("layer groups", len(self.groups), MOST_GROUPS)
        rates = group_rates(self.lr, len(self.groups), self.groups)
        if not rates[-1] > 0:
            raise BadValue(
                "Rate: it is 0 for the last layer group, so the head would not learn. Choose one above 0."
            )
        if self.kind == "sgdr":
            for name in ("n_cycles", "cycle_len", "cycle_mult"):
                _check_whole(name, getattr(self, name), MOST_EPOCHS)
        else:
            _check_whole("epochs", self.epochs, MOST_EPOCHS)
        _check_whole("epochs", self.plan.epochs, MOST_EPOCHS)
        highest = max(self.plan.schedule(step / self.steps) for step in self.key_steps)
        if not highest * max(1.0, *self.plan.lr_scales) <= MOST_RATE:
            raise BadValue(
                f"Rate: it would reach {highest:.0e}. Choose rates and divisors that keep it below 1e6."
            )

    def changed(self, **changes: object) -> "ScheduleChoice":
        """The same with other parameters. Raises ValueError, or TypeError for an unknown name."""
        return replace(self, **changes)

    @cached_property
    def plan(self) -> Plan:
        """What a learner would do."""
        rates = group_rates(self.lr, len(self.groups), self.groups)
        if self.kind == "sgdr":
            return sgdr_plan(self.n_cycles, rates, self.moms, self.cycle_len, self.cycle_mult)
        if self.kind == "flat":
            return constant_plan(self.epochs, rates, self.moms)
        return one_cycle_plan(self.epochs, rates, self.moms, self.pct_start, self.div, self.div_final)

    @property
    def steps(self) -> int:
        """Batches of the whole run."""
        return self.plan.epochs * self.n_batches

    @cached_property
    def key_steps(self) -> tuple[int, int, int]:
        """The first batch, the one with the highest rate, and the last one, counted from 0."""
        return 0, _highest(self.plan.schedule, self.steps), self.steps - 1

    def rows(self) -> list[tuple[str, list[float]]]:
        """(name, values at the start, the peak and the end) of every layer group and of the momentum."""
        at = [step / self.steps for step in self.key_steps]
        rates = [self.plan.schedule(progress) for progress in at]
        rows = [
            (name, [multiple * rate for rate in rates])
            for name, multiple in zip(self.groups, self.plan.lr_scales, strict=True)
        ]
        return [*rows, ("momentum", [self.plan.momentum(progress) for progress in at])]

    def code(self, learner: str) -> str:
        """The call that trains so; what is at its default is left out. learner: the learner's name."""
        lr = rate_text_of(self.lr)
        if self.kind == "flat":
            return f"{learner}.fit({self.epochs}, {lr})"
        if self.kind == "sgdr":
            options = self._options("cycle_len", "cycle_mult")
            return f"{learner}.fit_sgdr({', '.join([str(self.n_cycles), lr, *options])})"
        options = self._options("div", "div_final", "pct_start")
        return f"{learner}.fit_one_cycle({', '.join([str(self.epochs), lr, *options])})"

    def _options(self, *names: str) -> list[str]:
        values = [(name, getattr(self, name)) for name in names]
        return [f"{name}={_typed(value)}" for name, value in values if value != getattr(ScheduleChoice, name)]


def of_learner(learn: Any) -> dict[str, Any]:
    """What a learner decides of a choice: its batches, layer groups and momenta."""
    names = getattr(learn.model, "group_names", None)
    groups = tuple(names()) if names else group_names(len(learn.groups()))
    return {"n_batches": len(learn.dls.train), "groups": groups, "moms": learn.moms}


def group_names(count: int) -> tuple[str, ...]:
    """Names for layer groups that have none: "group 1" and so on."""
    return tuple(f"group {i + 1}" for i in range(count))


def parsed_rate(text: str) -> Rate:
    """A rate as a student writes it: 3e-3, slice(1e-5, 1e-3), slice(1e-3), or 1e-4, 1e-3, 1e-2.

    Raises ValueError for anything else.
    """
    if re.fullmatch(r"0,\d+", text.strip()):  # else these would be two rates, the second of them huge
        raise BadValue(f"Rate: got {text.strip()!r}. Use a decimal point: {text.strip().replace(',', '.')}.")
    sliced = re.fullmatch(r"slice\((.*)\)", text.strip())
    inner = sliced[1] if sliced else re.sub(r"^[\[(]|[])]$", "", text.strip())
    try:
        numbers = [float(part) for part in inner.split(",")]
    except ValueError:
        numbers = []
    if not numbers or (sliced and len(numbers) > 2):
        raise BadValue(
            f"Rate: {shortened(text, 40)!r} is not a rate. Write 3e-3, slice(1e-5, 1e-3), "
            "or one rate per layer group: 1e-4, 1e-3, 1e-2."
        )
    if sliced:
        return slice(*numbers)
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def rate_text_of(lr: Rate) -> str:
    """A rate as Python, exactly: "3e-3", "slice(1e-5, 1e-3)", "[1e-4, 1e-3, 1e-2]"."""
    if isinstance(lr, slice):
        return f"slice({', '.join(_typed(end) for end in (lr.start, lr.stop) if end is not None)})"
    return f"[{', '.join(map(_typed, lr))}]" if isinstance(lr, tuple) else _typed(lr)


def _typed(number: float) -> str:
    """A number as one would type it, without losing a digit: 3e-3, 0.3, 25, 1e5."""
    if isinstance(number, Integral) or number == 0 or 0.01 <= number < 1e4:
        return f"{number:g}" if float(f"{number:g}") == number else repr(number)
    short = rate_code(number)
    return short if float(short) == number else repr(number)


def _check_whole(name: str, value: object, most: int) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or not 1 <= value <= most:
        raise BadValue(f"Schedule: got {name} = {value!r}. Choose a whole number from 1 to {most:,}.")


def _highest(schedule: Schedule, steps: int) -> int:
    """The first step with the highest value, by narrowing down to it."""
    low, high = 0, steps - 1
    while True:
        every = max(1, math.ceil((high - low) / 500))
        samples = [*range(low, high, every), high]
        best = max(range(len(samples)), key=lambda i: schedule(samples[i] / steps))
        if every == 1:
            return samples[best]
        low, high = samples[max(best - 1, 0)], samples[min(best + 1, len(samples) - 1)]

"""The learner: the training loop with the ways of fitting, and what is measured on a set."""

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict, Unpack

from torch import Tensor

from lab.core import evaluation, optimisers, plans
from lab.core.checks import check_options
from lab.core.errors import BadValue
from lab.core.events import Event
from lab.core.loop import TrainingLoop
from lab.core.optimisers import Rate, WeightDecay, group_rates
from lab.core.plans import Momenta, Plan
from lab.core.protocols import Batches


class RunOptions(TypedDict, total=False):
    """What every way of fitting takes besides its own arguments.

    wd: weight decay, one or one per layer group, None for the learner's own. start_epoch: go on with this
    epoch, from 0, of a run that was cut off. accumulate: add up the gradients of so many batches before a
    step.
    """

    wd: WeightDecay | None
    start_epoch: int
    accumulate: int


class Learner(TrainingLoop):
    """Trains `model` on `dls`.

    dls: data with `train` and `valid`, or a pair of them, each batches (x, y) that can be counted and gone
    through again. model: any module that turns x into activations. loss_func: (activations, targets) ->
    scalar; cross-entropy when not given. metrics: functions (predictions, targets) -> float, one or a list.
    opt_func: parameter groups -> optimiser, or an optimiser made from the model's parameters. wd: weight
    decay, one or one per layer group. moms: momentum at the start, the peak and the end of a cycle. What is
    not given of the last two stays as opt_func makes it; for the lab's own optimisers it is 0.01 and MOMENTA.
    precision: a `Precision`, float32 when not given.
    """

    hints: dict[str, str] = {}  # noqa: RUF012  keyword of another library -> what to write here

    # ------------------------------------------------------------ ways of fitting

    def fit(self, epochs: int, lr: Rate = 1e-3, **options: Unpack[RunOptions]) -> None:
        """Train at a constant rate. lr: a number, a slice(first, last) or one per layer group.

        options: those of `RunOptions`, here and in the other ways of fitting:

            learn.fit_one_cycle(6, 1e-3, start_epoch=4)  # the last two epochs of a run of six
            learn.fit(5, 1e-3, accumulate=4)             # four batches count as one
        """
        self.check("fit", options)
        self.run(plans.constant_plan(epochs, self.rates(lr), self.moms), **options)

    def fit_one_cycle(
        self,
        epochs: int,
        lr_max: Rate = 1e-3,
        div: float = 25.0,
        div_final: float = 1e5,
        pct_start: float = 0.25,
        moms: Momenta | None = None,
        **options: Unpack[RunOptions],
    ) -> None:
        """Train with one cycle: the rate rises to lr_max and falls again, the momentum does the opposite.

        lr_max: a number, a slice or an array, as in `fit`. The rate starts at lr_max / div and ends at
        lr_max / div_final; pct_start: the share of the run that it rises. Source: Smith, 2018; 2020 lesson.
        """
        self.check("fit_one_cycle", options)
        rates, moms = self.rates(lr_max), moms or self.moms
        self.run(plans.one_cycle_plan(epochs, rates, moms, pct_start, div, div_final), **options)

    def fit_sgdr(
        self,
        n_cycles: int,
        lr_max: Rate = 1e-3,
        cycle_len: int = 1,
        cycle_mult: int = 1,
        **options: Unpack[RunOptions],
    ) -> None:
        """Train with warm restarts: within a cycle the rate falls from lr_max to nothing as a cosine.

        The first cycle is cycle_len epochs long, each further one cycle_mult times the one before.
        Source: Loshchilov and Hutter, 2016; 2018 lessons.
        """
        self.check("fit_sgdr", options)
        rates = self.rates(lr_max)
        self.run(plans.sgdr_plan(n_cycles, rates, self.moms, cycle_len, cycle_mult), **options)

    def run(self, plan: Plan, **options: Unpack[RunOptions]) -> None:
        """Train by a plan, from its first event to the last; a learner that shows something does it here."""
        for _ in self.run_plan(plan, **options):
            pass

    def run_plan(self, plan: Plan, **options: Unpack[RunOptions]) -> Iterator[Event]:
        """The events of a plan: `steps()` with its rates, its momentum and its weight decay."""
        wd = options.pop("wd", None)
        self.match_optimiser()
        optimisers.set_weight_decay(self.optimiser, self.wd if wd is None else wd)
        rates: tuple[Any, ...] = (plan.schedule, plan.lr_scales, plan.momentum)
        return self.steps(plan.epochs, *rates, **options)  # type: ignore[misc]

    def rates(self, lr: Rate) -> list[float]:
        """One learning rate per layer group from a number, a slice or a sequence (2020 lesson).

        slice(a, b) is spaced geometrically; slice(b) gives b to the last group, b / 10 to the others.
        """
        self.match_optimiser()
        names = getattr(self.model, "group_names", None)
        rates = group_rates(lr, self.n_groups, names() if names else None)
        if rates[-1] == 0:
            raise BadValue(f"fit: lr={lr!r} gives the last layer group a rate of 0, so it would not learn.")
        return rates

    def check(self, who: str, options: Any, known: Sequence[str] = tuple(RunOptions.__annotations__)) -> None:
        """Raise TypeError for options that a way of fitting does not have, before anything is changed."""
        check_options(who, options, known, self.hints)

    # ------------------------------------------------------------ what is measured

    def activations(self, ds_idx: int = 1, dl: Any = None) -> tuple[Tensor, Tensor]:
        """Activations (n, c) and targets (n,) of a split or of any batches, on the CPU."""
        model, batches = evaluation.evaluation_copy(self.model), dl if dl is not None else self.split(ds_idx)
        return evaluation.forward(model, batches, self.device, self.precision.autocast)

    def get_preds(self, ds_idx: int = 1, dl: Any = None, log: bool = False) -> tuple[Tensor, ...]:
        """Probabilities (n, c) float32 and targets (n,) int64.

        ds_idx: 0 for train, 1 for valid, 2 for test. dl: batches (x, y), or x alone, instead of a split; a
        target that is missing is -1. log: log probabilities instead, which stay exact where a probability
        is next to 0. Raises ValueError for a split that is not there.
        """
        activations, targets = self.activations(ds_idx, dl)
        return evaluation.predictions(activations, targets, log), targets

    def validate(self, ds_idx: int = 1, dl: Any = None) -> dict[str, float]:
        """The loss and the metrics of a split, or of any labelled batches `dl`, by name: "loss", then the
        metrics. The loss is that of the whole set at once, whatever the size of its batches.
        """
        loss, scores = self.score(*self.activations(ds_idx, dl))
        return {"loss": loss, **scores}

    def split(self, ds_idx: int) -> Batches:
        """The batches of a split by its number. Raises ValueError when it is not there."""
        splits = {0: self.dls.train, 1: self.dls.valid, 2: getattr(self.dls, "test", None)}
        found: Batches | None = splits.get(ds_idx)
        if found is None:
            there = "0 (train), 1 (valid)" + (" and 2 (test)" if splits[2] is not None else "")
            raise BadValue(f"get_preds: got ds_idx={ds_idx}. There are {there}.")
        return found

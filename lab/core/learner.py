"""The learner: data, a model, a loss and an optimiser, and the loop that trains.

`Learner.steps` is the training loop. Whoever drives it decides what happens between two batches: ask for the
next event to go on, stop asking to pause, close it to stop. What a step does is decided by the arguments of
the learner (loss, optimiser, precision, batches); there are no hidden hooks.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

import torch
from torch import Tensor, nn

from lab.core import evaluation, optimisers, plans
from lab.core.checks import check_metrics, check_options, finite
from lab.core.evaluation import Loss, Network, as_full, loss_on, on_device
from lab.core.events import EpochEnd, Event, Step, ValidStep
from lab.core.history import History
from lab.core.losses import CrossEntropyLoss
from lab.core.metrics import metric_names
from lab.core.optimisers import OptimiserFactory, WeightDecay
from lab.core.plans import Momenta, Plan
from lab.core.precision import Precision
from lab.core.protocols import Batches, Data, as_data
from lab.core.schedules import Rate, Schedule, constant, group_rates

SMOOTHING = 0.98  # share of the old average that survives a step; the lessons' value


class RunOptions(TypedDict, total=False):
    """What every way of fitting takes besides its own arguments.

    wd: weight decay, one or one per layer group, None for the learner's own. start_epoch: go on with this
    epoch, from 0, of a run that was cut off. accumulate: add up the gradients of so many batches before a
    step.
    """

    wd: WeightDecay | None
    start_epoch: int
    accumulate: int


class Learner:
    """Trains `model` on `dls`.

    dls: data with `train` and `valid`, or a pair of them, each batches (x, y) that can be counted and gone
    through again. model: any module that turns x into activations. loss_func: (activations, targets) ->
    scalar; cross-entropy when not given. metrics: functions (predictions, targets) -> float, one or a list.
    opt_func: parameter groups -> optimiser, or an optimiser made from the model's parameters. wd: weight
    decay, one or one per layer group. moms: momentum at the start, the peak and the end of a cycle. What is
    not given of the last two stays as opt_func makes it; for the lab's own optimisers it is 0.01 and MOMENTA.
    precision: a `Precision`, float32 when not given.
    """

    history_type: type[History] = History
    hints: dict[str, str] = {}  # noqa: RUF012  keyword of another library -> what to write here

    def __init__(
        self,
        dls: Data | Sequence[Batches],
        model: nn.Module,
        loss_func: Loss | None = None,
        metrics: Callable[..., Any] | Sequence[Callable[..., Any]] = (),
        opt_func: OptimiserFactory | torch.optim.Optimizer = optimisers.adamw,
        wd: WeightDecay | None = None,
        moms: Momenta | None = None,
        precision: Precision | None = None,
    ) -> None:
        self.dls: Any = as_data(dls)
        if not isinstance(model, nn.Module):
            raise TypeError(f"Learner: got a {type(model).__name__} as the model. Give a torch module.")
        self.model, self.metrics, self.opt_func = model, check_metrics(metrics), opt_func
        self.loss_func: Loss = loss_func if loss_func is not None else CrossEntropyLoss()
        own = opt_func in (optimisers.adamw, optimisers.sgd)
        self.wd = 0.01 if wd is None and own else wd
        self.moms = plans.MOMENTA if moms is None and own else moms
        some = next((parameter.device for parameter in model.parameters()), "cpu")
        self.device = torch.device(getattr(self.dls, "device", None) or some)
        self.precision = precision or Precision()
        self.runs: list[History] = []
        self.model.to(self.device)
        self.reset_optimiser()

    def steps(
        self,
        epochs: int,
        schedule: Schedule,
        lr_scales: Sequence[float] | None = None,
        momentum: Schedule | None = None,
        validate: bool = True,
        start_epoch: int = 0,
        accumulate: int = 1,
    ) -> Generator[Event]:
        """The training loop: an iterator of Step, ValidStep and EpochEnd; nothing happens until it is asked.

        schedule: progress 0..1 of the run -> learning rate of the last layer group. lr_scales: one factor per
        layer group on that rate (all 1 when not given). momentum: progress -> momentum.
        validate: measure the validation set after each epoch. start_epoch, accumulate: see `RunOptions`.
        Each event is also kept in `self.history`. Raises ValueError and TypeError, before anything is
        trained, for what does not fit; NonFiniteLoss before a step that would ruin the weights.
        """
        network, loss_func, train, valid, history = self._open(
            epochs, lr_scales, validate, start_epoch, accumulate
        )
        lr_scales = [1.0] * self.n_groups if lr_scales is None else lr_scales
        momentum = momentum or (constant(self.moms[0]) if self.moms else None)
        model, optimiser, precision = self.model, self.optimiser, self.precision.for_training(self.model)
        batches, total, average = len(train), epochs * len(train), 0.0
        try:
            for epoch in range(start_epoch, epochs):
                watch = Stopwatch()
                model.train()
                for batch, (x, y) in enumerate(on_device(train, self.device)):
                    step = epoch * batches + batch
                    progress = step / total

                    # 1. the rates of this step
                    lrs = tuple(schedule(progress) * scale for scale in lr_scales)
                    mom = optimisers.set_rates(optimiser, lrs, momentum(progress) if momentum else None)

                    # 2. forward, loss, backward, step
                    with precision.autocast:
                        activations = network(x)
                    loss = loss_func(as_full(activations), y)
                    value = finite(loss, model, step, lrs[-1])
                    first = batch - batch % accumulate
                    if batch == first:
                        optimiser.zero_grad(set_to_none=True)
                    loss = precision.scaler.scale(loss) / min(accumulate, batches - first)
                    loss.backward()  # type: ignore[no-untyped-call]
                    if batch + 1 in (first + accumulate, batches):
                        precision.scaler.step(optimiser)
                        precision.scaler.update()

                    # 3. tell
                    average = SMOOTHING * average + (1 - SMOOTHING) * value
                    smooth = average / (1 - SMOOTHING ** (step + 1 - start_epoch * batches))
                    event = Step(step, epoch, batch, batches, progress, value, smooth, lrs, mom)
                    with watch.stopped():
                        yield history.feed(event)

                valid_loss, scores = None, dict[str, float]()
                if validate:
                    model.eval()
                    seen, targets = list[Tensor](), list[Tensor]()
                    for batch, (x, y) in enumerate(on_device(valid, self.device)):
                        with torch.no_grad():
                            with precision.autocast:
                                seen.append(as_full(network(x)))
                            targets.append(y)
                            value = loss_func(seen[-1], y).item()
                        with watch.stopped():
                            yield history.feed(ValidStep(epoch, batch, len(valid), value))
                    valid_loss, scores = self._score(*self.collected(seen, targets))
                yield history.feed(EpochEnd(epoch, smooth, valid_loss, scores, watch.seconds()))
        finally:
            model.eval()

    def _open(
        self, epochs: int, lr_scales: Any, validate: bool, start_epoch: int, accumulate: int
    ) -> tuple[Network, Loss, Batches, Batches, History]:
        """Check what a run needs, before anything is trained, and open its record."""
        plans.check_epochs(epochs)
        if not 0 <= start_epoch < epochs or accumulate < 1:
            raise ValueError(f"fit: got {start_epoch=} (from 0) and {accumulate=} (≥ 1) for {epochs} epochs.")
        self.model.to(self.device)
        self.match_optimiser()
        if lr_scales is not None and len(lr_scales) != self.n_groups:
            raise ValueError(f"steps: got {len(lr_scales)} lr_scales for {self.n_groups} layer groups.")
        if not any(parameter.requires_grad for parameter in self.model.parameters()):
            raise ValueError("fit: every layer is frozen, so nothing would learn. Use unfreeze().")
        self.metrics, self.loss_func = check_metrics(self.metrics), loss_on(self.loss_func, self.device)
        network, loss_func, train, valid = self.inputs()
        if not len(train) or (validate and not len(valid)):
            raise ValueError("fit: there are no batches to train or to validate on. Check the split.")
        batches = (epochs - start_epoch) * (len(train) + (len(valid) if validate else 0))
        self.runs.append(self.history_type(metric_names(self.metrics), epochs, batches))
        return network, loss_func, train, valid, self.runs[-1]

    def inputs(self) -> tuple[Network, Loss, Batches, Batches]:
        """(network, loss, training batches, validation batches) of the next run."""
        return self.model, self.loss_func, self.dls.train, self.dls.valid

    def collected(self, seen: list[Tensor], targets: list[Tensor]) -> tuple[Tensor, Tensor]:
        """All that validation saw, from the activations and targets of its batches."""
        return torch.cat(seen), torch.cat(targets)

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
        loss, scores = self._score(*self.activations(ds_idx, dl))
        return {"loss": loss, **scores}

    def _score(self, activations: Tensor, targets: Tensor) -> tuple[float, dict[str, float]]:
        """The loss of the whole set, and its metrics by name."""
        with torch.no_grad():
            loss = loss_on(self.loss_func, activations.device)(activations, targets).item()
        predictions, targets = evaluation.predictions(activations, targets).cpu(), targets.cpu()
        scores = [float(metric(predictions, targets)) for metric in self.metrics]
        return loss, dict(zip(metric_names(self.metrics), scores, strict=True))

    def split(self, ds_idx: int) -> Batches:
        """The batches of a split by its number. Raises ValueError when it is not there."""
        splits = {0: self.dls.train, 1: self.dls.valid, 2: getattr(self.dls, "test", None)}
        found: Batches | None = splits.get(ds_idx)
        if found is None:
            there = "0 (train), 1 (valid)" + (" and 2 (test)" if splits[2] is not None else "")
            raise ValueError(f"get_preds: got ds_idx={ds_idx}. There are {there}.")
        return found

    @property
    def history(self) -> History:
        """The record of the latest run."""
        return self.runs[-1] if self.runs else self.history_type()

    recorder = history  # the 2020 lesson's name: learn.recorder.plot_loss()

    # ------------------------------------------------------------ layer groups and their optimiser

    def groups(self) -> list[list[nn.Module]]:
        """The layer groups of the model; a module that has none of its own is one group."""
        own = getattr(self.model, "groups", None)  # a number in torchvision's ResNets
        return own() if callable(own) else [[self.model]]

    @property
    def n_groups(self) -> int:
        """How many layer groups the optimiser has."""
        return 1 + max(int(group["layer_group"]) for group in self.optimiser.param_groups)

    def rates(self, lr: Rate) -> list[float]:
        """One learning rate per layer group from a number, a slice or a sequence (2020 lesson).

        slice(a, b) is spaced geometrically; slice(b) gives b to the last group, b / 10 to the others.
        """
        self.match_optimiser()
        names = getattr(self.model, "group_names", None)
        rates = group_rates(lr, self.n_groups, names() if names else None)
        if rates[-1] == 0:
            raise ValueError(f"fit: lr={lr!r} gives the last layer group a rate of 0, so it would not learn.")
        return rates

    def reset_optimiser(self) -> None:
        """Make the optimiser anew, with nothing learnt of the gradients."""
        if isinstance(self.opt_func, torch.optim.Optimizer):
            self.optimiser = optimisers.adopted(self.opt_func, self.model)
        else:
            parameters = optimisers.layer_parameters(self.model, self.groups())
            self.optimiser = optimisers.create_optimiser(parameters, self.opt_func, self.wd)

    def match_optimiser(self) -> None:
        """See to it that the optimiser holds the parameters that the model now has, whoever changed it.

        What it knows of those that stayed is kept. Raises ValueError for an optimiser of the user's own.
        """
        if isinstance(self.opt_func, torch.optim.Optimizer):
            optimisers.check_covers(self.optimiser, self.model)
        elif not optimisers.fits(self.optimiser, optimisers.layer_parameters(self.model, self.groups())):
            old = self.optimiser
            self.reset_optimiser()
            optimisers.keep_state(self.optimiser, old)


class Stopwatch:
    """Measures what the loop itself takes: a pause between two events is nobody's training time."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def seconds(self) -> float:
        """Since it was made, without the time in which it was stopped."""
        return time.perf_counter() - self._started

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Time within the block does not count."""
        paused = time.perf_counter()
        yield
        self._started += time.perf_counter() - paused

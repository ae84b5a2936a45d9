"""The training loop, with what it works on: data, a model, a loss and an optimiser over layer groups.

`TrainingLoop.steps` is the loop. Whoever drives it decides what happens between two batches: ask for the
next event to go on, stop asking to pause, close it to stop. What a step does is decided by the arguments of
the learner (loss, optimiser, precision, batches); there are no hidden hooks.
"""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lab.core import evaluation, optimisers, plans
from lab.core.checks import check_metrics, finite
from lab.core.errors import BadType, BadValue
from lab.core.evaluation import Loss, Network, as_full, loss_on, on_device
from lab.core.events import EpochEnd, Event, Step, ValidStep
from lab.core.history import History
from lab.core.losses import CrossEntropyLoss
from lab.core.metrics import metric_names
from lab.core.optimisers import OptimiserFactory, WeightDecay
from lab.core.plans import Momenta
from lab.core.precision import Precision
from lab.core.protocols import Batches, Data, as_data
from lab.core.schedules import Schedule, constant

SMOOTHING = 0.98  # share of the old average that survives a step; the lessons' value


class TrainingLoop:
    """What trains a model on data; its arguments are those of `lab.core.learner.Learner`."""

    history_type: type[History] = History

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
            raise BadType(f"Learner: got a {type(model).__name__} as the model. Give a torch module.")
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
                    valid_loss, scores = self.score(*self.collected(seen, targets))
                yield history.feed(EpochEnd(epoch, smooth, valid_loss, scores, watch.seconds()))
        finally:
            model.eval()

    def _open(
        self, epochs: int, lr_scales: Any, validate: bool, start_epoch: int, accumulate: int
    ) -> tuple[Network, Loss, Batches, Batches, History]:
        """Check what a run needs, before anything is trained, and open its record."""
        plans.check_epochs(epochs)
        if not 0 <= start_epoch < epochs or accumulate < 1:
            raise BadValue(f"fit: got {start_epoch=} (from 0) and {accumulate=} (≥ 1) for {epochs} epochs.")
        self.model.to(self.device)
        self.match_optimiser()
        if lr_scales is not None and len(lr_scales) != self.n_groups:
            raise BadValue(f"steps: got {len(lr_scales)} lr_scales for {self.n_groups} layer groups.")
        if not any(parameter.requires_grad for parameter in self.model.parameters()):
            raise BadValue("fit: every layer is frozen, so nothing would learn. Use unfreeze().")
        self.metrics, self.loss_func = check_metrics(self.metrics), loss_on(self.loss_func, self.device)
        network, loss_func, train, valid = self.inputs()
        if not len(train) or (validate and not len(valid)):
            raise BadValue("fit: there are no batches to train or to validate on. Check the split.")
        batches = (epochs - start_epoch) * (len(train) + (len(valid) if validate else 0))
        self.runs.append(self.history_type(metric_names(self.metrics), epochs, batches))
        return network, loss_func, train, valid, self.runs[-1]

    def inputs(self) -> tuple[Network, Loss, Batches, Batches]:
        """(network, loss, training batches, validation batches) of the next run."""
        return self.model, self.loss_func, self.dls.train, self.dls.valid

    def collected(self, seen: list[Tensor], targets: list[Tensor]) -> tuple[Tensor, Tensor]:
        """All that validation saw, from the activations and targets of its batches."""
        return torch.cat(seen), torch.cat(targets)

    def score(self, activations: Tensor, targets: Tensor) -> tuple[float, dict[str, float]]:
        """The loss of the whole set, and its metrics by name."""
        with torch.no_grad():
            loss = loss_on(self.loss_func, activations.device)(activations, targets).item()
        predictions, targets = evaluation.predictions(activations, targets).cpu(), targets.cpu()
        scores = [float(metric(predictions, targets)) for metric in self.metrics]
        return loss, dict(zip(metric_names(self.metrics), scores, strict=True))

    @property
    def history(self) -> History:
        """The record of the latest run."""
        return self.runs[-1] if self.runs else self.history_type()

    recorder = history  # the 2020 lesson's name: learn.recorder.plot_loss()

    def groups(self) -> list[list[nn.Module]]:
        """The layer groups of the model; a module that has none of its own is one group."""
        own = getattr(self.model, "groups", None)  # a number in torchvision's ResNets
        return own() if callable(own) else [[self.model]]

    @property
    def n_groups(self) -> int:
        """How many layer groups the optimiser has."""
        return 1 + max(int(group["layer_group"]) for group in self.optimiser.param_groups)

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

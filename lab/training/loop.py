"""The training loop, as a generator.

Whoever drives it decides what happens between two batches: ask for the next event to go on, stop asking to
pause, close it to stop. It yields during validation as well, so that Stop is never more than one batch away.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lab.schedules import Schedule
from lab.training.events import EpochEnd, Event, Step, ValidStep
from lab.training.optimisers import set_hyperparameters
from lab.training.precision import Precision

SMOOTHING = 0.98  # share of the old average that survives a step; the lessons' value


class NonFiniteLoss(ArithmeticError):
    """The loss became NaN or infinite; that batch has not changed the weights."""


@dataclass
class Run:
    """Everything one run of the loop is made of.

    network: what turns a batch's x into activations (the whole model, or its head over precomputed
    activations). model: whose train/eval mode is switched. schedule, momentum: functions of progress; the
    rate of a layer group is the schedule's value times its multiple.
    """

    network: Callable[[Tensor], Tensor]
    model: nn.Module
    train: object
    valid: object | None
    loss_func: Callable[[Tensor, Tensor], Tensor]
    optimiser: torch.optim.Optimizer
    precision: Precision
    metrics: Sequence[Callable[[Tensor, Tensor], float]]
    epochs: int
    schedule: Schedule
    momentum: Schedule
    multiples: Sequence[float]


def run_steps(run: Run) -> Iterator[Event]:
    """Train, and yield a Step per batch, a ValidStep per validation batch and an EpochEnd per epoch.

    Raises NonFiniteLoss, before the weights are touched, when a loss is NaN or infinite.
    """
    batches = len(run.train)
    average = 0.0
    try:
        for epoch in range(run.epochs):
            watch = _Stopwatch()
            run.model.train()
            for batch, (x, y) in enumerate(run.train):
                step = epoch * batches + batch
                progress = step / (run.epochs * batches)

                # 1. the rates of this step
                lrs = tuple(run.schedule(progress) * multiple for multiple in run.multiples)
                momentum = run.momentum(progress)
                set_hyperparameters(run.optimiser, lrs, momentum)

                # 2. forward, backward, update
                loss = _learn(run, x, y, step, lrs)

                # 3. tell
                average = SMOOTHING * average + (1 - SMOOTHING) * loss
                smooth = average / (1 - SMOOTHING ** (step + 1))
                with watch.stopped():
                    yield Step(step, epoch, batch, batches, progress, loss, smooth, lrs, momentum)

            valid_loss, metrics = None, {}
            if run.valid is not None:
                run.model.eval()
                losses, activations, targets = [], [], []
                for batch, (x, y) in enumerate(run.valid):
                    acts, loss = _measure(run, x, y)
                    losses.append(loss * len(y))
                    activations.append(acts)
                    targets.append(y)
                    with watch.stopped():
                        yield ValidStep(epoch, batch, len(run.valid), loss)
                valid_loss = sum(losses) / sum(len(y) for y in targets)
                metrics = _score(run, torch.cat(activations), torch.cat(targets))
            yield EpochEnd(epoch, smooth, valid_loss, metrics, watch.seconds())
    finally:
        run.model.eval()


class _Stopwatch:
    """Measures what the loop itself takes: a pause between two events is nobody's training time."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._started

    @contextmanager
    def stopped(self) -> Iterator[None]:
        paused = time.perf_counter()
        yield
        self._started += time.perf_counter() - paused


def _learn(run: Run, x: Tensor, y: Tensor, step: int, lrs: tuple[float, ...]) -> float:
    if len(y) == 1 and any(isinstance(m, nn.BatchNorm1d) and m.training for m in run.model.modules()):
        raise ValueError(
            "fit: a training batch of a single picture came, and batch norm cannot take the mean and "
            "the spread of one. Make the DataLoaders with bs=2 or more."
        )
    run.optimiser.zero_grad(set_to_none=True)
    with run.precision.autocast:
        activations = run.network(x)
    loss = run.loss_func(activations.float(), y)
    if loss.numel() != 1:
        raise ValueError(
            f"fit: the loss function gave a tensor of shape {tuple(loss.shape)}; one number was expected. "
            'Take the mean over the batch, or use reduction="mean".'
        )
    value = loss.item()
    if not math.isfinite(value):
        raise NonFiniteLoss(
            f"fit: the loss became {value} at step {step}, where the learning rate was {lrs[-1]:.1e}. "
            f"{_after_nan(run.model)}"
        )
    scaler = run.precision.scaler
    scaler.scale(loss).backward()
    scaler.step(run.optimiser)
    scaler.update()
    return value


def _after_nan(model: nn.Module) -> str:
    """What became of the model, and what to do."""
    try_lower = "Most often the rate is too high: try a tenth of it, or run lr_find()"
    if all(tensor.isfinite().all() for tensor in model.state_dict().values()):
        return (
            f"The weights are those from before this step. {try_lower}. If it happens at the first step, "
            "look for NaN in the pictures or the loss."
        )
    return (
        "The model itself holds NaN or infinite numbers by now and is of no use any more: load() what you "
        f"saved, or make the learner again. {try_lower}."
    )


def _measure(run: Run, x: Tensor, y: Tensor) -> tuple[Tensor, float]:
    with torch.no_grad(), run.precision.autocast:
        activations = run.network(x).float()
    with torch.no_grad():
        return activations, run.loss_func(activations, y).item()


def _score(run: Run, activations: Tensor, targets: Tensor) -> dict[str, float]:
    probabilities = torch.softmax(activations, dim=1)
    return {metric_name(metric): float(metric(probabilities, targets)) for metric in run.metrics}


def metric_name(metric: Callable) -> str:
    """The heading of a metric's column."""
    return getattr(metric, "__name__", type(metric).__name__)


def checked_metrics(metrics: Callable | Sequence[Callable]) -> list[Callable]:
    """One metric or several, as a list. Raises TypeError for what cannot be called."""
    several = list(metrics) if isinstance(metrics, list | tuple) else [metrics]
    for metric in several:
        if not callable(metric):
            raise TypeError(
                f"metrics: {metric!r} came. A metric is a function, such as lab.accuracy or lab.error_rate."
            )
    return several

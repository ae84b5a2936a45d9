"""Exercises of `10_the_loop`."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from lab.core.events import EpochEnd, Event, Step
from lab.exercises.exercise import Exercise


def _gradient_of_acts(probs: Tensor, targets: Tensor) -> Tensor:
    right = torch.nn.functional.one_hot(targets, probs.shape[1])
    return (probs - right) / len(targets)


def _probabilities(rng: random.Random) -> Iterator[tuple[Tensor, Tensor]]:
    for n, c in ((1, 2), (4, 3), (6, 5)):
        acts = torch.tensor([[rng.gauss(0, 1) for _ in range(c)] for _ in range(n)])
        yield torch.softmax(acts, dim=1), torch.tensor([rng.randrange(c) for _ in range(n)])


def _momentum_steps(
    gradients: Sequence[float],
    lr: float,
    momentum: float,
    new: float = 1.0,
    forget: bool = False,
    late: bool = False,
) -> list[float]:
    weight, velocity, path = 0.0, 0.0, []
    for gradient in gradients:
        if late:
            weight, velocity = weight - lr * velocity, momentum * velocity + gradient
            path.append(weight)
            continue
        velocity = (0.0 if forget else momentum * velocity) + new * gradient
        weight -= lr * velocity
        path.append(weight)
    return path


def _first_below(events: Iterator[Event], limit: float) -> int:
    for event in events:
        if isinstance(event, Step) and event.loss < limit:
            return event.step
    return -1


def _early_stopping(events: Iterator[Event], patience: int, against_best: bool = True) -> Iterator[Event]:
    least, waited = math.inf, 0
    for event in events:
        yield event
        if isinstance(event, EpochEnd):
            better = event.valid_loss < least
            waited = 0 if better else waited + 1
            least = event.valid_loss if better or not against_best else least
            if waited == patience:
                return


class _Callbacks:
    def __init__(self, *callbacks: Any) -> None:
        self.callbacks = callbacks

    def run(self, events: Iterator[Event]) -> int:
        count = 0
        for event in events:
            name = {Step: "on_step", EpochEnd: "on_epoch_end"}.get(type(event))
            count += name == "on_step"
            answers = [getattr(one, name)(event) for one in self.callbacks if name and hasattr(one, name)]
            if any(answers):
                break
        return count


def _events(losses: Sequence[Sequence[float]], valid_losses: Sequence[float]) -> list[Event]:
    """The events of a run: `losses[e]` are those of the batches of epoch e."""
    events: list[Event] = []
    for epoch, (row, valid_loss) in enumerate(zip(losses, valid_losses, strict=True)):
        for batch, loss in enumerate(row):
            step = sum(isinstance(event, Step) for event in events)
            events.append(Step(step, epoch, batch, len(row), 0.0, loss, loss, (0.1,), 0.9))
        events.append(EpochEnd(epoch, row[-1], valid_loss, {}, 0.0))
    return events


def _counted(events: Sequence[Event], asked: list[Event]) -> Iterator[Event]:
    """The events one by one; those that were asked for are noted in `asked`."""
    for event in events:
        asked.append(event)
        yield event


def _on_losses(attempt: Callable, losses: list[float], limit: float) -> Any:
    asked: list[Event] = []
    epochs = [losses[:2], losses[2:]] if len(losses) > 2 else [losses]  # a validation event between them
    found = attempt(_counted(_events(epochs, [1.0] * len(epochs)), asked), limit)
    return found if found in (None, ...) else {"step": found, "events asked for": len(asked)}


def _on_epochs(attempt: Callable, valid_losses: list[float], patience: int) -> Any:
    asked: list[Event] = []
    events = attempt(_counted(_events([[0.5, 0.4]] * len(valid_losses), valid_losses), asked), patience)
    if events in (None, ...):
        return events
    return {"events passed on": len(list(events)), "events asked for": len(asked)}


def _on_callbacks(attempt: Callable, epochs: int, stop_after: int) -> Any:
    heard: list[str] = []

    class Diary:
        def on_step(self, event: Step) -> None:
            heard.append(f"step {event.step}")

        def on_epoch_end(self, event: EpochEnd) -> None:
            heard.append(f"epoch {event.epoch}")

    class Stopper:
        def on_epoch_end(self, event: EpochEnd) -> bool:
            heard.append("stop?")
            return event.epoch == stop_after

    asked: list[Event] = []
    count = attempt(Stopper(), Diary()).run(_counted(_events([[0.5, 0.4]] * epochs, [0.3] * epochs), asked))
    return count if count in (None, ...) else {"steps": count, "heard": heard, "events": len(asked)}


EXERCISES = [
    Exercise(
        "gradient_of_acts",
        "Give the gradient of the mean cross-entropy with respect to the activations, of shape (n, c).",
        answer=_gradient_of_acts,
        cases=_probabilities,
        hints=[
            "For one picture it is its probabilities, with 1 subtracted at the right class.",
            "`torch.nn.functional.one_hot(targets, c)` is 1 at the right classes and 0 elsewhere.",
            "The loss is a mean over n pictures, so each row is divided by n.",
        ],
        mistakes=[
            (lambda probs, targets: _gradient_of_acts(probs, targets) * len(targets), "not divided by n"),
            (lambda probs, targets: -_gradient_of_acts(probs, targets), "the other way: that is downhill"),
        ],
    ),
    Exercise(
        "momentum_steps",
        "Give the list of weights after each step of SGD with momentum; the first weight is 0.",
        answer=_momentum_steps,
        cases=[([1.0, 1.0, 1.0, 1.0], 0.1, 0.9), ([2.0, -1.0, 0.5], 0.01, 0.5), ([1.0, 2.0], 1.0, 0.0)],
        hints=[
            "Two numbers are kept from step to step: the weight and the velocity; both begin at 0.",
            "First `velocity = momentum * velocity + gradient`, then `weight = weight - lr * velocity`.",
        ],
        mistakes=[
            (lambda g, lr, m: _momentum_steps(g, lr, m, forget=True), "plain SGD: the velocity is forgotten"),
            (
                lambda g, lr, m: _momentum_steps(g, lr, m, new=1 - m),
                "a running average of gradients, as Adam keeps it; torch's SGD adds the whole gradient",
            ),
            (
                lambda g, lr, m: _momentum_steps(g, lr, m, late=True),
                "the step is made with the velocity of the step before: first renew the velocity, then move",
            ),
            (
                lambda g, lr, m: [0.0, *_momentum_steps(g, lr, m)],
                "one weight too many: the list begins after the first step",
            ),
            (
                lambda g, lr, m: [-weight for weight in _momentum_steps(g, lr, m)],
                "uphill: the step goes against the velocity",
            ),
            (
                lambda g, lr, m: _momentum_steps(g, lr, m)[-1],
                "the last weight alone; all of them were asked for",
            ),
        ],
    ),
    Exercise(
        "mean_loss",
        "Give the mean loss over all pictures, from the mean loss and the size of every batch.",
        answer=lambda losses, sizes: sum(a * n for a, n in zip(losses, sizes, strict=True)) / sum(sizes),
        cases=[([0.5, 0.3, 0.1], [64, 64, 8]), ([0.2, 1.0], [32, 1]), ([0.7], [5])],
        hints=[
            "A batch of 64 pictures counts eight times as much as one of 8.",
            "Loss times size is the sum of a batch. Add the sums, divide by the number of pictures.",
        ],
        mistakes=[
            (lambda losses, sizes: sum(losses) / len(losses), "each batch counts the same, even a small one"),
        ],
    ),
    Exercise(
        "progress_of",
        "Give the share of the run, 0 to 1, that is done before this batch.",
        answer=lambda epoch, batch, epochs, batches: (epoch * batches + batch) / (epochs * batches),
        cases=[(0, 0, 3, 25), (0, 5, 2, 10), (1, 0, 2, 10), (2, 24, 3, 25)],
        hints=["How many batches are done before this one, and how many will there be in all?"],
        mistakes=[
            (
                lambda e, b, epochs, n: b / n,
                "the progress of the epoch: the schedule would begin anew in each",
            ),
            (lambda e, b, epochs, n: (e * n + b + 1) / (epochs * n), "after this batch, not before it"),
        ],
    ),
    Exercise(
        "first_below",
        "Give the number of the first training step with a loss below the limit, and ask for nothing more.",
        answer=_first_below,
        cases=[([0.9, 0.7, 0.4, 0.6, 0.2], 0.5), ([0.9, 0.7], 0.1), ([0.3, 0.2], 0.3)],
        run=_on_losses,
        hints=[
            "`for event in events:` asks for one event after the other; not all are training steps.",
            "`isinstance(event, lab.Step)` tells which are; `return event.step` leaves the loop as well.",
            "After the loop, `return -1`: no loss was below the limit.",
        ],
        mistakes=[
            (
                lambda events, limit: _first_below(iter(list(events)), limit),
                "list(events) runs the whole training first; only then do you look",
            ),
        ],
    ),
    Exercise(
        "stopped_after",
        "After which epoch, counted from 0, does early stopping with a patience of 2 end this run?",
        answer=6,
        hints=[
            "Go through the row with a finger. After each epoch: is it better than the best one so far?",
            "The second epoch in a row that is not better than the best ends the run.",
        ],
        mistakes=[
            (3, "the first epoch that is worse: a patience of 1"),
            (4, "the best epoch until then; the run must wait for two worse ones to know that"),
            (8, "the best epoch of the whole row; a run with this patience never gets there"),
        ],
    ),
    Exercise(
        "early_stopping",
        "Pass events on until `patience` epochs in a row had no validation loss below the best one.",
        answer=_early_stopping,
        cases=[
            ([0.6, 0.4, 0.5, 0.45, 0.3], 2),
            ([0.6, 0.7, 0.5, 0.6, 0.4, 0.5], 2),
            ([0.3, 0.4, 0.4, 0.2], 2),
        ],
        run=_on_epochs,
        hints=[
            "A generator too: `for event in events: yield event`. Then look at the event just passed on.",
            "Keep the best validation loss and how many epochs you have waited; a new best ends the waiting.",
            "`return` ends a generator, and with it the loop of whoever asks it.",
        ],
        mistakes=[
            (
                lambda events, patience: _early_stopping(events, patience, against_best=False),
                "compared with the epoch before; compare with the best of all",
            ),
            (lambda events, patience: events, "all events are passed on: nothing stops"),
        ],
    ),
    Exercise(
        "Callbacks",
        "A class whose `run` tells each event to the callbacks and returns the number of training steps.",
        answer=_Callbacks,
        cases=[(2, 5), (4, 1), (1, 0)],
        run=_on_callbacks,
        hints=[
            "`hasattr(callback, 'on_step')` asks whether a callback wants to hear of steps.",
            "Collect the answers of all callbacks first; then, if one of them is True, leave the loop.",
        ],
    ),
]

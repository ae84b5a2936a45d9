"""Exercises of `10_the_loop`."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from lab.core.events import EpochEnd, Event, Step
from lab.exercises.exercise import Exercise

Averages = tuple[float, float, float]  # of AdamW after a step: the weight and both averages


def _weight_gradients(g: Tensor, inputs: Tensor) -> tuple[Tensor, Tensor]:
    return g.T @ inputs, g.sum(dim=0)


def _batches(rng: random.Random) -> Iterator[tuple[Tensor, Tensor]]:
    for n, classes, features in ((1, 2, 3), (4, 2, 3), (5, 3, 7)):
        rows = [[rng.gauss(0, 1) for _ in range(classes)] for _ in range(n)]
        yield torch.tensor(rows), torch.tensor([[rng.gauss(0, 1) for _ in range(features)] for _ in range(n)])


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


def _adamw_step(
    weight: float,
    g: float,
    avg: float,
    sq: float,
    t: int,
    lr: float,
    wd: float,
    beta1: float = 0.9,
    beta2: float = 0.99,
    eps: float = 1e-5,
    wrong: str = "",
) -> Averages:
    """One step of AdamW. wrong: the name of an error to make."""
    if wrong == "betas":
        beta1, beta2 = beta2, beta1
    if wrong == "l2":
        g = g + wd * weight
    elif wrong == "no lr":
        weight = weight * (1 - wd)
    elif wrong != "decay after":
        weight = weight * (1 - lr * wd)
    if wrong == "constants":
        beta1, beta2, eps = 0.9, 0.99, 1e-5
    new1, new2 = (1.0, 1.0) if wrong == "sums" else (1 - beta1, 1 - beta2)
    avg = beta1 * avg + new1 * g
    sq = beta2 * sq + new2 * (g if wrong == "not squared" else g * g)
    if wrong == "t from 0":
        t -= 1
    true_avg, true_sq = avg / (1 - beta1**t), sq / (1 - beta2**t)
    if wrong == "no correction":
        true_avg, true_sq = avg, sq
    size = true_sq if wrong == "no root" else math.sqrt(max(0.0, true_sq)) + eps
    if wrong == "eps in root":
        size = math.sqrt(true_sq + eps)
    weight = weight + (lr if wrong == "uphill" else -lr) * true_avg / size
    if wrong == "decay after":
        weight = weight * (1 - lr * wd)
    return (weight, true_avg, true_sq) if wrong == "corrected kept" else (weight, avg, sq)


def _adamw_with(wrong: str) -> Callable[..., Averages]:
    return lambda *arguments, **options: _adamw_step(*arguments, **options, wrong=wrong)


def _mean_loss(losses: Sequence[float], sizes: Sequence[int]) -> float:
    return sum(a * n for a, n in zip(losses, sizes, strict=True)) / sum(sizes)


def _dropout(numbers: Tensor, noise: Tensor, p: float, training: bool) -> Tensor:
    return numbers * (noise >= p) / (1 - p) if training else numbers


def _dropout_of_one_row(numbers: Tensor, noise: Tensor, p: float, training: bool) -> Tensor:
    return _dropout(numbers, noise[:1].expand_as(noise), p, training)


def _dropout_by_what_is_left(numbers: Tensor, noise: Tensor, p: float, training: bool) -> Tensor:
    kept = noise >= p
    return numbers * kept / kept.float().mean() if training else numbers


def _noisy(rng: random.Random) -> Iterator[tuple[Tensor, Tensor, float, bool]]:
    for n, features, p, training in ((2, 4, 0.25, True), (2, 4, 0.25, False), (3, 6, 0.6, True)):
        rows = [[round(rng.uniform(0.5, 3), 1) for _ in range(features)] for _ in range(n)]
        noise = [rng.sample([(i + 0.5) / features for i in range(features)], features) for _ in range(n)]
        yield torch.tensor(rows), torch.tensor(noise) * 0.9 + 0.02, p, training


def _first_below(events: Iterator[Event], limit: float) -> int:
    for event in events:
        if isinstance(event, Step) and event.loss < limit:
            return event.step
    return -1


def _first_below_as(reading: Callable[[Step], Any], loss: str = "loss") -> Callable[..., Any]:
    """A consumer that gives `reading` of the step, and looks at the attribute `loss`."""

    def consumer(events: Iterator[Event], limit: float) -> Any:
        for event in events:
            if isinstance(event, Step) and getattr(event, loss) < limit:
                return reading(event)
        return -1

    return consumer


def _position_below(events: Iterator[Event], limit: float) -> int:
    for position, event in enumerate(events):
        if isinstance(event, Step) and event.loss < limit:
            return position
    return -1


def _first_at_most(events: Iterator[Event], limit: float) -> int:
    return _first_below(events, math.nextafter(limit, math.inf))


def _last_below(events: Iterator[Event], limit: float) -> int:
    found = [event.step for event in events if isinstance(event, Step) and event.loss < limit]
    return found[-1] if found else -1


def _early_stopping(
    events: Iterator[Event],
    patience: int,
    against_best: bool = True,
    in_a_row: bool = True,
    ties: bool = False,
    extra: int = 0,
) -> Iterator[Event]:
    least, waited = math.inf, 0
    for event in events:
        yield event
        if isinstance(event, EpochEnd):
            better = event.valid_loss < least or (ties and event.valid_loss == least)
            waited = waited + 1 if not better else 0 if in_a_row else waited
            least = event.valid_loss if better or not against_best else least
            if waited == patience + extra:
                return


def _stopping_with(**errors: Any) -> Callable[..., Iterator[Event]]:
    return lambda events, patience: _early_stopping(events, patience, **errors)


def _swallowing(events: Iterator[Event], patience: int) -> Iterator[Event]:
    """The last event is never passed on."""
    least, waited = math.inf, 0
    for event in events:
        if isinstance(event, EpochEnd):
            waited = 0 if event.valid_loss < least else waited + 1
            least = min(least, event.valid_loss)
            if waited == patience:
                return
        yield event


def _every_event_an_epoch(events: Iterator[Event], patience: int) -> Iterator[Event]:
    least, waited = math.inf, 0
    for event in events:
        yield event
        waited = 0 if event.valid_loss < least else waited + 1
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
            if any(self.answers(name, event)):
                break
        return count

    def answers(self, name: str | None, event: Event) -> Any:
        return [getattr(one, name)(event) for one in self.callbacks if name and hasattr(one, name)]


class _FirstTrueEnds(_Callbacks):
    def answers(self, name: str | None, event: Event) -> Any:
        return (getattr(one, name)(event) for one in self.callbacks if name and hasattr(one, name))


class _NeverEnds(_Callbacks):
    def answers(self, name: str | None, event: Event) -> Any:
        super().answers(name, event)
        return []


class _WithoutHasattr(_Callbacks):
    def answers(self, name: str | None, event: Event) -> Any:
        return [getattr(one, name)(event) for one in self.callbacks] if name else []


class _BackToFront(_Callbacks):
    def __init__(self, *callbacks: Any) -> None:
        super().__init__(*reversed(callbacks))


class _AllEventsCount(_Callbacks):
    def run(self, events: Iterator[Event]) -> int:
        heard: list[Event] = []
        super().run(_counted(events, heard))
        return len(heard)


class _OneByOne(_Callbacks):
    """The first callback hears the whole run, and only then comes the next."""

    def run(self, events: Iterator[Event]) -> int:
        return max([_Callbacks(one).run(iter(kept)) for kept in [list(events)] for one in self.callbacks])


def _events(losses: Sequence[Sequence[float]], valid_losses: Sequence[float]) -> list[Event]:
    """The events of a run: `losses[e]` are those of the batches of epoch e."""
    events: list[Event] = []
    seen: list[float] = []
    for epoch, (row, valid_loss) in enumerate(zip(losses, valid_losses, strict=True)):
        for batch, loss in enumerate(row):
            seen.append(loss)
            smooth = sum(seen) / len(seen)
            events.append(Step(len(seen) - 1, epoch, batch, len(row), 0.0, loss, smooth, (0.1,), 0.9))
        events.append(EpochEnd(epoch, row[-1], valid_loss, {}, 0.0))
    return events


def _counted(events: Sequence[Event] | Iterator[Event], asked: list[Event]) -> Iterator[Event]:
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
        "weight_gradients",
        "From g (n, c) and inputs (n, features), give two gradients: the weights' (c, features), the biases' "
        "(c,).",
        answer=_weight_gradients,
        cases=_batches,
        hints=[
            "Take one weight, that of class k for input j. Picture i contributes `g[i, k] * inputs[i, j]`.",
            "Summed over the pictures, that is a matrix product: (c, n) times (n, features).",
            "`g.T @ inputs`. A bias is a weight whose input is always 1, so sum `g` over the pictures.",
        ],
        mistakes=[
            (
                lambda g, inputs: (inputs.T @ g, g.sum(dim=0)),
                "the weights' gradient is transposed, (features, c): the weights have one row per class",
            ),
            (
                lambda g, inputs: (g.T @ inputs / len(g), g.mean(dim=0)),
                "divided by n a second time: `g` has been divided by n already, so just add the pictures up",
            ),
            (
                lambda g, inputs: (g.T @ inputs, g.mean(dim=0)),
                "the biases' gradient is a mean; it should be a sum over the pictures, like the weights'",
            ),
            (
                lambda g, inputs: (g.T @ inputs, g.sum(dim=1)),
                "summed over the classes, one number per picture; the biases need one number per class",
            ),
            (
                lambda g, inputs: (g.T @ inputs, g.sum()),
                "one number for all classes; each class has a bias of its own: `sum(dim=0)`",
            ),
            (
                lambda g, inputs: (g.T @ inputs, g),
                "the biases' gradient has a row for each picture: add the pictures up, `sum(dim=0)`",
            ),
            (
                lambda g, inputs: (g.T @ inputs, g.sum(dim=0, keepdim=True)),
                "the biases' gradient has one dimension too many, (1, c): leave out `keepdim=True`",
            ),
            (
                lambda g, inputs: (-g.T @ inputs, -g.sum(dim=0)),
                "the sign: a gradient points uphill, and the minus belongs to the step",
            ),
            (
                lambda g, inputs: g.T @ inputs,
                "only the weights' gradient: return that of the biases too",
            ),
        ],
    ),
    Exercise(
        "momentum_steps",
        "Give the list of weights after each step of SGD with momentum; the first weight is 0.",
        answer=_momentum_steps,
        cases=[([1.0, 1.0, 1.0, 1.0], 0.1, 0.9), ([2.0, -1.0, 0.5], 0.01, 0.5), ([1.0, 2.0], 1.0, 0.0)],
        hints=[
            "Two numbers are kept from step to step, the weight and the velocity. Both begin at 0.",
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
                "moved with the velocity of the previous step: update the velocity first, then move",
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
                "only the last weight; return all of them",
            ),
        ],
    ),
    Exercise(
        "adamw_step",
        "One step of AdamW, number `t` counted from 1: return the new (weight, avg, sq).",
        answer=_adamw_step,
        cases=[
            (1.0, 4.0, 0.0, 0.0, 1, 0.1, 0.0),
            (1.0, 0.5, 0.4, 0.16, 2, 0.1, 0.5),
            (-3.0, -2.0, 0.3, 1.5, 40, 0.2, 0.1),
            (2.0, 3.0, -0.2, 0.7, 3, 0.1, 0.2, 0.5, 0.8, 0.5),
        ],
        hints=[
            "The order: shrink the weight, update both averages, correct copies of them, move the weight.",
            "Decay: `weight * (1 - lr * wd)`. Correction: `avg / (1 - beta1**t)`, and `sq` likewise.",
            "`eps` is added to the root, not under it: `/ (sq_corrected**0.5 + eps)`.",
            "Return `weight, avg, sq`: the averages as they were before the correction.",
        ],
        mistakes=[
            (
                _adamw_with("no correction"),
                "AdamW without the bias correction: both averages begin at 0, so at first they are too small",
            ),
            (
                _adamw_with("l2"),
                "Adam with L2: the decay was added to the gradient. In AdamW it shrinks the weight directly",
            ),
            (
                _adamw_with("eps in root"),
                "`eps` under the root; it is added to the root: `sq_corrected**0.5 + eps`",
            ),
            (_adamw_with("betas"), "the betas the wrong way round: beta1 is for `avg`, beta2 for `sq`"),
            (
                _adamw_with("corrected kept"),
                "the corrected averages are returned, and the next step would correct them again",
            ),
            (_adamw_with("no root"), "divided by the average square itself: take its root, and add `eps`"),
            (
                _adamw_with("not squared"),
                "`sq` is an average of the gradients; it should be one of their squares",
            ),
            (_adamw_with("t from 0"), "`t` is counted from 1 already: the correction is 1 - beta**t"),
            (_adamw_with("uphill"), "uphill: the step goes against the average gradient"),
            (_adamw_with("sums"), "the gradient is added in full; in an average its share is 1 - beta"),
            (
                _adamw_with("constants"),
                "right for the usual constants; `beta1`, `beta2` and `eps` are arguments, so use them",
            ),
            (
                lambda *arguments: _adamw_step(*arguments)[0],
                "only the weight: the next step needs both averages as well",
            ),
            (_adamw_with("no lr"), "the decay without the learning rate: the factor is 1 - lr * wd"),
            (
                _adamw_with("decay after"),
                "the decay comes after the move and shrinks the move as well; the weight shrinks first",
            ),
        ],
    ),
    Exercise(
        "mean_loss",
        "Give the mean loss over all pictures, from the mean loss and the size of every batch.",
        answer=_mean_loss,
        cases=[([0.5, 0.3, 0.1], [64, 64, 8]), ([0.2, 1.0], [32, 1]), ([0.7], [5])],
        hints=[
            "A batch of 64 pictures should count eight times as much as one of 8.",
            "Loss times size is the sum over a batch. Add these sums, then divide by the number of pictures.",
        ],
        mistakes=[
            (lambda losses, sizes: sum(losses) / len(losses), "each batch counts the same, even a small one"),
            (
                lambda losses, sizes: _mean_loss(losses, sizes) * sum(sizes),
                "the sum over all pictures: divide by how many there are",
            ),
            (
                lambda losses, sizes: _mean_loss(losses, sizes) * sum(sizes) / len(losses),
                "divided by the number of batches; divide by the number of pictures",
            ),
            (
                lambda losses, sizes: _mean_loss(losses, sizes) * sum(sizes) / (sizes[0] * len(sizes)),
                "divided as if the last batch were full: use `sum(sizes)`",
            ),
            (
                lambda losses, sizes: sum(losses) / sum(sizes),
                "the mean losses are added as they are: multiply each by its batch's size first",
            ),
            (
                lambda losses, sizes: sum(losses[:-1]) / max(1, len(losses) - 1),
                "the small last batch is left out; its pictures count like all the others",
            ),
        ],
    ),
    Exercise(
        "dropout",
        "What dropout makes of `numbers` (n, features): dropped where `noise` is below `p`, in training.",
        answer=_dropout,
        cases=_noisy,
        hints=[
            "In evaluation: `return numbers`. Nothing else happens there.",
            "`noise >= p` is True where a number is kept. Multiply by it: True counts as 1, False as 0.",
            "The share 1 - p is kept, so divide by 1 - p.",
        ],
        mistakes=[
            (
                lambda numbers, noise, p, training: numbers * (noise >= p) if training else numbers,
                "the scaling is missing: what is kept is divided by 1 - p, so that the mean stays the same",
            ),
            (
                lambda numbers, noise, p, training: _dropout(numbers, noise, p, True),
                "numbers are dropped in evaluation too, where dropout must do nothing",
            ),
            (
                lambda numbers, noise, p, training: numbers * (noise < p) / (1 - p) if training else numbers,
                "the mask is the wrong way round: kept where the noise is below p, and dropped elsewhere",
            ),
            (
                lambda numbers, noise, p, training: numbers * (noise < p) / p if training else numbers,
                "p taken for the share that is kept; here, as in PyTorch, p is the share that is dropped",
            ),
            (
                _dropout_of_one_row,
                "one mask for all pictures: each row of `noise` is for its own row of `numbers`",
            ),
            (
                lambda numbers, noise, p, training: numbers * (noise >= p) * (1 - p) if training else numbers,
                "multiplied by 1 - p: that makes the mean smaller still. Divide",
            ),
            (
                lambda numbers, noise, p, training: numbers * ((noise >= p) if training else 1 - p),
                "scaled in evaluation, as in the original paper on dropout; PyTorch scales in training",
            ),
            (
                lambda numbers, noise, p, training: _dropout(numbers, noise, p, not training),
                "training and evaluation are swapped: numbers are dropped in training only",
            ),
            (
                lambda numbers, noise, p, training: numbers * (noise >= p if training else 1) / (1 - p),
                "scaled in evaluation too: nothing is dropped there, so there is nothing to make up for",
            ),
            (
                lambda numbers, noise, p, training: numbers * (noise >= p) / p if training else numbers,
                "divided by p, the share that is dropped; divide by 1 - p, the share that is kept",
            ),
            (
                lambda numbers, noise, p, training: numbers[noise >= p] / (1 - p) if training else numbers,
                "the dropped numbers were removed, so the shape is lost: set them to 0 where they are",
            ),
            (
                _dropout_by_what_is_left,
                "divided by the share that happened to be kept; divide by 1 - p, the expected share",
            ),
        ],
    ),
    Exercise(
        "first_below",
        "Give the number of the first training step with a loss below the limit, and ask for nothing more.",
        answer=_first_below,
        cases=[
            ([0.9, 0.7, 0.4, 0.6, 0.2], 0.5),
            ([0.9, 0.7], 0.1),
            ([0.3, 0.2], 0.3),
            ([0.8, 0.6, 0.5, 0.1], 0.5),
        ],
        run=_on_losses,
        hints=[
            "`for event in events:` asks for one event after another; not all are training steps.",
            "`isinstance(event, lab.Step)` tells which are; `return event.step` leaves the loop as well.",
            "After the loop, `return -1`: no loss was below the limit.",
        ],
        mistakes=[
            (
                lambda events, limit: _first_below(iter(list(events)), limit),
                "`list(events)`, or a list comprehension, runs the whole training before you look",
            ),
            (_position_below, "events counted, those of validation as well: take `event.step`"),
            (
                _first_below_as(lambda event: event.batch),
                "`event.batch`, which begins at 0 again in each epoch: take `event.step`",
            ),
            (
                _first_below_as(lambda event: event.step, "smooth_loss"),
                "`smooth_loss`, the running average; the loss of this step is `event.loss`",
            ),
            (_first_at_most, "a loss equal to the limit is not below it: `<`, not `<=`"),
            (_last_below, "the last step below the limit, after the whole run: return at the first"),
            (_first_below_as(lambda event: event.loss), "that is the loss; return the number of its step"),
        ],
    ),
    Exercise(
        "early_stopping",
        "Pass events on until `patience` epochs in a row had no validation loss below the best one.",
        answer=_early_stopping,
        cases=[
            ([0.6, 0.4, 0.5, 0.45, 0.42, 0.3], 2),
            ([0.6, 0.7, 0.5, 0.6, 0.4, 0.5], 2),
            ([0.3, 0.4, 0.4, 0.2], 2),
            ([0.3, 0.3, 0.3, 0.3, 0.2], 3),
        ],
        run=_on_epochs,
        hints=[
            "A generator too: `for event in events: yield event`. After the `yield`, look at that event.",
            "Keep the best validation loss and how many epochs you have waited; a new best ends the waiting.",
            "`return` ends a generator, and with it the `for` loop that was asking it.",
        ],
        mistakes=[
            (
                _stopping_with(against_best=False),
                "compared with the epoch before; compare with the best so far",
            ),
            (lambda events, patience: events, "all events are passed on: nothing stops"),
            (
                _stopping_with(in_a_row=False),
                "all bad epochs are counted; a new best should reset the count to 0",
            ),
            (
                _stopping_with(ties=True),
                "a loss equal to the best counts as a new best; only one below it does: `<`",
            ),
            (
                _stopping_with(extra=1),
                "one epoch too patient: stop when the count reaches `patience`, not after it",
            ),
            (
                _swallowing,
                "the event that ends the run is not passed on: `yield` it first, then look at it",
            ),
            (
                _every_event_an_epoch,
                "a training step has no validation loss: look only at a `lab.EpochEnd`",
            ),
        ],
    ),
    Exercise(
        "rate_when_stopped",
        "At what share of its peak is the rate when a one-cycle run of 12 epochs is stopped after 6?",
        answer=0.75,
        tolerance=0.004,
        hints=[
            "Progress is 0.5. The fall began at 0.25 and lasts until 1: what share of the fall is over?",
            "A third of the fall is over. A half cosine wave is at (1 + cos(π · share)) / 2.",
            "cos(π / 3) is 0.5.",
        ],
        mistakes=[
            (0.5, "as if the rate fell from the very beginning; the first quarter of the run is the rise"),
            (0.67, "a straight line from the peak down to 0; a cosine falls slowly at first"),
            (0.25, "the share of the peak that has been lost by then; how much is left?"),
            (1.0, "that is the peak, at progress 0.25; the fall has begun since"),
            (0.0, "that is the end of the planned 12 epochs; after 6 the rate is still high"),
            (0.0075, "the rate itself, for a peak of 0.01; give its share of the peak"),
            (0.85, "as if the fall took as long as the whole run; it takes only three quarters of it"),
        ],
    ),
    Exercise(
        "Callbacks",
        "A class whose `run` tells each event to the callbacks and returns the number of training steps.",
        answer=_Callbacks,
        cases=[(2, 5), (4, 1), (1, 0)],
        run=_on_callbacks,
        hints=[
            "`hasattr(callback, 'on_step')` tells you whether a callback wants to know about steps.",
            "Collect the answers of all callbacks in a list first; then, if one of them is True, stop.",
        ],
        mistakes=[
            (
                _FirstTrueEnds,
                "the first True ends it before the others have received the event; `any` over a generator "
                "does that too. Make a list of the answers first",
            ),
            (_NeverEnds, "the run goes on when a callback returns True; one True is enough to end it"),
            (_WithoutHasattr, "not every callback has every method: ask `hasattr` first"),
            (_BackToFront, "the callbacks hear each event in reverse order"),
            (_AllEventsCount, "all events are counted; return the number of training steps"),
            (
                _OneByOne,
                "one callback gets the whole run before the next; each event should go to all of them",
            ),
        ],
    ),
]

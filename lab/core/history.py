"""The one record of a run: rows of plain numbers that tables, charts and panels all read."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from lab.core.events import EpochEnd, Event, Step

E = TypeVar("E", bound=Event)


class History:
    """What happened in one run, as rows.

    steps: one dict per training batch (step, epoch, batch, loss, smooth_loss, lr, lrs, momentum).
    epochs: one dict per finished epoch (epoch, train_loss, valid_loss, the metrics by name, time in seconds).
    metric_names: the columns between valid_loss and time. total_epochs, total_batches: how many were asked
    for, training and validation batches together.
    """

    def __init__(
        self, metric_names: Sequence[str] = (), total_epochs: int = 0, total_batches: int = 0
    ) -> None:
        self.steps: list[dict[str, Any]] = []
        self.epochs: list[dict[str, Any]] = []
        self.metric_names = tuple(metric_names)
        self.total_epochs, self.total_batches = total_epochs, total_batches

    def feed(self, event: E) -> E:
        """Add what an event tells, and give it back; an epoch's end sums its validation batches up."""
        if isinstance(event, Step):
            self.steps.append({name: getattr(event, name) for name in _STEP})
        elif isinstance(event, EpochEnd):
            row = asdict(event)
            metrics, time = row.pop("metrics"), row.pop("time")
            self.epochs.append(row | metrics | {"time": time})
        return event

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} of {self.total_epochs} epochs, {len(self.steps)} steps)"

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of the epoch table, in order."""
        return ("epoch", "train_loss", "valid_loss", *self.metric_names, "time")


_STEP = ("step", "epoch", "batch", "loss", "smooth_loss", "lr", "lrs", "momentum")


def lower_is_better(name: str, also: Iterable[str] = ()) -> bool:
    """Whether less of this metric is better: a word of its name is an error or a loss, or it is in `also`.

    "error_rate" and "log_loss" fall, "accuracy" and all else rises.
    """
    return name in set(also) or not _LOWER_IS_BETTER.isdisjoint(name.lower().split("_"))


_LOWER_IS_BETTER = frozenset({"error", "loss", "mae", "mse", "rmse", "perplexity", "brier"})

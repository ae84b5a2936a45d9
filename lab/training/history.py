"""The one record of a run: rows of plain numbers that tables, charts and panels all read."""

from typing import Any

from lab.figures import figure
from lab.training.events import EpochEnd, Event, Step


class History:
    """What happened in one run, as rows.

    steps: one dict per training batch (step, epoch, batch, loss, smooth_loss, lr, lrs, momentum).
    epochs: one dict per finished epoch (epoch, train_loss, valid_loss, the metrics by name, time in seconds).
    metric_names: the columns between valid_loss and time. total_epochs, total_batches: how many were asked
    for, training and validation batches together.
    """

    def __init__(
        self, metric_names: tuple[str, ...] = (), total_epochs: int = 0, total_batches: int = 0
    ) -> None:
        self.steps: list[dict[str, Any]] = []
        self.epochs: list[dict[str, Any]] = []
        self.metric_names = tuple(metric_names)
        self.total_epochs, self.total_batches = total_epochs, total_batches

    def feed(self, event: Event) -> None:
        """Add what an event tells; validation batches are summed up by their epoch's end."""
        if isinstance(event, Step):
            self.steps.append(
                {
                    "step": event.step,
                    "epoch": event.epoch,
                    "batch": event.batch,
                    "loss": event.loss,
                    "smooth_loss": event.smooth_loss,
                    "lr": event.lr,
                    "lrs": event.lrs,
                    "momentum": event.momentum,
                }
            )
        elif isinstance(event, EpochEnd):
            self.epochs.append(
                {
                    "epoch": event.epoch,
                    "train_loss": event.train_loss,
                    "valid_loss": event.valid_loss,
                    **event.metrics,
                    "time": event.time,
                }
            )

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"History({len(self.epochs)} of {self.total_epochs} epochs, {len(self.steps)} steps)"

    @property
    def columns(self) -> tuple[str, ...]:
        """The headings of the epoch table, in order."""
        return ("epoch", "train_loss", "valid_loss", *self.metric_names, "time")

    def frame(self, rows: str = "epochs"):
        """The record as a `pandas.DataFrame`; rows: "epochs" or "steps"."""
        import pandas

        if rows not in ("epochs", "steps"):
            raise ValueError(f'frame: rows came as {rows!r}. It is "epochs" or "steps".')
        return pandas.DataFrame(getattr(self, rows))

    def plot_loss(self, **options: Any):
        """The chart of training and validation loss (2020 lesson: `learn.recorder.plot_loss()`)."""
        return figure("losses", self, **options)

    def plot_lr(self, **options: Any):
        """The chart of the learning rate of the last layer group, and the momentum, at every step."""
        return figure("rates", self, **options)

    def plot_metrics(self, **options: Any):
        """The chart of the metrics by epoch."""
        return figure("metrics", self, **options)

"""What a 2018 fit shows: a row of numbers for every epoch, and `learn.sched` with its charts."""

from typing import Any

from lab.core.errors import BadState
from lab.core.events import EpochEnd, Event
from lab.progress import Progress
from lab.training.history import ChartedHistory
from lab.training.lr_find import LRFind


class Sched:
    """`learn.sched`: the charts of the latest `fit` or `lr_find`."""

    def __init__(self, history: ChartedHistory | None = None, found: LRFind | None = None) -> None:
        self.history, self.found = history, found

    @property
    def lrs(self) -> list[float]:
        """The last layer group's rate at every step."""
        self._record("lrs")
        return list(self.found.lrs) if self.found else [row["lr"] for row in self.history.steps]

    @property
    def losses(self) -> list[float]:
        """The training loss of every step."""
        self._record("losses")
        return list(self.found.losses) if self.found else [row["loss"] for row in self.history.steps]

    def plot_lr(self, **options: Any):
        """The chart of the last layer group's rate at every step."""
        return self._record("plot_lr").plot_lr(**options)

    def plot(self, **options: Any):
        """The chart of the loss against the rate, after `lr_find()`."""
        if self.found is None:
            raise BadState("sched.plot: it shows what lr_find() saw. Call learn.lr_find() first.")
        return self.found.plot(**options)

    def plot_loss(self, **options: Any):
        """The chart of the losses of the latest fit, or of the sweep."""
        record = self._record("plot_loss")
        return record.plot() if self.found else record.plot_loss(**options)

    def _record(self, function: str) -> ChartedHistory | LRFind:
        record = self.found if self.found is not None else self.history
        if record is None:
            raise BadState(f"sched.{function}: nothing has been trained yet. Call learn.fit() or lr_find().")
        return record


class RowPrinter:
    """Prints the epochs as the 2018 lessons do, a row of numbers each, above a line of progress."""

    def __init__(self, history: ChartedHistory, batches: int) -> None:
        self.history, self.progress = history, Progress(batches, "training")

    def feed(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.progress.write(row_text(self.history))
        else:
            self.progress.update(1)

    def close(self) -> None:
        self.progress.close()


def row_text(history: ChartedHistory) -> str:
    """The last epoch as `[ 0.       0.04247  0.02314  0.9917 ]`."""
    row = history.epochs[-1]
    numbers = [row[name] for name in history.columns[1:-1]]
    cells = [f"{row['epoch']}.".ljust(7), *(f"{number:.5f}" for number in numbers)]
    return f"[ {'  '.join(cells)}]"

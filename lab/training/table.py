"""The epoch table that fills while a model trains, in a terminal and in a notebook.

It reads the history and nothing else. In a terminal, a progress bar with the remaining time stands below the
rows; in a notebook one HTML table is updated in place, at most five times a second.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from lab.core.events import EpochEnd, Event, Step
from lab.core.history import History
from lab.core.plans import Plan
from lab.ipython import in_notebook
from lab.markup import escape, table
from lab.progress import Progress, is_quiet, notify
from lab.wording import clock

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


class EpochTable(Protocol):
    """Shows a run's epochs: told of every event, and closed at the end."""

    def feed(self, event: Event) -> None: ...

    def close(self) -> None: ...


def epoch_table(history: History, batches: int) -> EpochTable:
    """The table for where we are: an object with `feed(event)` and `close()`.

    batches: training and validation batches of the whole run.
    """
    if is_quiet():
        return QuietTable(history)
    return NotebookTable(history, batches) if in_notebook() else TerminalTable(history, batches)


def show_run(learn: "ImageLearner", events: Iterator[Event], plan: Plan) -> None:
    """Go through a run's events in the foreground and show its epochs. Ctrl-C ends it and loses nothing."""
    shown, learn.stopped = None, False
    try:
        for event in events:
            shown = shown or learn.table(learn.history, learn.history.total_batches)
            shown.feed(event)
    except KeyboardInterrupt:
        if shown is None:  # before the first batch there is nothing to keep
            raise
        learn.stopped = True
    finally:
        if shown is not None:
            shown.close()
    history = learn.history
    done = history.epochs[-1]["epoch"] + 1 if history.epochs else history.steps[0]["epoch"]
    if learn.stopped:
        notify(
            f"Stopped in epoch {done + 1} of {plan.epochs}, after {len(history.steps)} steps. "
            "The model and the history keep what was learnt so far."
        )
    elif done < plan.epochs:
        notify(f"Stopped early after epoch {done} of {plan.epochs}, which was no better than those before.")


def row_texts(history: History) -> list[list[str]]:
    """The table's cells as texts: one list per finished epoch, under `history.columns`."""
    return [[_cell(name, row.get(name)) for name in history.columns] for row in history.epochs]


def _cell(name: str, value: float | int | None) -> str:
    if value is None:
        return ""
    if name == "time":
        return clock(value)
    return str(value) if name == "epoch" else f"{value:.6f}"


def text_table(history: History) -> str:
    """The table so far as aligned plain text."""
    rows = [list(history.columns), *row_texts(history)]
    return "\n".join(_text_row(row, history.columns) for row in rows)


def _text_row(row: list[str], columns: tuple[str, ...]) -> str:
    return "  ".join(cell.rjust(max(8, len(name))) for cell, name in zip(row, columns, strict=True))


def html_table(history: History, status: str = "") -> str:
    """The table so far as HTML, with a line of `status` below it. Every text is escaped."""
    return f"{table(history.columns, row_texts(history))}<div>{escape(status)}</div>"


class QuietTable:
    """Prints the whole table once, at the end: for logs and for notebooks that are compared."""

    def __init__(self, history: History) -> None:
        self.history = history

    def feed(self, event: Event) -> None:
        """Nothing is shown while it trains."""

    def close(self) -> None:
        notify(text_table(self.history))


class TerminalTable:
    """A row per epoch on stdout; the progress bar on stderr."""

    def __init__(self, history: History, batches: int) -> None:
        self.history = history
        self.progress = Progress(batches, "training")
        self.progress.write(_text_row(list(history.columns), history.columns))

    def feed(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.progress.write(_text_row(row_texts(self.history)[-1], self.history.columns))
        else:
            self.progress.update(1)

    def close(self) -> None:
        self.progress.close()


class NotebookTable:
    """One HTML table, updated in place."""

    INTERVAL = 0.2  # seconds between two updates

    def __init__(self, history: History, batches: int) -> None:
        self.history, self.batches, self.done = history, batches, 0
        self.started = self.shown = time.monotonic()
        from IPython.display import display

        self.handle = display(self._bundle(""), raw=True, display_id=True)

    def feed(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, EpochEnd):
            self._show("")
        else:
            self.done += 1
            if now - self.shown >= self.INTERVAL:
                self._show(self._status(event, now))

    def close(self) -> None:
        self._show("")

    def _status(self, event: Event, now: float) -> str:
        left = (now - self.started) / self.done * (self.batches - self.done)
        part = "batch" if isinstance(event, Step) else "validation batch"
        return (
            f"epoch {event.epoch + 1} of {self.history.total_epochs} · "
            f"{part} {event.batch + 1} of {event.batches} · {clock(left)} left"
        )

    def _show(self, status: str) -> None:
        self.shown = time.monotonic()
        self.handle.update(self._bundle(status), raw=True)

    def _bundle(self, status: str) -> dict[str, str]:
        return {
            "text/html": html_table(self.history, status),
            "text/plain": text_table(self.history),
        }

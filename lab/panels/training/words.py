"""What a training panel says of its run: how far it is, the table of its epochs, and what they teach."""

from typing import Any

from lab.charts import epochs as record
from lab.charts.lines import after
from lab.charts.style import words
from lab.core.events import ValidStep
from lab.core.metrics import metric_names
from lab.panels.training.run import TrainingRun
from lab.wording import clock, count_text, loss_text

MOST_ROWS = 8  # of the table; more epochs show the best and the latest ones


def state(run: TrainingRun) -> str:
    """The state in words that are the same in each run."""
    if not run.worker.busy:
        return run.ended or "not started"
    if run.worker.state == "paused" and run.history.total_epochs:
        return f"paused in epoch {len(run.history) + 1} · {where(run)}"
    return run.worker.state


def where(run: TrainingRun) -> str:
    """The batch that was computed last, within its epoch."""
    if run.at is None:
        return "before the first batch"
    part = "validation batch" if isinstance(run.at, ValidStep) else "batch"
    return f"{part} {run.at.batch + 1:,} of {run.at.batches:,}"


def status(run: TrainingRun) -> str:
    """How far the run is, and about how long it will still take."""
    if run.worker.state == "stopping" or not run.worker.busy:
        return state(run)
    if run.note or run.at is None:
        return run.note or state(run)
    left = run.seconds_left
    parts = [f"epoch {run.at.epoch + 1} of {run.plan.epochs}", where(run)]
    if run.worker.state == "paused":
        parts.insert(0, "paused")
    elif left is not None:
        parts.append(f"{clock(left)} left")
    return " · ".join(parts)


def lesson(run: TrainingRun) -> str:
    """Which epoch was best, where the validation loss turned, and what to do about it (2020 lesson,
    "Selecting the Number of Epochs"). Empty before there are two epochs to compare.
    """
    rows = run.curves.epochs
    if len(rows) < 2 or run.best is None:
        return ""
    name = (*run.history.metric_names, "valid_loss")[0]  # what decides
    best = next(row for row in rows if row["epoch"] == run.best)
    sentences = [f"The {words(name)} is best {after(run.best + 1)}: {loss_text(best[name])}."]
    turn = record.turning_point(rows, name) if name != "valid_loss" else None
    if turn is not None:
        sentences.append(
            f"The validation loss rises {after(rows[turn]['epoch'] + 1)} while the {words(name)} still "
            "improves: the model is getting too sure of itself, but it is the metric that counts."
        )
    if not run.worker.busy:
        sentences.append(_advice(run))
    return " ".join(filter(None, sentences))


def _advice(run: TrainingRun) -> str:
    last = len(run.history) - 1
    if run.best == last:
        return "It was still improving in the last epoch, so more epochs may help."
    if last - run.best == 1:
        return ""
    return f"It has not improved since, so {count_text(run.best + 1, 'epoch')} may do just as well."


def table(run: TrainingRun) -> tuple[list[str], list[list[str]], int | None]:
    """(headings, rows of cells, place of the best row) of the epochs; empty rows where one is to come."""
    metrics = run.history.metric_names if run.history.total_epochs else [*metric_names(run.learn.metrics)]
    columns = ["epoch", "train_loss", "valid_loss", *metrics, "time"]
    done = run.history.epochs
    shown = done[-MOST_ROWS:]
    best = run.best if len(done) > 1 else None
    if best is not None and shown[0]["epoch"] > best:
        shown = [done[best], *shown[1:]]
    cells = [[_cell(name, row.get(name)) for name in columns] for row in shown]
    reserved = min(run.planned.epochs, MOST_ROWS) - len(cells)
    cells += [["\u00a0"] * len(columns)] * reserved
    place = next((i for i, row in enumerate(shown) if row["epoch"] == best), None)
    return [words(name) for name in columns], cells, place


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "time":
        return clock(value)
    return str(value + 1) if name == "epoch" else loss_text(value)


def bar(run: TrainingRun) -> str:
    """The progress bar, as HTML."""
    share = f"{100 * run.share:.1f}"
    role = f'role="progressbar" aria-label="training progress" aria-valuenow="{share}"'
    return f'<div class="paw-bar" {role}><i style="width:{share}%"></i></div>'

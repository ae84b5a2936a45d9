"""Questions to the record of a run: which metrics it has, which epoch was best, where the tide turned.

Pure functions of the plain rows in `history.epochs` and `history.steps`. Overfitting comes in two stages
(lesson "Model Interpretation" of 2020): first the validation loss rises, because the model grows too sure
of itself, while the metric still improves; only later the metric suffers too. It is the metric that counts.
"""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from lab.core.history import lower_is_better

Row = Mapping[str, Any]

NOT_METRICS = frozenset({"epoch", "train_loss", "valid_loss", "time", "step"})


def metric_names(epochs: Sequence[Row]) -> list[str]:
    """The metrics of these rows, in the order in which they first appear: every other column of numbers."""
    names = dict.fromkeys(name for row in epochs for name in row if name not in NOT_METRICS)
    return [name for name in names if any(is_number(row.get(name)) for row in epochs)]


def best_epoch(epochs: Sequence[Row], name: str, lower: bool | None = None) -> int | None:
    """Index of the row in which column `name` is best; the earliest of equals; None without a number.

    lower: whether less is better; None asks `lower_is_better`.
    """
    sign = 1 if (lower_is_better(name) if lower is None else lower) else -1
    values = {i: sign * row[name] for i, row in enumerate(epochs) if is_number(row.get(name))}
    return min(values, key=values.__getitem__) if values else None


def better(best: Row | None, row: Row, metric_names: Sequence[str]) -> Row | None:
    """The better of two epochs by the first metric, or by the validation loss where there is no metric."""
    rows = [row] if best is None else [best, row]
    index = best_epoch(rows, (*metric_names, "valid_loss")[0])
    return None if index is None else rows[index]


def turning_point(epochs: Sequence[Row], metric: str | None = None, lower: bool | None = None) -> int | None:
    """Index of the epoch from which the validation loss rises while the metric still improves.

    That is the row of the lowest validation loss, if it is not the last one and if a later row has a better
    metric than every row up to it. None when the two agree. metric: a column (None: the first metric).
    """
    lowest = best_epoch(epochs, "valid_loss", lower=True)
    names = metric_names(epochs) if metric is None else [metric]
    if lowest is None or not names:
        return None
    best = best_epoch(epochs, names[0], lower)
    return lowest if best is not None and best > lowest else None


def is_number(value: object) -> bool:
    """Whether a cell of the record holds a finite number."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def positions(
    steps: Sequence[Row], epochs: Sequence[Row], n_batches: int | None = None
) -> tuple[list[float], list[float]]:
    """Where steps and epochs stand on an axis of passes over the training set: (x of steps, x of epochs).

    A step stands where its batch begins, since that is where its rate and its loss belong; an epoch stands
    at its end. n_batches: per epoch (None: as many as the fullest epoch of the record has).
    """
    batches = n_batches or max((row["batch"] + 1 for row in steps), default=1)
    x_steps = [row["epoch"] + row["batch"] / batches for row in steps]
    return x_steps, [float(row["epoch"] + 1) for row in epochs]

"""Wrappers of a run's events: stop when it gets no better, and keep the best weights.

A wrapper takes the events of `Learner.steps()` and gives them on; leaving one out is all it takes to do
without it. `fit`, `fit_one_cycle`, `fit_sgdr` and `fine_tune` use them for `patience=` and `keep_best=`.
"""

from collections.abc import Iterator
from contextlib import closing

import torch
from torch import nn

from lab.core.errors import BadValue
from lab.core.events import EpochEnd, Event
from lab.core.history import lower_is_better

Events = Iterator[Event]


def stop_early(
    events: Events, patience: int = 1, monitor: str = "valid_loss", min_delta: float = 0
) -> Events:
    """End the run when `monitor` has not improved for `patience` epochs in a row.

    Parameters
    ----------
    events : iterator of events
        A run, as `learn.steps` gives it.
    patience : int
        A number of epochs, 1 or more.
    monitor : str
        A column of the epoch table: "train_loss", "valid_loss" or the name of a metric.
    min_delta : float
        What is better by no more than this counts as no better.

    Yields
    ------
    Step, ValidStep or EpochEnd
        The events of the run, as they come.

    Raises
    ------
    ValueError
        For patience below 1, and for a column that the epochs do not have.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy)
    >>> for event in lab.stop_early(learn.steps(3, lab.one_cycle(1e-2)), patience=3):
    ...     if isinstance(event, lab.EpochEnd):
    ...         print(event.epoch)
    0
    1
    2
    """
    if patience < 1:
        raise BadValue(f"patience: got {patience!r}. It is a number of epochs, 1 or more.")
    best, waited = float("inf"), 0
    with closing(events):  # type: ignore[type-var]
        for event in events:
            yield event
            if isinstance(event, EpochEnd):
                value = _to_minimise(event, monitor)
                best, waited = (value, 0) if value < best - min_delta else (best, waited + 1)
                if waited >= patience:
                    return


def keep_best(events: Events, model: nn.Module, monitor: str = "valid_loss") -> Events:
    """Put back, when the run ends or is stopped, the weights of the epoch in which `monitor` was best.

    Parameters
    ----------
    events : iterator of events
        A run, as `learn.steps` gives it.
    model : Module
        The model that the run trains.
    monitor : str
        A column of the epoch table: "train_loss", "valid_loss" or the name of a metric.

    Yields
    ------
    Step, ValidStep or EpochEnd
        The events of the run, as they come.

    Raises
    ------
    ValueError
        For a column that the epochs do not have.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.error_rate)
    >>> for event in lab.keep_best(learn.steps(2, lab.one_cycle(1e-2)), learn.model, "error_rate"):
    ...     pass
    >>> learn.validate()["error_rate"] == min(row["error_rate"] for row in learn.history.epochs)
    True
    """
    best, kept = float("inf"), None
    try:
        with closing(events):  # type: ignore[type-var]
            for event in events:
                if isinstance(event, EpochEnd) and (value := _to_minimise(event, monitor)) < best:
                    best, kept = value, {name: t.clone() for name, t in model.state_dict().items()}
                yield event
    finally:
        if kept is not None:
            with torch.no_grad():
                for name, tensor in model.state_dict().items():
                    tensor.copy_(kept[name])


def _to_minimise(event: EpochEnd, monitor: str) -> float:
    row = {"train_loss": event.train_loss, "valid_loss": event.valid_loss, **event.metrics}
    value = row.get(monitor)
    if value is None:
        raise BadValue(f"fit: an epoch has no {monitor!r} to watch; it has {', '.join(row)}.")
    return value if lower_is_better(monitor) else -value

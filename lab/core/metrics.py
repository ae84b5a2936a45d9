"""Metrics: what people read, computed from predictions and targets; never differentiated.

A metric is a function `(preds (n, c), targets (n,)) -> float`, and its name heads its column.
Predictions are probabilities; for accuracies activations do as well. Tensors and arrays are taken.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from lab.core.checks import check_targets
from lab.core.errors import BadValue

Metric = Callable[[Tensor | np.ndarray, Tensor | np.ndarray], float]


def accuracy(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
    """Return the share of rows whose largest entry is the target's.

    Of equal entries the first counts, and a row with a nan in it counts as wrong, so that a run that diverged
    shows no luck.

    Parameters
    ----------
    preds : Tensor or array of shape (n, c)
        Probabilities or activations.
    targets : Tensor or array of shape (n,)
        Class numbers in [0, c).

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        For no rows, or shapes that do not fit.
    TypeError
        For targets that are not integers.
    IndexError
        For a target outside the classes.

    Examples
    --------
    >>> lab.accuracy(torch.tensor([[0.9, 0.1], [0.4, 0.6]]), torch.tensor([0, 0]))
    0.5
    """
    preds, targets = checked("accuracy", preds, targets)
    right = (preds.argmax(dim=1) == targets) & without_nan(preds)
    return right.double().mean().item()


def error_rate(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
    """Return the share of rows that are wrong: 1 - `accuracy`.

    Parameters
    ----------
    preds : Tensor or array of shape (n, c)
        Probabilities or activations.
    targets : Tensor or array of shape (n,)
        Class numbers in [0, c).

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError
        For no rows, or shapes that do not fit.
    TypeError
        For targets that are not integers.
    IndexError
        For a target outside the classes.

    Examples
    --------
    >>> lab.error_rate(torch.tensor([[0.9, 0.1], [0.4, 0.6]]), torch.tensor([0, 0]))
    0.5
    """
    return 1 - accuracy(*checked("error_rate", preds, targets))


def metric_name(metric: Callable[..., object]) -> str:
    """What a metric is called: `__name__`, or `.name`; with the arguments of a `functools.partial`."""
    if isinstance(metric, partial):
        given = [repr(value) for value in metric.args]
        given += [f"{key}={getattr(value, '__name__', value)}" for key, value in metric.keywords.items()]
        return f"{metric_name(metric.func)}({', '.join(given)})" if given else metric_name(metric.func)
    name = getattr(metric, "__name__", None) or getattr(metric, "name", None)
    name = name if isinstance(name, str) and name else type(metric).__name__
    return "metric" if name == "<lambda>" else name


def metric_names(metrics: Sequence[Callable[..., object]]) -> tuple[str, ...]:
    """One name per metric, no two alike and none that the epoch table already uses."""
    names: list[str] = []
    for metric in metrics:
        name, number = metric_name(metric), 2
        taken = {"epoch", "train_loss", "valid_loss", "time", *names}
        while name in taken:
            name, number = f"{metric_name(metric)} {number}", number + 1
        names.append(name)
    return tuple(names)


def without_nan(preds: Tensor) -> Tensor:
    """Which rows hold no nan, (n,) bool."""
    return ~preds.isnan().any(dim=1)


def _as_tensor(values: Tensor | np.ndarray) -> Tensor:
    # Copied from NumPy: an array from a read-only memory map cannot be shared with torch.
    return values.detach().cpu() if isinstance(values, Tensor) else torch.tensor(np.array(values))


def checked(who: str, preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> tuple[Tensor, Tensor]:
    """Both as tensors on the CPU (float and int64), once they are known to fit each other."""
    preds, targets = _as_tensor(preds), _as_tensor(targets)
    if preds.ndim != 2 or not preds.numel():
        raise BadValue(
            f"{who}: the predictions have shape {tuple(preds.shape)}; expected (n, c), one row per "
            "picture and one column per class. Check that the loader has pictures."
        )
    return preds if preds.is_floating_point() else preds.float(), check_targets(who, targets, *preds.shape)

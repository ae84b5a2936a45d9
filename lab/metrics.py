"""Metrics: what people read, computed from predictions and targets; never differentiated.

A metric is a function `(preds (n, c), targets (n,)) -> float`, and its `__name__` heads its column.
Predictions are probabilities; for accuracies activations do as well. Tensors and arrays are taken.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

Metric = Callable[[Tensor | np.ndarray, Tensor | np.ndarray], float]


def accuracy(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
    """The share of rows whose largest entry is the target's, 0..1.

    preds: (n, c) float. targets: (n,) integers in [0, c). Of equal entries the first counts, and
    a row with a nan in it counts as wrong, so that a run that diverged shows no luck.
    Raises ValueError for no rows or shapes that do not fit, TypeError for targets that are not
    integers, IndexError for a target outside the classes.
    """
    preds, targets = _checked("accuracy", preds, targets)
    right = (preds.argmax(dim=1) == targets) & _without_nan(preds)
    return right.double().mean().item()


def error_rate(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
    """1 - `accuracy`: the share of rows that are wrong, 0..1. Takes and raises what it does."""
    preds, targets = _checked("error_rate", preds, targets)
    return 1 - accuracy(preds, targets)


def top_k_accuracy(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray, k: int = 5) -> float:
    """The share of rows whose target is among the k largest entries, 0..1.

    preds: (n, c) float. targets: (n,) integers in [0, c). k=1 is `accuracy`, ties included.
    Raises as `accuracy`, and ValueError for k outside 1..c.
    """
    preds, targets = _checked("top_k_accuracy", preds, targets)
    classes = preds.shape[1]
    if not 1 <= k <= classes:
        raise ValueError(f"top_k_accuracy: k={k} with {classes} classes. Choose a k from 1 to {classes}.")
    best = preds.argsort(dim=1, descending=True, stable=True)[:, :k]
    right = (best == targets.unsqueeze(1)).any(dim=1) & _without_nan(preds)
    return right.double().mean().item()


def top_k(k: int) -> Metric:
    """`top_k_accuracy` for one k, as a metric with a name of its own: "top_5_accuracy" for 5.

    Raises ValueError for k below 1 at once, and for k above the number of classes when called.
    """
    if k < 1:
        raise ValueError(f"top_k: k={k}. Choose a k of 1 or more.")

    def metric(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
        return top_k_accuracy(preds, targets, k)

    metric.__name__ = metric.__qualname__ = f"top_{k}_accuracy"
    metric.__doc__ = f"The share of rows whose target is among the {k} largest entries, 0..1."
    return metric


def log_loss(probs: Tensor | np.ndarray, targets: Tensor | np.ndarray, eps: float | None = None) -> float:
    """The mean of minus the log of the right class's probability: cross-entropy on probabilities.

    probs: (n, c) float, rows summing to 1. targets: (n,) integers in [0, c). Probabilities are
    clipped to eps..1-eps, so that one confident mistake costs a finite sum; eps is by default
    the resolution of the number type (1.2e-07 for float32). Same definition as scikit-learn's.
    Raises as `accuracy`, and ValueError where the rows are no probabilities. nan gives nan.
    """
    probs, targets = _checked("log_loss", probs, targets)
    resolution = torch.finfo(probs.dtype).eps
    eps = resolution if eps is None else eps
    probs = probs.double()
    sums = probs.sum(dim=1)
    # Written so that nan passes: a run that diverged shall show nan, not stop with an error.
    if probs.min() < 0 or ((sums - 1).abs() > resolution**0.5).any():
        raise ValueError(
            f"log_loss: the entries start at {probs.min():.4g} and the rows sum to "
            f"{sums.min():.4g} to {sums.max():.4g}; expected probabilities that sum to 1. "
            "Put activations through `softmax` first."
        )
    of_the_right_class = probs.gather(1, targets.unsqueeze(1)).clamp(eps, 1 - eps)
    return -of_the_right_class.log().mean().item()


def confusion_matrix(
    targets: Tensor | np.ndarray, preds: Tensor | np.ndarray, classes: int | None = None
) -> np.ndarray:
    """(classes, classes) int64: how many items of the row's class were taken for the column's.

    targets, preds: (n,) integers, class numbers from 0. classes: how many there are; up to the largest
    number that came when not given. Raises ValueError for lengths that differ or no items, and for
    a class number outside; TypeError for anything but integers.
    """
    targets, preds = (np.asarray(_as_tensor(values)) for values in (targets, preds))
    if targets.ndim != 1 or targets.shape != preds.shape or not len(targets):
        raise ValueError(
            f"confusion_matrix: targets of shape {targets.shape} and preds of shape {preds.shape} came; "
            "expected two of the same length (n,), one class number an item."
        )
    if targets.dtype.kind not in "iu" or preds.dtype.kind not in "iu":
        raise TypeError(
            f"confusion_matrix: {targets.dtype} and {preds.dtype} came; expected class numbers as integers. "
            "Take the argmax of probabilities first."
        )
    lowest, highest = min(targets.min(), preds.min()), max(targets.max(), preds.max())
    classes = int(highest) + 1 if classes is None else classes
    if lowest < 0 or highest >= classes:
        outside = lowest if lowest < 0 else highest
        raise ValueError(f"confusion_matrix: class number {outside} is outside 0 to {classes - 1}.")
    return np.bincount(targets * classes + preds, minlength=classes * classes).reshape(classes, classes)


def _without_nan(preds: Tensor) -> Tensor:
    return ~preds.isnan().any(dim=1)


def _as_tensor(values: Tensor | np.ndarray) -> Tensor:
    # Copied from NumPy: an array from a read-only memory map cannot be shared with torch.
    return values.detach().cpu() if isinstance(values, Tensor) else torch.tensor(np.array(values))


def _checked(who: str, preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> tuple[Tensor, Tensor]:
    """Both as tensors on the CPU (float and int64), once they are known to fit each other."""
    preds, targets = _as_tensor(preds), _as_tensor(targets)
    if preds.ndim != 2:
        raise ValueError(
            f"{who}: the predictions have shape {tuple(preds.shape)}; expected (n, c), one row a "
            "picture and one column a class."
        )
    items, classes = preds.shape
    if targets.shape != (items,):
        raise ValueError(
            f"{who}: {items} rows of predictions came with targets of shape "
            f"{tuple(targets.shape)}; expected ({items},), one class number a row."
        )
    if items == 0 or classes == 0:
        raise ValueError(
            f"{who}: the predictions have shape {tuple(preds.shape)}, so there is nothing to "
            "measure. Check that the loader has pictures."
        )
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise TypeError(f"{who}: the targets have type {targets.dtype}; expected class numbers as integers.")
    lowest, highest = (int(edge) for edge in torch.aminmax(targets))
    if lowest < 0 or highest >= classes:
        raise IndexError(
            f"{who}: target {lowest if lowest < 0 else highest} is outside the {classes} classes "
            f"0 to {classes - 1}. Check the vocab; unlabelled pictures carry -1 and have no score."
        )
    return preds if preds.is_floating_point() else preds.float(), targets.long()

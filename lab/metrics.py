"""The metrics of the lab: those of the core, scores of scikit-learn, and the confusion matrix."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.core.metrics import *  # noqa: F403
from lab.core.metrics import Metric, checked, metric_name, without_nan


def top_k_accuracy(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray, k: int = 5) -> float:
    """Return the share of rows whose target is among the k largest entries.

    Parameters
    ----------
    preds : Tensor or array of shape (n, c)
        Probabilities or activations.
    targets : Tensor or array of shape (n,)
        Class numbers in [0, c).
    k : int
        In 1..c. k=1 is `accuracy`, ties included.

    Returns
    -------
    float
        In 0..1.

    Raises
    ------
    ValueError, TypeError, IndexError
        As `accuracy`; ValueError also for k outside 1..c.

    Examples
    --------
    >>> lab.top_k_accuracy(torch.tensor([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]), torch.tensor([1, 2]), k=2)
    0.5
    """
    preds, targets = checked("top_k_accuracy", preds, targets)
    classes = preds.shape[1]
    if not 1 <= k <= classes:
        raise BadValue(f"top_k_accuracy: k={k} with {classes} classes. Choose a k from 1 to {classes}.")
    best = preds.argsort(dim=1, descending=True, stable=True)[:, :k]
    right = (best == targets.unsqueeze(1)).any(dim=1) & without_nan(preds)
    return right.double().mean().item()


def top_k(k: int) -> Metric:
    """Return `top_k_accuracy` for one k, as a metric with a name of its own: "top_5_accuracy" for 5.

    Parameters
    ----------
    k : int
        1 or more.

    Returns
    -------
    function
        Takes (predictions, targets) and returns a float.

    Raises
    ------
    ValueError
        For k below 1 at once; for k above the number of classes when it is called.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.top_k(2))
    >>> list(learn.validate())
    ['loss', 'top_2_accuracy']
    """
    if k < 1:
        raise BadValue(f"top_k: k={k}. Choose a k of 1 or more.")

    def metric(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
        return top_k_accuracy(preds, targets, k)

    metric.__name__ = metric.__qualname__ = f"top_{k}_accuracy"
    metric.__doc__ = f"The share of rows whose target is among the {k} largest entries, 0..1."
    return metric


def log_loss(probs: Tensor | np.ndarray, targets: Tensor | np.ndarray, eps: float | None = None) -> float:
    """Return the mean of minus the log of the right class's probability: cross-entropy on probabilities.

    Parameters
    ----------
    probs : Tensor or array of shape (n, c)
        Probabilities, rows summing to 1. They are clipped to eps..1-eps, so that one confident mistake costs
        a finite sum. nan gives nan.
    targets : Tensor or array of shape (n,)
        Class numbers in [0, c).
    eps : float, optional
        By default the resolution of the number type (1.2e-07 for float32).

    Returns
    -------
    float

    Raises
    ------
    ValueError, TypeError, IndexError
        As `accuracy`; ValueError also where the rows are not probabilities.

    Notes
    -----
    Same definition as scikit-learn's.

    Examples
    --------
    >>> lab.log_loss(torch.tensor([[0.5, 0.5], [0.5, 0.5]]), torch.tensor([0, 1]))
    0.693...
    """
    probs, targets = checked("log_loss", probs, targets)
    resolution = torch.finfo(probs.dtype).eps
    eps = resolution if eps is None else eps
    probs = probs.double()
    sums = probs.sum(dim=1)
    # Written so that nan passes: a run that diverged should show nan, not stop with an error.
    if probs.min() < 0 or ((sums - 1).abs() > resolution**0.5).any():
        raise BadValue(
            f"log_loss: the entries start at {probs.min():.4g} and the rows sum to "
            f"{sums.min():.4g} to {sums.max():.4g}; expected probabilities that sum to 1. "
            "Put activations through `softmax` first."
        )
    of_the_right_class = probs.gather(1, targets.unsqueeze(1)).clamp(eps, 1 - eps)
    return -of_the_right_class.log().mean().item()


def from_sklearn(score: Callable[..., float], probabilities: bool = False, **options: Any) -> Metric:
    """Return a score of scikit-learn, `score(targets, predictions, **options)`, as a metric.

    Parameters
    ----------
    score : function
        Of `sklearn.metrics`, such as `f1_score`.
    probabilities : bool
        Give it the probabilities, as `roc_auc_score` and `log_loss` want them (for two classes those of the
        second), instead of the predicted class numbers.
    **options
        Passed on to the score.

    Returns
    -------
    function
        Takes (predictions, targets) and returns a float.

    Raises
    ------
    TypeError
        For anything that is not a function.

    Examples
    --------
    >>> from sklearn.metrics import f1_score
    >>> learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.from_sklearn(f1_score, average="macro"))
    >>> list(learn.validate())
    ['loss', 'f1_score(average=macro)']
    """
    if not callable(score):
        raise BadType(f"from_sklearn: got {score!r}. Give a function of sklearn.metrics, such as f1_score.")

    def metric(preds: Tensor | np.ndarray, targets: Tensor | np.ndarray) -> float:
        probs, labels = _array(preds), _array(targets)
        if probabilities:
            # Rows must sum to 1 more exactly than float32 does.
            probs = probs.astype(np.float64) / probs.sum(axis=1, keepdims=True, dtype=np.float64)
            return float(score(labels, probs[:, 1] if probs.shape[1] == 2 else probs, **options))
        return float(score(labels, probs.argmax(axis=1), **options))

    metric.__name__ = metric.__qualname__ = metric_name(partial(score, **options))
    return metric


def confusion_matrix(
    targets: Tensor | np.ndarray, preds: Tensor | np.ndarray, classes: int | None = None
) -> np.ndarray:
    """Return how many items of the row's class were taken for the column's.

    Parameters
    ----------
    targets, preds : Tensor or array of shape (n,)
        Class numbers from 0, as integers.
    classes : int, optional
        How many there are; one more than the largest number when not given.

    Returns
    -------
    array of shape (classes, classes)
        Counts, int64.

    Raises
    ------
    ValueError
        For lengths that differ, no items, or a class number outside.
    TypeError
        For anything but integers.

    Examples
    --------
    >>> lab.confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]))
    array([[1, 1],
           [0, 1]])
    """
    targets, preds = (_array(values) for values in (targets, preds))
    if targets.ndim != 1 or targets.shape != preds.shape or not len(targets):
        raise BadValue(
            f"confusion_matrix: got targets of shape {targets.shape} and preds of shape {preds.shape}; "
            "expected two of the same length (n,), one class number per item."
        )
    if targets.dtype.kind not in "iu" or preds.dtype.kind not in "iu":
        raise BadType(
            f"confusion_matrix: got {targets.dtype} and {preds.dtype}; expected class numbers as integers. "
            "Take the argmax of probabilities first."
        )
    lowest, highest = min(targets.min(), preds.min()), max(targets.max(), preds.max())
    classes = int(highest) + 1 if classes is None else classes
    if lowest < 0 or highest >= classes:
        outside = lowest if lowest < 0 else highest
        raise BadValue(f"confusion_matrix: class number {outside} is outside 0 to {classes - 1}.")
    return np.bincount(targets * classes + preds, minlength=classes * classes).reshape(classes, classes)


def _array(values: Tensor | np.ndarray) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)

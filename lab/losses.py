"""The losses of the lessons: those of the core, and the forms that teach and that no learner uses.

The naive forms stand beside the stable ones of `lab.core.losses`, to show where they break; `mnist_loss` and
`binary_loss` are where the two courses begin.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lab.core.errors import BadValue
from lab.core.losses import *  # noqa: F403

_LOWEST_LOG = -100.0  # what torch's binary cross-entropy takes for log(0)


def softmax_naive(x: Tensor, dim: int = 1) -> Tensor:
    """Return the softmax as the lesson writes it; an activation above 88 (float32) overflows and gives nan.

    Parameters
    ----------
    x : Tensor
        Float activations of any shape.
    dim : int
        The dimension along which the probabilities sum to 1.

    Returns
    -------
    Tensor
        Of the same shape.

    Examples
    --------
    >>> lab.softmax_naive(torch.tensor([[1.0, 1.0], [100.0, 0.0]]))
    tensor([[0.5000, 0.5000],
            [   nan, 0.0000]])
    """
    return torch.exp(x) / torch.exp(x).sum(dim=dim, keepdim=True)


def log_softmax_naive(x: Tensor, dim: int = 1) -> Tensor:
    """Return the log of the naive softmax: -inf where the probability is too small for the number type.

    Parameters
    ----------
    x : Tensor
        Float activations of any shape.
    dim : int
        The dimension along which the probabilities sum to 1.

    Returns
    -------
    Tensor
        Of the same shape.

    Examples
    --------
    >>> lab.log_softmax_naive(torch.tensor([[0.0, -200.0]]))
    tensor([[0., -inf]])
    """
    return torch.log(softmax_naive(x, dim))


def sigmoid(x: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-x)), each number by itself: the softmax of x against 0.

    It is written as that softmax, so that neither value nor gradient overflows for large numbers of either
    sign.

    Parameters
    ----------
    x : Tensor
        Float activations of any shape.

    Returns
    -------
    Tensor
        Of the same shape, all values in 0..1.

    Notes
    -----
    Same as torch's.

    Examples
    --------
    >>> lab.sigmoid(torch.tensor([0.0, 100.0]))
    tensor([0.5000, 1.0000])
    """
    top = torch.where(x > 0, x, torch.zeros_like(x)).detach()
    exps = torch.exp(x - top)
    return exps / (exps + torch.exp(-top))


def mnist_loss(inputs: Tensor, targets: Tensor) -> Tensor:
    """Return the two-class loss before any log: how far each sigmoid is from its target, on average.

    Parameters
    ----------
    inputs : Tensor
        Float activations of any shape. The sigmoid is applied here.
    targets : Tensor
        0 or 1, of the same shape.

    Returns
    -------
    Tensor
        A scalar.

    Raises
    ------
    ValueError
        For differing shapes, which would broadcast in silence.

    Notes
    -----
    Lesson: "Log likelihood", where it is the starting point.

    Examples
    --------
    >>> lab.mnist_loss(torch.tensor([0.0, 100.0]), torch.tensor([1, 1]))
    tensor(0.2500)
    """
    _check_same_shape("mnist_loss", "inputs", inputs, targets)
    probs = sigmoid(inputs)
    return torch.where(targets == 1, 1 - probs, probs).mean()


def binary_loss(
    y: Tensor | np.ndarray | Sequence[float], p: Tensor | np.ndarray | Sequence[float]
) -> Tensor | float:
    """Return the binary cross-entropy of probabilities: the mean of -(y log p + (1 - y) log(1 - p)).

    Parameters
    ----------
    y : Tensor, array or list
        Labels 0 or 1.
    p : Tensor, array or list
        Probabilities that the label is 1, of the same shape.

    Returns
    -------
    Tensor or float
        A scalar tensor when one of them is a tensor, else a float. log(0) counts as -100, as in torch.

    Raises
    ------
    ValueError
        For differing shapes, or p outside 0..1.

    Notes
    -----
    Lesson of 2018: "Analyzing results: loss and accuracy". Same as torch's binary_cross_entropy.

    Examples
    --------
    >>> lab.binary_loss([1, 0], [0.9, 0.1])
    0.105...
    """
    with_tensors = isinstance(y, Tensor) or isinstance(p, Tensor)
    probs = p if isinstance(p, Tensor) else torch.tensor(np.asarray(p, dtype=np.float64))
    labels = y if isinstance(y, Tensor) else torch.tensor(np.asarray(y))
    labels = labels.to(probs)
    _check_same_shape("binary_loss", "y", labels, probs)
    if ((probs < 0) | (probs > 1)).any():
        raise BadValue(
            f"binary_loss: p runs from {probs.min():g} to {probs.max():g}; probabilities lie in "
            "0..1. Put activations through `sigmoid` first."
        )
    loss = -(labels * _floored_log(probs) + (1 - labels) * _floored_log(1 - probs)).mean()
    return loss if with_tensors else loss.item()


def _floored_log(p: Tensor) -> Tensor:
    # log(0) is never computed, so that its infinite gradient cannot turn into nan.
    positive = p > 0
    logs = torch.log(torch.where(positive, p, torch.ones_like(p))).clamp(min=_LOWEST_LOG)
    return torch.where(positive, logs, torch.full_like(p, _LOWEST_LOG))


def _check_same_shape(who: str, name: str, first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape:
        raise BadValue(
            f"{who}: {name} has shape {tuple(first.shape)}, the other {tuple(second.shape)}. "
            "Give both the same shape, e.g. with .squeeze(1) or .unsqueeze(1)."
        )

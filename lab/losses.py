"""Losses from the ground up: softmax, log, negative log likelihood, and cross-entropy as their sum.

Each is written with exp, log, sum, max, where and indexing, and equals PyTorch's own in value and
in gradient. The naive forms of the lesson stand beside the stable ones, to show where they break.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

REDUCTIONS = ("mean", "sum", "none")
_LOWEST_LOG = -100.0  # what torch's binary cross-entropy takes for log(0)


def softmax_naive(x: Tensor, dim: int = 1) -> Tensor:
    """Softmax as the lesson writes it; an activation above 88 (float32) overflows and gives nan."""
    return torch.exp(x) / torch.exp(x).sum(dim=dim, keepdim=True)


def log_softmax_naive(x: Tensor, dim: int = 1) -> Tensor:
    """The log of the naive softmax: -inf where the probability is too small for the number type."""
    return torch.log(softmax_naive(x, dim))


def softmax(x: Tensor, dim: int = 1) -> Tensor:
    """Activations turned into probabilities: positive, summing to 1 along `dim`.

    x: float, any shape; returns the same shape. The largest activation is taken off first, which
    changes nothing in the quotient and keeps exp at or below 1. Lesson: "Softmax"; same as torch's.
    """
    exps = torch.exp(_below_its_maximum(x, dim))
    return exps / exps.sum(dim=dim, keepdim=True)


def log_softmax(x: Tensor, dim: int = 1) -> Tensor:
    """The log of the softmax in one go, exact also where the probability itself would be 0.

    x: float, any shape; returns the same shape, all values at or below 0. It uses
    log(a / b) = log(a) - log(b), and log(exp(x)) = x. Lesson: "Taking the log"; same as torch's.
    """
    shifted = _below_its_maximum(x, dim)
    return shifted - torch.log(torch.exp(shifted).sum(dim=dim, keepdim=True))


def nll_loss(log_probs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Negative log likelihood: minus the entry of the right class. It does not take the log itself.

    log_probs: (n, c) float, each row already log-softmaxed. targets: (n,) integers in [0, c).
    Returns a scalar, or (n,) for reduction="none"; the mean of no items is nan, as in torch.
    Raises ValueError for any other reduction or for shapes that do not fit, TypeError for targets
    that are not integers, IndexError for a target outside the classes (on a CUDA device the
    indexing kernel refuses it instead, later and in its own words: a check here would make every
    step wait for the device). Lesson: "Log likelihood"; same as torch's without class weights.
    """
    _check_reduction("nll_loss", reduction)
    targets = _checked_targets("nll_loss", log_probs, targets)
    return _reduced(_minus_the_right_column(log_probs, targets), reduction)


def cross_entropy(
    acts: Tensor, targets: Tensor, reduction: str = "mean", label_smoothing: float = 0.0
) -> Tensor:
    """Cross-entropy: `log_softmax`, then `nll_loss`.

    acts: (n, c) float activations; half precision is computed, and returned, in float32 (as
    autocast does). targets: (n,) integers in [0, c). Returns a scalar, or (n,) for
    reduction="none". label_smoothing e in 0..1 aims at 1 - e + e/c for the right class and at e/c
    for each other one (Szegedy et al. 2015, arXiv:1512.00567). Raises as `nll_loss`, and
    ValueError for smoothing outside 0..1. Same as torch's without class weights.
    """
    _check_reduction("cross_entropy", reduction)
    _check_smoothing(label_smoothing)
    targets = _checked_targets("cross_entropy", acts, targets)
    if acts.dtype in (torch.float16, torch.bfloat16):
        acts = acts.float()
    log_probs = log_softmax(acts)
    losses = _minus_the_right_column(log_probs, targets)
    if label_smoothing:
        evenly = -log_probs.sum(dim=1) / acts.shape[1]
        losses = (1 - label_smoothing) * losses + label_smoothing * evenly
    return _reduced(losses, reduction)


@dataclass
class CrossEntropyLoss:
    """`cross_entropy` as a class: an instance keeps its options and is called like a function.

    Raises ValueError for an unknown reduction or smoothing outside 0..1, at once.
    """

    reduction: str = "mean"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        _check_reduction("CrossEntropyLoss", self.reduction)
        _check_smoothing(self.label_smoothing)

    def __call__(self, acts: Tensor, targets: Tensor) -> Tensor:
        """acts: (n, c) float. targets: (n,) integers. Returns what `cross_entropy` returns."""
        return cross_entropy(acts, targets, self.reduction, self.label_smoothing)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), each number by itself: the softmax of x against 0. Any shape; as torch's.

    Written as that softmax, so that neither value nor gradient overflows for a large |x|.
    """
    top = torch.where(x > 0, x, torch.zeros_like(x)).detach()
    exps = torch.exp(x - top)
    return exps / (exps + torch.exp(-top))


def mnist_loss(inputs: Tensor, targets: Tensor) -> Tensor:
    """The two-class loss before any log: how far each sigmoid is from its target, on average.

    inputs: float activations (the sigmoid is applied here). targets: 0 or 1, of the same shape.
    Returns a scalar. Raises ValueError for differing shapes, which would broadcast in silence.
    Lesson: "Log likelihood", where it is the starting point.
    """
    _check_same_shape("mnist_loss", "inputs", inputs, targets)
    probs = sigmoid(inputs)
    return torch.where(targets == 1, 1 - probs, probs).mean()


def binary_loss(
    y: Tensor | np.ndarray | Sequence[float], p: Tensor | np.ndarray | Sequence[float]
) -> Tensor | float:
    """Binary cross-entropy of probabilities: the mean of -(y log p + (1 - y) log(1 - p)).

    y: labels 0 or 1. p: probabilities that the label is 1, of the same shape; tensors, arrays or
    lists. Returns a scalar tensor when one of them is a tensor, else a float. log(0) counts as
    -100, as in torch. Raises ValueError for differing shapes or p outside 0..1. Lesson of 2018:
    "Analyzing results: loss and accuracy"; same as torch's binary_cross_entropy.
    """
    with_tensors = isinstance(y, Tensor) or isinstance(p, Tensor)
    probs = p if isinstance(p, Tensor) else torch.tensor(np.asarray(p, dtype=np.float64))
    labels = y if isinstance(y, Tensor) else torch.tensor(np.asarray(y))
    labels = labels.to(probs)
    _check_same_shape("binary_loss", "y", labels, probs)
    if ((probs < 0) | (probs > 1)).any():
        raise ValueError(
            f"binary_loss: p runs from {probs.min():g} to {probs.max():g}; probabilities lie in "
            "0..1. Put activations through `sigmoid` first."
        )
    loss = -(labels * _floored_log(probs) + (1 - labels) * _floored_log(1 - probs)).mean()
    return loss if with_tensors else loss.item()


def _below_its_maximum(x: Tensor, dim: int) -> Tensor:
    # Any constant per row gives the same softmax, so no gradient has to flow through the maximum.
    return x - x.detach().amax(dim=dim, keepdim=True)


def _minus_the_right_column(log_probs: Tensor, targets: Tensor) -> Tensor:
    # The lesson's log_probs[range(n), targets]; gather also refuses negative targets on a device,
    # which indexing would count from the last class.
    return -log_probs.gather(1, targets.unsqueeze(1)).squeeze(1)


def _reduced(losses: Tensor, reduction: str) -> Tensor:
    if reduction == "mean":
        return losses.mean()
    return losses.sum() if reduction == "sum" else losses


def _floored_log(p: Tensor) -> Tensor:
    # log(0) is never computed, so that its infinite gradient cannot turn into nan.
    positive = p > 0
    logs = torch.log(torch.where(positive, p, torch.ones_like(p))).clamp(min=_LOWEST_LOG)
    return torch.where(positive, logs, torch.full_like(p, _LOWEST_LOG))


def _check_reduction(who: str, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise ValueError(f"{who}: reduction={reduction!r}. Choose 'mean', 'sum' or 'none'.")


def _check_smoothing(label_smoothing: float) -> None:
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: label_smoothing={label_smoothing!r}. Choose a number in 0..1.")


def _check_same_shape(who: str, name: str, first: Tensor, second: Tensor) -> None:
    if first.shape != second.shape:
        raise ValueError(
            f"{who}: {name} has shape {tuple(first.shape)}, the other {tuple(second.shape)}. "
            "Give both the same shape, e.g. with .squeeze(1) or .unsqueeze(1)."
        )


def _checked_targets(who: str, scores: Tensor, targets: Tensor) -> Tensor:
    """`targets` as int64, once they are known to fit `scores`."""
    if scores.ndim != 2 or not scores.is_floating_point():
        raise ValueError(
            f"{who}: the first argument has shape {tuple(scores.shape)} and type {scores.dtype}; "
            "expected floats of shape (n, c), one row a picture and one column a class."
        )
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise TypeError(
            f"{who}: the targets have type {targets.dtype}; expected class numbers as int64. "
            "Use targets.long()."
        )
    items, classes = scores.shape
    if targets.shape != (items,):
        raise ValueError(
            f"{who}: the targets have shape {tuple(targets.shape)}; expected ({items},), one class "
            "number a row."
        )
    if targets.device.type != "cuda" and items:
        lowest, highest = (int(edge) for edge in torch.aminmax(targets))
        if lowest < 0 or highest >= classes:
            outside = lowest if lowest < 0 else highest
            raise IndexError(
                f"{who}: target {outside} is outside the {classes} classes 0 to {classes - 1}. "
                "Check the vocab; unlabelled pictures carry -1 and have no loss."
            )
    return targets.long()

"""Losses from the ground up: softmax, log, negative log likelihood, and cross-entropy as their sum.

Each is written with exp, log, sum, max, where and indexing, and equals PyTorch's own in value and
in gradient. `lab/losses.py` has the forms that a lesson needs and no learner uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lab.core.checks import check_targets
from lab.core.errors import BadValue

REDUCTIONS = ("mean", "sum", "none")


def softmax(x: Tensor, dim: int = 1) -> Tensor:
    """Activations turned into probabilities: positive, summing to 1 along `dim`.

    x: float, any shape; returns the same shape. The largest activation is subtracted first, which
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
    targets, _ = _checked_targets("nll_loss", log_probs, targets)
    return _reduced(_minus_the_right_column(log_probs, targets), reduction)


def cross_entropy(
    acts: Tensor,
    targets: Tensor,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    weight: Tensor | Sequence[float] | None = None,
    ignore_index: int = -100,
) -> Tensor:
    """Cross-entropy: `log_softmax`, then `nll_loss`.

    acts: (n, c) float activations; half precision is computed, and returned, in float32 (as
    autocast does). targets: (n,) integers in [0, c). Returns a scalar, or (n,) for
    reduction="none". label_smoothing e in 0..1 aims at 1 - e + e/c for the right class and at e/c
    for each other one (Szegedy et al. 2015, arXiv:1512.00567). weight: (c,) importance of each
    class; "mean" then divides by the weights of the targets instead of n. ignore_index: a target
    that counts for nothing. Raises as `nll_loss`, and ValueError for smoothing outside 0..1 or
    another number of weights. Same as torch's.
    """
    _check_reduction("cross_entropy", reduction)
    _check_smoothing(label_smoothing)
    targets, counted = _checked_targets("cross_entropy", acts, targets, ignore_index)
    if acts.dtype in (torch.float16, torch.bfloat16):
        acts = acts.float()
    log_probs = log_softmax(acts)
    weights = _class_weights(weight, acts)
    losses = _minus_the_right_column(log_probs, targets)
    shares = None if weights is None else weights[targets]
    if shares is not None:
        losses = losses * shares
    if label_smoothing:
        every = log_probs if weights is None else log_probs * weights
        evenly = -every.sum(dim=1) / acts.shape[1]
        losses = (1 - label_smoothing) * losses + label_smoothing * evenly
    if counted is not None:
        losses = torch.where(counted, losses, torch.zeros_like(losses))
        shares = counted.to(losses) if shares is None else shares * counted
    if reduction == "mean" and shares is not None:
        return losses.sum() / shares.sum()
    return _reduced(losses, reduction)


@dataclass
class CrossEntropyLoss:
    """`cross_entropy` as a class: an instance keeps its options and is called like a function.

    weight: (c,) importance of each class, a tensor or a sequence. ignore_index: a target that counts
    for nothing. Raises ValueError for an unknown reduction or smoothing outside 0..1, at once.
    """

    reduction: str = "mean"
    label_smoothing: float = 0.0
    weight: Tensor | Sequence[float] | None = None
    ignore_index: int = -100

    def __post_init__(self) -> None:
        _check_reduction("CrossEntropyLoss", self.reduction)
        _check_smoothing(self.label_smoothing)
        if self.weight is not None and not isinstance(self.weight, Tensor):
            self.weight = torch.tensor(np.asarray(self.weight), dtype=torch.float32)

    def __call__(self, acts: Tensor, targets: Tensor) -> Tensor:
        """acts: (n, c) float. targets: (n,) integers. Returns what `cross_entropy` returns."""
        return cross_entropy(acts, targets, **vars(self))

    def to(self, device: torch.device | str) -> "CrossEntropyLoss":
        """Move the class weights to a device, as a module of torch does; returns the loss itself."""
        if self.weight is not None:
            self.weight = torch.as_tensor(self.weight).to(device)
        return self


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


def _check_reduction(who: str, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise BadValue(f"{who}: reduction={reduction!r}. Choose 'mean', 'sum' or 'none'.")


def _check_smoothing(label_smoothing: float) -> None:
    if not 0 <= label_smoothing <= 1:
        raise BadValue(f"cross_entropy: label_smoothing={label_smoothing!r}. Choose a number in 0..1.")


def _class_weights(weight: Tensor | Sequence[float] | None, acts: Tensor) -> Tensor | None:
    if weight is None:
        return None
    weight = torch.as_tensor(weight)
    if tuple(weight.shape) != (acts.shape[1],):
        raise BadValue(f"cross_entropy: {len(weight)} weights for {acts.shape[1]} classes. Give one each.")
    return weight.to(acts)


def _checked_targets(
    who: str, scores: Tensor, targets: Tensor, ignore_index: int | None = None
) -> tuple[Tensor, Tensor | None]:
    """`targets` as int64, once they are known to fit `scores`, and which of them count (None: all)."""
    if scores.ndim != 2 or not scores.is_floating_point():
        raise BadValue(
            f"{who}: the first argument has shape {tuple(scores.shape)} and type {scores.dtype}; "
            "expected floats of shape (n, c), one row per picture and one column per class."
        )
    ignored = targets == ignore_index if ignore_index is not None else None
    if ignored is None or (targets.device.type != "cuda" and not ignored.any()):
        return check_targets(who, targets, *scores.shape), None
    return check_targets(who, targets.masked_fill(ignored, 0), *scores.shape), ~ignored

"""Losses from the ground up: softmax, log, negative log likelihood, and cross-entropy as their sum.

Each is written with exp, log, sum, max, where and indexing, and equals PyTorch's own in value and
in gradient. `lab/losses.py` has the forms that a lesson needs and no learner uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lab.core.checks import check_reduction, check_smoothing, checked_targets, class_weights


def softmax(x: Tensor, dim: int = 1) -> Tensor:
    """Return activations as probabilities: positive, summing to 1 along `dim`.

    The largest activation is subtracted first: that changes nothing in the quotient and keeps exp at or
    below 1.

    Parameters
    ----------
    x : Tensor
        Float activations of any shape.
    dim : int
        The dimension along which they sum to 1.

    Returns
    -------
    Tensor
        Of the same shape.

    Notes
    -----
    Lesson: "Softmax". Same as torch's.

    Examples
    --------
    >>> lab.softmax(torch.tensor([[1.0, 1.0]]))
    tensor([[0.5000, 0.5000]])
    """
    exps = torch.exp(_below_its_maximum(x, dim))
    return exps / exps.sum(dim=dim, keepdim=True)


def log_softmax(x: Tensor, dim: int = 1) -> Tensor:
    """Return the log of the softmax in one go, exact also where the probability itself would be 0.

    Parameters
    ----------
    x : Tensor
        Float activations of any shape.
    dim : int
        The dimension along which the probabilities sum to 1.

    Returns
    -------
    Tensor
        Of the same shape, all values at or below 0.

    Notes
    -----
    It uses log(a / b) = log(a) - log(b), and log(exp(x)) = x. Lesson: "Taking the log". Same as torch's.

    Examples
    --------
    >>> lab.log_softmax(torch.tensor([[0.0, 200.0]]))
    tensor([[-200.,    0.]])
    """
    shifted = _below_its_maximum(x, dim)
    return shifted - torch.log(torch.exp(shifted).sum(dim=dim, keepdim=True))


def nll_loss(log_probs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Return the negative log likelihood: minus the entry of the right class.

    It does not take the log itself.

    Parameters
    ----------
    log_probs : Tensor of shape (n, c)
        Floats, each row already log-softmaxed.
    targets : Tensor of shape (n,)
        Class numbers in [0, c).
    reduction : str
        "mean", "sum" or "none".

    Returns
    -------
    Tensor
        A scalar, or (n,) for "none". The mean of no items is nan, as in torch.

    Raises
    ------
    ValueError
        For any other reduction, or shapes that do not fit.
    TypeError
        For targets that are not integers.
    IndexError
        For a target outside the classes. On a CUDA device the indexing kernel refuses it instead, later and
        in its own words: a check would make every step wait for the device.

    Notes
    -----
    Lesson: "Log likelihood". Same as torch's without class weights.

    Examples
    --------
    >>> lab.nll_loss(torch.tensor([[-0.5, -0.9], [-2.5, -0.1]]), torch.tensor([0, 0]))
    tensor(1.5000)
    """
    check_reduction("nll_loss", reduction)
    targets, _ = checked_targets("nll_loss", log_probs, targets)
    return _reduced(_minus_the_right_column(log_probs, targets), reduction)


def cross_entropy(
    acts: Tensor,
    targets: Tensor,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    weight: Tensor | Sequence[float] | None = None,
    ignore_index: int = -100,
) -> Tensor:
    """Return the cross-entropy of activations: `log_softmax`, then `nll_loss`.

    Parameters
    ----------
    acts : Tensor of shape (n, c)
        Float activations. Half precision is computed, and returned, in float32, as autocast does.
    targets : Tensor of shape (n,)
        Class numbers in [0, c).
    reduction : str
        "mean", "sum" or "none".
    label_smoothing : float
        e in 0..1 aims at 1 - e + e/c for the right class and at e/c for each other one.
    weight : Tensor or sequence of shape (c,), optional
        The importance of each class; "mean" then divides by the weights of the targets instead of n.
    ignore_index : int
        A target that counts for nothing.

    Returns
    -------
    Tensor
        A scalar, or (n,) for "none".

    Raises
    ------
    ValueError, TypeError, IndexError
        As `nll_loss`; ValueError also for smoothing outside 0..1 or another number of weights.

    Notes
    -----
    Same as torch's. Label smoothing: Szegedy et al. 2015, arXiv:1512.00567.

    Examples
    --------
    >>> lab.cross_entropy(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    tensor(0.6931)
    """
    check_reduction("cross_entropy", reduction)
    check_smoothing(label_smoothing)
    targets, counted = checked_targets("cross_entropy", acts, targets, ignore_index)
    if acts.dtype in (torch.float16, torch.bfloat16):
        acts = acts.float()
    log_probs = log_softmax(acts)
    weights = class_weights(weight, acts)
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

    Parameters
    ----------
    reduction : str
        "mean", "sum" or "none".
    label_smoothing : float
        In 0..1; see `cross_entropy`.
    weight : Tensor or sequence of shape (c,), optional
        The importance of each class.
    ignore_index : int
        A target that counts for nothing.

    Raises
    ------
    ValueError
        For an unknown reduction or smoothing outside 0..1, at once.

    Examples
    --------
    >>> loss_func = lab.CrossEntropyLoss(label_smoothing=0.1)
    >>> loss_func(torch.tensor([[0.0, 0.0]]), torch.tensor([1]))
    tensor(0.6931)
    """

    reduction: str = "mean"
    label_smoothing: float = 0.0
    weight: Tensor | Sequence[float] | None = None
    ignore_index: int = -100

    def __post_init__(self) -> None:
        check_reduction("CrossEntropyLoss", self.reduction)
        check_smoothing(self.label_smoothing)
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

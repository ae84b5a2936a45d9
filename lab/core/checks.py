"""What is checked at the border of a run, in as few words as help."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadIndex, BadType, BadValue, NonFiniteLoss

REDUCTIONS = ("mean", "sum", "none")


def check_options(who: str, given: Iterable[str], known: Sequence[str], hints: Mapping[str, str]) -> None:
    """Raise TypeError, naming the way to do it here, for keywords that a function does not have."""
    for name in given:
        if name not in known:
            hint = hints.get(name, f"it takes {', '.join(known)}")
            raise BadType(f"{who}: there is no argument {name!r} here: {hint}. Nothing was changed.")


def check_metrics(metrics: Any) -> list[Callable[..., Any]]:
    """One metric or several, as a list. Raises TypeError for what cannot be called."""
    several = list(metrics) if isinstance(metrics, list | tuple) else [metrics]
    for metric in several:
        if not callable(metric):
            raise BadType(f"metrics: got {metric!r}. A metric is a function, such as lab.accuracy.")
    return several


def finite(loss: Tensor, model: nn.Module, step: int, lr: float) -> float:
    """The loss as a float. Raises ValueError unless it is one number, NonFiniteLoss for NaN and infinity."""
    if loss.numel() != 1:
        raise BadValue(
            f"fit: the loss is a tensor of shape {tuple(loss.shape)}; expected one number. "
            'Take the mean over the batch, or use reduction="mean".'
        )
    value = loss.item()
    if math.isfinite(value):
        return value
    whole = all(tensor.isfinite().all() for tensor in model.state_dict().values())
    state = (
        "The weights are those from before this step; at the first one, look for NaN in the data or the loss"
        if whole
        else "The model itself holds NaN or infinite numbers and can no longer be used: load() what you saved"
    )
    raise NonFiniteLoss(
        f"fit: the loss became {value} at step {step}, where the learning rate was {lr:.1e}. {state}. "
        "Most often the rate is too high: try a tenth of it, or run lr_find()."
    )


def check_targets(who: str, targets: Tensor, items: int, classes: int) -> Tensor:
    """`targets` as int64. Raises TypeError unless they are whole numbers, ValueError unless there is one
    for each item, IndexError for one outside the classes (on a CPU: elsewhere the step would have to wait).
    """
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise BadType(f"{who}: the targets have type {targets.dtype}; expected class numbers as integers.")
    if targets.shape != (items,):
        raise BadValue(
            f"{who}: the targets have shape {tuple(targets.shape)}; expected ({items},), one class "
            "number per row."
        )
    if targets.device.type == "cpu" and items:
        low, high = (int(edge) for edge in torch.aminmax(targets))
        if low < 0 or high >= classes:
            raise BadIndex(
                f"{who}: target {low if low < 0 else high} is outside the {classes} classes 0 to "
                f"{classes - 1}. Check the vocab; unlabelled pictures carry -1 and cannot be scored."
            )
    return targets.long()


def check_reduction(who: str, reduction: str) -> None:
    """Raise ValueError for a reduction that is none of `REDUCTIONS`."""
    if reduction not in REDUCTIONS:
        raise BadValue(f"{who}: reduction={reduction!r}. Choose 'mean', 'sum' or 'none'.")


def check_smoothing(label_smoothing: float) -> None:
    """Raise ValueError for label smoothing outside 0..1."""
    if not 0 <= label_smoothing <= 1:
        raise BadValue(f"cross_entropy: label_smoothing={label_smoothing!r}. Choose a number in 0..1.")


def class_weights(weight: Tensor | Sequence[float] | None, acts: Tensor) -> Tensor | None:
    """The weights as a tensor like `acts`. Raises ValueError unless there is one for each class."""
    if weight is None:
        return None
    weight = torch.as_tensor(weight)
    if tuple(weight.shape) != (acts.shape[1],):
        raise BadValue(f"cross_entropy: {len(weight)} weights for {acts.shape[1]} classes. Give one each.")
    return weight.to(acts)


def checked_targets(
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


def check_positive(who: str, **numbers: float) -> None:
    """Raise ValueError unless all the numbers are finite and above 0."""
    for name, number in numbers.items():
        if not (number > 0 and math.isfinite(number)):
            raise BadValue(f"{who}: {name}={number!r}. Choose a finite number above 0.")


def check_pct(who: str, pct_start: float) -> None:
    """Raise ValueError unless the rising share of a run lies in 0..1."""
    if not 0 <= pct_start <= 1:
        raise BadValue(f"{who}: pct_start={pct_start!r}. It is the rising share of the run, in 0..1.")

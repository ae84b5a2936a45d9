"""What is checked where pictures meet a model: metrics on a trial batch, and the model's first output."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.metrics import metric_names


class LearnerBusyError(RuntimeError):
    """The learner is being trained by somebody else."""


def try_metrics(metrics: Sequence[Callable[..., Any]], classes: int) -> None:
    """Call every metric once on a tiny batch, so that one that cannot work fails before training.

    Raises ValueError, naming the metric and the order of its arguments.
    """
    targets = torch.arange(max(classes, 2)) % classes
    preds = torch.full((len(targets), classes), 0.5 / classes)
    preds[torch.arange(len(targets)), targets.flip(0)] += 0.5
    for metric, name in zip(metrics, metric_names(metrics), strict=True):
        cause: Exception | None = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on so few items a score may well be undefined
                value = metric(preds.clone(), targets.clone())
        except Exception as error:
            cause, said = error, f"{type(error).__name__}: {error}".splitlines()[0]
        else:
            if is_one_number(value):
                continue
            shape = getattr(value, "shape", None)
            said = f"it returned a {type(value).__name__}" + (f" of shape {tuple(shape)}" if shape else "")
        raise ValueError(
            f"metrics: {name} failed on a trial batch ({said}). A metric is called with predictions "
            f"({len(targets)}, {classes}) and then targets ({len(targets)},), tensors on the CPU, and "
            "returns one number. For a score of scikit-learn, which takes them the other way round, use "
            "lab.from_sklearn(score)."
        ) from cause


def is_one_number(value: Any) -> bool:
    """Whether `float(value)` works."""
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError):
        return False
    return True


class CheckedNetwork:
    """A network whose first output is held against the number of classes; later ones pass unchecked.

    classes: None where the data names none; then any tensor will do. who: asks, for the messages.
    """

    def __init__(
        self, network: Callable[[Tensor], Tensor], model: nn.Module, classes: int | None, who: str
    ) -> None:
        self.network, self.classes, self.who = network, classes, who
        self._norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d)]
        self.checked = False

    def __call__(self, x: Tensor) -> Tensor:
        if len(x) == 1 and any(norm.training for norm in self._norms):
            raise ValueError(
                "fit: got a training batch of a single picture, and batch norm cannot take the mean and "
                "the spread of one. Make the DataLoaders with bs=2 or more."
            )
        if self.checked:
            return self.network(x)
        try:
            output = self.network(x)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise RuntimeError(
                f"{self.who}: the model could not take the first batch, x of shape {tuple(x.shape)} and type "
                f"{x.dtype} ({error}). Pictures are RGB, (n, 3, height, width) in 0..1."
            ) from error
        self._check(output, x)
        self.checked = True
        return output

    def _check(self, output: Any, x: Tensor) -> None:
        if not isinstance(output, Tensor):
            raise TypeError(
                f"{self.who}: the model returned a {type(output).__name__}, not a tensor. Wrap it in one "
                "whose forward returns the activations alone."
            )
        wanted = None if self.classes is None else (len(x), self.classes)
        if wanted is not None and tuple(output.shape) != wanted:
            raise ValueError(
                f"{self.who}: the model gave a tensor of shape {tuple(output.shape)} for {len(x)} pictures "
                f"of {self.classes} classes; expected {wanted}, one activation per class. Give the last "
                f"layer {self.classes} outputs (also for two classes), and use cross-entropy."
            )
        if not output.is_floating_point():
            raise TypeError(
                f"{self.who}: the model gave {output.dtype}; expected floating-point activations."
            )

"""What is checked where pictures meet a model: its first output, the loss, and metrics on a trial batch."""

import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from lab.core.errors import BadState, BadType, BadValue
from lab.core.evaluation import Loss, loss_on
from lab.core.learner import Learner
from lab.core.metrics import metric_names
from lab.core.protocols import Data
from lab.process_group import LostProcessError, lost, lost_process
from lab.processes import world
from lab.training.memory import out_of_memory

T = TypeVar("T")


class LearnerBusyError(BadState):
    """The learner is being trained by somebody else.

    Stop that, or wait until it has ended; predicting is possible meanwhile. It is a `RuntimeError` as well.

    Examples
    --------
    >>> with learn.claimed("a loop of my own"):
    ...     try:
    ...         learn.fit(1)
    ...     except lab.LearnerBusyError as error:
    ...         print(error)
    fit: this learner is in use by a loop of my own. ...
    """


def try_metrics(metrics: Sequence[Callable[..., Any]], classes: int) -> None:
    """Call every metric once on a tiny batch, so that one that cannot work fails before training.

    Raises ValueError, naming the metric and the order of its arguments.
    """
    targets = torch.arange(max(classes, 2)) % classes
    preds = torch.full((len(targets), classes), 0.5 / classes)
    preds[torch.arange(len(targets)), targets.flip(0)] += 0.5
    for metric, name in zip(metrics, metric_names(metrics), strict=True):
        said, cause = _tried(metric, preds, targets)
        if not said:
            continue
        raise BadValue(
            f"metrics: {name} failed on a trial batch ({said}). A metric is called with predictions "
            f"({len(targets)}, {classes}) and then targets ({len(targets)},), tensors on the CPU, and "
            "returns one number. For a score of scikit-learn, which takes them the other way round, use "
            "lab.from_sklearn(score)."
        ) from cause


def check_parts(data: Data, loss_func: Loss | None) -> None:
    """Raise TypeError for a loss that is a class, and for batches that cannot be counted."""
    if isinstance(loss_func, type):
        raise BadType(f"loss_func: got the class {loss_func.__name__}. Make one: {loss_func.__name__}().")
    for batches in (data.train, data.valid):
        try:
            len(batches)
        except TypeError as error:
            raise BadType(
                f"Learner: a {type(batches).__name__} whose length is not known ({error}). A schedule has "
                "to know how many steps an epoch has: give its dataset a __len__, or use a list of batches."
            ) from None


def explained(events: Iterator[T], learn: Learner) -> Iterator[T]:
    """The same events. An error from elsewhere is explained where the loss alone raises one as well.

    Raises ValueError then, which names the loss and the order of its arguments.
    """
    try:
        yield from events
    except torch.OutOfMemoryError as error:
        raise out_of_memory(learn, error) from error
    except Exception as error:
        if lost(error):
            raise lost_process() from error
        *_, (frame, _) = traceback.walk_tb(error.__traceback__)
        classes = getattr(learn, "classes", None)
        if classes and not frame.f_globals.get("__name__", "").startswith("lab."):
            _try_loss(learn.loss_func, classes, learn.device)
        raise


def _try_loss(loss_func: Loss, classes: int, device: torch.device) -> None:
    targets = torch.arange(max(classes, 2), device=device) % classes
    activations = torch.zeros(len(targets), classes, device=device)
    with torch.no_grad():
        said, cause = _tried(loss_on(loss_func, device), activations, targets)
    if said:
        name = getattr(loss_func, "__name__", type(loss_func).__name__)
        raise BadValue(
            f"loss_func: {name} fails ({said}). A loss is called with activations (n, {classes}) and then "
            'targets (n,), whole numbers, and returns one number: the mean over the batch (reduction="mean").'
        ) from cause


def _tried(function: Callable[..., Any], *arguments: Tensor) -> tuple[str, Exception | None]:
    """What is wrong with a function that should give one number, in words; and the exception behind it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on so few items a score may well be undefined
            value = function(*(argument.clone() for argument in arguments))
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0], error
    try:
        float(value)
    except (TypeError, ValueError, RuntimeError):
        shape = getattr(value, "shape", None)
        return f"it returned a {type(value).__name__}" + (f" of shape {tuple(shape)}" if shape else ""), None
    return "", None


class CheckedNetwork:
    """A network whose first output is held against the number of classes; later ones pass unchecked.

    classes: None where the data names none; then any tensor will do. who: asks, for the messages. prepare: is
    called with the first batch before the network is.
    """

    def __init__(
        self,
        network: Callable[[Tensor], Tensor],
        model: nn.Module,
        classes: int | None,
        who: str,
        prepare: Callable[[Tensor], None] | None = None,
    ) -> None:
        self.network, self.classes, self.who, self.prepare = network, classes, who, prepare
        self._norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d)]
        self.checked = False

    def __call__(self, x: Tensor) -> Tensor:
        if len(x) == 1 and world().size == 1 and any(norm.training for norm in self._norms):
            raise BadValue(
                "fit: got a training batch of a single picture, and batch norm cannot take the mean and "
                "the spread of one. Make the DataLoaders with bs=2 or more."
            )
        if self.checked:
            return self.network(x)
        if self.prepare is not None:
            self.prepare(x)
        try:
            output = self.network(x)
        except (torch.OutOfMemoryError, LostProcessError):
            raise
        except RuntimeError as error:
            raise BadState(
                f"{self.who}: the model could not take the first batch, x of shape {tuple(x.shape)} and type "
                f"{x.dtype} ({error}). Pictures are RGB, (n, 3, height, width) in 0..1."
            ) from error
        self._check(output, x)
        self.checked = True
        return output

    def _check(self, output: Any, x: Tensor) -> None:
        if not isinstance(output, Tensor):
            raise BadType(
                f"{self.who}: the model returned a {type(output).__name__}, not a tensor. Wrap it in one "
                "whose forward returns the activations alone."
            )
        wanted = None if self.classes is None else (len(x), self.classes)
        if wanted is not None and tuple(output.shape) != wanted:
            raise BadValue(
                f"{self.who}: the model gave a tensor of shape {tuple(output.shape)} for {len(x)} pictures "
                f"of {self.classes} classes; expected {wanted}, one activation per class. Give the last "
                f"layer {self.classes} outputs (also for two classes), and use cross-entropy."
            )
        if not output.is_floating_point():
            raise BadType(f"{self.who}: the model gave {output.dtype}; expected floating-point activations.")

"""What a model says of a set: activations in evaluation mode, and predictions."""

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadType, BadValue
from lab.core.losses import log_softmax, softmax

Loss = Callable[[Tensor, Tensor], Tensor]
Network = Callable[[Tensor], Tensor]
UNLABELLED = -1  # the target of an item without a label


def evaluation_copy(model: nn.Module) -> nn.Module:
    """The model in evaluation mode as an object of its own, sharing every weight and buffer.

    The model itself keeps its mode, so a prediction never disturbs a training that goes on meanwhile.
    """
    memo: dict[int, Any] = {id(t): t for t in [*model.parameters(), *model.buffers()]}
    for module in model.modules():
        # Hooks are the same objects in the copy: what they record, they go on recording.
        memo |= {id(value): value for name, value in vars(module).items() if name.endswith("_hooks")}
    try:
        twin: nn.Module = copy.deepcopy(model, memo)
    except Exception:  # it holds something that cannot be copied, such as a lock or an open file
        twin = _shallow(model, {})
    for module in twin.modules():
        module.training = False
    return twin


def _shallow(module: nn.Module, made: dict[int, nn.Module]) -> nn.Module:
    """A module with the same attributes, and children copied in the same way."""
    if id(module) not in made:
        made[id(module)] = twin = copy.copy(module)
        children = {name: child and _shallow(child, made) for name, child in module._modules.items()}
        twin.__dict__["_modules"] = children
    return made[id(module)]


def unpack(batch: Any) -> tuple[Tensor, Tensor | None]:
    """(x, y) of a batch: a tensor, (x,) or (x, y); y is None without targets. Raises TypeError otherwise."""
    parts = list(batch) if isinstance(batch, list | tuple) else [batch]
    if not 1 <= len(parts) <= 2 or not all(isinstance(part, Tensor) for part in parts):
        got = ", ".join(type(part).__name__ for part in parts)
        raise BadType(f"batch: got {got}. A batch is a pair of tensors (x, y), or x alone to predict.")
    return parts[0], parts[1] if len(parts) == 2 else None


def on_device(batches: Iterable[Any], device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches as (x, y) on the device; a batch without targets gets -1 for each item."""
    for batch in batches:
        x, y = unpack(batch)
        if y is None:
            y = torch.full((len(x),), UNLABELLED)
        yield x.to(device), y.to(device)


def forward(
    network: Network, batches: Iterable[Any], device: torch.device, autocast: AbstractContextManager[None]
) -> tuple[Tensor, Tensor]:
    """Activations and targets of all batches, on the CPU, without gradients.

    network: in evaluation mode already. Raises ValueError when there are no batches.
    """
    activations, targets = [], []
    for x, y in on_device(batches, device):
        with torch.no_grad(), autocast:
            activations.append(as_full(network(x)).cpu())
        targets.append(y.cpu())
    if not activations:
        raise BadValue("get_preds: there is nothing to predict: no batches.")
    return torch.cat(activations), torch.cat(targets)


def as_full(activations: Tensor) -> Tensor:
    """Half precision as float32; anything else as it is."""
    return activations.float() if activations.dtype in (torch.float16, torch.bfloat16) else activations


def predictions(activations: Tensor, targets: Tensor, log: bool = False) -> Tensor:
    """Probabilities by the lab's own softmax where these are activations of classes; else as they are.

    They are when there is one row of two or more activations for one whole-numbered target.
    """
    if activations.ndim != 2 or activations.shape[1] < 2 or targets.ndim != 1 or targets.is_floating_point():
        return activations
    return log_softmax(activations) if log else softmax(activations)


def loss_on(loss_func: Loss, device: torch.device) -> Loss:
    """The loss with its tensors (class weights) on the device."""
    if isinstance(loss_func, partial):
        moved = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in loss_func.keywords.items()}
        return partial(loss_on(loss_func.func, device), *loss_func.args, **moved)
    move = getattr(loss_func, "to", None)
    return move(device) if callable(move) else loss_func

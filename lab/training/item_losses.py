"""One loss per picture, from any loss: what a ranking of pictures needs."""

import copy
import inspect
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn

from lab.core.evaluation import Loss


def item_losses(loss_func: Loss, activations: Tensor, targets: Tensor) -> Tensor:
    """(n,): the loss of every item, class weights included.

    A loss that can be told to reduce nothing is (`reduction="none"`: attribute, argument, or a
    `functools.partial` of either); any other is asked about one item at a time.
    """
    with torch.no_grad():
        for unreduced in _unreduced(loss_func):
            try:
                losses = unreduced(activations, targets)
            except Exception:  # it was only a try: asked item by item, the loss speaks for itself
                continue
            if isinstance(losses, Tensor) and losses.shape == (len(targets),):
                return losses
        pairs = zip(activations, targets, strict=True)
        return torch.stack([loss_func(a[None], t[None]).reshape(()) for a, t in pairs])


def _unreduced(loss_func: Loss) -> Iterator[Loss]:
    if hasattr(loss_func, "reduction"):
        own = copy.copy(loss_func)
        own.reduction = "none"
        yield own
        if isinstance(loss_func, nn.Module):  # it may have handed its word on to a part
            whole = copy.deepcopy(loss_func)
            for part in whole.modules():
                if hasattr(part, "reduction"):
                    part.reduction = "none"
            yield whole
    try:
        takes = "reduction" in inspect.signature(loss_func).parameters
    except (TypeError, ValueError):
        takes = False
    if takes:
        yield partial(loss_func, reduction="none")

"""Optimisers over layer groups.

Every layer group gets two of torch's parameter groups: weights, which decay, and biases and batch-norm
parameters, which do not (2020 course's habit).
"""

import math
from collections.abc import Callable, Sequence
from numbers import Real

import torch
from torch import nn

OptimiserFactory = Callable[[list[dict]], torch.optim.Optimizer]


def adamw(parameter_groups: list[dict]) -> torch.optim.Optimizer:
    """AdamW with the lessons' constants. The rates are set at every step by the schedule."""
    return torch.optim.AdamW(parameter_groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-5)


def sgd(parameter_groups: list[dict]) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum."""
    return torch.optim.SGD(parameter_groups, lr=1e-3, momentum=0.9)


def create_optimiser(
    groups: Sequence[Sequence[nn.Module]], factory: OptimiserFactory, weight_decay: float | Sequence[float]
) -> torch.optim.Optimizer:
    """An optimiser over all layer groups, the frozen ones included: they get no gradient, so no update."""
    parameter_groups = []
    decays = group_decays(weight_decay, len(groups))
    for number, modules in enumerate(groups):
        decay, constant = [], []
        for module in modules:
            for parameter in module.parameters():
                (decay if parameter.ndim > 1 else constant).append(parameter)
        for parameters, wd in ((decay, decays[number]), (constant, 0.0)):
            if parameters:
                parameter_groups.append({"params": parameters, "weight_decay": wd, "layer_group": number})
    return factory(parameter_groups)


def set_hyperparameters(optimiser: torch.optim.Optimizer, lrs: Sequence[float], momentum: float) -> None:
    """Give every layer group its learning rate, and all of them the momentum (Adam's first beta)."""
    for group in optimiser.param_groups:
        group["lr"] = lrs[group["layer_group"]]
        if "betas" in group:
            group["betas"] = (momentum, group["betas"][1])
        elif "momentum" in group:
            group["momentum"] = momentum


def group_decays(weight_decay: float | Sequence[float], n_groups: int) -> list[float]:
    """One decay for each layer group, from a number or from as many numbers (list, tuple, array).

    Raises ValueError for another number of them, and for one that is negative or not finite.
    """
    single = isinstance(weight_decay, Real) or getattr(weight_decay, "ndim", None) == 0
    decays = [float(weight_decay)] * n_groups if single else [float(decay) for decay in weight_decay]
    if len(decays) != n_groups:
        raise ValueError(
            f"wd: {len(decays)} weight decays came, but there are {n_groups} layer groups. "
            f"Give {n_groups}, or one number for all."
        )
    if not all(math.isfinite(decay) and decay >= 0 for decay in decays):
        raise ValueError(f"wd: {weight_decay!r} came. A weight decay is a finite number of 0 or more.")
    return decays


def set_weight_decay(optimiser: torch.optim.Optimizer, weight_decay: float | Sequence[float]) -> None:
    """Change the decay of those groups that decay; one number, or one per layer group."""
    n_groups = 1 + max(group["layer_group"] for group in optimiser.param_groups)
    decays = group_decays(weight_decay, n_groups)
    for group in optimiser.param_groups:
        if any(parameter.ndim > 1 for parameter in group["params"]):
            group["weight_decay"] = decays[group["layer_group"]]

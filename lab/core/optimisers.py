"""Optimisers over layer groups.

Every layer group gets two of torch's parameter groups: weights, which decay, and biases and batch-norm
parameters, which do not (2020 course's habit). What an optimiser was given by its maker (momentum, betas,
weight decay) stays, unless the learner is asked to change it.
"""

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import torch
from torch import nn

from lab.core.checks import check_positive
from lab.core.errors import BadType, BadValue
from lab.core.schedules import exponential

OptimiserFactory = Callable[[list[dict[str, Any]]], torch.optim.Optimizer]
WeightDecay = float | Sequence[float]
Rate = float | slice | Sequence[float]  # of all layer groups, of the first and the last, or of each


def adamw(parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """AdamW with the lessons' constants. The rates are set at every step by the schedule."""
    return torch.optim.AdamW(parameter_groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-5)


def sgd(parameter_groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum."""
    return torch.optim.SGD(parameter_groups, lr=1e-3, momentum=0.9)


def layer_parameters(model: nn.Module, groups: Sequence[Sequence[nn.Module]]) -> list[list[nn.Parameter]]:
    """Every parameter of the model once, by layer group; what stands in no group joins the last."""
    found: list[list[nn.Parameter]] = [[] for _ in groups]
    seen: set[int] = set()
    for number, modules in enumerate([*groups, [model]]):
        for module in modules:
            for parameter in module.parameters():
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    found[min(number, len(groups) - 1)].append(parameter)
    return found


def create_optimiser(
    groups: Sequence[Sequence[nn.Parameter]], factory: OptimiserFactory, weight_decay: WeightDecay | None
) -> torch.optim.Optimizer:
    """An optimiser over the parameters of all layer groups, the frozen ones included: they get no gradient,
    so no update. weight_decay: None leaves it to the factory.

    Raises TypeError for what is not a factory, and ValueError for an optimiser that cannot take groups.
    """
    parameter_groups: list[dict[str, Any]] = []
    decays = group_decays(weight_decay, len(groups)) if weight_decay is not None else None
    for number, parameters in enumerate(groups):
        weights = [parameter for parameter in parameters if parameter.ndim > 1]
        others = [parameter for parameter in parameters if parameter.ndim <= 1]
        for members, decay in ((weights, decays[number] if decays else None), (others, 0.0)):
            if members:
                own = {} if decays is None else {"weight_decay": decay}
                parameter_groups.append({"params": members, "layer_group": number, **own})
    try:
        optimiser = factory(parameter_groups)
    except (TypeError, ValueError) as error:
        raise BadValue(
            f"opt_func: {factory!r} cannot be made of {len(parameter_groups)} parameter groups ({error}). "
            "Give a class such as torch.optim.SGD; LBFGS takes a single group, so it does not fit."
        ) from error
    for group in optimiser.param_groups:
        group["first_weight_decay"] = group.get("weight_decay", 0.0)
    return optimiser


def adopted(optimiser: torch.optim.Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """An optimiser that the user made: its parameter groups serve as the layer groups.

    Raises ValueError when it holds tensors that are not the model's.
    """
    check_covers(optimiser, model)
    for number, group in enumerate(optimiser.param_groups):
        group.setdefault("layer_group", number)
        group.setdefault("first_weight_decay", group.get("weight_decay", 0.0))
    return optimiser


def check_covers(optimiser: torch.optim.Optimizer, model: nn.Module) -> None:
    """Raise ValueError unless the optimiser holds the model's own parameters, and all that train."""
    held = {id(parameter) for group in optimiser.param_groups for parameter in group["params"]}
    own = {id(parameter): parameter.requires_grad for parameter in model.parameters()}
    strange, forgotten = len(held - own.keys()), sum(own[p] for p in own.keys() - held)
    if strange or forgotten:
        raise BadValue(
            f"opt_func: this optimiser lacks {forgotten} tensors of the model that train and holds {strange} "
            "that are not the model's. Make it from model.parameters(), or give its class."
        )


def fits(optimiser: torch.optim.Optimizer, groups: Sequence[Sequence[nn.Parameter]]) -> bool:
    """Whether the optimiser holds exactly these parameters, each in its layer group."""
    held = {id(p): group["layer_group"] for group in optimiser.param_groups for p in group["params"]}
    return held == {id(p): number for number, parameters in enumerate(groups) for p in parameters}


def keep_state(new: torch.optim.Optimizer, old: torch.optim.Optimizer) -> None:
    """Give `new` what `old` knew (averages of gradients) of the parameters that both hold."""
    for parameter in (p for group in new.param_groups for p in group["params"]):
        if parameter in old.state:
            new.state[parameter] = old.state[parameter]


def set_rates(optimiser: torch.optim.Optimizer, lrs: Sequence[float], momentum: float | None) -> float:
    """Give every layer group its learning rate, and all of them the momentum (Adam's first beta).

    momentum: None leaves it. Returns the momentum that the optimiser now has, 0 where it knows none.
    """
    in_use = 0.0
    for group in optimiser.param_groups:
        group["lr"] = lrs[group["layer_group"]]
        if "betas" in group:
            group["betas"] = (group["betas"][0] if momentum is None else momentum, group["betas"][1])
            in_use = group["betas"][0]
        elif "momentum" in group:
            group["momentum"] = in_use = group["momentum"] if momentum is None else momentum
    return float(in_use)


def group_decays(weight_decay: WeightDecay, n_groups: int) -> list[float]:
    """One decay for each layer group, from a number or from as many numbers (list, tuple, array).

    Raises ValueError for another number of them, and for one that is negative or not finite.
    """
    if isinstance(weight_decay, Real) or getattr(weight_decay, "ndim", None) == 0:
        decays = [float(weight_decay)] * n_groups  # type: ignore[arg-type]
    else:
        decays = [float(decay) for decay in weight_decay]  # type: ignore[union-attr]
    if len(decays) != n_groups:
        raise BadValue(f"wd: got {len(decays)} weight decays for {n_groups} layer groups. Give one for each.")
    if not all(math.isfinite(decay) and decay >= 0 for decay in decays):
        raise BadValue(f"wd: got {weight_decay!r}. A weight decay is a finite number of 0 or more.")
    return decays


def set_weight_decay(optimiser: torch.optim.Optimizer, weight_decay: WeightDecay | None) -> None:
    """Change the decay of those groups that decay; one number, or one per layer group.

    None puts back what each group had when the optimiser was made.
    """
    n_groups = 1 + max(group["layer_group"] for group in optimiser.param_groups)
    decays = group_decays(weight_decay, n_groups) if weight_decay is not None else None
    for group in optimiser.param_groups:
        if decays is None:
            if "weight_decay" in group:
                group["weight_decay"] = group["first_weight_decay"]
        elif any(parameter.ndim > 1 for parameter in group["params"]):
            group["weight_decay"] = decays[group["layer_group"]]


def geometric_spacing(lo: float, hi: float, n: int) -> list[float]:
    """n rates from `lo` to `hi`, each the same factor above the one before; `[hi]` for n=1.

    Raises ValueError for n below 1, or unless both rates are above 0.
    """
    check_positive("geometric_spacing", lo=lo, hi=hi)
    if n < 1:
        raise BadValue(f"geometric_spacing: n={n}. There must be 1 rate or more.")
    return [hi] if n == 1 else [exponential(lo, hi)(i / (n - 1)) for i in range(n)]


def group_rates(lr: Rate, n_groups: int, group_names: Sequence[str] | None = None) -> list[float]:
    """One learning rate for each parameter group, the earliest layers' first.

    A number serves every group. slice(lo, hi) is spaced geometrically from the first group to
    the last. slice(hi) gives the last group hi and the others hi / 10. A sequence (list, tuple,
    array) is taken as it is. group_names: what each group holds, for the error's text. Raises
    ValueError for a sequence of another length, a slice without a stop or with a step, and a rate
    that is not a finite number of 0 or more; TypeError for anything else. Lesson: "Discriminative
    Learning Rates".
    """
    if isinstance(lr, slice):
        rates = _slice_rates(lr, n_groups)
    elif isinstance(lr, Real) or getattr(lr, "ndim", None) == 0:
        rates = [float(lr)] * n_groups  # type: ignore[arg-type]
    elif isinstance(lr, str | bytes) or not hasattr(lr, "__len__"):
        raise BadType(f"group_rates: lr={lr!r}. Give a number, a slice, or one rate per group.")
    else:
        rates = [float(rate) for rate in lr]  # type: ignore[union-attr]
    if len(rates) != n_groups:
        holding = f" ({'; '.join(group_names)})" if group_names else ""
        raise BadValue(
            f"group_rates: got {len(rates)} rates, but there are {n_groups} parameter groups"
            f"{holding}. Give {n_groups} rates, a slice(first, last), or one number for all."
        )
    if not all(math.isfinite(rate) and rate >= 0 for rate in rates):
        raise BadValue(f"group_rates: lr={lr!r}. A rate is a finite number of 0 or more.")
    return rates


def _slice_rates(lr: slice, n_groups: int) -> list[float]:
    if lr.stop is None or lr.step is not None:
        raise BadValue(f"group_rates: lr={lr!r}. Write slice(first, last) or slice(last).")
    if lr.start is None:
        return [float(lr.stop) / 10] * (n_groups - 1) + [float(lr.stop)]
    return geometric_spacing(float(lr.start), float(lr.stop), n_groups)

"""Batch norm folded into the convolution before it: about a third less time, and less to keep for gradients.

A batch norm that keeps its statistics multiplies and shifts each channel by numbers that do not depend on the
images, and so do a convolution's weight and bias; one can carry both (the algebra of torch.nn.utils.fusion).
`folding` does so while a network runs within it and changes nothing in the network: layers, hooks, names and
weights stay as they are, and gradients reach the parameters of both layers.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules import module as torch_module
from torch.overrides import TorchFunctionMode

from lab.models.architectures import Architecture
from lab.models.graphs import OwnThreadTracer


def folding(body: nn.Module, arch: Architecture) -> AbstractContextManager[Any]:
    """Within the block, and in this thread, `body`, made by `arch`, runs with batch norms folded.

    Those that keep their statistics and directly follow a convolution; outputs agree up to the rounding of
    float32. Left as they are: a pair of which a layer was replaced, shared or is watched by a hook, and a
    convolution that is itself a layer of the body, whose output is looked at as such. A body that torch.fx
    cannot follow, or that is being traced or compiled, runs as it is.
    """
    compiling = torch.compiler.is_compiling() or torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
    watched = torch_module._global_forward_hooks or torch_module._global_forward_pre_hooks
    pairs = [] if compiling or watched else _foldable(body, _pairs_of(arch))
    return _Folding(pairs) if pairs else nullcontext()


class _Folding(TorchFunctionMode):
    """Sees the calls of torch.conv2d and F.batch_norm, and lets the first do the work of the second."""

    def __init__(self, pairs: Iterable[tuple[nn.Conv2d, nn.BatchNorm2d]]) -> None:
        super().__init__()
        self.norm_after = {id(conv.weight): norm for conv, norm in pairs}
        self.done: dict[int, Tensor] = {}  # by the norm's running mean: what it will be given
        self.folded: dict[int, tuple[Tensor, Tensor]] = {}  # weights and biases, where they will not change

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        if func is torch.conv2d and len(args) == 7:
            norm = self.norm_after.get(id(args[1]))
            if norm is not None:
                x, weight, bias, *options = args
                both = self.folded.get(id(weight)) or _both(weight, bias, norm)
                if not torch.is_grad_enabled():  # the parts of a batch share them
                    self.folded[id(weight)] = both
                out: Tensor = func(x, *both, *options)
                self.done[id(norm.running_mean)] = out
                return out
        if func is F.batch_norm and self.done.pop(id(args[1]), None) is args[0]:
            return args[0]
        return func(*args, **(kwargs or {}))


def _both(weight: Tensor, bias: Tensor | None, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the one convolution that does the work of both layers."""
    assert norm.running_var is not None and norm.running_mean is not None  # `_foldable` has looked
    scale = torch.rsqrt(norm.running_var + norm.eps) * norm.weight
    shift = -norm.running_mean if bias is None else bias - norm.running_mean
    return weight * scale.view(-1, 1, 1, 1), shift * scale + norm.bias


def _foldable(body: nn.Module, names: Iterable[tuple[str, str]]) -> list[tuple[nn.Conv2d, nn.BatchNorm2d]]:
    """The pairs of these names that are still there and may be folded now."""
    found = []
    for before, after in names:
        conv, norm = _layer(body, before), _layer(body, after)
        if type(conv) is not nn.Conv2d or type(norm) is not nn.BatchNorm2d:
            continue
        fixed = not norm.training and norm.running_mean is not None and norm.affine
        hooks = (conv._forward_hooks, norm._forward_hooks, norm._forward_pre_hooks)
        if fixed and not any(hooks) and conv.weight.dtype == norm.weight.dtype:
            found.append((conv, norm))
    users = Counter(id(conv.weight) for conv, _ in found)
    return [(conv, norm) for conv, norm in found if users[id(conv.weight)] == 1]


def _layer(body: nn.Module, name: str) -> nn.Module | None:
    layer: nn.Module | None = body
    for part in name.split("."):
        layer = layer._modules.get(part) if layer is not None else None
    return layer


@functools.cache
def _pairs_of(arch: Architecture) -> list[tuple[str, str]]:
    try:
        return norms_after_convolutions(arch.cut_off(arch.build_on_meta()))
    except Exception:  # control flow that depends on the data ends in any kind of error
        return []


def norms_after_convolutions(body: nn.Module) -> list[tuple[str, str]]:
    """Names of convolutions, and of the batch norms that alone take their outputs.

    Raises whatever torch.fx does for a body that it cannot follow.
    """
    graph, found = OwnThreadTracer().trace(body), []
    calls = Counter(node.target for node in graph.nodes if node.op == "call_module")
    for node in graph.nodes:
        for before in node.all_input_nodes if node.op == "call_module" else ():
            once = before.op == "call_module" and calls[before.target] == calls[node.target] == 1
            kinds = once and [type(body.get_submodule(str(n.target))) for n in (before, node)]
            own_layer = "." not in str(before.target)
            if kinds == [nn.Conv2d, nn.BatchNorm2d] and len(before.users) == 1 and not own_layer:
                found.append((str(before.target), str(node.target)))
    return found

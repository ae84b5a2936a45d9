"""Batch norm folded into the convolution before it: the same outputs for a third less work.

In evaluation mode a batch norm multiplies and shifts each channel by constants, and so does a convolution's
weight and bias; one can carry both. `folded` does it once, for a body that only looks; `folding` does it in
each forward pass, for a body that trains while its batch norms keep their statistics: every parameter stays
and gets its gradient, and one map less is kept for the backward pass at each of them.
"""

import copy
from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def folded(body: nn.Module) -> nn.Module:
    """A copy of `body`, in evaluation mode, with every batch norm that follows a convolution folded into it.

    The outputs agree up to the rounding of float32. A body that torch.fx cannot trace comes back as it is.
    """
    changed = _with_pairs(lambda: copy.deepcopy(body).eval(), fuse_conv_bn_eval)
    return body if changed is None else changed.to(memory_format=torch.channels_last)


def folding(body: nn.Module) -> nn.Module:
    """`body` with each batch norm folded into the convolution before it whenever it runs; it shares all
    parameters.

    Only for batch norms in evaluation mode. A body that torch.fx cannot trace comes back as it is.
    """
    return _with_pairs(lambda: body, _ConvNorm) or body


class _ConvNorm(nn.Module):
    """A convolution and its batch norm, in evaluation mode, as one convolution."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.conv, self.norm = conv, norm

    def forward(self, x: Tensor) -> Tensor:
        norm = self.norm
        scale = torch.rsqrt(norm.running_var + norm.eps)
        if norm.weight is not None:
            scale = scale * norm.weight
        shift = (0 if self.conv.bias is None else self.conv.bias) - norm.running_mean
        bias = shift * scale if norm.bias is None else shift * scale + norm.bias
        return self.conv._conv_forward(x, self.conv.weight * scale.view(-1, 1, 1, 1), bias)


def _with_pairs(
    make: Callable[[], nn.Module], pair: Callable[[nn.Conv2d, nn.BatchNorm2d], nn.Module]
) -> fx.GraphModule | None:
    """The module traced, with `pair(convolution, norm)` for every two that follow; None if it cannot be."""
    try:
        traced = fx.symbolic_trace(make())
    except Exception:  # control flow that depends on the data ends in any kind of error
        return None
    modules = dict(traced.named_modules())
    calls = Counter(node.target for node in traced.graph.nodes if node.op == "call_module")
    for node in list(traced.graph.nodes):
        norm = modules.get(node.target) if node.op == "call_module" else None
        if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None:
            continue
        before = node.args[0]
        conv = modules.get(before.target) if before.op == "call_module" else None
        used_once = len(before.users) == 1 and calls[before.target] == calls[node.target] == 1
        if isinstance(conv, nn.Conv2d) and used_once:
            modules[before.target] = pair(conv, norm)
            traced.set_submodule(before.target, modules[before.target])
            node.replace_all_uses_with(before)
            traced.graph.erase_node(node)
    traced.recompile()
    traced.delete_all_unused_submodules()
    return traced

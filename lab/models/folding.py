"""Batch norm folded into the convolution before it: a third less work, and less to keep for gradients.

A batch norm that keeps its statistics multiplies and shifts each channel by numbers that do not depend on the
images, and so do a convolution's weight and bias; one can carry both (the algebra of torch.nn.utils.fusion).
`fold` makes the two layers work that way whenever the norm is in evaluation mode: in a frozen body, in
predictions, and in a body that trains with `norm="frozen"`, where the gradients still reach both.
"""

import functools
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from lab.models.architectures import Architecture


@dataclass(eq=False)
class _Pair:
    """A convolution and the batch norm that alone takes its output."""

    conv: nn.Conv2d
    norm: nn.BatchNorm2d

    @property
    def is_folded(self) -> bool:
        """Not while the norm measures its statistics, and not where somebody looks on between the two."""
        return not (self.norm.training or self.conv._forward_hooks or self.norm._forward_pre_hooks)

    def forward(self, x: Tensor) -> Tensor:
        """What both give, one after the other; computed anew each time, since both may learn."""
        norm, conv = self.norm, self.conv
        assert norm.running_var is not None and norm.running_mean is not None  # `fold` has looked
        scale = torch.rsqrt(norm.running_var + norm.eps) * norm.weight
        shift = -norm.running_mean if conv.bias is None else conv.bias - norm.running_mean
        weight = conv.weight * scale.view(-1, 1, 1, 1)
        return conv._conv_forward(x, weight, shift * scale + norm.bias)


class _Convolution(nn.Conv2d):
    """The convolution of a pair, which does the norm's work too."""

    pair: _Pair

    def forward(self, x: Tensor) -> Tensor:
        return self.pair.forward(x) if self.pair.is_folded else super().forward(x)

    def _get_name(self) -> str:
        return "Conv2d"


class _Norm(nn.BatchNorm2d):
    """The batch norm of a pair, which has nothing left to do where the convolution has done it."""

    pair: _Pair

    def forward(self, x: Tensor) -> Tensor:
        return x if self.pair.is_folded else super().forward(x)

    def _get_name(self) -> str:
        return "BatchNorm2d"


def fold(body: nn.Module, arch: Architecture) -> None:
    """Fold the batch norms of `body`, made by `arch`, into the convolutions before them, in place.

    Weights, names and hooks stay; outputs agree up to the rounding of float32. Left as they are: a norm
    without statistics or weights of its own, and a convolution that is itself a layer of the body, whose
    output is looked at as such. A body that torch.fx cannot trace stays as it is.
    """
    for before, after in _pairs_of(arch):
        conv, norm = body.get_submodule(before), body.get_submodule(after)
        plain = type(conv) is nn.Conv2d and type(norm) is nn.BatchNorm2d
        if plain and norm.affine and norm.track_running_stats:
            # As torch.nn.utils.parametrize does: a class of its own, and the module remains the same object.
            conv.__class__, norm.__class__ = _Convolution, _Norm
            conv.pair = norm.pair = _Pair(conv, norm)


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
    graph, found = fx.Tracer().trace(body), []
    calls = Counter(node.target for node in graph.nodes if node.op == "call_module")
    for node in graph.nodes:
        for before in node.all_input_nodes if node.op == "call_module" else ():
            once = before.op == "call_module" and calls[before.target] == calls[node.target] == 1
            kinds = once and [type(body.get_submodule(str(n.target))) for n in (before, node)]
            own_layer = "." not in str(before.target)
            if kinds == [nn.Conv2d, nn.BatchNorm2d] and len(before.users) == 1 and not own_layer:
                found.append((str(before.target), str(node.target)))
    return found

"""How much memory a body takes for an image, and how to run it on a batch in parts.

The numbers are found on the meta device, which knows the shapes and computes nothing. In parts a batch needs
less memory, and a CPU is faster when the maps of a part fit into its cache: at 224 pixels EfficientNet-Lite0
took 64 images at 34 a second whole and at 66 a second four at a time.
"""

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from lab.models.architectures import Architecture
from lab.models.folding import folding

CACHE_BYTES = 24e6  # of the largest map; measured with five networks at three sizes, on 32 MB of L3 cache
NORM_LAYERS = (nn.BatchNorm1d, nn.BatchNorm2d)


@dataclass(frozen=True)
class Footprint:
    """Bytes for one image in float32. largest: of the largest map; kept: of all that training has to keep."""

    largest: float
    kept: float


_known: dict[tuple[Architecture, int, int, bool], Footprint] = {}


def footprint(arch: Architecture, body: nn.Module, height: int, width: int, frozen: bool) -> Footprint:
    """What `body`, made by `arch`, takes for an image of this size when all of its layers train.

    frozen: whether its batch norms keep their statistics, which needs less (lab/models/folding.py). Zeros for
    a body that cannot run without numbers, and for a size that it does not take.
    """
    key = (arch, height, width, frozen)
    if key not in _known:
        try:
            with torch.inference_mode(False), torch.enable_grad():  # whatever mode the caller is in
                sketch = _on_meta(body).train()
                for norm in batch_norms(sketch) if frozen else ():
                    norm.eval()
                two, four = (torch.empty(n, 3, height, width, device="meta") for n in (2, 4))
                with folding(sketch, arch):
                    kept = _kept(sketch, four) - _kept(sketch, two)
                largest = _largest(sketch, two)
        except Exception:  # a layer of the user's own may fail there in any way
            return Footprint(0.0, 0.0)
        # What does not grow with the images is kept anyway.
        _known[key] = Footprint(largest / 2, kept / 2)
    return _known[key]


def _on_meta(body: nn.Module) -> nn.Module:
    """A copy without memory for its numbers, and without hooks.

    The network is not built anew: torch.fx would trace it, and meanwhile no other thread may run a network.
    """
    memo: dict[int, Any] = {id(p): nn.Parameter(p.detach().to("meta")) for p in body.parameters()}
    memo |= {id(buffer): buffer.to("meta") for buffer in body.buffers()}
    for module in body.modules():
        memo |= {id(value): OrderedDict() for name, value in vars(module).items() if name.endswith("_hooks")}
    return copy.deepcopy(body, memo)


def batch_norms(module: nn.Module) -> list[nn.Module]:
    """All batch norms in it."""
    return [layer for layer in module.modules() if isinstance(layer, NORM_LAYERS)]


def _kept(body: nn.Module, x: Tensor) -> int:
    """Bytes of all tensors that are kept for the backward pass, the weights too."""
    kept = dict[int, int]()

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
        return tensor

    # The output holds the graph, and with it all that was kept, so that no storage's number comes twice.
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = body(x)
    del output
    return sum(kept.values())


def _largest(body: nn.Module, x: Tensor) -> int:
    """Bytes of the largest map."""
    sizes = [0]

    def see(module: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            sizes.append(output.untyped_storage().nbytes())

    hooks = [module.register_forward_hook(see) for module in body.modules()]
    with torch.no_grad():
        body(x)
    for hook in hooks:
        hook.remove()
    return max(sizes)


def fits_the_cache(arch: Architecture, body: nn.Module, height: int, width: int) -> int:
    """How many images of this size to take at a time where no gradients are asked for; 1 or more."""
    return max(1, int(CACHE_BYTES / max(1.0, footprint(arch, body, height, width, frozen=True).largest)))


def in_parts(
    network: Callable[[Tensor], Tensor],
    x: Tensor,
    size: int,
    norms: list[nn.Module],
    context: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Tensor:
    """`network(x)`, computed `size` images at a time; the same up to rounding, and so are its gradients.

    With gradients, only the last part keeps what the backward pass needs; the others are computed again there
    (torch's activation checkpointing). norms: batch norms of the network that train; their statistics are
    those of a part, and they are counted once. context: what the caller runs this in.
    """
    *parts, last = x.split(size)
    if not torch.is_grad_enabled():
        return torch.cat([*map(network, parts), network(last)])

    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _again(norms, context)

    ahead = [checkpoint(network, part, use_reentrant=False, context_fn=contexts) for part in parts]
    return torch.cat([*ahead, network(last)])


@contextmanager
def _again(norms: list[nn.Module], context: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    """Within the block, for the backward pass, these batch norms do not count what they see once more."""
    kept = [(buffer, buffer.clone()) for norm in norms for buffer in norm.buffers()]
    try:
        with context():
            yield
    finally:
        for buffer, value in kept:
            buffer.data.copy_(value)  # as batch norm itself does it, unseen by autograd

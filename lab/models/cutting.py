"""Where a network's body ends and its classifier begins, found by reading the network's graph.

Wherever a single tensor is all that goes on, the graph can be cut (lab/models/graphs.py). Walking back from
the classifier, the body ends before the global pooling, where the last maps are; a transformer that pools by
a class token or an average over patches ends where it gives one row of numbers per image. Shapes come from a
trial batch on the meta device, which computes nothing, so even the largest network is cut in about a second.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import torch
from torch import Tensor, fx, nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from lab.core.errors import BadValue
from lab.models.graphs import as_module, is_module, layers_of, segments_of, traced

T = TypeVar("T")

_HEAVY = 0.8  # a layer with a larger share of the body's weights is opened: it is a container, not a layer
_PASSED_OVER = (nn.Dropout, nn.Dropout2d, nn.Identity, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True)
class Cut:
    """How a network is cut; found once on the meta device, it holds for every network of its kind.

    opened: the modules whose own layers count one by one. kept: segments of the graph that belong to the
    body. shapes: what each layer of the body gives for one image, without the batch dimension. split: index
    of the layer where the second layer group begins.
    """

    opened: frozenset[str]
    kept: int
    shapes: tuple[tuple[int, ...], ...]
    split: int

    def body(self, network: nn.Module) -> nn.Sequential:
        """The network's own modules up to its pooling; what it does between them becomes small modules."""
        training = network.training
        segments = segments_of(traced(network, self.opened))[: self.kept]
        return nn.Sequential(*(as_module(network, layer) for layer in layers_of(segments))).train(training)


def layout(shape: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """(channels, dimensions to pool over, the batch being dimension 0) of what a layer gives for one image.

    Maps are (f, h, w), in some transformers (h, w, f); tokens (t, f); a row (f,) has nothing to pool.
    """
    if len(shape) == 3:
        last = shape[0] == shape[1] != shape[2]
        return (shape[2], (1, 2)) if last else (shape[0], (2, 3))
    return shape[-1], tuple(range(1, len(shape)))


def find_cut(network: nn.Module, size: int) -> Cut:
    """Where to cut `network`, which lies on the meta device; size: pixels of a side of its images.

    Raises ValueError, saying why, for a network that is not a classifier or that torch.fx cannot follow.
    """
    opened, kept = frozenset({""}), None
    segments = segments_of(_followed(traced, network, opened))
    while (found := _opened(network, opened, segments, kept))[0] != opened or kept is None:
        opened, segments = found
        modules = [as_module(network, segment) for segment in segments]
        shapes = _followed(trial, modules, size, size)
        kept = _kept(modules, shapes)
    if kept == 0 or len(shapes[-1]) != 1:
        raise BadValue("it does not end in a classifier: one number per class for every image")
    ends = list(accumulate(map(len, segments)))
    layer_ends = accumulate(map(len, layers_of(segments[:kept])))
    layers = tuple(shapes[ends.index(end)] for end in layer_ends)
    return Cut(opened, kept, layers, _split(layers, size))


def on_meta(build: Callable[[], nn.Module]) -> nn.Module:
    """What `build` makes, with shapes but without memory for its numbers; no random number is used up."""
    # `torch.device("meta")` would do, were there not networks that compute their widths with tensors.
    thread = threading.get_ident()

    def no_memory(module: nn.Module, name: str, parameter: nn.Parameter | None) -> Any:
        if parameter is None or threading.get_ident() != thread:
            return parameter
        return nn.Parameter(parameter.to("meta"), requires_grad=parameter.requires_grad)

    hook = register_module_parameter_registration_hook(no_memory)
    with torch.random.fork_rng(devices=[]):
        try:
            return build().to("meta")
        except (NotImplementedError, RuntimeError):  # it computes with its own weights while it is built
            hook.remove()
            return build().to("meta")
        finally:
            hook.remove()


def trial(layers: Sequence[nn.Module], height: int, width: int) -> list[tuple[int, ...]]:
    """The shapes that these layers, on the meta device, give one after another for one image.

    () where a layer gives several tensors at once.
    """
    x: Any = torch.empty(2, 3, height, width, device="meta")
    shapes = []
    with torch.no_grad():
        for layer in layers:
            x = layer.eval()(x)
            shapes.append(tuple(x.shape[1:]) if isinstance(x, Tensor) else ())
    return shapes


def _followed(way: Callable[..., T], *arguments: Any) -> T:
    """What a way through a network's own code gives. Raises ValueError where that code cannot be followed."""
    try:
        return way(*arguments)
    except Exception as error:  # what a network does to a proxy or a trial batch may fail in any way
        raise BadValue(f"its layers cannot be followed ({first_line(error)})") from error


def _opened(
    network: nn.Module, opened: frozenset[str], segments: list[list[fx.Node]], kept: int | None
) -> tuple[frozenset[str], list[list[fx.Node]]]:
    """The containers to look into: while one layer holds nearly all weights, its own layers count.

    opened: those known so far, which give these segments. kept: how many of them are the body; all before the
    classifier while it is None. Returns the containers with the segments that they give.
    """
    if kept is None:
        kept = _last_with_weights([as_module(network, segment) for segment in segments])
    while heavy := _heavy(network, segments[:kept]):
        try:
            closer = segments_of(traced(network, {*opened, heavy}))
        except Exception:  # its forward cannot be traced, so it stays one layer
            break
        if len(closer) <= len(segments):  # it is a tangle inside
            break
        kept += len(closer) - len(segments)
        opened, segments = opened | {heavy}, closer
    return opened, segments


def _kept(modules: Sequence[nn.Module], shapes: Sequence[tuple[int, ...]]) -> int:
    """How many segments belong to the body: those before the pooling, walking back from the classifier."""
    row = 0
    for n in range(_last_with_weights(modules) - 1, -1, -1):
        shape = shapes[n]
        if isinstance(modules[n], _PASSED_OVER):
            continue
        if len(shape) == 1:
            row = row or n + 1
        elif len(shape) == 2:
            return row or n + 1
        elif len(shape) == 3 and shape[1] > 1:
            return n + 1
    return row


def _last_with_weights(modules: Sequence[nn.Module]) -> int:
    """Which of them is the classifier."""
    return max((n for n, module in enumerate(modules) if any(True for _ in module.parameters())), default=0)


def _split(shapes: Sequence[tuple[int, ...]], size: int) -> int:
    """Late are the layers from the last but one that shrinks the maps; without maps, the second half."""
    maps = [(number, shape[1]) for number, shape in enumerate(shapes) if len(shape) == 3]
    shrinking = [n for (_, before), (n, now) in pairwise([(-1, size), *maps]) if now < before / 1.5]
    late = shrinking[-2] if len(shrinking) > 1 else len(shapes) // 2
    return max(1, min(late, len(shapes) - 1))


def _heavy(network: nn.Module, segments: Sequence[list[fx.Node]]) -> str | None:
    """The name of the layer with layers inside that holds nearly all weights of these."""
    modules = [as_module(network, segment) for segment in segments]
    sizes = [sum(p.numel() for p in module.parameters()) for module in modules]
    for segment, module, size in zip(segments, modules, sizes, strict=True):
        if size > _HEAVY * sum(sizes) and is_module(segment) and any(True for _ in module.children()):
            return str(segment[0].target)
    return None


def first_line(error: Exception) -> str:
    """The beginning of somebody else's error message, to be quoted within a sentence."""
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line if len(line) <= 150 else f"{line[:150].rsplit(maxsplit=1)[0]} …"

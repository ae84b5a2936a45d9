"""A network as a row of segments: between two of them a single tensor is all that goes on.

torch.fx follows what the network does with its input; modules of the network become segments, and so does
what happens between them.
"""

import threading
from collections.abc import Callable, Collection, Sequence
from inspect import signature
from itertools import pairwise
from typing import Any

import torch
from torch import fx, nn


class OwnThreadTracer(fx.Tracer):
    """A tracer that sees its own thread only: networks that run in others meanwhile are left alone, though
    torch.fx patches every module of the process. opened: the modules that are followed inside; all that are
    not torch's own when not given.
    """

    def __init__(self, opened: Collection[str] | None = None) -> None:
        super().__init__()
        self.opened, self.thread = opened, threading.get_ident()

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        if self.opened is None:
            return super().is_leaf_module(m, module_qualified_name)
        return module_qualified_name not in self.opened

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """A module is called, in whatever thread."""
        if threading.get_ident() != self.thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """A module's parameter or buffer is asked for, in whatever thread."""
        if threading.get_ident() != self.thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


def traced(network: nn.Module, opened: Collection[str]) -> fx.Graph:
    """The graph of the network, in evaluation mode; opened: the modules that are followed inside."""
    options = list(signature(network.forward).parameters.values())[1:]
    defaults = {option.name: option.default for option in options if option.default is not option.empty}
    graph = OwnThreadTracer(opened).trace(network.eval(), concrete_args=defaults)
    for node in reversed(graph.nodes):
        # Assertions are about the size of the images, of which the lab speaks in its own words.
        unused = not node.users and node.op in ("call_function", "call_method", "get_attr")
        if node.target is torch._assert or unused:
            graph.erase_node(node)
    return graph


def segments_of(graph: fx.Graph) -> list[list[fx.Node]]:
    """The nodes between one place where a single value is all that goes on and the next."""
    nodes = [node for node in graph.nodes if node.op != "output"]
    place = {node: number for number, node in enumerate(graph.nodes)}
    segments: list[list[fx.Node]] = [[]]
    needed = 0  # the place of the last node that uses a value from before
    for number, node in enumerate(nodes):
        if node.op != "placeholder":
            segments[-1].append(node)
            if needed <= number and node.op != "get_attr":
                segments.append([])
        needed = max([needed, *(place[user] for user in node.users)])
    return [segment for segment in segments if segment]


def is_module(segment: Sequence[fx.Node]) -> bool:
    """Whether a segment is one module of the network, called with nothing but what goes on."""
    node = segment[0]
    return len(segment) == 1 and node.op == "call_module" and len(node.args) == 1 and not node.kwargs


def layers_of(segments: Sequence[list[fx.Node]]) -> list[list[fx.Node]]:
    """Layers: modules of the network one by one, and what lies between two of them together."""
    layers: list[list[fx.Node]] = []
    for before, segment in pairwise([[], *segments]):
        if not before or is_module(before) or is_module(segment):
            layers.append([])
        layers[-1] = layers[-1] + segment
    return layers


def as_module(network: nn.Module, nodes: Sequence[fx.Node]) -> nn.Module:
    """The segment or layer as a module; the network's own where it is one."""
    if is_module(nodes):
        return network.get_submodule(str(nodes[0].target))
    graph = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    entry = graph.placeholder("x")
    for node in nodes:
        copies[node] = graph.node_copy(node, lambda before: copies.get(before, entry))
    graph.output(copies[nodes[-1]])
    name = "".join(part.title() for part in nodes[-1].name.split("_") if not part.isdigit())
    return Between(network, graph, class_name=name)


class Between(fx.GraphModule):
    """What a network does between its modules, such as adding the positions to its tokens."""

    def recompile(self) -> Any:
        code = super().recompile()
        # fx's own call prints the code to stderr before it raises; the lab says what is wrong in words.
        type(self).__call__ = nn.Module.__call__  # type: ignore[method-assign]
        return code

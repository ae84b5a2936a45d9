"""The activations of chosen layers for a picture, read by forward hooks that are always taken off again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadType, BadValue
from lab.inside.choice import chosen
from lab.inside.subject import Subject, as_float


def activations(source: Any, pictures: Any, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
    """What layers answer to pictures: name -> float32 on the CPU, in the order in which the layers run.

    source: a learner, what `load_learner` returned, or a module. pictures: a picture, a list of them or a
    tensor, as `Subject.batch` takes them. layers: their names; None: those of `lab.layers(model)`. The shape
    is (n, maps, h, w) in the body and (n, numbers) in the head. A layer used several times gives what it
    answered last. The network runs in eval mode and float32, without gradients, and is left as it was; while
    the learner is being trained, this waits for the end of the batch. Raises ValueError for a layer that the
    model does not have or that does not run, TypeError for one that answers with something else than a
    tensor.
    """
    subject = Subject(source)
    names = chosen(subject.model, layers)
    x = subject.batch(pictures)
    captured: dict[str, Tensor] = {}

    def keep(name: str, output: Any) -> None:
        if not isinstance(output, Tensor):
            raise BadType(f"activations: layer {name!r} gives a {type(output).__name__}, not a tensor.")
        captured[name] = as_float(output)

    model = subject.at_rest()
    with torch.no_grad(), hooked(model, names, keep):
        model(x)
    silent = [name for name in names if name not in captured]
    if silent and layers is not None:
        raise BadValue(f"activations: {', '.join(silent)} did not run for this input. Choose other layers.")
    return captured


@contextmanager
def hooked(model: nn.Module, names: Sequence[str], see: Callable[[str, Any], None]) -> Iterator[None]:
    """Within the block `see(name, output)` is called whenever one of the named layers has run."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(add_hook(model, name, see))
        yield


def add_hook(model: nn.Module, name: str, see: Callable[[str, Any], None]) -> Any:
    """Call `see(name, output)` after the layer has run, until `.remove()` is called on what is returned."""

    # A plain function: when a body is folded, its copy takes the hooks along, and functions are not copied.
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        see(name, output)

    return model.get_submodule(name).register_forward_hook(hook)

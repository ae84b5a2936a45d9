"""The activations of chosen layers for a picture, read by forward hooks that are always taken off again."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadType, BadValue
from lab.inside.choice import chosen
from lab.inside.subject import Subject


def activations(source: Any, pictures: Any, layers: Sequence[str] | None = None) -> dict[str, Tensor]:
    """Return what layers answer to images, by name, in the order in which the layers run.

    Parameters
    ----------
    source : learner, predictor or module
        A learner, what `load_learner` returned, or a torch module.
    pictures : path, PIL image, array, Tensor, or a list
        The images, prepared as in validation; or the input itself, a float tensor in 0..1.
    layers : sequence of str, optional
        The layers' names; without them those of `lab.layers(model)`.

    Returns
    -------
    dict of str to Tensor
        float32 on the CPU: (n, maps, h, w) in the body and (n, numbers) in the head. A layer used several
        times gives what it answered last.

    Raises
    ------
    ValueError
        For a layer that the model does not have or that does not run.
    TypeError
        For a layer that gives no tensor, and for what cannot be made the model's input.

    Notes
    -----
    The network runs in eval mode and float32, without gradients, and is left as it was.

    Examples
    --------
    >>> found = lab.activations(learn, path / "red" / "00.png")
    >>> found["body.0"].shape
    torch.Size([1, 16, 32, 32])
    """
    subject = Subject(source)
    names = chosen(subject.model, layers)
    x = subject.batch(pictures)
    captured: dict[str, Tensor] = {}

    def keep(name: str, output: Any) -> None:
        if not isinstance(output, Tensor):
            raise BadType(f"activations: layer {name!r} gives a {type(output).__name__}, not a tensor.")
        # A copy, which a layer that works in place cannot change.
        captured[name] = output.detach().to("cpu", torch.float32, copy=True)

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

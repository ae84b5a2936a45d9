"""Which layers of a network are worth looking at: a handful, in forward order, each with a few words.

A convolutional body works in stages, between which the maps shrink to half their size; the last layer of each
stage has seen the most at that size. Of a head each linear layer counts, after its activation function.
"""

from collections.abc import Sequence

from torch import nn

from lab.core.errors import BadValue
from lab.models.classifier import Classifier

_MOST = 8  # layers of a network that is not a Classifier
_WITH_WEIGHTS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_POOLS = (nn.MaxPool2d, nn.AvgPool2d)


def layers(model: nn.Module) -> dict[str, str]:
    """Return the layers worth looking at, each with a description.

    Of a model of the lab these are the last layer of every stage of its body and the linear layers of its
    head; of another module up to 8 of its linear and convolutional layers, in the order of their definition.

    Parameters
    ----------
    model : torch.nn.Module
        The network, such as `learn.model`.

    Returns
    -------
    dict of str to str
        Name, as in `model.named_modules()`, -> description.

    Examples
    --------
    >>> lab.layers(learn.model)["head.3"]
    'head: 512 hidden numbers after ReLU'
    """
    if isinstance(model, Classifier):
        return _body_layers(model.body) | _head_layers(model.head)
    return _layers_with_weights(model)


def chosen(model: nn.Module, names: Sequence[str] | None) -> dict[str, str]:
    """The layers called `names`, or those of `layers(model)`, with their descriptions.

    Raises ValueError, listing what there is, for a name that the model does not have.
    """
    known = layers(model)
    if names is None:
        return known
    names = [names] if isinstance(names, str) else list(names)
    there = dict(model.named_modules())
    unknown = [name for name in names if name not in there]
    if unknown:
        raise BadValue(
            f"layers: this model has no {', '.join(map(repr, unknown))}. Worth looking at are: "
            f"{', '.join(known)}; model.named_modules() lists them all."
        )
    return {name: known.get(name, type(there[name]).__name__) for name in names}


def _body_layers(body: nn.Sequential) -> dict[str, str]:
    children = list(body.children())
    shrinks = [_stride(child) for child in children]
    described, factor, maps = {}, 1, 0
    for i, child in enumerate(children):
        factor *= shrinks[i]
        convolutions = [layer for layer in child.modules() if isinstance(layer, nn.Conv2d)]
        maps = convolutions[-1].out_channels if convolutions else maps
        last_of_stage = i + 1 == len(children) or shrinks[i + 1] > 1
        if last_of_stage and not isinstance(child, _POOLS):
            size = f"1/{factor} of the picture" if factor > 1 else "the picture's size"
            described[f"body.{i}"] = f"body, layer {i + 1} of {len(children)}: {maps} maps of {size}"
    return described


def _stride(layer: nn.Module) -> int:
    """By how much a layer shrinks its maps; branches side by side shrink them once."""
    strides = [m.stride for m in layer.modules() if isinstance(m, (nn.Conv2d, *_POOLS))]
    return max((s if isinstance(s, int) else max(s) for s in strides), default=1)


def _head_layers(head: nn.Module) -> dict[str, str]:
    linears = [(name, layer) for name, layer in head.named_modules() if isinstance(layer, nn.Linear)]
    described = {}
    for name, layer in linears:
        after, function = _after_activation(head, name)
        where = f"head.{after}" if after else "head"
        last = layer is linears[-1][1]
        what = f"{layer.out_features} classes" if last else f"{layer.out_features} hidden numbers"
        described[where] = f"head: {what}{function}"
    return described


def _layers_with_weights(model: nn.Module) -> dict[str, str]:
    found = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, _WITH_WEIGHTS)]
    if len(found) > _MOST:
        found = [found[round(i * (len(found) - 1) / (_MOST - 1))] for i in range(_MOST)]
    described = {}
    for name, layer in found:
        out = layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels
        unit = "numbers" if isinstance(layer, nn.Linear) else "maps"
        after, function = _after_activation(model, name)
        described[after] = f"{out} {unit}{function}"
    return described


def _after_activation(model: nn.Module, name: str) -> tuple[str, str]:
    """The layer where what `name` computes has passed its activation function, if it goes through one, and
    the words for it, such as " after ReLU".

    Only inside a Sequential is it certain what comes next.
    """
    parent_name, _, own = name.rpartition(".")
    parent = model.get_submodule(parent_name)
    if not isinstance(parent, nn.Sequential):
        return name, ""
    following = list(parent.named_children())
    following = following[[child for child, _ in following].index(own) + 1 :]
    for child, layer in following:
        if type(layer).__module__ == "torch.nn.modules.activation":
            after = f"{parent_name}.{child}" if parent_name else child
            return after, f" after {type(layer).__name__}"
        if not isinstance(layer, nn.modules.batchnorm._BatchNorm):
            break
    return name, ""

"""The backbones that a learner can stand on: any classification network of torchvision or timm, by name.

`pocketnet`, for the drawn pictures, and `efficientnet_lite0`, for photos, need no download. Nothing heavy is
imported before a network is used.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from lab.core.errors import BadType, BadValue
from lab.models import libraries
from lab.models.architecture import Architecture
from lab.models.efficientnet_lite import LITE, LITE_MEAN, LITE_STD
from lab.models.libraries import TIMM


def _of_torchvision(name: str, weights: str) -> Architecture:
    return Architecture(name, name, weights)


_KNOWN = (
    # pocketnet's statistics are those of its own recipe (recipes/pocketnet/README.md).
    Architecture("pocketnet", "mobilenet_v3_small", mean=(0.45,) * 3, std=(0.25,) * 3),
    # The course's ResNets keep the weights that its lessons have always had.
    *(_of_torchvision(f"resnet{depth}", "IMAGENET1K_V1") for depth in (18, 34, 50, 101, 152)),
    _of_torchvision("mobilenet_v2", "IMAGENET1K_V2"),
    _of_torchvision("mobilenet_v3_small", "IMAGENET1K_V1"),
    _of_torchvision("mobilenet_v3_large", "IMAGENET1K_V2"),
    _of_torchvision("efficientnet_b0", "IMAGENET1K_V1"),
    Architecture(LITE, LITE, mean=LITE_MEAN, std=LITE_STD),
)
ARCHITECTURES: dict[str, Architecture] = {known.name: known for known in _KNOWN}
_SHORTENED = re.compile(r"(.+)\[:-(\d+)\]")

Arch = str | Architecture | Callable[..., nn.Module] | Mapping[str, Any]  # what `architecture` understands


def architecture(arch: Arch) -> Architecture:
    """The architecture that is meant by `arch`.

    A name, in any case: "pocketnet", a classification network of torchvision ("convnext_tiny"), or, where
    timm is installed, one of timm's ("timm/resnet18d", or "resnet18d" where torchvision has none of that
    name). "resnet34[:-2]" is resnet34 without its last two layers. Also the function that builds it, such as
    torchvision.models.resnet18; what `Architecture.config` gave; an `Architecture` comes back unchanged.
    Raises ValueError, with the closest names, for a name that neither has, and TypeError, in words, for
    anything else, such as a network that is already built.
    """
    if isinstance(arch, Architecture):
        return arch
    if isinstance(arch, Mapping):
        return _from_config(arch)
    if isinstance(arch, str):
        short = _SHORTENED.fullmatch(arch)
        return _named(short[1]).shortened(int(short[2])) if short else _named(arch)
    return _named(_name_of(arch))


def _from_config(config: Mapping[str, Any]) -> Architecture:
    found = architecture(config["name"])
    (m0, m1, m2), (s0, s1, s2) = (map(float, config[key]) for key in ("mean", "std"))
    return replace(found, mean=(m0, m1, m2), std=(s0, s1, s2), size=int(config["size"]))


def _named(name: str) -> Architecture:
    known = ARCHITECTURES.get(name) or ARCHITECTURES.get(name.lower())
    if known:
        return known
    found = libraries.canonical(name)
    if found is None:
        raise BadValue(f"architecture: {libraries.unknown(name, ARCHITECTURES)}")
    weights = libraries.published(found)
    return Architecture(found, found, **vars(weights)) if weights else Architecture(found, found)


def _name_of(arch: Any) -> str:
    """The name of the network that a function of torchvision or timm builds."""
    if isinstance(arch, nn.Module):
        raise BadType(
            f"architecture: got a {type(arch).__name__}, a network that is already built. Give its name, "
            "such as arch='resnet18', or the function, arch=torchvision.models.resnet18, without calling it. "
            "A network of your own trains whole with lab.Learner(dls, network)."
        )
    name, home = getattr(arch, "__name__", ""), getattr(arch, "__module__", "") or ""
    if callable(arch) and not isinstance(arch, type):
        if home.startswith("torchvision.models.quantization"):
            return f"quantized_{name}"  # torchvision's own name for it
        if home.startswith("torchvision.models"):
            return name
        if home.startswith("timm."):
            return f"{TIMM}{name}"
    raise BadType(
        f"architecture: got {arch!r:.100}. Give the name of a network, such as 'resnet18', or a function of "
        "torchvision.models or timm that builds one. A network of your own trains whole with "
        "lab.Learner(dls, network)."
    )

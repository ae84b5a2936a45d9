"""`Architecture`: where a network comes from, with which statistics its images were normalised, and its body.

Where the body ends, how many channels that gives and how its layers fall into groups for discriminative rates
is found from the network itself when it is first asked (lab/models/cutting.py).
"""

import functools
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

from torch import nn

from lab.core.errors import BadValue
from lab.models import libraries
from lab.models.cutting import Cut, find_cut, first_line, layout, on_meta, trial
from lab.models.libraries import IMAGENET_MEAN, IMAGENET_STD, TIMM

# Where the second layer group begins, when it is not where `cutting` would put it.
_SPLITS = {"mobilenet_v2": 11, "mobilenet_v3_small": 8, "mobilenet_v3_large": 11, "efficientnet_b0": 5}


@dataclass(frozen=True)
class Architecture:
    """A classification network cut before its pooling layer.

    Parameters
    ----------
    name : str
        How it is called here: "resnet34[:-2]" when its last layers are left out, "timm/resnet18d" when it is
        timm's.
    builder : str
        Its name in the library.
    weights : str, optional
        The library's name for its pretrained weights. None for pocketnet and efficientnet_lite0, whose
        weights come in packages, and where there are none.
    mean, std : tuple of float
        Of the images that it was trained on, per channel.
    size : int
        Pixels of a side of those images; some networks take no other.
    cut : int
        Layers left out at its end.

    Examples
    --------
    >>> lab.resnet34.shortened(2)
    resnet34[:-2]
    >>> lab.resnet34.size, lab.resnet34.features
    (224, 512)
    """

    name: str
    builder: str
    weights: str | None = None
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    size: int = 224
    cut: int = 0

    def __repr__(self) -> str:
        return self.name

    @property
    def features(self) -> int:
        """Channels of the body's output; where that is a row of numbers per image, its length."""
        return layout(self.shapes[-1])[0]

    @property
    def pooled_dims(self) -> tuple[int, ...]:
        """The dimensions of the body's output to pool over, the batch being 0; () when it is a row."""
        return layout(self.shapes[-1])[1]

    @property
    def width(self) -> int:
        """Numbers per image that the head sees: mean and maximum of every channel, or the row as it is."""
        return (2 if self.pooled_dims else 1) * self.features

    @property
    def split(self) -> int:
        """Index into the body's children where the second layer group begins."""
        found = _SPLITS.get(self.builder, self._found.split)
        return max(1, min(found, len(self.shapes) - 1))

    def weights_url(self) -> str:
        """Where torchvision publishes the ImageNet weights; the file's name ends in its digest."""
        if self.weights is None or self.builder.startswith(TIMM):
            raise BadValue(f"weights_url: {self} has no weights of torchvision's.")
        return libraries.weights_url(self.builder, self.weights)

    def build_body(self) -> nn.Sequential:
        """The body with random weights: (n, 3, h, w) normalised pictures in, (n, features, h', w') out.

        A network that ends in no maps gives (n, features), or (n, tokens, features) to be pooled.
        """
        return self.cut_off(libraries.build(self.builder, self.size))

    def build_on_meta(self) -> nn.Module:
        """The whole network with its classifier, without memory for its numbers, to ask for shapes."""
        return on_meta(lambda: libraries.build(self.builder, self.size))

    def cut_off(self, network: nn.Module) -> nn.Sequential:
        """The body of a whole network, which goes on sharing its modules."""
        body = self._found.body(network)
        _faster_batch_norm(body)
        return body[: -self.cut] if self.cut else body

    def shortened(self, cut: int) -> "Architecture":
        """The same without the last `cut` layers of the body (2018 lesson: `xtra_cut`); 0 is itself.

        Raises ValueError unless two layers or more are left, and where the last of them gives no tensor.
        """
        if cut == 0:
            return self
        layers = len(self.shapes)
        if not 0 < cut <= layers - 2:
            raise BadValue(
                f"architecture: {cut} layers were to be left out of {self}, whose body has {layers}. "
                f"Choose a number from 0 to {max(0, layers - 2)}."
            )
        name = f"{self.name.partition('[')[0]}[:-{self.cut + cut}]"
        shorter = replace(self, name=name, cut=self.cut + cut)
        if not shorter.shapes[-1]:
            raise BadValue(
                f"architecture: {self} cannot be cut there, where several tensors run in parallel. "
                "Choose another number of layers."
            )
        return shorter

    def with_weights(self, weights: str | Enum) -> "Architecture":
        """The same with other weights of torchvision's, such as "IMAGENET1K_V2", and their statistics.

        Raises ValueError, listing what there is, for weights that torchvision does not have of this network.
        """
        names = [] if self.weights is None else libraries.weights_names(self.builder)
        found = libraries.published(self.builder, weights) if names else None
        if found is None:
            there = f"Give one of {', '.join(names)}, or" if names else "It has none by name: give"
            raise BadValue(
                f"weights: {self} has no weights called {str(weights)!r}. {there} "
                "the path of a .pth or .safetensors file."
            )
        return replace(self, **vars(found))

    def refuses(self, height: int, width: int) -> str | None:
        """Why the network cannot take images of this size, in its own words; None when it can."""
        try:
            trial(list(self.cut_off(self.build_on_meta())), height, width)
        except Exception as error:  # each network has its own way to fail
            return first_line(error)
        return None

    def config(self) -> dict[str, Any]:
        """Plain values to be kept as JSON, of which `architecture` makes an equal network again."""
        return {"name": self.name, "mean": list(self.mean), "std": list(self.std), "size": self.size}

    @property
    def _found(self) -> Cut:
        try:
            return _find_cut(self.builder, self.size)
        except BadValue as error:
            raise BadValue(
                f"{self.name}: the network cannot be cut into body and head: {error}. Build it yourself and "
                "train it whole: lab.Learner(dls, network)."
            ) from error

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """What each layer of the body gives for one image of the network's size; () for several tensors."""
        shapes = self._found.shapes
        return shapes[: len(shapes) - self.cut]


@functools.cache
def _find_cut(builder: str, size: int) -> Cut:
    return find_cut(on_meta(lambda: libraries.build(builder, size)), size)


def _faster_batch_norm(body: nn.Module) -> None:
    # Some networks average batch statistics with a momentum of 0.01 or less, made for runs of many thousand
    # steps; a fine-tuning of a hundred steps would leave them where they started.
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d) and module.momentum is not None:
            module.momentum = max(module.momentum, 0.1)

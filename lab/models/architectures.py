"""The backbones that a learner can stand on, as a table.

An `Architecture` says where a network comes from, where its convolutional body ends, how its layers fall into
groups for discriminative rates, and with which statistics its pictures were normalised. Nothing heavy is
imported until `build_body` is called. `pocketnet` is the one that needs no download.
"""

import re
from dataclasses import dataclass, replace

import torch
from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Architecture:
    """A convolutional network cut at its pooling layer.

    name: how it is called here, "resnet34[:-2]" when its last layers are left out. builder: the function of
    `torchvision.models` that makes it.
    features: channels of the body's output. split: index into the body's children where the second
    layer group begins. body: "features" (the body is that attribute) or "children" (all children but the
    pooling and the linear layer, as in a ResNet). cut: layers left out at its end. weights: torchvision's
    name for the ImageNet weights, None for pocketnet, whose weights come with the package.
    """

    name: str
    builder: str
    features: int
    split: int
    body: str = "features"
    weights: str | None = None
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    cut: int = 0

    def __repr__(self) -> str:
        return self.name

    def weights_url(self) -> str:
        """Where torchvision publishes the ImageNet weights; the file's name ends in its digest."""
        enum = _torchvision_models().get_model_weights(self.builder)
        return enum[self.weights].url

    def build_body(self) -> nn.Sequential:
        """The body with random weights: (n, 3, h, w) normalised pictures in, (n, features, h', w') out."""
        network = getattr(_torchvision_models(), self.builder)(weights=None)
        whole = self.body == "features"
        body = network.features if whole else nn.Sequential(*list(network.children())[:-2])
        if self.builder.startswith("mobilenet_v3"):
            _faster_batch_norm(body)
        return body[: -self.cut] if self.cut else body

    def shortened(self, cut: int) -> "Architecture":
        """The same without the last `cut` layers of the body (2018 lesson: `xtra_cut`); 0 is itself.

        Raises ValueError unless two layers or more are left.
        """
        if cut == 0:
            return self
        layers = len(self._on_paper())
        if not 0 < cut <= layers - 2:
            raise ValueError(
                f"architecture: {cut} layers were to be left out of {self}, whose body has {layers}. "
                f"Choose a number from 0 to {layers - 2}."
            )
        name = f"{self.name.partition('[')[0]}[:-{self.cut + cut}]"
        shorter = replace(self, name=name, cut=self.cut + cut, split=min(self.split, layers - cut - 1))
        with torch.device("meta"):
            features = shorter._on_paper().eval()(torch.empty(1, 3, 64, 64)).shape[1]
        return replace(shorter, features=features)

    def _on_paper(self) -> nn.Sequential:
        """The body without memory for its numbers, to ask for shapes."""
        with torch.device("meta"):
            return self.build_body()


def _torchvision_models():
    try:
        import torchvision
    except (ImportError, RuntimeError) as error:
        raise ImportError(
            "torchvision cannot be imported beside this torch "
            f"({error}). Most often one of the two is a CPU-only build and the other is not: "
            "reinstall both together, from one place, with `pip install --force-reinstall torch torchvision`."
        ) from error
    return torchvision.models


def _faster_batch_norm(body: nn.Module) -> None:
    # torchvision's MobileNetV3 averages batch statistics with momentum 0.01, made for runs of many
    # thousand steps; a fine-tuning of a hundred steps would leave them where they started.
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1


def _resnet(depth: int, features: int) -> Architecture:
    return Architecture(f"resnet{depth}", f"resnet{depth}", features, 6, "children", "IMAGENET1K_V1")


_ALL = (
    # pocketnet's statistics are those of its own recipe (lab/models/pocketnet/RECIPE.md).
    Architecture("pocketnet", "mobilenet_v3_small", 576, 8, mean=(0.45,) * 3, std=(0.25,) * 3),
    _resnet(18, 512),
    _resnet(34, 512),
    _resnet(50, 2048),
    _resnet(101, 2048),
    _resnet(152, 2048),
    Architecture("mobilenet_v2", "mobilenet_v2", 1280, 11, weights="IMAGENET1K_V2"),
    Architecture("mobilenet_v3_small", "mobilenet_v3_small", 576, 8, weights="IMAGENET1K_V1"),
    Architecture("mobilenet_v3_large", "mobilenet_v3_large", 960, 11, weights="IMAGENET1K_V2"),
    Architecture("efficientnet_b0", "efficientnet_b0", 1280, 5, weights="IMAGENET1K_V1"),
)
ARCHITECTURES: dict[str, Architecture] = {architecture.name: architecture for architecture in _ALL}
_SHORTENED = re.compile(r"(\w+)\[:-(\d+)\]")


def architecture(arch: str | Architecture) -> Architecture:
    """The architecture called `arch`; an `Architecture` comes back unchanged.

    "resnet34[:-2]" is resnet34 without its last two layers.
    Raises ValueError, listing the known names, for any other.
    """
    if isinstance(arch, Architecture):
        return arch
    short = _SHORTENED.fullmatch(str(arch))
    if short and short[1] in ARCHITECTURES:
        return ARCHITECTURES[short[1]].shortened(int(short[2]))
    if arch not in ARCHITECTURES:
        raise ValueError(f"architecture: {arch!r} is not known. Known are: {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[arch]

"""What torchvision and timm offer: the names of their classification networks, how one is built, what its
pretrained weights are called and how its images were normalised.

The only file that knows how the two libraries spell things. Both are imported when they are first asked.
"""

import difflib
import importlib
import importlib.util
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from torch import nn

from lab.core.errors import MissingFile, MissingPackage
from lab.models.cutting import first_line
from lab.models.efficientnet_lite import LITE, EfficientNetLite0

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
TIMM = "timm/"  # what the names of timm's networks begin with, here and in an exported file

# torchvision's other networks, by what they do; their modules carry these names.
_OTHER_TASKS = {
    "segmentation": "segmentation",
    "detection": "detection",
    "video": "videos",
    "optical_flow": "optical flow",
    "quantization": "quantised inference",
}


@dataclass(frozen=True)
class Published:
    """Of pretrained weights: their name in the library, the images' statistics and size in pixels."""

    weights: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    size: int


def torchvision_models() -> Any:
    """`torchvision.models`. Raises ImportError, saying what to do, beside a torch that does not fit."""
    try:
        import torchvision  # type: ignore[import-untyped]
    except (ImportError, RuntimeError) as error:
        raise MissingPackage(
            "torchvision cannot be imported beside this torch "
            f"({error}). Most often one of the two is a CPU-only build and the other is not: "
            "reinstall both together, from one place, with `pip install --force-reinstall torch torchvision`."
        ) from error
    return torchvision.models


def timm() -> Any:
    """The module timm where it is installed, else None."""
    return importlib.import_module("timm") if importlib.util.find_spec("timm") else None


def torchvision_names() -> list[str]:
    """The classification networks of torchvision."""
    models = torchvision_models()
    return list(models.list_models(models))


def weights_names(name: str) -> list[str]:
    """The names of the pretrained weights that can be chosen for a network; timm has them in its names."""
    return [] if name.startswith(TIMM) else list(torchvision_models().get_model_weights(name).__members__)


def unknown(name: str, also: Collection[str]) -> str:
    """What to say of a name that neither library knows. also: names that are known besides theirs."""
    models = torchvision_models()
    others = [other for other in _OTHER_TASKS if name.lower() in models.list_models(getattr(models, other))]
    if others:
        return (
            f"{name!r} is torchvision's network for {_OTHER_TASKS[others[0]]}, and this lab classifies "
            "images. Give a classification network, such as 'resnet18'."
        )
    wanted = name.lower().removeprefix(TIMM)
    ours = list(dict.fromkeys([*also, *torchvision_names()]))
    library = timm()
    timms = [other for other in library.list_models() if other not in ours] if library else []
    closest = [close for names in (ours, timms) for close in difflib.get_close_matches(wanted, names, n=3)]
    nearest = f" The closest names are: {', '.join(closest)}." if closest else ""
    more = "" if library else " timm is not installed here; `pip install timm` does that."
    return (
        f"{name!r} is not known. Known are: {', '.join(also)}, all that "
        "torchvision.models.list_models(torchvision.models) lists, and where timm is installed, "
        f"timm.list_models().{nearest}{more}"
    )


def canonical(name: str) -> str | None:
    """The name by which `build` knows the network called `name`, in any case; None for an unknown one.

    torchvision's come first; "timm/" before it asks for timm's.
    """
    lower = name.lower()
    if lower in torchvision_names():
        return lower
    library = timm()
    bare = lower.removeprefix(TIMM)
    if library is None or not library.is_model(bare):
        return None
    try:
        library.get_pretrained_cfg(bare)
    except RuntimeError:  # a name of weights after the dot that this network does not have
        return None
    return f"{TIMM}{bare}"


def build(name: str, size: int) -> nn.Module:
    """The whole network with random weights, its classifier included. size: pixels of its images' sides."""
    if name == LITE:
        return EfficientNetLite0()
    if name.startswith(TIMM):
        library = timm()
        if library is None:
            raise MissingPackage(f"{name}: timm is not installed. Install it with `pip install timm`.")
        return library.create_model(name.removeprefix(TIMM), pretrained=False, num_classes=1000)
    options: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        options = {"aux_logits": False, "init_weights": True}
    elif name.startswith("vit_"):
        options = {"image_size": size}
    elif name.startswith("maxvit"):
        options = {"input_size": (size, size)}
    return getattr(torchvision_models(), name)(weights=None, **options)


def published(name: str, weights: str | Enum = "DEFAULT") -> Published | None:
    """The pretrained weights of a network: of torchvision's the newest, or those called `weights`.

    None when there are none, or none of that name.
    """
    if name.startswith(TIMM):
        library = timm()
        cfg = library.get_pretrained_cfg(name.removeprefix(TIMM)) if library else None
        if cfg is None:
            return None
        return Published("timm", tuple(cfg.mean), tuple(cfg.std), cfg.input_size[-1])
    enum = torchvision_models().get_model_weights(name)
    entry = weights if isinstance(weights, Enum) else enum.__members__.get(weights.upper())
    if not isinstance(entry, enum):
        return None
    preset = entry.transforms()
    mean, std = tuple(preset.mean), tuple(preset.std)
    if name in ("googlenet", "inception_v3"):
        # Inside, torchvision turns ImageNet's statistics into these, on which the weights were trained.
        mean = std = (0.5, 0.5, 0.5)
    return Published(entry.name, mean, std, preset.crop_size[0])


def weights_url(name: str, weights: str) -> str:
    """Where torchvision publishes these weights; the file's name ends in its digest."""
    return str(torchvision_models().get_model_weights(name)[weights].url)


def timm_weights(name: str) -> Path:
    """The safetensors file of timm's weights, fetched where huggingface_hub, which timm uses, can do so.

    Raises FileNotFoundError, in words, when it cannot, or when timm has none in that format.
    """
    library = timm()
    cfg = library.get_pretrained_cfg(name.removeprefix(TIMM)) if library else None
    elsewhere = (
        "Give a .safetensors or .pth file of them as weights=, use arch='pocketnet', whose weights come with "
        "the package, or pretrained=False."
    )
    if cfg is None or not cfg.hf_hub_id:
        there = f", only {cfg.url}" if cfg is not None and cfg.url else ""
        raise MissingFile(f"{name}: timm publishes no safetensors file of weights{there}. {elsewhere}")
    hub = importlib.import_module("huggingface_hub")
    file = "model.safetensors"
    with suppress(Exception):  # each version of the hub has its own words for "it is not here"
        return Path(hub.hf_hub_download(cfg.hf_hub_id, file, local_files_only=True))
    try:
        # Without a network the hub tries again for half a minute, so ask first whether there is one.
        with suppress(HTTPError):
            urlopen(hub.constants.ENDPOINT, timeout=10).close()
        return Path(hub.hf_hub_download(cfg.hf_hub_id, file))
    except Exception as error:  # the hub's own errors, and those of its connection
        raise MissingFile(
            f"{name}: its weights, {file} of {cfg.hf_hub_id}, are not on this machine and could not be "
            f"downloaded ({first_line(error)}). {elsewhere}"
        ) from error

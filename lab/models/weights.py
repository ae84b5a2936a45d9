"""Pretrained weights for a body: the embedded ones, those already on the machine, or a download.

ImageNet weights are looked for where torchvision keeps them, so what was downloaded once for any project
is found here too. There is never a silent swap: weights that cannot be had are an error that names the
file, the folder to put it in, and `pocketnet`.
"""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from lab.models.architectures import Architecture
from lab.models.pocketnet import WEIGHTS


def load_pretrained(body: nn.Module, arch: Architecture) -> None:
    """Fill `body` (as `arch.build_body()` made it) with its pretrained weights, in place.

    Raises FileNotFoundError when the weights are not on this machine and cannot be downloaded, ValueError
    when the file on disk is not what its name says.
    """
    if arch.weights is None:
        state = {name: tensor.float() for name, tensor in load_file(WEIGHTS).items()}
        state = _with_counters(state, body)
    else:
        state = _body_part(_torchvision_state(arch), body, arch)
    if arch.cut:
        left = {name.partition(".")[0] for name in body.state_dict()}
        state = {name: tensor for name, tensor in state.items() if name.partition(".")[0] in left}
    body.load_state_dict(state)


def weights_digest(body: nn.Module) -> str:
    """A digest of every weight and buffer of `body`: equal if and only if the outputs can be reused."""
    digest = hashlib.sha256()
    for name, tensor in body.state_dict().items():
        digest.update(name.encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        digest.update(flat.view(torch.uint8).numpy())
    return digest.hexdigest()


def _with_counters(state: dict, body: nn.Module) -> dict:
    # BatchNorm's num_batches_tracked is not worth a place in the embedded file.
    counters = {k: v for k, v in body.state_dict().items() if k.endswith("num_batches_tracked")}
    return counters | state


def _torchvision_state(arch: Architecture) -> dict:
    url = arch.weights_url()
    name = url.rsplit("/", 1)[1]
    path = Path(torch.hub.get_dir()) / "checkpoints" / name
    if not path.is_file():
        _download(arch, url, path)
    # torchvision publishes its weights in torch's own format. weights_only admits tensors and nothing else.
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise ValueError(
            f"{path}: the file is damaged or holds something else than weights ({error}). "
            f"Delete it; it is fetched again from {url}, or put it there by hand."
        ) from error


def _download(arch: Architecture, url: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = path.stem.rsplit("-", 1)[1]
    try:
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digest)
    except (OSError, RuntimeError) as error:
        raise FileNotFoundError(
            f"{arch.name}: its ImageNet weights, {path.name}, are not on this machine and could not be "
            f"downloaded ({error}). Fetch {url} where there is a network and put it in {path.parent} "
            "(or set TORCH_HOME to the folder that holds hub/checkpoints). With no network at all, use "
            "arch='pocketnet', whose weights come with the package, or pretrained=False."
        ) from error


def _body_part(state: dict, body: nn.Module, arch: Architecture) -> dict:
    """Of a whole network's weights, those of the body, under the body's names."""
    if arch.body == "features":
        prefix = "features."
        return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    # A ResNet's children in order: conv1 bn1 relu maxpool layer1..4, then avgpool and fc.
    order = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
    numbers = {child: str(number) for number, child in enumerate(order)}
    renamed = {}
    for key, value in state.items():
        child, _, rest = key.partition(".")
        if child in numbers:
            renamed[f"{numbers[child]}.{rest}"] = value
    return _with_counters(renamed, body)

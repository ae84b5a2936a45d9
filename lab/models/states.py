"""Files of weights: read without executing anything, compared with a network by name and shape, copied in.

A file may hold the whole network under the library's names, the body alone, or what this lab saved. What does
not fit is named before anything is copied.
"""

import re
from collections import OrderedDict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lab.core.errors import BadValue, MissingFile
from lab.models.architectures import Architecture

SUFFIXES = (".pth", ".pt", ".bin", ".safetensors")
State = Mapping[str, Tensor]

_INSIDE = ("state_dict", "model", "model_state_dict", "model_ema", "net", "weights")  # where scripts put it
_WRAPPERS = ("module.", "_orig_mod.")  # put before every name by DataParallel and by torch.compile
_COUNTER = "num_batches_tracked"  # of batch norm; no prediction depends on it, so files may lack it
# names of torchvision's files of 2017
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)")


def read_state(path: Path, advice: str) -> State:
    """The tensors in a file of weights, by name. advice: what to do about a damaged one, as a sentence.

    Raises FileNotFoundError for no file, ValueError, in words, for a file that holds something else.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise MissingFile(f"weights: {path} {what}. Give a {' or '.join(SUFFIXES)} file.")
    if path.suffix not in SUFFIXES:
        raise BadValue(f"weights: {path} is not a file of weights. Give a {' or '.join(SUFFIXES)} file.")
    try:
        # weights_only admits tensors and plain containers of them, and nothing that would run.
        read = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # a damaged file can make the reader fail in any way
        raise BadValue(
            f"{path}: the file is damaged or holds something else than weights ({_begins(path)}). {advice}"
        ) from error
    state = _unwrapped(read)
    if not state:
        raise BadValue(
            f"{path}: the file holds no tensors by name, as network.state_dict() has them. {advice}"
        )
    return state


def fill(body: nn.Module, arch: Architecture, state: State, path: Path) -> None:
    """Copy the weights in `state` into `body`, as `arch.build_body()` made it.

    Raises ValueError, naming what differs, when they are not those of this network; then nothing is changed.
    """
    own = body.state_dict()
    if any(name.startswith("body.") for name in state):  # a file of this lab's
        state = {k.removeprefix("body."): v for k, v in state.items() if k.startswith("body.")}
    wanted = {name for name in own if not name.endswith(_COUNTER)}
    found = dict(state) if wanted <= state.keys() else _through_network(arch, state, path)
    _check_shapes(arch, path, own, found)
    body.load_state_dict({name: found.get(name, tensor) for name, tensor in own.items()})


def _through_network(arch: Architecture, state: State, path: Path) -> dict[str, Tensor]:
    """The body's part of a whole network's weights, under the body's names."""
    network = arch.build_on_meta()
    body = arch.cut_off(network)
    names = {id(tensor): name for name, tensor in network.state_dict(keep_vars=True).items()}
    # The body shares its tensors with the network, so they tell which name there is which name here.
    here = {names[id(tensor)]: name for name, tensor in body.state_dict(keep_vars=True).items()}
    named = OrderedDict((_OLD_DENSENET.sub(r"\1\2", name), tensor) for name, tensor in state.items())
    own = network.state_dict()
    _check_shapes(arch, path, {name: own[name] for name in here}, named)
    classifier = [name for name in named if name in own and name not in here]
    for name in classifier:  # it may have been made for other classes
        del named[name]
    # The modules themselves know the names of their older versions, by this record of torch's.
    metadata = getattr(state, "_metadata", None)
    if metadata is None and here.keys() <= named.keys():
        metadata = own._metadata  # type: ignore[attr-defined]
    named._metadata = metadata  # type: ignore[attr-defined]
    result = network.load_state_dict(named, strict=False, assign=True)
    missing = [name for name in result.missing_keys if name in here and not name.endswith(_COUNTER)]
    tops = {name.partition(".")[0] for name in here}
    foreign = [name for name in result.unexpected_keys if name.partition(".")[0] in tops]
    if missing or foreign:
        raise BadValue(
            f"{path} does not fit {arch}: {_listed('it lacks', missing)}{'; ' if missing and foreign else ''}"
            f"{_listed('it has besides', foreign)}. The file begins with {', '.join(list(state)[:3])}. Give "
            f"weights of {arch}, or another arch."
        )
    # Asked of the network: a parameter that lies loose between its modules was replaced there alone.
    filled = network.state_dict()
    return {name: filled[there] for there, name in here.items() if not filled[there].is_meta}


def _unwrapped(read: Any) -> State:
    """The tensors by name in what was read, without the wrappings of training scripts; empty if none."""
    while isinstance(read, Mapping) and not any(isinstance(value, Tensor) for value in read.values()):
        read = next((read[key] for key in _INSIDE if isinstance(read.get(key), Mapping)), None)
    if not isinstance(read, Mapping):
        return {}
    state: OrderedDict[str, Tensor] = OrderedDict((k, v) for k, v in read.items() if isinstance(v, Tensor))
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in state):
            state = OrderedDict((name.removeprefix(prefix), tensor) for name, tensor in state.items())
    if hasattr(read, "_metadata"):
        state._metadata = read._metadata  # type: ignore[attr-defined]
    return state


def _check_shapes(arch: Architecture, path: Path, wanted: State, found: State) -> None:
    pairs = [(name, tuple(found[name].shape), tuple(wanted[name].shape)) for name in wanted if name in found]
    different = [f"{name} is {there} and should be {here}" for name, there, here in pairs if there != here]
    if different:
        problem = _listed("of other shapes", different)
        raise BadValue(f"{path} does not fit {arch}: {problem}. Give weights of {arch}, or another arch.")


def _listed(what: str, names: Collection[str]) -> str:
    if not names:
        return ""
    more = ", …" if len(names) > 3 else ""
    return f"{what} ({len(names)}): {', '.join(list(names)[:3])}{more}"


def _begins(path: Path) -> str:
    """What the first bytes of a file that cannot be read say about it."""
    try:
        with path.open("rb") as file:
            start = file.read(60)
    except OSError as error:
        return str(error)
    if start.lstrip().startswith(b"<"):
        text = start.decode("utf-8", "replace").strip()
        return f"it is a web page, {text!r}, as a proxy or a login page sends one"
    if start.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, not the file itself"
    if start.startswith((b"PK", b"\x80")):
        return "it is cut short, or would run code when it is read, as a whole pickled network does"
    return f"it begins with {start[:20]!r}" if start else "it is empty"

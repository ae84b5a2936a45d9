"""One safetensors file with a JSON header: written whole and read back, or not at all."""

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lab.core.errors import BadValue
from lab.data.home import atomic_write
from lab.processes import first_does

FORMAT = 1


def write_tensors(path: Path, tensors: dict[str, Tensor], header: dict[str, Any], who: str) -> None:
    """Write, read back, compare, and only then take the place of an older file; the first process does it.

    who: names the caller in the message. Raises OSError when the file cannot be written, also when what is
    read is not what was written.
    """
    text = json.dumps({"format": FORMAT, **header})

    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as temporary:
            save_file(tensors, temporary, metadata={"lab": text})
            there, found = read_tensors(Path(temporary))
            if json.dumps(found) != text or not _same(there, tensors):
                raise OSError("what was read back is not what was written")

    try:
        first_does(write)
    except (SafetensorError, OSError, ValueError) as error:
        # Path.is_file may raise where its folder may not be looked into.
        kept = "The file of that name is the old one, whole. " if os.path.isfile(path) else ""  # noqa: PTH113
        raise OSError(
            f"{who}: {path} cannot be written ({error}). {kept}"
            "Make room, or give a full path on another disk or in a folder that you may write to."
        ) from error


def read_tensors(path: Path, prefix: str | None = "") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the header of a file. Raises ValueError for one that this lab did not write.

    prefix: take only the tensors whose names begin with it; None takes the header alone.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            names = [] if prefix is None else [key for key in file.keys() if key.startswith(prefix)]  # noqa: SIM118  not a dict
            tensors = {name: file.get_tensor(name) for name in names}
        header = json.loads(metadata["lab"])
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise BadValue(f"{path} is not a file that this lab wrote, or it is damaged ({error}).") from error
    if header.get("format", 0) > FORMAT:
        raise BadValue(f"{path} was written by a newer version of pawlab. Update pawlab to read it.")
    return tensors, header


def _same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Equal to the bit, NaN included."""
    return one.keys() == other.keys() and all(
        one[name].dtype == other[name].dtype
        and torch.equal(torch.nan_to_num(one[name]), torch.nan_to_num(other[name].cpu()))
        for name in one
    )

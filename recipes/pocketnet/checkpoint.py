"""A stopped training goes on: network and optimiser in one safetensors file, counters in its metadata."""

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


def save_checkpoint(
    path: Path,
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    settings: Any,
    step: int,
    seconds: float,
) -> None:
    """Write everything that the next step needs; the file before stays until the new one is whole.

    settings: a dataclass of plain values; a checkpoint is only taken up again with equal ones.
    """
    tensors = {f"net.{name}": tensor.contiguous() for name, tensor in net.state_dict().items()}
    for number, state in optimiser.state_dict()["state"].items():
        for name, tensor in state.items():
            tensors[f"optimiser.{number}.{name}"] = tensor.contiguous()
    metadata = {"settings": _text(settings), "step": str(step), "seconds": repr(seconds)}
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, metadata=metadata)
    temporary.replace(path)


def load_checkpoint(
    path: Path, net: nn.Module, optimiser: torch.optim.Optimizer, settings: Any
) -> tuple[int, float]:
    """Fill net and optimiser from the file; returns (steps done, seconds spent), zeros without a file.

    Raises ValueError when the checkpoint was written under other settings.
    """
    if not path.is_file():
        return 0, 0.0
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        if metadata["settings"] != _text(settings):
            raise ValueError(
                f"{path}: this checkpoint was written with {metadata['settings']}, the run asks for "
                f"{_text(settings)}. Use those settings, or delete the file to start anew."
            )
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    net.load_state_dict({name[4:]: t for name, t in tensors.items() if name.startswith("net.")})
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = _laid_out(tensor, parameters[int(number)])
    optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
    return int(metadata["step"]), float(metadata["seconds"])


def _laid_out(tensor: torch.Tensor, parameter: torch.Tensor) -> torch.Tensor:
    # The fused AdamW walks through memory, so moments must lie as their parameter does (channels last).
    if tensor.shape != parameter.shape:
        return tensor
    return torch.empty_like(parameter, requires_grad=False).copy_(tensor)


def _text(settings: Any) -> str:
    if not is_dataclass(settings):
        raise TypeError(f"checkpoint: settings {settings!r}. Give a dataclass instance.")
    return json.dumps(asdict(settings), sort_keys=True)

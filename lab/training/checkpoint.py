"""Saving and loading: weights as safetensors with a JSON header, written whole or not at all.

`save` and `load` keep a learner's weights (and optimiser) to go on training; `export` and `load_learner` keep
all that is needed to predict elsewhere. One file each: tensors, and in its header what they belong to.
Nothing in such a file is executed when it is read.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lab.data.home import atomic_write
from lab.data.pipeline import pipeline_from_config
from lab.models.classifier import Classifier, create_classifier
from lab.training.precision import Precision
from lab.training.predictor import Predictor

FORMAT = 1
OPTIMISER = "optimiser."


class Checkpoints:
    """The saving half of a `Learner`."""

    def save(self, name: str | Path, with_opt: bool = True) -> Path:
        """Write the weights, and the optimiser's state, to `path/models/name.safetensors`; returns the file.

        The old file stays whole until the new one is complete. Raises OSError when it cannot be written.
        """
        path = self._checkpoint_path(name)
        with self.turns.alone():
            tensors = _copies(self.model)
            if with_opt:
                tensors |= _optimiser_tensors(self.optimiser)
        optimiser = type(self.optimiser).__name__ if with_opt else None
        _write(path, tensors, {"kind": "checkpoint", "optimiser": optimiser, **self._describe()})
        return path

    def load(self, name: str | Path, with_opt: bool = True) -> "Checkpoints":
        """Read what `save` wrote, in place; returns the learner.

        Which layers are frozen stays as it is now. Raises FileNotFoundError, listing what is there, and
        ValueError in words when the file belongs to another architecture, to other classes, or to another
        optimiser. Then nothing has changed.
        """
        path = self._checkpoint_path(name)
        if not path.is_file():
            there = ", ".join(sorted(p.stem for p in path.parent.glob("*.safetensors"))) or "none"
            raise FileNotFoundError(f"load: {path} does not exist. Saved in {path.parent}: {there}.")
        tensors, header = _read(path)
        _check_same(path, header, self._describe())
        state = {k: v for k, v in tensors.items() if not k.startswith(OPTIMISER)}
        _check_shapes(path, state, self.model.state_dict())
        optimiser_state = _optimiser_state(tensors) if with_opt else None
        if optimiser_state:
            _check_optimiser(path, header, self.optimiser)
        with self.turns.alone():
            self.model.load_state_dict(state)
            if optimiser_state is not None:
                self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": optimiser_state})
        return self

    def export(self, path: str | Path = "export.safetensors") -> Path:
        """Write all that predicting needs elsewhere to one file; a relative path lies under `learn.path`.

        Raises TypeError for a model or a transform of your own, which a file without code cannot hold.
        """
        if not isinstance(self.model, Classifier):
            raise TypeError(
                f"export: the model is a {type(self.model).__name__}, not one from create_classifier, so "
                "a file cannot describe it. Keep its code and use save() and load()."
            )
        path = self.path / Path(path)
        header = {
            "kind": "export",
            **self._describe(),
            "head": head_config(self.model),
            "data": self.dls.config(),
        }
        with self.turns.alone():
            tensors = _copies(self.model)
        _write(path, tensors, header)
        return path

    def _checkpoint_path(self, name: str | Path) -> Path:
        name = Path(name)
        if not name.name or (not name.is_absolute() and ".." in name.parts):
            raise ValueError(
                f"save, load: {str(name)!r} came as a name. Give one such as 'stage-1', which is kept in "
                f"{self.path / 'models'}, or a full path."
            )
        path = name if name.is_absolute() else self.path / "models" / name
        return path if path.suffix == ".safetensors" else path.with_name(f"{path.name}.safetensors")

    def _describe(self) -> dict[str, Any]:
        arch = getattr(self.model, "arch", None)
        return {
            "arch": arch.name if arch else type(self.model).__name__,
            "vocab": [str(label) for label in self.dls.vocab],
        }


def load_learner(path: str | Path, device: str | torch.device = "cpu") -> Predictor:
    """The exported model in `path`, ready to predict; nothing in the file is executed.

    Raises FileNotFoundError, and ValueError when the file is not one that `export` wrote.
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(
            f"load_learner: {path} {what}. Give the file that learn.export() wrote and returned."
        )
    tensors, header = _read(path)
    if header.get("kind") != "export":
        raise ValueError(
            f"load_learner: {path} is a checkpoint from learn.save(), not an exported model. "
            "Use learn.load() for it, or write one with learn.export()."
        )
    vocab = header["vocab"]
    model = create_classifier(header["arch"], len(vocab), pretrained=False, hidden=header["head"]["hidden"])
    model.load_state_dict(tensors)
    device = torch.device(device)
    precision = Precision("auto", device)
    return Predictor(
        model.to(device).eval(),
        pipeline_from_config(header["data"]),
        vocab,
        device,
        precision.autocast,
    )


def head_config(model: Classifier) -> dict[str, Any]:
    """The shape of a head made by `create_head`: the sizes of its hidden layers."""
    linears = [layer for layer in model.head if isinstance(layer, torch.nn.Linear)]
    return {"hidden": [layer.out_features for layer in linears[:-1]]}


def _write(path: Path, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic_write(path) as temporary:
            save_file(tensors, temporary, metadata={"lab": json.dumps({"format": FORMAT, **header})})
    except (SafetensorError, OSError) as error:
        kept = "The file of that name is the old one, whole. " if path.is_file() else ""
        raise OSError(
            f"save: {path} cannot be written ({error}). {kept}"
            "Make room, or give a full path on another disk as the name."
        ) from error


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  not a dict
        header = json.loads(metadata["lab"])
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise ValueError(f"{path} is not a file that this lab wrote, or it is damaged ({error}).") from error
    if header.get("format", 0) > FORMAT:
        raise ValueError(f"{path} was written by a newer version of pawlab. Update pawlab to read it.")
    return tensors, header


def _check_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    if found["arch"] != wanted["arch"]:
        raise ValueError(
            f"load: {path.name} holds weights of {found['arch']}, but this learner's model is "
            f"{wanted['arch']}. Make the learner with that architecture."
        )
    if len(found["vocab"]) != len(wanted["vocab"]):
        raise ValueError(
            f"load: {path.name} was trained on {len(found['vocab'])} classes, this learner has "
            f"{len(wanted['vocab'])}. Load it into a learner with the same classes."
        )
    if found["vocab"] != wanted["vocab"]:
        other = [a for a, b in zip(found["vocab"], wanted["vocab"], strict=True) if a != b][:3]
        raise ValueError(
            f"load: {path.name} was trained on other classes, among them {', '.join(other)}. "
            "Its outputs would be called by the wrong names."
        )


def _copies(model: torch.nn.Module) -> dict[str, Tensor]:
    """The weights as they are now; a run in the background may go on while they are written."""
    return {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {}
    for number, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            tensor = value if isinstance(value, Tensor) else torch.tensor(value)
            tensors[f"{OPTIMISER}{number}.{name}"] = tensor.clone().contiguous()
    return tensors


def _check_shapes(path: Path, found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Checked before anything is copied: a model that took half of a file would be worse than an error."""
    for name in (*wanted, *found):
        shapes = [tuple(part[name].shape) if name in part else "missing" for part in (found, wanted)]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"load: {path.name} does not fit this model: {name} is {shapes[0]} in the file and "
                f"{shapes[1]} in the model. Make the learner with the same head (hidden=...) as when it "
                "was saved. Nothing was changed."
            )


def _check_optimiser(path: Path, header: dict[str, Any], optimiser: torch.optim.Optimizer) -> None:
    there, here = header.get("optimiser"), type(optimiser).__name__
    if there != here:
        raise ValueError(
            f"load: {path.name} holds the state of the optimiser {there}, this learner's is {here}. "
            "Load the weights alone with load(name, with_opt=False). Nothing was changed."
        )


def _optimiser_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(OPTIMISER):
            number, name = key.removeprefix(OPTIMISER).split(".")
            state.setdefault(int(number), {})[name] = tensor
    return state

"""Saving and loading: weights as safetensors with a JSON header, written whole or not at all.

`save` and `load` keep a learner's weights (and optimiser) to go on training; `export` keeps all that
`load_learner` (`predictor.py`) needs to predict elsewhere. One file each: tensors, and in its header what
they belong to. What is written is read back and compared before it replaces an older file. Nothing in such a
file is executed when it is read.
"""

from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from lab.core.errors import BadType, BadValue, MissingFile
from lab.core.evaluation import evaluation_copy, forward
from lab.core.learner import Learner
from lab.core.losses import softmax
from lab.models.classifier import Classifier
from lab.progress import notify
from lab.training.precision import MixedPrecision
from lab.training.predictor import rebuilt
from lab.training.tensor_file import read_tensors, write_tensors

OPTIMISER = "optimiser."
RUN = "run."  # what only the run that wrote the file needs; see lab/training/resuming.py


class SavesWeights(Learner):
    """The core's learner, with its weights on disk."""

    path: Path
    precision: MixedPrecision

    def save(self, name: str | Path, with_opt: bool = True) -> Path:
        """Write the weights, and the optimiser's state, to `path/models/name.safetensors`; returns the file.

        The old file stays whole until the new one has been read back. Raises OSError when it cannot be
        written.
        """
        return write_checkpoint(self, name, with_opt)

    def load(self, name: str | Path, with_opt: bool = True, strict: bool = True) -> Self:
        """Read what `save` wrote, in place; returns the learner.

        Which layers are frozen stays as it is now. strict=False: take the tensors that fit (the body, when
        there are more classes now) and say which did not. Raises FileNotFoundError, listing what is there,
        and ValueError in words when the file belongs to another architecture, to other classes, or to
        another optimiser. Then nothing has changed.
        """
        path = checkpoint_path(self, name, "load")
        if not path.is_file():
            there = ", ".join(sorted(p.stem for p in path.parent.glob("*.safetensors"))) or "none"
            raise MissingFile(f"load: {path} does not exist. Saved in {path.parent}: {there}.")
        tensors, header = read_tensors(path)
        if header.get("kind") == "export":
            raise BadValue(
                f"load: {path} is an exported model from learn.export(), not a checkpoint from learn.save(). "
                "Use lab.load_learner() for it."
            )
        state = {k: v for k, v in tensors.items() if not k.startswith((OPTIMISER, RUN))}
        own = self.model.state_dict()
        if not strict:
            fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
            left = sorted(own.keys() - fitting.keys())
            self.model.load_state_dict(fitting, strict=False)
            taken = f"{len(fitting)} of {len(own)} tensors taken from {path.name}"
            notify(f"load: {taken}; as before: {_some(left)}.")
            return self
        _check_same_model(path, header, _describe(self))
        _check_shapes(path, state, own)
        self.match_optimiser()
        optimiser_state = _optimiser_state(tensors) if with_opt else {}
        if optimiser_state:
            _check_optimiser(path, header, optimiser_state, self.optimiser)
        self.model.load_state_dict(state)
        if with_opt:
            self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": optimiser_state})
        return self

    def export(self, path: str | Path = "export.safetensors") -> Path:
        """Write all that predicting needs elsewhere to one file; a relative path lies under `learn.path`.

        Returns the file. Raises TypeError for a model or a transform of your own, which a file without code
        cannot hold.
        """
        if not isinstance(self.model, Classifier):
            raise BadType(
                f"export: the model is a {type(self.model).__name__}, not one from create_classifier, so "
                "a file cannot describe it. Keep its code and use save() and load()."
            )
        path = self.path / Path(path)
        tensors = _copies(self.model)
        linears = [layer for layer in self.model.head.modules() if isinstance(layer, torch.nn.Linear)]
        header = {
            "kind": "export",
            **_describe(self),
            "architecture": self.model.arch.config(),
            "head": {"hidden": [layer.out_features for layer in linears[:-1]]},
            "mean": self.model.normalise.mean.flatten().tolist(),
            "std": self.model.normalise.std.flatten().tolist(),
            "data": self.dls.config(),
        }
        _check_rebuilt(self, tensors, header)
        write_tensors(path, tensors, header, "export")
        return path


def write_checkpoint(
    learn: SavesWeights,
    name: str | Path,
    with_opt: bool = True,
    run: tuple[dict[str, Tensor], dict[str, Any]] = ({}, {}),
) -> Path:
    """See `SavesWeights.save`. run: further tensors, whose names begin with RUN, and parts of the header."""
    path = checkpoint_path(learn, name, "save")
    tensors = {**_copies(learn.model), **run[0]}
    optimiser = type(learn.optimiser).__name__ if with_opt else None
    if with_opt:
        tensors |= _optimiser_tensors(learn.optimiser)
    header = {"kind": "checkpoint", "optimiser": optimiser, **_describe(learn), **run[1]}
    write_tensors(path, tensors, header, "save")
    return path


def _check_same_model(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Raise ValueError for a file of another architecture or of other classes."""
    if found["arch"] != wanted["arch"]:
        raise BadValue(
            f"load: {path.name} holds weights of {found['arch']}, but this learner's model is "
            f"{wanted['arch']}. Make the learner with that architecture."
        )
    if len(found["vocab"]) != len(wanted["vocab"]):
        raise BadValue(
            f"load: {path.name} was trained on {len(found['vocab'])} classes, this learner has "
            f"{len(wanted['vocab'])}. Load it into a learner with the same classes, or take what fits, all "
            "but the last layer, with load(name, strict=False)."
        )
    if found["vocab"] != wanted["vocab"]:
        other = [str(a) for a, b in zip(found["vocab"], wanted["vocab"], strict=True) if a != b][:3]
        raise BadValue(
            f"load: {path.name} was trained on other classes, among them {', '.join(other)}. "
            "Its outputs would be called by the wrong names. To train on from its weights all the same, use "
            "load(name, strict=False)."
        )


def _check_shapes(path: Path, found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    """Checked before anything is copied: a model that took half of a file would be worse than an error."""
    for name in (*wanted, *found):
        shapes = [tuple(part[name].shape) if name in part else "missing" for part in (found, wanted)]
        if shapes[0] != shapes[1]:
            raise BadValue(
                f"load: {path.name} does not fit this model: {name} is {shapes[0]} in the file and "
                f"{shapes[1]} in the model. Make the learner with the same head (hidden=...) as when it "
                "was saved, or take what fits with load(name, strict=False). Nothing was changed."
            )


def _check_optimiser(
    path: Path, header: dict[str, Any], state: dict[int, dict[str, Tensor]], optimiser: torch.optim.Optimizer
) -> None:
    """Raise ValueError for the state of another optimiser, or of more parameters."""
    there, here = header.get("optimiser"), type(optimiser).__name__
    count = sum(len(group["params"]) for group in optimiser.param_groups)
    if there != here or max(state) >= count:
        what = f"the optimiser {there}, this learner's is {here}" if there != here else "more parameters"
        raise BadValue(
            f"load: {path.name} holds the state of {what}. "
            "Load the weights alone with load(name, with_opt=False). Nothing was changed."
        )


def _check_rebuilt(learn: SavesWeights, tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Raise TypeError unless the file's model would say the same: a changed layer is not described by it."""
    size = learn.dls.one_batch()[0].shape[1:] if hasattr(learn.dls, "one_batch") else (3, 64, 64)
    x = torch.rand(2, *size, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            there = softmax(rebuilt(tensors, header)(x))
    except (RuntimeError, ValueError) as error:
        why = str(error).splitlines()[-1].strip()
        raise BadType(_NOT_DESCRIBED.format(f"would not load ({why})")) from error
    # Of several processes each looks for itself: two rows are too few to be shared.
    model, autocast = evaluation_copy(learn.model), learn.precision.autocast
    here = softmax(forward(model, [x], learn.device, autocast)[0])
    tolerance = 1e-4 if not learn.precision.autocast else 0.05
    if not torch.allclose(here, there, atol=tolerance, equal_nan=True):
        raise BadType(_NOT_DESCRIBED.format(f"differs by {(here - there).abs().max():.2g} in probability"))


_NOT_DESCRIBED = (
    "export: the model has a layer that create_classifier does not make, and without it the file {}. "
    "Nothing was written. Keep the code of the model and use save() and load()."
)


def checkpoint_path(learn: SavesWeights, name: str | Path, who: str) -> Path:
    name = Path(name)
    if not name.name or (not name.is_absolute() and ".." in name.parts):
        raise BadValue(
            f"{who}: got {str(name)!r} as a name. Give one such as 'stage-1', which is kept in "
            f"{learn.path / 'models'}, or a full path."
        )
    path = name if name.is_absolute() else learn.path / "models" / name
    return path if path.suffix == ".safetensors" else path.with_name(f"{path.name}.safetensors")


def _describe(learn: SavesWeights) -> dict[str, Any]:
    arch = getattr(learn.model, "arch", None)
    vocab = getattr(learn.dls, "vocab", ())
    return {
        "arch": arch.name if arch else type(learn.model).__name__,
        "vocab": [label if isinstance(label, bool | int) else str(label) for label in vocab],
    }


def _copies(model: torch.nn.Module) -> dict[str, Tensor]:
    """The weights as they are now; a run in the background may go on while they are written."""
    return {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = {}
    for number, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            if value is not None:
                tensor = value if isinstance(value, Tensor) else torch.tensor(value)
                tensors[f"{OPTIMISER}{number}.{name}"] = tensor.clone().contiguous()
    return tensors


def _optimiser_state(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith(OPTIMISER):
            number, name = key.removeprefix(OPTIMISER).split(".", 1)
            state.setdefault(int(number), {})[name] = tensor
    return state


def _some(names: list[str]) -> str:
    return (", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")) or "none"

"""Saving and loading: weights as safetensors with a JSON header, written whole or not at all.

`save` and `load` keep a learner's weights (and optimiser) to go on training; `export` and `load_learner` keep
all that is needed to predict elsewhere. One file each: tensors, and in its header what they belong to.
What is written is read back and compared before it replaces an older file. Nothing in such a file is executed
when it is read.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lab.core.errors import BadType, BadValue, MissingFile
from lab.core.evaluation import evaluation_copy, forward
from lab.core.losses import softmax
from lab.data.pipeline import pipeline_from_config
from lab.data.vocab import Vocab
from lab.models.classifier import Classifier, create_classifier
from lab.progress import notify
from lab.training.checkpoint_checks import check_optimiser, check_same_model, check_shapes
from lab.training.precision import MixedPrecision
from lab.training.predictor import Predictor
from lab.training.tensor_file import read_tensors, write_tensors

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner

OPTIMISER = "optimiser."
RUN = "run."  # what only the run that wrote the file needs; see lab/training/resuming.py


def save(
    learn: "ImageLearner",
    name: str | Path,
    with_opt: bool = True,
    run: tuple[dict[str, Tensor], dict[str, Any]] = ({}, {}),
) -> Path:
    """See `ImageLearner.save`. run: further tensors, whose names begin with RUN, and parts of the header."""
    path = checkpoint_path(learn, name, "save")
    tensors = {**_copies(learn.model), **run[0]}
    optimiser = type(learn.optimiser).__name__ if with_opt else None
    if with_opt:
        tensors |= _optimiser_tensors(learn.optimiser)
    header = {"kind": "checkpoint", "optimiser": optimiser, **_describe(learn), **run[1]}
    write_tensors(path, tensors, header, "save")
    return path


def load(learn: "ImageLearner", name: str | Path, with_opt: bool = True, strict: bool = True) -> None:
    """See `ImageLearner.load`."""
    path = checkpoint_path(learn, name, "load")
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
    own = learn.model.state_dict()
    if not strict:
        fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
        left = sorted(own.keys() - fitting.keys())
        learn.model.load_state_dict(fitting, strict=False)
        notify(
            f"load: {len(fitting)} of {len(own)} tensors taken from {path.name}; as before: {_some(left)}."
        )
        return
    check_same_model(path, header, _describe(learn))
    check_shapes(path, state, own)
    learn.match_optimiser()
    optimiser_state = _optimiser_state(tensors) if with_opt else {}
    if optimiser_state:
        check_optimiser(path, header, optimiser_state, learn.optimiser)
    learn.model.load_state_dict(state)
    if with_opt:
        learn.optimiser.load_state_dict({**learn.optimiser.state_dict(), "state": optimiser_state})


def export(learn: "ImageLearner", path: str | Path) -> Path:
    """See `ImageLearner.export`."""
    if not isinstance(learn.model, Classifier):
        raise BadType(
            f"export: the model is a {type(learn.model).__name__}, not one from create_classifier, so "
            "a file cannot describe it. Keep its code and use save() and load()."
        )
    path = learn.path / Path(path)
    tensors = _copies(learn.model)
    header = {
        "kind": "export",
        **_describe(learn),
        "architecture": learn.model.arch.config(),
        "head": head_config(learn.model),
        "mean": learn.model.normalise.mean.flatten().tolist(),
        "std": learn.model.normalise.std.flatten().tolist(),
        "data": learn.dls.config(),
    }
    _check_rebuilt(learn, tensors, header)
    write_tensors(path, tensors, header, "export")
    return path


def load_learner(path: str | Path, device: str | torch.device = "cpu") -> Predictor:
    """Return the exported model in `path`, ready to predict; nothing in the file is executed.

    Parameters
    ----------
    path : path or str
        The file that `learn.export` wrote. A relative path is within the working folder.
    device : str or device
        Where the model runs.

    Returns
    -------
    Predictor
        Its `predict(image)` gives (label, index, probabilities); its `vocab` has the classes.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not one that `export` wrote.

    Examples
    --------
    >>> predictor = lab.load_learner(learn.export("colours.safetensors"))
    >>> label, index, probabilities = predictor.predict(path / "red" / "00.png")
    >>> label in predictor.vocab, probabilities.shape
    (True, torch.Size([3]))
    """
    path = Path(path)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise MissingFile(
            f"load_learner: {path.absolute()} {what}. Give the file that learn.export() returned: a relative "
            "path is there within the folder of the data, learn.path, and here within the working folder."
        )
    tensors, header = read_tensors(path)
    if header.get("kind") != "export":
        raise BadValue(
            f"load_learner: {path} is a checkpoint from learn.save(), not an exported model. "
            "Use learn.load() for it, or write one with learn.export()."
        )
    model = _rebuilt(tensors, header)
    device = torch.device(device)
    pipeline = pipeline_from_config(header["data"])
    vocab = Vocab(header["vocab"], keep_order=True)
    return Predictor(
        model.to(device).eval(), pipeline, vocab, device, MixedPrecision("auto", device).autocast
    )


def head_config(model: Classifier) -> dict[str, Any]:
    """The shape of a head made by `create_head`: the sizes of its hidden layers."""
    linears = [layer for layer in model.head.modules() if isinstance(layer, torch.nn.Linear)]
    return {"hidden": [layer.out_features for layer in linears[:-1]]}


def _rebuilt(tensors: dict[str, Tensor], header: dict[str, Any]) -> Classifier:
    """The classifier that a header and its tensors describe."""
    arch = header.get("architecture", header["arch"])  # a name alone in files from before 0.2
    model = create_classifier(arch, len(header["vocab"]), pretrained=False, hidden=header["head"]["hidden"])
    model.load_state_dict(tensors)
    if "mean" in header:  # older files were all written with those of the architecture
        model.normalise.mean.copy_(torch.tensor(header["mean"]).view(1, -1, 1, 1))
        model.normalise.std.copy_(torch.tensor(header["std"]).view(1, -1, 1, 1))
    return model.eval()


def _check_rebuilt(learn: "ImageLearner", tensors: dict[str, Tensor], header: dict[str, Any]) -> None:
    """Raise TypeError unless the file's model would say the same: a changed layer is not described by it."""
    size = learn.dls.one_batch()[0].shape[1:] if hasattr(learn.dls, "one_batch") else (3, 64, 64)
    x = torch.rand(2, *size, generator=torch.Generator().manual_seed(0))
    try:
        with torch.no_grad():
            there = softmax(_rebuilt(tensors, header)(x))
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


def checkpoint_path(learn: "ImageLearner", name: str | Path, who: str) -> Path:
    name = Path(name)
    if not name.name or (not name.is_absolute() and ".." in name.parts):
        raise BadValue(
            f"{who}: got {str(name)!r} as a name. Give one such as 'stage-1', which is kept in "
            f"{learn.path / 'models'}, or a full path."
        )
    path = name if name.is_absolute() else learn.path / "models" / name
    return path if path.suffix == ".safetensors" else path.with_name(f"{path.name}.safetensors")


def _describe(learn: "ImageLearner") -> dict[str, Any]:
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

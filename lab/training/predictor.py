"""A trained model ready for use: pictures in, labels and probabilities out.

It knows how a picture is resized, how the model runs and what the classes are called, and nothing of
training. A learner predicts through it, and so does an exported file on another machine.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.errors import BadValue, MissingFile
from lab.core.evaluation import evaluation_copy, forward
from lab.core.losses import softmax
from lab.data.pipeline import Pipeline, pipeline_from_config
from lab.data.vocab import Vocab
from lab.models.classifier import Classifier, create_classifier
from lab.training.checks import CheckedNetwork
from lab.training.precision import Autocast, MixedPrecision
from lab.training.tensor_file import read_tensors


class Predictor:
    """Predicts with `model` on pictures prepared by `pipeline`.

    pipeline: has `batch(pictures) -> (n, 3, h, w) float in 0..1`, as `lab.data` makes it. vocab: the classes
    in the order of the model's outputs. The model's mode is left alone.
    """

    BATCH = 32  # pictures at a time, so that a folder of any length fits into memory

    def __init__(
        self,
        model: nn.Module,
        pipeline: Pipeline,
        vocab: Sequence[str],
        device: torch.device,
        autocast: Autocast,
    ) -> None:
        self.model, self.pipeline, self.vocab = model, pipeline, vocab
        self.device, self.autocast = device, autocast

    def __repr__(self) -> str:
        return f"Predictor({len(self.vocab)} classes, {self.pipeline})"

    def predict(self, picture) -> tuple[str, int, Tensor]:
        """(label, its index, probabilities (c,)) of one picture: a path, a PIL picture or an array.

        Raises `lab.data.pictures.BrokenPicture` for a file that cannot be read, TypeError for what is no
        picture, and ValueError when the model gives NaN.
        """
        probabilities = self.probabilities([picture])[0]
        if not probabilities.isfinite().all():
            raise BadValue(
                "predict: the model gives NaN, so its training has failed. Load weights that you saved "
                "before, or train again at a lower rate."
            )
        index = int(probabilities.argmax())
        return str(self.vocab[index]), index, probabilities

    def probabilities(self, pictures: Sequence[str | Path | object]) -> Tensor:
        if not len(pictures):  # also of an array
            return torch.empty(0, len(self.vocab))
        model = evaluation_copy(self.model)
        network = CheckedNetwork(model, model, len(self.vocab), "predict")
        starts = range(0, len(pictures), self.BATCH)
        batches = (self.pipeline.batch(pictures[start : start + self.BATCH]) for start in starts)
        return softmax(forward(network, batches, self.device, self.autocast)[0])


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
    model = rebuilt(tensors, header)
    device = torch.device(device)
    pipeline = pipeline_from_config(header["data"])
    vocab = Vocab(header["vocab"], keep_order=True)
    return Predictor(
        model.to(device).eval(), pipeline, vocab, device, MixedPrecision("auto", device).autocast
    )


def rebuilt(tensors: dict[str, Tensor], header: dict[str, Any]) -> Classifier:
    """The classifier that a header and its tensors describe."""
    arch = header.get("architecture", header["arch"])  # a name alone in files from before 0.2
    model = create_classifier(arch, len(header["vocab"]), pretrained=False, hidden=header["head"]["hidden"])
    model.load_state_dict(tensors)
    if "mean" in header:  # older files were all written with those of the architecture
        model.normalise.mean.copy_(torch.tensor(header["mean"]).view(1, -1, 1, 1))
        model.normalise.std.copy_(torch.tensor(header["std"]).view(1, -1, 1, 1))
    return model.eval()

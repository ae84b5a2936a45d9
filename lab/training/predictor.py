"""A trained model ready for use: pictures in, labels and probabilities out.

It knows how a picture is resized, how the model runs and what the classes are called, and nothing of
training. A learner predicts through it, and so does an exported file on another machine.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from lab.core.errors import BadValue
from lab.core.evaluation import as_full, evaluation_copy
from lab.core.losses import softmax
from lab.data.pipeline import Pipeline
from lab.training.checks import CheckedNetwork
from lab.training.precision import Autocast


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
        model, rows = evaluation_copy(self.model), []
        network = CheckedNetwork(model, model, len(self.vocab), "predict")
        for start in range(0, len(pictures), self.BATCH):
            x = self.pipeline.batch(pictures[start : start + self.BATCH]).to(self.device)
            with torch.no_grad(), self.autocast:
                activations = as_full(network(x))
            rows.append(softmax(activations).cpu())
        return torch.cat(rows) if rows else torch.empty(0, len(self.vocab))

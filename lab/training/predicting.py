"""What a learner says of pictures: activations, predictions, test-time augmentation, and one picture."""

from typing import Any

import torch
from PIL import Image
from torch import Tensor

from lab.contact_sheets import RIGHT, WRONG, contact_sheet
from lab.core.errors import BadType, BadValue
from lab.core.evaluation import evaluation_copy, loss_on, predictions
from lab.core.learner import Learner
from lab.core.losses import log_softmax
from lab.progress import Progress
from lab.training.checks import CheckedNetwork
from lab.training.inputs import Inputs
from lab.training.item_losses import item_losses
from lab.training.precision import MixedPrecision
from lab.training.predictor import Predictor
from lab.training.shares import forward, to_predict


class PredictsPictures(Learner):
    """The core's learner, with predictions of pictures."""

    dls: Any
    precision: MixedPrecision
    _inputs: Inputs

    def activations(self, ds_idx: int = 1, dl: Any = None) -> tuple[Tensor, Tensor]:
        """Activations (n, c) and targets (n,) of a split, in file order, or of the batches dl; on the CPU.

        Pictures are taken in their validation form, or from precomputed activations where there are some.
        """
        model = evaluation_copy(self.model)
        network, batches = (model, dl) if dl is not None else self._inputs.in_file_order(self, ds_idx, model)
        network = CheckedNetwork(network, model, self.classes, "get_preds")
        return forward(network, batches, self.device, self.precision.autocast)

    def get_preds(
        self, ds_idx: int = 1, dl: Any = None, with_loss: bool = False, log: bool = False
    ) -> tuple[Tensor, ...]:
        """Probabilities (n, c) float32 and targets (n,) int64, in file order; with_loss adds losses (n,).

        ds_idx: 0 for train, 1 for valid, 2 for test. dl: batches (x, y), or x alone, instead of a split; a
        target that is missing is -1. log: log probabilities instead, which stay exact where a probability
        is next to 0. Raises ValueError for a split that is not there.
        """
        activations, targets = self.activations(ds_idx, dl)
        found = predictions(activations, targets, log)
        if not with_loss:
            return found, targets
        return found, targets, item_losses(loss_on(self.loss_func, activations.device), activations, targets)

    def predict(self, picture: Any) -> tuple[str, int, Tensor]:
        """(label, its index, probabilities (c,)) of one picture: a path, a PIL picture, an array, bytes."""
        return self.predictor().predict(picture)

    def predictor(self) -> Predictor:
        """The model with its picture pipeline, as `predict` and `export` use it.

        Raises TypeError for data without pictures.
        """
        if not hasattr(self.dls, "pipeline"):
            raise BadType(
                f"predict: the data is a {type(self.dls).__name__}, which does not say how a picture becomes "
                "the model's input. Use get_preds(dl=batches), or DataLoaders of the lab."
            )
        return Predictor(
            self.model, self.dls.pipeline(), self.dls.vocab, self.device, self.precision.autocast
        )

    def tta(self, n: int = 4, ds_idx: int = 1, dl: Any = None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Test-time augmentation: the mean probabilities (n_pictures, c) over each picture as it is and n
        augmented versions of it, and the targets, in file order (2018 and 2020 lessons).
        """
        log_probabilities, targets = self.tta_draws(n, ds_idx, dl, seed)
        return log_probabilities.exp().mean(0), targets

    def tta_draws(self, n: int = 4, ds_idx: int = 1, dl: Any = None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Log probabilities (n + 1, n_pictures, c), the unaugmented pass first, and the targets."""
        if isinstance(n, bool) or n < 1:
            raise BadValue(f"tta: got n={n}. It is the number of augmented versions, 1 or more.")
        loader: Any = dl if dl is not None else self.split(ds_idx)
        if not hasattr(loader, "replace"):
            raise BadType(
                f"tta: dl is a {type(loader).__name__}, whose pictures cannot be augmented anew. Pass a "
                "loader, such as dls.test_dl(items)."
            )
        tfms = self.dls.train.batch_tfms
        passes = [
            to_predict(loader.replace(shuffle=False, augment=True, seed=seed + i, batch_tfms=tfms))
            for i in range(n)
        ]
        plain = None if dl is None else loader.replace(shuffle=False, augment=False)
        model, rows = evaluation_copy(self.model), [log_softmax(self.activations(ds_idx, plain)[0])]
        autocast = self.precision.autocast
        with Progress(sum(map(len, passes)), "test-time augmentation") as progress:
            for one in passes:
                activations, targets = forward(model, one, self.device, autocast, lambda: progress.update(1))
                rows.append(log_softmax(activations))
        return torch.stack(rows), targets

    def show_results(
        self, n: int = 9, ds_idx: int = 1, seed: int = 0, max_n: int | None = None
    ) -> Image.Image:
        """A contact sheet of n pictures of a split, each with truth and prediction. max_n: as n."""
        loader: Any = self.split(ds_idx)
        if not hasattr(loader, "replace"):
            raise BadType(f"show_results: the data is a {type(loader).__name__} without pictures to show.")
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(loader.n, generator=generator)
        indices = order[: n if max_n is None else max_n].sort().values
        chosen = loader.replace(shuffle=False, augment=False, indices=indices.tolist())
        probabilities, targets = self.get_preds(dl=chosen)
        pictures = [x for batch, _ in chosen for x in batch.cpu()]
        captions, colors = [], []
        for row, target in zip(probabilities, targets.tolist(), strict=True):
            guess = int(row.argmax())
            captions.append(f"{self.dls.vocab[target]}\n→ {self.dls.vocab[guess]} {row[guess]:.2f}")
            colors.append(RIGHT if guess == target else WRONG)
        return contact_sheet(pictures, captions, colors=colors)

"""What a learner says of pictures: of a split, of a single one, and averaged over augmentations."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from lab.progress import Progress
from lab.sheets import RIGHT, WRONG, contact_sheet
from lab.training.precision import Autocast
from lab.training.predictor import Predictor, in_eval_mode


class Predictions:
    """The predicting half of a `Learner`."""

    def get_preds(
        self, ds_idx: int = 1, dl: Iterable | None = None, with_loss: bool = False, log: bool = False
    ):
        """Probabilities (n, c) float32 and targets (n,) int64, in file order; with_loss adds losses (n,).

        ds_idx: 0 for train, 1 for valid, 2 for test. dl: a loader or any list of batches (x, y) instead of a
        split. log: log probabilities instead, which stay exact where a probability is next to 0. Pictures are
        taken in their validation form. Raises ValueError for a split that is not there.
        """
        with self.turns.alone():
            network, batches = (self.model, dl) if dl is not None else self._split_inputs(ds_idx)
            activations, targets = forward(self.model, network, batches, self.precision.autocast)
        probabilities = (torch.log_softmax if log else torch.softmax)(activations, dim=1)
        if not with_loss:
            return probabilities, targets
        return probabilities, targets, self._item_losses(activations, targets)

    def predict(self, picture) -> tuple[str, int, Tensor]:
        """(label, its index, probabilities (c,)) of one picture: a path, a PIL picture or an array."""
        return self.predictor().predict(picture)

    def predictor(self) -> Predictor:
        """The model with its picture pipeline, as `predict` and `export` use it."""
        pipeline = self.dls.pipeline()
        autocast = self.precision.autocast
        return Predictor(self.model, pipeline, self.dls.vocab, self.dls.device, autocast, self.turns)

    def tta(self, n: int = 4, ds_idx: int = 1, dl=None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Test-time augmentation: the mean probabilities (n_pictures, c) over each picture as it is and n
        augmented versions of it, and the targets, in file order (2018 and 2020 lessons).
        """
        log_probabilities, targets = self.tta_draws(n, ds_idx, dl, seed)
        return log_probabilities.exp().mean(0), targets

    def tta_draws(self, n: int = 4, ds_idx: int = 1, dl=None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Log probabilities (n + 1, n_pictures, c), the unaugmented pass first, and the targets."""
        if isinstance(n, bool) or n < 1:
            raise ValueError(f"tta: n={n} came. It is the number of augmented versions, 1 or more.")
        loader = dl if dl is not None else self._split(ds_idx)
        if not hasattr(loader, "variant"):
            raise TypeError(
                f"tta: dl is a {type(loader).__name__}, whose pictures cannot be augmented anew. Pass a "
                "loader, such as dls.test_dl(items)."
            )
        passes = [loader.variant(shuffle=False, augment=False)]
        passes += [
            loader.variant(shuffle=False, augment=True, seed=seed + i, batch_tfms=self.dls.train.batch_tfms)
            for i in range(n)
        ]
        rows = []
        n_batches = sum(len(p) for p in passes)
        with self.turns.alone(), Progress(n_batches, "test-time augmentation") as progress:
            for one in passes:
                batches = _tracked(one, progress)
                activations, targets = forward(self.model, self.model, batches, self.precision.autocast)
                rows.append(torch.log_softmax(activations, dim=1))
        return torch.stack(rows), targets

    def show_results(self, n: int = 9, ds_idx: int = 1, seed: int = 0):
        """A contact sheet (PIL picture) of n pictures of a split, each with truth and prediction."""
        loader = self._split(ds_idx)
        generator = torch.Generator().manual_seed(seed)
        indices = torch.randperm(loader.n, generator=generator)[:n].sort().values
        chosen = loader.variant(shuffle=False, augment=False, indices=indices.tolist())
        probabilities, targets = self.get_preds(dl=chosen)
        pictures = [x for batch, _ in chosen for x in batch.cpu()]
        captions, colors = [], []
        for row, target in zip(probabilities, targets.tolist(), strict=True):
            guess = int(row.argmax())
            captions.append(f"{self.dls.vocab[target]}\n→ {self.dls.vocab[guess]} {row[guess]:.2f}")
            colors.append(RIGHT if guess == target else WRONG)
        return contact_sheet(pictures, captions, colors=colors)

    def _split(self, ds_idx: int):
        loaders = (self.dls.train, self.dls.valid, self.dls.test)
        if ds_idx not in (0, 1, 2) or loaders[ds_idx] is None:
            there = "0 (train), 1 (valid)" + (" and 2 (test)" if self.dls.test is not None else "")
            raise ValueError(f"get_preds: ds_idx={ds_idx} came. There are {there}.")
        return loaders[ds_idx]

    def _split_inputs(self, ds_idx: int) -> tuple[Callable, Iterable]:
        loader = self._split(ds_idx)
        if ds_idx != 0 and self.inputs.precomputed():  # those of train may be augmented
            return self.model.head, self.inputs.in_file_order("valid" if ds_idx == 1 else "test")
        return self.model, loader.variant(shuffle=False, augment=False)

    def _item_losses(self, activations: Tensor, targets: Tensor) -> Tensor:
        if hasattr(self.loss_func, "reduction"):
            per_item = copy.copy(self.loss_func)
            per_item.reduction = "none"
            return per_item(activations, targets).detach()
        pairs = zip(activations, targets, strict=True)
        return torch.stack([self.loss_func(a[None], t[None]).detach() for a, t in pairs])


def forward(model, network: Callable, batches: Iterable, autocast: Autocast) -> tuple[Tensor, Tensor]:
    """Activations (n, c) float32 and targets (n,) of all batches, on the CPU; the mode is put back."""
    activations, targets = [], []
    with in_eval_mode(model):
        for x, y in batches:
            with torch.no_grad(), autocast:
                activations.append(network(x).float().cpu())
            targets.append(y.cpu())
    if not activations:
        raise ValueError("get_preds: there are no pictures to predict.")
    return torch.cat(activations), torch.cat(targets)


def _tracked(loader, progress: Progress):
    for batch in loader:
        yield batch
        progress.update(1)

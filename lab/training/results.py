"""What a learner says of pictures: averaged over augmentations, and shown beside the truth."""

from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from lab.contact_sheets import RIGHT, WRONG, contact_sheet
from lab.core.errors import BadType, BadValue
from lab.core.evaluation import evaluation_copy
from lab.core.losses import log_softmax
from lab.data.protocols import PictureLoader
from lab.progress import Progress
from lab.training.shares import forward, to_predict

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


def tta_draws(
    learn: "ImageLearner", n: int, ds_idx: int, dl: PictureLoader | None, seed: int
) -> tuple[Tensor, Tensor]:
    """Log probabilities (n + 1, n_pictures, c), the unaugmented pass first, and the targets."""
    if isinstance(n, bool) or n < 1:
        raise BadValue(f"tta: got n={n}. It is the number of augmented versions, 1 or more.")
    loader: Any = dl if dl is not None else learn.split(ds_idx)
    if not hasattr(loader, "replace"):
        raise BadType(
            f"tta: dl is a {type(loader).__name__}, whose pictures cannot be augmented anew. Pass a "
            "loader, such as dls.test_dl(items)."
        )
    tfms = learn.dls.train.batch_tfms
    passes = [loader.replace(shuffle=False, augment=True, seed=seed + i, batch_tfms=tfms) for i in range(n)]
    plain = None if dl is None else loader.replace(shuffle=False, augment=False)
    model, rows = evaluation_copy(learn.model), [log_softmax(learn.activations(ds_idx, plain)[0])]
    parts = [to_predict(one) for one in passes]
    with Progress(sum(map(len, parts)), "test-time augmentation") as progress:
        for part in parts:
            activations, targets = forward(
                model, part, learn.device, learn.precision.autocast, lambda: progress.update(1)
            )
            rows.append(log_softmax(activations))
    return torch.stack(rows), targets


def show_results(learn: "ImageLearner", n: int, ds_idx: int, seed: int) -> Image.Image:
    """A contact sheet of n pictures of a split, each with truth and prediction."""
    loader: Any = learn.split(ds_idx)
    if not hasattr(loader, "replace"):
        raise BadType(f"show_results: the data is a {type(loader).__name__} without pictures to show.")
    generator = torch.Generator().manual_seed(seed)
    indices = torch.randperm(loader.n, generator=generator)[:n].sort().values
    chosen = loader.replace(shuffle=False, augment=False, indices=indices.tolist())
    probabilities, targets = learn.get_preds(dl=chosen)
    pictures = [x for batch, _ in chosen for x in batch.cpu()]
    captions, colors = [], []
    for row, target in zip(probabilities, targets.tolist(), strict=True):
        guess = int(row.argmax())
        captions.append(f"{learn.dls.vocab[target]}\n→ {learn.dls.vocab[guess]} {row[guess]:.2f}")
        colors.append(RIGHT if guess == target else WRONG)
    return contact_sheet(pictures, captions, colors=colors)

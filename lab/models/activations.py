"""Precomputed activations: what a frozen body gives for every picture, computed once.

While the body is frozen its pooled outputs never change, so a head can be trained on them directly, hundreds
of times faster than through the pictures (the 2018 lesson's `precompute=True`). The outputs are kept on disk,
memory-mapped, under a name made of everything they depend on: the pictures' contents, their transforms, the
weights of the body. So a new picture, another size or new weights can never meet stale activations.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lab.data.home import atomic_write, cache_dir
from lab.data.loader import batch_sizes
from lab.models.classifier import Classifier
from lab.models.weights import weights_digest
from lab.progress import Progress

FORMAT = 1  # raise it when the meaning of a stored number changes


class ActivationLoader:
    """Batches of (activations, targets) from a memory map; stands in for a `DataLoader` of pictures.

    activations: (draws, n, features) float32. In epoch e the draw e % draws is used, so a set with several
    augmented draws shows the head another version of every picture each epoch.
    """

    augment = False

    def __init__(
        self, activations: np.ndarray, labels: Tensor, bs: int, shuffle: bool, seed: int, device
    ) -> None:
        self.activations, self.labels = activations, labels
        self.bs, self.shuffle, self.device = bs, shuffle, device
        self.n = activations.shape[1]
        self.draw = 0
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(batch_sizes(self.n, self.bs))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rows = self.activations[self.draw % len(self.activations)]
        self.draw += 1
        order = torch.arange(self.n)
        if self.shuffle:
            order = torch.randperm(self.n, generator=self.generator)
        for indices in order.split(batch_sizes(self.n, self.bs)):
            x = torch.from_numpy(rows[indices.numpy()])
            yield x.to(self.device), self.labels[indices].to(self.device)

    def rng_state(self) -> tuple[Tensor, int]:
        """All that decides the next pass; `set_rng_state` puts it back."""
        return self.generator.get_state(), self.draw

    def set_rng_state(self, state: tuple[Tensor, int]) -> None:
        self.generator.set_state(state[0])
        self.draw = state[1]


def activation_loader(
    model: Classifier, loader, key: str, draws: int = 1, augmented: bool = False, autocast=None
) -> ActivationLoader:
    """An `ActivationLoader` for the pictures of `loader`, computed now or opened from the cache.

    loader: a `lab.data.loader.DataLoader`. key: what `activation_key` gave for the same arguments.
    augmented: let the training transforms (random crop, flips, ...) make `draws` versions of every picture;
    otherwise the one validation version. autocast: a `lab.training.precision.Autocast`, or None.
    """
    path = cache_dir() / f"activations-{key}.npy"
    if not path.is_file():
        _compute(model, loader, draws, augmented, autocast, path)
    activations = np.load(path, mmap_mode="r")
    labels = loader.pictures.labels
    return ActivationLoader(activations, labels, loader.bs, loader.shuffle, loader.seed, loader.device)


def activation_key(model: Classifier, loader, draws: int = 1, augmented: bool = False, autocast=None) -> str:
    """A digest of everything that the activations depend on; the name of their cache."""
    described = {
        "format": FORMAT,
        "pictures": loader.pictures.fingerprint(),
        "batch_tfms": _describe_transform(loader.batch_tfms, augmented),
        "arch": model.arch.name,
        "weights": weights_digest(model.body),
        "draws": draws,
        "seed": loader.seed if augmented else None,
        "precision": str(autocast.fast_dtype) if autocast else "float32",
    }
    text = json.dumps(described, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _describe_transform(tfm, augmented: bool):
    if tfm is None:
        return None
    if not hasattr(tfm, "validation_config"):
        # A function of the user's own: what it does cannot be told, so it is good for this process only.
        return f"{tfm!r} in process {os.getpid()}"
    return tfm.config() if augmented else tfm.validation_config()


def _compute(model: Classifier, loader, draws: int, augmented: bool, autocast, path: Path) -> None:
    was_training = model.training
    model.eval()
    shape = (draws, loader.n, 2 * model.arch.features)
    try:
        with (
            atomic_write(path) as temporary,
            Progress(draws * loader.n, "computing activations") as progress,
        ):
            out = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape)
            for draw in range(draws):
                start = 0
                plain = loader.variant(shuffle=False, augment=augmented, bs=64, seed=loader.seed + draw)
                for x, _ in plain:
                    with torch.no_grad(), autocast or nullcontext():
                        features = model.features(x).float()
                    out[draw, start : start + len(x)] = features.cpu().numpy()
                    start += len(x)
                    progress.update(len(x))
            out.flush()
            del out  # Windows cannot rename a file that is still mapped
    finally:
        model.train(was_training)

"""Precomputed activations: what a frozen body gives for every picture, computed once.

While the body is frozen its pooled outputs never change, so a head can be trained on them directly, hundreds
of times faster than through the pictures (the 2018 lesson's `precompute=True`). The outputs are kept on disk,
memory-mapped, under a name made of everything they depend on: the pictures' contents, their transforms, the
weights of the body. So a new picture, another size or new weights can never meet stale activations.
"""

import errno
import hashlib
import json
import math
import os
import shutil
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from lab.core.evaluation import as_full
from lab.data.cache_file import RESERVE
from lab.data.home import atomic_write, cache_dir
from lab.data.loader import UNLABELLED, batch_sizes, shares
from lab.data.protocols import PictureLoader
from lab.models.architectures import ARCHITECTURES
from lab.models.classifier import Classifier
from lab.models.weights import weights_digest
from lab.processes import any_of_them, from_first, gather_rows, is_first, stop, stop_wish, world
from lab.progress import Progress

FORMAT = 2  # raise it when the meaning of a stored number changes

Floats = np.ndarray[Any, np.dtype[np.float32]]


class ReducedPrecision(Protocol):
    """A context in which a network computes in `fast_dtype`; `lab.training.precision.Autocast` is one."""

    fast_dtype: torch.dtype | None

    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


class ActivationLoader:
    """Batches of (activations, targets) from a memory map; stands in for a `DataLoader` of pictures.

    activations: (draws, n, features) float32. In epoch e the draw e % draws is used, so a set with several
    augmented draws shows the head another version of every picture each epoch.
    """

    augment = False
    shared = True  # each of several processes gets its part of every batch

    def __init__(
        self,
        activations: Floats,
        labels: Tensor,
        bs: int,
        shuffle: bool,
        seed: int,
        device: torch.device | str,
    ) -> None:
        self.activations, self.labels = activations, labels
        self.bs, self.shuffle, self.device = bs, shuffle, device
        self.n = activations.shape[1]
        self.draw = 0
        self.rank, self.processes = world().rank, world().size
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return len(self._sizes())

    def _sizes(self) -> list[int]:
        return batch_sizes(self.n, self.bs, self.processes)

    def places(self) -> Tensor:
        """Which rows of a pass this process gets."""
        return torch.cat(shares(torch.arange(self.n), self._sizes(), self.rank, self.processes))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rows = self.activations[self.draw % len(self.activations)]
        self.draw += 1
        order = torch.arange(self.n)
        if self.shuffle:
            order = torch.randperm(self.n, generator=self.generator)
            from_first(order)
        for indices in shares(order, self._sizes(), self.rank, self.processes):
            x = torch.from_numpy(rows[indices.numpy()])
            yield x.to(self.device), self.labels[indices].to(self.device)

    def rng_state(self) -> tuple[Tensor, int]:
        """All that decides the next pass; `set_rng_state` puts it back."""
        return self.generator.get_state(), self.draw

    def set_rng_state(self, state: tuple[Tensor, int]) -> None:
        self.generator.set_state(state[0])
        self.draw = state[1]


class LiveActivations:
    """Batches of (activations, targets) of a frozen body, computed as they are asked for.

    The body runs without gradients and in evaluation mode, whatever the mode of the rest of the model.
    """

    def __init__(self, model: Classifier, loader: PictureLoader, autocast: ReducedPrecision) -> None:
        self.model, self.loader, self.autocast = model, loader, autocast

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for x, y in self.loader:
            with torch.no_grad(), self.autocast:
                activations = as_full(self.model.features(x))
            yield activations, y

    def rng_state(self) -> Any:
        """All that decides the passes to come; `set_rng_state` puts it back."""
        return self.loader.rng_state()

    def set_rng_state(self, state: Any) -> None:
        self.loader.set_rng_state(state)


def activation_loader(
    model: Classifier,
    loader: PictureLoader,
    key: str,
    draws: int = 1,
    augmented: bool = False,
    autocast: ReducedPrecision | None = None,
) -> ActivationLoader:
    """An `ActivationLoader` for the pictures of `loader`, computed now or opened from the cache.

    loader: a `lab.data.loader.DataLoader`. key: what `activation_key` gave for the same arguments.
    augmented: let the training transforms (random crop, flips, ...) make `draws` versions of every picture;
    otherwise the one validation version. autocast: a `lab.training.precision.Autocast`, or None. Where the
    disk has no room, a warning says so and the activations stay in memory.
    """
    shape = (draws, loader.n, model.arch.width)

    def computed() -> Generator[Floats, None, None]:
        return _batches(model, loader, draws, augmented, autocast)

    activations, problem = _from_disk(f"activations-{key}.npy", shape, computed)
    if any_of_them(activations is None):
        if is_first():
            warnings.warn(
                f"fit: the activations cannot be kept on disk ({problem or 'that of another machine'}). They "
                "are kept in memory instead, and will be computed again next time. Make room, or set the "
                "environment variable PAWLAB_HOME to a folder on another disk.",
                UserWarning,
                stacklevel=2,
            )
        activations = np.concatenate(list(computed())).reshape(shape)
    assert activations is not None
    labels = loader.pictures.labels
    if labels is None:
        labels = torch.full((loader.n,), UNLABELLED)
    return ActivationLoader(activations, labels, loader.bs, loader.shuffle, loader.seed, loader.device)


def activation_key(
    model: Classifier,
    loader: PictureLoader,
    draws: int = 1,
    augmented: bool = False,
    autocast: ReducedPrecision | None = None,
) -> str:
    """A digest of everything that the activations depend on; the name of their cache."""
    described = {
        "format": FORMAT,
        "pictures": loader.pictures.fingerprint(),
        "batch_tfms": _describe_transform(loader.batch_tfms, augmented),
        "arch": model.arch.name,
        "weights": weights_digest(model.body),
        "draws": draws,
        "seed": _seed(loader) if augmented else None,
        "precision": str(autocast.fast_dtype) if autocast else "float32",
    }
    arch = model.arch
    usual = ARCHITECTURES.get(arch.name.partition("[")[0])
    if usual is None or (arch.mean, arch.std) != (usual.mean, usual.std):
        described["normalise"] = [arch.mean, arch.std]
    text = json.dumps(described, sort_keys=True, default=str)
    digest = torch.tensor(list(hashlib.sha256(text.encode()).digest()[:16]))
    from_first(digest)  # a function of the user's own, or a random seed, is another one in each process
    return bytes(digest.tolist()).hex()


def _seed(loader: PictureLoader) -> int | list[int]:
    size = world().size  # each of several processes augments in its own way
    return loader.seed if size == 1 else [loader.seed, size]


def _describe_transform(tfm: Any, augmented: bool) -> Any:
    if tfm is None:
        return None
    if not hasattr(tfm, "validation_config"):
        # A function of the user's own: what it does cannot be told, so it is good for this process only.
        return f"{tfm!r} in process {os.getpid()}"
    return tfm.config() if augmented else tfm.validation_config()


def _kept(path: Path, shape: tuple[int, int, int]) -> Floats | None:
    """The activations in the file; None when there is no whole one of this shape."""
    try:
        activations = np.load(path, mmap_mode="r")
        os.utime(path)  # `prune` removes what was not used for longest
    except (FileNotFoundError, ValueError):
        return None
    return activations if activations.shape == shape else None


def _from_disk(
    name: str, shape: tuple[int, int, int], computed: Callable[[], Generator[Floats, None, None]]
) -> tuple[Floats | None, OSError | None]:
    """The activations of this file, which is written if it is not there; None and why where that fails.

    With several processes each computes its share, even if its disk refused the write; the first on each
    machine writes the file.
    """
    activations, path, problem = None, None, None
    try:
        path = cache_dir() / name
        activations = _kept(path, shape)
    except OSError as error:
        problem = error
    if not any_of_them(activations is None):
        return activations, None
    with closing(computed()) as batches:
        try:
            if path is not None and not world().local_rank:
                _write(path, shape, batches)
        except OSError as error:
            problem = error
        for _ in batches if world().size > 1 else ():  # what the others are computing too
            pass
    any_of_them(False)  # the file is there now
    try:
        return (None, problem) if path is None else (_kept(path, shape), problem)
    except OSError as error:
        return None, error


def _write(path: Path, shape: tuple[int, int, int], batches: Generator[Floats, None, None]) -> None:
    # Written as a plain file and mapped only afterwards: where a disk is full, a write raises OSError, while
    # writing through a memory map kills the process.
    free, needed = shutil.disk_usage(path.parent).free, 4 * math.prod(shape)
    if free - needed < RESERVE:
        words = f"{needed / 1e9:.2g} GB are needed and {free / 1e9:.2g} GB of the disk are free"
        raise OSError(errno.ENOSPC, words)
    header = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False}
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
        for batch in batches:
            file.write(batch.data)


def _batches(
    model: Classifier, loader: PictureLoader, draws: int, augmented: bool, autocast: ReducedPrecision | None
) -> Generator[Floats, None, None]:
    """The pooled outputs of all pictures in order, draw after draw: (b, features) float32 each."""
    was_training, here = model.training, world()
    model.eval()
    try:
        with Progress(draws * loader.n, "computing activations") as progress:
            for draw in range(draws):
                plain = loader.replace(shuffle=False, augment=augmented, bs=64, seed=loader.seed + draw)
                shared = here.size > 1 and loader.n >= here.size
                if shared:
                    plain = plain.share(here.rank, here.size)
                for x, _ in plain:
                    with torch.no_grad(), autocast or nullcontext():
                        features = model.features(x).float().cpu()
                    if shared:
                        features = gather_rows(features)  # of the whole batch, in order
                    progress.update(len(features))
                    yield np.ascontiguousarray(features.numpy())
                    if any_of_them(stop_wish()):
                        stop()
    finally:
        model.train(was_training)

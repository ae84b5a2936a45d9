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
from collections.abc import Callable, Generator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lab.core.evaluation import UNLABELLED
from lab.data.cache_file import RESERVE
from lab.data.home import atomic_write, cache_dir
from lab.data.protocols import PictureLoader
from lab.models.activation_loaders import ActivationLoader, Floats, ReducedPrecision
from lab.models.architectures import ARCHITECTURES
from lab.models.classifier import Classifier
from lab.models.weights import weights_digest
from lab.process_group import stop, stop_wish
from lab.processes import any_of_them, from_first, gather_rows, is_first, world
from lab.progress import Progress

FORMAT = 2  # raise it when the meaning of a stored number changes


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

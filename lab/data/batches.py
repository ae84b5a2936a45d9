"""`BatchLoader`: batches that somebody else makes, such as a torch `DataLoader`'s, as part of `DataLoaders`.

They can be trained on and validated with, as they are. What needs the pictures themselves (predicting files,
exporting, the gallery) needs a `DataBlock`, and says so.
"""

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType
from lab.data.look import show_batches
from lab.data.machine import default_device
from lab.data.vocab import Vocab


class BatchLoader:
    """Passes over `batches`, an iterable of pairs (x, y), and brings each to `device`.

    vocab: the names of the classes, where the batches are for classification. Raises TypeError for what
    cannot be passed over again and again, and for a batch that is not a pair.
    """

    random = True  # as far as anybody can tell, a picture may look different in the next pass

    def __init__(
        self,
        batches: Iterable[Any],
        vocab: Sequence[str] | None = None,
        device: torch.device | str | None = None,
    ) -> None:
        if not isinstance(batches, Iterable) or isinstance(batches, str | bytes | dict):
            raise BadType(
                f"DataLoaders: got a {type(batches).__name__} as a loader. Give a DataLoader, or a list of "
                "batches (x, y)."
            )
        if isinstance(batches, Iterator):
            raise BadType(
                f"DataLoaders: got a {type(batches).__name__}, which can be iterated over only once. Give a "
                "DataLoader, or list(...) of it."
            )
        self.batches = batches
        self.device = torch.device(device) if device is not None else default_device()
        if vocab is not None:
            self.vocab = vocab if isinstance(vocab, Vocab) else Vocab(vocab, keep_order=True)

    def __repr__(self) -> str:
        return f"BatchLoader({type(self.batches).__name__}, {self.n} pictures, bs={self.bs})"

    def __len__(self) -> int:
        if not isinstance(self.batches, Sized):
            raise BadType(
                f"DataLoaders: a {type(self.batches).__name__} has no len(), so nobody knows how long an "
                "epoch is. Give it a __len__, the number of its batches."
            )
        return len(self.batches)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for batch in self.batches:
            if not isinstance(batch, tuple | list) or len(batch) != 2:
                what = f" of {len(batch)}" if isinstance(batch, Sized) else ""
                raise BadType(
                    f"DataLoaders: a batch is a {type(batch).__name__}{what}; expected a pair (x, y) of "
                    "pictures and labels."
                )
            x, y = (torch.as_tensor(part) for part in batch)
            yield x.to(self.device), y.to(self.device)

    def __getattr__(self, name: str) -> Any:
        if name == "vocab":
            raise AttributeError(
                "DataLoaders: the loader does not tell the names of the classes. Pass them: "
                "DataLoaders(train, valid, vocab=[...])."
            )
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(
            f"{name}: these are batches of a loader of your own, without the pictures. What needs those "
            "(predicting files, export, show_results, precomputed activations) needs the data of a DataBlock "
            "or of ImageDataLoaders."
        )

    @property
    def n(self) -> int | None:
        """The number of pictures, where the loader tells it."""
        if isinstance(self.batches, list | tuple):
            return sum(len(batch[0]) for batch in self.batches)
        dataset = getattr(self.batches, "dataset", None)
        return len(dataset) if isinstance(dataset, Sized) else None

    @property
    def bs(self) -> int | None:
        """Pictures in a batch, where the loader tells it."""
        if isinstance(self.batches, list | tuple):
            return max((len(batch[0]) for batch in self.batches), default=0)
        return getattr(self.batches, "batch_size", None)

    def replace(
        self, shuffle: bool | None = None, augment: bool | None = None, **others: Any
    ) -> "BatchLoader":
        """The loader itself, whose order and augmentation are its own; AttributeError for anything else."""
        if others or shuffle or augment:
            name = next(iter(others), "shuffle" if shuffle else "augment")
            self.__getattr__(name)
        return self

    def one_batch(self) -> tuple[Tensor, Tensor]:
        """The first batch of a new pass."""
        return next(iter(self))

    def show_batch(self, **options: Any) -> Image.Image:
        """A contact sheet of the first pictures; options as in `DataLoader.show_batch`."""
        return show_batches(self, getattr(self, "vocab", None), **options)

    def rng_state(self) -> Tensor | None:
        """The state of the loader's own generator, where it has one."""
        generator = getattr(self.batches, "generator", None)
        return None if generator is None else generator.get_state()

    def set_rng_state(self, state: Tensor | None) -> None:
        """Go on from a state that `rng_state` gave."""
        if state is not None:
            self.batches.generator.set_state(state)  # type: ignore[attr-defined]

    def to(self, device: torch.device | str) -> "BatchLoader":
        """Give batches on this device from now on; returns the loader."""
        self.device = torch.device(device)
        return self


def vocab_of(*loaders: Iterable[Any]) -> Vocab | None:
    """The classes of the datasets of torch `DataLoader`s: their `classes`, or the numbers 0 to the highest of
    their integer labels; None where they tell neither.
    """
    datasets = [_dataset(loader) for loader in loaders]
    classes = getattr(datasets[0], "classes", None)
    if isinstance(classes, list | tuple) and classes:
        return Vocab(classes, keep_order=True)
    highest = [_highest_label(dataset) for dataset in datasets]
    known = [number for number in highest if number is not None]
    return Vocab(range(max(known) + 1), keep_order=True) if len(known) == len(highest) else None


def _dataset(loader: Iterable[Any]) -> Any:
    dataset: Any = getattr(loader, "dataset", None)
    while hasattr(dataset, "dataset"):  # a torch Subset
        dataset = dataset.dataset
    return dataset


def _highest_label(dataset: Any) -> int | None:
    labels = getattr(dataset, "targets", None)
    if labels is None and getattr(dataset, "tensors", None):
        labels = dataset.tensors[-1]
    try:
        labels = torch.as_tensor(labels)
    except (TypeError, ValueError, RuntimeError):
        return None
    whole = not labels.is_floating_point() and labels.dtype != torch.bool and labels.ndim == 1
    return int(labels.max()) if whole and len(labels) and int(labels.min()) >= 0 else None

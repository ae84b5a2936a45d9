"""Batches of a frozen body's activations: from a memory map, or computed as they are asked for."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from lab.core.evaluation import as_full
from lab.data.loader import batch_sizes, shares
from lab.data.protocols import PictureLoader
from lab.models.classifier import Classifier
from lab.processes import from_first, world

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

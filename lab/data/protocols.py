"""What other layers ask of a loader of pictures, so that any object with these parts will do."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, Self

import torch
from torch import Tensor


class PictureSet(Protocol):
    """Pictures and their labels in a fixed order; `lab.data.dataset.Pictures` is one."""

    @property
    def labels(self) -> Tensor | None:
        """(n,) int64; None where there are none."""

    def fingerprint(self) -> str:
        """What changes with the pictures' contents and with how they are prepared."""


class PictureLoader(Protocol):
    """Batches (x, y) of a `PictureSet`; `lab.data.loader.DataLoader` is one."""

    bs: int
    shuffle: bool
    seed: int
    device: torch.device
    batch_tfms: Callable[..., Any] | None

    @property
    def n(self) -> int:
        """The number of pictures."""

    @property
    def pictures(self) -> PictureSet:
        """What the batches are made of."""

    def __len__(self) -> int:
        """The number of batches."""

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """x (b, 3, h, w) float in 0..1 and y (b,) int64."""

    def replace(
        self,
        *,
        shuffle: bool | None = None,
        augment: bool | None = None,
        bs: int | None = None,
        seed: int | None = None,
        indices: Sequence[int] | None = None,
        **tfms: Any,
    ) -> "PictureLoader":
        """The same pictures, passed over another way; what is not given stays as it is."""

    def share(self, rank: int, processes: int) -> "PictureLoader":
        """The same passes, of which one of several processes gets its part of every batch."""


class PictureData(Protocol):
    """What a learner of pictures trains on; `lab.data.loaders.DataLoaders` is one."""

    train: PictureLoader
    valid: PictureLoader
    device: torch.device

    @property
    def vocab(self) -> Sequence[Any]:
        """The classes, in the order of the model's outputs."""

    def to(self, device: torch.device) -> Self:
        """The same data with its batches on this device."""

"""One split's pictures under their 2018 names."""

import operator
import os
from pathlib import Path
from typing import Any

import numpy as np

from lab.core.errors import BadIndex, BadValue
from lab.data.loader import DataLoader


class Dataset:
    """One split's pictures: `len`, `[i]` -> (x, y), `fnames`, `y`, `denorm`. loader: today's `DataLoader`."""

    def __init__(self, loader: DataLoader, path: str | os.PathLike) -> None:
        self.loader, self.path = loader, path

    def __len__(self) -> int:
        return self.loader.n

    def __getitem__(self, i: int) -> tuple[np.ndarray, int]:
        """Picture i as validation sees it, (3, sz, sz) float32 in 0..1, and its label's number."""
        place = operator.index(i)
        if not -len(self) <= place < len(self):
            raise BadIndex(f"dataset: picture {place} was asked for; there are {len(self)}.")
        x, y = self.loader.item(place % len(self))
        return x.numpy(), y

    @property
    def fnames(self) -> list[str]:
        """The files, relative to the data's folder, with `/` between folders."""
        paths = self.loader.pictures.paths
        return [Path(os.path.relpath(path, self.path)).as_posix() for path in paths if path is not None]

    @property
    def y(self) -> np.ndarray:
        """(n,) int64: the labels' numbers; -1 without labels."""
        labels = self.loader.pictures.labels
        return np.full(len(self), -1) if labels is None else labels.numpy()

    def denorm(self, x: Any) -> np.ndarray:
        """A batch (n, 3, h, w), or one picture (3, h, w), as (n, h, w, 3) in 0..1, ready to be shown."""
        x = x.detach().cpu().numpy() if hasattr(x, "detach") else np.asarray(x)
        if x.ndim not in (3, 4) or x.shape[-3] != 3:
            raise BadValue(f"denorm: got an array of shape {x.shape}; (n, 3, height, width) was expected.")
        return np.moveaxis(x.reshape(-1, *x.shape[-3:]), 1, -1)

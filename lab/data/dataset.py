"""`Pictures`: one split of a dataset, and how each of its pictures is prepared.

The pictures come from the presized cache where there is one, else each is decoded whenever it is asked for.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.data.arrays import collate
from lab.data.cache import PictureCache, digest, file_signature
from lab.data.machine import in_threads
from lab.data.pictures import picture_size
from lab.data.pipeline import ItemTransforms


class Pictures:
    """The pictures of one split, with their labels.

    sources: paths, or PIL pictures in memory; or tensors (3, h, w) float32, all of them, which are the
    model's input already. labels: (n,) int64 indices into vocab, or None. item_tfms: see `ItemTransforms`.
    cache, positions: where the presized pictures are, if they are kept; without them every picture is
    decoded by `threads` threads each time it is asked for.
    """

    def __init__(
        self,
        sources: Sequence[Path | Image.Image | Tensor],
        labels: Tensor | None,
        vocab: Sequence[str],
        item_tfms: ItemTransforms,
        cache: PictureCache | None = None,
        positions: Sequence[int] | None = None,
        threads: int = 0,
    ) -> None:
        self.sources, self.labels, self.vocab, self.item_tfms = list(sources), labels, vocab, item_tfms
        self.cache, self.threads = cache, threads
        self.positions = list(positions) if positions is not None else list(range(len(self.sources)))

    def __len__(self) -> int:
        return len(self.sources)

    def __repr__(self) -> str:
        return f"Pictures({len(self)} pictures, item_tfms={self.item_tfms})"

    @property
    def paths(self) -> list[Path | None]:
        """The pictures' files; None for a picture in memory."""
        return [source if isinstance(source, Path) else None for source in self.sources]

    @property
    def sizes(self) -> np.ndarray:
        """Width and height of the original pictures in pixels: (n, 2) int64."""
        if self.cache is not None:
            return self.cache.sizes[self.positions]
        sizes = [_size(source) for source in self.sources]
        return np.array(sizes, dtype=np.int64).reshape(-1, 2)

    def arrays(self, indices: Sequence[int] | Tensor, offsets: Tensor | None = None) -> Tensor:
        """The pictures at `indices` after the item transforms: (n, 3, h, w) uint8, on the CPU; float32 when
        they are the model's input already.

        offsets: (n,) float in 0..1, where a crop lies along the longer side; the middle when not given.
        Raises UnequalSizes when the item transforms leave pictures of different sizes.
        """
        indices = [int(index) for index in indices]
        if isinstance(self.sources[indices[0]], Tensor):
            return torch.stack([self.sources[index] for index in indices])
        places = [0.5] * len(indices) if offsets is None else offsets.tolist()
        presized = in_threads(self.presized, indices, 0 if self._is_cached else self.threads)
        return collate(
            [self.item_tfms.crop(array, place) for array, place in zip(presized, places, strict=True)]
        )

    def presized(self, index: int) -> np.ndarray:
        """Picture `index` after the item transforms, not yet cropped: (h', w', 3) uint8, or BrokenPicture."""
        if self._is_cached:
            return self.cache.array(self.positions[index])
        return self.item_tfms.array(self.sources[index])

    def subset(self, indices: Sequence[int]) -> "Pictures":
        """These pictures only, in this order; one may come several times."""
        indices = [int(index) for index in indices]
        labels = None if self.labels is None else self.labels[indices]
        positions = [self.positions[index] for index in indices]
        return self.like([self.sources[index] for index in indices], labels, self.cache, positions)

    def like(
        self,
        sources: Sequence[Path | Image.Image | Tensor],
        labels: Tensor | None,
        cache: PictureCache | None,
        positions: Sequence[int] | None,
    ) -> "Pictures":
        """Other pictures, prepared as these are."""
        return Pictures(sources, labels, self.vocab, self.item_tfms, cache, positions, self.threads)

    def fingerprint(self) -> str:
        """A digest of the pictures' contents and of the item transforms, not of the labels."""
        if self._is_cached:  # of the files as they were: that is what the pixels show
            facts = [self.cache.facts[position] for position in self.positions]
        else:
            facts = [_facts(source) for source in self.sources]
        return digest(facts, self.item_tfms.describe())

    @property
    def are_cropped(self) -> bool:
        """Whether some picture is longer than the final size, so that the place of the crop matters."""
        resize = self.item_tfms.resize
        if resize is None or resize.method != "crop":
            return False
        if not self._is_cached:
            return True
        return bool((self.cache.shapes[self.positions] != resize.size).any())

    @property
    def _is_cached(self) -> bool:
        return self.cache is not None and self.cache.has_pixels


def _facts(source: Path | Image.Image | Tensor) -> str:
    if isinstance(source, Path):
        return file_signature([source])[0]
    if isinstance(source, Tensor):
        return hashlib.sha256(f"{tuple(source.shape)}".encode() + source.numpy().tobytes()).hexdigest()
    return hashlib.sha256(f"{source.mode} {source.size}".encode() + source.tobytes()).hexdigest()


def _size(source: Path | Image.Image | Tensor) -> tuple[int, int]:
    if isinstance(source, Tensor):
        return source.shape[2], source.shape[1]
    return picture_size(source) if isinstance(source, Path) else source.size

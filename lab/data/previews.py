"""`Preview`: the same few training pictures under any batch transform, at every stage on their way.

The draws are those of a `DataLoader`: draw k is what these pictures look like in pass k of a loader with
that transform and that seed. So what is looked at is what a model would be trained on.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from functools import cached_property
from itertools import islice

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.data.broken import BrokenPicture
from lab.data.cache import PictureCache
from lab.data.dataset import Pictures
from lab.data.loader import DataLoader
from lab.data.loaders import DataLoaders
from lab.data.look import shown_order
from lab.data.naive import Comparison, compare
from lab.data.pipeline import name_of
from lab.data.transforms import BatchTransform


class Preview:
    """n training pictures of `dls` to try batch transforms on; all of them when there are fewer.

    seed: which pictures. They are opened when they are first looked at, and once: item transforms of your
    own that are random are drawn once. Loading for training is not disturbed. Raises ValueError for an n
    below 1 or a training set without pictures.
    """

    def __init__(self, dls: DataLoaders, n: int = 4, seed: int = 0) -> None:
        if n < 1 or not dls.train.n:
            raise BadValue(
                f"Preview: n={n} of {dls.train.n} training pictures. There must be at least 1 to look at."
            )
        self._train, self.seed = dls.train, seed
        self.indices = shown_order(dls.train.n, seed)[:n]

    def __repr__(self) -> str:
        return f"Preview({len(self)} of {self._train.n} training pictures)"

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def names(self) -> list[str]:
        """The pictures' file names, for captions; a name may hold anything."""
        return [self._train.name(i) for i in self.indices]

    @property
    def labels(self) -> list[str]:
        """The names of the pictures' classes; "" without labels."""
        labels = self._train.pictures.labels
        if labels is None:
            return [""] * len(self)
        return [str(self._train.vocab[label]) for label in labels[self.indices].tolist()]

    def original(self, place: int) -> Image.Image:
        """The decoded file of picture `place`, in full size, RGB. Raises BrokenPicture."""
        return self._train.picture(self.indices[place])

    @cached_property
    def originals(self) -> list[Image.Image]:
        """Stage "original": the decoded files, in full size, RGB. Raises BrokenPicture."""
        return [self.original(place) for place in range(len(self))]

    @property
    def items(self) -> list[Image.Image]:
        """Stage "item": after the item transforms, as the presized cache keeps it, RGB.

        The longer side of a "crop" is whole: its place is drawn anew in each pass. Raises BrokenPicture.
        """
        return [Image.fromarray(array) for array in self._whole_arrays()]

    @property
    def broken(self) -> dict[int, str]:
        """Place -> why its picture cannot be had any more, neither from the cache nor from its file."""
        found = enumerate(self._arrays)
        return {place: one.reason for place, one in found if isinstance(one, BrokenPicture)}

    def subset(self, places: Sequence[int]) -> "Preview":
        """The pictures at these places only; what has been opened is not opened again."""
        part = copy(self)
        for name in ("_arrays", "_pictures", "originals"):  # those of all places
            part.__dict__.pop(name, None)
        part.indices = [self.indices[place] for place in places]
        part._arrays = [self._arrays[place] for place in places]
        return part

    def loader(self, tfm: Callable, seed: int = 0) -> DataLoader:
        """The loader that draws: these pictures in order, in one batch, with random changes by `tfm`."""
        return self._train.replace(
            pictures=self._pictures, shuffle=False, augment=True, bs=len(self), seed=seed, batch_tfms=tfm
        )

    def draws(self, tfm: Callable, seed: int = 0) -> Iterator[Tensor]:
        """The draws of `batch` one by one, without end: each (n, 3, h, w); raises what that raises."""
        loader = self.loader(tfm, seed)
        while True:  # a draw is a pass
            with closing(iter(loader)) as passing:
                drawn = next(passing)[0].cpu()
            yield drawn

    def batch(self, tfm: Callable, draws: int = 2, seed: int = 0) -> Tensor:
        """Stage "batch": what the model gets in training, (n, draws, 3, h, w) float32 in 0..1, on the CPU.

        tfm: of `aug_transforms`, or of your own. seed: another one for other draws; the same gives the
        same pictures bit for bit, and more draws leave the first ones as they are. Raises ValueError for
        draws below 1, BrokenPicture, and UnequalSizes where the pictures cannot share a batch.
        """
        return torch.stack(self._some(tfm, draws, seed), dim=1)

    def comparisons(self, tfm: BatchTransform, draws: int = 1, seed: int = 0) -> list[Comparison]:
        """For each draw, the pictures of `batch` beside the naive way of making them, on the CPU.

        Raises TypeError for a transform that is not of `aug_transforms`: only its changes are known apart.
        """
        if not isinstance(tfm, BatchTransform):
            raise BadType(
                f"comparisons: the batch transform is {name_of(tfm)}, whose changes cannot be told apart. "
                "Pass what aug_transforms(...) gave."
            )
        found = []

        def both(pictures: Tensor, _train: bool, generator: torch.Generator) -> Tensor:
            pair = compare(tfm, pictures, generator)
            found.append(replace(pair, presized=pair.presized.cpu(), naive=pair.naive.cpu()))
            return pair.presized

        self._some(both, draws, seed)
        return found

    def _some(self, tfm: Callable, draws: int, seed: int) -> list[Tensor]:
        if draws < 1:
            raise BadValue(f"Preview: draws={draws}. Ask for at least 1.")
        return list(islice(self.draws(tfm, seed), draws))

    @cached_property
    def _arrays(self) -> list[np.ndarray | BrokenPicture]:
        """The presized pictures, or what went wrong, so that moving a slider decodes nothing."""
        return [self._open(i) for i in self.indices]

    def _open(self, i: int) -> np.ndarray | BrokenPicture:
        try:
            return self._train.pictures.presized(i)
        except BrokenPicture as problem:
            return problem

    def _whole_arrays(self) -> list[np.ndarray]:
        for one in self._arrays:
            if isinstance(one, BrokenPicture):
                raise one
        return self._arrays

    @cached_property
    def _pictures(self) -> Pictures:
        """The chosen pictures with their presized pixels in memory."""
        chosen, arrays = self._train.pictures.subset(self.indices), self._whole_arrays()
        places = np.cumsum([0] + [array.size for array in arrays[:-1]])
        index = {
            "sizes": chosen.sizes,
            "broken": {},
            "places": [(start, *array.shape[:2]) for start, array in zip(places, arrays, strict=True)],
        }
        pixels = np.concatenate([array.ravel() for array in arrays])
        return chosen.like(chosen.sources, chosen.labels, PictureCache([], index, pixels), None)


def as_image(picture: Tensor) -> Image.Image:
    """One picture of a batch, (3, h, w) float in 0..1, to be looked at: RGB."""
    pixels = (picture.detach().cpu().clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(pixels.permute(1, 2, 0).numpy())

"""From a picture to the model's input, the same way in training, validation, and on another machine.

`ItemTransforms` are the steps for one picture, `Pipeline` adds the batch transform and turns pictures
into a batch exactly as validation does; some JSON describes it, so an exported model needs no other code.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadState, BadType, BadValue
from lab.data.accepted import Source, kind_of, without_label
from lab.data.arrays import UnequalSizes, as_input, collate
from lab.data.pictures import open_picture
from lab.data.resize import Resize
from lab.data.transforms import BatchTransform, to_float


class ItemTransforms:
    """The item transforms of a DataBlock, in their order: `Resize`, or functions from PIL to PIL picture.

    tfms: None, one transform or a list. Raises TypeError for something that cannot be one. A function of
    your own is called on every picture each time it is used; with an attribute `cacheable = True` its
    results are kept on disk (it must then always do the same).
    """

    def __init__(self, tfms: Callable | Sequence[Callable] | None = None) -> None:
        if isinstance(tfms, ItemTransforms):
            tfms = tfms.tfms
        self.tfms = [] if tfms is None else list(tfms) if isinstance(tfms, list | tuple) else [tfms]
        for tfm in self.tfms:
            if isinstance(tfm, BatchTransform):
                raise BadType(
                    f"item_tfms: {name_of(tfm)} works on a batch. Pass it as batch_tfms, and a Resize as "
                    "item_tfms."
                )
            if not callable(tfm):
                raise BadType(
                    f"item_tfms: got {kind_of(tfm)}. Pass Resize(...), or a function from PIL picture to PIL "
                    "picture."
                )
        resizes = [tfm for tfm in self.tfms if isinstance(tfm, Resize)]
        self.resize = resizes[-1] if resizes else None
        self._run = secrets.token_hex(8)  # keeps results that may be random from being taken for others

    def __repr__(self) -> str:
        return ", ".join(name_of(tfm) for tfm in self.tfms) or "none"

    @property
    def cacheable(self) -> bool:
        """Whether a picture always comes out the same, so that it may be kept in the presized cache."""
        return bool(self.tfms) and all(self._is_fixed(tfm) for tfm in self.tfms)

    @property
    def smallest(self) -> int | None:
        """The short side in pixels that a picture must have when it is opened; None: all that it has."""
        first = self.tfms[0] if self.tfms else None
        return max(first.size) if isinstance(first, Resize) else None

    def open(self, picture: Source) -> Image.Image:
        """The picture as RGB, whatever it is given as (see `open_picture`), or of a pair (picture, label).

        The result after the transforms does not depend on the form in which a picture is given.
        """
        return open_picture(without_label(picture), self.smallest, exact=True)

    def array(self, picture: Source) -> np.ndarray:
        """The picture after all transforms, before the final crop: (h', w', 3) uint8.

        Raises BrokenPicture for a file that cannot be read, and what `apply` raises.
        """
        changed = self.open(picture)
        for tfm in self.tfms:
            changed = self.apply(tfm, changed, picture)
        return np.asarray(changed)

    def apply(self, tfm: Callable, picture: Image.Image, source: Source) -> Image.Image:
        """One transform's result, checked to be an RGB picture. `source` is named when it fails."""
        try:
            changed = tfm(picture)
        except Exception as error:
            raise BadState(
                f"item_tfms: {name_of(tfm)} raised {type(error).__name__} on {source_name(source)}: {error}"
            ) from error
        if not isinstance(changed, Image.Image):
            raise BadType(
                f"item_tfms: {name_of(tfm)} gave a {type(changed).__name__} for {source_name(source)}. "
                "An item transform takes a PIL picture and returns a PIL picture."
            )
        return changed if changed.mode == "RGB" else changed.convert("RGB")

    def crop(self, array: np.ndarray, offset: float = 0.5) -> np.ndarray:
        """The final part of what `array` gave; the array itself when there is no `Resize`."""
        return array if self.resize is None else self.resize.crop(array, offset)

    def describe(self) -> list[Any]:
        """What decides the result, as JSON: part of a cache's key."""
        return [self._describe(tfm) for tfm in self.tfms]

    def config(self) -> dict[str, Any] | None:
        """The `Resize` as JSON, None for no transform. Raises TypeError for what JSON cannot hold."""
        own = [tfm for tfm in self.tfms if not isinstance(tfm, Resize)]
        if own or len(self.tfms) > 1:
            what = name_of(own[0]) if own else "two Resize in a row"
            raise BadType(
                f"config: the item transforms contain {what}, which a file without code cannot describe. "
                "Export a model whose only item transform is one Resize."
            )
        return self.resize.config() if self.resize else None

    def _is_fixed(self, tfm: Callable) -> bool:
        return isinstance(tfm, Resize) or bool(getattr(tfm, "cacheable", False))

    def _describe(self, tfm: Callable) -> Any:
        if isinstance(tfm, Resize):
            return tfm.config()
        return name_of(tfm) if self._is_fixed(tfm) else [name_of(tfm), self._run]


class Pipeline:
    """Turn pictures into a batch exactly as validation does. The arguments are those of a `DataBlock`."""

    def __init__(self, item_tfms: Any = None, batch_tfms: Callable | None = None) -> None:
        self.item_tfms, self.batch_tfms = ItemTransforms(item_tfms), batch_tfms

    def __repr__(self) -> str:
        return f"Pipeline(item_tfms={self.item_tfms}, batch_tfms={name_of(self.batch_tfms)})"

    @property
    def size(self) -> tuple[int, int] | None:
        """(h, w) of what the model gets; None when every picture keeps its own."""
        final = self.batch_tfms.size if isinstance(self.batch_tfms, BatchTransform) else None
        resize = self.item_tfms.resize
        return final or (resize.size if resize else None)

    def prepared(self, picture: Any) -> Tensor | None:
        """A float picture (3, h, w) in 0..1 that has the model's size, as an item of a loader has: it is the
        input already, and no transform touches it. None for any other picture.
        """
        x = as_input(without_label(picture))
        return x if x is not None and self.size in (None, tuple(x.shape[1:])) else None

    def batch(self, pictures: Sequence[Source]) -> Tensor:
        """Pictures, each as `open_picture` or `prepared` takes it, as x: (n, 3, h, w) float32 in 0..1.

        Raises BrokenPicture for a file that cannot be read, UnequalSizes where no `Resize` makes sizes equal.
        """
        if not len(pictures):
            raise BadValue("batch: got no pictures; expected one or more.")
        ready = [self.prepared(picture) for picture in pictures]
        others = [picture for picture, x in zip(pictures, ready, strict=True) if x is None]
        if others:
            arrays = [self.item_tfms.crop(self.item_tfms.array(picture)) for picture in others]
            made = apply_batch_tfms(self.batch_tfms, collate(arrays), train=False)
            if len(others) == len(pictures):
                return made
            rows = iter(made)
            ready = [next(rows) if x is None else x for x in ready]
        if len({x.shape for x in ready}) > 1:
            raise UnequalSizes([tuple(x.shape) for x in ready])
        return torch.stack(ready)

    def config(self) -> dict[str, Any]:
        """This pipeline as JSON for `pipeline_from_config`. Raises TypeError for transforms of your own."""
        batch_tfms = self.batch_tfms
        if batch_tfms is not None and not isinstance(batch_tfms, BatchTransform):
            raise BadType(
                f"config: the batch transform is {name_of(batch_tfms)}, which a file without code cannot "
                "describe. Use aug_transforms(...) for a model that you want to export."
            )
        return {
            "item": self.item_tfms.config(),
            "batch": batch_tfms.validation_config() if batch_tfms else None,
        }


def pipeline_from_config(config: dict[str, Any]) -> Pipeline:
    """The pipeline that `Pipeline.config` or `DataLoaders.config` described; other keys are passed over."""
    item, batch = config.get("item"), config.get("batch")
    return Pipeline(
        Resize.from_config(item) if item else None,
        BatchTransform.from_config(batch) if batch else None,
    )


def apply_batch_tfms(
    tfms: Callable | None, pictures: Tensor, train: bool, generator: torch.Generator | None = None
) -> Tensor:
    """A uint8 batch (n, 3, H, W) through the batch transform, or only divided by 255 when there is none.

    A float batch is the model's input already and stays as it is, see `Pipeline.prepared`.
    """
    if pictures.is_floating_point():
        return pictures
    return to_float(pictures) if tfms is None else tfms(pictures, train, generator)


def name_of(tfm: Any) -> str:
    """A transform's name in messages."""
    if tfm is None or isinstance(tfm, Resize | BatchTransform):
        return repr(tfm)
    return getattr(tfm, "__qualname__", None) or type(tfm).__qualname__


def source_name(source: Any) -> str:
    """A picture's name in messages: its path, where it has one."""
    if isinstance(source, str | os.PathLike):
        return repr(os.fspath(source))
    return "a picture in memory"

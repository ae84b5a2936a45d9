"""Transforms in the 2018 spelling: how large pictures become, and how training pictures vary."""

from dataclasses import dataclass, replace
from typing import Any

from lab.core.errors import BadType, BadValue
from lab.data.resize import Resize
from lab.data.transforms import BatchTransform, aug_transforms
from lab.models.architectures import Architecture, architecture

transforms_basic = aug_transforms(flip=False, rotate=10, zoom=1, lighting=0.05, warp=0, p_lighting=1)
transforms_side_on = replace(transforms_basic, flip=True)
transforms_top_down = replace(transforms_basic, flip=True, flip_vert=True)


@dataclass(frozen=True)
class Transforms:
    """What `tfms_from_model` gives. sz: pixels. augment: the batch transform, None without augmentation."""

    sz: int
    augment: BatchTransform | None

    def options(self) -> dict[str, Any]:
        """As arguments of a `DataBlock`."""
        return {"item_tfms": Resize(self.sz), "batch_tfms": self.augment}


def tfms_from_model(
    f_model: str | Architecture,
    sz: int,
    aug_tfms: BatchTransform | None = None,
    max_zoom: float | None = None,
) -> Transforms:
    """Transforms for pictures of sz × sz pixels: `Resize(sz)`, and augmentation in training.

    aug_tfms: transforms_side_on, transforms_top_down, transforms_basic, or an `aug_transforms(...)` of your
    own; without it, training pictures are only cropped at random. max_zoom: up to so many times closer.
    Raises TypeError for other transforms, ValueError for an unknown architecture or transforms that give
    another size.
    """
    architecture(f_model)
    size = Resize(sz).size
    if aug_tfms is not None and not isinstance(aug_tfms, BatchTransform):
        raise BadType(
            f"tfms_from_model: aug_tfms is a {type(aug_tfms).__name__}. Use transforms_side_on, "
            "transforms_top_down or transforms_basic, or make your own with lab.aug_transforms(...)."
        )
    if aug_tfms is not None and aug_tfms.size not in (None, size):
        raise BadValue(
            f"tfms_from_model: sz={sz}, but aug_tfms gives pictures of {aug_tfms.size}. Leave its size out."
        )
    if max_zoom is not None:
        plain = BatchTransform() if aug_tfms is None else aug_tfms
        aug_tfms = replace(plain, zoom=max_zoom)
    return Transforms(size[0], aug_tfms)


def checked(tfms: Any, function: str) -> Transforms:
    """`tfms` when `tfms_from_model` made them; else a ValueError that begins with the function's name."""
    if isinstance(tfms, Transforms):
        return tfms
    raise BadValue(
        f"{function}: tfms={tfms!r}. Pass tfms=tfms_from_model(arch, sz), which says how large pictures "
        "should be."
    )

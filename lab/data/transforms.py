"""The batch transforms by name: `aug_transforms`, the second half of presizing, and `RandomResizedCrop`."""

from lab.data.batch_transform import BatchTransform, to_float
from lab.data.crops import random_crops
from lab.data.options import fastai_spelling
from lab.data.resize import Resize

__all__ = ["BatchTransform", "RandomResizedCrop", "Resize", "aug_transforms", "random_crops", "to_float"]


class RandomResizedCrop(BatchTransform):
    """A batch transform: a random part of each picture, resized to `size`; the whole picture in
    validation.

    The part has between min_scale and all of the picture's area, proportions (width / height) within
    `ratio`, and lies inside the picture. Source: Szegedy et al., "Going Deeper with Convolutions", 2014;
    2020 lesson.
    """

    def __init__(
        self,
        size: int | tuple[int, int],
        min_scale: float = 0.35,
        ratio: tuple[float, float] = (3 / 4, 4 / 3),
    ) -> None:
        super().__init__(size=size, min_scale=min_scale, ratio=ratio)


@fastai_spelling
def aug_transforms(
    size: int | tuple[int, int] | None = None,
    min_scale: float = 1.0,
    flip: bool = True,
    flip_vert: bool = False,
    rotate: float = 10.0,
    zoom: float = 1.1,
    lighting: float = 0.2,
    warp: float = 0.2,
    p_affine: float = 0.75,
    p_lighting: float = 0.75,
    pad_mode: str = "reflection",
    mult: float = 1.0,
    brightness: float | None = None,
    contrast: float | None = None,
) -> BatchTransform:
    """The usual augmentations of photos, as one batch transform (2020 lesson).

    size: of the result in pixels, one number or (height, width); None keeps the size of the `Resize`.
    min_scale: below 1, first a `RandomResizedCrop` of at least this share of the area. flip: mirror every
    second picture. flip_vert: upside down too; in a square, with flip, all eight symmetries. rotate: up
    to so many degrees either way. zoom: up to so many times closer, to a random place. lighting: see
    `lab.data.lighting`. warp: tilt of the perspective, see `lab.data.affine.warp`. p_affine, p_lighting:
    the chance of each of rotate, zoom, warp, and of brightness and contrast. pad_mode: what is seen
    outside the picture: "reflection", "border" or "zeros". mult: multiplies rotate, zoom − 1, lighting
    and warp. brightness, contrast: a strength of its own for one of the two, in place of lighting. fastai's
    do_flip, max_rotate, max_zoom, max_lighting and max_warp are understood too. Raises ValueError for a value
    outside its range, TypeError for an argument that there is not.
    """
    return BatchTransform(
        size=size,
        min_scale=min_scale,
        flip=flip,
        flip_vert=flip_vert,
        rotate=rotate * mult,
        zoom=1 + (zoom - 1) * mult,
        lighting=lighting * mult,
        warp=warp * mult,
        p_affine=p_affine,
        p_lighting=p_lighting,
        pad_mode=pad_mode,
        brightness=None if brightness is None else brightness * mult,
        contrast=None if contrast is None else contrast * mult,
    )

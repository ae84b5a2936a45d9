"""The batch transforms by name: `aug_transforms`, the second half of presizing, and `RandomResizedCrop`."""

from lab.data.batch_transform import BatchTransform, random_crops, to_float
from lab.data.options import fastai_spelling
from lab.data.resize import Resize

__all__ = ["BatchTransform", "RandomResizedCrop", "Resize", "aug_transforms", "random_crops", "to_float"]


class RandomResizedCrop(BatchTransform):
    """Make a batch transform: a random part of each image, resized to `size`; in validation the whole image.

    Parameters
    ----------
    size : int or (int, int)
        Of the result in pixels, one number or (height, width).
    min_scale : float
        The part has between this share and all of the image's area.
    ratio : (float, float)
        Within these lie its proportions, width / height.

    Raises
    ------
    ValueError
        For a value outside its range.

    Notes
    -----
    The part lies inside the image. Source: Szegedy et al., "Going Deeper with Convolutions", 2014; 2020
    lesson.

    Examples
    --------
    >>> crop = lab.RandomResizedCrop(48, min_scale=0.5)
    >>> lab.ImageDataLoaders.from_folder(path, valid_pct=0.25, item_tfms=lab.Resize(64), batch_tfms=crop)
    DataLoaders(27 training, 9 validation pictures, 3 classes, bs=64, device=...)
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
    """Make the usual augmentations of photos, as one batch transform (2020 lesson).

    fastai's names do_flip, max_rotate, max_zoom, max_lighting and max_warp are understood too.

    Parameters
    ----------
    size : int or (int, int), optional
        Of the result in pixels, one number or (height, width). Without one the size of the `Resize` is kept.
    min_scale : float
        Below 1 there is first a `RandomResizedCrop` of at least this share of the area.
    flip : bool
        Mirror every second image, at random.
    flip_vert : bool
        Upside down too; in a square, with `flip`, all eight symmetries.
    rotate : float
        Turn by up to so many degrees either way.
    zoom : float
        Come up to so many times closer, to a random place.
    lighting : float
        Strength of brightness and contrast: at 0.2 mid grey moves between 0.4 and 0.6, and contrast is 0.8 to
        1.25 times as strong.
    warp : float
        Tilt of the perspective, up to this share of a side.
    p_affine, p_lighting : float
        The chance of each of rotate, zoom and warp, and of each of brightness and contrast.
    pad_mode : str
        What is seen outside the image: "reflection", "border" or "zeros".
    mult : float
        Multiplies rotate, zoom − 1, lighting (brightness, contrast) and warp.
    brightness, contrast : float, optional
        A strength of its own for one of the two, in place of lighting.

    Returns
    -------
    BatchTransform

    Raises
    ------
    ValueError
        For a value outside its range.
    TypeError
        For an argument that there is not.

    Examples
    --------
    >>> lab.aug_transforms(size=48, flip_vert=True)
    BatchTransform(size=(48, 48), flip=True, flip_vert=True, rotate=10.0, zoom=1.1, lighting=0.2, warp=0.2)
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

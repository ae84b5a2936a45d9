"""`BatchTransform`: what is done to a batch of pictures, by one matrix and one interpolation.

The pictures that `Resize` prepared are cropped, flipped, turned, zoomed, tilted and brought to the final
size, then their light is changed (2020 lesson, "Presizing"). It happens on the device.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
from torch import Tensor

from lab.core.errors import BadValue
from lab.data import affine
from lab.data.lighting import change_lighting_, draw_lighting
from lab.data.resize import as_size

_TRIES = 10  # random crops drawn before the whole picture is taken, as in the Inception paper's code


@dataclass(frozen=True)
class BatchTransform:
    """A batch transform: random changes in training, only the resize to `size` in validation.

    Made by `aug_transforms`, which explains the fields. Calling it turns uint8 pictures (n, 3, H, W) into
    float32 (n, 3, h, w) in 0..1. `random` tells whether training differs from validation.
    """

    size: tuple[int, int] | None = None
    min_scale: float = 1.0
    ratio: tuple[float, float] = (3 / 4, 4 / 3)
    flip: bool = False
    flip_vert: bool = False
    rotate: float = 0.0
    zoom: float = 1.0
    lighting: float = 0.0
    warp: float = 0.0
    p_affine: float = 0.75
    p_lighting: float = 0.75
    pad_mode: str = "reflection"
    brightness: float | None = None
    contrast: float | None = None

    def __post_init__(self) -> None:
        if self.size is not None:
            object.__setattr__(self, "size", as_size(self.size, "aug_transforms"))
        object.__setattr__(self, "ratio", tuple(self.ratio))
        affine.check_pad_mode(self.pad_mode, "aug_transforms")
        for name, low, high, what in _RANGES:
            value = getattr(self, name)
            if value is None and name in ("brightness", "contrast"):
                continue  # then it is as strong as `lighting`
            if not low <= value <= high:
                raise BadValue(
                    f"aug_transforms: {name}={value}. It is {what}: give a number from {low} to {high}."
                )

    @property
    def random(self) -> bool:
        """Whether a picture looks different each time it is drawn for training."""
        moves = self.p_affine > 0 and (self.rotate > 0 or self.zoom > 1 or self.warp > 0)
        return self.min_scale < 1 or self.flip or self.flip_vert or moves or self._relights

    @property
    def light(self) -> tuple[float, float]:
        """The strengths of (brightness, contrast): `lighting`, except where one was given apart."""
        return (
            self.lighting if self.brightness is None else self.brightness,
            self.lighting if self.contrast is None else self.contrast,
        )

    @property
    def _relights(self) -> bool:
        return max(self.light) > 0 and self.p_lighting > 0

    def __repr__(self) -> str:
        values = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        chosen = [f"{name}={value!r}" for name, value, default in values if value != default]
        return f"{type(self).__name__}({', '.join(chosen)})"

    def __iter__(self) -> Iterator["BatchTransform"]:
        """Itself alone, so that the lesson's `batch_tfms=[*aug_transforms(), ...]` can be written."""
        return iter((self,))

    def __call__(self, pictures: Tensor, train: bool, generator: torch.Generator | None = None) -> Tensor:
        """pictures: (n, 3, H, W) uint8. Returns (n, 3, h, w) float32 in 0..1, contiguous, on the same device.

        train: draw random changes, with `generator` (a CPU generator, so that all devices get the same
        draws). Otherwise a picture is resized, and one that has the size already is only divided by 255.
        """
        n, source = len(pictures), (pictures.shape[2], pictures.shape[3])
        size = self.size or source
        if train and self.random:
            matrices = self.matrices(n, source, generator)
            moved = affine.transform_batch(pictures, matrices, size, self.pad_mode)
            return self.relight_(moved, generator)
        if size == source:
            return to_float(pictures)
        return affine.transform_batch(pictures, affine.identity(n), size, self.pad_mode)

    def matrices(self, n: int, source: tuple[int, int], generator: torch.Generator | None) -> Tensor:
        """The composed random matrices (n, 3, 3) for n pictures of source = (H, W) pixels."""
        product = affine.identity(n)
        for matrices in self.changes(n, source, generator).values():
            product = product @ matrices
        return product

    def changes(
        self, n: int, source: tuple[int, int], generator: torch.Generator | None
    ) -> dict[str, Tensor]:
        """The random matrices (n, 3, 3) of each change that is switched on, by its name, in their order."""
        h, w = self.size or source

        def amount(largest: float) -> Tensor:  # in −largest..largest, and 0 with the chance 1 − p_affine
            draws = torch.rand(2, n, generator=generator)
            return torch.where(draws[1] < self.p_affine, largest * (2 * draws[0] - 1), torch.zeros(n))

        drawn = {}
        if self.min_scale < 1:
            drawn["crop"] = random_crops(n, source, self.min_scale, self.ratio, generator)
        if self.flip or self.flip_vert:
            drawn["flip"] = self._flips(n, square=h == w, generator=generator)
        if self.rotate:
            drawn["rotate"] = affine.rotation(amount(self.rotate), w / h)
        if self.zoom > 1:
            extent = 1 / (1 + amount(self.zoom - 1).abs())
            place = 2 * torch.rand(n, 2, generator=generator) - 1
            drawn["zoom"] = affine.crop(place * (1 - extent)[:, None], extent[:, None].expand(n, 2))
        if self.warp:
            drawn["warp"] = affine.warp(torch.stack([amount(self.warp), amount(self.warp)], dim=1))
        return drawn

    def relight_(self, pictures: Tensor, generator: torch.Generator | None) -> Tensor:
        """Change brightness and contrast of (n, 3, h, w) float pictures in 0..1, in place; returns them."""
        if not self._relights:
            return pictures
        drawn = draw_lighting(len(pictures), self.light, self.p_lighting, generator)
        return change_lighting_(pictures, *drawn)

    def _flips(self, n: int, square: bool, generator: torch.Generator | None) -> Tensor:
        coins = torch.rand(3, n, generator=generator) < 0.5
        never = torch.zeros(n, dtype=torch.bool)
        return affine.flip(
            coins[0] if self.flip else never,
            coins[1] if self.flip_vert else never,
            coins[2] if self.flip and self.flip_vert and square else None,
        )

    def config(self) -> dict[str, Any]:
        """All fields as JSON; `from_config` makes the same transform again."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    def validation_config(self) -> dict[str, Any]:
        """The part that validation and prediction need, as JSON for `from_config`: the size."""
        return {"size": list(self.size) if self.size else None}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "BatchTransform":
        """The transform that `config` or `validation_config` described."""
        return BatchTransform(**config)


def random_crops(
    n: int,
    source: tuple[int, int],
    min_scale: float,
    ratio: tuple[float, float],
    generator: torch.Generator | None,
) -> Tensor:
    """Matrices (n, 3, 3) of random boxes inside pictures of source = (H, W) pixels; see `RandomResizedCrop`.

    A box that does not fit is drawn again; one that never fits becomes the largest of allowed proportions.
    """
    height, width = source
    draws = torch.rand(2, n, _TRIES, generator=generator)
    area = min_scale + (1 - min_scale) * draws[0]
    low, high = math.log(ratio[0]), math.log(ratio[1])
    shape = (low + (high - low) * draws[1]).exp() * height / width  # relative to the picture's own
    extents = torch.stack([(area * shape).sqrt(), (area / shape).sqrt()], dim=-1)
    fits = (extents <= 1).all(dim=-1)
    extent = extents[torch.arange(n), fits.int().argmax(dim=1)]
    own = width / height
    largest = torch.tensor([min(1.0, ratio[1] / own), min(1.0, own / ratio[0])])
    extent = torch.where(fits.any(dim=1, keepdim=True), extent, largest)
    place = 2 * torch.rand(n, 2, generator=generator) - 1
    return affine.crop(place * (1 - extent), extent)


def to_float(pictures: Tensor) -> Tensor:
    """uint8 (n, 3, h, w) in 0..255 as contiguous float32 in 0..1."""
    return pictures.to(torch.float32, memory_format=torch.contiguous_format).div_(255)


_RANGES = (
    ("min_scale", 0.01, 1.0, "the smallest share of the picture's area"),
    ("rotate", 0.0, 180.0, "an angle in degrees"),
    ("zoom", 1.0, 10.0, "how many times closer, at most"),
    ("lighting", 0.0, 0.95, "the strength of brightness and contrast"),
    ("brightness", 0.0, 0.95, "the strength of brightness"),
    ("contrast", 0.0, 0.95, "the strength of contrast"),
    ("warp", 0.0, 0.5, "the tilt of the perspective"),
    ("p_affine", 0.0, 1.0, "a probability"),
    ("p_lighting", 0.0, 1.0, "a probability"),
)

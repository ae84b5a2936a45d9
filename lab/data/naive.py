"""Presizing beside the naive way, with the same random draws.

Presizing carries all changes out at once, by one interpolation on the large picture. The naive way brings
the picture to its final size first and then makes each change by itself, each with an interpolation that
blurs a little, and each filling corners that the large picture could have filled with what was there
(2020 lesson, "Presizing").

Both have the same matrices, and each matrix speaks of shares of the picture, not of pixels. So the two
results lie upon each other pixel by pixel: a difference between them is lost detail or padding, not a shift.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.data import affine
from lab.data.transforms import BatchTransform

_GREY = (0.299, 0.587, 0.114)  # the luminance of red, green and blue, ITU-R BT.601
_LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


@dataclass(frozen=True)
class Comparison:
    """The same pictures, changed both ways: presized and naive, (n, 3, h, w) float32 in 0..1.

    presized_steps, naive_steps: for each picture the names of the changes for which it was interpolated,
    so that `len` is the number of interpolations. A picture that is only mirrored needs none.
    """

    presized: Tensor
    naive: Tensor
    presized_steps: tuple[tuple[str, ...], ...]
    naive_steps: tuple[tuple[str, ...], ...]

    @property
    def difference(self) -> Tensor:
        """How far the two are apart: (n, 3, h, w) in 0..1."""
        return (self.presized - self.naive).abs()

    @property
    def mean(self) -> Tensor:
        """The mean difference of each picture: (n,) in 0..1."""
        return self.difference.mean(dim=(1, 2, 3))

    @property
    def largest(self) -> Tensor:
        """The largest difference in each picture: (n,) in 0..1."""
        return self.difference.amax(dim=(1, 2, 3))

    def amplified(self, factor: float = 4.0) -> Tensor:
        """The difference times `factor`, to be looked at; what is over 1 is white: (n, 3, h, w)."""
        return (self.difference * factor).clamp_(max=1)


def compare(tfm: BatchTransform, pictures: Tensor, generator: torch.Generator) -> Comparison:
    """Change the pictures both ways, as in training. pictures: (n, 3, H, W) uint8, as `Resize` gave them.

    generator: of the draws; it is left as a call of `tfm` leaves it.
    """
    state = generator.get_state()
    naive, naive_steps = _one_by_one(tfm, pictures, generator)
    generator.set_state(state)
    presized = tfm(pictures, True, generator)
    # Presizing interpolates a picture once, unless the naive way does not have to either.
    at_once = tuple(("all at once",) if steps else () for steps in naive_steps)
    return Comparison(presized, naive, at_once, naive_steps)


def sharpness(pictures: Tensor) -> Tensor:
    """How much fine detail there is: the variance of the Laplacian of the grey picture.

    pictures: (n, 3, h, w) float in 0..1. Returns (n,) on their device. Compare it between pictures of
    the same size and motif only. Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield
    microscopy", 2000.
    """
    grey = (pictures * pictures.new_tensor(_GREY)[:, None, None]).sum(dim=1, keepdim=True)
    return F.conv2d(grey, grey.new_tensor(_LAPLACIAN)[None, None]).var(dim=(1, 2, 3))


def _one_by_one(
    tfm: BatchTransform, pictures: Tensor, generator: torch.Generator
) -> tuple[Tensor, tuple[tuple[str, ...], ...]]:
    n, source = len(pictures), (pictures.shape[2], pictures.shape[3])
    size = tfm.size or source
    steps = [["resize"] if size != source else [] for _ in range(n)]
    changed = tfm(pictures, False)  # the form of validation: brought to the final size, nothing else
    if not tfm.random:
        return changed, tuple(map(tuple, steps))
    for name, matrices in tfm.changes(n, source, generator).items():
        changed = affine.transform_batch(changed, matrices, size, tfm.pad_mode)
        for done, exact in zip(steps, _moves_whole_pixels(matrices), strict=True):
            if not exact:
                done.append(name)
    return tfm.relight_(changed, generator), tuple(map(tuple, steps))


def _moves_whole_pixels(matrices: Tensor) -> list[bool]:
    """Which of the (n, 3, 3) matrices change nothing or only mirror, for which no pixel is mixed."""
    mirrored = matrices.abs()
    plain, swapped = torch.eye(3), torch.eye(3)[[1, 0, 2]]
    return ((mirrored == plain) | (mirrored == swapped)).all(dim=(1, 2)).tolist()

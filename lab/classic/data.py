"""Data in the 2018 spelling: transforms for a model, data from folders, a table or arrays.

`ImageClassifierData` holds today's `DataLoaders` as `.dls` and gives its parts their old names. One thing is
different on purpose: pictures are colours in 0..1 and the model itself normalises them, so `denorm` has only
the axes to turn, and transforms made for one architecture can never be wrong for another.
"""

import itertools
import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.data.block import DataBlock
from lab.data.csvs import read_labels
from lab.data.files import check_folder
from lab.data.loader import DataLoader
from lab.data.loaders import DataLoaders
from lab.data.resize import Resize
from lab.data.shortcuts import ImageDataLoaders
from lab.data.splits import IndexSplitter, fold_indices
from lab.data.transforms import BatchTransform, aug_transforms
from lab.models.architectures import Architecture, architecture

transforms_basic = aug_transforms(flip=False, rotate=10, zoom=1, lighting=0.05, warp=0, p_lighting=1)
transforms_side_on = replace(transforms_basic, flip=True)
transforms_top_down = replace(transforms_basic, flip=True, flip_vert=True)

_looks = itertools.count(1)  # so that every `aug_dl` shows other augmentations


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
    Raises TypeError for other transforms and ValueError for an unknown architecture.
    """
    architecture(f_model)
    if aug_tfms is not None and not isinstance(aug_tfms, BatchTransform):
        raise TypeError(
            f"tfms_from_model: aug_tfms is a {type(aug_tfms).__name__}. Use transforms_side_on, "
            "transforms_top_down or transforms_basic, or make your own with lab.aug_transforms(...)."
        )
    if max_zoom is not None:
        plain = BatchTransform() if aug_tfms is None else aug_tfms
        aug_tfms = replace(plain, zoom=max_zoom)
    return Transforms(Resize(sz).size[0], aug_tfms)


def get_cv_idxs(n: int, cv_idx: int = 4, val_pct: float = 0.2, seed: int = 42) -> np.ndarray:
    """The validation indices of one cross-validation fold: `lab.fold_indices`."""
    return fold_indices(n, cv_idx, val_pct, seed)


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
            raise IndexError(f"dataset: picture {place} was asked for; there are {len(self)}.")
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
            raise ValueError(f"denorm: an array of shape {x.shape} came; (n, 3, height, width) was expected.")
        return np.moveaxis(x.reshape(-1, *x.shape[-3:]), 1, -1)


class ImageClassifierData:
    """Pictures for training, validation and test under their 2018 names. dls: the `DataLoaders` beneath.

    path: the folder that the learner saves to. sz: pixels; None when tfms did not say.
    """

    def __init__(self, dls: DataLoaders, path: str | os.PathLike, sz: int | None) -> None:
        self.dls, self.path, self.sz = dls, path, sz

    @classmethod
    def from_paths(
        cls,
        path: str | os.PathLike,
        bs: int = 64,
        tfms: Transforms | None = None,
        trn_name: str = "train",
        val_name: str = "valid",
        test_name: str | None = None,
        num_workers: int | None = None,
        seed: int = 42,
    ) -> "ImageClassifierData":
        """Pictures in folders named after their classes: `ImageDataLoaders.from_folder`.

        path/trn_name/<class>, path/val_name/<class>, and path/test_name, if given, without labels. Raises
        FileNotFoundError for a folder that is not there, ValueError without tfms.
        """
        dls = ImageDataLoaders.from_folder(
            path,
            trn_name,
            val_name,
            bs=bs,
            seed=seed,
            num_workers=num_workers,
            test=_test_folder(path, test_name),
            **_checked(tfms, "from_paths").options(),
        )
        return cls(dls, path, tfms.sz)

    @classmethod
    def from_csv(
        cls,
        path: str | os.PathLike,
        folder: str,
        csv_fname: str | os.PathLike,
        bs: int = 64,
        tfms: Transforms | None = None,
        val_idxs: Sequence[int] | None = None,
        suffix: str = "",
        test_name: str | None = None,
        num_workers: int | None = None,
        seed: int = 42,
    ) -> "ImageClassifierData":
        """File names and labels from a table: `ImageDataLoaders.from_csv`.

        csv_fname: the table, its first two columns are name and label. folder: the pictures', within path.
        suffix: added to each name, ".jpg". val_idxs: row numbers from 0 that validate; a fifth of them
        (`get_cv_idxs`) when not given. Both splits keep the table's order. A label may hold spaces. Raises
        ValueError that names file and lines for missing pictures, repeated ids and empty labels, and for
        val_idxs outside the table.
        """
        csv, pictures = Path(csv_fname).absolute(), Path(path, folder).absolute()
        if val_idxs is None:
            val_idxs = get_cv_idxs(len(read_labels(csv, pictures, suffix)))
        dls = ImageDataLoaders.from_csv(
            path,
            csv,
            pictures,
            suffix,
            splitter=IndexSplitter(sorted(val_idxs)),
            bs=bs,
            seed=seed,
            num_workers=num_workers,
            test=_test_folder(path, test_name),
            **_checked(tfms, "from_csv").options(),
        )
        return cls(dls, path, tfms.sz)

    @classmethod
    def from_arrays(
        cls,
        path: str | os.PathLike,
        trn: tuple[np.ndarray, Sequence],
        val: tuple[np.ndarray, Sequence],
        bs: int = 64,
        tfms: Transforms | None = None,
        classes: Sequence[str] | None = None,
        test: np.ndarray | None = None,
        num_workers: int | None = None,
        seed: int = 42,
    ) -> "ImageClassifierData":
        """Pictures in memory: a `DataBlock` on a list of arrays.

        trn, val: (x, y) with x (n, h, w, 3), uint8 or float in 0..1, and y the n labels, or their numbers in
        `classes`. test: x alone. Raises ValueError for shapes that do not fit.
        """
        parts = [_pictures(x) for x in (trn[0], val[0])]
        labels = [_labels(y, x, classes) for (_, y), x in zip((trn, val), parts, strict=True)]
        items = [pair for x, y in zip(parts, labels, strict=True) for pair in zip(x, y, strict=True)]
        block = DataBlock(
            get_items=None,
            get_x=operator.itemgetter(0),
            get_y=operator.itemgetter(1),
            splitter=IndexSplitter(range(len(parts[0]), len(items))),
            **(_checked(tfms, "from_arrays").options()),
        )
        unlabelled = None if test is None else list(_pictures(test))
        dls = block.dataloaders(items, bs=bs, seed=seed, num_workers=num_workers, test=unlabelled, path=path)
        return cls(dls, path, tfms.sz)

    def __repr__(self) -> str:
        return f"ImageClassifierData({self.dls!r}, sz={self.sz})"

    @property
    def trn_ds(self) -> Dataset:
        """The training pictures."""
        return Dataset(self.dls.train, self.path)

    @property
    def val_ds(self) -> Dataset:
        """The validation pictures."""
        return Dataset(self.dls.valid, self.path)

    @property
    def test_ds(self) -> Dataset | None:
        """The test pictures; None without a test folder."""
        return None if self.dls.test is None else Dataset(self.dls.test, self.path)

    @property
    def trn_dl(self) -> DataLoader:
        """Training batches: shuffled and augmented."""
        return self.dls.train

    @property
    def val_dl(self) -> DataLoader:
        """Validation batches, in file order."""
        return self.dls.valid

    @property
    def test_dl(self) -> DataLoader | None:
        """Test batches, in file order; None without a test folder."""
        return self.dls.test

    @property
    def fix_dl(self) -> DataLoader:
        """Training pictures in file order, not augmented."""
        return self.dls.train.variant(shuffle=False, augment=False)

    @property
    def aug_dl(self) -> DataLoader:
        """Training pictures in file order, augmented; differently each time that it is asked for."""
        train = self.dls.train
        return train.variant(shuffle=False, augment=True, seed=train.seed + 1_000_003 * next(_looks))

    @property
    def trn_y(self) -> np.ndarray:
        """(n,) int64: the training pictures' labels as numbers."""
        return self.trn_ds.y

    @property
    def val_y(self) -> np.ndarray:
        """(n,) int64: the validation pictures' labels as numbers."""
        return self.val_ds.y

    @property
    def classes(self) -> list[str]:
        """The labels; a label's number is its place here."""
        return list(self.dls.vocab)

    @property
    def c(self) -> int:
        """The number of classes."""
        return self.dls.c

    @property
    def bs(self) -> int:
        """Pictures in a batch."""
        return self.dls.bs

    def resize(self, targ_sz: int, new_path: str | os.PathLike = "tmp") -> "ImageClassifierData":
        """The same data read from copies of targ_sz pixels in path/new_path: `DataLoaders.resized`."""
        return ImageClassifierData(self.dls.resized(targ_sz, new_path), self.path, self.sz)


def _checked(tfms: Any, function: str) -> Transforms:
    if isinstance(tfms, Transforms):
        return tfms
    raise ValueError(
        f"{function}: tfms={tfms!r}. Pass tfms=tfms_from_model(arch, sz), which says how large pictures "
        "shall be."
    )


def _test_folder(path: str | os.PathLike, name: str | None) -> Path | None:
    if name is None:
        return None
    check_folder(Path(path, name), "test_name")
    return Path(path, name)


def _pictures(x: Any) -> np.ndarray:
    """(n, h, w, 3) uint8 from that, or from float in 0..1."""
    x = np.asarray(x)
    if x.ndim != 4 or x.shape[-1] != 3 or not len(x):
        raise ValueError(
            f"from_arrays: an array of shape {x.shape} came; pictures are (n, height, width, 3). Activations "
            "need no data object any more: ConvLearner.pretrained(..., precompute=True) keeps them."
        )
    if x.dtype == np.uint8:
        return x
    if not np.issubdtype(x.dtype, np.floating) or not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(
            f"from_arrays: numbers of {x.dtype} from {x.min():g} to {x.max():g} came; give uint8, or float "
            "in 0..1."
        )
    return np.uint8(np.rint(255 * x))


def _labels(y: Any, x: np.ndarray, classes: Sequence[str] | None) -> list[str]:
    y = np.asarray(y)
    if y.shape != (len(x),):
        raise ValueError(f"from_arrays: {len(x)} pictures came with labels of shape {y.shape}.")
    if classes is None:
        return [str(label) for label in y.tolist()]
    if not np.issubdtype(y.dtype, np.integer) or y.min() < 0 or y.max() >= len(classes):
        raise ValueError(
            f"from_arrays: with classes given, labels are whole numbers in 0..{len(classes) - 1}."
        )
    return [classes[number] for number in y.tolist()]

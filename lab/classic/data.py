"""Data in the 2018 spelling: from folders, from a table, from arrays.

`ImageClassifierData` holds today's `DataLoaders` as `.dls` and gives its parts their old names. One thing is
different on purpose: pictures are colours in 0..1 and the model itself normalises them, so `denorm` has only
the axes to turn, and transforms made for one architecture can never be wrong for another.
"""

import itertools
import operator
import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lab.classic.arguments import labels_of, pictures_of, table_arguments
from lab.classic.dataset import Dataset
from lab.classic.transforms import Transforms, checked
from lab.core.errors import BadType
from lab.data.block import DataBlock
from lab.data.csvs import read_labels
from lab.data.files import check_folder
from lab.data.labels import ColReader
from lab.data.loader import DataLoader
from lab.data.loaders import DataLoaders
from lab.data.picture_names import Spelling
from lab.data.shortcuts import ImageDataLoaders
from lab.data.splits import IndexSplitter, Split, fold_indices

_looks = itertools.count(1)  # so that every `aug_dl` shows other augmentations


def get_cv_idxs(n: int, cv_idx: int = 4, val_pct: float = 0.2, seed: int = 42) -> np.ndarray:
    """The validation indices of one cross-validation fold: `lab.fold_indices`."""
    return fold_indices(n, cv_idx, val_pct, seed)


class ImageClassifierData:
    """Pictures for training, validation and test under their 2018 names. dls: the `DataLoaders` beneath.

    path: the folder that the learner saves to. sz: how large the model gets the pictures, in pixels. The
    options of its three constructors, `num_workers` and `seed`, are those of `DataBlock.dataloaders`.
    """

    def __init__(self, dls: DataLoaders, path: str | os.PathLike, sz: int) -> None:
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
        **options: Any,
    ) -> "ImageClassifierData":
        """Pictures in folders named after their classes: `ImageDataLoaders.from_folder`.

        path/trn_name/<class>, path/val_name/<class>, and path/test_name, if given, without labels. Raises
        FileNotFoundError for a folder that is not there, ValueError without tfms.
        """
        options |= checked(tfms, "from_paths").options()
        test = _test_folder(path, test_name)
        dls = ImageDataLoaders.from_folder(path, trn_name, val_name, bs=bs, test=test, **options)
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
        **options: Any,
    ) -> "ImageClassifierData":
        """File names and labels from a table, by the reader of `ImageDataLoaders.from_csv`.

        csv_fname: the table, its first two columns are name and label; skip_header=False: it has no heading.
        folder: the pictures', within path. suffix: what the names lack, ".jpg". val_idxs: row numbers from 0
        that validate; a fifth of them (`get_cv_idxs`) when not given. Both splits keep the table's order. A
        label may hold spaces. Raises ValueError that names file and lines for missing pictures, repeated ids
        and empty labels, and for val_idxs outside the table; TypeError for arguments that there are not.
        """
        block = DataBlock(
            get_items=None,
            get_x=ColReader("path"),
            get_y=ColReader("label"),
            splitter=partial(_split, val_idxs=val_idxs),
            **checked(tfms, "from_csv").options(),
        )
        reading, options = table_arguments(options, suffix)
        spelling = Spelling("from_csv", "suffix")
        test = _test_folder(path, test_name)
        rows = read_labels(csv_fname, folder, root=Path(path).absolute(), spelling=spelling, **reading)
        dls = block.dataloaders(rows, bs=bs, test=test, path=path, **options)
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
        **options: Any,
    ) -> "ImageClassifierData":
        """Pictures in memory: a `DataBlock` on a list of arrays.

        trn, val: (x, y) with x (n, h, w, 3), uint8 or float in 0..1, and y the n labels, or their numbers in
        `classes`. test: x alone. Raises ValueError for shapes that do not fit.
        """
        parts = [pictures_of(x) for x in (trn[0], val[0])]
        labels = [labels_of(y, x, classes) for (_, y), x in zip((trn, val), parts, strict=True)]
        items = [pair for x, y in zip(parts, labels, strict=True) for pair in zip(x, y, strict=True)]
        block = DataBlock(
            get_items=None,
            get_x=operator.itemgetter(0),
            get_y=operator.itemgetter(1),
            splitter=IndexSplitter(range(len(parts[0]), len(items))),
            **checked(tfms, "from_arrays").options(),
        )
        unlabelled = None if test is None else list(pictures_of(test))
        dls = block.dataloaders(items, bs=bs, test=unlabelled, path=path, **options)
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
        return self.dls.train.replace(shuffle=False, augment=False)

    @property
    def aug_dl(self) -> DataLoader:
        """Training pictures in file order, augmented; differently each time that it is asked for."""
        train = self.dls.train
        return train.replace(shuffle=False, augment=True, seed=train.seed + 1_000_003 * next(_looks))

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


def _split(items: Sequence, val_idxs: Iterable[int] | None) -> Split:
    """Those rows validate, in the table's order; one fold of five when none are given."""
    if val_idxs is None:
        val_idxs = get_cv_idxs(len(items))
    elif not isinstance(val_idxs, Iterable):
        raise BadType(f"from_csv: val_idxs={val_idxs!r}. Give row numbers, such as get_cv_idxs(n).")
    train, valid = IndexSplitter(val_idxs)(items)
    return train, sorted(valid)


def _test_folder(path: str | os.PathLike, name: str | None) -> Path | None:
    if name is None:
        return None
    check_folder(Path(path, name), "test_name")
    return Path(path, name)

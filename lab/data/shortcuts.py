"""One call for the usual layouts: classes as folders, classes in file names, classes in a table.

Each builds a `DataBlock` and gives its `DataLoaders`. What the DataBlock and its `dataloaders` take
(item_tfms, batch_tfms; bs, seed, device, num_workers, test) is passed on.
"""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from lab.data.block import DataBlock
from lab.data.csvs import read_labels
from lab.data.files import get_image_files
from lab.data.labels import ColReader, RegexLabeller, parent_label, using_attr
from lab.data.loaders import DataLoaders
from lab.data.splits import GrandparentSplitter, RandomSplitter


class ImageDataLoaders:
    """`DataLoaders` of pictures in one of the usual layouts; the name under which the course knows them."""

    @staticmethod
    def from_folder(
        path: str | os.PathLike,
        train: str = "train",
        valid: str = "valid",
        valid_pct: float | None = None,
        split_seed: int = 42,
        **options: Any,
    ) -> DataLoaders:
        """Pictures in folders named after their classes: `train/cats/1.jpg`, `valid/dogs/2.jpg`.

        train, valid: names of the folders of the two splits. valid_pct: split at random instead, that share
        for validation (the pictures may then lie in `path/cats` directly). Raises what
        `DataBlock.dataloaders` raises.
        """
        if valid_pct is not None:
            splitter = RandomSplitter(valid_pct, split_seed)
            return _build(path, path, options, get_y=parent_label, splitter=splitter)
        # Only these two: elsewhere in the folder may be copies with a train and a valid of their own.
        get_items = partial(get_image_files, folders=(train, valid))
        splitter = GrandparentSplitter(Path(train).name, Path(valid).name)
        try:
            return _build(path, path, options, get_items=get_items, get_y=parent_label, splitter=splitter)
        except FileNotFoundError as problem:
            if not Path(path).is_dir() or Path(path, train).exists() or Path(path, valid).exists():
                raise
            raise FileNotFoundError(
                f"{problem} If the folders in it are the classes, pass valid_pct=0.2: that share is then "
                "drawn for validation."
            ) from None

    @staticmethod
    def from_name_re(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        pat: str,
        valid_pct: float = 0.2,
        split_seed: int = 42,
        **options: Any,
    ) -> DataLoaders:
        """Labels from file names: group 1 of the regular expression `pat`, such as r"(.+)_\\d+.jpg$".

        fnames: the files; a relative one lies in `path`.
        """
        files = [Path(path) / name for name in fnames]
        get_y, splitter = using_attr(RegexLabeller(pat), "name"), RandomSplitter(valid_pct, split_seed)
        return _build(path, files, options, get_y=get_y, splitter=splitter)

    @staticmethod
    def from_csv(
        path: str | os.PathLike,
        csv: str | os.PathLike = "labels.csv",
        folder: str = "",
        suff: str = "",
        fn_col: int | str = 0,
        label_col: int | str = 1,
        valid_pct: float = 0.2,
        split_seed: int = 42,
        splitter: Callable | None = None,
        **options: Any,
    ) -> DataLoaders:
        """File names and labels from a table, as `labels.csv` beside a folder `train` (the dog breeds of
        2018).

        csv, folder: within `path`. suff: added to each file name, such as ".jpg". fn_col, label_col: columns,
        by number or name. splitter: instead of a random share valid_pct, such as
        `IndexSplitter(fold_indices(n))`. Raises what `lab.data.csvs.read_labels` raises for a table that is
        not there or has faults.
        """
        rows = read_labels(Path(path) / csv, folder, suff, fn_col, label_col)
        get_x, get_y = ColReader("path"), ColReader("label")
        splitter = splitter if splitter is not None else RandomSplitter(valid_pct, split_seed)
        return _build(path, rows, options, get_items=None, get_x=get_x, get_y=get_y, splitter=splitter)


def _build(path: str | os.PathLike, source: Any, options: dict[str, Any], **block: Any) -> DataLoaders:
    for name in ("item_tfms", "batch_tfms"):
        block[name] = options.pop(name, None)
    return DataBlock(**block).dataloaders(source, path=path, **options)

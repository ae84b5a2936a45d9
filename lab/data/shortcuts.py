"""One call for the usual layouts: classes as folders, classes in file names, classes in a table.

Each builds a `DataBlock` and gives its `DataLoaders`. The options of all: valid_pct, the share for
validation; seed, for that split and for the order and augmentation of the training pictures (split_seed: for
the split alone); stratify=True, to split every class by that share; splitter, instead of a random one; vocab,
the classes in an order of your own; and what a DataBlock and its `dataloaders` take (item_tfms, batch_tfms;
bs, device, num_workers, test).
"""

import os
from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

from lab.core.errors import BadType, BadValue, MissingFile
from lab.data.files import get_image_files
from lab.data.labels import RegexLabeller, parent_label, using_attr
from lab.data.loaders import DataLoaders
from lab.data.options import chosen_splitter
from lab.data.splits import GrandparentSplitter
from lab.data.table_loaders import build, check_options, from_csv, from_df


class ImageDataLoaders:
    """Make `DataLoaders` of images in one of the usual layouts; the name under which the course knows them.

    Call one of its methods: `from_folder`, `from_name_re`, `from_path_re`, `from_name_func`,
    `from_path_func`, `from_lists`, `from_csv` or `from_df`.

    Examples
    --------
    >>> lab.ImageDataLoaders.from_folder(path, valid_pct=0.25, item_tfms=lab.Resize(64), bs=8)
    DataLoaders(27 training, 9 validation pictures, 3 classes, bs=8, device=...)
    """

    @staticmethod
    def from_folder(
        path: str | os.PathLike,
        train: str = "train",
        valid: str = "valid",
        valid_pct: float | None = None,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """Pictures in folders named after their classes: `train/cats/1.jpg`, `valid/dogs/2.jpg`.

        train, valid: names of the folders of the two splits. valid_pct: split at random instead, that share
        for validation (the pictures may then lie in `path/cats` directly), with stratify=True of every class.
        Raises what `DataBlock.dataloaders` raises.
        """
        options = check_options(ImageDataLoaders.from_folder, {"seed": seed, **options})
        if valid_pct is not None or "splitter" in options:
            share = 0.2 if valid_pct is None else valid_pct
            splitter = chosen_splitter(options, share, split_seed)
            return build(path, path, options, get_y=parent_label, splitter=splitter)
        if options.pop("stratify", False):
            raise BadValue(
                "from_folder: stratify=True is about a random split: pass valid_pct=0.2 with it. "
                f"Without, the folders {train!r} and {valid!r} are the split."
            )
        # Only these two: elsewhere in the folder may be copies with a train and a valid of their own.
        get_items = partial(get_image_files, folders=(train, valid))
        splitter = GrandparentSplitter(Path(train).name, Path(valid).name)
        try:
            return build(path, path, options, get_items=get_items, get_y=parent_label, splitter=splitter)
        except FileNotFoundError as problem:
            if not Path(path).is_dir() or Path(path, train).exists() or Path(path, valid).exists():
                raise
            raise MissingFile(
                f"{problem} If the folders in it are the classes, pass valid_pct=0.2: that share is then "
                "drawn for validation."
            ) from None

    @staticmethod
    def from_name_re(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        pat: str,
        valid_pct: float = 0.2,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """Labels from file names: group 1 of the regular expression `pat`, such as r"(.+)_\\d+.jpg$".

        fnames: the files; a relative one lies in `path`.
        """
        options = check_options(ImageDataLoaders.from_name_re, {"seed": seed, **options})
        get_y = using_attr(RegexLabeller(pat), "name")
        return _from_files(path, fnames, get_y, options, valid_pct, split_seed)

    @staticmethod
    def from_path_re(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        pat: str,
        valid_pct: float = 0.2,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """As `from_name_re`, with the pattern searched in the whole path, `/` between folders."""
        options = check_options(ImageDataLoaders.from_path_re, {"seed": seed, **options})
        return _from_files(path, fnames, RegexLabeller(pat), options, valid_pct, split_seed)

    @staticmethod
    def from_name_func(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        label_func: Callable[[str], Any],
        valid_pct: float = 0.2,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """Labels from file names by a function: `label_func("Bengal_7.jpg")` (2020 lesson: `is_cat`).

        fnames: the files; a relative one lies in `path`. A function that gives True and False makes the
        classes 'False' and 'True', which are text that knows its truth (`lab.data.vocab.TruthLabel`).
        """
        options = check_options(ImageDataLoaders.from_name_func, {"seed": seed, **options})
        check_label_func("from_name_func", label_func)
        return _from_files(path, fnames, using_attr(label_func, "name"), options, valid_pct, split_seed)

    @staticmethod
    def from_path_func(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        label_func: Callable[[Path], Any],
        valid_pct: float = 0.2,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """As `from_name_func`, with a function of the whole path: `lambda path: path.parent.name`."""
        options = check_options(ImageDataLoaders.from_path_func, {"seed": seed, **options})
        check_label_func("from_path_func", label_func)
        return _from_files(path, fnames, label_func, options, valid_pct, split_seed)

    @staticmethod
    def from_lists(
        path: str | os.PathLike,
        fnames: Iterable[str | os.PathLike],
        labels: Iterable[Any],
        valid_pct: float = 0.2,
        seed: int | None = 42,
        split_seed: int | None = None,
        **options: Any,
    ) -> DataLoaders:
        """Files and their labels as two lists of the same length, in the same order.

        fnames: the files; a relative one lies in `path`. labels: str, numbers or bools. Raises ValueError
        when the lengths differ.
        """
        options = check_options(ImageDataLoaders.from_lists, {"seed": seed, **options})
        files, labels = located(path, fnames), list(labels)
        if len(files) != len(labels):
            raise BadValue(
                f"from_lists: got {len(files)} files and {len(labels)} labels. Pass one label for each file, "
                "in the same order."
            )
        splitter = chosen_splitter(options, valid_pct, split_seed)
        pairs = list(zip(files, labels, strict=True))
        get_x, get_y = itemgetter(0), itemgetter(1)
        return build(path, pairs, options, get_items=None, get_x=get_x, get_y=get_y, splitter=splitter)

    from_csv = staticmethod(from_csv)
    from_df = staticmethod(from_df)


def _from_files(
    path: str | os.PathLike,
    fnames: Iterable[str | os.PathLike],
    get_y: Callable[[Path], Any],
    options: dict[str, Any],
    valid_pct: float,
    split_seed: int | None,
) -> DataLoaders:
    splitter = chosen_splitter(options, valid_pct, split_seed)
    return build(path, located(path, fnames), options, get_y=get_y, splitter=splitter)


def check_label_func(called: str, label_func: Any) -> None:
    """TypeError unless it can be called."""
    if not callable(label_func):
        raise BadType(
            f"{called}: label_func is {label_func!r}, a {type(label_func).__name__}. Pass a function that "
            "gives the label; for a regular expression use from_name_re."
        )


def located(path: str | os.PathLike, fnames: Iterable[str | os.PathLike]) -> list[Path]:
    """The files as paths: a relative one lies in `path`, unless it begins with `path` already, as what
    `get_image_files` gives for a relative folder does.
    """
    if isinstance(fnames, (str, os.PathLike)):
        raise BadType(
            f"fnames is one path, {os.fspath(fnames)!r}. Pass the files: get_image_files(folder), or a list."
        )
    folder, files = Path(path), []
    for name in map(Path, fnames):
        inside = folder / name
        files.append(name if name.is_relative_to(folder) and not inside.exists() else inside)
    return files

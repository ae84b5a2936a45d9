"""`ImageDataLoaders.from_csv` and `from_df`: a table of labels becomes `DataLoaders`.

What all shortcuts share is here too: their options, and the DataBlock that they build. Keywords of other
lessons are answered before anything is read.
"""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lab.core.errors import BadType, BadValue
from lab.data.block import DataBlock
from lab.data.blocks import CategoryBlock, ImageBlock
from lab.data.column_splitter import marked_split
from lab.data.csvs import frame_labels, read_labels
from lab.data.labels import ColReader
from lab.data.loaders import DataLoaders
from lab.data.options import check_keywords, chosen_splitter
from lab.data.picture_names import Spelling

_ONE_LABEL = (
    "A picture has one label here, one of several classes. Give each one, such as the first of its tags: "
    "df = pandas.read_csv(file, dtype=str); df['label'] = df['tags'].str.split(' ').str[0]; then "
    "ImageDataLoaders.from_df(df, path, label_col='label')."
)
_READ_BY_PANDAS = "Read the file with pandas, and pass the DataFrame to ImageDataLoaders.from_df."
_WAYS = {
    "label_delim": _ONE_LABEL,
    "csv_fname": "The table is csv=.",
    "csv_labels": "The table is csv=.",
    "fname": "The table is csv=.",
    "sep": "The separator is delimiter=, and found in the file when not given.",
    "quoting": f"Cells may be quoted or not: leave it out. Otherwise: {_READ_BY_PANDAS}",
    "skiprows": f"header= is the number of the heading's line. Otherwise: {_READ_BY_PANDAS}",
    "names": "header=None reads a table without heading; fn_col= and label_col= are then numbers, from 0.",
    "usecols": "fn_col= and label_col= name the columns.",
    "dtype": "Leave it out: ids and labels are read as text.",
    "index_col": "fn_col= names the column of the pictures.",
    "cols": "fn_col= and label_col= name the columns.",
    "pref": "The folder of the pictures is folder=.",
    "x_col": "The column of the pictures is fn_col=.",
    "y_col": "The column of the labels is label_col=.",
    "val_idxs": "Pass splitter=IndexSplitter(val_idxs).",
    "is_valid": "Pass valid_col='is_valid'.",
}
_OF_A_FILE = ("delimiter", "header", "encoding", "csv")
_OWN = ("self", "source", "options")  # parameters that no caller gives as an option
_READERS: dict[str, Any] = {"get_items": None, "get_x": ColReader("path"), "get_y": ColReader("label")}


def from_csv(
    path: str | os.PathLike,
    csv: str | os.PathLike = "labels.csv",
    folder: str | os.PathLike | None = "",
    suff: str | Sequence[str] = "",
    fn_col: int | str = 0,
    label_col: int | str = 1,
    valid_pct: float = 0.2,
    seed: int | None = 42,
    split_seed: int | None = None,
    valid_col: int | str | None = None,
    delimiter: str | None = None,
    header: int | str | None = "infer",
    encoding: str | None = None,
    **options: Any,
) -> DataLoaders:
    """File names and labels from a table, as `labels.csv` beside a folder `train` (the dog breeds of 2018).

    csv, folder: within `path`. suff: what the file names lack, such as ".jpg". fn_col, label_col: columns,
    by number or name. valid_col: a column that marks the rows for validation (`ColSplitter`). splitter:
    instead of a random share valid_pct, such as `IndexSplitter(fold_indices(n))`. delimiter, header,
    encoding: of the file, where what is found out is wrong. Raises what `lab.data.csvs.read_labels` raises
    for a table that is not there or has faults.
    """
    file = Path(path) / csv
    options, table = _checked(from_csv, {"seed": seed, **options}, folder, suff)
    splitter = _splitter("from_csv", options, valid_col, valid_pct, split_seed)
    is_in_path = Path(path, table[0]).is_dir()  # else the pictures may be beside the table
    root = file.parent if not is_in_path and (file.parent / table[0]).is_dir() else path
    columns = fn_col, label_col, valid_col
    spelling = Spelling("from_csv", "suff", "fn_col", "label_col")
    rows = read_labels(file, *table, *columns, delimiter, header, encoding, root, spelling)
    return build(path, rows, options, **_READERS, splitter=splitter)


def from_df(
    df: pd.DataFrame,
    path: str | os.PathLike = ".",
    folder: str | os.PathLike | None = "",
    suff: str | Sequence[str] = "",
    fn_col: int | str = 0,
    label_col: int | str = 1,
    valid_pct: float = 0.2,
    seed: int | None = 42,
    split_seed: int | None = None,
    valid_col: int | str | None = None,
    **options: Any,
) -> DataLoaders:
    """File names and labels from a DataFrame; the arguments are those of `from_csv`.

    Raises ValueError, naming the rows by the index, for what `from_csv` refuses, and for ids that have
    lost their leading zeros in pandas.
    """
    options, table = _checked(from_df, {"seed": seed, **options}, folder, suff)
    if not hasattr(df, "iterrows"):
        raise BadType(
            f"from_df: got a {type(df).__name__}; expected a pandas DataFrame. For a file use "
            "ImageDataLoaders.from_csv(path, csv), for a list of rows pandas.DataFrame(rows)."
        )
    splitter = _splitter("from_df", options, valid_col, valid_pct, split_seed)
    rows = frame_labels(df, path, *table, fn_col, label_col, valid_col)
    return build(path, rows, options, **_READERS, splitter=splitter)


def build(path: str | os.PathLike, source: Any, options: dict[str, Any], **block: Any) -> DataLoaders:
    """`DataLoaders` of the source by a DataBlock of these parts and of what the options hold."""
    for name in ("item_tfms", "batch_tfms"):
        block[name] = options.pop(name, None)
    block["blocks"] = (ImageBlock, CategoryBlock(options.pop("vocab", None)))
    return DataBlock(**block).dataloaders(source, path=path, **options)


def check_options(shortcut: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """A shortcut's further options; TypeError, with the way here, for one that there is not."""
    own = inspect.signature(shortcut).parameters
    passed_on = inspect.signature(DataBlock.dataloaders).parameters
    names = [*own, *passed_on, "item_tfms", "batch_tfms", "vocab", "splitter", "stratify"]
    check_keywords(shortcut.__name__, options, [name for name in dict.fromkeys(names) if name not in _OWN])
    return options


def _checked(
    shortcut: Callable[..., Any], options: Mapping[str, Any], folder: Any, suff: Any
) -> tuple[dict[str, Any], tuple[str | os.PathLike, str | tuple[str, ...]]]:
    """(the options that are left, (folder, suff)). `suffix`, the spelling of 2018, is suff; what fastai has
    and is at its default, None, is left out. Raises TypeError with the way here for what there is not.
    """
    called = shortcut.__name__
    left = {name: v for name, v in options.items() if v is not None or name not in (*_WAYS, "y_block")}
    if "suffix" in left:
        suffix = left.pop("suffix")
        if suff and suff != suffix:
            raise BadType(
                f"{called}: got suff={suff!r} and suffix={suffix!r}, which are the same. Give suff=."
            )
        suff = suffix
    for name in left:
        if name in _WAYS:
            raise BadType(f"{called}: there is no argument {name!r}. {_WAYS[name]}")
        if shortcut is from_df and name in _OF_A_FILE:
            raise BadType(
                f"from_df: there is no argument {name!r}, since nothing is read from a file. Give it to "
                "pandas.read_csv, or use ImageDataLoaders.from_csv."
            )
    table = _checked_folder(called, folder), _checked_suff(called, "" if suff is None else suff)
    return check_options(shortcut, left), table


def _checked_folder(called: str, folder: Any) -> str | os.PathLike:
    """The folder of the pictures; TypeError for anything else, such as a share given by position."""
    if folder is None:
        return ""
    if not isinstance(folder, (str, os.PathLike)):
        raise BadType(
            f"{called}: folder={folder!r}, a {type(folder).__name__}; the folder of the pictures was "
            "expected. Pass the rest by name: valid_pct=, suff=, fn_col=, label_col=."
        )
    return folder


def _checked_suff(called: str, suff: Any) -> str | tuple[str, ...]:
    """The suffix, or several; TypeError for what is neither."""
    if isinstance(suff, str):
        return suff
    if isinstance(suff, (list, tuple)) and suff and all(isinstance(each, str) for each in suff):
        return tuple(suff)
    raise BadType(f"{called}: suff={suff!r}; an extension such as '.jpg', or a tuple of them, was expected.")


def _splitter(
    called: str, options: dict[str, Any], valid_col: Any, valid_pct: float, split_seed: int | None
) -> Callable[..., Any]:
    """By the table's column where valid_col names one, else as the options ask for; ValueError for both."""
    if valid_col is None:
        return chosen_splitter(options, valid_pct, split_seed)
    for name in ("splitter", "stratify"):
        if options.pop(name, None):
            raise BadValue(
                f"{called}: got valid_col={valid_col!r} and {name}=. Give one of them: each splits."
            )
    return marked_split

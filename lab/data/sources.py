"""From what a user names (a folder, a table, a list) to the pictures themselves, without those that are
broken.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lab.data.cache import PictureCache, picture_cache, warn_broken
from lab.data.files import get_image_files
from lab.data.pictures import check_pictures, from_array, open_picture
from lab.data.pipeline import ItemTransforms


def collect_items(source: Any, get_items: Callable | None, function: str) -> list[Any]:
    """The items in `source`: a folder's pictures, a table's rows (as pandas Series), or the members of a
    list.

    get_items: called with the source; None, or `get_image_files` for what is no folder, takes the source
    itself. Raises TypeError for what holds no items and ValueError when there is none.
    """
    is_path = isinstance(source, str | os.PathLike)
    if get_items is not None and (is_path or get_items is not get_image_files):
        found = get_items(source)
    elif is_path:
        found = get_image_files(source) if Path(source).is_dir() else [Path(source)]
    else:
        found = source
    if hasattr(found, "iterrows"):
        found = [row for _, row in found.astype(object).iterrows()]  # object: a 3 stays 3 beside a 2.5
    if isinstance(found, str | bytes) or not hasattr(found, "__iter__"):
        raise TypeError(
            f"{function}: a {type(found).__name__} came as the items. Give a folder, a list or a DataFrame."
        )
    items = list(found)
    if not items:
        raise ValueError(f"{function}: there is no item in {brief_source(source)}.")
    return items


def brief_source(source: Any) -> str:
    """A source in messages: a path as it is, anything else by its kind."""
    return str(source) if isinstance(source, str | os.PathLike) else f"a {type(source).__name__}"


def as_source(item: Any, function: str) -> Path | Image.Image:
    """A path, or a picture in memory as PIL (from PIL, an array (h, w, 3) uint8, or bytes). Raises
    TypeError.
    """
    if isinstance(item, str | os.PathLike):
        return item if isinstance(item, Path) else Path(item)
    if isinstance(item, bytes):
        return open_picture(item)
    if isinstance(item, np.ndarray):
        return from_array(item)
    if isinstance(item, Image.Image):
        return item
    raise TypeError(
        f"{function}: a {type(item).__name__} came where a picture was expected. Give a path, a PIL picture "
        "or an array; for a table pass get_x, such as ColReader('name', pref=folder, suff='.jpg')."
    )


def is_picture(item: Any) -> bool:
    """Whether the item itself names or is a picture, so that no get_x is needed."""
    return isinstance(item, str | os.PathLike) or is_in_memory(item)


def is_in_memory(item: Any) -> bool:
    """Whether the item is a picture, and not the name of one."""
    return isinstance(item, bytes | np.ndarray | Image.Image)


def readable(
    sources: Sequence[Path | Image.Image],
    items: ItemTransforms,
    threads: int,
    keep: bool = True,
    note: str = "",
) -> tuple[list[int], PictureCache | None]:
    """The positions of the pictures that can be read, and the cache of all of them.

    keep: whether a cache is made; there is none either when some picture is in memory. Broken pictures
    are named in one warning, which ends with `note`; raises ValueError when none is left.
    """
    paths = [source for source in sources if isinstance(source, Path)]
    if keep and len(paths) == len(sources):
        cache = picture_cache(paths, items, threads)
        broken = cache.broken
    else:
        cache, reasons = None, check_pictures(paths, threads or 1)
        broken = {i: reasons[s] for i, s in enumerate(sources) if isinstance(s, Path) and s in reasons}
    warn_broken([(sources[i], reason) for i, reason in broken.items()], len(sources), note)
    return [i for i in range(len(sources)) if i not in broken], cache

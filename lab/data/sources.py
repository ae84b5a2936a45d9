"""From what a user names (a folder, a table, a list) to the pictures themselves, without broken ones."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.data.accepted import is_in_memory, is_picture, kind_of, without_label
from lab.data.broken import BrokenPicture, shown
from lab.data.cache import PictureCache, picture_cache, warn_broken
from lab.data.cells import check_frame_heading
from lab.data.files import get_image_files
from lab.data.picture_names import lost_zeros, zeros_sentence
from lab.data.pictures import check_pictures, open_picture
from lab.data.pipeline import ItemTransforms, Pipeline


def collect_items(source: Any, get_items: Callable | None, function: str) -> list[Any]:
    """The items in `source`: a folder's pictures, a table's rows (as pandas Series), or a list's members.

    get_items: called with the source; None, or `get_image_files` where that is not a folder, takes the source
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
        check_frame_heading(found, function)
        found = [row for _, row in found.astype(object).iterrows()]  # object: a 3 stays 3 beside a 2.5
    if isinstance(found, str | bytes) or not hasattr(found, "__iter__"):
        raise BadType(f"{function}: got {kind_of(found)} as the items. Give a folder, a list or a DataFrame.")
    items = list(found)
    if not items:
        raise BadValue(f"{function}: there is no item in {brief_source(source)}.")
    return items


def brief_source(source: Any) -> str:
    """A source in messages: a path as it is, anything else by its kind."""
    return str(source) if isinstance(source, str | os.PathLike) else f"a {type(source).__name__}"


def as_source(item: Any, function: str) -> Path | Image.Image:
    """A path, or a picture in memory as PIL, from what `open_picture` takes, or of a pair (picture, label).

    Raises TypeError for anything that is not a picture, BrokenPicture for bytes that are none.
    """
    item = without_label(item)
    if isinstance(item, str | os.PathLike):
        return item if isinstance(item, Path) else Path(item)
    if isinstance(item, Image.Image):
        return item
    if is_in_memory(item):
        return open_picture(item)
    raise BadType(
        f"{function}: got {kind_of(item)} where a picture was expected. Give a path, a PIL picture "
        "or an array; for a table pass get_x, such as ColReader('name', pref=folder, suff='.jpg')."
    )


def as_sources(
    items: Sequence[Any], get_x: Callable | None, pipeline: Pipeline, function: str
) -> list[Path | Image.Image | Tensor]:
    """The pictures of further items: get_x is asked for those that are not pictures.

    When all are the model's input already (`Pipeline.prepared`), they stay tensors. Raises as `as_source`.
    """
    if items and all(is_in_memory(without_label(item)) for item in items):
        ready = [pipeline.prepared(item) for item in items]
        if all(x is not None for x in ready):
            return ready
    sources = []
    for number, item in enumerate(items):
        picture = get_x(item) if get_x and not is_picture(without_label(item)) else item
        try:
            sources.append(as_source(picture, function))
        except BrokenPicture as problem:  # of bytes, which have no name
            raise BrokenPicture(problem.path, f"(item {number}) {problem.reason}") from problem
    return sources


def readable(
    sources: Sequence[Path | Image.Image | Tensor],
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
    _refuse_lost_zeros([path for i in broken if isinstance(path := sources[i], Path)])
    warn_broken([(shown(sources[i]), reason) for i, reason in broken.items()], len(sources), note)
    return [i for i in range(len(sources)) if i not in broken], cache


def _refuse_lost_zeros(broken: Sequence[Path]) -> None:
    """Raise ValueError when a file is not there and its number with zeros before it is."""
    missing = [path for path in broken if path.stem.isdecimal() and not path.exists()]
    for path in missing[:20]:
        if padded := lost_zeros(path):
            raise BadValue(
                f"dataloaders: there is no picture '{path}'. {zeros_sentence(path.name, padded, 'DataFrame')}"
            )

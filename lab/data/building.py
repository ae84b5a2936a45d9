"""What the shortcuts of `ImageDataLoaders` share: their options, and the DataBlock that they build."""

import inspect
import os
from collections.abc import Callable
from typing import Any

from lab.data.block import DataBlock
from lab.data.blocks import CategoryBlock, ImageBlock
from lab.data.loaders import DataLoaders
from lab.data.options import check_keywords

_OWN = ("self", "source", "options")  # parameters that no caller gives as an option


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

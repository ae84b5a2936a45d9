"""What `from_csv` of 2018 took beside the lab's own arguments: each works, or is answered in one sentence."""

import inspect
from typing import Any

from lab.data.block import DataBlock
from lab.data.options import WAYS, check_keywords

_READING = ("delimiter", "encoding", "header")
_DEFAULTS = {"continuous": False, "cat_separator": " "}
_WAYS = {
    **WAYS,
    "continuous": "The target is a category here, not a number: leave it out.",
    "cat_separator": "A picture has one label here, which may hold spaces: leave it out.",
    "valid_col": "Pass val_idxs=numpy.flatnonzero(df['is_valid']), or use lab.ImageDataLoaders.from_csv.",
}


def table_arguments(options: dict[str, Any], suffix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(arguments of `read_labels`, of `DataBlock.dataloaders`). Raises TypeError for what neither has."""
    options = {k: v for k, v in options.items() if k not in _DEFAULTS or v != _DEFAULTS[k]}
    reading = {name: options.pop(name) for name in _READING if name in options}
    if not options.pop("skip_header", True):
        reading["header"] = None
    reading["suff"] = options.pop("suff", "") or suffix
    passed_on = [
        n for n in inspect.signature(DataBlock.dataloaders).parameters if n not in ("self", "source")
    ]
    known = [*passed_on, *_READING, "suffix", "val_idxs", "test_name", "tfms", "skip_header"]
    check_keywords("from_csv", options, known, _WAYS)
    return reading, options

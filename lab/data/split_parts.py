"""Steps of a split: a share of every class, and the checks of positions and of what a splitter gave."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue


def split_every_class(
    order: list[int], labels: Sequence[Any] | None, valid_pct: float
) -> tuple[list[int], list[int]]:
    """The share valid_pct of every class validates; `order`: all positions, in the order of both lists."""
    n = len(order)
    if labels is None or len(labels) != n:
        got = "got none" if labels is None else f"got {len(labels)}"
        raise BadValue(
            f"RandomSplitter: stratify=True needs a label for each of the {n} items; {got}. "
            "A DataBlock passes them; by hand call splitter(items, labels)."
        )
    places = defaultdict(list)
    for index in order:
        places[labels[index]].append(index)
    valid = {
        index
        for members in places.values()
        if (m := len(members)) > 1
        for index in members[: min(max(round(m * valid_pct), 1), m - 1)]
    }
    if not valid:
        raise BadValue(
            f"RandomSplitter: with stratify=True none of the {n} items can validate, since each has a "
            "label of its own. Check get_y, or leave stratify out."
        )
    return [i for i in order if i not in valid], [i for i in order if i in valid]


def checked_split(parts: Any, n: int) -> tuple[list[int], list[int]]:
    """A splitter's (training, validation) indices of n items. Raises ValueError for anything else."""
    if not isinstance(parts, tuple | list) or len(parts) != 2:
        raise BadValue(
            f"dataloaders: the splitter gave {type(parts).__name__}; expected two lists of indices, "
            "(training, validation)."
        )
    train, valid = ([int(index) for index in part] for part in parts)
    outside = [i for i in (*train, *valid) if not 0 <= i < n]
    if outside:
        raise BadValue(f"dataloaders: the splitter gave the index {outside[0]}, but there are {n} items.")
    if shared := set(train) & set(valid):
        raise BadValue(
            f"dataloaders: the splitter put {len(shared)} of {n} items into both training and "
            "validation. Validation must be on pictures that training has not seen."
        )
    check_not_empty(train, valid)
    return train, valid


def check_not_empty(train: Sequence[int], valid: Sequence[int]) -> None:
    """Raise ValueError for a split that leaves one side without pictures."""
    for name, part in (("training", train), ("validation", valid)):
        if not part:
            raise BadValue(
                f"dataloaders: the {name} set has no picture. Check the splitter, and that its pictures "
                "can be read."
            )


def whole_index(index: Any) -> int:
    """The position as int; TypeError for anything else."""
    is_truth = isinstance(index, (bool, np.bool_))
    if is_truth or not isinstance(index, (int, np.integer)):
        hint = " For a mask of True and False pass np.flatnonzero(mask)." if is_truth else ""
        raise BadType(f"IndexSplitter: {index!r} is not an int. Pass the positions of the items.{hint}")
    return int(index)


def some_indices(indices: list[int]) -> str:
    """The first five, for a message."""
    return ", ".join(map(str, indices[:5])) + (", ..." if len(indices) > 5 else "")

"""What the splitters do step by step: a share of every class, and the check of a position."""

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


def whole_index(index: Any) -> int:
    """The position as int; TypeError for anything else."""
    if isinstance(index, (bool, np.bool_)) or not isinstance(index, (int, np.integer)):
        hint = (
            " For a mask of True and False pass np.flatnonzero(mask)."
            if isinstance(index, (bool, np.bool_))
            else ""
        )
        raise BadType(f"IndexSplitter: {index!r} is not an int. Pass the positions of the items.{hint}")
    return int(index)


def some_indices(indices: list[int]) -> str:
    """The first five, for a message."""
    return ", ".join(map(str, indices[:5])) + (", ..." if len(indices) > 5 else "")

"""Steps of `DataBlock.dataloaders` that need nothing of the block: a split checked, labels as numbers."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.core.errors import BadValue


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


def encode(labels: Sequence[str], vocab: Sequence[str]) -> Tensor:
    """The labels as indices into the vocab: (n,) int64. Raises ValueError for a label not in it."""
    unknown = sorted(set(labels) - set(vocab))
    if unknown:
        raise BadValue(
            f"dataloaders: {len(unknown)} labels are not in the vocab: {', '.join(map(repr, unknown[:5]))}. "
            f"It has {len(vocab)} classes, among them {', '.join(map(repr, vocab[:5]))}."
        )
    return torch.tensor([vocab.o2i[label] for label in labels], dtype=torch.int64)


def check_not_empty(train: Sequence[int], valid: Sequence[int]) -> None:
    """Raise ValueError for a split that leaves one side without pictures."""
    for name, part in (("training", train), ("validation", valid)):
        if not part:
            raise BadValue(
                f"dataloaders: the {name} set has no picture. Check the splitter, and that its pictures "
                "can be read."
            )


def inside(test: Any, folder: Path) -> Any:
    """A relative folder that lies in the dataset's folder, as that; anything else as it is."""
    if isinstance(test, str | os.PathLike) and (folder / test).exists():
        return folder / test
    return test

"""What the core asks of data: as little as it can."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Protocol, runtime_checkable

from lab.core.errors import BadType


@runtime_checkable
class Batches(Protocol):
    """Batches (x, y) that can be counted and gone through again: a list, or a `DataLoader` of torch."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...


@runtime_checkable
class Data(Protocol):
    """What a learner trains on. It may also have `test`, a `vocab` (class names) and a `device`."""

    train: Any
    valid: Any


def as_data(data: Data | Sequence[Batches]) -> Data:
    """`data` itself, or a pair (train, valid) as one object. Raises TypeError for anything else."""
    if isinstance(data, list | tuple) and len(data) in (2, 3):
        data = SimpleNamespace(**dict(zip(("train", "valid", "test"), data, strict=False)))
    for part in (data.train, data.valid) if isinstance(data, Data) else (data,):
        if not isinstance(data, Data) or not isinstance(part, Batches):
            raise BadType(
                f"Learner: got a {type(part).__name__} as data. Give DataLoaders, or a pair (train, valid) "
                "of batches (x, y) that have a length, such as DataLoaders of torch or lists."
            )
    return data  # type: ignore[return-value]

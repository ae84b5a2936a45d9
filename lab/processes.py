"""Training in several processes started by `torchrun`. In a single process, everything here is a no-op.

Each process has a rank, from 0. The first one, rank 0, prints and writes for all of them. PyTorch's own
engine (torch.distributed) connects them when they are first needed. Ctrl-C is passed on to every process:
all stop after the same step, so none is left waiting.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from lab.process_group import LostProcessError, by_torchrun, connect, connected, in_words

if TYPE_CHECKING:
    from torch import Tensor

Result = TypeVar("Result")


@dataclass(frozen=True)
class World:
    """rank: of this process among all `size`. local_rank, local_size: among those of this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1


def world() -> World:
    """This process's place among the others. The first call connects them.

    Raises LostProcessError, saying what to look at, when they cannot be connected.
    """
    if not connected():
        if not by_torchrun():
            return World()
        connect()
    import torch.distributed as dist

    rank, size = dist.get_rank(), dist.get_world_size()
    local_rank = int(os.environ.get("LOCAL_RANK", rank))
    return World(rank, size, local_rank, int(os.environ.get("LOCAL_WORLD_SIZE", size)))


def is_first() -> bool:
    """Return whether this process prints and writes for all; true for one that is alone.

    Returns
    -------
    bool

    Examples
    --------
    >>> if lab.is_first():
    ...     print("one line, however many processes there are")
    one line, however many processes there are
    """
    if connected():
        import torch.distributed as dist

        return bool(dist.get_rank() == 0)
    return not by_torchrun() or os.environ.get("RANK", "0") == "0"


def add_up(tensor: "Tensor") -> "Tensor":
    """The sum over all processes, in place."""
    if world().size > 1:
        import torch.distributed as dist

        with in_words():
            dist.all_reduce(tensor)
    return tensor


def row_counts(tensor: "Tensor") -> list[int]:
    """How many rows this tensor has in each process."""
    here = world()
    if here.size == 1:
        return [len(tensor)]
    import torch

    counts = torch.zeros(here.size, dtype=torch.int64, device=tensor.device)
    counts[here.rank] = len(tensor)
    found: list[int] = add_up(counts).tolist()
    return found


def gather_rows(tensor: "Tensor", counts: list[int] | None = None) -> "Tensor":
    """The rows of all processes, those of the first one first. They may differ in number, not in width.

    counts: those of `row_counts`, where they are known.
    """
    if world().size == 1:
        return tensor
    import torch
    import torch.distributed as dist

    counts = row_counts(tensor) if counts is None else counts
    padded = tensor.new_zeros((max(counts), *tensor.shape[1:]))  # a collective needs one shape
    padded[: len(tensor)] = tensor
    parts = [torch.empty_like(padded) for _ in counts]
    with in_words():
        dist.all_gather(parts, padded)
    return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])


def any_of_them(flag: bool) -> bool:
    """Whether the flag is true in any process."""
    if world().size == 1:
        return flag
    import torch

    return bool(add_up(torch.tensor(float(flag))) > 0)


def from_first(*tensors: "Tensor") -> None:
    """Give every process the first one's numbers, in place."""
    if world().size > 1:
        import torch
        import torch.distributed as dist

        with in_words(), torch.no_grad():
            for tensor in tensors:
                dist.broadcast(tensor, 0)


@contextmanager
def first_alone() -> Iterator[None]:
    """The first process of each machine runs the block before the others do, who find what it has made."""
    here = world()
    if here.local_rank:
        any_of_them(False)
    try:
        yield
    finally:
        if here.size > 1 and not here.local_rank and not isinstance(sys.exc_info()[1], KeyboardInterrupt):
            any_of_them(False)


def all_do(work: Callable[[], Result]) -> Result:
    """What `work` gives, when it has worked in every process; else an error in all of them.

    work: must not call other functions of this module; listing a folder is a typical use.
    """
    words = "Another process could not start; its error message is above or in its own log."
    return _agreed(work, LostProcessError(words))


def first_does(work: Callable[[], Result]) -> Result | None:
    """What `work` gives; only the first process does it. Where it fails, all of them raise an error."""
    failed = OSError("the first process could not write; its error message is above")
    return _agreed(lambda: work() if is_first() else None, failed)


def _agreed(work: Callable[[], Result], failed_elsewhere: Exception) -> Result:
    """What `work` gives. Where it fails in any process, that one raises its error and the others this one."""
    problem: Exception | None = None
    try:
        result = work()
    except Exception as error:
        problem = error
    failed = any_of_them(problem is not None)
    if problem is not None:
        raise problem
    if failed:
        raise failed_elsewhere
    return result

"""Training in several processes started by `torchrun`. In a single process, everything here is a no-op.

Each process has a rank, from 0. The first one, rank 0, prints and writes for all of them. PyTorch's own
engine (torch.distributed) connects them when they are first needed. Ctrl-C is passed on to every process:
all stop after the same step, so none is left waiting.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

Result = TypeVar("Result")
PATIENCE = timedelta(days=1)  # one process may presize a million pictures while the others wait
_LOST = (
    "closed by peer",
    "reset by peer",
    "timed out",
    "broken pipe",
    "connection refused",
    "remote process",
)


@dataclass(frozen=True)
class World:
    """rank: of this process among all `size`. local_rank, local_size: among those of this machine."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1


class LostProcessError(RuntimeError):
    """Another process of this run has ended or cannot be reached."""


def world() -> World:
    """This process's place among the others. The first call connects them.

    Raises LostProcessError, saying what to look at, when they cannot be connected.
    """
    if not _connected():
        if not _by_torchrun():
            return World()
        _connect()
    import torch.distributed as dist

    rank, size = dist.get_rank(), dist.get_world_size()
    local_rank = int(os.environ.get("LOCAL_RANK", rank))
    return World(rank, size, local_rank, int(os.environ.get("LOCAL_WORLD_SIZE", size)))


def is_first() -> bool:
    """Whether this process prints and writes for all; true for one that is alone."""
    if _connected():
        import torch.distributed as dist

        return bool(dist.get_rank() == 0)
    return not _by_torchrun() or os.environ.get("RANK", "0") == "0"


def add_up(tensor: "Tensor") -> "Tensor":
    """The sum over all processes, in place."""
    if world().size > 1:
        import torch.distributed as dist

        with _in_words():
            dist.all_reduce(tensor)
    return tensor


def gather_rows(tensor: "Tensor") -> "Tensor":
    """The rows of all processes, those of the first one first. They may differ in number, not in width."""
    size = world().size
    if size == 1:
        return tensor
    import torch
    import torch.distributed as dist

    counts = torch.zeros(size, dtype=torch.int64, device=tensor.device)
    counts[world().rank] = len(tensor)
    most = int(add_up(counts).max())
    padded = tensor.new_zeros((most, *tensor.shape[1:]))  # a collective needs one shape
    padded[: len(tensor)] = tensor
    parts = [torch.empty_like(padded) for _ in range(size)]
    with _in_words():
        dist.all_gather(parts, padded)
    return torch.cat([part[:count] for part, count in zip(parts, counts.tolist(), strict=True)])


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

        with _in_words(), torch.no_grad():
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


# ---------------------------------------------------------------- Ctrl-C


class _Wish:
    asked = False


def stop_wish() -> bool:
    """Whether this process was asked to stop (Ctrl-C, or the launcher's SIGTERM)."""
    return _Wish.asked


def stop() -> None:
    """End the run here, in all processes alike: raises KeyboardInterrupt."""
    _Wish.asked = False
    raise KeyboardInterrupt


def _wish(number: int, _frame: Any) -> None:
    if number == signal.SIGINT and _Wish.asked:
        raise KeyboardInterrupt  # a second Ctrl-C waits for nobody
    _Wish.asked = True


# ---------------------------------------------------------------- connecting


def _connected() -> bool:
    dist = sys.modules.get("torch.distributed")
    return dist is not None and dist.is_available() and dist.is_initialized()


def _by_torchrun() -> bool:
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def _connect() -> None:
    import torch
    import torch.distributed as dist

    local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if gpus:
        if local >= gpus:
            raise LostProcessError(
                f"torchrun: process {local} of this machine has no GPU of its own, there are {gpus}. Use "
                f"--nproc-per-node {gpus}."
            )
        torch.cuda.set_device(local)
    address = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo", timeout=PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise LostProcessError(
            f"torchrun: the processes cannot be connected at {address} ({str(error).splitlines()[0]}). On "
            "one machine use torchrun --standalone, which takes a port that is free."
        ) from error
    atexit.register(_disconnect)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _wish)
        signal.signal(signal.SIGTERM, _wish)


def _disconnect() -> None:
    if _connected():
        import torch.distributed as dist

        dist.destroy_process_group()


def lost(error: BaseException) -> bool:
    """Whether an error of torch.distributed says that another process is gone."""
    said = str(error).lower()
    return _connected() and isinstance(error, RuntimeError) and any(word in said for word in _LOST)


def lost_process() -> LostProcessError:
    """What to say then."""
    return LostProcessError(
        "Another process in this run has exited, so this one is stopping too. Its error message is above or "
        "in its own log. If a checkpoint was saved, it is intact: resume from it (--resume, or resume=True)."
    )


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        if lost(error):
            raise lost_process() from error
        raise

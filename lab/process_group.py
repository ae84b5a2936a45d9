"""The processes that `torchrun` started, as a group: joining it, Ctrl-C for all of it, losing a member.

What the members tell each other is in `lab/processes.py`.
"""

import atexit
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from lab.core.errors import BadState

PATIENCE = timedelta(days=1)  # one process may presize a million pictures while the others wait
_LOST = (
    "closed by peer",
    "reset by peer",
    "timed out",
    "broken pipe",
    "connection refused",
    "remote process",
)


class LostProcessError(BadState):
    """Another process of this run has ended or cannot be reached."""


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


def connected() -> bool:
    """Whether this process has joined the others."""
    dist = sys.modules.get("torch.distributed")
    return dist is not None and dist.is_available() and dist.is_initialized()


def by_torchrun() -> bool:
    """Whether `torchrun` started this process and others."""
    return "TORCHELASTIC_RUN_ID" in os.environ and int(os.environ.get("WORLD_SIZE", "1")) > 1


def connect() -> None:
    """Join the others. Raises LostProcessError, saying what to look at."""
    import torch
    import torch.distributed as dist

    # Its functions keep the group that there is when it is imported, as a default, for ever: the group's
    # threads would outlive the interpreter, which then now and then ends with SIGABRT.
    import torch.distributed.nn

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
    if connected():
        import torch.distributed as dist

        dist.destroy_process_group()


def lost(error: BaseException) -> bool:
    """Whether an error of torch.distributed says that another process is gone."""
    said = str(error).lower()
    return connected() and isinstance(error, RuntimeError) and any(word in said for word in _LOST)


def lost_process() -> LostProcessError:
    """What to say then."""
    return LostProcessError(
        "Another process in this run has exited, so this one is stopping too. Its error message is above or "
        "in its own log. If a checkpoint was saved, it is intact: resume from it (--resume, or resume=True)."
    )


@contextmanager
def in_words() -> Iterator[None]:
    """Within the block the loss of another process is a LostProcessError."""
    try:
        yield
    except RuntimeError as error:
        if lost(error):
            raise lost_process() from error
        raise

"""What the machine offers: the device to compute on, and threads to decode pictures with.

Threads, not processes: Pillow decodes outside Python's lock, and threads work alike on every system.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import torch

from lab.core.errors import BadValue
from lab.processes import world

Item = TypeVar("Item")
Result = TypeVar("Result")
_MOST_THREADS = 8


def default_device() -> torch.device:
    """CUDA or Apple's MPS where there is one, else the CPU; of several processes each has its own GPU."""
    several = world().size > 1  # each has chosen its own GPU by now; gloo, which connects them, knows no MPS
    if torch.cuda.is_available():
        return torch.device("cuda", torch.cuda.current_device())
    if torch.backends.mps.is_available() and not several:
        return torch.device("mps")
    return torch.device("cpu")


def thread_count(num_workers: int | None = None) -> int:
    """The number of decoding threads: num_workers, or one for each core that this process may use, up to 8.

    0 decodes in the calling thread. Raises ValueError for a negative or broken number.
    """
    if num_workers is None:
        affinity = getattr(os, "sched_getaffinity", None)
        cores = len(affinity(0)) if affinity else os.cpu_count() or 1
        return min(cores, _MOST_THREADS)
    if not isinstance(num_workers, int) or num_workers < 0:
        raise BadValue(
            f"num_workers={num_workers!r}. Give the number of decoding threads as a whole number, 0 or more, "
            "or None to have it chosen."
        )
    return num_workers


def in_threads(function: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """The function's results in the items' order, computed by that many threads.

    Only four results per thread are kept waiting, so a long list needs no more memory than a short one.
    An exception of the function is raised where its result would have come.
    """
    if threads == 0:
        yield from map(function, items)
        return
    waiting = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="pawlab-decode") as pool:
        running = deque(pool.submit(function, item) for item in islice(waiting, 4 * threads))
        try:
            while running:
                result = running.popleft().result()
                running.extend(pool.submit(function, item) for item in islice(waiting, 1))
                yield result
        finally:
            for future in running:
                future.cancel()

"""Start a command of the lab in several processes of this machine, with PyTorch's own launcher (torchrun)."""

import logging
import os
import sys
from collections.abc import Sequence

from lab.core.errors import BadState, BadValue


def launch(processes: int, words: Sequence[str]) -> int:
    """Run `python -m lab WORDS` in that many processes and wait. Returns the exit status of the first one to
    fail, or 0.

    130 after Ctrl-C, which all of them hear. Each gets its part of the cores. Raises ValueError for a number
    below 1, RuntimeError where this build of PyTorch has no such launcher.
    """
    import torch.distributed as dist

    if processes < 1:
        raise BadValue(f"train: got --processes {processes}. It is 1 or more.")
    if not dist.is_available():
        raise BadState("train: this build of PyTorch has no torch.distributed. Use one process.")
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    # The processes speak for themselves; the launcher would add a page about each.
    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=processes,
        run_id="pawlab",
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",  # a port that is free
        max_restarts=0,
    )
    try:
        elastic_launch(config, sys.executable)("-m", "lab", *words)
    except ChildFailedError as error:
        return int(error.get_first_failure()[1].exitcode)
    except SignalException:
        return 130
    return 0

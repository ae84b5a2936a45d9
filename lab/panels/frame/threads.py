"""The processor's threads, handed from one Python thread to the next.

GNU's OpenMP, which torch computes with on Linux, keeps a pool of threads for every Python thread that has
computed. With more of them than processors it sends the idle ones to sleep after each operation, and waking
them costs more than most operations of a small model: on two cores the same training took twice as long in a
panel's thread, after the main thread had computed something, as it did in the main thread. So whoever hands
over gives its pool back; the next operation makes a new one (a tenth of a millisecond).
"""

import ctypes
import sys

_SOFT = 1  # omp_pause_soft, OpenMP 5.0, section 3.2.44: give back, and begin again at the next operation


def give_back_threads() -> None:
    """Free this thread's pool. Does nothing where OpenMP is not GNU's: others share one pool anyway."""
    if sys.platform != "linux":
        return
    loaded = ctypes.CDLL(None)
    others = hasattr(loaded, "__kmpc_fork_call")  # pausing LLVM's or Intel's would stop every thread's work
    if hasattr(loaded, "omp_pause_resource_all") and not others:
        loaded.omp_pause_resource_all(_SOFT)

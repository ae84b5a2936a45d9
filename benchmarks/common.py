"""What the benchmarks share: a stopwatch, medians, and lines of one shape."""

import resource
import statistics
import sys
import time
from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(one: Callable[[], object], two: Callable[[], object], rounds: int = 5) -> float:
    """Median of the ratios one / two, timed in turn, so that a drifting machine hits both alike."""
    one(), two()  # a warm-up of each
    return statistics.median(seconds(one) / seconds(two) for _ in range(rounds))


def peak_megabytes() -> float:
    """The largest resident size of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def line(what: str, measured: str, target: str) -> None:
    """One row of the report."""
    print(f"{what:<62} {measured:>24}   target {target}", flush=True)

"""What a session measures, told to the parent as one line of JSON at its end."""

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Rows:
    """seconds, scores (accuracy) and peaks (GB), by the name of a row."""

    _workers = 0.0

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.scores: dict[str, float] = {}
        self.peaks: dict[str, float] = {}
        threading.Thread(target=self._watch_workers, daemon=True).start()

    def add(self, row: str, seconds: float) -> None:
        """A row that was timed elsewhere."""
        self.seconds[row] = seconds

    @contextmanager
    def timed(self, row: str) -> Iterator[None]:
        """Time the block."""
        start = time.perf_counter()
        yield
        self.seconds[row] = time.perf_counter() - start

    def loader(self, make: Callable[[], Any]) -> None:
        """Time two passes through the training batches, of which the first decodes, and tell that alone."""
        self.seconds.clear()
        with self.timed("loader, first epoch"):
            batches = make().train
            for _ in batches:
                pass
        with self.timed("loader, later epoch"):
            for _ in batches:
                pass
        self.tell()

    def score(self, row: str, value: float) -> None:
        """The accuracy that a row ended with."""
        self.scores[row] = value

    def peak(self, row: str) -> None:
        """The most memory until now: this process's own peak, and what its workers took together.

        Workers share pages with each other and with this process; each is counted by its share (Linux's PSS).
        """
        unit = 1e9 if sys.platform == "darwin" else 1e6
        self.peaks[row] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit + self._workers

    def _watch_workers(self) -> None:
        while True:
            self._workers = max(self._workers, _memory_of_children())
            time.sleep(0.5)

    def tell(self) -> None:
        """Print all as JSON."""
        self.seconds["whole session"] = sum(self.seconds.values())
        print(json.dumps({name: vars(self)[name] for name in ("seconds", "scores", "peaks")}), flush=True)


def _memory_of_children() -> float:
    """GB of the processes that this one has started; 0 where the system does not tell."""
    total = 0
    for children in Path("/proc/self/task").glob("*/children"):
        for number in children.read_text().split():
            try:
                lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
            except OSError:  # it has ended
                continue
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e6

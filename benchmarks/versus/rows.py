"""What a session measures, told to the parent as one line of JSON at its end."""

import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Rows:
    """seconds, scores (accuracy) and peaks (GB, with the largest child), by the name of a row."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.scores: dict[str, float] = {}
        self.peaks: dict[str, float] = {}

    def add(self, row: str, seconds: float) -> None:
        """A row that was timed elsewhere."""
        self.seconds[row] = seconds

    @contextmanager
    def timed(self, row: str) -> Iterator[None]:
        """Time the block."""
        start = time.perf_counter()
        yield
        self.seconds[row] = time.perf_counter() - start

    def loader(self, batches: Iterable[object]) -> None:
        """Time two passes through the batches, of which the first decodes, and tell that alone."""
        self.seconds.clear()
        for row in "loader, first epoch", "loader, later epoch":
            with self.timed(row):
                for _ in batches:
                    pass
        print(json.dumps(vars(self)), flush=True)

    def score(self, row: str, value: float) -> None:
        """The accuracy that a row ended with."""
        self.scores[row] = value

    def peak(self, row: str) -> None:
        """The largest resident size until now, of this process and of its largest child."""
        unit = 1e9 if sys.platform == "darwin" else 1e6
        who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
        self.peaks[row] = sum(resource.getrusage(one).ru_maxrss for one in who) / unit

    def tell(self) -> None:
        """Print all as JSON."""
        self.seconds["whole session"] = sum(self.seconds.values())
        print(json.dumps(vars(self)), flush=True)

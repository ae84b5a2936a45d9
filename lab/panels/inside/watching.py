"""`Watching`: the layers of a network while it trains. The record, and who looks at it from time to time."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.core.errors import BadValue
from lab.inside import ActivationStats
from lab.panels.frame.background import Background

POINTS, COLUMNS = 76, 36  # steps that curves and histogram show, however many there are: 30 KB to send
SHARE = 1 / 40  # of the time may go into drawing


class Watching:
    """The record of the layers of `learn`, and whether it is being written. histogram_of: a layer."""

    def __init__(self, learn: Any) -> None:
        self.learn = learn
        self.on = False
        self.stats = ActivationStats(learn)
        self.histogram_of = next(iter(self.stats.layers), "")

    @property
    def steps(self) -> int:
        """How many steps are recorded, of the layer that has most."""
        return max((self.stats.count(layer) for layer in self.stats.layers), default=0)

    def switch(self, on: bool) -> None:
        """Record from now on, or no more; what was recorded stays."""
        self.on = on
        if on:
            self.stats.start()
        else:
            self.stats.stop()

    def clear(self) -> None:
        """Forget what was recorded."""
        self.stats.stop()
        self.stats = ActivationStats(self.learn)
        self.switch(self.on)

    def show_layer(self, name: str) -> None:
        """Choose the histogram's layer. Raises ValueError, listing what there is, for another."""
        if name not in self.stats.layers:
            raise BadValue(f"histogram: got {name!r}. Choose one of: {', '.join(self.stats.layers)}.")
        self.histogram_of = name

    def record(self) -> dict[str, list[dict[str, float]]]:
        """The rows to draw, by layer."""
        return self.stats.record(POINTS)

    def histogram(self) -> tuple[np.ndarray, list[float]]:
        """The chosen layer's shares (bins, steps) and the steps, as many as are drawn."""
        rows = self.stats.rows(self.histogram_of, COLUMNS)
        return self.stats.histogram(self.histogram_of, COLUMNS), [row["step"] for row in rows]

    def missing(self) -> str:
        """Which layers have no record and why, in a sentence; empty where all have one."""
        missing = self.stats.missing()
        if not missing or self.steps < 2:  # in the first step the later layers have not run yet
            return ""
        reasons = dict.fromkeys(missing.values())
        return " ".join(
            f"Not recorded: {', '.join(layer for layer in missing if missing[layer] == reason)}. {reason}"
            for reason in reasons
        )


class Ticker:
    """Calls `do` in the background whenever `what()` is another than before.

    It rests so long in between that no more than `SHARE` of the time goes into it, and `shortest` seconds at
    least.
    """

    def __init__(self, what: Callable[[], Any], do: Callable[[], None], shortest: float = 0.2) -> None:
        self._what, self._do, self._shortest = what, do, shortest
        self._background = Background(self._look, "pawlab-watch")

    def start(self) -> None:
        """Look from now on; a second time does nothing."""
        if not self._background.busy:
            self._background.ask(None)

    def stop(self) -> None:
        """Look no more, and wait until the last look is over."""
        self._background.stop()

    def _look(self, _job: None) -> None:
        seen, rest = None, self._shortest
        while self._background.rest(rest):
            now = self._what()
            rest = self._shortest
            if now != seen:
                seen, began = now, time.thread_time()
                self._do()
                rest = max(rest, (time.thread_time() - began) / SHARE)

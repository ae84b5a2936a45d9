"""How the layers of a network behave while it trains: mean, spread, and how much of them is next to zero.

Training goes wrong in the layers first: activations that explode, or die at zero (2020 lesson, "the colorful
dimension"). The record is made by forward hooks that only read, so the training is the same, bit for bit.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lab.charts import draw
from lab.core.errors import BadValue
from lab.core.history import History
from lab.downsampling import evenly
from lab.inside.capture import add_hook
from lab.inside.choice import chosen
from lab.models.classifier import Classifier

NEAR_ZERO = 0.05  # the lesson's: a smaller activation does nothing for the next layer
_DOUBLINGS = [NEAR_ZERO * 2**i for i in range(11)]
BIN_EDGES = (*(-edge for edge in reversed(_DOUBLINGS)), *_DOUBLINGS)
"""Inner edges of the histogram's bins: away from zero each bin is twice as wide as the one before. The first
and the last bin are open, the one in the middle holds what is near zero."""

_MIDDLE = len(_DOUBLINGS)
_MOST = 1000  # steps that are kept of each layer
_SAMPLE = 2**15  # about so many activations of a layer are measured in a step


class _Measure(NamedTuple):
    step: int
    mean: float
    std: float
    counts: list[int]

    @property
    def near_zero(self) -> float:
        return self.counts[_MIDDLE] / max(sum(self.counts), 1)


class ActivationStats:
    """Record how layers behave over the training steps of a learner; `watch` makes one.

    Steps are counted from the first that was watched, over all runs; those that lr_find takes back are
    dropped. At most 1,000 are kept: of a longer training every second, then every fourth, and so on. Large
    maps are measured at evenly spread places. It can be read at any time, also while a thread trains.

    Parameters
    ----------
    learn : Learner
        Whose layers to record.
    layers : sequence of str, optional
        Their names; without them those of `lab.layers(model)`.

    Raises
    ------
    ValueError
        For a layer that the model does not have.

    Examples
    --------
    >>> lab.ActivationStats(learn, layers=["body.0", "head.3"])
    ActivationStats(2 layers, 0 steps recorded)
    """

    def __init__(self, learn: Any, layers: Sequence[str] | None = None) -> None:
        self.learn = learn
        self.layers = chosen(learn.model, layers)
        self._hooks: list[Any] = []
        self._runs: list[tuple[History, int]] = []  # each with its first step
        self._every = 1
        self._measures: dict[str, list[_Measure]] = {name: [] for name in self.layers}

    def start(self) -> "ActivationStats":
        """Record from now on; what was recorded before stays. Returns itself."""
        if not self._hooks:
            self._hooks = [add_hook(self.learn.model, name, self._see) for name in self.layers]
        return self

    def stop(self) -> None:
        """Record no more, and leave nothing behind in the model."""
        while self._hooks:
            self._hooks.pop().remove()

    def __enter__(self) -> "ActivationStats":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        steps = max((len(self._read(name)) for name in self.layers), default=0)
        return f"ActivationStats({len(self.layers)} layers, {steps} steps recorded)"

    def count(self, layer: str) -> int:
        """How many steps are recorded of a layer."""
        return len(self._read(layer))

    def rows(self, layer: str, most: int | None = None) -> list[dict[str, float]]:
        """One dict per recorded step: step, mean, std, near_zero (share in 0..1).

        most: only so many steps, evenly spread, the last among them; None: all.
        """
        measures = evenly(self._read(layer), most)
        return [{"step": m.step, "mean": m.mean, "std": m.std, "near_zero": m.near_zero} for m in measures]

    def record(self, most: int | None = None) -> dict[str, list[dict[str, float]]]:
        """The rows of every layer that has some, in forward order. most: as in `rows`."""
        return {layer: rows for layer in self.layers if (rows := self.rows(layer, most))}

    def frame(self) -> Any:
        """The record as a `pandas.DataFrame` with the columns layer, step, mean, std, near_zero."""
        import pandas

        rows = [{"layer": layer, **row} for layer, of_layer in self.record().items() for row in of_layer]
        return pandas.DataFrame(rows, columns=["layer", "step", "mean", "std", "near_zero"])

    def histogram(self, layer: str, most: int | None = None) -> np.ndarray:
        """(bins, steps) float: the share of the layer's activations in each bin of `BIN_EDGES`.

        There is one bin more than edges. Column i belongs to row i of `rows(layer, most)`.
        """
        counts = np.array([m.counts for m in evenly(self._read(layer), most)], dtype=np.float64).reshape(
            -1, len(BIN_EDGES) + 1
        )
        return (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)).T

    def missing(self) -> dict[str, str]:
        """The layers without a record, each with the reason in words."""
        silent = [layer for layer in self.layers if not self._read(layer)]
        if len(silent) == len(self.layers):
            return dict.fromkeys(silent, "No step has been trained while watching.")
        in_body = isinstance(self.learn.model, Classifier)
        precomputed = (
            "The activations of the frozen body are precomputed, so only the head runs in training. "
            "Set learn.precompute = False, or unfreeze, to see the body."
        )
        other = "This layer does not run in training."
        return {layer: precomputed if in_body and layer.startswith("body") else other for layer in silent}

    def plot(self, **options: Any) -> Any:
        """The chart of mean, spread and near-zero share of every layer."""
        return draw("layer_stats", self.record(), **options)

    def plot_histogram(self, layer: str, **options: Any) -> Any:
        """The chart of a layer's histogram over the steps (2020 lesson's "colorful dimension")."""
        steps = [row["step"] for row in self.rows(layer)]
        return draw("layer_histogram", self.histogram(layer), steps, BIN_EDGES, **options)

    def _see(self, layer: str, output: Any) -> None:
        # A frozen body stays in eval mode while the model trains: it is the model's mode that tells.
        if not self.learn.model.training or not isinstance(output, Tensor):
            return
        step = self._step()
        measures = self._measures[layer]
        if step % self._every or (measures and measures[-1].step == step):
            return
        measures.append(_measure(step, output.detach()))
        if len(measures) > _MOST:
            self._every *= 2
            self._keep(lambda step: step % self._every == 0)

    def _step(self) -> int:
        """The number of the step that is being trained, counted over all runs."""
        history = self.learn.history
        if not self._runs or self._runs[-1][0] is not history:
            self._runs = self._runs[: self._standing()]
            first = self._runs[-1][1] + len(self._runs[-1][0].steps) if self._runs else 0
            self._keep(lambda step: step < first)
            self._runs.append((history, first))
        return self._runs[-1][1] + len(history.steps)

    def _standing(self) -> int:
        """How many of the runs, from the first, the learner still has: lr_find takes its own back."""
        standing = {id(history) for history in self.learn.runs}
        return next((i for i, (run, _) in enumerate(self._runs) if id(run) not in standing), len(self._runs))

    def _keep(self, wanted: Any) -> None:
        self._measures = {
            layer: [m for m in measures if wanted(m.step)] for layer, measures in self._measures.items()
        }

    def _read(self, layer: str) -> list[_Measure]:
        if layer not in self._measures:
            raise BadValue(f"stats: {layer!r} is not watched. Watched are: {', '.join(self.layers)}.")
        standing, runs = self._standing(), self._runs
        end = runs[standing][1] if standing < len(runs) else math.inf
        return [m for m in list(self._measures[layer]) if m.step < end]


def watch(learn: Any, layers: Sequence[str] | None = None) -> ActivationStats:
    """Record the layers of a learner while it trains, within a `with` block or from `start()` to `stop()`.

    Parameters
    ----------
    learn : Learner
        Whose layers to record.
    layers : sequence of str, optional
        Their names; without them those of `lab.layers(model)`.

    Returns
    -------
    ActivationStats

    Raises
    ------
    ValueError
        For a layer that the model does not have.

    Examples
    --------
    >>> new = lab.cnn_learner(dls, lab.pocketnet)
    >>> with lab.watch(new) as stats:
    ...     new.fit(1)
    epoch  train_loss  valid_loss      time
    ...
    >>> stats
    ActivationStats(7 layers, 4 steps recorded)
    """
    return ActivationStats(learn, layers)


@torch.no_grad()
def _measure(step: int, output: Tensor) -> _Measure:
    if output.ndim == 4:
        apart = math.ceil(math.sqrt(output.numel() / _SAMPLE))
        output = output[:, :, ::apart, ::apart]
    values = output.float().flatten().contiguous()  # places that are far apart may stay a view
    mean = float(values.mean())
    std = math.sqrt(values.sub(mean).square_().mean())  # a tenth of the time of torch.std
    if math.isnan(mean):
        values = values[~values.isnan()]
    return _Measure(step, mean, std, torch.bincount(_bins(values), minlength=len(BIN_EDGES) + 1).tolist())


def _bins(values: Tensor) -> Tensor:
    """Which bin of `BIN_EDGES` each of the values (n,) lies in: (n,) int64.

    The edges are doublings, so the exponent of the binary number tells, in a fifth of the time of a search.
    """
    most = 2.0 ** len(_DOUBLINGS)
    exponents = torch.frexp((values / NEAR_ZERO).clamp(-most, most)).exponent.clamp(0, len(_DOUBLINGS))
    return torch.where(values < 0, _MIDDLE - exponents, _MIDDLE + exponents).long()

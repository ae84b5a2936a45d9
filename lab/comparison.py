"""Is one model better than another, or luckier? Two sets of predictions of the same pictures, in pairs.

Two error rates differ for two reasons: the models, and which pictures happened to be asked. Since both models
were asked the same pictures, what is hard for both drops out, and only those count where one is right and the
other wrong. With a run each the test is McNemar's exact one (1947); with several, the mean errors of each
picture are exchanged at random (Fisher's permutation test, in pairs).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np

DRAWS, AT_A_TIME = 10_000, 500
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class ModelComparison:
    """What `compare` found. errors_a, errors_b: the error rate of each run. low, high: where 95 of 100 such
    differences would lie, had chance picked other pictures. p: how often a difference as large comes up where
    there is none.
    """

    pictures: int
    errors_a: tuple[float, ...]
    errors_b: tuple[float, ...]
    difference: float
    low: float
    high: float
    p: float

    def __repr__(self) -> str:
        a, b = (" ".join(f"{error:.3f}" for error in errors) for errors in (self.errors_a, self.errors_b))
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        verdict = "more than chance" if self.p < 0.05 else "no more than chance may do"
        return (
            f"errors {a} and {b} on the same {self.pictures:,} pictures: b - a = {self.difference:+.3f}, "
            f"95 % between {self.low:+.3f} and {self.high:+.3f}, {p}: {verdict}"
        )


def compare(a: Any, b: Any, seed: int = 0) -> ModelComparison:
    """Compare two models on the same pictures.

    a, b: (probabilities (n, c), targets (n,)), as `learn.get_preds()` and `learn.tta()` return them; or a
    list of such pairs, one for each run of a model, as many as you have. The difference is positive where b
    makes more mistakes. Runs of one model share their pictures, so a difference that holds for these runs may
    still not hold for another seed: look at the errors of the runs too. Raises ValueError for other pictures
    (targets that differ), for no runs, and for probabilities of another shape.

        lab.compare(one.get_preds(), other.get_preds())
    """
    wrong_a, wrong_b = _mistakes(a, "a"), _mistakes(b, "b")
    truth_a, truth_b = (_runs(runs)[0][1] for runs in (a, b))
    if not np.array_equal(truth_a, truth_b):
        raise ValueError(
            f"compare: the targets of a and b differ ({len(truth_a)} and {len(truth_b)}). Both models have "
            "to predict the same pictures in the same order: use the same split for both."
        )
    each = wrong_b.mean(0) - wrong_a.mean(0)
    rng = np.random.default_rng(seed)
    n = len(each)
    other = np.concatenate([each[rng.integers(0, n, (size, n))].mean(1) for size in _portions()])
    low, high = np.quantile(other, [0.025, 0.975])
    errors_a, errors_b = (tuple(map(float, wrong.mean(1))) for wrong in (wrong_a, wrong_b))
    p = _mcnemar(each) if len(wrong_a) == len(wrong_b) == 1 else _by_exchange(each, rng)
    return ModelComparison(n, errors_a, errors_b, float(each.mean()), float(low), float(high), p)


def _mcnemar(each: Floats) -> float:
    """The exact two-sided p of so uneven a split of the pictures on which only one model is right."""
    worse, better = int((each > 0).sum()), int((each < 0).sum())
    m, k = worse + better, min(worse, better)
    return min(1.0, 2 * sum(comb(m, i) for i in range(k + 1)) / 2**m)


def _by_exchange(each: Floats, rng: np.random.Generator) -> float:
    """How often the mean is as far from 0 when a and b change places on each picture at random."""
    there = abs(each.sum()) - 1e-9
    count = sum(
        int((abs(rng.choice([-1.0, 1.0], (size, len(each))) @ each) >= there).sum()) for size in _portions()
    )
    return (count + 1) / (DRAWS + 1)  # the arrangement that was found is one of them


def _portions() -> Iterator[int]:
    yield from [AT_A_TIME] * (DRAWS // AT_A_TIME)  # a few at a time, so that thousands of pictures fit


def _mistakes(given: Any, name: str) -> Floats:
    """(runs, n): 1 where the run is wrong."""
    runs = _runs(given)
    if not runs:
        raise ValueError(f"compare: {name} holds no predictions. Give what get_preds() returned.")
    for probs, targets in runs:
        if probs.ndim != 2 or targets.shape != (len(probs),) or not len(probs):
            raise ValueError(
                f"compare: {name} has probabilities of shape {probs.shape} and targets of shape "
                f"{targets.shape}; expected (n, classes) and (n,), as get_preds() returns them."
            )
        if not np.array_equal(targets, runs[0][1]):
            raise ValueError(f"compare: the runs of {name} are not of the same pictures.")
    return np.stack([probs.argmax(1) != targets for probs, targets in runs]).astype(np.float64)


def _runs(given: Any) -> Sequence[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    alone = isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], tuple)
    try:
        pairs = [given] if alone else list(given)
        return [(np.asarray(probs), np.asarray(targets)) for probs, targets, *_ in pairs]
    except (TypeError, ValueError) as error:
        raise ValueError(
            "compare: expected (probabilities, targets) as get_preds() returns them, or a list of such pairs."
        ) from error

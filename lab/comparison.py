"""Is one model better than another, or luckier? Two sets of predictions of the same pictures, in pairs.

Two error rates differ for two reasons: the models, and which pictures happened to be asked. Since both models
were asked the same pictures, what is hard for both drops out, and only those count where one is right and the
other wrong. With one run each the test is McNemar's exact one (1947); with several, the mean errors of each
picture are exchanged at random (Fisher's permutation test, in pairs).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from torch import Tensor

from lab.core.errors import BadValue

DRAWS, AT_A_TIME = 10_000, 500
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class ModelComparison:
    """What `compare` found.

    errors_a, errors_b: the error rate of each run. difference: of their means, b - a; standard_error: by how
    much it would vary from one choice of pictures to another. p: how often a difference at least this large
    would come up if the models were equally good.
    """

    pictures: int
    errors_a: tuple[float, ...]
    errors_b: tuple[float, ...]
    difference: float
    standard_error: float
    p: float

    def __repr__(self) -> str:
        a, b = (" ".join(f"{error:.3f}" for error in errors) for errors in (self.errors_a, self.errors_b))
        p = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3g}"
        verdict = "unlikely to be" if self.p < 0.05 else "could be"
        return (
            f"errors {a} and {b} on the same {self.pictures:,} pictures: b - a = {self.difference:+.3f} ± "
            f"{self.standard_error:.3f} (standard error), {p}: {verdict} the luck of the pictures"
        )


def compare(a: Any, b: Any, seed: int = 0) -> ModelComparison:
    """Compare two models on the same images.

    Parameters
    ----------
    a, b : pair or list of pairs
        (probabilities (n, c), targets (n,)), as `learn.get_preds()` and `learn.tta()` return them; or a list
        of such pairs, one for each run of a model. With unequal numbers of runs p is approximate.
    seed : int
        Of the random exchanges from which p comes where there are several runs.

    Returns
    -------
    ModelComparison
        Its `difference` is positive where b makes more mistakes. Its `p` covers the luck of the images; for
        that of the seed, look at `errors_a` and `errors_b`, the errors of the runs.

    Raises
    ------
    ValueError
        Where the targets differ (equal targets do not prove equal images), for images without a label, for no
        runs, and for anything but probabilities of the same classes.

    Notes
    -----
    With one run each, p is that of McNemar's exact test (1947); with several, of Fisher's permutation test.

    Examples
    --------
    >>> other = lab.cnn_learner(dls, "pocketnet", seed=0)
    >>> lab.compare(learn.get_preds(), other.get_preds())
    errors ... and ... on the same 9 pictures: b - a = ... (standard error), p ... the luck of the pictures
    """
    runs_a, runs_b = _runs(a, "a"), _runs(b, "b")
    (first, truth), rest = runs_a[0], [*runs_a[1:], *runs_b]
    for probs, targets in rest:
        if len(targets) != len(truth) or (targets != truth).any():
            where = f"{len(truth)} and {len(targets)} pictures"
            if len(targets) == len(truth):
                where = f"at {(targets != truth).sum()} of {len(truth)} pictures"
            raise BadValue(
                f"compare: the targets differ ({where}). All runs have to predict the same pictures in the "
                "same order: use the same split for all."
            )
        if probs.shape != first.shape:
            raise BadValue(f"compare: {first.shape[1]} classes in one run and {probs.shape[1]} in another.")
    wrong_a, wrong_b = _mistakes(runs_a), _mistakes(runs_b)
    each = wrong_b.mean(0) - wrong_a.mean(0)
    errors_a, errors_b = (tuple(map(float, wrong.mean(1))) for wrong in (wrong_a, wrong_b))
    single = len(runs_a) == len(runs_b) == 1
    p = _mcnemar(each) if single else _by_exchange(each, np.random.default_rng(seed))
    spread = float(each.std() / len(each) ** 0.5)
    return ModelComparison(len(each), errors_a, errors_b, float(each.mean()), spread, p)


def _mcnemar(each: Floats) -> float:
    """The exact two-sided p of so uneven a split of the pictures on which only one model is right."""
    worse, better = int((each > 0).sum()), int((each < 0).sum())
    m, k = worse + better, min(worse, better)
    return min(1.0, 2 * sum(comb(m, i) for i in range(k + 1)) / 2**m)


def _by_exchange(each: Floats, rng: np.random.Generator) -> float:
    """How often the mean is as far from 0 when a and b change places on each picture at random."""
    there = abs(each.sum()) - 1e-9
    shape, count = (AT_A_TIME, len(each)), 0  # a few at a time, so that thousands of pictures fit
    for _ in range(DRAWS // AT_A_TIME):
        count += int((abs(rng.choice([-1.0, 1.0], shape) @ each) >= there).sum())
    return (count + 1) / (DRAWS + 1)  # the arrangement that was found is one of them


def _mistakes(runs: Iterable[tuple[Floats, Floats]]) -> Floats:
    """(runs, n): 1 where the run is wrong."""
    return np.stack([probs.argmax(1) != targets for probs, targets in runs]).astype(np.float64)


def _runs(given: Any, name: str) -> list[tuple[Floats, Floats]]:
    """(probabilities, targets) of each run, checked."""
    alone = isinstance(given, tuple) and len(given) in (2, 3) and not isinstance(given[0], tuple)
    try:
        pairs = [given] if alone else list(given)
        runs = [(_array(probs), _array(targets)) for probs, targets, *_ in pairs]
    except (TypeError, ValueError) as error:
        raise BadValue(
            f"compare: {name} should be (probabilities, targets) as get_preds() returns them, or a list of "
            "such pairs."
        ) from error
    if not runs:
        raise BadValue(f"compare: {name} holds no predictions. Give what get_preds() returned.")
    for probs, targets in runs:
        if probs.ndim != 2 or targets.shape != (len(probs),) or not len(probs):
            raise BadValue(
                f"compare: {name} has probabilities of shape {probs.shape} and targets of shape "
                f"{targets.shape}; expected (n, classes) and (n,), as get_preds() returns them."
            )
        if np.isnan(probs).any():
            raise BadValue(f"compare: {name} has probabilities that are NaN.")
        unlabelled = ((targets < 0) | (targets >= probs.shape[1])).sum()
        if unlabelled:
            raise BadValue(
                f"compare: {unlabelled} of {len(targets)} targets of {name} are not a class "
                "(-1 means no label)."
            )
    return runs


def _array(values: Any) -> Floats:
    if isinstance(values, Tensor):
        values = values.detach().double().cpu().numpy()
    return np.asarray(values, dtype=np.float64)

"""Exercises of `11_classic`: what an old call means today, and what was done by hand with its numbers."""

import inspect
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import lab
from lab.exercises.exercise import Case, Exercise

Array = np.ndarray


class _Notebook:
    """A learner that trains nothing and notes the calls: (method, its arguments by name)."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        signature = inspect.signature(getattr(lab.Learner, name))

        def note(*args: Any, **kwargs: Any) -> None:
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            self.calls.append([name, {key: value for key, value in bound.arguments.items() if key != "self"}])

        return note


def _calls(attempt: Callable, *case: Any) -> list | None:
    """What an attempt asked of a learner; None when it asked nothing."""
    learn = _Notebook()
    attempt(learn, *case)
    return learn.calls or None


def _with_generator(attempt: Callable, *case: Any) -> dict[str, Any] | None:
    """An attempt's indices, and whether it changed NumPy's global generator, which is put back."""
    before = np.random.get_state()
    try:
        indices = attempt(*case)
        touched = not np.array_equal(before[1], np.random.get_state()[1])
    finally:
        np.random.set_state(before)
    return None if indices is None else {"indices": indices, "np.random was changed": touched}


def _draws(rng: random.Random, k: int, n: int, c: int) -> Array:
    """(k, n, c) log probabilities, as TTA gives them."""
    acts = np.array([[[rng.gauss(0, 2) for _ in range(c)] for _ in range(n)] for _ in range(k)])
    return acts - np.log(np.exp(acts).sum(axis=2, keepdims=True))


def _predictions(rng: random.Random) -> list[Case]:
    sizes = [(8, 2), (9, 3)]
    return [(_draws(rng, 1, n, c)[0], np.array([rng.randrange(c) for _ in range(n)])) for n, c in sizes]


def _tables(rng: random.Random) -> list[Case]:
    return [
        (_draws(rng, 3, 2, 3), ["test/7f0a.jpg", "test/02bc.jpg"], ["beagle", "boxer", "pug"]),
        (_draws(rng, 5, 3, 2), ["test/a.b.jpg", "test/c.jpg", "test/d.png"], ["cats", "dogs"]),
    ]


def _epochs(n_cycle: int, cycle_len: int, cycle_mult: int) -> int:
    return sum(cycle_len * cycle_mult**cycle for cycle in range(n_cycle))


def _modern_fit(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    if cycle_len is None:
        learn.fit(n_cycle, lr)
    else:
        learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len, cycle_mult=cycle_mult)


def _always_sgdr(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len or 1, cycle_mult=cycle_mult)


def _seeded_globally(n: int, fold: int, valid_pct: float, seed: int) -> Array:
    np.random.seed(seed)
    size = int(valid_pct * n)
    return np.random.permutation(n)[fold * size : (fold + 1) * size]


def _newer_generator(n: int, fold: int, valid_pct: float, seed: int) -> Array:
    size = int(valid_pct * n)
    return np.random.default_rng(seed).permutation(n)[fold * size : (fold + 1) * size]


def _table(probs: Array, ids: list[str], classes: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(probs, columns=classes)
    table.insert(0, "id", ids)
    return table


EXERCISES = [
    Exercise(
        "accuracy_of",
        "From log predictions (n, c) and class numbers y (n,), the share of right predictions.",
        answer=lambda log_preds, y: lab.accuracy(log_preds, y),
        cases=_predictions,
        hints=[
            "The log does not change which entry of a row is the largest.",
            "`log_preds.argmax(axis=1)` are the predicted numbers; compare with y, take the mean.",
        ],
        mistakes=[
            (lambda logs, y: (logs.argmax(axis=1) == y).sum(), "a count; the share is asked for"),
            (lambda logs, y: ((np.exp(logs[:, 1]) > 0.5) == y).mean(), "this is right for two classes only"),
        ],
    ),
    Exercise(
        "modern_tfms",
        "Return the lab.aug_transforms(...) that equals transforms_top_down with max_zoom=1.2.",
        answer=lambda: lab.aug_transforms(
            flip=True, flip_vert=True, rotate=10, zoom=1.2, lighting=0.05, warp=0, p_lighting=1
        ),
        cases=[()],
        hints=[
            "Seen from above, upside down is as good as upright: `flip_vert=True`.",
            "`print(transforms_top_down)` shows what it is made of; what is not named there is 0 or off.",
            "The defaults of today tilt (`warp`) and change the light more; switch to warp=0, lighting=0.05.",
        ],
        mistakes=[
            (
                lambda: lab.aug_transforms(flip_vert=True, zoom=1.2),
                "the defaults of 2020 also tilt the perspective, and change the light four times as much",
            ),
            (
                lambda: lab.aug_transforms(flip_vert=True, zoom=1.2, lighting=0.05, warp=0),
                "nearly: in 2018 the light of every picture was changed, p_lighting=1",
            ),
        ],
    ),
    Exercise(
        "epochs",
        "How many epochs does learn.fit(lr, n_cycle, cycle_len=..., cycle_mult=...) train in all?",
        answer=_epochs,
        cases=[(3, 1, 1), (3, 1, 2), (2, 2, 1), (4, 3, 2), (3, 1, 3)],
        hints=[
            "Write down the lengths of the cycles: for (3, 1, 2) they are 1, 2 and 4.",
            "Cycle i, counted from 0, is `cycle_len * cycle_mult**i` epochs long.",
        ],
        mistakes=[
            (
                lambda n, length, mult: n * length,
                "cycle_mult is left out: each cycle is longer than the last",
            ),
            (lambda n, length, mult: n * length * mult, "it multiplies once a cycle, not once in all"),
        ],
    ),
    Exercise(
        "modern_fit",
        "Make the call of today's learner that does what learn.fit(lr, n_cycle, cycle_len, cycle_mult) did.",
        answer=_modern_fit,
        cases=[(0.01, 3, None, 1), (0.01, 3, 1, 1), (0.02, 3, 1, 2), ([1e-4, 1e-3, 1e-2], 2, 2, 2)],
        run=_calls,
        hints=[
            "Today the number of epochs, or of cycles, comes first and the rate second.",
            "Without cycle_len it is a constant rate: `learn.fit`. With it: `learn.fit_sgdr`.",
            "`learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len, cycle_mult=cycle_mult)`",
        ],
        mistakes=[
            (
                lambda learn, lr, n_cycle, *_: learn.fit(n_cycle, lr),
                "a constant rate: cycle_len was passed over, and so were the restarts",
            ),
            (
                lambda learn, lr, n_cycle, *_: learn.fit(lr, n_cycle),
                "the old order: today the epochs come first",
            ),
            (_always_sgdr, "without cycle_len the old fit kept the rate constant"),
        ],
    ),
    Exercise(
        "averaged",
        "From TTA's log predictions (k, n, c) to probabilities (n, c): the mean over the k versions.",
        answer=lambda log_preds: np.exp(log_preds).mean(axis=0),
        cases=lambda rng: [(_draws(rng, 5, 4, 2),), (_draws(rng, 3, 3, 3),), (_draws(rng, 1, 2, 4),)],
        hints=[
            "First `np.exp`, then the mean: the order matters.",
            "The versions are the first axis: `.mean(axis=0)`.",
        ],
        mistakes=[
            (
                lambda logs: np.exp(logs.mean(axis=0)),
                "the mean of the logs: the rows no longer sum to 1. First np.exp, then the mean",
            ),
            (lambda logs: logs.mean(axis=0), "still logarithms: np.exp is missing"),
        ],
    ),
    Exercise(
        "fewest",
        "The breed that is left with the fewest training pictures when val_idxs validate.",
        answer="leonberger",
        hints=[
            "`labels.drop(index=val_idxs)` are the rows that train.",
            "`.value_counts()` of the column breed counts them, the largest first.",
        ],
    ),
    Exercise(
        "fold",
        "get_cv_idxs anew: the row numbers of a fold, without changing NumPy's global generator.",
        answer=lambda n, fold, valid_pct, seed: lab.fold_indices(n, fold, valid_pct, seed),
        cases=[(900, 4, 0.2, 42), (100, 0, 0.25, 7), (37, 2, 0.25, 42)],
        run=_with_generator,
        hints=[
            "A fold has `int(valid_pct * n)` rows; fold 2 begins after two of them.",
            "`np.random.RandomState(seed)` is a generator of its own with the numbers of np.random.seed.",
        ],
        mistakes=[
            (_seeded_globally, "np.random.seed fixes everything random that follows in the notebook"),
            (_newer_generator, "default_rng gives other numbers: the split would not be that of the lesson"),
        ],
    ),
    Exercise(
        "submission_table",
        "TTA's log predictions (k, n, c), file names and classes as a table: id, then each class.",
        answer=lambda logs, fnames, classes: lab.submission(np.exp(logs).mean(axis=0), fnames, classes),
        cases=_tables,
        hints=[
            "Probabilities first, as in `averaged`; then `pd.DataFrame(probs, columns=classes)`.",
            "`Path(name).stem` is a file's name without its folder and its extension.",
            '`table.insert(0, "id", ids)` puts a column in front.',
        ],
        mistakes=[
            (
                lambda logs, fnames, classes: _table(np.exp(logs).mean(axis=0), list(fnames), classes),
                "ids with folder and extension; the sample has the bare names",
            ),
            (
                lambda logs, fnames, classes: _table(
                    np.exp(logs).mean(axis=0), [name.split("/")[-1].split(".")[0] for name in fnames], classes
                ),
                "a name may hold a dot: cut off the last part only",
            ),
        ],
    ),
]

"""Exercises of `11_classic`: what an old line means today, and what has to be changed."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import lab
from lab.classic import transforms_top_down
from lab.exercises.exercise import Exercise

Array = np.ndarray
NEW = "from lab.classic import *"

# For each line of `what_happens`: what it does, and what to say to another answer.
LINES = {
    "A": ("error", "`fit` takes the epochs first today, and refuses 0.01 epochs with a message"),
    "B": ("silent", "it runs, 3 epochs at 0.01, but with another optimiser: SGD in 2018, AdamW today"),
    "C": ("same", "`unfreeze()` has kept its name and its meaning"),
    "D": (
        "silent",
        "`get_preds` returns probabilities, and `np.exp` of those is 1 or more, without an error",
    ),
    "E": ("error", "a modern learner has no `TTA`; the message says what it is called today"),
    "F": ("same", "`precompute` has kept its name and its meaning"),
}


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


def _is_old(line: str) -> bool:
    return line.startswith("from fastai")


def _new_imports(lines: Sequence[str], old: Callable[[str], bool] = _is_old) -> list[str]:
    found = []
    for line in lines:
        if not old(line):
            found.append(line)
        elif NEW not in found:
            found.append(NEW)
    return found


def _without_repeats(lines: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(_new_imports(lines)))


def _removed_on_the_way(lines: list[str]) -> list[str]:
    for line in lines:
        if _is_old(line):
            lines.remove(line)
    return [NEW, *lines]


def _modern_fit(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    if cycle_len is None:
        learn.fit(n_cycle, lr)
    else:
        learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len, cycle_mult=cycle_mult)


def _always_sgdr(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len or 1, cycle_mult=cycle_mult)


def _one_cycle(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    if cycle_len is None:
        learn.fit(n_cycle, lr)
    else:
        learn.fit_one_cycle(n_cycle, lr)


def _equal_cycles(learn: Any, lr: Any, n_cycle: int, cycle_len: int | None, cycle_mult: int) -> None:
    _modern_fit(learn, lr, n_cycle, cycle_len, 1)


def _what_happens(said: Any) -> Any:
    """What speaks against the first wrong verdict."""
    if not isinstance(said, Mapping) or set(said) != set(LINES):
        return "expected a dict with the keys A to F"
    if ... in said.values():
        return ...
    unknown = [word for word in said.values() if word not in ("same", "error", "silent")]
    if unknown:
        return f'{unknown[0]!r} is none of the three: "same", "error" or "silent"'
    return next((f"line {key}: {words}" for key, (right, words) in LINES.items() if said[key] != right), "")


def _cut(n: int, fold: int, valid_pct: float, order: Array, rounded: Callable[[float], int] = int) -> Array:
    size = rounded(valid_pct * n)
    return order[fold * size : (fold + 1) * size]


def _seeded_globally(n: int, fold: int, valid_pct: float, seed: int) -> Array:
    np.random.seed(seed)
    return _cut(n, fold, valid_pct, np.random.permutation(n))


def _shuffled(n: int, seed: int) -> Array:
    return np.random.RandomState(seed).permutation(n)


EXERCISES = [
    Exercise(
        "new_imports",
        f"Replace the lines that begin with `from fastai` by a single `{NEW}`, where the first stood.",
        answer=_new_imports,
        cases=[
            (
                [
                    "from fastai.imports import *",
                    "from fastai.transforms import *",
                    "from fastai.conv_learner import *",
                    'PATH = "data/dogscats/"',
                ],
            ),
            (
                [
                    "%matplotlib inline",
                    "from fastai.imports import *",
                    "sz = 224",
                    "from fastai.plots import *",
                ],
            ),
            (["from time import sleep", "from sklearn.metrics import confusion_matrix", "sz = 224"],),
            (['print("made with fastai")', "from fastai.dataset import *", "# fastai, lesson 1"],),
            (["from fastai.imports import *", "", "learn.fit(lr, 1)", "", "learn.fit(lr, 1)"],),
            ([],),
        ],
        hints=[
            'Which lines are old? `line.startswith("from fastai")` says so.',
            "Build a new list, line by line. An old line adds the new one, unless it is there already.",
        ],
        mistakes=[
            (
                lambda lines: [NEW if _is_old(line) else line for line in lines],
                "a new line for every old one; one is enough",
            ),
            (
                lambda lines: [NEW, *(line for line in lines if not _is_old(line))],
                "the new line always comes first, even in a notebook without fastai; it belongs where the "
                "first old one stood",
            ),
            (
                lambda lines: [line for line in lines if not _is_old(line)],
                "the old lines are gone, and nothing has taken their place",
            ),
            (
                lambda lines: _new_imports(lines, lambda line: "fastai" in line),
                "not every line with the word fastai is an import: you dropped a `print` and a comment too",
            ),
            (
                lambda lines: _new_imports(lines, lambda line: line.startswith("from ")),
                "you dropped other imports too; `time` and `sklearn` are still needed",
            ),
            (
                lambda lines: [*(line for line in lines if not _is_old(line)), NEW],
                "the new line comes last, after the lines that need it",
            ),
            (_without_repeats, "other lines that occur twice must still occur twice"),
            (
                _removed_on_the_way,
                "removing from a list while looping over it skips lines: build a new list",
            ),
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
            "`print(transforms_top_down)` shows its settings. It names no zoom and no warp: both are off.",
            "Today's defaults tilt (`warp`) and change the light in another way. Pass `warp=0`, "
            "`lighting=0.05` and `p_lighting=1`.",
        ],
        mistakes=[
            (
                lambda: lab.aug_transforms(flip_vert=True, zoom=1.2),
                "today's defaults also tilt the perspective, and change the light four times as much",
            ),
            (
                lambda: lab.aug_transforms(flip_vert=True, zoom=1.2, lighting=0.05, warp=0),
                "nearly: in 2018 the light of every picture was changed, so p_lighting=1",
            ),
            (
                lambda: lab.aug_transforms(flip_vert=True, zoom=1.2, warp=0, p_lighting=1),
                "the light changes four times as much as in 2018: lighting=0.05",
            ),
            (
                lambda: lab.aug_transforms(zoom=1.2, lighting=0.05, warp=0, p_lighting=1),
                "that is transforms_side_on: seen from above, a picture may also be upside down",
            ),
            (
                lambda: transforms_top_down,
                "the zoom is missing: in 2018 it was an argument of its own, max_zoom",
            ),
            (
                lambda: replace(transforms_top_down, zoom=1.1),
                "the zoom is today's default, 1.1; the notebook has 1.2",
            ),
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
            "Without cycle_len the rate is constant: `learn.fit`. With it: `learn.fit_sgdr`.",
            "`learn.fit_sgdr(n_cycle, lr, cycle_len=cycle_len, cycle_mult=cycle_mult)`",
        ],
        mistakes=[
            (
                lambda learn, lr, n_cycle, *_: learn.fit(n_cycle, lr),
                "always a constant rate: with cycle_len the old fit had cosine cycles",
            ),
            (
                lambda learn, lr, n_cycle, *_: learn.fit(lr, n_cycle),
                "the old order: today the epochs come first",
            ),
            (_always_sgdr, "without cycle_len the old fit kept the rate constant"),
            (
                _one_cycle,
                "one cycle rises first and falls once; the old cycles only fell, and then restarted",
            ),
            (_equal_cycles, "cycle_mult is left out, so all cycles are equally long"),
        ],
    ),
    Exercise(
        "fewest",
        "Which breed has the fewest training pictures left, without the rows in val_idxs?",
        answer="leonberger",
        hints=[
            "`labels.drop(index=val_idxs)` holds the rows to train on.",
            "`.value_counts()` of its column `breed` counts them; `.idxmin()` names the smallest.",
        ],
        mistakes=[
            ("german_shorthaired", "one of the two with the most: 32 are left"),
            ("great_pyrenees", "one of the two with the most: 32 are left"),
            (
                "staffordshire_bull_terrier",
                "that comes from the whole table, where every breed has 36: drop the rows in `val_idxs`",
            ),
            ("american_bulldog", "the first in the alphabet; count the rows that are left"),
            ("chihuahua", "that is without the last fifth of the rows; drop the rows in `val_idxs` instead"),
            ("keeshond", "close, with 26; there is one with 25"),
            (25, "that is how many are left; the question is of which breed"),
        ],
    ),
    Exercise(
        "fold",
        "Rewrite get_cv_idxs: the same row numbers, without touching NumPy's global generator.",
        answer=lambda n, fold, valid_pct, seed: lab.fold_indices(n, fold, valid_pct, seed),
        cases=[(900, 4, 0.2, 42), (100, 0, 0.25, 7), (39, 2, 0.25, 42)],
        run=_with_generator,
        hints=[
            "A fold has `size = int(val_pct * n)` rows; after shuffling, fold 2 begins at `2 * size`.",
            "`np.random.RandomState(seed)` is a separate generator; its `permutation(n)` gives the same "
            "numbers as `np.random.permutation(n)` after `np.random.seed(seed)`.",
        ],
        mistakes=[
            (_seeded_globally, "np.random.seed also fixes everything that NumPy draws later in the notebook"),
            (
                lambda n, fold, pct, seed: _cut(n, fold, pct, np.random.default_rng(seed).permutation(n)),
                "default_rng gives other numbers: the split would not be that of the lesson",
            ),
            (
                lambda n, fold, pct, seed: _cut(n, fold - 1, pct, _shuffled(n, seed)),
                "one fold too early: folds are counted from 0",
            ),
            (
                lambda n, fold, pct, seed: _shuffled(n, seed)[: int(pct * n)],
                "always the first fold: it begins at cv_idx * size",
            ),
            (
                lambda n, fold, pct, seed: _shuffled(n, seed)[fold * int(pct * n) :],
                "all rows from the beginning of the fold; it must end after `size` rows",
            ),
            (
                lambda n, fold, pct, seed: sorted(_cut(n, fold, pct, _shuffled(n, seed))),
                "the right rows, but sorted; the lesson's are in random order",
            ),
            (
                lambda n, fold, pct, seed: _cut(n, fold, pct, _shuffled(n, seed), round),
                "rounded to the nearest size; the lesson cuts off with `int`",
            ),
            (
                lambda n, fold, pct, seed: _cut(n, fold, pct, np.arange(n)),
                "not shuffled: in a table sorted by class, whole classes would be missing from training",
            ),
        ],
    ),
    Exercise(
        "what_happens",
        'What does each line do with a modern learner? {"A": "same", "error" or "silent", "B": ...}.',
        answer={key: right for key, (right, _) in LINES.items()},
        judge=_what_happens,
        hints=[
            "Two lines do what they did in 2018, and two stop with a message.",
            "The silent ones: what does `get_preds` return, and which optimiser does `fit` use?",
        ],
    ),
]

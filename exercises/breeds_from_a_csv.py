"""Exercises of `06_breeds_from_a_csv`."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from lab.exercises.exercise import Exercise

Rows = Sequence[tuple[str, str]]


def _labels(rng: random.Random) -> list[str]:
    return [rng.choice(["boxer", "boxer", "pug", "beagle", "beagle", "samoyed"]) for _ in range(23)]


def _lazy_answer(labels: list[str]) -> tuple[str, float]:
    counts = Counter(labels)
    label = min(counts, key=lambda name: (-counts[name], name))
    return label, counts[label] / len(labels)


def _guessing(labels: list[str]) -> tuple[str, float]:
    return _lazy_answer(labels)[0], 1 / len(set(labels))


def _last_equal(labels: list[str]) -> tuple[str, float]:
    counts = Counter(labels)
    label = max(counts, key=lambda name: (counts[name], name))
    return label, counts[label] / len(labels)


def _stratified_split(labels: list[str], share: float) -> list[int]:
    chosen: list[int] = []
    for label in set(labels):
        places = [i for i, other in enumerate(labels) if other == label]
        chosen += places[-max(1, round(share * len(places))) :]
    return sorted(chosen)


def _end_of_the_table(labels: list[str], share: float) -> list[int]:
    return list(range(len(labels) - round(share * len(labels)), len(labels)))


def _class_by_class(labels: list[str], share: float) -> list[int]:
    return sorted(_stratified_split(labels, share), key=lambda i: (labels[i], i))


def _log_loss_of(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    right = np.asarray(probs)[range(len(probs)), list(targets)]
    return float(-np.log(right.clip(eps, 1 - eps)).mean())


def _unclipped(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    with np.errstate(divide="ignore"):
        return _log_loss_of(probs, targets, 0.0)


def _summed(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return _log_loss_of(probs, targets, eps) * len(probs)


def _of_the_answer(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return _log_loss_of(probs, np.argmax(probs, axis=1), eps)


_PROBS = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0]])


def _averaged(log_draws: np.ndarray) -> np.ndarray:
    return np.exp(log_draws).mean(axis=0)


def _draws(rng: random.Random) -> list[tuple[np.ndarray]]:
    def logs(*shape: int) -> np.ndarray:
        acts = np.array([rng.gauss(0, 2) for _ in range(math.prod(shape))]).reshape(shape)
        return acts - np.log(np.exp(acts).sum(axis=-1, keepdims=True))

    return [(logs(2, 1, 2),), (logs(5, 3, 4),)]


def _submission_rows(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    rows = []
    for file, row in zip(files, probs, strict=True):
        shares = (float(p) / float(sum(row)) for p in row)
        rows.append({"id": Path(file).stem, **dict(zip(vocab, shares, strict=True))})
    return sorted(rows, key=lambda row: row["id"])


def _unscaled(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    rows = _submission_rows(probs, files, vocab)
    sums = {Path(file).stem: float(sum(row)) for file, row in zip(files, probs, strict=True)}
    return [{k: v if k == "id" else v * sums[row["id"]] for k, v in row.items()} for row in rows]


def _names_sorted_alone(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    return _submission_rows(probs, sorted(files), vocab)


def _as_they_came(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    order = [Path(file).stem for file in files]
    return sorted(_submission_rows(probs, files, vocab), key=lambda row: order.index(row["id"]))


_FILES = ["test/c3.jpg", "test/a1.jpg", "test/b2.small.jpg"]
_TEST = np.array([[0.2, 0.1, 0.7], [0.5, 0.25, 0.249], [0.0, 0.6, 0.402]])


def _csv_faults(rows: Rows, files: Sequence[str]) -> dict[str, list[str]]:
    ids = [name for name, _ in rows]
    there = {Path(file).stem for file in files}
    return {
        "missing": sorted({name for name in ids if name not in there}),
        "twice": sorted(name for name, count in Counter(ids).items() if count > 1),
        "untidy": sorted({label for _, label in rows if label != label.strip()}),
    }


def _with_endings(rows: Rows, files: Sequence[str]) -> dict[str, list[str]]:
    return {**_csv_faults(rows, files), "missing": sorted({name for name, _ in rows} - set(files))}


_THRICE = [("a1", "pug"), ("a10", "pug"), ("a10", "pug"), ("a10", "boxer")]
_TABLE = [("a1", "pug"), ("b2", "boxer "), ("a1", "boxer"), ("c3", "pug"), ("d4", " pug"), ("e5", "boxer ")]

EXERCISES = [
    Exercise(
        "lazy_answer",
        "(label, accuracy) of always giving the most frequent label; of equals the first in the alphabet.",
        answer=_lazy_answer,
        cases=lambda rng: [(["pug", "boxer", "pug"],), (_labels(rng),), (["pug", "boxer", "boxer", "pug"],)],
        hints=[
            "`collections.Counter(labels)` counts them.",
            "How often is an answer right that is always the same? As often as that label comes.",
            "`min(counts, key=lambda name: (-counts[name], name))` is the most frequent one.",
        ],
        mistakes=[
            (_guessing, "the accuracy of guessing at random, one divided by the number of classes"),
            (_last_equal, "of two equally frequent labels the last in the alphabet"),
        ],
    ),
    Exercise(
        "stratified_split",
        "The indices that validate, in order: of each label the last `share`, rounded, but at least one.",
        answer=_stratified_split,
        cases=lambda rng: [(list("aabbabbbba"), 0.25), (_labels(rng), 0.2), (_labels(rng), 0.4)],
        hints=[
            "Go label by label: at which places does it stand?",
            "`places = [i for i, other in enumerate(labels) if other == label]`",
            "`places[-k:]` are the last k of them; at the end `sorted(...)` over all labels.",
        ],
        mistakes=[
            (_end_of_the_table, "the end of the table, whatever labels stand there"),
            (_class_by_class, "the right pictures, but label by label: give them in order"),
        ],
    ),
    Exercise(
        "log_loss_of",
        "The mean of minus the log of the right class's probability, clipped to eps..1-eps.",
        answer=_log_loss_of,
        cases=[(_PROBS[:3], [0, 1, 0], 1e-7), (_PROBS, [1, 1, 2, 2], 1e-7), (_PROBS, [0, 2, 2, 0], 0.01)],
        hints=[
            "`probs[range(len(targets)), targets]` takes one probability out of each row.",
            "`.clip(eps, 1 - eps)` comes before `np.log`, which cannot take 0.",
        ],
        mistakes=[
            (_unclipped, "the loss without clipping: infinite as soon as one probability is 0"),
            (_summed, "the sum over the pictures, not their mean"),
            (_of_the_answer, "the loss of what the model answers, not of what is right"),
        ],
    ),
    Exercise(
        "honest",
        "The probability p that gives the smallest log loss when 9 of 10 answers are right.",
        answer=0.9,
        tolerance=0.004,
        hints=[
            "Nine pictures cost -log(p) each, one costs -log(1 - p). Try some p between 0.5 and 0.999.",
            "With `ps = np.linspace(0.5, 0.999, 500)`: `ps[(-0.9*np.log(ps) - 0.1*np.log(1-ps)).argmin()]`.",
        ],
        mistakes=[
            (1.0, "being perfectly sure: the tenth picture then costs an infinite loss"),
            (0.99, "being surer than one is: the tenth picture costs 4.6"),
            (0.5, "saying that one does not know; nine times out of ten one does"),
        ],
    ),
    Exercise(
        "averaged",
        "From log probabilities (draws, pictures, classes) the mean probabilities (pictures, classes).",
        answer=_averaged,
        cases=_draws,
        hints=[
            "What has to be averaged: logarithms or probabilities? `np.exp` leads from one to the other.",
            "The draws are the first axis: `.mean(axis=0)`.",
        ],
        mistakes=[
            (lambda logs: np.asarray(logs).mean(axis=0), "the mean of the logarithms"),
            (
                lambda logs: np.exp(np.mean(logs, axis=0)),
                "e to the mean logarithm: its rows sum to less than 1",
            ),
            (lambda logs: np.exp(logs)[0], "the first draw alone"),
        ],
    ),
    Exercise(
        "submission_rows",
        "A dict for each picture, in order of the ids: id, then each class's share; the shares sum to 1.",
        answer=_submission_rows,
        cases=[
            (_TEST, _FILES, ["beagle", "boxer", "pug"]),
            (_TEST[:2, :2], ["test/jpg.jpg", "set/spot.jpg"], ["a", "b"]),
        ],
        tolerance=1e-7,
        hints=[
            "`Path(file).stem` is the name without folder and ending.",
            "Make the rows first, each from its file and its probabilities; sort the finished rows.",
            'Divide each row by its sum. `sorted(rows, key=lambda row: row["id"])` at the end.',
        ],
        mistakes=[
            (_unscaled, "the probabilities as they came: some rows do not sum to 1"),
            (_names_sorted_alone, "sorted names beside unsorted probabilities: pictures get each other's"),
            (_as_they_came, "the rows in the order in which the files came"),
        ],
    ),
    Exercise(
        "csv_faults",
        "A table's faults: ids without a file, ids that come twice, labels with spaces around them.",
        answer=_csv_faults,
        cases=[
            (_TABLE, ["a1.jpg", "b2.jpg", "c3.jpg", "e5.jpg"]),
            ([("x", "pug")], ["x.jpg"]),
            (_THRICE, ["a10.jpg"]),
        ],
        hints=[
            "Three questions, one line each. For the first you need the stems of the files as a set.",
            "`Counter(ids)` counts; `label != label.strip()` finds spaces around a label.",
            "Each name once: make a set, then `sorted` gives a list.",
        ],
        mistakes=[(_with_endings, "ids compared with whole file names: a1 is there, as a1.jpg")],
    ),
]

"""Exercises of `06_breeds_from_a_csv`."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.exercises.exercise import Exercise
from lab.label_noise import planted_errors
from lab.panels.gallery.panel import GalleryPanel

Rows = Sequence[tuple[str, str]]

# ---------------------------------------------------------------- stratified_split


def _labels(rng: random.Random) -> list[str]:
    return [rng.choice(["boxer", "boxer", "pug", "beagle", "beagle", "samoyed"]) for _ in range(23)]


def _stratified_split(
    labels: list[str],
    share: float,
    number: Callable[[float], int] = lambda x: max(1, round(x)),
    first: bool = False,
) -> list[int]:
    chosen: list[int] = []
    for label in dict.fromkeys(labels):
        places = [i for i, other in enumerate(labels) if other == label]
        k = number(share * len(places))
        chosen += places[:k] if first else places[-k:]
    return sorted(chosen)


def _end_of_the_table(labels: list[str], share: float) -> list[int]:
    return list(range(len(labels) - round(share * len(labels)), len(labels)))


def _by_alphabet(labels: list[str], share: float) -> list[int]:
    return sorted(_stratified_split(labels, share), key=lambda i: (labels[i], i))


def _by_appearance(labels: list[str], share: float) -> list[int]:
    return sorted(_stratified_split(labels, share), key=lambda i: (labels.index(labels[i]), i))


# ---------------------------------------------------------------- log_loss_of


def _right(probs: np.ndarray, targets: Iterable[int]) -> np.ndarray:
    return np.asarray(probs)[range(len(probs)), list(targets)]


def _log_loss_of(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return float(-np.log(_right(probs, targets).clip(eps, 1 - eps)).mean())


def _unclipped(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    with np.errstate(divide="ignore"):
        return float(-np.log(_right(probs, targets)).mean())


def _of_the_answer(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return _log_loss_of(probs, np.argmax(probs, axis=1), eps)


def _log_of_the_mean(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return float(-np.log(_right(probs, targets).clip(eps, 1 - eps).mean()))


def _to_base_ten(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return _log_loss_of(probs, targets, eps) / float(np.log(10))


def _clipped_below(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return float(-np.log(_right(probs, targets).clip(min=eps)).mean())


def _eps_added(probs: np.ndarray, targets: Iterable[int], eps: float) -> float:
    return float(-np.log(_right(probs, targets) + eps).mean())


_PROBS = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0]])

# ---------------------------------------------------------------- wrong_labels

ENOUGH, FALSE_ALARMS = 3, 1


def _wrong_labels(gallery: Any) -> Any:
    """Whether most wrong labels are marked in a gallery, and next to no right ones."""
    if not isinstance(gallery, GalleryPanel):
        return "pass the gallery itself: it knows its marks"
    interp = gallery.view.interp
    wrong = planted_errors(interp.paths, [interp.vocab[target] for target in interp.targets])
    if not wrong:
        return "which labels are wrong is known only for the drawn pictures"
    changed = {path for path, mark in gallery.marks.decided().items() if mark.kind != "keep"}
    if not len(gallery.marks):
        return ...
    if not changed:
        return "so far you have only marked pictures as right (keep): relabel the wrong ones"
    found, alarms = len(changed & set(wrong)), len(changed - set(wrong))
    if alarms > FALSE_ALARMS:
        return (
            f"{alarms} of the pictures you marked have the right label: the model was wrong there, or the "
            "picture is hard. Take the mark off where you cannot see another breed"
        )
    if found < min(ENOUGH, len(wrong)):
        return (
            f"{found} of {len(wrong)} found: keep looking among the top losses for pictures that show "
            "another breed than the one on the label"
        )
    return ""


# ---------------------------------------------------------------- fair_play

# For each case of the notebook's list: whether it is fair, and what to say to another answer.
CASES = {
    "A": (True, "training labels are yours to improve: nothing is measured on them"),
    "B": (
        True,
        "the labels of all pictures were checked by eye, whatever a model says, and every model is measured "
        "again with the same labels",
    ),
    "C": (
        False,
        "you only look where *this* model is wrong, so each correction raises its score, and wrong labels "
        "that happen to agree with it stay",
    ),
    "D": (
        False,
        "hard pictures will turn up later, too: without them the score rises and the model is no better",
    ),
    "E": (
        False,
        "the test set is not yours: label it by hand, and you hand in your own answers, not the model's",
    ),
    "F": (
        False,
        "the best of twenty splits is the luckiest one: its score says little about new pictures",
    ),
}


def _fair_play(said: Any) -> Any:
    """What speaks against the first wrong verdict."""
    if not isinstance(said, Mapping) or set(said) != set(CASES):
        return "expected a dict with the keys A to F"
    if ... in said.values():
        return ...
    if unknown := [word for word in said.values() if not isinstance(word, bool | np.bool_)]:
        return f"{unknown[0]!r} is neither True nor False"
    return next((f"{key}: {words}" for key, (fair, words) in CASES.items() if bool(said[key]) != fair), "")


# ---------------------------------------------------------------- submission_rows


def _submission_rows(
    probs: np.ndarray,
    files: Sequence[str],
    vocab: Sequence[str],
    id_of: Callable[[str], str] = lambda file: Path(file).stem,
    total: Callable[[Any, np.ndarray], float] = lambda row, probs: float(sum(row)),
) -> list[dict]:
    rows = []
    for file, row in zip(files, probs, strict=True):
        shares = (float(p) / total(row, probs) for p in row)
        rows.append({"id": id_of(file), **dict(zip(vocab, shares, strict=True))})
    return sorted(rows, key=lambda row: row["id"])


def _rows_but(**change: Any) -> Callable:
    def submission_rows(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
        return _submission_rows(probs, files, vocab, **change)

    return submission_rows


def _names_sorted_alone(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    return _submission_rows(probs, sorted(files), vocab)


def _as_they_came(probs: np.ndarray, files: Sequence[str], vocab: Sequence[str]) -> list[dict]:
    order = [Path(file).stem for file in files]
    return sorted(_submission_rows(probs, files, vocab), key=lambda row: order.index(row["id"]))


_FILES = ["test/c3.jpg", "test/a1.jpg", "test/b2.small.jpg"]
_TEST = np.array([[0.2, 0.1, 0.7], [0.5, 0.25, 0.249], [0.0, 0.6, 0.402]])

# ---------------------------------------------------------------- csv_faults


def _csv_faults(rows: Rows, files: Sequence[str]) -> dict[str, list[str]]:
    ids = [name for name, _ in rows]
    there = {Path(file).stem for file in files}
    return {
        "missing": sorted({name for name in ids if name not in there}),
        "twice": sorted(name for name, count in Counter(ids).items() if count > 1),
        "untidy": sorted({label for _, label in rows if label != label.strip()}),
    }


def _faults_but(name: str, change: Callable[[Rows, Sequence[str]], list[str]]) -> Callable:
    def csv_faults(rows: Rows, files: Sequence[str]) -> dict[str, list[str]]:
        return _csv_faults(rows, files) | {name: change(rows, files)}

    return csv_faults


def _ids(rows: Rows) -> list[str]:
    return [name for name, _ in rows]


_with_endings = _faults_but("missing", lambda rows, files: sorted(set(_ids(rows)) - set(files)))
_without_a_row = _faults_but(
    "missing", lambda rows, files: sorted({Path(file).stem for file in files} - set(_ids(rows)))
)
_each_time = _faults_but(
    "twice", lambda rows, files: sorted(name for name in _ids(rows) if _ids(rows).count(name) > 1)
)
_exactly_two = _faults_but(
    "twice", lambda rows, files: sorted(name for name, n in Counter(_ids(rows)).items() if n == 2)
)
_behind_alone = _faults_but(
    "untidy", lambda rows, files: sorted({label for _, label in rows if label != label.rstrip()})
)
_tidied = _faults_but(
    "untidy", lambda rows, files: sorted({label.strip() for _, label in rows if label != label.strip()})
)
_any_space = _faults_but("untidy", lambda rows, files: sorted({label for _, label in rows if " " in label}))

_THRICE = [("a1", "pug"), ("a10", "pug"), ("a10", "pug"), ("a10", "shiba inu")]
_TABLE = [("a1", "pug"), ("b2", "boxer "), ("a1", "boxer"), ("c3", "pug"), ("d4", " pug"), ("e5", "boxer ")]

EXERCISES = [
    Exercise(
        "stratified_split",
        "The indices that validate, in order: of each label the last `share`, rounded, but at least one.",
        answer=_stratified_split,
        cases=lambda rng: [
            (list("aabbabbbba"), 0.25),
            (_labels(rng), 0.2),
            (_labels(rng), 0.4),
            (list("abbbbcccbbbbbbbbb"), 0.15),
        ],
        hints=[
            "Go label by label: at which indices does it occur?",
            "`places = [i for i, other in enumerate(labels) if other == label]`",
            "`places[-k:]` are the last k of them. Collect those of all labels in one list, and sort that.",
        ],
        mistakes=[
            (_end_of_the_table, "the end of the table, whatever labels stand there"),
            (_by_alphabet, "the right pictures, but label by label: give them in order"),
            (_by_appearance, "the right pictures, but grouped by label: sort them once all are chosen"),
            (
                lambda labels, share: _stratified_split(labels, share, first=True),
                "the first of each label: take them from the end of its list",
            ),
            (
                lambda labels, share: _stratified_split(labels, share, lambda x: max(1, int(x))),
                "numbers rounded down: `int` drops the fraction, `round` goes to the nearest",
            ),
            (
                lambda labels, share: _stratified_split(labels, share, round),
                "without the 'at least one': when the number rounds to 0, `places[-0:]` is *all* of them",
            ),
        ],
    ),
    Exercise(
        "log_loss_of",
        "The mean of minus the log of the right class's probability, clipped to eps..1-eps.",
        answer=_log_loss_of,
        cases=[
            (_PROBS[:3], [0, 1, 0], 1e-7),
            (_PROBS, [1, 1, 2, 2], 1e-7),
            (_PROBS, [0, 2, 2, 0], 0.01),
            (_PROBS[::2], [0, 1], 0.3),
        ],
        hints=[
            "`probs[range(len(targets)), targets]` takes one probability out of each row.",
            "`.clip(eps, 1 - eps)` comes before `np.log`, which cannot take 0.",
        ],
        mistakes=[
            (_unclipped, "the loss without clipping: infinite as soon as one probability is 0"),
            (_of_the_answer, "the loss of what the model answers, not of what is right"),
            (_log_of_the_mean, "the log of the mean probability: first the log of each, then the mean"),
            (_to_base_ten, "logarithms to base 10: `np.log` is the natural one"),
            (_clipped_below, "clipped below only: a probability of 1 counts as 1 - eps"),
            (_eps_added, "eps added to every probability: clip those that are too small or too large"),
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
            (0.95, "a little surer than the model can be: the tenth picture costs 3.0"),
            (0.99, "being surer than the model can be: the tenth picture costs 4.6"),
            (0.5, "'I don't know', from a model that is right nine times out of ten"),
            (0.1, "the share of wrong answers, and with it the probability of the *other* class"),
            (90, "percent: probabilities go from 0 to 1"),
        ],
    ),
    Exercise(
        "wrong_labels",
        f"Mark at least {ENOUGH} of the four pictures whose label is wrong, and at most one other.",
        answer=None,
        judge=_wrong_labels,
        hints=[
            "They are among the most expensive pictures, so look at top losses. Not all of them are wrong.",
            "Enlarge a picture (click it), and compare it with others of the breed on its label: click that "
            "breed's cell on the diagonal.",
            "One is called a boxer and has the shaggy coat of a terrier; one is called a chihuahua and has "
            "the colours of a beagle.",
        ],
    ),
    Exercise(
        "fair_play",
        "For each of the six cases: is it fair (True), or does it make the figure worthless (False)?",
        answer={key: fair for key, (fair, _) in CASES.items()},
        judge=_fair_play,
        hints=[
            "What is the figure for? It should say how a model does on new pictures, and which is better.",
            "Is the figure measured on the pictures that are changed? If so: were they chosen by a model's "
            "mistakes or by the score, and are they still like new pictures?",
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
            (
                _rows_but(total=lambda row, probs: 1.0),
                "the probabilities as they are: some rows do not sum to 1",
            ),
            (_names_sorted_alone, "sorted names beside unsorted probabilities: pictures get each other's"),
            (_as_they_came, "the rows in the order of the files: sort them by id"),
            (_rows_but(id_of=lambda file: Path(file).name), "ids that keep their ending: take `.stem`"),
            (
                _rows_but(id_of=lambda file: str(Path(file).with_suffix(""))),
                "ids that keep their folder: take `.stem`",
            ),
            (
                _rows_but(id_of=lambda file: Path(file).name.split(".")[0]),
                "names cut at their first dot: the id of `b2.small.jpg` is `b2.small`",
            ),
            (
                _rows_but(total=lambda row, probs: float(np.sum(probs))),
                "divided by the sum of the whole table: divide each row by its own",
            ),
        ],
    ),
    Exercise(
        "csv_faults",
        "A table's faults: ids without a file, ids that come twice, labels with spaces around them.",
        answer=_csv_faults,
        cases=[
            (_TABLE, ["a1.jpg", "b2.jpg", "c3.jpg", "e5.jpg"]),
            ([("x", "pug")], ["x.jpg", "y.jpg"]),
            (_THRICE, ["a10.jpg"]),
        ],
        hints=[
            "Three questions, one line each. The first needs `Path(file).stem` of every file, as a set.",
            "`Counter(ids)` counts; `label != label.strip()` finds spaces around a label.",
            "Each name once: make a set, then `sorted` gives a list.",
        ],
        mistakes=[
            (_with_endings, "ids compared with whole file names: a1 is there, as a1.jpg"),
            (_without_a_row, "files without a row under `missing`: the exercise asks for ids without a file"),
            (_each_time, "an id that comes twice is listed each time: make a set first"),
            (_exactly_two, "ids that come exactly twice: what comes three times is a fault, too"),
            (_behind_alone, "labels with a space after them only: look at both ends, as `strip` does"),
            (
                _tidied,
                "labels after tidying: list them as they stand in the table, so that they can be found",
            ),
            (_any_space, "labels with a space anywhere: `shiba inu` is fine, `boxer ` is not"),
        ],
    ),
]

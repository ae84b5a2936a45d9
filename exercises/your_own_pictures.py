"""Exercises of `09_your_own_pictures`."""

import random
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from lab.exercises.exercise import Exercise

_UNUSABLE = {"Bella_6.jpg", "IMG_0042.jpg", "notes.jpg"}
_ODD = {*_UNUSABLE, "Kirby_6.png", "Kirby_7.png", "Cleo_6.png", "Cleo_7.jpg"}
_VERDICTS = ["relabel", "keep", "discard", "relabel", "keep"]


class _Names:
    """Names in any order: equal to every list, tuple or set of just these."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = set(names)

    def __eq__(self, other: object) -> bool:
        names = other.names if isinstance(other, _Names) else other
        return isinstance(names, list | tuple | set) and self.names == set(names)

    __hash__ = None


def _verdict(letter: str, word: str) -> list[str]:
    """The verdicts with another word for one picture."""
    return [word if place == "ABCDE".index(letter) else right for place, right in enumerate(_VERDICTS)]


def _label_of(name: str) -> str:
    return re.search(r"^[\d-]+_(.+)_\d+\.\w+$", name).group(1)


def _split_by(names: Sequence[str], held: Collection[str]) -> tuple[list[int], list[int]]:
    valid = [i for i, name in enumerate(names) if name in held]
    return [i for i, name in enumerate(names) if name not in held], valid


def _first_places(names: Sequence[str], held: Collection[str]) -> tuple[list[int], list[int]]:
    train, valid = _split_by(names, held)
    return [names.index(names[i]) for i in train], [names.index(names[i]) for i in valid]


def _parts_of_names(names: Sequence[str], held: Collection[str]) -> tuple[list[int], list[int]]:
    return _split_by(names, {name for name in names if any(animal in name for animal in held)})


def _herds(rng: random.Random) -> list[tuple[list[str], set[str]]]:
    animals = ["Bella", "Bruno", "Coco", "Duke", "Rex"]
    mixed = [rng.choice(animals) for _ in range(12)]
    return [
        (["Bella", "Bella", "Bruno", "Coco", "Bruno"], {"Bruno"}),
        ([*mixed, "Rex", "Bella"], {"Rex", "Coco"}),
        (["Rex", "Bella", "Rexine"], {"Rex"}),
    ]


def _share(matrix: Sequence[Sequence[int]], i: int, whole: int) -> float:
    return matrix[i][i] / whole


def _balanced(matrix: Sequence[Sequence[int]]) -> float:
    return sum(_share(matrix, i, sum(row)) for i, row in enumerate(matrix)) / len(matrix)


def _columns(matrix: Sequence[Sequence[int]]) -> float:
    columns = [sum(column) for column in zip(*matrix, strict=True)]
    return sum(_share(matrix, i, whole) for i, whole in enumerate(columns)) / len(matrix)


def _plain(matrix: Sequence[Sequence[int]]) -> float:
    return sum(row[i] for i, row in enumerate(matrix)) / sum(map(sum, matrix))


def _shares(matrix: Sequence[Sequence[int]]) -> list[float]:
    return [_share(matrix, i, sum(row)) for i, row in enumerate(matrix)]


def _rates(head: float, groups: int, factor: float) -> list[float]:
    return [head / factor ** (groups - 1 - i) for i in range(groups)]


def _hand_over(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    answered = [r for s, r in zip(sure, right, strict=True) if s >= threshold]
    return len(answered) / len(sure), sum(answered) / len(answered) if answered else 1.0


def _hand_over_of_all(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    share, accuracy = _hand_over(sure, right, threshold)
    return share, share * accuracy


def _above(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    answered = [r for s, r in zip(sure, right, strict=True) if s > threshold]
    return len(answered) / len(sure), sum(answered) / len(answered) if answered else 1.0


def _answered_alone(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    answered = [r for s, r in zip(sure, right, strict=True) if s >= threshold]
    return len(answered) / len(sure), sum(answered) / len(answered)


def _none_is_0(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    share, accuracy = _hand_over(sure, right, threshold)
    return share, accuracy if share else 0.0


def _counted(sure: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[float, float]:
    share, accuracy = _hand_over(sure, right, threshold)
    return share * len(sure), accuracy


def _ordered(function: Callable[..., Any]) -> Callable[..., tuple]:
    """The same with its two results exchanged."""
    return lambda *arguments: tuple(reversed(function(*arguments)))


EXERCISES = [
    Exercise(
        "unusable",
        "The names of the files that cannot be used as pictures, a list in any order.",
        answer=_Names(_UNUSABLE),
        hints=[
            "Ask of each file: does it hold all the pixels, whatever its name?",
            "A wrong ending, no colour, a table of colours, a note to turn it: programs can cope with these.",
            "Three are unusable: one has too few bytes, one has none at all, and one holds words.",
        ],
        mistakes=[
            (
                _Names([*_UNUSABLE, "Kirby_6.png"]),
                "one too many: the content decides what a file is, not its name",
            ),
            (_Names([*_UNUSABLE, "Kirby_7.png"]), "one too many: grey is red, green and blue in equal parts"),
            (
                _Names([*_UNUSABLE, "Cleo_6.png"]),
                "one too many: every pixel's colour can be looked up in the table",
            ),
            (
                _Names([*_UNUSABLE, "Cleo_7.jpg"]),
                "one too many: the note is in the file, and a program can follow it",
            ),
            (
                _Names(_UNUSABLE - {"Bella_6.jpg"}),
                "one too few: half a picture looks like a picture until you decode it to the end",
            ),
            (_Names(_ODD), "all seven: odd is not unusable. Four of them hold every pixel"),
        ],
    ),
    Exercise(
        "label_of",
        "The breed in a file name such as '2024-05-01_beagle_003.jpg'.",
        answer=_label_of,
        cases=[
            ("2024-05-01_beagle_003.jpg",),
            ("2023-12-24_basset_hound_1.jpeg",),
            ("2024-01-09_english_cocker_spaniel_0412.JPG",),
            ("1999-02-28_pug_77.png",),
        ],
        hints=[
            "What comes before the first underscore, and what after the last one?",
            'Split at "_", leave out the first and the last part, and join what is left with "_".',
            r"As a pattern: ^[\d-]+_(.+)_\d+\.\w+$ ; group 1 is the breed.",
        ],
        mistakes=[
            (
                lambda name: name.split("_")[1],
                "only the second part: 'basset_hound' has an underscore of its own",
            ),
            (
                lambda name: re.sub(r"\.\w+$", "", name).partition("_")[2],
                "the date is gone, the number is still there",
            ),
            (
                lambda name: name.rpartition("_")[0],
                "the number is gone, the date is still there",
            ),
            (
                lambda name: name[11:-8],
                "letters counted: numbers and endings differ in length. Look for the underscores",
            ),
            (
                lambda name: _label_of(name).replace("_", " "),
                "a space where the breed has an underscore: join the parts with '_'",
            ),
            (
                lambda name: "".join(name.split("_")[1:-1]),
                "the parts of the breed run together: join them with '_'",
            ),
        ],
    ),
    Exercise(
        "split_by",
        "(training indices, validation indices): the pictures of the animals in `held` are for validation.",
        answer=_split_by,
        cases=_herds,
        hints=[
            "`enumerate(names)` gives each index with its name.",
            "`[i for i, name in enumerate(names) if name in held]` are the indices for validation.",
        ],
        mistakes=[
            (_ordered(_split_by), "the two lists in the wrong order: training comes first"),
            (
                lambda names, held: ([n for n in names if n not in held], [n for n in names if n in held]),
                "the names; return their indices in the list",
            ),
            (
                _first_places,
                "`names.index` finds the first picture of an animal each time: use `enumerate`",
            ),
            (
                _parts_of_names,
                "'Rex' is found in 'Rexine' too: ask whether the whole name is in `held`",
            ),
            (
                lambda names, held: (list(range(len(names))), _split_by(names, held)[1]),
                "the pictures of the held animals are among the training pictures too: leave them out",
            ),
            (
                lambda names, held: ([n not in held for n in names], [n in held for n in names]),
                "True or False for each picture; return the indices",
            ),
        ],
    ),
    Exercise(
        "balanced",
        "The mean, over the rows, of the share of the row that is on the diagonal.",
        answer=_balanced,
        cases=[
            ([[90, 10], [5, 5]],),
            ([[100, 0], [10, 0]],),
            ([[18, 2, 0], [4, 6, 0], [0, 1, 4]],),
            ([[7, 0], [0, 3]],),
        ],
        hints=[
            "Row i is class i: `row[i]` of its pictures are right. Out of how many?",
            "`shares = [row[i] / sum(row) for i, row in enumerate(matrix)]`, and then their mean.",
        ],
        mistakes=[
            (_plain, "the plain accuracy: a large class counts more than a small one"),
            (_columns, "shares of the columns (precision); the truth is in the rows"),
            (_shares, "the share of each row; return their mean, one number"),
            (lambda matrix: sum(_shares(matrix)), "the sum of the shares; divide by the number of classes"),
            (
                lambda matrix: sum(max(row) / sum(row) for row in matrix) / len(matrix),
                "the largest number of each row; the right answers of row i are `row[i]`",
            ),
            (
                lambda matrix: 1 - _balanced(matrix),
                "the balanced error: the share of wrong answers instead of right ones",
            ),
        ],
    ),
    Exercise(
        "verdicts",
        "Five words, 'relabel', 'discard' or 'keep', for the pictures A to E.",
        answer=_VERDICTS,
        hints=[
            "Beagle, basset hound, Ragdoll or pug: what does each one show? Is that what the caption says?",
            "One shows no animal at all, and two show another breed than their caption says.",
        ],
        mistakes=[
            (_verdict("C", "relabel"), "C shows no animal, so no label would be true"),
            (_verdict("C", "keep"), "C shows no animal: kept, it teaches that an empty lawn is a beagle"),
            (_verdict("B", "relabel"), "B is what its caption says: a Ragdoll"),
            (_verdict("E", "relabel"), "E is what its caption says: look at the long ears"),
            (
                ["discard", "keep", "discard", "discard", "keep"],
                "A and D are good pictures with a wrong label: correct the label",
            ),
            (
                ["keep", "keep", "discard", "keep", "keep"],
                "A and D show another breed than their captions say: compare the animal with the label",
            ),
        ],
    ),
    Exercise(
        "rates",
        "The rates from the first layers to the head, each `factor` times smaller than the next.",
        answer=_rates,
        cases=[(1e-3, 3, 10), (1e-2, 2, 3), (0.5, 4, 2), (3e-3, 1, 10)],
        tolerance=1e-9,
        hints=[
            "The last in the list is the head's rate itself. What is the one before it?",
            "Group i (from 0) is `groups - 1 - i` steps away from the head.",
            "`[head / factor ** (groups - 1 - i) for i in range(groups)]`",
        ],
        mistakes=[
            (lambda *a: list(reversed(_rates(*a))), "the wrong way round: the first layers learn slowest"),
            (
                lambda head, groups, factor: [head / factor ** (groups - i) for i in range(groups)],
                "all rates are one step too small: the head's own is the last",
            ),
            (
                lambda head, groups, factor: [head / (factor * (groups - 1 - i) or 1) for i in range(groups)],
                "divided by multiples of the factor; divide by its powers: 1, factor, factor ** 2 ...",
            ),
            (
                lambda head, groups, factor: [head / factor] * (groups - 1) + [head],
                "one rate for the whole body; each group gets its own",
            ),
            (
                lambda head, groups, factor: [head * factor ** (groups - 1 - i) for i in range(groups)],
                "multiplied instead of divided: the first layers would learn fastest",
            ),
            (
                lambda head, groups, _factor: _rates(head, groups, 10),
                "always a factor of 10; use `factor`",
            ),
        ],
    ),
    Exercise(
        "hand_over",
        "(share of the pictures that are answered, accuracy on those), for a threshold.",
        answer=_hand_over,
        cases=[
            ([0.99, 0.6, 0.8, 0.95], [True, False, True, True], 0.8),
            ([0.99, 0.6, 0.8, 0.95, 0.7], [False, False, True, True, True], 0.65),
            ([0.5, 0.6], [True, True], 0.9),
            ([0.9, 0.4, 0.7], [True, False, False], 0.0),
        ],
        hints=[
            "First make a list of only those entries of `right` whose `sure` is large enough.",
            "Its length divided by that of all is the share; its mean is the accuracy. Mind the empty list.",
        ],
        mistakes=[
            (
                _hand_over_of_all,
                "right answers among all pictures; divide by the number of those answered",
            ),
            (_above, "a picture exactly at the threshold is answered too: `>=`, not `>`"),
            (_ordered(_hand_over), "the two numbers swapped: the share comes first"),
            (_answered_alone, "0 / 0 where no picture is answered: return 1.0 as the accuracy then"),
            (_none_is_0, "0 where no picture is answered; nothing was wrong, so the accuracy is 1.0 there"),
            (_counted, "how many are answered; divide by the number of pictures"),
        ],
    ),
]

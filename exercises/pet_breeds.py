"""Exercises of `05_pet_breeds`."""

import math
import random
import re
from collections.abc import Callable

import numpy as np

from lab.core.optimisers import group_rates
from lab.exercises.exercise import Exercise


def _labeller(pattern: str, search: Callable = re.fullmatch, flags: int = re.IGNORECASE) -> Callable:
    """A function that gives what the second brackets of the pattern hold, or ''."""

    def breed_of(name: str) -> str:
        found = search(pattern, name, flags)
        return found[2] if found else ""

    return breed_of


_PATTERN = r"(cat|dog)-(.+)-\d+\.jpe?g"
_breed_of = _labeller(_PATTERN)
_any_dot = _labeller(_PATTERN.replace(r"\.", "."))
_no_end = _labeller(_PATTERN, re.match)
_anywhere = _labeller(_PATTERN + "$", re.search)
_small_letters = _labeller(_PATTERN, flags=0)


def _by_hyphens(name: str) -> str:
    return name.split("-")[1]


_NAMES = (
    "dog-great_pyrenees-0173.jpg",
    "cat-Ragdoll-12.jpeg",
    "dog-shar-pei-5.jpg",
    "cat-Maine_Coon-7.JPG",
    "dog-boxer.jpg",
    "dog-pug-3xjpg",
    "dog-pug-3.jpg.part",
    "old-dog-pug-3.jpg",
)


def _split_by_animal(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    names = sorted(set(animals))
    held_out = set(names[-max(1, round(share * len(names))) :])
    train = [i for i, name in enumerate(animals) if name not in held_out]
    return train, [i for i, name in enumerate(animals) if name in held_out]


def _split_by_picture(animals: list[str], share: float) -> tuple[list[int], list[int]]:
    first = len(animals) - max(1, round(share * len(animals)))
    return list(range(first)), list(range(first, len(animals)))


def _animals(rng: random.Random) -> list[tuple[list[str], float]]:
    def pictures(names: str, n: int) -> list[str]:
        return [rng.choice(names.split()) for _ in range(n)]

    known = ["Minka", "Bello", "Minka", "Rex", "Bello", "Tiger"]
    return [(known, 0.25), (pictures("Luna Max Nala Ole Pepe", 14), 0.4), (["A", "B", "A"], 0.1)]


def _count_steps(pictures: int, bs: int, freeze_epochs: int, epochs: int) -> int:
    return math.ceil(pictures / bs) * (freeze_epochs + epochs)


def _unsorted(
    matrix: np.ndarray, vocab: list[str], min_val: int, diagonal: bool = False, reverse: bool = False
) -> list[tuple]:
    """All cells in the order of the matrix; reverse: sorted upwards and then turned round."""
    places = [(i, j) for i, j in np.ndindex(*matrix.shape) if diagonal or i != j]
    cells = [(vocab[i], vocab[j], int(matrix[i, j])) for i, j in places if matrix[i, j] >= min_val]
    return sorted(cells, key=lambda cell: cell[2])[::-1] if reverse else cells


def _most_confused(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return sorted(_unsorted(matrix, vocab, min_val), key=lambda cell: -cell[2])


def _with_diagonal(matrix: np.ndarray, vocab: list[str], min_val: int) -> list[tuple[str, str, int]]:
    return sorted(_unsorted(matrix, vocab, min_val, diagonal=True), key=lambda cell: -cell[2])


def _turned(
    matrix: np.ndarray, vocab: list[str], min_val: int, reverse: bool = False
) -> list[tuple[str, str, int]]:
    cells = [(b, a, n) for a, b, n in _unsorted(matrix, vocab, min_val)]
    return sorted(cells, key=lambda cell: cell[2] if reverse else -cell[2])


_MATRIX = np.array([[7, 0, 2, 0], [1, 9, 0, 0], [4, 0, 5, 1], [0, 3, 0, 8]])
_VOCAB = ["Birman", "pug", "Ragdoll", "shiba_inu"]


def _rates_of(lr: float | slice, n: int) -> list[float]:
    return group_rates(lr, n)


def _evenly(lr: float | slice, n: int) -> list[float]:
    if isinstance(lr, slice) and lr.start is not None:
        return np.linspace(lr.start, lr.stop, n).tolist()
    return group_rates(lr, n)


def _stop_for_all(lr: float | slice, n: int) -> list[float]:
    return group_rates(lr.stop if isinstance(lr, slice) and lr.start is None else lr, n)


def _largest_batch(gigabytes: float, parameters: int, numbers: int) -> int:
    left = gigabytes * 2**30 - 4 * 4 * parameters
    return max(0, math.floor(left / (4 * numbers)))


def _weights_once(gigabytes: float, parameters: int, numbers: int) -> int:
    return max(0, math.floor((gigabytes * 2**30 - 4 * parameters) / (4 * numbers)))


def _no_weights(gigabytes: float, parameters: int, numbers: int) -> int:
    return math.floor(gigabytes * 2**30 / (4 * numbers))


EXERCISES = [
    Exercise(
        "breed_of",
        "The breed in a name such as dog-great_pyrenees-0173.jpg, and '' for any other kind of name.",
        answer=_breed_of,
        cases=[(name,) for name in _NAMES],
        hints=[
            "Four parts: cat or dog, the breed, digits, the ending. Brackets around what you want back.",
            "`re.fullmatch(pattern, name, re.IGNORECASE)` matches the whole name or gives None; `found[1]` "
            "is what the first brackets hold.",
            r"A point that means a point is `\.`; `e?` is an e or nothing; `(?:cat|dog)` are brackets that "
            "do not count. Breeds may hold a hyphen, so take `.+` for them.",
        ],
        mistakes=[
            (_by_hyphens, "the part between the first two hyphens: a shar-pei has one in its own name"),
            (_any_dot, r"a pattern in which `.` stands for any character; write `\.` for a point"),
            (_no_end, "a pattern that does not look at the end of the name: .jpg.part is no picture yet"),
            (_anywhere, "a pattern that looks anywhere in the name, not from its start"),
            (_small_letters, "a pattern for small letters only: cameras write .JPG"),
        ],
    ),
    Exercise(
        "split_by_animal",
        "(training indices, validation indices): the last `share` of the animals validate, with all their "
        "pictures.",
        answer=_split_by_animal,
        cases=_animals,
        hints=[
            "First decide which animals validate, then which pictures.",
            "`sorted(set(animals))` has each animal once, in alphabetical order.",
            "`max(1, round(share * len(names)))` of them, from the end; then use `enumerate(animals)`.",
        ],
        mistakes=[
            (_split_by_picture, "a split of the pictures: an animal can end up on both sides"),
            (
                lambda animals, share: _split_by_animal(animals, share)[::-1],
                "the two lists the wrong way round: training comes first",
            ),
        ],
    ),
    Exercise(
        "count_steps",
        "How many batches does `fine_tune(epochs, freeze_epochs=...)` train on?",
        answer=_count_steps,
        cases=[(1184, 64, 1, 2), (640, 64, 1, 4), (5912, 64, 3, 6), (10, 64, 1, 1)],
        hints=[
            "How many batches are in one epoch, when the last one may be smaller?",
            "`math.ceil(pictures / bs)` rounds up. Both phases go through all pictures.",
        ],
        mistakes=[
            (lambda n, bs, f, e: n // bs * (f + e), "it leaves out the last, smaller batch of each epoch"),
            (lambda n, bs, f, e: math.ceil(n / bs) * e, "it forgets the epochs in which the body is frozen"),
            (
                lambda n, bs, f, e: math.ceil(n * (f + e) / bs),
                "batches that reach into the next epoch",
            ),
        ],
    ),
    Exercise(
        "most_confused",
        "(truth, predicted, count) of each mistake made min_val times or more, the most frequent first.",
        answer=_most_confused,
        cases=[(_MATRIX, _VOCAB, 1), (_MATRIX, _VOCAB, 3), (_MATRIX, _VOCAB, 9)],
        hints=[
            "Row i, column j: so many pictures of class i were taken for class j. Which are right?",
            "Two loops over `range(len(vocab))`; leave out `i == j`.",
            "`sorted(found, key=lambda cell: -cell[2])` puts the largest first, equals as they were.",
        ],
        mistakes=[
            (_with_diagonal, "it lists the right answers too: on the diagonal truth and prediction agree"),
            (_unsorted, "all the cells, but not in order of their counts"),
            (_turned, "truth and prediction the wrong way round: the row is the truth"),
            (
                lambda matrix, vocab, min_val: _most_confused(matrix, vocab, min_val + 1),
                "more than min_val; `min_val` itself counts as well: `>=`",
            ),
            (
                lambda matrix, vocab, min_val: _most_confused(np.triu(matrix), vocab, min_val),
                "only what is above the diagonal: A taken for B and B taken for A are two mistakes",
            ),
            (
                lambda matrix, vocab, min_val: _unsorted(matrix, vocab, min_val, reverse=True),
                "equal counts back to front: `reverse()` turns them too, `sorted(…, reverse=True)` does not",
            ),
            (
                lambda matrix, vocab, min_val: _turned(matrix, vocab, min_val, reverse=True),
                "two things: the row is the truth and comes first; and the largest count comes first",
            ),
            (
                lambda matrix, vocab, min_val: sorted(
                    _most_confused(matrix, vocab, min_val), key=lambda x: x[2]
                ),
                "the smallest count first: sort by minus the count",
            ),
        ],
    ),
    Exercise(
        "rates_of",
        "One learning rate for each of n layer groups, from a number, a slice(last) or a slice(first, last).",
        answer=_rates_of,
        cases=[(3e-3, 3), (slice(1e-6, 1e-4), 3), (slice(1e-4, 2e-3), 4), (slice(2e-3), 3)],
        tolerance=1e-9,
        hints=[
            "`isinstance(lr, slice)`; its ends are `lr.start` and `lr.stop`, and a missing start is None.",
            "From each group to the next the rate is multiplied by the same factor: n - 1 times in all.",
            "`factor = (lr.stop / lr.start) ** (1 / (n - 1))`; the i-th group gets `lr.start * factor**i`.",
        ],
        mistakes=[
            (_evenly, "rates the same distance apart; they should be the same *factor* apart"),
            (
                _stop_for_all,
                "slice(last) is the rate of the last group; the others get a tenth of it",
            ),
        ],
    ),
    Exercise(
        "epochs_to_train",
        "For how many epochs would you train anew, going by the table? A whole number.",
        answer=9,
        hints=[
            "What is the model for: a small validation loss, or few mistakes?",
            "Find the row with the lowest error rate, then count the epochs up to and with that row.",
        ],
        mistakes=[
            (8, "the number of the row; the rows count from 0, so nine epochs were trained by then"),
            (5, "the epoch with the lowest validation loss; the mistakes went on getting fewer"),
            (4, "the number of the row with the lowest validation loss"),
            (12, "all of them; after the best epoch it only got worse"),
        ],
    ),
    Exercise(
        "largest_batch",
        "How many pictures at once fit into the memory, beside the weights and what AdamW keeps of them?",
        answer=_largest_batch,
        cases=[
            (8, 21_809_765, 11_424_000),
            (4, 25_600_000, 32_200_000),
            (0.1, 60_000_000, 66_500_000),
            (2, 0, 300_000_000),
        ],
        hints=[
            "How many bytes are gone before the first picture? Four numbers for every parameter.",
            "A gigabyte is 2**30 bytes, a number four bytes. Divide what is left by a picture's bytes.",
            "Round down, and never below 0: `max(0, int(left // (4 * numbers)))`.",
        ],
        mistakes=[
            (
                _weights_once,
                "it counts each weight once, without its gradient and AdamW's two averages",
            ),
            (_no_weights, "it counts the pictures only; the weights take room too"),
        ],
    ),
]

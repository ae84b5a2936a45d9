"""Exercises of `01_first_classifier`."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.exercises.exercise import Exercise

_MISLABELLED = "cat.400.jpg"  # in valid/cats, and a dog
_EIGHT = ["dog", "cat", "cat", "dog", "dog", "cat", "dog", "cat"]


def _but(*places: int) -> list[str]:
    """The eight labels with some of them, counted from 1, taken for the other."""
    other = {"cat": "dog", "dog": "cat"}
    return [other[word] if number in places else word for number, word in enumerate(_EIGHT, 1)]


def _how_many(width: int, height: int) -> int:
    return width * height * 3


def _accuracy(predicted: Sequence[str], truth: Sequence[str]) -> float:
    return sum(p == t for p, t in zip(predicted, truth, strict=True)) / len(truth)


def _labels(rng: random.Random) -> list[tuple[list[str], list[str]]]:
    def draw(n: int) -> tuple[list[str], list[str]]:
        return [rng.choice(["cat", "dog"]) for _ in range(n)], [rng.choice(["cat", "dog"]) for _ in range(n)]

    return [
        (["cat", "dog", "cat", "cat"], ["cat", "dog", "dog", "cat"]),
        draw(7),
        draw(20),
        (["dog"] * 3, ["dog"] * 3),
    ]


def _baseline(counts: dict[str, int]) -> float:
    return max(counts.values()) / sum(counts.values())


def _least_sure(rows: Sequence[Sequence[float]]) -> int:
    best = [max(row) for row in rows]
    return best.index(min(best))


def _margin(row: Sequence[float]) -> float:
    *_, second, first = [0.0, *sorted(row)]
    return first - second


def _flat(rows: Sequence[Sequence[float]]) -> list[float]:
    return [p for row in rows for p in row]


def _relabelled(gallery: Any) -> Any:
    """What is still wrong with the marks of a gallery; `...` where there are none."""
    if not hasattr(gallery, "marks"):
        return "this is not the gallery. Pass the panel itself: `course.check('relabel', gallery)`"
    marks = {Path(path).name: mark for path, mark in gallery.marks.decided().items()}
    if not marks:
        return ...
    wrong = marks.pop(_MISLABELLED, None)
    changed = [name for name, mark in sorted(marks.items()) if mark.kind == "relabel"]
    gone = [name for name, mark in sorted(marks.items()) if mark.kind == "discard"]
    lacking = []
    if changed:
        lacking.append(
            f"you changed a label that was right ({', '.join(changed)}): there the model is wrong. "
            "Press relabel again to take the mark off"
        )
    if gone:
        lacking.append(
            f"you discarded what belongs here, a cat or a dog ({', '.join(gone)}). Press discard again"
        )
    if wrong is None:
        lacking.append(
            "the wrong label is still there. Open the cell of the cats taken for dogs and look at each "
            "animal's nose and ears"
        )
    elif wrong.kind == "keep":
        lacking.append("you marked a wrong label as right: among those you kept, one cat is a dog")
    elif wrong.kind == "discard":
        lacking.append(
            "you found the picture, but threw it away. It is a good picture of a dog; only its label is "
            "wrong: relabel it"
        )
    return ". And ".join(lacking)


def _answer(labels: Sequence[str], probs: Sequence[float]) -> tuple[str, float]:
    best = max(range(len(probs)), key=lambda i: probs[i])
    return labels[best], probs[best]


EXERCISES = [
    Exercise(
        "by_eye",
        "The labels of the eight pictures in order, a list of 'cat' and 'dog'.",
        answer=_EIGHT,
        hints=[
            "A cat's pupil is a slit, a dog's is round. In a dog's face the nose is large and black.",
            "Four are cats, four are dogs. A dog can have pointed ears: look at picture 4 again.",
        ],
        mistakes=[
            (_but(1), "picture 1 is a dog: its pupils are round and its nose is black"),
            (_but(4), "picture 4 is a dog: a chihuahua has ears like a cat, but look at its muzzle"),
            (_but(5), "picture 5 is a dog: its pupils are round and its nose is black"),
            (_but(7), "picture 7 is a dog: its pupils are round and its nose is black"),
            (_but(8), "picture 8 is a cat, one without fur: its pupil is a slit"),
            (_but(6), "picture 6 is a cat, a long-haired one: its pupils are slits and its nose is small"),
            (_but(3), "picture 3 is a cat, a long-haired one: its pupils are slits and its nose is small"),
            (
                _but(1, 5, 7),
                "pointed ears alone: pictures 1, 5 and 7 have them, but the eyes and nose of a dog",
            ),
            (_but(1, 4, 5, 7), "all cats: four of them are dogs with pointed ears. Look at eyes and nose"),
            ([f"{word}s" for word in _EIGHT], "right, but write the words as 'cat' and 'dog', without the s"),
            (
                [word.title() for word in _EIGHT],
                "right, but write the words as 'cat' and 'dog', in lower case",
            ),
        ],
    ),
    Exercise(
        "how_many",
        "How many numbers a colour picture of this width and height holds.",
        answer=_how_many,
        cases=[(24, 24), (363, 363), (500, 200), (1, 1)],
        hints=[
            "How many pixels are there, and how many numbers is each of them?",
            "Each pixel is three numbers: red, green and blue.",
        ],
        mistakes=[
            (lambda width, height: width * height, "the number of pixels; each of them is three numbers"),
            (lambda width, height: width + height + 3, "a sum: rows, columns and colours are multiplied"),
            (
                lambda width, height: 3 * (width + height),
                "width plus height; a picture has width times height pixels",
            ),
            (
                lambda width, height: width * height + 3,
                "3 added once; each pixel has three numbers, so multiply",
            ),
            (lambda width, height: width * width * 3, "the width twice: the height is not used"),
            (
                lambda width, height: width * height * 3 * 256,
                "256 is how many values a number can have, not how many numbers there are",
            ),
            (
                lambda width, height: (height, width, 3),
                "the shape; how many numbers that makes is the product of the three",
            ),
        ],
    ),
    Exercise(
        "accuracy",
        "The share, 0 to 1, of the places where two lists of labels agree.",
        answer=_accuracy,
        cases=_labels,
        hints=[
            "Count the places where both lists have the same word; `zip` goes through both at once.",
            "`sum(p == t for p, t in zip(predicted, truth))` counts. A share is a count divided by what?",
        ],
        mistakes=[
            (
                lambda predicted, truth: 1 - _accuracy(predicted, truth),
                "the error rate: how often the two differ",
            ),
            (
                lambda predicted, truth: 100 * _accuracy(predicted, truth),
                "percent; a share is 0 to 1",
            ),
            (
                lambda predicted, truth: sum(p == t for p, t in zip(predicted, truth, strict=True)),
                "how many are right; divide by how many there are",
            ),
            (
                lambda predicted, truth: float(predicted == truth),
                "`==` between two lists asks whether they are the same from end to end; compare them place "
                "by place, with `zip`",
            ),
            (
                lambda predicted, truth: int(predicted[0] == truth[0]) / len(truth),
                "only the first pair was looked at: `return` is inside the loop. Move it out",
            ),
            (
                lambda predicted, truth: sum(p in truth for p in predicted) / len(truth),
                "whether a label occurs anywhere in the other list; it should be the same at the same place",
            ),
        ],
    ),
    Exercise(
        "baseline",
        "The accuracy of always giving the same label, the best one for these counts.",
        answer=_baseline,
        cases=[
            ({"cats": 100, "dogs": 100},),
            ({"deer": 3, "no deer": 97},),
            ({"cats": 10, "dogs": 70, "birds": 20},),
            ({"pug": 5, "beagle": 5, "boxer": 5, "husky": 6},),
        ],
        hints=[
            "Which label would you give, if you had to give the same one to every picture?",
            "The label of the largest class. That gets `max(counts.values())` right, out of how many?",
        ],
        mistakes=[
            (
                lambda counts: 1 / len(counts),
                "what a fair die would get; always naming the largest class gets more",
            ),
            (lambda counts: min(counts.values()) / sum(counts.values()), "the share of the smallest class"),
            (lambda counts: max(counts.values()), "how many are right; divide by how many there are"),
            (
                lambda counts: max(counts, key=counts.get),
                "the label that the lazy answer gives; the accuracy it gets was asked for",
            ),
            (
                lambda counts: max(counts.values()) / len(counts),
                "divided by the number of classes; divide by the number of pictures",
            ),
            (
                lambda counts: 1 - max(counts.values()) / sum(counts.values()),
                "how often the lazy answer is wrong; the accuracy is how often it is right",
            ),
        ],
    ),
    Exercise(
        "least_sure",
        "The place of the row whose largest probability is the smallest of all.",
        answer=_least_sure,
        cases=[
            ([[0.9, 0.1], [0.45, 0.55], [0.2, 0.8]],),
            ([[0.4, 0.6], [0.97, 0.03], [0.48, 0.52]],),
            ([[0.7, 0.2, 0.1], [0.34, 0.36, 0.3], [0.05, 0.9, 0.05], [0.0, 0.5, 0.5]],),
            ([[0.5, 0.45, 0.05], [0.3, 0.3, 0.4], [0.1, 0.46, 0.44]],),
            ([[1.0, 0.0]],),
        ],
        hints=[
            "How sure the model was of a picture: that is the largest number in its row.",
            "`best = [max(row) for row in rows]`; now the place of the smallest of these.",
            "`best.index(min(best))`",
        ],
        mistakes=[
            (
                lambda rows: [row[0] for row in rows].index(min(row[0] for row in rows)),
                "the lowest probability of the first class: there the model may be very sure of another",
            ),
            (
                lambda rows: [min(row) for row in rows].index(min(map(min, rows))),
                "the row with the smallest number: there it was surest of what the picture is *not*",
            ),
            (
                lambda rows: [max(row) for row in rows].index(max(map(max, rows))),
                "the picture that it was most sure of",
            ),
            (lambda rows: min(max(row) for row in rows), "the probability itself; return its place"),
            (lambda rows: min(rows, key=max), "the row itself; return its place in the list"),
            (
                lambda rows: [abs(row[0] - 0.5) for row in rows].index(
                    min(abs(row[0] - 0.5) for row in rows)
                ),
                "the row whose first probability is nearest 0.5; that works for two classes only",
            ),
            (
                lambda rows: [_margin(row) for row in rows].index(min(map(_margin, rows))),
                "the row whose two best are closest together, which is another measure; the lowest best "
                "probability was asked for",
            ),
            (
                lambda rows: _flat(rows).index(min(_flat(rows))),
                "the place of the smallest number of all, counted through every row",
            ),
        ],
    ),
    Exercise(
        "relabel",
        "In the gallery, give the one picture whose label is wrong its right label, and change no other.",
        answer=None,
        judge=_relabelled,
        hints=[
            "Cover the captions and say aloud what each picture shows. Then read its truth.",
            "Click the cell in row cats, column dogs: the picture is among the cats taken for dogs.",
            "No cat has hanging ears and a large black nose. Press relabel under that picture.",
        ],
    ),
    Exercise(
        "answer",
        "The pair (label, probability) of the most probable class.",
        answer=_answer,
        cases=[
            (["cats", "dogs"], [0.2, 0.8]),
            (["cats", "dogs"], [0.51, 0.49]),
            (["pug", "beagle", "boxer"], [0.25, 0.35, 0.4]),
            (["a", "b", "c", "d"], [0.97, 0.01, 0.01, 0.01]),
        ],
        hints=[
            "Label and probability at the same place of the two lists belong together.",
            "`best = probs.index(max(probs))` is the place; now take what stands there in both lists.",
        ],
        mistakes=[
            (
                lambda labels, probs: (probs.index(max(probs)), max(probs)),
                "the place of the label; return the word that stands there",
            ),
            (
                lambda labels, probs: labels[probs.index(max(probs))],
                "the label alone; return its probability too",
            ),
            (
                lambda labels, probs: (max(probs), labels[probs.index(max(probs))]),
                "the right two things in the wrong order",
            ),
            (
                lambda labels, probs: (labels[probs.index(min(probs))], min(probs)),
                "the least probable class",
            ),
            (
                lambda labels, probs: (labels[0], max(probs)),
                "always the first label: take the one at the place of the largest probability",
            ),
            (
                lambda labels, probs: max(zip(labels, probs, strict=True)),
                "`max` of pairs compares the labels first, alphabetically; compare the probabilities",
            ),
            (
                lambda labels, probs: (labels[probs.index(max(probs))], 100 * max(probs)),
                "percent; a probability is 0 to 1",
            ),
        ],
    ),
]

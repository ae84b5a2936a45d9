"""Exercises of `03_augmentation`."""

import math
import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lab.exercises.exercise import Exercise

Suits = dict[str, tuple[bool, bool]]


def _picture(rng: random.Random, height: int, width: int) -> Tensor:
    return torch.tensor([[[rng.random() for _ in range(width)] for _ in range(height)] for _ in range(3)])


def _pictures(rng: random.Random) -> list[tuple[Tensor]]:
    return [(_picture(rng, 2, 3),), (_picture(rng, 3, 3),), (_picture(rng, 4, 2),)]


_SUITS: Suits = {
    "pets": (True, False),
    "satellite": (True, True),
    "digits": (False, False),
    "chest x-rays": (False, False),
    "blood cells": (True, True),
    "cars": (True, False),
}
_WHY = {
    "pets": "a pet may look to the left or to the right, and photos of pets upside down are rare",
    "satellite": "seen from above, no side is up: all eight symmetries show a place that could be",
    "digits": "6 and 9 are the same upside down, and a mirrored digit is no digit at all",
    "chest x-rays": "the heart lies on one side: mirrored, a healthy picture shows a rare disease",
    "blood cells": "under a microscope no side is up, and none is left",
    "cars": "a car may drive to the left or to the right, and stands on its wheels",
}


def _wrong_suits() -> list[tuple[Suits, str]]:
    """Every answer that errs in one kind of picture, and why it errs."""
    pairs = [(flip, flip_vert) for flip in (False, True) for flip_vert in (False, True)]
    return [
        ({**_SUITS, kind: pair}, f"right but for {kind!r}: {_WHY[kind]}")
        for kind, right in _SUITS.items()
        for pair in pairs
        if pair != right
    ]


def _crop_box(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    area = scale * width * height
    return round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))


def _turn(degrees: float) -> Tensor:
    angle = math.radians(degrees)
    cos, sin = math.cos(angle), math.sin(angle)
    return torch.tensor([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])


def _compose(matrices: Sequence[Tensor]) -> Tensor:
    product = torch.eye(3)
    for matrix in matrices:
        product = product @ matrix
    return product


def _folded(times: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Sequence[Tensor]], Tensor]:
    """A way of composing that is not the product: `times` from left to right."""

    def wrong(matrices: Sequence[Tensor]) -> Tensor:
        result = matrices[0]
        for matrix in matrices[1:]:
            result = times(result, matrix)
        return result

    return wrong


def _chains(rng: random.Random) -> list[tuple[list[Tensor]]]:
    def crop() -> Tensor:
        extent = rng.uniform(0.3, 0.8)
        x, y = rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2)
        return torch.tensor([[extent, 0.0, x], [0.0, extent, y], [0.0, 0.0, 1.0]])

    flip = torch.diag(torch.tensor([-1.0, 1.0, 1.0]))
    return [
        ([crop(), _turn(20)],),
        ([_turn(-35), crop(), flip],),
        ([flip, crop(), _turn(90), crop()],),
        ([],),
    ]


def _standard_error(error: float, n: int) -> float:
    return math.sqrt(error * (1 - error) / n)


def _average(log_probs: Tensor) -> Tensor:
    return log_probs.exp().mean(dim=0)


def _draws(rng: random.Random) -> list[tuple[Tensor]]:
    def draws(k: int, n: int, c: int) -> Tensor:
        acts = torch.tensor([[[rng.gauss(0, 3) for _ in range(c)] for _ in range(n)] for _ in range(k)])
        return torch.log_softmax(acts, dim=-1)

    return [(draws(2, 1, 3),), (draws(5, 4, 2),), (draws(3, 3, 3),)]


EXERCISES = [
    Exercise(
        "mirror",
        "Swap left and right in a picture: a tensor of shape (3, height, width).",
        answer=lambda picture: picture.flip(2),
        cases=_pictures,
        hints=[
            "The columns should come in the opposite order. Which of the three dimensions counts columns?",
            "`tensor.flip(d)` turns the order around along dimension d; d = 0 is colours, 1 is rows.",
        ],
        mistakes=[
            (lambda picture: picture.flip(1), "upside down: dimension 1 counts the rows"),
            (lambda picture: picture.flip(0), "red and blue swapped: dimension 0 counts the colours"),
            (lambda picture: picture.flip(1, 2), "half a turn: rows and columns are turned around"),
            (lambda picture: picture.transpose(1, 2), "mirrored about the diagonal: rows became columns"),
        ],
    ),
    Exercise(
        "suits",
        "For each kind of picture decide (flip, flip_vert), two times True or False: pets, satellite (seen "
        "from above), digits, chest x-rays, blood cells (under a microscope), cars (seen from the side).",
        answer=_SUITS,
        hints=[
            "Ask for each: could the changed picture have been taken, and would it have the same label?",
            "Where gravity or a page says what is up, flip_vert is False. Who lies on a table has no up.",
            "Two of the six must not be mirrored at all: in one, the side on which an organ lies matters.",
        ],
        mistakes=_wrong_suits(),
    ),
    Exercise(
        "crop_box",
        "Width and height in whole pixels of a box with `scale` times the area of a picture, whose width is "
        "`ratio` times its height.",
        answer=_crop_box,
        cases=[(200, 200, 0.25, 1.0), (320, 240, 0.5, 4 / 3), (240, 320, 0.35, 0.75), (300, 200, 0.8, 0.9)],
        hints=[
            "Two equations: w * h = scale * width * height, and w / h = ratio. Multiply them: h falls out.",
            "w is the root of area * ratio, h the root of area / ratio; `round` both.",
        ],
        mistakes=[
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, 1 / ratio),
                "width and height swapped: the ratio is width / height",
            ),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale**2, ratio),
                "the scale taken of each side: it is the share of the area",
            ),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, ratio * w / h),
                "the picture's own proportions came in: the ratio is that of the box itself",
            ),
        ],
    ),
    Exercise(
        "rotation",
        "The 3x3 matrix that turns a picture anticlockwise by so many degrees.",
        answer=_turn,
        cases=[(0.0,), (90.0,), (30.0,), (-45.0,)],
        hints=[
            "The first two columns say where (1, 0) and (0, 1) are looked up; the last row is 0, 0, 1.",
            "By 90 degrees the right edge (1, 0) shows what was at the bottom, (0, 1): mind the signs.",
            "[[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]; `math.cos` wants `math.radians(degrees)`.",
        ],
        mistakes=[
            (lambda degrees: _turn(math.degrees(degrees)), "degrees taken for radians: use `math.radians`"),
            (lambda degrees: _turn(-degrees), "clockwise: the two sines have each other's sign"),
        ],
    ),
    Exercise(
        "by_hand",
        "The product crop @ turn of the two matrices above, worked out on paper, as a list of three rows.",
        answer=[[0.0, -0.5, 0.5], [0.5, 0.0, 0.0], [0.0, 0.0, 1.0]],
        hints=[
            "Entry (row, column) is the row of the left matrix times the column of the right one, summed.",
            "The first row: (0.5, 0, 0.5) times the columns (0, 1, 0), (-1, 0, 0) and (0, 0, 1).",
        ],
        mistakes=[
            (
                [[0.0, -0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 1.0]],
                "turn @ crop: first turned, then cropped. The order matters",
            ),
            (
                [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
                "multiplied entry by entry; a product of matrices is rows times columns",
            ),
        ],
    ),
    Exercise(
        "compose",
        "One matrix for a list of matrices, which stand in the order in which the picture is changed.",
        answer=_compose,
        cases=_chains,
        hints=[
            "Begin with `torch.eye(3)`, which changes nothing, and multiply in a loop.",
            "The lab's matrices read from left to right: first @ second @ third.",
        ],
        mistakes=[
            (lambda matrices: _compose(matrices[::-1]), "the order turned around: last change first"),
            (_folded(lambda a, b: a * b), "entry by entry (`*`); matrices are multiplied by `@`"),
            (_folded(lambda a, b: a + b), "the sum; one change after the other is a product"),
        ],
    ),
    Exercise(
        "standard_error",
        "By how much an error rate measured on n pictures is off by chance: the root of e (1 - e) / n.",
        answer=_standard_error,
        cases=[(0.5, 100), (0.1, 300), (0.02, 5000), (0.35, 192), (0.25, 8)],
        hints=["`math.sqrt`, and mind what stands below the root: the division by n as well."],
        mistakes=[
            (lambda error, n: error * (1 - error) / n, "its square, the variance: take the root"),
            (lambda error, n: math.sqrt(error * (1 - error)), "the spread of one picture: divide by n"),
            (lambda error, n: math.sqrt(error * (1 - error)) / n, "n belongs below the root"),
            (
                lambda error, n: math.sqrt(error * (1 - error) / (n - 1)),
                "n - 1 belongs to the standard deviation of a sample; for a rate it is n",
            ),
        ],
    ),
    Exercise(
        "average",
        "From log probabilities of shape (k, n, c), of k versions of n pictures, to probabilities (n, c).",
        answer=_average,
        cases=_draws,
        hints=[
            "Log probabilities become probabilities by `exp`.",
            "The versions are counted by the first dimension: `mean(dim=0)`.",
            "First exp, then mean: `log_probs.exp().mean(dim=0)`.",
        ],
        mistakes=[
            (lambda logs: logs.mean(dim=0).exp(), "the mean of the logs: one version near 0 vetoes a class"),
            (
                lambda logs: logs.mean(dim=0).softmax(dim=-1),
                "the mean of the logs, made to sum to 1: one version near 0 vetoes a class",
            ),
            (lambda logs: logs.mean(dim=0), "still logarithms: take exp first"),
            (lambda logs: logs.exp().sum(dim=0), "the sum: rows must sum to 1, so divide by k"),
            (lambda logs: logs.exp().mean(dim=1), "the mean over pictures: versions are dimension 0"),
        ],
    ),
]

"""Exercises of `03_augmentation`."""

import math
import random
from collections.abc import Callable, Sequence
from types import EllipsisType
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lab.exercises.exercise import Exercise

if TYPE_CHECKING:
    from lab.panels.augment.panel import AugmentPanel

HALF_TURN = 150  # degrees of `rotate`; from here a 6 stands on its head, at most a little askew


def _picture(rng: random.Random, height: int, width: int) -> Tensor:
    return torch.tensor([[[rng.random() for _ in range(width)] for _ in range(height)] for _ in range(3)])


def _pictures(rng: random.Random) -> list[tuple[Tensor]]:
    return [(_picture(rng, 2, 3),), (_picture(rng, 3, 3),), (_picture(rng, 4, 2),)]


def _six_becomes_nine(panel: "AugmentPanel") -> str | EllipsisType:
    """What the settings of a panel with sixes and nines lack; "" where a 6 can become a 9."""
    if not hasattr(panel, "trial"):
        return "pass the panel itself, such as `digit_panel`"
    if not set(panel.trial.look.preview.labels) <= {"6", "9"}:
        return "this panel shows other pictures: pass the one with the digits"
    if panel.chosen() == "side on":
        return ...  # as the panel begins
    now = panel.parameters
    if now.flip and now.flip_vert:
        return ""
    if now.rotate >= HALF_TURN:
        return "" if now.p_affine > 0 else "`p affine` is 0: the chance that a picture is turned at all"
    if now.flip_vert:
        return (
            "top and bottom are swapped, and left and right are not: that makes a mirrored 9, which is not "
            "a digit. Which second change would make it a real 9?"
        )
    if now.rotate > 10:
        return (
            f"turned by up to {now.rotate:g}°, a 6 leans or lies on its side, but is never upside down. How "
            "far is half a turn?"
        )
    return (
        "no draw stands on its head: look at the tail of the 6, which always stays on top. Mirroring left to "
        "right, zooming, tilting and changing the light cannot bring it down"
    )


Suits = dict[str, tuple[bool, bool]]

_SUITS: Suits = {
    "pets": (True, False),
    "satellite": (True, True),
    "digits": (False, False),
    "chest x-rays": (False, False),
    "blood cells": (True, True),
    "cars": (True, False),
}
_WHY = {
    "pets": "a pet may look left or right, but hardly anyone takes photos of pets upside down",
    "satellite": "seen from above there is no up or down: mirrored or turned, it could be a real place",
    "digits": "upside down, 6 and 9 change places, and most mirrored digits are not digits at all",
    "chest x-rays": "the heart is on the left: mirrored, a healthy chest shows a rare disorder",
    "blood cells": "a microscope slide has no up or down, and no left or right either",
    "cars": "a car may drive left or right, but it stands on its wheels",
}


def _unsuited(attempt: Suits) -> str | EllipsisType:
    """The first kind of picture that got the wrong pair, and why; "" where there is none."""
    if not isinstance(attempt, dict):
        return 'a dict is expected: {"pets": (True, False), "satellite": ..., ...}'
    if all(attempt.get(kind, ...) is ... for kind in _SUITS if kind != "pets"):
        return ...
    for kind, right in _SUITS.items():
        given = attempt.get(kind, ...)
        if given is ...:
            return f"{kind!r} is still open"
        if not isinstance(given, tuple | list) or len(given) != 2:
            return f"{kind!r} needs two answers, (flip, flip_vert); it has {given!r}"
        if tuple(map(bool, given)) != right:
            return f"look again at {kind!r}: {_WHY[kind]}"
    return ""


def _crop_box(
    width: int, height: int, scale: float, ratio: float, whole: Callable[[float], float] = round
) -> tuple[float, float]:
    area = scale * width * height
    return whole(math.sqrt(area * ratio)), whole(math.sqrt(area / ratio))


def _same_proportions(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    return round(width * math.sqrt(scale)), round(height * math.sqrt(scale))


def _ratio_squared(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    side = math.sqrt(scale * width * height)
    return round(side * ratio), round(side / ratio)


def _no_root(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    area = scale * width * height
    return round(area * ratio), round(area / ratio)


def _width_rounded_first(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    w = _crop_box(width, height, scale, ratio)[0]
    return round(w), round(w / ratio)


def _height_rounded_first(width: int, height: int, scale: float, ratio: float) -> tuple[int, int]:
    h = _crop_box(width, height, scale, ratio)[1]
    return round(h * ratio), round(h)


def _matrix(a: float, b: float, c: float, d: float) -> Tensor:
    return torch.tensor([[a, b, 0.0], [c, d, 0.0], [0.0, 0.0, 1.0]])


def _turn(degrees: float) -> Tensor:
    cos, sin = _cos_sin(degrees)
    return _matrix(cos, -sin, sin, cos)


def _cos_sin(degrees: float) -> tuple[float, float]:
    angle = math.radians(degrees)
    return math.cos(angle), math.sin(angle)


def _sines_alike(degrees: float) -> Tensor:
    cos, sin = _cos_sin(degrees)
    return _matrix(cos, sin, sin, cos)


def _exchanged(degrees: float) -> Tensor:
    cos, sin = _cos_sin(degrees)
    return _matrix(sin, -cos, cos, sin)


def _never_negative(degrees: float) -> Tensor:
    cos = math.cos(math.radians(degrees))
    sin = math.sqrt(1 - cos**2)
    return _matrix(cos, -sin, sin, cos)


def _last_row_of_zeros(degrees: float) -> Tensor:
    return _turn(degrees) * torch.tensor([[1.0], [1.0], [0.0]])


def _compose(matrices: Sequence[Tensor]) -> Tensor:
    product = torch.eye(3)
    for matrix in matrices:
        product = product @ matrix
    return product


def _from_zeros(matrices: Sequence[Tensor]) -> Tensor:
    product = torch.zeros(3, 3)
    for matrix in matrices:
        product = product @ matrix
    return product


def _folded(times: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Sequence[Tensor]], Tensor]:
    """A way of composing that is not the right one: `times` from left to right, beginning with the first."""

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


Labels = Sequence[str]


def _only_one_right(a: Labels, b: Labels, labels: Labels) -> tuple[int, int]:
    triples = list(zip(a, b, labels, strict=True))
    return (
        sum(x == label != y for x, y, label in triples),
        sum(y == label != x for x, y, label in triples),
    )


def _each_right(a: Labels, b: Labels, labels: Labels) -> tuple[int, int]:
    right_a = sum(x == label for x, label in zip(a, labels, strict=True))
    return right_a, sum(y == label for y, label in zip(b, labels, strict=True))


def _elif(a: Labels, b: Labels, labels: Labels) -> tuple[int, int]:
    """Counts a wherever it is right, and only else asks about b."""
    return _each_right(a, b, labels)[0], _only_one_right(a, b, labels)[1]


def _all_disagreements(a: Labels, b: Labels, labels: Labels) -> tuple[int, int]:
    """Counts a picture as b's whenever the two disagree and a is not right, even where both are wrong."""
    differ = sum(x != y for x, y in zip(a, b, strict=True))
    only_a = _only_one_right(a, b, labels)[0]
    return only_a, differ - only_a


def _as_shares(a: Labels, b: Labels, labels: Labels) -> tuple[float, float]:
    only_a, only_b = _only_one_right(a, b, labels)
    return only_a / len(labels), only_b / len(labels)


def _answers(rng: random.Random) -> list[tuple[list[str], list[str], list[str]]]:
    def made(n: int, right_a: float, right_b: float, breeds: str = "pug beagle Sphynx") -> tuple:
        names = breeds.split()
        labels = [rng.choice(names) for _ in range(n)]

        def said(chance: float) -> list[str]:
            return [label if rng.random() < chance else rng.choice(names) for label in labels]

        return said(right_a), said(right_b), labels

    first = (["pug", "pug", "beagle"], ["pug", "beagle", "beagle"], ["pug", "beagle", "beagle"])
    both_wrong = (["pug", "Sphynx", "pug"], ["Sphynx", "pug", "beagle"], ["beagle", "beagle", "pug"])
    return [first, both_wrong, made(40, 0.5, 0.7), made(25, 0.8, 0.2), (["pug"], ["pug"], ["pug"])]


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
            "The columns should be in reverse order. Which of the three dimensions counts the columns?",
            "`tensor.flip(d)` reverses dimension d; d = 0 is the colours, 1 the rows.",
        ],
        mistakes=[
            (
                lambda picture: picture.flip(1),
                "upside down: dimension 1 counts the rows (`fliplr` reverses that one too)",
            ),
            (lambda picture: picture.flip(0), "red and blue swapped: dimension 0 counts the colours"),
            (lambda picture: picture.flip(1, 2), "half a turn: both rows and columns are reversed"),
            (lambda picture: picture.transpose(1, 2), "mirrored about the diagonal: rows became columns"),
            (
                lambda picture: picture[:, :, ::-1],
                "NumPy's way: a tensor cannot be sliced backwards. Use `flip`",
            ),
        ],
    ),
    Exercise(
        "six_becomes_nine",
        "Set the panel with the digits so that some draws of a 6 are a 9.",
        answer=None,
        judge=_six_becomes_nine,
        hints=[
            "A 9 is a 6 after half a turn. Which controls can turn a picture, or turn it upside down?",
            "One way is a single slider, moved all the way. Another is a single switch.",
            "`rotate` at 180, or `upside down` together with `flip`: mirrored both ways is half a turn.",
        ],
    ),
    Exercise(
        "suits",
        "For each kind of picture decide (flip, flip_vert), True or False for each: pets, satellite (seen "
        "from above), digits, chest x-rays, blood cells (under a microscope), cars (seen from the side).",
        answer=_SUITS,
        judge=_unsuited,
        hints=[
            "For each, ask: could the changed picture be a real one, and would it have the same label?",
            "Where gravity or a page says which way is up, flip_vert is False. On a microscope slide nothing "
            "does.",
            "Two of the six must not be mirrored at all: in one of them, an organ is on one side.",
        ],
    ),
    Exercise(
        "standard_error",
        "The standard error of an error rate e measured on n pictures: the square root of e (1 - e) / n.",
        answer=_standard_error,
        cases=[(0.5, 100), (0.1, 300), (0.02, 5000), (0.35, 192), (0.25, 8)],
        hints=["Use `math.sqrt`. The division by n goes under the root too."],
        mistakes=[
            (lambda error, n: error * (1 - error) / n, "its square, the variance: take the root of it"),
            (
                lambda error, n: math.sqrt(error * (1 - error)),
                "the standard deviation for one picture: divide by n under the root",
            ),
            (lambda error, n: math.sqrt(error * (1 - error)) / n, "n belongs under the root"),
            (
                lambda error, n: math.sqrt(error * (1 - error) / (n - 1)),
                "n - 1 is for the standard deviation of a sample; for a rate it is n",
            ),
            (lambda error, n: math.sqrt(error / n), "the factor (1 - e) is missing"),
        ],
    ),
    Exercise(
        "only_one_right",
        "From the predictions a and b of two models and the labels, return (only_a, only_b): on how many "
        "pictures only a is right, and on how many only b is.",
        answer=_only_one_right,
        cases=_answers,
        hints=[
            "`zip(a, b, labels)` goes through the three lists together, one picture at a time.",
            "Only a is right where its prediction equals the label and that of b does not.",
            "`sum(x == label and y != label for x, y, label in zip(a, b, labels))` is only_a.",
        ],
        mistakes=[
            (
                lambda a, b, labels: _only_one_right(b, a, labels),
                "the two are swapped. If you counted mistakes: where only a is wrong, only b is right",
            ),
            (_each_right, "how many each gets right: leave out the pictures that both get right"),
            (_elif, "a is counted wherever it is right: ask whether b is wrong there, too"),
            (
                lambda a, b, labels: (sum(map(str.__ne__, a, b)),) * 2,
                "all pictures on which they disagree, twice: the label decides which of the two is right",
            ),
            (_all_disagreements, "it also counts pictures that both get wrong, each in its own way"),
            (_as_shares, "shares: return numbers of pictures, without dividing"),
            (
                lambda a, b, labels: _only_one_right(a, b, labels)[0] - _only_one_right(a, b, labels)[1],
                "the difference of the two: give both numbers, as a pair",
            ),
            (lambda a, b, labels: _only_one_right(a, b, labels)[0], "only_a alone: return both, as a pair"),
        ],
    ),
    Exercise(
        "crop_box",
        "Width and height in whole pixels of a box that has `scale` times the area of a picture and is "
        "`ratio` times as wide as it is high.",
        answer=_crop_box,
        cases=[(200, 200, 0.25, 1.0), (320, 240, 0.5, 4 / 3), (240, 320, 0.35, 0.75), (300, 200, 0.5, 0.9)],
        hints=[
            "Two equations: w * h = scale * width * height, and w / h = ratio. Multiply them, and h cancels.",
            "w is the root of area * ratio, h the root of area / ratio; `round` both.",
        ],
        mistakes=[
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, 1 / ratio),
                "width and height swapped: the ratio is width / height, and the width comes first",
            ),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale**2, ratio),
                "each side is scaled: `scale` is the share of the area",
            ),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, ratio * w / h),
                "the picture's own proportions got in: `ratio` is that of the box itself",
            ),
            (_same_proportions, "a box with the picture's proportions: `ratio` is not used"),
            (_ratio_squared, "the box's proportions are `ratio` squared: multiply by the root of `ratio`"),
            (_no_root, "the root is missing: w * w is area * ratio"),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, ratio, whole=int),
                "`int` cuts off the decimals; `round` gives the nearest whole number",
            ),
            (
                lambda w, h, scale, ratio: _crop_box(w, h, scale, ratio, whole=float),
                "not whole numbers yet: `round` both",
            ),
            (_width_rounded_first, "h is computed from the rounded w: round both only at the end"),
            (_height_rounded_first, "w is computed from the rounded h: round both only at the end"),
        ],
    ),
    Exercise(
        "rotation",
        "The 3x3 matrix, a tensor, that turns a square picture anticlockwise by so many degrees.",
        answer=_turn,
        cases=[(0.0,), (90.0,), (30.0,), (-45.0,), (200.0,)],
        hints=[
            "Where does (1, 0) look? At 0 degrees at (1, 0), at 90 degrees at (0, 1), and in between at "
            "(cos, sin) of the angle. That is the first column.",
            "(0, 1) looks a quarter turn further, at (-sin, cos). That is the second column.",
            "[[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]; `math.cos` needs `math.radians(degrees)`.",
        ],
        mistakes=[
            (lambda degrees: _turn(math.degrees(degrees)), "degrees taken for radians: use `math.radians`"),
            (lambda degrees: _turn(-degrees), "clockwise: the minus sign belongs to the other sine"),
            (_sines_alike, "both sines have the same sign: that is not a turn, it distorts the picture"),
            (_exchanged, "sine and cosine are swapped: a turn by 0 degrees must change nothing"),
            (
                lambda degrees: _turn(degrees)[:2, :2],
                "2 x 2: add the third row and column, 0, 0, 1, so that it can be multiplied with a crop",
            ),
            (_last_row_of_zeros, "the last row is 0, 0, 0, so w would be 0: it should be 0, 0, 1"),
            (
                lambda degrees: _turn(degrees * 3.14 / math.pi),
                "3.14 is too coarse: take `math.pi`, or `math.radians(degrees)`",
            ),
            (_never_negative, "the root loses the sign of the sine: take `math.sin`"),
        ],
    ),
    Exercise(
        "compose",
        "One matrix for a list of matrices, given in the order in which the picture is changed.",
        answer=_compose,
        cases=_chains,
        hints=[
            "Begin with `torch.eye(3)`, which changes nothing, and multiply in a loop.",
            "The lab's matrices read from left to right: first @ second @ third.",
        ],
        mistakes=[
            (
                lambda matrices: _compose(matrices[::-1]),
                "in reverse order: you have the last change on the left, where the first should be",
            ),
            (_folded(lambda a, b: a * b), "entry by entry (`*`); matrices are multiplied with `@`"),
            (_folded(lambda a, b: a + b), "the sum; one change after another is a product"),
            (
                _folded(lambda a, b: a @ b),
                "right, but an empty list has no first matrix: begin with `torch.eye(3)`",
            ),
            (lambda matrices: matrices[0] @ matrices[1], "only the first two: the list may have any length"),
            (_from_zeros, "zeros times anything is zero: begin with `torch.eye(3)`"),
        ],
    ),
    Exercise(
        "average",
        "From log probabilities of shape (k, n, c), k versions of n pictures, the mean probabilities (n, c).",
        answer=_average,
        cases=_draws,
        hints=[
            "`exp` turns log probabilities into probabilities.",
            "The versions are the first dimension: `mean(dim=0)`.",
            "First exp, then mean: `log_probs.exp().mean(dim=0)`.",
        ],
        mistakes=[
            (
                lambda logs: logs.mean(dim=0).exp(),
                "the mean of the logs: one probability near 0 vetoes a class",
            ),
            (
                lambda logs: logs.mean(dim=0).softmax(dim=-1),
                "the mean of the logs, made to sum to 1: one probability near 0 vetoes a class",
            ),
            (lambda logs: logs.mean(dim=0), "still logarithms: take exp first"),
            (lambda logs: logs.exp().sum(dim=0), "the sum: rows must sum to 1, so divide by k"),
            (lambda logs: logs.exp().mean(dim=0).log(), "their logarithms: leave the last `log` out"),
            (lambda logs: logs.exp().mean(dim=1), "the mean over the pictures: the versions are dimension 0"),
            (lambda logs: logs.exp().mean(dim=2), "the mean over the classes: the versions are dimension 0"),
            (
                lambda logs: logs.mean(dim=2),
                "the mean over the classes, and of logs: the versions are dimension 0, and exp comes first",
            ),
            (
                lambda logs: logs.exp().sum(dim=0) / 9,
                "divided by 9, whatever the number of versions: that is `len(log_probs)`",
            ),
            (lambda logs: logs.exp().mean(), "one number for all: average over the versions only, `dim=0`"),
        ],
    ),
]

"""Exercises of `08_look_inside`."""

import random
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.exercises.exercise import Exercise


def _numbers(rng: random.Random, *shape: int, spread: float = 1.0, shift: float = 0.0) -> Tensor:
    count = torch.Size(shape).numel()
    return torch.tensor([rng.gauss(shift, spread) for _ in range(count)]).reshape(shape)


def _receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        width += (kernel - 1) * step
        step *= stride
    return width


def _without_strides(layers: Sequence[tuple[int, int]]) -> int:
    return _receptive_field([(kernel, 1) for kernel, _ in layers])


def _own_stride_first(layers: Sequence[tuple[int, int]]) -> int:
    width, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        width += (kernel - 1) * step
    return width


def _kernels_added(layers: Sequence[tuple[int, int]]) -> int:
    return sum(kernel for kernel, _ in layers)


def _cam(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = (maps * weights[:, None, None]).sum(dim=0).relu()
    return evidence / evidence.max() if evidence.max() > 0 else evidence


def _unweighted(maps: Tensor, _weights: Tensor) -> Tensor:
    return _cam(maps, torch.ones(len(maps)))


def _not_scaled(maps: Tensor, weights: Tensor) -> Tensor:
    return (maps * weights[:, None, None]).sum(dim=0).relu()


def _any_sign(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = (maps * weights[:, None, None]).sum(dim=0)
    return evidence / evidence.max()


def _each_above_zero(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = (maps * weights[:, None, None]).relu().sum(dim=0)
    return evidence / evidence.max() if evidence.max() > 0 else evidence


def _maps_and_weights(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = [(_numbers(rng, c, h, w, shift=0.5), _numbers(rng, c)) for c, h, w in ((2, 2, 3), (6, 4, 4))]
    against = torch.ones(3, 2, 2), -torch.ones(3)  # nothing speaks for the class
    return [*cases, against]


def _near_zero(acts: Tensor, limit: float) -> float:
    return (acts.abs() < limit).float().mean().item()


def _layers_of_activations(rng: random.Random) -> list[tuple[Tensor, float]]:
    after_relu = _numbers(rng, 4, 3, 5).relu()
    before = _numbers(rng, 10, 6, spread=0.3)
    return [(after_relu, 0.05), (before, 0.05), (before, 0.3), (torch.zeros(7), 0.05)]


def _nearest(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return F.cosine_similarity(rows, one[None]).argsort(descending=True)[:k].tolist()


def _by_distance(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return (rows - one).norm(dim=1).argsort()[:k].tolist()


def _by_product(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return (rows @ one).argsort(descending=True)[:k].tolist()


def _pictures_as_rows(rng: random.Random) -> list[tuple[Tensor, Tensor, int]]:
    cases = []
    for n, f, k in ((6, 3, 2), (12, 5, 4)):
        lengths = torch.tensor([[rng.uniform(0.2, 5)] for _ in range(n)])  # dark and light pictures
        cases.append((_numbers(rng, n, f) * lengths, _numbers(rng, f), k))
    return cases


def _search_quality(losses: Sequence[float], wrong: Sequence[bool], k: int) -> tuple[float, float]:
    first = sorted(range(len(losses)), key=lambda i: -losses[i])[:k]
    found = sum(wrong[i] for i in first)
    return found / k, found / sum(wrong)


def _from_below(losses: Sequence[float], wrong: Sequence[bool], k: int) -> tuple[float, float]:
    return _search_quality([-loss for loss in losses], wrong, k)


def _not_ranked(losses: Sequence[float], wrong: Sequence[bool], k: int) -> tuple[float, float]:
    return _search_quality(range(len(losses), 0, -1), wrong, k)


def _searches(rng: random.Random) -> list[tuple[list[float], list[bool], int]]:
    cases = []
    for n, share, k in ((10, 0.3, 4), (40, 0.15, 10)):
        wrong = [i < share * n for i in range(n)]
        rng.shuffle(wrong)
        losses = [round(rng.uniform(0, 3) + 2.5 * bad, 3) for bad in wrong]
        cases.append((losses, wrong, k))
    return cases


_DIAGNOSIS = {"A": "rate too high", "B": "healthy", "C": "starts too small"}

EXERCISES = [
    Exercise(
        "receptive_field",
        "How many pixels wide is what one number of the last layer sees? layers: (kernel, stride) of each.",
        answer=_receptive_field,
        cases=[([(3, 1)],), ([(3, 1)] * 2,), ([(3, 2)] * 3,), ([(7, 2), (1, 1), (3, 2), (5, 1)],)],
        hints=[
            "Keep two numbers, both 1 at first: the width seen so far, and the step between neighbours.",
            "A kernel of k adds k - 1 neighbours, and each is one step of pixels away.",
            "For each layer: width += (kernel - 1) * step, and then step *= stride.",
        ],
        mistakes=[
            (_without_strides, "the strides left out: behind a stride, neighbours are farther apart"),
            (_own_stride_first, "the step multiplied too early: a stride acts on the layers behind it"),
            (_kernels_added, "the kernels added up: neighbouring fields overlap"),
        ],
    ),
    Exercise(
        "cam",
        "The class activation map (h, w) of maps (c, h, w) and a class's weights (c,): weighted sum, what is "
        "below 0 set to 0, the strongest place 1 (where nothing speaks for the class, all 0).",
        answer=_cam,
        cases=_maps_and_weights,
        hints=[
            "Each map times its weight: `weights[:, None, None]` has the shape that fits.",
            "Add up over the maps, dim=0, and only then take `relu`.",
            "Divide by the maximum, unless it is 0.",
        ],
        mistakes=[
            (_not_scaled, "not scaled: divide by the maximum"),
            (_any_sign, "what is below 0 kept: it speaks against the class"),
            (_each_above_zero, "relu before the sum: what one map says against the class must count"),
            (_unweighted, "the weights left out: maps that speak against the class count as well"),
        ],
    ),
    Exercise(
        "near_zero",
        "The share of activations whose distance from 0 is below `limit`.",
        answer=_near_zero,
        cases=_layers_of_activations,
        hints=[
            "Whether each is near zero is a tensor of True and False: `acts.abs() < limit`.",
            "The mean of True and False is the share: `.float().mean()`.",
        ],
        mistakes=[
            (
                lambda acts, limit: (acts < limit).float().mean().item(),
                "large negative ones count too: use `abs`",
            ),
            (lambda acts, limit: (acts.abs() < limit).sum().item(), "the number, not the share"),
            (lambda acts, _limit: (acts == 0).float().mean().item(), "only exact zeros counted"),
        ],
    ),
    Exercise(
        "diagnosis",
        "What was done to each of the networks A, B and C: 'healthy', 'starts too small' or 'rate too high'?",
        answer=_DIAGNOSIS,
        hints=[
            "Look at step 0 first: one of the three is ill before it has learnt anything.",
            "A start that is too small shows in the spread: from layer to layer it becomes smaller, at once.",
            "A rate that is too high starts well and dies within a few steps: near zero jumps to 100 %.",
        ],
        mistakes=[
            (
                {"A": "starts too small", "B": "healthy", "C": "rate too high"},
                "A and C swapped: which of them was in order at step 0?",
            )
        ],
    ),
    Exercise(
        "nearest",
        "A list: the indices of the k rows (n, f) most like `one` (f,) by cosine similarity, nearest first.",
        answer=_nearest,
        cases=_pictures_as_rows,
        hints=[
            "The cosine is the product of two rows divided by both lengths: `rows @ one` and `norm(dim=1)`.",
            "`argsort(descending=True)[:k]` gives the places of the k largest; `.tolist()` a list.",
        ],
        mistakes=[
            (_by_distance, "by distance: a dark and a light picture of one thing point the same way"),
            (_by_product, "the product alone: a long row wins whatever its direction; divide by the lengths"),
            (lambda rows, one, k: _nearest(rows, -one, k), "the least alike came first: sort descending"),
        ],
    ),
    Exercise(
        "search_quality",
        "(precision, recall) of a search for wrong labels among the k pictures with the largest losses.",
        answer=_search_quality,
        cases=_searches,
        hints=[
            "Sort the places by loss, the largest first, and take k: `sorted(..., reverse=True)[:k]`.",
            "Count the wrong ones. By k it is the precision, by the number of all wrong ones the recall.",
        ],
        mistakes=[
            (_from_below, "the smallest losses taken: sort with the largest first"),
            (_not_ranked, "the first k pictures taken as they come: sort by loss before"),
            (lambda *case: _search_quality(*case)[::-1], "recall and precision swapped"),
        ],
    ),
]

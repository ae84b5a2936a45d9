"""Exercises of `08_look_inside`."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from lab.exercises.exercise import Exercise
from lab.label_noise import planted_errors


def _numbers(rng: random.Random, *shape: int, spread: float = 1.0, shift: float = 0.0) -> Tensor:
    count = torch.Size(shape).numel()
    return torch.tensor([rng.gauss(shift, spread) for _ in range(count)]).reshape(shape)


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


def _lowest_to_highest(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = (maps * weights[:, None, None]).sum(dim=0)
    return (evidence - evidence.min()) / (evidence.max() - evidence.min())


def _zero_by_zero(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = _not_scaled(maps, weights)
    return evidence / evidence.max()


def _adds_up_to_1(maps: Tensor, weights: Tensor) -> Tensor:
    evidence = _not_scaled(maps, weights)
    return evidence / evidence.sum() if evidence.sum() > 0 else evidence


def _maps_and_weights(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = [(_numbers(rng, c, h, w, shift=0.5), _numbers(rng, c)) for c, h, w in ((2, 2, 3), (6, 4, 4))]
    against = torch.ones(3, 2, 2), -torch.ones(3)  # nothing speaks for the class
    return [*cases, against]


def _near_zero(acts: Tensor, limit: float) -> float:
    return (acts.abs() < limit).float().mean().item()


def _layers_of_activations(rng: random.Random) -> list[tuple[Tensor, float]]:
    after_relu = _numbers(rng, 4, 3, 5).relu()
    before = _numbers(rng, 10, 6, spread=0.3)
    at_the_limit = torch.tensor([0.5, -0.5, 0.25, 2.0])
    return [(after_relu, 0.05), (before, 0.05), (before, 0.3), (torch.zeros(7), 0.05), (at_the_limit, 0.5)]


def _nearest(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return F.cosine_similarity(rows, one[None]).argsort(descending=True)[:k].tolist()


def _by_distance(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return (rows - one).norm(dim=1).argsort()[:k].tolist()


def _by_product(rows: Tensor, one: Tensor, k: int) -> list[int]:
    return (rows @ one).argsort(descending=True)[:k].tolist()


def _similarities(rows: Tensor, one: Tensor, k: int) -> list[float]:
    return F.cosine_similarity(rows, one[None]).sort(descending=True).values[:k].tolist()


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
    for n, share, k, gap in ((10, 0.3, 4, 2.5), (40, 0.15, 10, 2.0), (30, 0.4, 6, 1.0)):
        wrong = [i < share * n for i in range(n)]
        rng.shuffle(wrong)
        losses = [round(rng.uniform(0, 3) + gap * bad, 3) for bad in wrong]
        cases.append((losses, wrong, k))
    return cases


_DIAGNOSIS = {"A": "rate too high", "B": "healthy", "C": "starts too small"}


def _diagnosis(a: str, b: str, c: str) -> dict[str, str]:
    return {"A": a, "B": b, "C": c}


def _relabelled(gallery: Any) -> Any:
    """What a gallery's marks lack: "" where half of the planted errors are corrected, with at most a slip."""
    if not hasattr(gallery, "marks") or not hasattr(gallery, "view"):
        return "the panel itself is wanted: check('relabel', gallery)"
    interp = gallery.view.interp
    labels = [interp.vocab[target] for target in interp.targets]
    planted = planted_errors(interp.paths, labels)
    if not planted:
        return "no planted label errors are known for these pictures, so there is nothing to check against"
    decided = gallery.marks.decided()
    return _lacking(decided, planted) if decided else ...


def _lacking(decided: Mapping[str, Any], planted: Mapping[str, str]) -> str:
    """decided: picture -> mark, at least one. planted: picture -> its true label."""
    changed = {path: mark.label for path, mark in decided.items() if mark.kind == "relabel"}
    corrected = [path for path, label in changed.items() if planted.get(path) == label]
    spoilt = [path for path in changed if path not in planted]
    slips = len(changed) - len(corrected)
    discarded = sum(mark.kind == "discard" for mark in decided.values())
    needed = math.ceil(len(planted) / 2)
    if len(spoilt) > 1:
        return (
            f"{len(spoilt)} of your new labels are on pictures whose label was right: the network was wrong. "
            "Look at the animal before you relabel, and undo what you marked without looking"
        )
    if slips > 1:
        return (
            f"{slips} pictures have a new label that is wrong too: where the old label is wrong, the network "
            "need not be right. Enlarge the picture and choose the breed you see"
        )
    if discarded > 1:
        return (
            f"{discarded} pictures are discarded: an animal that can be recognised is worth keeping. Give it "
            "its right label instead"
        )
    if not changed and not discarded:
        return (
            "nothing is relabelled: 'keep' says that the label is right. Which label does not fit its animal?"
        )
    if len(corrected) < needed:
        return (
            f"{len(corrected)} of {len(planted)} wrong labels are corrected, but {needed} are needed: go "
            "on down the list of top losses, page by page"
        )
    return ""


EXERCISES = [
    Exercise(
        "cam",
        "The class activation map (h, w) of maps (c, h, w) and a class's weights (c,): weighted sum, what is "
        "below 0 set to 0, the strongest place 1 (all 0 if no place counts towards the class).",
        answer=_cam,
        cases=_maps_and_weights,
        hints=[
            "Multiply each map by its weight: `weights[:, None, None]` has the shape that fits.",
            "Add up over the maps, dim=0, and only then apply `relu`.",
            "Divide by the maximum, unless it is 0.",
        ],
        mistakes=[
            (_not_scaled, "not scaled: divide by the maximum"),
            (_any_sign, "values below 0 kept: they count against the class. Apply `relu` to the sum"),
            (_each_above_zero, "relu before the sum: what one map says against the class must count"),
            (_unweighted, "the weights left out: every map counts as if it spoke for the class"),
            (
                _zero_by_zero,
                "0 / 0, which is nan, where nothing counts towards the class: divide only if the maximum is "
                "above 0",
            ),
            (_adds_up_to_1, "divided by the sum, so that the places add up to 1; divide by the maximum"),
            (
                _lowest_to_highest,
                "stretched from the lowest to the highest value: 0 should stay 0, so cut off what is less",
            ),
        ],
    ),
    Exercise(
        "near_zero",
        "The share of activations whose distance from 0 is below `limit`.",
        answer=_near_zero,
        cases=_layers_of_activations,
        hints=[
            "`acts.abs() < limit` is a tensor of True and False: which activations are near zero?",
            "The mean of True and False is the share: `.float().mean()`.",
        ],
        mistakes=[
            (
                lambda acts, limit: (acts < limit).float().mean().item(),
                "large negative activations are counted too: take `abs` first",
            ),
            (
                lambda acts, limit: (acts.abs() < limit).sum().item(),
                "the number, not the share: use the mean instead of the sum",
            ),
            (
                lambda acts, _limit: (acts == 0).float().mean().item(),
                "only exact zeros are counted: compare `abs` with `limit`",
            ),
            (
                lambda acts, limit: (acts.abs() < limit).sum().item() / len(acts),
                "divided by the number of rows, `len(acts)`; divide by all numbers, `acts.numel()`",
            ),
            (
                lambda acts, limit: (acts.abs() >= limit).float().mean().item(),
                "the share of the others: those at or beyond the limit",
            ),
            (
                lambda acts, limit: (acts.abs() <= limit).float().mean().item(),
                "an activation exactly at the limit is not below it: `<`, not `<=`",
            ),
        ],
    ),
    Exercise(
        "diagnosis",
        "What was done to each of the networks A, B and C: 'healthy', 'starts too small' or 'rate too high'?",
        answer=_DIAGNOSIS,
        hints=[
            "Look at step 0 first: one of the three is ill before it has learnt anything.",
            "A start that is too small shows at once: the spread shrinks from layer to layer.",
            "With too high a rate, all is well at step 0, but layers soon die: near zero jumps to 1.",
        ],
        mistakes=[
            (
                _diagnosis("starts too small", "healthy", "rate too high"),
                "A and C swapped: which of them was in order at step 0?",
            ),
            (
                _diagnosis("healthy", "rate too high", "starts too small"),
                "A and B swapped: a healthy network has no layer in which everything is zero at the end",
            ),
            (
                _diagnosis("rate too high", "starts too small", "healthy"),
                "B and C swapped: in which of them does the spread shrink from layer to layer at step 0?",
            ),
            (
                _diagnosis("starts too small", "rate too high", "healthy"),
                "all three wrong: compare the spread of `relu 4` at step 0, then near zero at the end",
            ),
            (
                _diagnosis("healthy", "starts too small", "rate too high"),
                "all three wrong: A starts like B, but only one of the two stays alive",
            ),
        ],
    ),
    Exercise(
        "nearest",
        "A list: the indices of the k rows (n, f) most like `one` (f,) by cosine similarity, nearest first.",
        answer=_nearest,
        cases=_pictures_as_rows,
        hints=[
            "The cosine is the dot product, `rows @ one`, divided by both lengths: `norm(dim=1)`, `norm()`.",
            "`argsort(descending=True)[:k]` gives the indices of the k largest; `.tolist()` makes a list.",
        ],
        mistakes=[
            (_by_distance, "by distance: rows of different lengths can still point the same way"),
            (
                _by_product,
                "the product alone: a long row wins whatever its direction. Divide by each row's length, "
                "`norm(dim=1)`",
            ),
            (lambda rows, one, k: _nearest(rows, -one, k), "the least alike first: sort descending"),
            (_similarities, "the similarities themselves; return their indices: `argsort` instead of `sort`"),
            (lambda rows, one, _k: _nearest(rows, one, len(rows)), "all rows in order; take the first k"),
            (
                lambda rows, one, k: _nearest(rows, one, k + 1)[1:],
                "the nearest one left out: `one` is not among the rows, so the first hit counts",
            ),
        ],
    ),
    Exercise(
        "relabel",
        "In the gallery, relabel at least half of the wrongly labelled pictures, with at most one slip.",
        answer=None,
        judge=_relabelled,
        hints=[
            "Stay with 'top losses', where wrong labels gather, and read the two names below each picture.",
            "Trust your eyes: is the animal what the second name says? Press 'relabel'. If not, enlarge it.",
            "The first two pages, 24 pictures, hold more than enough. A slip can be undone.",
        ],
    ),
    Exercise(
        "search_quality",
        "(precision, recall) of a search for wrong labels among the k pictures with the largest losses.",
        answer=_search_quality,
        cases=_searches,
        hints=[
            "Sort the indices by loss, the largest first, and take k: `sorted(..., reverse=True)[:k]`.",
            "Count the wrong labels among them. Divided by k that is precision; divided by all wrong labels, "
            "recall.",
        ],
        mistakes=[
            (_from_below, "the smallest losses taken: sort with the largest first"),
            (
                _not_ranked,
                "the first k pictures as they come: sort the indices by loss, so that `losses` and `wrong` "
                "stay together",
            ),
            (lambda *case: _search_quality(*case)[::-1], "recall and precision swapped"),
            (
                lambda losses, wrong, k: (
                    _search_quality(losses, wrong, k)[0] * k / len(losses),
                    _search_quality(losses, wrong, k)[1],
                ),
                "precision divided by the number of all pictures; divide by the k you looked at",
            ),
            (
                lambda losses, wrong, k: (sum(wrong) / len(wrong), _search_quality(losses, wrong, k)[1]),
                "the share of wrong labels among all pictures; precision is about the k you looked at",
            ),
            (
                lambda losses, wrong, k: (_search_quality(losses, wrong, k)[0],) * 2,
                "precision twice; for recall divide by the number of all wrong labels",
            ),
        ],
    ),
]

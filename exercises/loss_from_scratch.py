"""Exercises of `04_loss_from_scratch`: each step from activations to the cross-entropy, and its gradient."""

import math
import random
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

import lab
from lab.exercises.exercise import Exercise

LARGE = torch.tensor([[1000.0, 999.0, 0.0], [-1000.0, -1000.0, -1001.0]])


def _rows(rng: random.Random, n: int, c: int) -> Tensor:
    return torch.tensor([[rng.gauss(0, 2) for _ in range(c)] for _ in range(n)])


def _targets(rng: random.Random, n: int, c: int) -> Tensor:
    return torch.tensor([rng.randrange(c) for _ in range(n)])


def _numbers(rng: random.Random) -> list[tuple[Tensor]]:
    return [(torch.tensor(0.0),), (_rows(rng, 1, 5)[0],), (torch.tensor([[200.0, -3.0], [0.5, -60.0]]),)]


def _activations(rng: random.Random) -> list[tuple[Tensor]]:
    return [(_rows(rng, 1, 2),), (_rows(rng, 3, 4),), (_rows(rng, 3, 3),), (LARGE,)]


def _probabilities(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    sizes = [(1, 3), (5, 4), (3, 3), (2, 37)]
    return [(torch.softmax(_rows(rng, n, c), dim=1), _targets(rng, n, c)) for n, c in sizes]


def _logs(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    return [(probs.log(), targets) for probs, targets in _probabilities(rng)]


def _with_targets(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = [(_rows(rng, n, c), _targets(rng, n, c)) for n, c in [(1, 2), (4, 3), (3, 5)]]
    cases.append((_rows(rng, 2, 4), torch.tensor([1, 0])))  # the last class is nobody's
    return [*cases, (LARGE, torch.tensor([2, 2]))]


def _answers(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = []
    for n in (1, 4, 7):
        y = torch.tensor([float(rng.random() < 0.5) for _ in range(n)])
        cases.append((y, torch.tensor([rng.uniform(0.02, 0.98) for _ in range(n)])))
    cases.append((torch.tensor([1.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.25])))
    cases.append((torch.tensor([1.0, 0.0]), torch.tensor([1e-20, 0.5])))
    return [*cases, (torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.5]))]


def _right_class(probs: Tensor, targets: Tensor) -> Tensor:
    return probs[range(len(targets)), targets]


def _with_a_floor(eps: float) -> tuple[Callable, str]:
    """The mistake of keeping probabilities away from 0 by `eps`."""
    words = (
        "a floor under the probabilities only hides an infinite loss: here nothing can cost more than "
        f"{-math.log(eps):.1f}. Use the log softmax"
    )
    return lambda acts, targets: -_right_class(acts.softmax(1), targets).clamp(eps).log().mean(), words


def _binary_with_a_floor(eps: float) -> tuple[Callable, str]:
    words = f"a floor under the probabilities: even a sure mistake costs no more than {-math.log(eps):.1f}"
    return lambda y, p: -(y * (p + eps).log() + (1 - y) * (1 - p + eps).log()).mean(), words


def _without_autograd(attempt: Callable, acts: Tensor, targets: Tensor) -> Any:
    with torch.no_grad():
        return attempt(acts, targets)


def _gradient(acts: Tensor, targets: Tensor) -> Tensor:
    one_hot = F.one_hot(targets, acts.shape[1])
    return (torch.softmax(acts, dim=1) - one_hot) / len(targets)


def _gradient_of_columns(acts: Tensor, targets: Tensor) -> Tensor:
    probs = torch.softmax(acts, dim=1)
    probs[:, targets] -= 1
    return probs / len(targets)


def _less_largest(acts: Tensor) -> Tensor:
    return acts - acts.max(dim=1, keepdim=True).values


def _shifted(acts: Tensor, top: Tensor | None = None) -> Tensor:
    """e to each activation, less the largest of its row, or less `top`."""
    return (_less_largest(acts) if top is None else acts - top).exp()


def _log_row_sum(table: Tensor) -> Tensor:
    return table.sum(dim=1, keepdim=True).log()


def _over_row_sum(table: Tensor) -> Tensor:
    return table / table.sum(dim=1, keepdim=True)


def _by_formula(y: Tensor, p: Tensor) -> Tensor:
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


def _binary_loss(y: Tensor, p: Tensor) -> Tensor:
    return torch.where(y == 1, -p.log(), -(1 - p).log()).mean()


FOUR = {"A": "no log", "B": "softmax twice", "C": "right", "D": "no softmax"}
LOSSES = {"A": -0.85, "B": 2.80, "C": 0.43, "D": -9.07}


def _four_losses(said: Any) -> Any:
    """Why the first wrong verdict cannot be right, judged by the number that the call printed."""
    if not isinstance(said, Mapping) or set(said) != set(FOUR):
        return "expected a dict with the keys A, B, C and D"
    if ... in said.values():
        return ...
    unknown = [word for word in said.values() if word not in FOUR.values()]
    if unknown:
        return f"{unknown[0]!r} is not one of the four: {', '.join(sorted(FOUR.values()))}"
    return next((_why_not(name, said[name]) for name in FOUR if said[name] != FOUR[name]), "")


def _why_not(name: str, word: str) -> str:
    negative = LOSSES[name] < 0
    if word == "right" and negative:
        return f"{name} is negative, and -log(p) never is: the lowest number is not always the best"
    if word == "right":
        return (
            f"{name} is not far below 3.61, the loss of knowing nothing. That does not fit a network that "
            "gets nine pictures out of ten right"
        )
    if word == "softmax twice":
        return (
            f"{name} is {'negative' if negative else 'below 2.66'}. `cross_entropy` of probabilities never "
            "gets below log(e + 36) - 1 = 2.66, the loss for one 1 and 36 zeros"
        )
    if not negative:
        what = "a probability" if word == "no log" else "an activation, which training makes large"
        return f"{name} is positive. Without the {word[3:]}, `nll_loss` gives minus {what}"
    if word == "no log":
        return f"{name} is below -1. Minus a mean of probabilities lies between -1 and 0"
    return f"{name} could be either, but D could not: minus a mean of probabilities is never below -1"


def _costly_and_right(panel: Any) -> Any:
    """A loss above 2 with the right class in front."""
    if not isinstance(panel, lab.LossPanel):
        return "the check needs the panel itself, not a number from it: pass `mine`"
    acts, target, loss = panel.record.acts, panel.record.target, panel.steps.cross_entropy
    if (acts, target) == (lab.LossPanel(3).record.acts, 0):
        return ...
    best = max(act for number, act in enumerate(acts) if number != target)
    if panel.record.two:
        return "with two classes a right answer costs at most log 2 = 0.69: switch *two classes, sigmoid* off"
    if best > acts[target]:
        return (
            f"class {acts.index(best)} is ahead, so the answer is wrong, and wrong answers can cost any "
            f"amount. Keep the right class, {target}, in front"
        )
    if best == acts[target]:
        return f"class {target} shares first place. Put it ahead, if only by 0.1"
    if loss > 2:
        return ""
    if math.log(len(acts)) <= 2:
        return (
            f"right, and it costs {loss:.2f}. But the winner of {len(acts)} classes has more than "
            f"1/{len(acts)} of the probability, however weak it is. What would leave less for it?"
        )
    return f"right, and it costs {loss:.2f}: class {target} is too far ahead. Let the others come closer"


EXERCISES = [
    Exercise(
        "sigmoid",
        "Squeeze every number of a tensor into 0..1: 1 / (1 + e**-x).",
        answer=torch.sigmoid,
        cases=_numbers,
        hints=[
            "`torch.exp(x)` is e to the power of each number; mind the minus sign.",
            "One line: `return 1 / (1 + torch.exp(-x))`.",
        ],
        mistakes=[
            (lambda x: 1 / (1 + torch.exp(x)), "the sigmoid of -x: a minus sign is missing in the exponent"),
            (
                lambda x: torch.exp(x) / (1 + torch.exp(x)),
                "right on paper; but e**200 is too large for float32 and becomes `inf`, and `inf / inf` is "
                "`nan`, not a number. With e**-x the numerator stays 1",
            ),
            (
                lambda x: 1 / 1 + torch.exp(-x),
                "a bracket is missing: without it only the first 1 is divided. 1 / (1 + ...)",
            ),
            (torch.tanh, "tanh, which squeezes into -1..1: at 0 it is 0, not one half"),
            (
                lambda x: torch.softmax(x, dim=-1),
                "a softmax: here each number is squeezed by itself, whatever the others are",
            ),
            (
                lambda x: torch.tensor(1 / (1 + math.exp(-x))),
                "`math.exp` takes one number; `torch.exp` takes a tensor of any shape",
            ),
        ],
    ),
    Exercise(
        "softmax",
        "Turn activations (n, c) into probabilities: e to each, over its row's sum. It must survive 1000.",
        answer=lambda acts: torch.softmax(acts, dim=1),
        cases=_activations,
        hints=[
            "`acts.exp()` is e to the power of each activation; each row is divided by its own sum.",
            "`sum(dim=1, keepdim=True)` keeps a column, so that the division goes row by row.",
            "First subtract each row's largest: `acts = acts - acts.max(dim=1, keepdim=True).values`.",
        ],
        mistakes=[
            (
                lambda acts: torch.softmax(acts, dim=0),
                "a softmax down each column: dim=0 sums over pictures, not classes",
            ),
            (
                lambda acts: _over_row_sum(acts.exp()),
                "the naive softmax: e**1000 is inf, and inf / inf is nan. Subtract each row's largest first",
            ),
            (
                lambda acts: torch.softmax(acts.flatten(), dim=0).reshape(acts.shape),
                "divided by the sum of the whole table; each row is one picture and should sum to 1",
            ),
            (
                lambda acts: _over_row_sum(_shifted(acts, acts.max())),
                "one maximum for the whole batch: a row far below it becomes all zeros, and 0 / 0 is nan. "
                "Use each row's own",
            ),
            (
                lambda acts: _shifted(acts) / _shifted(acts).sum(dim=1),
                "the sums lie in a row and do not line up with their pictures: `keepdim=True` keeps a column",
            ),
            (
                lambda acts: _over_row_sum(_shifted(acts, acts.max(dim=1).values)),
                "the maxima lie in a row and do not line up with their pictures: `max(dim=1, keepdim=True)`",
            ),
            (
                lambda acts: _over_row_sum(_shifted(acts, acts.max(dim=0).values)),
                "the largest of each column is subtracted; dim=0 goes over pictures, dim=1 over classes",
            ),
            (lambda acts: _over_row_sum(acts), "the activations over their sum: e to each comes first"),
            (
                lambda acts: _shifted(acts) / _shifted(acts).sum(dim=0),
                "divided by each column's sum: dim=0 sums over pictures, not classes",
            ),
            (
                lambda acts: _shifted(acts) / _shifted(acts).max(dim=1, keepdim=True).values,
                "divided by each row's largest; to make a row sum to 1, divide by its sum",
            ),
            (
                lambda acts: torch.log_softmax(acts, dim=1),
                "the log of the softmax, which comes later in the notebook",
            ),
        ],
    ),
    Exercise(
        "right_class",
        "From probabilities (n, c) and targets (n,), the probability (n,) that each picture's own class got.",
        answer=_right_class,
        cases=_probabilities,
        hints=[
            "Two lists of indices pick one entry per row: `probs[rows, columns]`.",
            "The rows are 0, 1, 2, …: `range(len(targets))`. The columns are the targets.",
        ],
        mistakes=[
            (lambda probs, targets: probs[:, targets], "a colon takes every row for every target: (n, n)"),
            (
                lambda probs, targets: probs.max(dim=1).values,
                "the most probable class, which need not be the right one",
            ),
            (
                lambda probs, targets: probs[targets],
                "a single index picks whole rows, those of pictures 0, 1, 2, …; the targets are columns",
            ),
            (
                lambda probs, targets: probs.gather(1, targets[:, None]),
                "the right numbers as a column, (n, 1): `.squeeze(1)` makes it (n,)",
            ),
            (
                lambda probs, targets: _right_class(probs, targets).mean(),
                "their mean; the task is one number per picture",
            ),
            (
                lambda probs, targets: -_right_class(probs, targets),
                "minus the probability, as `nll_loss` returns it; here it should keep its sign",
            ),
            (
                lambda probs, targets: _right_class(probs.log(), targets),
                "the log of the probability, which comes later in the notebook",
            ),
        ],
    ),
    Exercise(
        "know_nothing",
        "The loss of a model that gives each of the 37 breeds the same probability, to two decimals.",
        answer=math.log(37),
        tolerance=0.002,
        hints=[
            "Which probability does the right breed get? The loss is minus its log.",
            "-log(1/37) = log(37).",
        ],
        mistakes=[
            (1 / 37, "the probability of the right breed; the loss is minus its log"),
            (-math.log(37), "the log itself; the loss is minus that"),
            (math.log10(37), "the logarithm to base 10; `math.log` is the natural one"),
            (math.log2(37), "the logarithm to base 2; `math.log` is the natural one"),
            (1 - 1 / 37, "1 - p, the loss without a log"),
            (math.log(64), "the log of the batch size; what counts is among how many breeds it guesses"),
            (math.log(3), "log 3, for the three breeds of the worked table; here there are 37"),
            (3.6, "right, but for a decimal: give two"),
            (64 * math.log(37), "the loss of all 64 pictures together; the question is about one"),
        ],
    ),
    Exercise(
        "nll",
        "From log probabilities (n, c) and targets (n,), one number: the mean of minus the right entries.",
        answer=lambda log_probs, targets: F.nll_loss(log_probs, targets),
        cases=_logs,
        hints=[
            "You are given the logs already. Pick as in `right_class`.",
            "Then a minus sign, then `.mean()`.",
        ],
        mistakes=[
            (lambda logs, targets: -F.nll_loss(logs, targets), "the sign: a loss is positive"),
            (
                lambda logs, targets: F.nll_loss(logs.log(), targets),
                "the log of a log: you are given the logs already",
            ),
            (
                lambda logs, targets: -logs[:, targets].mean(),
                "a colon takes every row for every target: pair each row with its own, `range(n), targets`",
            ),
            (
                lambda logs, targets: F.nll_loss(logs, targets, reduction="sum"),
                "the sum, which grows with the batch: take the mean",
            ),
            (
                lambda logs, targets: F.nll_loss(logs, targets, reduction="none"),
                "a loss for each picture; the task is their mean",
            ),
            (
                lambda logs, targets: -logs.max(dim=1).values.mean(),
                "the most probable class of each row, which need not be the right one",
            ),
            (
                lambda logs, targets: -logs.mean(),
                "the mean of every entry; only the right class of each row counts",
            ),
        ],
    ),
    Exercise(
        "cross_entropy",
        "From activations (n, c) and targets (n,), the mean loss, one number. It must survive 1000.",
        answer=lambda acts, targets: F.cross_entropy(acts, targets),
        cases=_with_targets,
        hints=[
            "Two steps: log softmax, then nll.",
            "log(a / b) = log(a) - log(b), and the log of e**x is x: the log softmax is x - log(sum(e**x)).",
            "Before that, subtract each row's largest activation. `torch.logsumexp` does it for you.",
        ],
        mistakes=[
            (
                lambda acts, targets: F.cross_entropy(torch.softmax(acts, dim=1), targets),
                "softmax twice: torch's cross_entropy wants activations",
            ),
            (
                lambda acts, targets: F.nll_loss(torch.log(torch.softmax(acts, dim=1)), targets),
                "where the softmax is 0, its log is -inf: join the two steps, and no probability is needed",
            ),
            (
                lambda acts, targets: F.nll_loss(torch.softmax(acts, dim=1), targets),
                "the log is missing: despite its name, nll_loss does not take it",
            ),
            (
                lambda acts, targets: lab.nll_loss(lab.log_softmax_naive(acts), targets),
                "e**1000 is `inf` and e**-1000 is 0, and the loss comes out `nan`: subtract each row's "
                "largest activation first, everywhere",
            ),
            (
                lambda acts, targets: F.nll_loss(acts - _log_row_sum(_shifted(acts)), targets),
                "the largest activation is subtracted in the sum alone: take the shifted row for x_k too",
            ),
            (
                lambda acts, targets: F.nll_loss(_less_largest(acts) - _log_row_sum(acts.exp()), targets),
                "the largest activation is subtracted from x_k alone: take the shifted row in the sum too",
            ),
            (
                lambda acts, targets: F.nll_loss(_less_largest(acts) - _shifted(acts).sum().log(), targets),
                "the sum of the whole table; each row has its own, `sum(dim=1, keepdim=True)`",
            ),
            (
                lambda acts, targets: F.cross_entropy(acts, targets, reduction="none"),
                "a loss for each picture; the task is their mean",
            ),
            *map(_with_a_floor, (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)),
            (
                lambda acts, targets: F.cross_entropy(acts, targets, reduction="sum"),
                "the sum, which grows with the batch: take the mean",
            ),
        ],
    ),
    Exercise(
        "four_losses",
        'Who did what? {"A": ..., "B": ...}: "right", "softmax twice", "no log" or "no softmax".',
        answer=FOUR,
        judge=_four_losses,
        hints=[
            "Two of the losses are negative, and -log(p) never is: which function can return that?",
            "`nll_loss` of probabilities is minus a mean of numbers in 0..1. Which of the two is that?",
            "The lowest loss that `cross_entropy` of probabilities can give: one 1 and 36 zeros. Compute it.",
        ],
    ),
    Exercise(
        "costly_and_right",
        "Get the loss of the panel above 2 while the right class still has the largest activation.",
        answer=None,
        judge=_costly_and_right,
        hints=[
            "The lower the winner's probability, the higher the loss: bring all others to just below "
            "the right one.",
            "With three classes the winner always has more than a third, so it costs less than log 3 = 1.1. "
            "Who else could share?",
            "Press *Add a class* until there are nine. All at 0, and the right one at 0.1.",
        ],
    ),
    Exercise(
        "classes_for_three",
        "The smallest number of classes for which a right answer can cost 3 or more.",
        answer=21,
        hints=[
            "A right answer is costliest when all classes have nearly the same probability. What is it then?",
            "With c classes it costs nearly -log(1/c) = log(c). For which c is that at least 3?",
            "e**3 is 20.09. Round it to a whole number of classes, and make sure that they are enough.",
        ],
        mistakes=[
            (20, "not quite: log(20) is 2.996"),
            (
                math.exp(3),
                "e**3 is the right idea; but the number of classes is whole, and it must be enough",
            ),
            (3, "the loss itself: with 3 classes a right answer costs at most log(3) = 1.10"),
            (22, "enough, but not quite the fewest"),
            (10, "as many as the panel has: with 10 classes a right answer costs at most log(10) = 2.30"),
            (37, "enough, but not the fewest"),
            (1000, "10**3; the log in the loss is the natural one, so the base is e"),
            (8, "2**3; the log in the loss is the natural one, so the base is e"),
        ],
    ),
    Exercise(
        "gradient",
        "The gradient (n, c) of the mean cross-entropy with respect to the activations, without autograd.",
        answer=_gradient,
        cases=_with_targets,
        run=_without_autograd,
        hints=[
            "For one picture: softmax minus one-hot. `F.one_hot(targets, acts.shape[1])` makes those rows.",
            "The loss is a mean over n pictures, so each of them contributes 1/n.",
        ],
        mistakes=[
            (
                lambda acts, targets: _gradient(acts, targets) * len(targets),
                "the gradient of the sum: for the mean divide by the number of pictures",
            ),
            (
                lambda acts, targets: -_gradient(acts, targets),
                "the sign: this points downhill, and the gradient points uphill",
            ),
            (
                _gradient_of_columns,
                "`probs[:, targets] -= 1` takes 1 off in every row: pair them, `probs[range(n), targets]`",
            ),
            (
                lambda acts, targets: _gradient(acts, targets).sum(dim=0),
                "summed over the pictures; each activation has a gradient of its own: (n, c)",
            ),
            (
                lambda acts, targets: torch.softmax(acts, dim=1) / len(targets),
                "the probabilities alone: take 1 off at each picture's right class",
            ),
            (
                lambda acts, targets: _gradient(acts, targets) / acts.shape[1],
                "divided by all the numbers in the table; the loss is a mean over the n pictures only",
            ),
            (
                lambda acts, targets: _gradient(acts, targets).mean(),
                "one number, and it is 0, as every row sums to 0: divide by n instead of taking a mean",
            ),
            (
                lambda acts, targets: (torch.softmax(acts, dim=1) - F.one_hot(targets)) / len(targets),
                "`F.one_hot(targets)` has only as many columns as the largest target of this batch needs: "
                "tell it the number of classes, `acts.shape[1]`",
            ),
        ],
    ),
    Exercise(
        "better_model",
        'Which model has the higher accuracy, which the lower loss? {"accuracy": "A" or "B", "loss": ...}.',
        answer={"accuracy": "A", "loss": "B"},
        hints=[
            "With two classes a picture is right when its own class has more than 0.5.",
            "The loss is the mean of -log(p) over the eight: a single one of them can outweigh the rest.",
        ],
        mistakes=[
            (
                {"accuracy": "A", "loss": "A"},
                "a single confident mistake costs A more than all of B's doubts together",
            ),
            ({"accuracy": "B", "loss": "B"}, "count the pictures whose own class has more than 0.5"),
            (
                {"accuracy": "B", "loss": "A"},
                "the other way round: A gets seven of eight right, but its one mistake is expensive",
            ),
            (
                {"accuracy": 0.875, "loss": 0.47},
                "the two numbers themselves; the question is which model has them, A or B",
            ),
            ({"accuracy": "a", "loss": "b"}, "right, if you write them as the table does: A and B"),
        ],
    ),
    Exercise(
        "binary_loss",
        "The mean loss for answers y of 0 or 1 and probabilities p of a 1. A sure answer costs 0 if it is "
        "right, inf if not.",
        answer=_binary_loss,
        cases=_answers,
        hints=[
            "Where y is 1 the loss is -log(p). And what is the probability of a 0?",
            "`torch.where(y == 1, a, b)` takes a where the condition is true, and b elsewhere.",
        ],
        mistakes=[
            (_by_formula, "0 times log(0) is nan: choose the term with `torch.where` instead of multiplying"),
            (lambda y, p: -(y * p.log()).mean(), "the pictures whose answer is 0 are left out"),
            (lambda y, p: _binary_loss(1 - y, p), "the two terms are swapped: -log(p) belongs to y = 1"),
            (
                lambda y, p: torch.where(y == 1, 1 - p, p).mean(),
                "how far off p is, the first loss of this notebook; here it is minus a log",
            ),
            (
                lambda y, p: -(y * p.log() + (1 - y) * (1 - p).log()).nan_to_num().mean(),
                "`nan_to_num` also turns inf into a number: a sure wrong answer should cost inf. Choose the "
                "term with `torch.where`",
            ),
            (
                lambda y, p: lab.binary_loss(y, p),
                "the ready-made function, which cuts every log off at -100: no mistake costs more than 100",
            ),
            *map(_binary_with_a_floor, (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)),
            (
                lambda y, p: torch.where(y == 1, p.log(), (1 - p).log()).mean(),
                "the sign: a loss is positive, and the log of a probability is not",
            ),
            (
                lambda y, p: -(y * p.log() + (1 - y) * (1 - p).log()).nanmean(),
                "`nanmean` leaves out the pictures where 0 * log(0) gave nan; they cost 0, but they count",
            ),
            (
                lambda y, p: torch.where(y == 1, -p.log(), -(1 - p).log()).sum(),
                "the sum, which grows with the batch: take the mean",
            ),
            (
                lambda y, p: torch.where(y == 1, -p.log(), -(1 - p).log()),
                "a loss for each picture; the task is their mean",
            ),
            (
                lambda y, p: torch.where(y == 1, -p.log(), -(1 - p.log())).mean(),
                "a bracket is in the wrong place: the log of (1 - p), not 1 minus the log of p",
            ),
            (
                lambda y, p: F.binary_cross_entropy(y, p),
                "torch's function takes the probabilities first, then the answers; and it cuts every log off "
                "at -100",
            ),
        ],
    ),
]

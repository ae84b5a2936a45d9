"""Exercises of `04_loss_from_scratch`: each step from activations to the cross-entropy, and its gradient."""

import math
import random

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
    return [(_rows(rng, 1, 2),), (_rows(rng, 3, 4),), (LARGE,)]


def _probabilities(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    sizes = [(1, 3), (5, 4), (3, 3), (2, 37)]
    return [(torch.softmax(_rows(rng, n, c), dim=1), _targets(rng, n, c)) for n, c in sizes]


def _logs(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    return [(probs.log(), targets) for probs, targets in _probabilities(rng)]


def _with_targets(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = [(_rows(rng, n, c), _targets(rng, n, c)) for n, c in [(1, 2), (4, 3), (3, 5)]]
    return [*cases, (LARGE, torch.tensor([2, 2]))]


def _answers(rng: random.Random) -> list[tuple[Tensor, Tensor]]:
    cases = []
    for n in (1, 4, 7):
        y = torch.tensor([float(rng.random() < 0.5) for _ in range(n)])
        cases.append((y, torch.tensor([rng.uniform(0.02, 0.98) for _ in range(n)])))
    cases.append((torch.tensor([1.0, 0.0, 1.0]), torch.tensor([1.0, 0.0, 0.25])))
    return [*cases, (torch.tensor([1.0, 0.0]), torch.tensor([1e-20, 0.5]))]


def _right_class(probs: Tensor, targets: Tensor) -> Tensor:
    return probs[range(len(targets)), targets]


def _gradient(acts: Tensor, targets: Tensor) -> Tensor:
    one_hot = F.one_hot(targets, acts.shape[1])
    return (torch.softmax(acts, dim=1) - one_hot) / len(targets)


def _gradient_of_columns(acts: Tensor, targets: Tensor) -> Tensor:
    probs = torch.softmax(acts, dim=1)
    probs[:, targets] -= 1
    return probs / len(targets)


def _shifted(acts: Tensor, top: Tensor | None = None) -> Tensor:
    """e to each activation, less the largest of its row, or less `top`."""
    return (acts - (acts.max(dim=1, keepdim=True).values if top is None else top)).exp()


def _by_formula(y: Tensor, p: Tensor) -> Tensor:
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


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
                "right on paper; but e**200 is infinite in float32, and inf / inf is nan",
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
            "First take each row's largest off: `acts = acts - acts.max(dim=1, keepdim=True).values`.",
        ],
        mistakes=[
            (
                lambda acts: torch.softmax(acts, dim=0),
                "softmax over columns: dim=0 sums over pictures, not classes",
            ),
            (
                lambda acts: acts.exp() / acts.exp().sum(dim=1, keepdim=True),
                "the naive softmax: e**1000 is inf, and inf / inf is nan. Take each row's largest off first",
            ),
            (
                lambda acts: torch.softmax(acts.flatten(), dim=0).reshape(acts.shape),
                "divided by the sum of the whole table; each row is one picture and should sum to 1",
            ),
            (
                lambda acts: _shifted(acts, acts.max()) / _shifted(acts, acts.max()).sum(1, keepdim=True),
                "one maximum for the whole batch: a row far below it becomes all zeros, and 0 / 0 is nan. "
                "Take each row's own",
            ),
            (
                lambda acts: _shifted(acts) / _shifted(acts).sum(dim=1),
                "the sums lie in a row and do not line up with their pictures: `keepdim=True` keeps a column",
            ),
        ],
    ),
    Exercise(
        "right_class",
        "From probabilities (n, c) and targets (n,), the probability (n,) that each picture's own class got.",
        answer=_right_class,
        cases=_probabilities,
        hints=[
            "Two lists of indices pick one entry a row: `probs[rows, columns]`.",
            "The rows are 0, 1, 2, …: `range(len(targets))`. The columns are the targets.",
        ],
        mistakes=[
            (lambda probs, targets: probs[:, targets], "a colon takes every row for every target: (n, n)"),
            (
                lambda probs, targets: probs.max(dim=1).values,
                "the most probable class, which need not be the right one",
            ),
        ],
    ),
    Exercise(
        "know_nothing",
        "The loss of a model that gives each of the 37 breeds the same probability, to two places.",
        answer=math.log(37),
        tolerance=0.002,
        hints=[
            "What probability gets the right breed? Minus its log.",
            "-log(1/37) = log(37).",
        ],
        mistakes=[
            (1 / 37, "the probability of the right breed; the loss is minus its log"),
            (-math.log(37), "the log itself; the loss is minus that"),
            (math.log10(37), "the logarithm to base 10; `math.log` is the natural one"),
        ],
    ),
    Exercise(
        "nll",
        "From log probabilities (n, c) and targets (n,), one number: the mean of minus the right entries.",
        answer=lambda log_probs, targets: F.nll_loss(log_probs, targets),
        cases=_logs,
        hints=[
            "What goes in is the log already. Pick as in `right_class`.",
            "Then a minus sign, then `.mean()`.",
        ],
        mistakes=[
            (lambda logs, targets: -F.nll_loss(logs, targets), "the sign: a loss is positive"),
            (
                lambda logs, targets: F.nll_loss(logs.log(), targets),
                "the log of a log: what goes in has it already",
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
            "Before that, take each row's largest activation off. `torch.logsumexp` does it for you.",
        ],
        mistakes=[
            (
                lambda acts, targets: F.cross_entropy(torch.softmax(acts, dim=1), targets),
                "softmax twice: torch's cross_entropy wants activations",
            ),
            (
                lambda acts, targets: F.nll_loss(torch.log(torch.softmax(acts, dim=1)), targets),
                "the log of a softmax that is 0 is -inf: join both steps, and no probability is ever needed",
            ),
            (
                lambda acts, targets: F.nll_loss(torch.softmax(acts, dim=1), targets),
                "without the log: nll_loss does not take it, despite its name",
            ),
            (
                lambda acts, targets: lab.nll_loss(lab.log_softmax_naive(acts), targets),
                "e**1000 is inf, and inf / inf is nan: take each row's largest activation off first",
            ),
            (
                lambda acts, targets: -(_right_class(acts.softmax(1), targets) + 1e-9).log().mean(),
                "the small number that was added hides an infinite loss: nothing can cost more than 20. "
                "Take the log softmax",
            ),
            (
                lambda acts, targets: F.cross_entropy(acts, targets, reduction="sum"),
                "the sum, which grows with the batch: take the mean",
            ),
        ],
    ),
    Exercise(
        "sure_and_wrong",
        "Picture 3's loss when its activation for Ragdoll is 10 in place of 5, to two places.",
        answer=math.log(math.exp(-1.5) + math.exp(10) + 1),
        tolerance=0.001,
        hints=[
            "Picture 3 shows a pug. `cross_entropy` of one row, with target 2, gives it.",
            "The loss is log(e**-1.5 + e**10 + e**0) - 0. Which term counts?",
        ],
        mistakes=[
            (math.log(math.exp(-1.5) + math.exp(5) + 1), "its loss with 5; the activation should be 10"),
            (
                math.log(math.exp(-1.5) + math.exp(10) + 1) - 10,
                "the loss as if Ragdoll were right; the picture shows a pug",
            ),
        ],
    ),
    Exercise(
        "gradient",
        "The gradient (n, c) of the mean cross-entropy with respect to the activations, without autograd.",
        answer=_gradient,
        cases=_with_targets,
        hints=[
            "For one picture: softmax minus one-hot. `F.one_hot(targets, acts.shape[1])` makes the ones.",
            "The loss is a mean over n pictures, so each has an n-th part in it.",
        ],
        mistakes=[
            (
                lambda acts, targets: _gradient(acts, targets) * len(targets),
                "the gradient of the sum: for the mean divide by the number of pictures",
            ),
            (
                lambda acts, targets: -_gradient(acts, targets),
                "the sign: this is the way down, not up",
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
        ],
    ),
    Exercise(
        "better_model",
        'Which model has the higher accuracy, which the lower loss? {"accuracy": "A" or "B", "loss": ...}.',
        answer={"accuracy": "A", "loss": "B"},
        hints=[
            "With two classes a picture is right when its own class has more than 0.5.",
            "A mean of eight losses: one of them can outweigh the rest.",
        ],
        mistakes=[
            ({"accuracy": "A", "loss": "A"}, "one sure mistake costs A more than all of B's doubts together"),
            ({"accuracy": "B", "loss": "B"}, "count the pictures whose own class has more than 0.5"),
        ],
    ),
    Exercise(
        "binary_loss",
        "The mean loss for answers y of 0 or 1 and probabilities p of a 1. A sure right answer costs 0.",
        answer=lambda y, p: lab.binary_loss(y, p),
        cases=_answers,
        hints=[
            "Where y is 1 the loss is -log(p). What is the probability of a 0?",
            "`torch.where(y == 1, a, b)` takes from a where it is true, and from b elsewhere.",
        ],
        mistakes=[
            (_by_formula, "0 times log(0) is nan: choose the term with `torch.where`, and do not multiply"),
            (lambda y, p: -(y * p.log()).mean(), "the pictures whose answer is 0 are left out"),
            (lambda y, p: lab.binary_loss(1 - y, p), "the two terms are the wrong way round"),
            (
                lambda y, p: _by_formula(y, p.clamp(1e-7, 1 - 1e-7)),
                "clamped probabilities: no mistake can cost more than 16, however sure it was",
            ),
        ],
    ),
]

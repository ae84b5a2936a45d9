"""One picture's way from activations to its loss, step by step: the record behind the loss panel.

Every number comes from `lab.core.losses`, the gradients from autograd through them; the naive forms of the
2020 lesson stand beside the stable ones.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from numbers import Integral, Real

import torch

from lab.core.errors import BadIndex, BadValue
from lab.losses import (
    binary_loss,
    cross_entropy,
    log_softmax,
    log_softmax_naive,
    nll_loss,
    sigmoid,
    softmax,
    softmax_naive,
)

START = (2.0, 1.0, -0.5, 0.5, -1.5, 1.5, -1.0, 0.0, -2.0, 2.5)
FEWEST, MOST = 2, len(START)
LARGEST = 1000.0  # of an activation, up or down
REACH = 10.0  # what activations are like in practice


@dataclass(frozen=True)
class Steps:
    """The numbers of one picture: lists with one entry for each class, then the losses they lead to.

    gradient: of the cross-entropy with respect to each activation. probability: of the right class.
    naive: the loss through the naive softmax, nan or inf where that breaks. binary: the same loss through the
    sigmoid; None for more than two classes.
    """

    exps: list[float]
    naive_softmax: list[float]
    softmax: list[float]
    sigmoid: list[float]
    log_softmax: list[float]
    gradient: list[float]
    probability: float
    picked: float
    nll: float
    cross_entropy: float
    naive: float
    binary: float | None


class Activations:
    """The activations of one picture and its right class; both can be changed.

    two: the first class only is looked at, against a second one whose activation stays 0, as a sigmoid does;
    the others are kept meanwhile. far: the classes whose activation has been beyond 10 since the last reset.
    Raises ValueError for fewer than two or more than ten classes.
    """

    def __init__(self, n: int = 3) -> None:
        if not isinstance(n, Integral) or isinstance(n, bool) or not FEWEST <= n <= MOST:
            raise BadValue(f"LossPanel: got n={n!r}. Choose {FEWEST} to {MOST} classes.")
        self.count, self.two = int(n), False
        self.reset()

    def reset(self) -> None:
        """The activations and the right class that a new record of so many classes has."""
        self._acts, self._target = list(START[: self.count]), 0
        self.far: set[int] = set()

    def look_at_two(self, on: bool = True) -> None:
        """Look at the first class against 0; or at all classes again."""
        self.two = bool(on)

    @property
    def acts(self) -> tuple[float, ...]:
        """The activations that are looked at."""
        return (self._acts[0], 0.0) if self.two else tuple(self._acts)

    @property
    def target(self) -> int:
        """The right class, counted from 0."""
        return min(self._target, len(self.acts) - 1)

    def set(self, number: int, act: float) -> None:
        """Change the activation of a class. Raises ValueError or IndexError."""
        if not isinstance(act, Real) or not abs(act) <= LARGEST:
            raise BadValue(f"Activation: got {act!r}. Choose a number from {-LARGEST:g} to {LARGEST:g}.")
        self._check_class(number)
        if self.two and number == 1 and act != 0:
            raise BadValue("Activation: with the sigmoid, the second class stays at 0. Move the first one.")
        if not (self.two and number == 1):
            self._acts[number] = float(act)
            if abs(act) > REACH:
                self.far.add(number)

    def pick(self, number: int) -> None:
        """Say which class is the right one. Raises IndexError for a class that there is not."""
        self._check_class(number)
        self._target = int(number)

    def add(self) -> None:
        """One class more, at the activation that it starts with. Raises ValueError when there are ten."""
        self._check_free()
        if self.count == MOST:
            raise BadValue(f"Classes: there are {MOST} already. Remove one first.")
        self._acts.append(START[self.count])
        self.count += 1

    def remove(self) -> None:
        """One class less, the last one. Raises ValueError when there are two."""
        self._check_free()
        if self.count == FEWEST:
            raise BadValue("Classes: there must be at least two. Add one first.")
        self.count -= 1
        del self._acts[self.count :]
        self._target = min(self._target, self.count - 1)
        self.far.discard(self.count)

    def steps(self) -> Steps:
        """All numbers from the activations to the loss, in float32."""
        return _steps(self.acts, self.target)

    def remark(self, steps: Steps) -> str:
        """One sentence or two on what there is to see now."""
        top = max(self.acts)
        if not math.isfinite(sum(steps.exps)):
            return (
                f"Naive breaks: exp({top:g}) is more than float32 can hold (3.4e+38), so it is inf, and "
                "inf / inf is nan. The stable softmax first subtracts the largest activation: the quotient "
                "stays the same, and no exp exceeds 1."
            )
        if not math.isfinite(steps.naive):
            return (
                "Naive breaks: the right class's probability is too small for float32, and the log of 0 is "
                f"-inf. log_softmax never takes the log of a probability, and gives {steps.picked:.1f}."
            )
        if self.two:
            return (
                "The softmax of (a, 0) is exp(a) / (exp(a) + 1) = 1 / (1 + exp(-a)), which is sigmoid(a): "
                "with two classes both give the same probability and the same loss."
            )
        return (
            "The gradient is the softmax, minus 1 for the right class, so it sums to 0. A step goes against "
            "it: the right activation rises, the others fall."
        )

    def code(self) -> str:
        """The line of Python that computes the loss."""
        return f"lab.cross_entropy(torch.tensor([{list(self.acts)!r}]), torch.tensor([{self.target}]))"

    def _check_class(self, number: int) -> None:
        if not isinstance(number, Integral) or not 0 <= number < len(self.acts):
            raise BadIndex(f"Class: got {number!r}. The classes are 0 to {len(self.acts) - 1}.")

    def _check_free(self) -> None:
        if self.two:
            raise BadValue("Classes: a sigmoid has only two. Switch it off to add or remove classes.")


@lru_cache(maxsize=1)  # a panel asks several times whenever it shows itself
def _steps(acts: tuple[float, ...], right: int) -> Steps:
    x, target = torch.tensor([acts], requires_grad=True), torch.tensor([right])
    loss = cross_entropy(x, target)
    (gradient,) = torch.autograd.grad(loss, x)
    with torch.no_grad():
        probs, logs = softmax(x), log_softmax(x)
        first = sigmoid(x[0, :1] - x[0, 1:2])
        both = torch.cat([first, 1 - first])
        return Steps(
            exps=torch.exp(x)[0].tolist(),
            naive_softmax=softmax_naive(x)[0].tolist(),
            softmax=probs[0].tolist(),
            sigmoid=both.tolist() if len(acts) == 2 else [],
            log_softmax=logs[0].tolist(),
            gradient=gradient[0].tolist(),
            probability=probs[0, right].item(),
            picked=logs[0, right].item(),
            nll=nll_loss(logs, target).item(),
            cross_entropy=loss.item(),
            naive=nll_loss(log_softmax_naive(x), target).item(),
            binary=binary_loss(1 - target, first).item() if len(acts) == 2 else None,
        )

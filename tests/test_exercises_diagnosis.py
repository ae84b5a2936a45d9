"""Wrong answers are told what is wrong with them, and none passes."""

import numpy as np
import pytest
import torch
from wrong_answers import SNEAKY, WRONG

from lab.exercises import Exercise
from lab.exercises.checking import check
from lab.exercises.content import exercises_of, subjects

ALL = {e.name: e for subject in subjects() if subject != "classic" for e in exercises_of(subject)}


def attempts(table):
    return [
        pytest.param(ALL[name], attempt, id=f"{name}-{key}")
        for name, found in table.items()
        for key, attempt, _ in found
    ]


def told(exercise, attempt):
    """What is said to be wrong; of a function that prints, that it returns nothing."""
    result = check(exercise, attempt)
    assert result.state != "solved", f"a wrong answer passes: {result}"
    return dict(result.facts).get("this is") or ("return" in result.headline and "it returns nothing")


@pytest.mark.parametrize(("exercise", "attempt"), attempts(WRONG))
def test_a_common_wrong_answer_is_diagnosed(exercise, attempt):
    assert told(exercise, attempt)


@pytest.mark.parametrize(("exercise", "attempt"), attempts(SNEAKY))
def test_an_answer_that_is_nearly_right_does_not_pass(exercise, attempt):
    told(exercise, attempt)


def exercise(answer, *cases):
    return Exercise("one", "One.", answer=answer, cases=cases)


MEAN = exercise(lambda x: sum(x) / len(x), ([1.0, 2.0],), ([3.0, 4.0, 8.0],), ([1.0],))
ROWS = exercise(
    lambda x: x.softmax(1), (torch.tensor([[1.0, 2.0]]),), (torch.tensor([[500.0, 2.0], [0, 0]]),)
)
TWICE = exercise(lambda x: [2 * i for i in x], ([1, 2, 3],), ([4, 0, 7, 1],))


@pytest.mark.parametrize(
    ("exercise", "attempt", "words"),
    [
        (MEAN, lambda x: 2.0, "the arguments are not used"),
        (MEAN, lambda x: -sum(x) / len(x), "but for the sign"),
        (MEAN, lambda x: 100 * sum(x) / len(x), "percent"),
        (MEAN, lambda x: 3 * sum(x) / len(x), "3 times what was expected"),
        (MEAN, sum, "take the mean"),
        (MEAN, lambda x: sum(x) / 2, "right for the first case alone, [1, 2]"),
        (MEAN, lambda x: sum(x) / x[3], "an index beyond the end"),
        (MEAN, lambda x: sum(x) / lenght, "a name that does not exist"),  # noqa: F821
        (MEAN, lambda x: x[0](1 + x[0]), "write `*` to multiply"),
        (ROWS, lambda x: x.exp() / x.exp().sum(1, keepdim=True), "does not fit into a float"),
        (ROWS, lambda x: x - x.max(dim=1), "take `.values`"),
        (ROWS, lambda x: x[:, :2] / torch.ones(3), "two shapes do not go together"),
        (ROWS, lambda x: x.sum().backward(), "or the task is to do without it"),
        (TWICE, lambda x: [2 * i for i in x][::-1], "back to front"),
        (TWICE, lambda x: [0, *(2 * i for i in x)], "one too many at the beginning"),
        (TWICE, lambda x: [2 * i for i in x][1:], "the first is missing"),
        (TWICE, lambda x: [2 * i for i in x][:-1], "the last is missing"),
        (TWICE, lambda x: [*(2 * i for i in x), 0], "one too many at the end"),
        (exercise(np.transpose, (np.ones((2, 3)),), (np.arange(6).reshape(3, 2),)), np.array, "interchanged"),
        (ROWS, lambda x: x.softmax(1).numpy(), "the right numbers, but not in a tensor"),
    ],
)
def test_errors_of_every_exercise_are_told(exercise, attempt, words):
    assert words in told(exercise, attempt)


def test_two_errors_at_once_are_told_to_be_more_than_one():
    double = Exercise(
        "double",
        "Twice the number.",
        answer=lambda n: 2 * n,
        cases=[(1,), (2,), (3,), (1000,)],
        mistakes=[(lambda n: n * n + 5, "its square and 5")],
    )
    result = check(double, lambda n: n * n + 5 if n < 10 else n)
    assert dict(result.facts)["this is"] == "more than one thing. To begin with: its square and 5"


def test_nothing_is_said_of_an_exception_in_a_case_that_is_not_shown():
    result = check(MEAN, lambda x: 5.0 if x == [1.0, 2.0] else x[9])
    assert ("came out", "5") in result.facts
    assert "this is" not in dict(result.facts)


def test_where_nothing_is_known_nothing_is_said():
    assert "this is" not in dict(check(MEAN, lambda x: max(x) + 1).facts)

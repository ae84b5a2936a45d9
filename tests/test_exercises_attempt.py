"""Nothing that an attempt does is fatal or reaches the next case: exceptions, exits, prints, changes."""

import functools
import random
import sys

import pytest
import torch

from lab.exercises import Exercise
from lab.exercises.checking import check

DOUBLE = Exercise("double", "Twice the number.", answer=lambda x: 2 * x, cases=[(1,), (0,), (-3,)])


def facts(result) -> dict[str, str]:
    return dict(result.facts)


def a_helper(x):
    return x / 0  # the line that a student wants to see


def an_attempt_that_fails(x):
    y = x + 1
    return a_helper(y)


class Fails:
    def __call__(self, x):
        return a_helper(x)


@pytest.mark.parametrize(
    "attempt",
    [an_attempt_that_fails, Fails(), functools.partial(an_attempt_that_fails), lambda x: a_helper(x)],
)
def test_an_exception_is_told_with_the_students_own_line(attempt):
    result = check(DOUBLE, attempt)
    assert result.state == "wrong"
    assert [label for label, _ in result.facts] == ["went in", "raised", "in line", "expected"]
    assert facts(result)["raised"] == "ZeroDivisionError: division by zero"
    number = a_helper.__code__.co_firstlineno + 1
    assert facts(result)["in line"] == f"{number}: return x / 0  # the line that a student wants to see"


def test_an_exception_deep_in_a_library_shows_the_line_that_called_it():
    def add(x):
        torch.zeros(2)  # not this one
        return random.Random(0).choice([])

    result = check(DOUBLE, add)
    assert facts(result)["in line"].endswith(": return random.Random(0).choice([])")


def test_a_wrong_number_of_arguments_has_no_line():
    result = check(DOUBLE, lambda: 1)
    assert "takes 0 positional arguments but 1 was given" in facts(result)["raised"]
    assert "in line" not in facts(result)


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SystemExit(1), "SystemExit: 1"),
        (SystemExit(), "SystemExit"),
        (GeneratorExit(), "GeneratorExit"),
        (Silent(), "Silent"),
        (ValueError("of <object at 0x7f00ff00>"), "ValueError: of <object>"),
        (ValueError("x" * 999), "ValueError: " + "x" * 207 + "…"),
    ],
)
def test_no_exception_ends_the_check(error, told):
    def attempt(x):
        raise error

    assert facts(check(DOUBLE, attempt))["raised"] == told


def test_exit_is_told():
    assert facts(check(DOUBLE, lambda x: sys.exit("bye")))["raised"] == "SystemExit: bye"


def test_the_users_own_interrupt_is_not_swallowed():
    def attempt(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(DOUBLE, attempt)


def test_endless_recursion_is_told():
    def attempt(x):
        return attempt(x + 1)

    result = check(DOUBLE, attempt)
    assert facts(result)["raised"].startswith("RecursionError: ")
    assert facts(result)["in line"].endswith(": return attempt(x + 1)")


def test_what_an_attempt_prints_is_told_where_it_is_wrong_and_nowhere_else(capsys):
    def chatty(x):
        print("got", x)
        print("and warn", file=sys.stderr)
        return 2 * abs(x)

    assert facts(check(DOUBLE, chatty))["printed"] == "got -3\nand warn"
    assert check(DOUBLE, lambda x: print(x) or 2 * x).facts == ()
    assert capsys.readouterr() == ("", "")  # nbgrader gives no points for a cell that writes to stderr


def test_a_flood_of_print_is_cut():
    def flood(x):
        for _ in range(10_000):
            print("x" * 100)

    assert len(facts(check(DOUBLE, flood))["printed"]) == 220


def test_an_attempt_that_spoils_its_arguments_spoils_nothing_else():
    numbers = [3, 1, 2]
    total = Exercise("total", "The sum.", answer=sum, cases=[(numbers,), (numbers,)])

    def emptied(values):
        result = sum(values)
        values.clear()
        return result

    assert check(total, emptied).state == "wrong"
    assert numbers == [3, 1, 2]
    assert check(total, sum)
    in_place = Exercise("exp", "e to each.", answer=torch.exp, cases=[(torch.zeros(2),)])
    assert facts(check(in_place, lambda x: x.add_(5)))["went in"] == "[0, 0], shape (2,)"


def test_an_answer_that_spoils_its_arguments_spoils_nothing_else():
    last = Exercise("last", "The last.", answer=lambda xs: xs.pop(), cases=[([1, 2],)])
    assert check(last, lambda xs: xs[-1])
    assert check(last, lambda xs: xs[-1])


def test_an_adapter_tries_a_class():
    stack = Exercise(
        "Stack",
        "push and pop.",
        answer=type("Stack", (list,), {"push": list.append}),
        cases=[([1, 2, 3],), ([],)],
        run=lambda make, numbers: _popped(make(), numbers),
    )

    class Queue:
        def __init__(self):
            self.all = []

        def push(self, number):
            self.all.append(number)

        def pop(self):
            return self.all.pop(0)

    class Stack(Queue):
        def pop(self):
            return self.all.pop()

    class Broken:
        def push(self, number):
            self.all.append(number)

    assert check(stack, Stack)
    assert facts(check(stack, Queue)) == {
        "went in": "[1, 2, 3]",
        "came out": "[1, 2, 3]",
        "expected": "[3, 2, 1]",
        "differs in": "2 of 3 numbers, first at [0]",
    }
    assert facts(check(stack, Broken))["in line"].endswith(": self.all.append(number)")


def _popped(stack, numbers):
    for number in numbers:
        stack.push(number)
    return [stack.pop() for _ in numbers]

"""What counts as the same, what differs in words, and how values are shown."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lab.exercises.showing import shown
from lab.exercises.values import difference


def differs(got, expected, tolerance=1e-4):
    return difference(got, expected, tolerance)


NAN = math.nan
FRAME = pd.DataFrame({"breed": ["pug", "Ragdoll"], "share": [0.25, NAN]}, index=[3, 5])

SAME = [
    (1, 1.0),
    (1.00001, 1),
    (torch.tensor(3), 3),
    (torch.tensor([3.0], requires_grad=True), [3]),
    (torch.tensor([1.5], dtype=torch.bfloat16), [1.5]),
    (np.float32(0.1), 0.1),
    ((1, 2), [1, 2]),
    (np.array([[1, 2], [3, 4]]), [[1.0, 2.0], [3.0, 4.0]]),
    (torch.tensor([[1, 2], [3, 4]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
    (3, torch.tensor(3)),
    (torch.ones(2, 1), [torch.ones(1), torch.ones(1)]),
    ((torch.ones(2, requires_grad=True), torch.ones(2)), (torch.ones(2), torch.ones(2))),
    ([1.0, 2.0], [torch.tensor(1.0), torch.tensor(2.0)]),
    (pd.Series([1, 2]), [1, 2]),
    (range(3), [0, 1, 2]),
    ([], []),
    (torch.zeros(0), []),
    (torch.zeros(0, 3), torch.zeros(0, 3)),
    (NAN, NAN),
    ([1, NAN, math.inf], [1, NAN, math.inf]),
    (None, None),
    (True, True),
    (torch.tensor(True), True),
    (np.bool_(False), False),
    (torch.tensor([True, False]), [True, False]),
    ("cat", "cat"),
    (np.array(["cat", "dog"]), ["cat", "dog"]),
    (["cat", "dog"], np.array(["cat", "dog"])),
    (pd.Index(["cat", "dog"]), ["cat", "dog"]),
    (("cat", torch.tensor(0.5)), ["cat", 0.5]),
    ({"a": torch.ones(2), "b": {"c": "x"}}, {"b": {"c": "x"}, "a": [1, 1]}),
    ({"b", "a"}, {"a", "b"}),
    (Path("a/b"), Path("a") / "b"),
    (1 + 2j, 1 + 2j),
    (10**30, 10**30),
    (FRAME.copy(), FRAME),
    (FRAME["share"].copy(), FRAME["share"]),
    (slice(1e-5, 1e-3), slice(1e-5, 1e-3)),
]


@pytest.mark.parametrize(("got", "expected"), SAME)
def test_the_same(got, expected):
    assert differs(got, expected) is None


DIFFERENT = [
    (1.001, 1, "the value"),
    (123456, 123457, "the value"),  # whole numbers are counted, not measured
    (123456.1, 123457.1, None),
    ([1, 2, 4], [1, 2, 3], "1 of 3 numbers, first at [2]"),
    (np.ones((2, 3)), np.array([[1, 1, 1], [1, 0, 0]]), "2 of 6 numbers, first at [1, 1]"),
    ([1, 2], [1, 2, 3], "the shape: (2,), not (3,)"),
    ([3], 3, "the shape: (1,), not one number"),
    (3, [3], "the shape: one number, not (1,)"),
    (torch.zeros(0), torch.zeros(0, 3), "the shape: (0,), not (0, 3)"),
    ([[1], [1, 2]], [1, 2], "the type: a list, not numbers"),
    ([], [1, 2], "the length: 0 (it is empty), not 2"),
    (([0], ()), ([0], [1, 2]), "at index 1: the length: 0 (it is empty), not 2"),
    ("3", 3, "the type: a str, not a number"),
    (None, [1], "the type: a NoneType, not numbers"),
    (object(), 3, "the type: an object, not a number"),
    ([1, 2], torch.tensor([1, 2]), "the type: a list, not a Tensor"),
    ([np.ones(1)], [torch.ones(1)], "at index 0: the type: a ndarray, not a Tensor"),
    (torch.ones(3, 1), [torch.ones(1)] * 2, "the length: 3, not 2"),
    ((np.ones(2), "a"), (torch.ones(2), "a"), "at index 0: the type: a ndarray, not a Tensor"),
    (torch.ones(2).to_sparse(), [1, 1], "the type: a Tensor, not numbers"),
    (1, True, "the type: an int, not True or False"),
    (True, 1, "the type: a bool, not a number"),
    (torch.tensor([1, 0]), torch.tensor([True, False]), "the type: an int, not True or False"),
    (False, True, "the value"),
    ([True, True], [True, False], "1 of 2 numbers, first at [1]"),
    (NAN, 1, "the value"),
    (1, NAN, "the value"),
    (-math.inf, math.inf, "the value"),
    (3, None, "the value"),
    (None, "cat", "the value"),
    ("Cat", "cat", "the value"),
    ("cat", ["cat"], "the type: a str, not a list"),
    (["cat"], "cat", "the value"),
    (["cat"], ["cat", "dog"], "the length: 1, not 2"),
    (["cat", "fox"], np.array(["cat", "dog"]), "at index 1: the value"),
    (["cat", [1, 2]], ["cat", [1, 3]], "at index 1: 1 of 2 numbers, first at [1]"),
    (["a"], [], "the length: 1, not 0"),
    ([("a", 1)], {"a": 1}, "the type: a list, not a dict"),
    ({"a": 1}, {"a": 1, "b": 2}, "the key 'b' is missing"),
    ({"a": 1, "b": 2}, {"a": 1}, "the key 'b' is one too many"),
    ({"a": 2}, {"a": 1}, "at 'a': the value"),
    ({"a"}, {"b"}, "the value"),
    (FRAME["share"].tolist(), FRAME["share"], "the type: a list, not a Series"),
    (FRAME.iloc[:1], FRAME, "the length: 1 rows, not 2"),
    (FRAME[["share", "breed"]], FRAME, "the columns: ['share', 'breed'], not ['breed', 'share']"),
    (FRAME.reset_index(drop=True), FRAME, "the index"),
    (FRAME.assign(share=[0.25, 0.5]), FRAME, "in the column 'share': 1 of 2 numbers, first at [1]"),
    (FRAME.assign(breed=["pug", "pug"]), FRAME, "in the column 'breed': at index 1: the value"),
]


@pytest.mark.parametrize(("got", "expected", "words"), DIFFERENT)
def test_what_differs(got, expected, words):
    assert differs(got, expected) == words


def test_the_tolerance_is_absolute_for_whole_numbers_and_also_a_share_for_others():
    assert differs(103, 100, tolerance=5) is None
    assert differs(106, 100, tolerance=5) == "the value"
    assert differs(0.001, 0.0, tolerance=0.01) is None
    assert differs(1009.0, 1000.0, tolerance=0.01) is None
    assert differs(1020.0, 1000.0, tolerance=0.01) == "the value"


class Odd:
    def __eq__(self, other):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __hash__ = None


def test_what_cannot_be_compared_is_not_the_same():
    assert differs(Odd(), "cat") == "the value"
    assert shown(Odd()) == "a Odd"


def generator():
    yield 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (NAN, "nan"),
        (-math.inf, "-inf"),
        (12, "12"),
        (True, "True"),
        (None, "None"),
        ("cat", "'cat'"),
        (np.float32(0.5), "0.5"),
        (np.array("cat"), "'cat'"),
        (torch.tensor(2.0), "2"),
        ([1, 0.25], "[1, 0.25]"),
        ((1,), "(1,)"),
        ((), "()"),
        (torch.tensor([1.0, 2.0]), "[1, 2], shape (2,)"),
        (torch.eye(2, dtype=torch.bfloat16), "[[1, 0], [0, 1]], shape (2, 2)"),
        (torch.zeros(0, 3), "[], shape (0, 3)"),
        ([torch.ones(1), "x"], "[[1], shape (1,), 'x']"),
        ({"a": torch.tensor(0.12345)}, "{'a': 0.1235}"),
        ({"b", "a"}, "{'a', 'b'}"),
        (set(), "set()"),
        (abs, "the function abs"),
        (dict, "the class dict"),
        (generator(), "<generator object generator>"),
        (
            list(range(30)),
            "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, …]",
        ),
    ],
)
def test_values_are_shown_short_and_without_addresses(value, text):
    assert shown(value) == text


def test_long_values_are_cut():
    assert shown("x" * 1000) == "'" + "x" * 218 + "…"
    assert len(shown(torch.zeros(64, 3, 32, 32))) == 220
    assert shown(torch.ones(2).to_sparse()).startswith("tensor(indices=")

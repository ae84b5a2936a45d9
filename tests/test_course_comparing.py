"""Outputs compared: figures by what they draw, and differences told in words."""

import base64
import re

import numpy as np

from lab.course.comparing import SANITIZERS, ComparedFigure, first_difference, told


def figure(y, **layout):
    return {"data": [{"type": "scatter", "y": y}], "layout": {"height": 300, **layout}}


def packed(values):
    array = np.asarray(values, dtype="f8")
    return {"dtype": "f8", "bdata": base64.b64encode(array.tobytes()).decode()}


def test_a_figure_is_the_same_up_to_the_last_digits_and_to_plotlys_own_settings():
    saved = ComparedFigure(figure([0.1, 1e-9], template={"layout": {"font": 1}}))
    assert saved == ComparedFigure(figure([0.1 + 1e-9, 1e-9], template={"layout": {"font": 2}}))
    assert saved == ComparedFigure({**figure([0.1, 1e-9]), "config": {"plotlyServerURL": "elsewhere"}})


def test_a_figure_that_draws_something_else_is_another():
    saved = ComparedFigure(figure([0.1, 0.2]))
    for other in (figure([0.1, 0.2001]), figure([0.1]), figure([0.1, "0.2"]), figure([0.1, 0.2], width=3)):
        assert saved != ComparedFigure(other)
    assert saved != "0.1"


def test_packed_numbers_equal_listed_ones():
    assert ComparedFigure(figure(packed([1.5, 2.0]))) == ComparedFigure(figure([1.5, 2.0]))
    matrix = {**packed([1, 2, 3, 4]), "shape": "2, 2"}
    assert ComparedFigure(figure(matrix)) == ComparedFigure(figure([[1, 2], [3, 4]]))
    assert ComparedFigure(figure(matrix)) != ComparedFigure(figure([[1, 2], [3, 5]]))


def test_nan_equals_nan_and_true_is_not_one():
    assert first_difference([float("nan")], [float("nan")]) is None
    assert first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == "a[1].b is 3, not 2"
    assert first_difference(True, "True") is not None
    assert first_difference(None, 0) is not None


def test_a_difference_is_told_by_its_lines_or_by_its_place():
    words = told("text/plain", "one\ntwo\nthree", "one\n2\nthree")
    assert words[0] == "its text/plain differs:" and "-two" in words and "+2" in words
    words = told("figure", ComparedFigure(figure([1, 2])), ComparedFigure(figure([1, 3])))
    assert words == ["the figure differs: data[0].y[1] is 3, not 2"]


def test_a_long_difference_is_cut():
    words = told("text/plain", "\n".join("a" * 200), "\n".join("b" * 200))
    assert len(words) < 50 and words[-1].endswith("lines more")


def cleaned(words):
    for pattern, replacement in SANITIZERS:
        words = re.sub(pattern, replacement, words)
    return words


def test_times_and_devices_are_not_compared_and_all_else_is():
    assert cleaned("0  1.25  0.9  00:07") == cleaned("0  1.25  0.9  01:12")
    assert cleaned("it took 1.3 s, 12 ms a picture") == cleaned("it took 14.25 s, 9 ms a picture")
    assert cleaned("tensor([1], device='cuda:0')") == "tensor([1])"
    for one, other in (
        ("lr 0.003", "lr 0.03"),
        ("64 seeds", "65 seeds"),
        ("3:4", "3:5"),
        ("8 pugs", "9 pugs"),
    ):
        assert cleaned(one) != cleaned(other)

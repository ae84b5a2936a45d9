"""What a check says of an attempt: right, wrong, or not written yet; and what makes a good exercise."""

import numpy as np
import pandas as pd
import pytest
import torch

from lab.exercises import Exercise
from lab.exercises.checking import check

DOUBLE = Exercise(
    "double",
    "Twice the number.",
    answer=lambda x: 2 * x,
    cases=[(1,), (0,), (-3,)],
    hints=["Add it to itself.", "`x + x`"],
    mistakes=[(lambda x: x**2, "the square, not the double: `x**2` is `x * x`")],
)
HALF = Exercise("half", "Half of one.", answer=0.5, hints=["Divide."], mistakes=[(2, "its inverse")])


def facts(result) -> dict[str, str]:
    return dict(result.facts)


def test_a_right_function_is_solved_on_all_cases():
    result = check(DOUBLE, lambda x: x + x)
    assert (result.state, result.right, result.total, result.score, bool(result)) == (
        "solved",
        3,
        3,
        1.0,
        True,
    )
    assert str(result) == "✓ double: right on all 3 cases."


def test_a_wrong_function_is_told_the_first_case_that_went_wrong():
    result = check(DOUBLE, abs)
    assert (result.state, result.right, result.total, bool(result)) == ("wrong", 1, 3, False)
    assert result.score == pytest.approx(1 / 3)
    assert str(result) == (
        "✗ double: right on 1 of 3 cases. There are 2 hints: hint('double').\n"
        "  went in:  1\n"
        "  came out: 1\n"
        "  expected: 2"
    )


def a_stub(x): ...


def a_stub_with_a_docstring(x):
    """What it shall do."""


def a_stub_of_nbgrader(x):
    raise NotImplementedError()


@pytest.mark.parametrize(
    "attempt", [None, ..., a_stub, a_stub_with_a_docstring, a_stub_of_nbgrader, lambda x: ...]
)
def test_what_is_not_written_is_open_and_shows_the_task(attempt):
    result = check(DOUBLE, attempt)
    assert (result.state, result.score, bool(result)) == ("open", 0.0, False)
    assert str(result) == ("○ double: not written yet. Twice the number. There are 2 hints: hint('double').")


def test_code_that_returns_nothing_is_asked_for_its_return():
    def forgetful(x):
        print(x, "->", 2 * x)

    result = check(DOUBLE, forgetful)
    assert result.state == "open"
    assert str(result) == (
        "○ double: nothing comes back yet: does it `return` its result? Twice the number. There are 2 hints: "
        "hint('double').\n"
        "  printed: 1 -> 2"
    )


def test_a_function_that_returns_nothing_only_sometimes_is_wrong():
    def sometimes(x):
        if x > 0:
            return 2 * x
        return None

    result = check(DOUBLE, sometimes)
    assert (result.state, result.right) == ("wrong", 1)
    assert facts(result)["came out"] == "None: does it `return` its result?"


def test_none_is_right_where_none_is_expected():
    nothing = Exercise("first", "The first, if any.", lambda xs: xs[0] if xs else None, cases=[([],), ([4],)])
    assert check(nothing, lambda xs: next(iter(xs), None))
    assert facts(check(nothing, lambda xs: 4))["expected"] == "None"


@pytest.mark.parametrize("value", [3, "text", [1, 2], torch.zeros(2), torch.zeros(2).numpy()])
def test_a_result_where_a_function_is_asked_for_is_told_so(value):
    result = check(DOUBLE, value)
    assert (result.state, result.right, result.total) == ("wrong", 0, 3)
    assert result.headline.startswith("expected a function, but got ")
    assert result.headline.endswith(" Pass the function, not its result.")


def test_values():
    assert str(check(HALF, 0.5)) == "✓ half: right."
    assert str(check(HALF, torch.tensor(0.50001))) == "✓ half: right."
    assert str(check(HALF, ...)) == "○ half: not written yet. Half of one. There is a hint: hint('half')."
    assert "what a call gives that returns nothing" in check(HALF, None).headline
    assert (
        str(check(HALF, 0.4))
        == "✗ half: not right. Half of one. There is a hint: hint('half').\n  came out: 0.4"
    )
    assert facts(check(HALF, 2)) == {"came out": "2", "this is": "its inverse"}
    assert facts(check(HALF, "0.5")) == {"came out": "'0.5'", "differs in": "the type: a str, not a number"}


def test_a_dict_with_a_gap_is_not_written_yet():
    both = Exercise("both", "Which of the two?", answer={"accuracy": "A", "loss": "B"})
    assert str(check(both, {"accuracy": ..., "loss": "B"})) == "○ both: not written yet. Which of the two?"
    assert check(both, {"accuracy": "A", "loss": torch.zeros(2)}).state == "wrong"


def test_a_wrong_value_is_not_told_the_right_one():
    vocab = Exercise("vocab", "The classes.", answer=["cat", "dog"])
    assert str(check(vocab, ["cat", "fox"])) == (
        "✗ vocab: not right. The classes.\n  came out:   ['cat', 'fox']\n  differs in: at index 1: the value"
    )


def test_a_wrong_shape_is_told():
    mean = Exercise(
        "mean", "Of each row.", lambda x: x.mean(1), cases=[(torch.tensor([[1.0, 3.0], [5.0, 7.0]]),)]
    )
    assert facts(check(mean, lambda x: x.mean(1, keepdim=True))) == {
        "went in": "[[1, 3], [5, 7]], shape (2, 2)",
        "came out": "[[2], [6]], shape (2, 1)",
        "expected": "[2, 6], shape (2,)",
        "differs in": "the shape: (2, 1), not (2,)",
    }
    assert facts(check(mean, lambda x: x.mean(0)))["differs in"] == "2 of 2 numbers, first at [0]"


def test_a_known_mistake_is_told_in_its_words():
    assert facts(check(DOUBLE, lambda x: x * x))["this is"] == "the square, not the double: `x**2` is `x * x`"
    assert "this is" not in facts(check(DOUBLE, lambda x: x + 1))


def test_a_mistake_that_fails_is_known_by_its_failure():
    share = Exercise(
        "share",
        "a of b, 0 where there is no b.",
        lambda a, b: a / b if b else 0,
        cases=[(1, 2), (1, 0)],
        mistakes=[(lambda a, b: a / b, "b may be 0")],
    )
    assert facts(check(share, lambda a, b: a * (1 / b)))["this is"] == "b may be 0"
    assert "this is" not in facts(check(share, lambda a, b: {}[b]))  # fails, and otherwise


def test_made_cases_are_the_same_each_time_and_others_for_another_name():
    def cases(rng):
        return ((rng.random(),) for _ in range(3))

    first, again, other = (Exercise(name, "", abs, cases) for name in ("a", "a", "b"))
    assert first.all_cases() == first.all_cases() == again.all_cases() != other.all_cases()
    softmax = Exercise("softmax", "", abs, cases)
    # A known number: the same in each session, whatever the seed of Python's hashes.
    assert softmax.all_cases()[0][0] == pytest.approx(0.3291386797)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"name": ""}, ValueError, "Exercise: its name is ''. Give a word"),
        ({"name": 3}, ValueError, "its name is 3"),
        ({"cases": []}, ValueError, "there is no case to try it on"),
        ({"cases": [3]}, TypeError, "the case 3 is a int. Give a tuple of arguments; of one argument: (x,)."),
        ({"hints": "Look."}, TypeError, "hints is one string"),
        ({"mistakes": (abs, "the size")}, TypeError, "is not a pair"),
        ({"mistakes": [(abs,)]}, TypeError, "is not a pair"),
        ({"mistakes": [(3, "three")]}, TypeError, "the mistake 3 is not"),
    ],
)
def test_an_exercise_that_is_not_well_made_is_refused_at_once(arguments, error, words):
    good = {"name": "double", "task": "Twice.", "answer": lambda x: 2 * x, "cases": [(1,)]}
    with pytest.raises(error) as caught:
        Exercise(**{**good, **arguments})
    assert words in str(caught.value)


def test_require_is_for_graders():
    assert check(DOUBLE, lambda x: 2 * x).require().state == "solved"
    with pytest.raises(AssertionError, match="right on 1 of 3 cases") as caught:
        check(DOUBLE, abs).require()
    assert "came out: 1" in str(caught.value)
    with pytest.raises(AssertionError, match="not written yet"):
        check(DOUBLE, None).require()


# ---------------------------------------------------------------- what is changed in place

SHIFTED = Exercise(
    "shifted",
    "Each row less its largest.",
    answer=lambda x: x - x.max(dim=1, keepdim=True).values,
    cases=[
        (torch.tensor([[0.0, -1.0]]),),
        (torch.tensor([[1.0, 3.0]]),),
        (torch.tensor([[2.0, float("nan")]]),),
    ],
    mistakes=[(lambda x: x - x.max(), "the largest of all rows")],
)


def subtracted(x):
    x -= x.max(dim=1, keepdim=True).values
    return x


def test_an_argument_that_is_changed_is_told_where_the_results_are_right():
    result = check(SHIFTED, subtracted)
    assert (result.state, result.right, result.total, bool(result)) == ("wrong", 1, 3, False)
    assert str(result) == (
        "✗ shifted: the result is right, but an argument is no longer what it was.\n"
        "  went in:     [[1, 3]], shape (1, 2)\n"
        "  left behind: [[-2, 0]], shape (1, 2)\n"
        "  this is:     a change in place: it changes the tensor that it was given; work on a copy: "
        "`x = x - 1` instead of `x -= 1`, or `x = x.clone()` first"
    )


def test_a_wrong_result_is_told_first():
    result = check(SHIFTED, lambda x: -subtracted(x))
    assert result.headline == "right on 1 of 3 cases."
    assert facts(result)["this is"] == "right but for the sign"


def of_one(answer, argument):
    return Exercise("one", "One.", answer=answer, cases=[(argument,)])


@pytest.mark.parametrize(
    ("argument", "change", "words"),
    [
        ([3, 1, 2], lambda x: x.sort(), "it changes the list that it was given; work on a copy: `sorted(x)`"),
        ([[3, 1], [2]], lambda x: x[0].sort(), "the list"),
        (
            (1, [2]),
            lambda x: x[1].append(3),
            "the tuple that it was given; work on a copy: `x = copy.deepcopy",
        ),
        ([1, 2], lambda x: x.__setitem__(0, None), "the list"),
        ([1.0], lambda x: x.__setitem__(0, float("nan")), "the list"),
        ({"a": 1}, lambda x: x.pop("a"), "the dict that it was given; work on a copy: `x = dict(x)` first"),
        ({"a": [1]}, lambda x: x["a"].append(2), "the dict"),
        ({3, 4}, lambda x: x.add(5), "the set"),
        (np.zeros(2), lambda x: x.fill(1), "the array that it was given"),
        (np.array(["a", "b"]), lambda x: x.__setitem__(0, "c"), "the array"),
        ([torch.zeros(2)], lambda x: x[0].exp_(), "the list"),
        (pd.DataFrame({"a": [1, 2]}), lambda x: x.insert(0, "b", 0), "the DataFrame that it was given"),
        (pd.Series([1.0, float("nan")]), lambda x: x.__setitem__(0, 2.0), "the Series"),
    ],
)
def test_changes_of_every_kind_are_noticed(argument, change, words):
    def changing(x):
        change(x)
        return 1

    result = check(of_one(lambda x: 1, argument), changing)
    assert result.state == "wrong"
    assert words in facts(result)["this is"]
    assert check(of_one(lambda x: 1, argument), lambda x: 1), "left alone it is right"
    assert check(of_one(changing, argument), changing), "the answer changes it too"
    assert check(of_one(changing, argument), lambda x: 1), "what may be changed need not be"


def test_of_an_object_that_is_no_data_nothing_is_known():
    class Counter:
        n = 0

    def count(counter):
        counter.n += 1
        return 1

    assert check(of_one(lambda counter: 1, Counter()), count)
    assert check(of_one(lambda numbers: 1, [float("nan"), None, Counter()]), lambda numbers: 1)


class Unlike:
    def equals(self):
        return True


@pytest.mark.parametrize("argument", [Unlike(), np.array([np.ones(2), np.ones(3)], dtype=object), [1]])
def test_what_cannot_be_compared_is_let_be(argument):
    def hold_itself(x):
        if isinstance(x, list):
            x.append(x)
        return 1

    assert check(of_one(lambda x: 1, argument), hold_itself).state in ("solved", "wrong")
    assert check(of_one(lambda x: 1, argument), lambda x: 1)


def test_a_wrong_attempt_on_ragged_lists_gets_words():
    exercise = Exercise(
        "one", "One.", answer=lambda x: len(x), cases=[([[1], [1, 2]],), ([[3], [1, 2, 3], []],)]
    )
    assert check(exercise, lambda x: len(x) ** 2 + 0.5).state == "wrong"


# ---------------------------------------------------------------- what is judged


def between(low, high):
    return Exercise(
        "between",
        f"A number from {low} to {high}.",
        answer=low,
        judge=lambda n: "" if low <= n <= high else f"`{n}` is {'less' if n < low else 'more'} than that",
    )


def test_whatever_the_judge_lets_pass_is_right():
    assert all(check(between(7, 10), n) for n in (7, 8.5, 10))


def test_the_judge_says_why_it_is_not():
    result = check(between(7, 10), 11)
    assert result.state == "wrong"
    assert result.score == 0
    assert result.facts == (("because", "`11` is more than that"),)
    assert "<code>11</code>" in result._repr_html_()


def test_what_the_judge_cannot_read_is_told_and_not_raised():
    result = check(between(7, 10), "eight")
    assert result.state == "wrong"
    assert dict(result.facts)["got"] == "'eight'"
    assert check(between(7, 10), ...).state == "open"


def test_a_panel_that_nobody_has_touched_is_not_wrong():
    touched = Exercise("touched", "Move it.", answer=None, judge=lambda panel: "" if panel else ...)
    assert repr(check(touched, [])) == "○ touched: not done yet. Move it."
    assert check(touched, [1])


def test_an_exercise_needs_an_answer_or_a_judge():
    with pytest.raises(ValueError, match="neither an answer nor a judge"):
        Exercise("none", "Nothing.", answer=None)
    assert Exercise("panel", "A panel.", answer=None, judge=lambda panel: "").is_function is False

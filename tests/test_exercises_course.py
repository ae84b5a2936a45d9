"""Every exercise of the course: its answer is right, nothing is open, its known mistakes are known."""

import pytest

from lab.exercises import ExerciseSet
from lab.exercises.checking import check
from lab.exercises.content import exercises_of, quiz_of, subjects

MODULES = subjects()
SHEETS = {name: exercises_of(name) for name in MODULES}
ALL = [pytest.param(exercise, id=f"{name}-{exercise.name}") for name in MODULES for exercise in SHEETS[name]]


@pytest.mark.parametrize("name", MODULES)
def test_a_notebook_has_five_exercises_or_more(name):
    assert len(SHEETS[name]) >= 5
    assert len(ExerciseSet(name, SHEETS[name]).exercises) == len(SHEETS[name])


@pytest.mark.parametrize("exercise", ALL)
def test_its_answer_is_right(exercise):
    if exercise.answer is None:
        return  # read off a panel: the solution in the notebook is one that passes
    result = check(exercise, exercise.answer)
    assert result, result
    assert check(exercise, exercise.answer), "the second time it is not"


@pytest.mark.parametrize("exercise", ALL)
def test_what_is_not_written_is_open(exercise):
    assert check(exercise, None).state == "open"
    assert check(exercise, ...).state == "open"
    if exercise.is_function and exercise.run is None:
        assert check(exercise, lambda *arguments: ...).state == "open"


@pytest.mark.parametrize("exercise", ALL)
def test_each_known_mistake_is_told_in_its_own_words(exercise):
    for wrong, words in exercise.mistakes:
        result = check(exercise, wrong)
        assert result.state == "wrong", f"{words}: {result}"
        assert ("this is", words) in result.facts, f"{words}: {result}"


@pytest.mark.parametrize("exercise", ALL)
def test_it_has_a_task_and_hints(exercise):
    assert exercise.name.isidentifier(), "it names the function that is asked for"
    assert exercise.task.strip().endswith((".", "?", ")")), exercise.task
    assert exercise.hints
    assert all(isinstance(hint, str) and hint.strip() for hint in exercise.hints)
    assert len(set(exercise.hints)) == len(exercise.hints)


@pytest.mark.parametrize("exercise", ALL)
def test_its_cases_are_the_same_in_each_session(exercise):
    if exercise.is_function:
        assert repr(exercise.all_cases()) == repr(exercise.all_cases())


@pytest.mark.parametrize("name", MODULES)
def test_each_answer_of_a_quiz_is_explained(name):
    for question in quiz_of(name):
        replies = [reply for _, reply in question.options]
        assert len(set(replies)) == len(replies), f"{question.text}: two answers get the same words"
        assert question.text.strip().endswith(("?", ".", ":", "…")), question.text

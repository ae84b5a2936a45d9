"""An attempt is tried on every case, and what came of it is put into words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.exercises.attempt import Outcome, is_stub, same_outcome, try_case
from lab.exercises.diagnosis import diagnose
from lab.exercises.exercise import Case, Exercise
from lab.exercises.result import Result
from lab.exercises.showing import cut, shown, told

UNWRITTEN = "not written yet."
NO_RETURN = "nothing comes back yet: does it `return` its result?"
NONE = "this is None, which is what a call gives that returns nothing, such as `fit` or `print`."


def check(exercise: Exercise, attempt: Any) -> Result:
    """Try an attempt on all cases; the first that comes out wrong is told. Raises only KeyboardInterrupt."""
    cases = exercise.all_cases() if exercise.is_function else [()]
    if attempt is None or attempt is ...:
        state = NONE if attempt is None and not exercise.is_function else UNWRITTEN
        return _open(exercise, len(cases), state)
    if exercise.judge is not None:
        return _judged(exercise, attempt)
    if isinstance(attempt, Mapping) and any(value is ... for value in attempt.values()):
        return _open(exercise, len(cases))
    if exercise.is_function and not callable(attempt):
        words = f"expected a function, but got {shown(attempt)}. Pass the function, not its result."
        return Result(exercise.name, "wrong", 0, len(cases), words)
    outcomes = _tried(exercise, attempt, cases)
    if all(outcome.state in ("nothing", "unwritten") for outcome in outcomes):
        returns_nothing = outcomes[0].state == "nothing" and not is_stub(attempt)
        state = NO_RETURN if returns_nothing else UNWRITTEN
        return _open(exercise, len(cases), state, _printed(outcomes[0]))
    right = sum(outcome.state == "right" for outcome in outcomes)
    if right == len(cases):
        words = f"right on all {right} cases." if exercise.is_function and right > 1 else "right."
        return Result(exercise.name, "solved", right, right, words)
    results = [replace(each, state="right") if each.state == "changed" else each for each in outcomes]
    fit = sum(outcome.state == "right" for outcome in results)
    if fit == len(cases):
        words = "the result is right, but an argument is no longer what it was."
        return Result(exercise.name, "wrong", right, fit, words, tuple(_told(cases, outcomes)))
    facts = _told(cases, results)  # what is changed in place is told once the results are right
    if found := _known_mistake(exercise, cases, results) or _diagnosed(cases, results):
        facts.append(("this is", found))
    words = _count(exercise, fit, len(cases))
    return Result(exercise.name, "wrong", right, len(cases), words, tuple(facts))


def _judged(exercise: Exercise, attempt: Any) -> Result:
    try:
        lacking = exercise.judge(attempt)
    except Exception as error:  # not at all what was asked for
        facts = (("got", shown(attempt)), ("raised", told(error)))
        return Result(exercise.name, "wrong", 0, 1, _count(exercise, 0, 1), facts)
    if lacking is ...:
        return Result(exercise.name, "open", 0, 1, f"not done yet. {exercise.task}{_offer(exercise)}")
    if lacking:
        return Result(exercise.name, "wrong", 0, 1, _count(exercise, 0, 1), (("because", lacking),))
    return Result(exercise.name, "solved", 1, 1, "right.")


def _told(cases: list[Case], outcomes: list[Outcome]) -> list[tuple[str, str]]:
    """What is told of the first case that is not right."""
    case, outcome = next(pair for pair in zip(cases, outcomes, strict=False) if pair[1].state != "right")
    facts = [("went in", ", ".join(map(shown, case)))] if case else []
    return [*facts, *outcome.facts, *_printed(outcome)]


def _tried(exercise: Exercise, attempt: Any, cases: list[Case]) -> list[Outcome]:
    outcomes = []
    for case in cases:
        outcomes.append(try_case(exercise, attempt, case))
        if outcomes[-1].state == "endless":  # the others would take as long
            break
    return outcomes


def _known_mistake(exercise: Exercise, cases: list[Case], outcomes: list[Outcome]) -> str | None:
    """The mistake that does the same on every case; else one of two that were made at once."""
    most, among = 1, None
    for wrong, words in exercise.mistakes:
        same = [same_outcome(exercise, *pair, wrong) for pair in zip(outcomes, cases, strict=False)]
        if all(same):
            return words
        explained = sum(fits for fits, out in zip(same, outcomes, strict=True) if out.state == "wrong")
        others = [out.state for fits, out in zip(same, outcomes, strict=True) if not fits]
        if explained > most and "right" not in others:
            most, among = explained, f"more than one thing. To begin with: {words}"
    return among


def _diagnosed(cases: list[Case], outcomes: list[Outcome]) -> str | None:
    if not cases[0] or len(outcomes) < len(cases):
        return None
    return diagnose(list(zip(cases, outcomes, strict=True)))


def _open(exercise: Exercise, total: int, state: str = UNWRITTEN, facts: tuple = ()) -> Result:
    return Result(exercise.name, "open", 0, total, f"{state} {exercise.task}{_offer(exercise)}", facts)


def _count(exercise: Exercise, right: int, total: int) -> str:
    if not exercise.is_function:
        return f"not right. {exercise.task}{_offer(exercise)}"
    return f"right on {right} of {total} {'case' if total == 1 else 'cases'}.{_offer(exercise)}"


def _offer(exercise: Exercise) -> str:
    number = len(exercise.hints)
    words = f"{number} hints" if number > 1 else "a hint"
    return f" There {'are' if number > 1 else 'is'} {words}: hint({exercise.name!r})." if number else ""


def _printed(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    return (("printed", cut(outcome.printed.rstrip())),) if outcome.printed.strip() else ()

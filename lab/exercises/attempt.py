"""One case tried on an attempt: on its own copy of the arguments, within a time limit, never fatally."""

import copy
import io
import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any

from lab import ipython
from lab.exercises.changes import changed_argument, told_of
from lab.exercises.exercise import Case, Exercise
from lab.exercises.limit import TimeUp, limited
from lab.exercises.showing import cut, shown, told
from lab.exercises.values import VALUE, difference


@dataclass(frozen=True)
class Outcome:
    """What came of one case.

    state: "right", "wrong", "changed" (right, but an argument was changed in place), "raised", "endless",
    "nothing" (None came) or "unwritten". value: what came out, or the type of the exception. facts: what a
    student is told of it. printed: what was printed meanwhile. expected: what is right.
    """

    state: str
    value: Any = None
    facts: tuple[tuple[str, str], ...] = ()
    printed: str = ""
    expected: Any = None


def try_case(exercise: Exercise, attempt: Any, case: Case) -> Outcome:
    """Whatever the attempt does is the outcome; only the user's own KeyboardInterrupt is raised."""
    of_answer, arguments, printed = copy.deepcopy(case), copy.deepcopy(case), _Printed()
    expected = exercise.outcome(exercise.answer, of_answer)
    try:
        with redirect_stdout(printed), redirect_stderr(printed), _exit_is_an_exception():
            got = limited(exercise.seconds, lambda: exercise.outcome(attempt, arguments))
    except TimeUp:
        words = f"nothing within {exercise.seconds:g} s. Is there a loop that never ends?"
        return Outcome("endless", facts=(("came out", words),), printed=printed.text)
    except NotImplementedError:
        return Outcome("unwritten", facts=(("came out", "NotImplementedError"),))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too must not end the notebook's kernel
        facts = [("raised", told(error)), ("expected", shown(expected))]
        if where := _line(error.__traceback__, attempt):
            facts.insert(1, ("in line", where))
        return Outcome("raised", type(error), tuple(facts), printed.text, expected)
    if got is ... or (got is None and expected is not None):
        words = (("came out", f"{got!r}: does it `return` its result?"), ("expected", shown(expected)))
        return Outcome("nothing", facts=words, printed=printed.text)
    problem = difference(got, expected, exercise.tolerance)
    changed = None if problem else changed_argument(case, arguments, of_answer)
    if changed is not None:
        words = (("left behind", shown(changed)), ("this is", told_of(changed)))
        return Outcome("changed", got, words, printed.text, expected)
    facts = [("came out", shown(got))]
    if exercise.is_function:  # of a value, what is expected is all that there is to find
        facts.append(("expected", shown(expected)))
    if problem and problem != VALUE:
        facts.append(("differs in", cut(problem)))
    return Outcome("wrong" if problem else "right", got, tuple(facts), printed.text, expected)


def same_outcome(exercise: Exercise, outcome: Outcome, case: Case, other: Any) -> bool:
    """Whether `other` does on a case what an attempt did."""
    try:
        value = exercise.outcome(other, copy.deepcopy(case))
    except Exception as error:
        return outcome.state == "raised" and outcome.value is type(error)
    if outcome.state not in ("right", "wrong"):
        return False
    return difference(outcome.value, value, exercise.tolerance) is None


def is_stub(attempt: Any) -> bool:
    """Whether a function uses no name at all: then nothing has been written."""
    code = getattr(attempt, "__code__", None)
    return not isinstance(code, CodeType) or not code.co_names


class _Printed(io.TextIOBase):
    """The beginning of what is printed: an endless loop may well print endlessly."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text[: max(0, 1000 - len(self.text))]
        return len(text)


@contextmanager
def _exit_is_an_exception() -> Iterator[None]:
    """In a notebook `exit()` is IPython's own, which raises nothing and ends the kernel after the cell."""
    shell = ipython.shell()
    if shell is None:
        yield
        return

    def leave() -> None:
        raise SystemExit

    shell.ask_exit = leave
    try:
        yield
    finally:
        del shell.ask_exit


def _line(trace: TracebackType | None, attempt: Any) -> str:
    """The student's own line that was reached last: its number and text.

    Their own are the attempt and what stands in the same module: in a notebook, in any of its cells.
    """
    attempt = getattr(attempt, "func", attempt)  # what functools.partial holds
    module = getattr(attempt, "__module__", None)
    own = [
        (frame.f_code.co_filename, number)
        for frame, number in traceback.walk_tb(trace)
        if frame.f_globals.get("__name__") == module
    ]
    if not own:
        return ""
    text = linecache.getline(*own[-1]).strip()
    return f"{own[-1][1]}: {text}" if text else f"{own[-1][1]}"

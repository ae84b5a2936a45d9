"""What later cells of a lesson go on with, in an edition that shows no solutions."""

import io
import sys
from contextlib import redirect_stdout
from typing import Any

from lab.exercises.exercise_set import ExerciseSet
from lab.exercises.packing import unpack


def own_or_reference(course: ExerciseSet, name: str, attempt: Any, answer: str, packed: str) -> Any:
    """A student's own answer to an exercise where it is right, else the course's; prints which.

    attempt: as for `course.check`. packed: the solution that the lesson shows where it shows solutions, and
    answer, what it calls its answer. It runs with the caller's names and changes none of them. Raises
    ValueError for a name that the set does not have.

    Examples
    --------
    >>> softmax_solution = own_or_reference(course, "softmax", softmax, answer="softmax_solution", packed="…")
    The cells below use the course's answer to softmax until yours is right.
    """
    if course.check(name, attempt, record=False):
        print(f"The cells below use your own answer to {name}.")
        return attempt
    scope = dict(sys._getframe(1).f_globals)
    with redirect_stdout(io.StringIO()):  # it may print the answer
        exec(unpack(packed), scope)  # the course's own code, written into this very notebook
    print(f"The cells below use the course's answer to {name} until yours is right.")
    return scope[answer]

"""The exercises of one notebook together: checks, hints and how far one has come."""

import importlib
import pkgutil
from collections.abc import Sequence
from typing import Any

from lab.core.errors import BadValue
from lab.exercises import course
from lab.exercises.checking import check
from lab.exercises.exercise import Exercise
from lab.exercises.progress import ExerciseProgress
from lab.exercises.result import MARKS, Hint, Result
from lab.markup import escape


def open_sheet(notebook: str) -> "ExerciseSet":
    """The exercises of one of the course's notebooks, such as "04_loss_from_scratch".

    Raises ValueError for any other name, with the names that there are.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(course.__path__))
    subject = notebook.partition("_")[2]
    if subject not in names:
        raise BadValue(
            f"open_sheet: got {notebook!r}. The course has, after their numbers: {', '.join(names)}."
        )
    module = importlib.import_module(f"{course.__name__}.{subject}")
    return ExerciseSet(notebook, module.EXERCISES)


class ExerciseSet:
    """The exercises of a notebook. Its display says which are solved.

    notebook: the name under which progress is kept. Raises ValueError when two exercises share a name.
    """

    def __init__(self, notebook: str, exercises: Sequence[Exercise]) -> None:
        names = [exercise.name for exercise in exercises]
        if twice := [name for name in names if names.count(name) > 1]:
            raise BadValue(f"ExerciseSet {notebook!r}: two exercises are called {twice[0]!r}. Rename one.")
        self.notebook = notebook
        self.exercises = {exercise.name: exercise for exercise in exercises}
        self._progress, self._hinted = ExerciseProgress(notebook), dict.fromkeys(names, 0)

    @property
    def solved(self) -> list[str]:
        """The names of those that are solved, in the sheet's order."""
        solved = self._progress.solved
        return [name for name in self.exercises if name in solved]

    def check(self, name: str, attempt: Any, record: bool = True) -> Result:
        """Try a function, or a value, on the exercise's hidden cases and say what became of it.

        record: whether a right one counts as solved; False for a solution that is only shown. Raises
        ValueError for a name that the sheet does not have; whatever the attempt does is reported.
        """
        result = check(self._exercise("check", name), attempt)
        if result and record:
            self._progress.add(name)
        return result

    def hint(self, name: str, number: int | None = None) -> Hint:
        """The next hint of an exercise, or the `number`-th; after the last, the last again.

        Raises ValueError for a name that the sheet does not have, or a hint that it does not have.
        """
        hints = self._exercise("hint", name).hints
        if not hints:
            raise BadValue(f"hint: the exercise {name!r} has no hints. Its task: {self.exercises[name].task}")
        if number is None:
            number = min(self._hinted[name] + 1, len(hints))
        if number not in range(1, len(hints) + 1):
            raise BadValue(f"hint: got number {number}. {name!r} has hints 1 to {len(hints)}.")
        self._hinted[name] = number
        return Hint(name, number, len(hints), hints[number - 1])

    def start_again(self) -> None:
        """Forget what was solved."""
        self._progress.forget()
        self._hinted = dict.fromkeys(self.exercises, 0)

    def _exercise(self, who: str, name: str) -> Exercise:
        if name not in self.exercises:
            raise BadValue(f"{who}: got {name!r}. This set has: {', '.join(self.exercises)}.")
        return self.exercises[name]

    def __repr__(self) -> str:
        solved = self.solved
        marks = [f"{MARKS['solved' if name in solved else 'open']} {name}" for name in self.exercises]
        return f"{self.notebook}: {len(solved)} of {len(marks)} exercises solved\n  " + "  ".join(marks)

    def _repr_html_(self) -> str:
        solved, total = self.solved, len(self.exercises)
        share = 100 * len(solved) / max(1, total)
        names = " &nbsp; ".join(
            f"{MARKS['solved' if name in solved else 'open']} {escape(name)}" for name in self.exercises
        )
        bar = (
            "<div style='background:rgba(128,128,128,.25);height:6px;width:240px;border-radius:3px;"
            "margin:6px 0'>"
            f"<div style='background:#1a7f5a;height:6px;width:{share:.0f}%;border-radius:3px'></div></div>"
        )
        title = f"<b>{escape(self.notebook)}</b>: {len(solved)} of {total} exercises solved"
        return f"<div style='margin:4px 0'>{title}{bar}<span style='opacity:.8'>{names}</span></div>"

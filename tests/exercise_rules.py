"""Rules for the exercises of a lesson: a set, stubs that are still open, solutions that are right."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lab.core.errors import BadValue
from lab.course.notebook import SOLUTION, Cell, Notebook
from lab.exercises.content import exercises_of

LEAST = 5


@dataclass(frozen=True)
class Check:
    """A call of `course.check`. record: False for a solution that is only shown."""

    cell: Cell
    name: str
    record: bool


def loads_its_exercises(book: Notebook) -> Iterator[str]:
    """One cell loads the exercises of this very notebook, and the last one shows the progress."""
    call = f'course = exercises.load("{book.path.stem}")'
    if not any(call in cell.source for cell in book.code):
        yield f"{book.name}, first code cells: none says {call!r}."
    if book.code and book.code[-1].source.strip() != "course":
        yield f"{book.where(book.code[-1])}: the last code cell must be 'course', which shows what is solved."


def has_enough_exercises(book: Notebook) -> Iterator[str]:
    """At least five exercises, those of the notebook's module and no others."""
    names = {check.name for check in checks(book)}
    if len(names) < LEAST:
        yield f"{book.name}, all code cells: {len(names)} exercises are checked, {LEAST} were expected."
    subject = book.path.stem.partition("_")[2]
    try:
        known = {exercise.name for exercise in exercises_of(subject)}
    except BadValue:
        yield f"{book.name}, its exercises: there is no exercises/{subject}.py."
        return
    for name in sorted(known ^ names):
        where = "the notebook" if name not in names else f"exercises/{subject}.py"
        yield f"{book.name}, exercise '{name}': it is missing in {where}."


def stubs_are_open(book: Notebook) -> Iterator[str]:
    """Each exercise has a cell that waits for the student, and says so."""
    for check in checks(book):
        if check.record and not any(f"not {done} yet" in check.cell.text for done in ("written", "done")):
            yield f"{book.where(check.cell)}: the stub of '{check.name}' does not say 'not written yet'."


def solutions_are_right(book: Notebook) -> Iterator[str]:
    """Each exercise has a folded solution after its stub, and the solution is right."""
    solved = {check.name: check for check in checks(book) if not check.record}
    for stub in (check for check in checks(book) if check.record):
        solution = solved.get(stub.name)
        if solution is None or solution.cell.number < stub.cell.number:
            yield f"{book.where(stub.cell)}: no solution of '{stub.name}' follows, with record=False."
    for solution in solved.values():
        cell, words = solution.cell, f"the solution of '{solution.name}'"
        if "right" not in cell.text or "not right" in cell.text:
            yield f"{book.where(cell)}: {words} is not right."
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            yield f"{book.where(cell)}: {words} is not folded: its metadata lack jupyter.source_hidden."
        if not cell.source.startswith(SOLUTION):
            yield f"{book.where(cell)}: {words} must begin with '{SOLUTION}', which Colab folds."


def checks(book: Notebook) -> Iterator[Check]:
    """Every call of `course.check` with a name, in the notebook's order."""
    for cell in book.code:
        try:
            tree = cell.tree()
        except SyntaxError:  # a cell of another language (%%bash)
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "course.check" or not node.args:
                continue
            record = next((word.value for word in node.keywords if word.arg == "record"), None)
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else ast.unparse(node.args[0])
            yield Check(cell, name, not (isinstance(record, ast.Constant) and record.value is False))


EXERCISES = (loads_its_exercises, has_enough_exercises, stubs_are_open, solutions_are_right)

"""The course as master notebooks for Otter-Grader: `python -m lab notebooks --otter`.

Raw cells divide an exercise into question, solution and tests, as `otter assign` wants them. The one test of
each is hidden and asks the exercise's own check. Students need no Otter: the notebook that they get checks
itself, and they hand in its file. Otter is not needed to make the master notebooks either.
"""

from pathlib import Path
from typing import Any

from lab.course.assignments import export, points
from lab.course.notebook import Notebook
from lab.course.pairs import Pair, pairs
from lab.course.solved import BEGIN, END, renames, solved_stub
from lab.course.student import bridge, edition, with_source

ASSIGNMENT = """\
# ASSIGNMENT CONFIG
name: {notebook}
requirements: [pawlab]
init_cell: false
export_cell: false
tests:
    ok_format: false"""
QUESTION = """\
# BEGIN QUESTION
name: {name}
points: {points}
check_cell: false"""
TEST = '''\
""" # BEGIN TEST CONFIG
hidden: true
""" # END TEST CONFIG
def test_{variable}(env):
    from lab import exercises

    attempt = eval({attempt!r}, env)
    exercises.load("{notebook}").check("{name}", attempt, record=False).require()'''


def export_otter(target: str | Path, source: Path | None = None) -> list[str]:
    """Write the master notebooks, `NAME/NAME.ipynb`. Returns and raises as `export`."""
    return export(target, source, otter_edition, "{name}", {})


def otter_edition(book: Notebook) -> dict[str, Any]:
    """The notebook as a master notebook for `otter assign`, as JSON. Raises as `pairs`."""
    found = pairs(book)
    names, cells = renames(found), {}
    for pair in found:
        cells[pair.stub] = _question(book, pair, names)
        cells[pair.solution] = bridge(book, pair, found)
    raw = edition(book, cells)
    raw["cells"].insert(0, _raw("assignment", ASSIGNMENT.format(notebook=book.path.stem)))
    return raw


def _question(book: Notebook, pair: Pair, names: dict[str, str]) -> list[dict[str, Any]]:
    stub, solution = book.cells[pair.stub], book.cells[pair.solution]
    source = solved_stub(stub.source, solution.source, pair, names)
    for mark in (BEGIN, END):  # one # for Otter, three for nbgrader
        source = source.replace(mark, f"#{mark.lstrip('#')}")
    test = TEST.format(variable=pair.variable, attempt=pair.attempt, notebook=book.path.stem, name=pair.name)
    like, name = book.raw["cells"][pair.stub], pair.name
    question = QUESTION.format(name=name, points=points(book, pair))
    return [
        _raw(f"{name}-question", question),
        _raw(f"{name}-solution", "# BEGIN SOLUTION"),
        with_source(like, source),
        _raw(f"{name}-solution-end", "# END SOLUTION"),
        _raw(f"{name}-tests", "# BEGIN TESTS"),
        with_source(like, test, id=f"{name}-test", metadata={}),
        _raw(f"{name}-tests-end", "# END TESTS"),
        _raw(f"{name}-question-end", "# END QUESTION"),
    ]


def _raw(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "raw", "id": cell_id[-64:], "metadata": {}, "source": source}

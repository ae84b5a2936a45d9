"""The course as an nbgrader course: `python -m lab notebooks --nbgrader`.

Each notebook becomes an assignment. The answer stands in the stub's cell, between BEGIN SOLUTION and END
SOLUTION, under the student's own name. In place of the folded solution is a locked cell with points, whose
hidden test asks the exercise's own check. `nbgrader generate_assignment` takes both out. nbgrader itself is
not needed to make the course.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.course.assignments import export, points
from lab.course.notebook import Notebook
from lab.course.pairs import Pair, pairs
from lab.course.solved import renames, solved_stub
from lab.course.student import bridge, edition, with_source
from lab.wording import count_text

CONFIG = '''\
"""nbgrader's settings for the Pawlab course. Yours to change: it is not written again."""

import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "pawlab"
# What students find in place of an answer: an open stub, which says "not written yet" when it runs.
c.ClearSolutions.code_stub = {"python": "# your code\\n..."}
c.ExecutePreprocessor.timeout = 600  # seconds for a cell: some of them train

os.environ["PAWLAB_QUIET"] = "1"  # no progress bars
os.environ["PAWLAB_PROGRESS"] = os.devnull  # what students solve does not count as solved by whoever grades
'''
TEST = """\
# {points} for {name}. The check runs again when this is marked; leave this cell as it is.
### BEGIN HIDDEN TESTS
from lab import exercises

_result = exercises.load("{notebook}").check("{name}", {attempt}, record=False)
print(_result)
{most} * _result.score
### END HIDDEN TESTS"""


def export_nbgrader(target: str | Path, source: Path | None = None) -> list[str]:
    """Write an nbgrader course: settings, and `source/NAME/NAME.ipynb`. Returns and raises as `export`."""
    return export(target, source, nbgrader_edition, "source/{name}", {"nbgrader_config.py": CONFIG.encode()})


def nbgrader_edition(book: Notebook) -> dict[str, Any]:
    """The notebook as the source of an nbgrader assignment, as JSON. Raises as `pairs`."""
    found = pairs(book)
    names, cells = renames(found), {}
    for pair in found:
        stub, solution = book.cells[pair.stub], book.cells[pair.solution]
        source = solved_stub(stub.source, solution.source, pair, names)
        metadata = {**stub.metadata, "nbgrader": _metadata(pair.name, solution=True)}
        cells[pair.stub] = [with_source(book.raw["cells"][pair.stub], source, metadata=metadata)]
        cells[pair.solution] = [_points(book, pair), *_below(book, pair, found)]
    return edition(book, cells)


def _points(book: Notebook, pair: Pair) -> dict[str, Any]:
    """The cell that gives the points."""
    most, like = points(book, pair), book.raw["cells"][pair.solution]
    source = TEST.format(
        points=count_text(most, "point"),
        most=most,
        name=pair.name,
        notebook=book.path.stem,
        attempt=pair.attempt,
    )
    metadata = {**_metadata(f"points-{pair.name}", grade=True), "points": most}
    return with_source(like, source, metadata={"nbgrader": metadata})


def _below(book: Notebook, pair: Pair, found: Sequence[Pair]) -> list[dict[str, Any]]:
    """The cell that later ones need, if they need one."""
    metadata = {"nbgrader": _metadata(f"below-{pair.name}")}
    return [
        {**cell, "id": f"{cell.get('id', pair.name)}-below"[-64:], "metadata": metadata}
        for cell in bridge(book, pair, found)
    ]


def _metadata(grade_id: str, grade: bool = False, solution: bool = False) -> dict[str, Any]:
    return {
        "grade": grade,
        "grade_id": re.sub(r"[^\w-]", "-", grade_id),
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }

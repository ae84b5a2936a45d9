"""The course without its solutions, for handing out: `python -m lab notebooks --student`.

A solution's cell goes, with what it showed. Where a later cell uses the answer, a cell in its place takes the
student's own if it is right, and the solution, which is in that cell in packed form, otherwise. (The answer
that an exercise keeps need not do: it may serve the check alone.) No output is kept: some tell an answer.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.course.copying import copy_course
from lab.course.notebook import DIGEST, Notebook
from lab.course.pairs import Pair, names, pairs
from lab.course.solved import without_check
from lab.exercises.packing import pack

BRIDGE = """\
# @title The cells below use this: your own answer once it is right
from lab.course.reference import own_or_reference

{answer} = own_or_reference(
    course, "{name}", {attempt}, answer="{answer}", packed="{packed}"
)"""
BADGES = (
    "[![Binder](https://mybinder.org/badge_logo.svg)]"
    "(https://mybinder.org/v2/gh/pawlab/pawlab/main?urlpath=lab/tree/notebooks/{name}) "
    "[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/pawlab/pawlab/blob/main/notebooks/{name})"
)
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
# What opens the edition with the solutions.
_OPENS_ELSEWHERE = re.compile(r"<br>\[Binder\]\([^)]*\) · \[Colab\]\([^)]*\)")


def copy_student_edition(target: str | Path, source: Path | None = None) -> list[str]:
    """Copy the course without solutions; what is said of files that were changed holds as in `copy_course`.

    source: the course's folder, by default the installed one. Raises as `copy_course` and `pairs`.
    """
    return copy_course(target, source, _edited)


def student_edition(book: Notebook) -> dict[str, Any]:
    """The notebook without its solutions, as JSON. Raises as `pairs`."""
    found = pairs(book)
    return edition(book, {pair.solution: bridge(book, pair, found) for pair in found})


def edition(book: Notebook, cells: Mapping[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """The notebook with other cells in some places, and without outputs, badges and digest, as JSON.

    cells: place among all cells -> the cells that come there instead; none to leave the place out.
    """
    raw = json.loads(json.dumps(book.raw))  # a copy
    kept = []
    for place, cell in enumerate(raw["cells"]):
        if cell["cell_type"] == "code":
            cell = with_source(cell, book.cells[place].source)
        elif place == 0:
            badges = BADGES.format(name=book.name)
            cell["source"] = "\n".join(line for line in book.cells[0].source.splitlines() if line != badges)
        kept += cells.get(place, [cell])
    raw["cells"] = kept
    raw["metadata"].pop(DIGEST[0], None)
    return raw


def bridge(book: Notebook, pair: Pair, found: Sequence[Pair]) -> list[dict[str, Any]]:
    """What comes in place of a solution: nothing, or a cell that gives later cells the name they use.

    found: all `pairs` of the notebook.
    """
    if not pair.needed:
        return []
    source = BRIDGE.format(
        answer=pair.answer, name=pair.name, attempt=pair.attempt, packed=pack(_code(book, pair, found))
    )
    return [with_source(book.raw["cells"][pair.solution], source, metadata=FOLDED)]


def _code(book: Notebook, pair: Pair, found: Sequence[Pair]) -> str:
    """The code of a solution, after that of the earlier ones whose names it uses."""
    uses = names(book.cells[pair.solution].source)[1]
    earlier = [other for other in found if other.solution < pair.solution and other.made & uses]
    parts = [_code(book, other, found) for other in earlier]
    return "\n".join([*parts, without_check(book.cells[pair.solution].source)])


def with_source(cell: dict[str, Any], source: str, **other: Any) -> dict[str, Any]:
    """A code cell like another, not run, with this source, and other parts where they are given."""
    return {**cell, "source": source, "outputs": [], "execution_count": None, **other}


def written(raw: dict[str, Any]) -> bytes:
    """A notebook as it is kept in a file."""
    return (json.dumps(raw, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _edited(path: Path) -> bytes:
    if path.suffix == ".ipynb":
        return written(student_edition(Notebook(path)))
    if path.suffix == ".md":
        return _OPENS_ELSEWHERE.sub("", path.read_text(encoding="utf-8")).encode()
    return path.read_bytes()

"""What the editions for nbgrader and Otter share: points, and the files of a course of many assignments."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.course.folder import REPOSITORY, copy_target, course_folder
from lab.course.notebook import Notebook
from lab.course.pairs import Pair
from lab.course.student import written
from lab.data.home import atomic_write
from lab.wording import count_text

FUNCTION_POINTS, VALUE_POINTS = 3, 1
_LINK = re.compile(r"(\]\(|(?:href|src)=\")(?!images/)([\w./-]+)")
_IMAGE = re.compile(r"(?:\]\(|(?:href|src)=\")(images/[\w.-]+)")


def points(book: Notebook, pair: Pair) -> int:
    """What an exercise is worth. A function may be half right, and is more work than a value."""
    stub = book.cells[pair.stub].source
    defined = re.search(rf"^(?:def|class) {re.escape(pair.variable)}\b", stub, re.M)
    return FUNCTION_POINTS if defined else VALUE_POINTS


def export(
    target: str | Path,
    source: Path | None,
    edition: Callable[[Notebook], dict[str, Any]],
    place: str,
    more: Mapping[str, bytes],
) -> list[str]:
    """Write an edition of each notebook, with the images it shows, into folders. Returns what was done.

    source: the course's folder, by default the installed one. place: of a notebook's folder below `target`,
    such as "source/{name}". more: other files, by name. A file that is there and differs is never
    overwritten. Raises ValueError for the course's own folder, NotADirectoryError for a file, and whatever
    `edition` raises.
    """
    source = source or course_folder()
    target = copy_target(target, source)
    files = dict(more)
    for path in sorted(source.glob("*.ipynb")):
        raw, folder = edition(Notebook(path)), place.format(name=path.stem)
        for cell in raw["cells"]:
            if cell["cell_type"] == "markdown":
                text = "".join(cell["source"])
                cell["source"] = _LINK.sub(_relinked, text)
                for image in _IMAGE.findall(text):
                    files[f"{folder}/{image}"] = (source / image).read_bytes()
        files[f"{folder}/{path.name}"] = written(raw)
    return _write(files, target)


def _relinked(found: re.Match[str]) -> str:
    """A link as it must be from a folder of the notebook's own."""
    before, place = found[1], found[2]
    if place.startswith("../"):
        return f"{before}{REPOSITORY}/{place.removeprefix('../')}"
    if place.endswith(".ipynb") and "/" not in place:
        return f"{before}../{Path(place).stem}/{place}"
    if place.endswith(".md") and "/" not in place:
        return f"{before}{REPOSITORY}/notebooks/{place}"
    return found[0]


def _write(files: dict[str, bytes], target: Path) -> list[str]:
    new, kept = [], []
    for name, data in files.items():
        path = target / name
        if not path.exists():
            with atomic_write(path) as temporary:
                temporary.write_bytes(data)
            new.append(name)
        elif path.read_bytes() != data:
            kept.append(name)
    told = [f"{count_text(len(new), 'file')} written to '{target}'."] if new else []
    if kept:
        told.append(
            f"{count_text(len(kept), 'file')} left as found, because you or the course changed something. "
            f"Delete it to have the course's: {', '.join(kept)}."
        )
    return told or [f"'{target}' is up to date."]

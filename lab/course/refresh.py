"""Notebooks run from top to bottom, and saved with what came out: `python -m lab.course.refresh [NOTEBOOK…]`.

Without a name, all notebooks of the course. Saved is what belongs to the sources and nothing else: no times,
no state of widgets, no version of Python. Charts and panels get a picture for pages without a kernel, and the
notebook a digest of its sources, by which a test knows that they were edited and not run.
"""

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from tqdm import tqdm

from lab.core.errors import BadState, PawlabError
from lab.course.comparing import without_colours
from lab.course.environment import Workplace
from lab.course.folder import notebooks
from lab.course.kernel import client_for
from lab.course.notebook import DIGEST, Notebook, digest, is_strict
from lab.course.static import settle
from lab.course.testing import CELL_SECONDS
from lab.data.home import atomic_write

_NOISE = ("execution", "ExecuteTime", "collapsed", "scrolled")  # of a cell's metadata


class CellFailed(BadState):
    """A cell of a notebook did not come to its end."""


def refresh(path: str | Path, tell: Callable[[str], object] = print, in_place: bool = False) -> bool:
    """Run a notebook and save it; whether the file is another now.

    tell: is given a line at the end, and one for each chart that could not be drawn. in_place: run it in its
    own folder, as JupyterLab does, and not in an empty one. Raises CellFailed with the cell and its error;
    the file is then left as it was.
    """
    path, began = Path(path), time.monotonic()
    before = path.read_bytes()
    Notebook(path)  # says in words when it is none
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    _run(notebook, path.name, path.absolute().parent if in_place else None)
    for problem in settled(notebook):
        tell(f"{path.name}, {problem}")
    with atomic_write(path) as temporary:
        nbformat.write(notebook, temporary)
    after = path.read_bytes()
    took, size = time.monotonic() - began, len(after) / 1000
    tell(f"{path.name}: {took:.0f} s, {size:.0f} kB, {'the same' if after == before else 'saved anew'}")
    return after != before


def settled(notebook: nbformat.NotebookNode) -> list[str]:
    """Make a notebook that has been run fit to be kept, in place. Returns what could not be done."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    notebook.metadata = nbformat.from_dict(
        {
            **{key: part for key, part in notebook.metadata.items() if key != "widgets"},
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            DIGEST[0]: {DIGEST[1]: digest(cell.source for cell in code)},
        }
    )
    problems = []
    for number, cell in enumerate(code, 1):
        for key in _NOISE:
            cell.metadata.pop(key, None)
        strict = is_strict(cell.source, cell.metadata)
        found = filter(None, [settle(output, strict) for output in cell.outputs])
        problems += [f"cell [{number}]: {words}" for words in found]
        cell.outputs = [output for output in cell.outputs if output.get("data") != {}]
    return problems


def main(names: Sequence[str]) -> int:
    """Refresh these notebooks, or all of the course."""
    for path in [Path(name) for name in names] or notebooks():
        refresh(path)
    return 0


def _run(notebook: nbformat.NotebookNode, name: str, cwd: Path | None) -> None:
    at = [0]
    with (
        Workplace(cwd) as place,
        place.log.open("w") as log,
        tqdm(desc=name, total=len(notebook.cells), unit=" cells", leave=False, disable=None) as bar,
    ):

        def start(cell_index: int, **_: Any) -> None:
            at[0] = sum(cell.cell_type == "code" for cell in notebook.cells[: cell_index + 1])
            bar.update()

        client = client_for(notebook, place, timeout=CELL_SECONDS, on_cell_start=start)
        try:
            client.execute(env=place.environment(static=True), stderr=log)
        except CellExecutionError as failure:
            trace = without_colours(failure.traceback).rstrip()
            raise CellFailed(_sentence(name, at[0], f"{failure.ename}: {failure.evalue}", trace)) from failure
        except CellTimeoutError as failure:
            raise CellFailed(_sentence(name, at[0], f"it did not end within {CELL_SECONDS} s")) from failure
        except DeadKernelError as failure:
            raise CellFailed(_sentence(name, at[0], "the kernel died; was there enough memory?")) from failure


def _sentence(name: str, number: int, words: str, trace: str = "") -> str:
    told = f"refresh: {name}, cell [{number}] failed: {words}\nThe file was left as it was. Correct the cell."
    return f"{trace}\n\n{told}" if trace else told


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (PawlabError, OSError) as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)

"""A pytest plugin that runs notebooks as tests: `pytest -p lab.course.testing --notebooks`.

nbclient runs each code cell in a kernel of its own environment, in an empty folder, and what comes out is
compared with what was saved, in a way that stands another version of plotly and the last digit of a float. A
difference is told in words, and at the end how much was compared, the time and the memory. The tags and
comments of nbval (nbval-ignore-output, ...) are understood. What runs them is imported with the first one.

With `--nbval` or `--nbval-lax` nbval runs the notebooks instead. This plugin then only gives its kernels the
same surroundings, in which no exercise is solved and no progress bar moves.
"""

import os
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from lab.course.runs import RUNS, Run

CELL_SECONDS = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("notebooks", "notebooks as tests")
    group.addoption(
        "--notebooks", action="store_true", help="run notebooks and compare every output with what was saved"
    )
    group.addoption(
        "--in-place",
        action="store_true",
        help="run a notebook in its own folder, as JupyterLab does (default: in an empty one)",
    )
    group.addoption(
        "--cell-seconds",
        type=float,
        default=CELL_SECONDS,
        help=f"after which a cell is ended (default: {CELL_SECONDS})",
    )


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        # Several processes share the processors: threads that wait for each other would keep others waiting.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    if _nbval_runs(config):
        from lab.course.environment import Workplace

        place = Workplace()
        config.add_cleanup(place.close)
        os.environ.pop("PAWLAB_STATIC", None)
        os.environ.update(place.environment())


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A notebook is a file of tests."""
    config = parent.config
    if file_path.suffix != ".ipynb" or not config.option.notebooks or _nbval_runs(config):
        return None
    from lab.course.cells import NotebookFile

    return NotebookFile.from_parent(parent, path=file_path)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of pytest-xdist hands over what it has run."""
    handed_over = getattr(session.config, "workeroutput", None)
    if handed_over is not None:
        handed_over["notebooks"] = [astuple(run) for run in session.config.stash.get(RUNS, [])]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The main process of pytest-xdist takes it."""
    handed_over = getattr(node, "workeroutput", {}).get("notebooks", [])
    node.config.stash.setdefault(RUNS, []).extend(Run(*run) for run in handed_over)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Tell of each notebook how many of its code cells are compared, the time and the memory."""
    runs = sorted(config.stash.get(RUNS, []), key=lambda run: run.name)
    if not runs:
        return
    terminalreporter.section("notebooks: code cells whose output is compared")
    width = max(len(run.name) for run in runs)
    for run in runs:
        figures = f"{_share(run.strict, run.cells)}  {run.seconds:5.0f} s  {run.peak / 2**30:.2f} GB at most"
        terminalreporter.write_line(f"{run.name:<{width}}  {figures}")
    if len(runs) > 1:
        total = _share(sum(run.strict for run in runs), sum(run.cells for run in runs))
        terminalreporter.write_line(f"{'all':<{width}}  {total}  {sum(run.seconds for run in runs):5.0f} s")


def _nbval_runs(config: pytest.Config) -> bool:
    """Whether nbval is installed and was asked to run the notebooks."""
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))


def _share(strict: int, cells: int) -> str:
    return f"{strict:3} of {cells:3} = {strict / max(1, cells):4.0%}"

"""Notebooks of one's own checked as CI checks those of the course: `python -m lab check`.

They run in their own folders, as in JupyterLab: an instructor's exercises and tables may lie beside them.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lab.core.errors import MissingFile, MissingPackage
from lab.course.clean import problems
from lab.course.notebook import Notebook

NEEDED = ("pytest", "nbclient", "nbformat", "psutil", "ipykernel")


def check_notebooks(paths: Sequence[str | Path], refresh: bool = False) -> int:
    """Run notebooks from top to bottom and compare; 0 where each cell gives what was saved, else 1.

    Prints what differs, how much was compared, and what else should not be kept in a notebook (a path, a
    date, ...), which does not count as a failure. refresh: first run them and save what comes out. Raises
    ImportError where pytest or nbclient is missing, FileNotFoundError and ValueError for anything but a
    notebook, RuntimeError for a cell that fails while it is refreshed.
    """
    require()
    files = [_checked(path) for path in paths]
    if refresh:
        from lab.course.refresh import refresh as anew  # needs nbclient

        for file in files:
            anew(file, in_place=True)
    status = run_pytest(files)
    notes = [note for file in files for note in problems(Notebook(file))]
    if notes:
        print("\nNot compared, but worth a look:", *notes, sep="\n  ", flush=True)
    print(
        f"\n{'All cells give what was saved.' if status == 0 else 'See above for what differs.'}", flush=True
    )
    return int(status != 0)


def require() -> None:
    """Raise ImportError, with what to do, where something that runs notebooks is not installed."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingPackage(
            f"check: to run notebooks, {' and '.join(missing)} must be installed. "
            'Install: pip install "pawlab[notebooks]"'
        )


def run_pytest(files: Sequence[Path]) -> int:
    """Run these notebooks under pytest, without any project's settings and plugins. Returns its status."""
    with tempfile.TemporaryDirectory() as empty:
        settings = Path(empty) / "pytest.ini"
        settings.write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-c", str(settings), "--rootdir", empty]
        command += ["--noconftest", "-p", "no:cacheprovider", "-p", "lab.course.testing", "--notebooks"]
        command += ["--in-place", "-q", "--no-header", "-rs"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        return subprocess.call([*command, *map(str, files)], env=environment)


def _checked(path: str | Path) -> Path:
    path = Path(path).absolute()
    if not path.is_file():
        raise MissingFile(f"check: there is no file '{path}'. Name notebooks, such as my_lesson.ipynb.")
    Notebook(path)
    return path

"""Code cells as tests, on the shoulders of nbval: the same run, with a kernel and comparisons of our own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from lab.course import comparing
from lab.course.kernel import Kernel, KernelDied
from lab.course.notebook import PLOTLY, Notebook
from lab.course.testing import RUNS, Run


class NotebookFile(IPyNbFile):
    """A notebook and its kernel. broken: why the cells that are left cannot be run."""

    broken = ""

    def collect(self) -> Iterator[pytest.Item]:
        # Numbered from 1, as in JupyterLab; nbval counts from 0.
        for number, cell in enumerate(super().collect(), 1):
            yield NotebookCell.from_parent(
                self, name=f"cell {number}", cell_num=number, cell=cell.cell, options=cell.options
            )

    def setup(self) -> None:
        book = Notebook(self.path)
        self.run = Run(self.path.name, sum(cell.strict for cell in book.code), len(book.code))
        self.config.stash.setdefault(RUNS, []).append(self.run)
        self.sanitize_patterns.update(comparing.SANITIZERS)
        self._began = time.monotonic()
        self.kernel = Kernel(self.path.parent if self.config.option.in_place else None)

    def teardown(self) -> None:
        if self.kernel is None:
            return
        self.run.seconds, self.run.peak = time.monotonic() - self._began, self.kernel.peak
        if hasattr(self.kernel, "km"):  # nbval has stopped one whose cell would not end
            self.kernel.stop()


class NotebookCell(IPyNbCell):
    """A code cell as a test."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.output_timeout = 30  # seconds for the last output to come after the end; nbval's 5 are short

    def setup(self) -> None:
        if self.parent.broken:
            pytest.skip(self.parent.broken)

    def runtest(self) -> None:
        if self.options["check"] and self.cell.execution_count is None and self.cell.source.strip():
            self.raise_cell_error(
                "it was saved without being run, so there is nothing to compare with. Run the whole notebook "
                "and save it, or use `python -m lab check --refresh`."
            )
        try:
            super().runtest()
        except KernelDied as death:
            self.parent.broken = f"the kernel died in cell [{self.cell_num}]"
            self.raise_cell_error(str(death))
        finally:
            if self.parent.timed_out and not self.parent.broken:
                self.parent.broken = f"cell [{self.cell_num}] did not end in time"

    def sanitize(self, value: Any) -> Any:
        if isinstance(value, dict) and {"data", "layout"} <= value.keys():
            return comparing.ComparedFigure(value)
        return super().sanitize(value)

    def format_output_compare(self, key: str, left: Any, right: Any) -> None:
        self.comparison_traceback += comparing.told(key.replace(PLOTLY, "figure"), left, right)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        error = excinfo.value
        if not isinstance(error, NbCellError):
            return f"{self._where}: {type(error).__name__}: {error}"
        source = "\n".join(f"    {line}" for line in error.source.splitlines())
        text = "\n".join(filter(None, [f"{self._where}: {error}", source, error.inner_traceback]))
        return text if self.config.get_terminal_writer().hasmarkup else comparing.without_colours(text)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self._where

    @property
    def _where(self) -> str:
        return f"{self.path.name}, cell [{self.cell_num}]"

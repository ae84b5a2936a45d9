"""Code cells as tests: nbclient runs them, and what comes out is compared with what was saved."""

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lab.course import comparing
from lab.course.kernel import Kernel, KernelDied
from lab.course.notebook import Notebook, is_strict, may_raise, skipped
from lab.course.runs import RUNS, Run


class CellFails(AssertionError):
    """A cell that does not do what was saved. detail: the difference, or the traceback."""

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.detail = detail


class NotebookFile(pytest.File):
    """A notebook and its kernel. broken: why the cells that are left cannot be run."""

    broken = ""
    kernel: Kernel | None = None

    def collect(self) -> Iterator[pytest.Item]:
        self.saved = nbformat.read(self.path, as_version=4)
        code = [index for index, cell in enumerate(self.saved.cells) if cell.cell_type == "code"]
        for number, index in enumerate(code, 1):
            yield NotebookCell.from_parent(self, name=f"cell {number}", number=number, index=index)

    def setup(self) -> None:
        book = Notebook(self.path)
        self.run = Run(self.path.name, sum(cell.strict for cell in book.code), len(book.code))
        self.config.stash.setdefault(RUNS, []).append(self.run)
        self._began = time.monotonic()
        self.now = copy.deepcopy(self.saved)
        cwd = self.path.parent if self.config.option.in_place else None
        self.kernel = Kernel(self.now, cwd, self.config.option.cell_seconds)

    def teardown(self) -> None:
        if self.kernel is not None:
            self.run.seconds, self.run.peak = time.monotonic() - self._began, self.kernel.peak
            self.kernel.close()


class NotebookCell(pytest.Item):
    """A code cell as a test. number: from 1, as in JupyterLab. index: among all cells."""

    parent: NotebookFile

    def __init__(self, number: int, index: int, **parts: Any) -> None:
        super().__init__(**parts)
        self.number, self.index = number, index
        self.saved = self.parent.saved.cells[index]
        self.told = self.saved.source, self.saved.metadata

    def setup(self) -> None:
        if self.parent.broken:
            pytest.skip(self.parent.broken)
        if skipped(*self.told):
            pytest.skip("the cell says so")

    def runtest(self) -> None:
        strict = is_strict(*self.told)
        if strict and self.saved.execution_count is None and self.saved.source.strip():
            raise CellFails(
                "it was saved without being run, so there is nothing to compare with. Run the whole notebook "
                "and save it, or use `python -m lab check --refresh`."
            )
        try:
            in_time = self.parent.kernel.run(self.index)
        except KernelDied as death:
            self.parent.broken = f"the kernel died in cell [{self.number}]"
            raise CellFails(str(death)) from None
        outputs = self.parent.now.cells[self.index].outputs
        errors = [output for output in outputs if output.output_type == "error"]
        trace = "\n".join(line for error in errors for line in error.traceback)
        if not in_time:
            self.parent.broken = f"cell [{self.number}] did not end in time"
            seconds = self.config.option.cell_seconds
            raise CellFails(f"Timeout of {seconds:g} seconds exceeded executing cell", trace)
        if errors and not may_raise(*self.told):
            raise CellFails("Cell execution caused an exception", trace)
        if strict and (lines := comparing.differences(self.saved.outputs, outputs)):
            raise CellFails("Cell outputs differ", "\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
        error = excinfo.value
        if not isinstance(error, CellFails):
            return f"{self._where}: {type(error).__name__}: {error}"
        source = "\n".join(f"    {line}" for line in self.saved.source.splitlines())
        text = "\n".join(filter(None, [f"{self._where}: {error}", source, error.detail]))
        return text if self.config.get_terminal_writer().hasmarkup else comparing.without_colours(text)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self._where

    @property
    def _where(self) -> str:
        return f"{self.path.name}, cell [{self.number}]"

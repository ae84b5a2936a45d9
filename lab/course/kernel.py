"""A kernel of this Python in a workplace of its own, in which nbclient runs cells. Its memory is watched."""

import logging
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from lab.core.errors import BadState
from lab.course.environment import Workplace

STARTUP_SECONDS = 120  # until a kernel must be there, on a busy machine
OUTPUT_SECONDS = 30  # for the last output to come after the end of a cell
_EVERY = 0.2  # seconds between two looks at the memory


class KernelDied(BadState):
    """The kernel's process ended while a cell ran."""


class _OnlyThisPython(KernelSpecManager):
    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name=kernel_name, language="python")


class ThisPython(AsyncKernelManager):
    """Kernels of the Python that runs this, whatever else is installed under the name of python3."""

    def __init__(self, **settings: Any) -> None:
        settings["kernel_spec_manager"] = _OnlyThisPython(parent=settings.get("parent"))
        super().__init__(**settings)


def client_for(notebook: nbformat.NotebookNode, place: Workplace, **options: Any) -> NotebookClient:
    """What runs the cells of `notebook` in place, in the folder of `place`; options: nbclient's."""
    return NotebookClient(
        notebook,
        startup_timeout=STARTUP_SECONDS,
        iopub_timeout=OUTPUT_SECONDS,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(place.cwd)}},
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        **options,
    )


class Kernel:
    """The kernel of one notebook. peak: the most memory it held so far, in bytes.

    cwd: its working directory; an empty one for None. seconds: after which a cell is interrupted.
    """

    def __init__(self, notebook: nbformat.NotebookNode, cwd: Path | None, seconds: float) -> None:
        self.peak, self._seconds, self._notebook = 0, seconds, notebook
        self._over = threading.Event()
        with ExitStack() as stack:
            self._place = stack.enter_context(Workplace(cwd))
            log = stack.enter_context(self._place.log.open("w"))
            quiet = logging.Logger("nbclient", logging.CRITICAL)
            options = {"allow_errors": True, "interrupt_on_timeout": True, "timeout": seconds, "log": quiet}
            self._client = client_for(notebook, self._place, **options)
            stack.enter_context(self._client.setup_kernel(env=self._place.environment(), stderr=log))
            stack.callback(self._over.set)
            self._stack = stack.pop_all()
        threading.Thread(target=self._watch, name="pawlab memory", daemon=True).start()

    def run(self, index: int) -> bool:
        """Run a cell of the notebook, which gets the outputs; whether it ended in time.

        Raises KernelDied.
        """
        began = time.monotonic()
        try:
            self._client.execute_cell(self._notebook.cells[index], index)
        except DeadKernelError:
            raise KernelDied(self._last_words()) from None
        return time.monotonic() - began < self._seconds

    def close(self) -> None:
        """End the kernel, and remove its workplace."""
        self._stack.close()

    def _last_words(self) -> str:
        said = self._place.log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in said if line.strip() and "[IPKernelApp]" not in line]
        words = f" It wrote last: {said[-1]}" if said else ""
        return f"the kernel died; was there enough memory? It held {self.peak / 2**30:.2f} GB.{words}"

    def _watch(self) -> None:
        try:
            process = psutil.Process(self._client.km.provisioner.pid)
            while True:
                held = sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
                self.peak = max(self.peak, held)
                if self._over.wait(_EVERY):
                    return
        except psutil.Error:  # it has ended
            return

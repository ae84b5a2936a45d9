"""nbval's kernel, in a workplace of its own. Its memory is watched, and its death noticed."""

import threading
import time
from pathlib import Path
from queue import Empty

import psutil
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel, start_new_kernel

from lab.core.errors import BadState
from lab.course.environment import Workplace

STARTUP_SECONDS = 120  # until a kernel must be there, on a busy machine
_EVERY = 0.2  # seconds between two looks at the memory
_PATIENCE = 1.0  # seconds between two looks at whether the kernel still lives


class KernelDied(BadState):
    """The kernel's process ended while a cell ran."""


class Kernel(RunningKernel):
    """A kernel of this Python. peak: the most memory it held so far, in bytes.

    cwd: its working directory; an empty one for None. startup_timeout: seconds.
    """

    def __init__(self, cwd: Path | None = None, startup_timeout: float = STARTUP_SECONDS) -> None:
        self.peak = 0
        self._place = Workplace(cwd)
        with self._place.log.open("w") as log:
            self.km, self.kc = start_new_kernel(
                startup_timeout,
                CURRENT_ENV_KERNEL_NAME,
                cwd=str(self._place.cwd),
                env=self._place.environment(),
                stderr=log,
            )
        self._ensure_iopub_up()
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="pawlab memory", daemon=True).start()

    def execute_cell_input(self, cell_input: str, allow_stdin: bool | None = None) -> str:
        """Run a cell as a notebook does: numbered, and kept in the history, which nbval's own leaves out."""
        return self.kc.execute(cell_input, store_history=True, allow_stdin=allow_stdin, stop_on_error=False)

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the end of a cell. Raises KernelDied at once where nbval's would wait in vain, and Empty
        when the time is over."""
        end = time.monotonic() + (timeout or float("inf"))
        while True:
            try:
                return super().await_reply(msg_id, min(_PATIENCE, max(0.0, end - time.monotonic())))
            except Empty:
                if not self.is_alive():
                    raise KernelDied(self._last_words()) from None
                if time.monotonic() >= end:
                    raise

    def stop(self) -> None:
        self._over.set()
        super().stop()
        self._place.close()

    def _last_words(self) -> str:
        said = self._place.log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in said if line.strip() and "[IPKernelApp]" not in line]
        words = f" It wrote last: {said[-1]}" if said else ""
        return f"the kernel died; was there enough memory? It held {self.peak / 2**30:.2f} GB.{words}"

    def _watch(self) -> None:
        try:
            process = psutil.Process(self.km.provisioner.pid)
            while True:
                held = sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])
                self.peak = max(self.peak, held)
                if self._over.wait(_EVERY):
                    return
        except psutil.Error:  # it has ended
            return

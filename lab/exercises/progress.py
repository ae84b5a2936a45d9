"""Which exercises a student has solved, kept on the student's own machine: one small JSON file a notebook.

It lies in the lab's own folder, or in the one that the environment variable PAWLAB_PROGRESS names. Nothing is
sent anywhere. Where nothing can be written, progress lasts as long as the kernel.
"""

import json
import os
import re
from pathlib import Path

from lab.data.home import atomic_write, home


class ExerciseProgress:
    """The solved exercises of the notebook called `notebook`; the same in all kernels that have it open."""

    def __init__(self, notebook: str) -> None:
        self._path = folder() / (re.sub(r"[^\w-]", "_", notebook) + ".json")
        self._unwritten: set[str] | None = None  # all that is solved, once the disk has refused it

    @property
    def solved(self) -> set[str]:
        """The names of the solved exercises."""
        return self._read() if self._unwritten is None else set(self._unwritten)

    def add(self, name: str) -> None:
        """Note an exercise as solved."""
        self._write(self.solved | {name})

    def forget(self) -> None:
        """Begin anew."""
        self._write(set())

    def _read(self) -> set[str]:
        try:
            solved = json.loads(self._path.read_text(encoding="utf-8"))["solved"]
            return {name for name in solved if isinstance(name, str)}
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or a file that somebody else wrote
            return set()

    def _write(self, solved: set[str]) -> None:
        try:
            with atomic_write(self._path) as temporary:
                temporary.write_text(json.dumps({"solved": sorted(solved)}), encoding="utf-8")
            self._unwritten = None
        except OSError:  # a disk that is full or not ours must not come between a student and the exercise
            self._unwritten = solved


def folder() -> Path:
    """Where progress is kept."""
    chosen = os.environ.get("PAWLAB_PROGRESS", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else home() / "progress"

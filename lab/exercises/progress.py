"""What a student has solved and answered, on the student's own machine: one small JSON file per notebook.

It lies in the lab's own folder, or in the one that the environment variable PAWLAB_PROGRESS names. Nothing is
sent anywhere. Where nothing can be written, progress lasts as long as the kernel.
"""

import json
import os
import re
from pathlib import Path

from lab.data.home import atomic_write, home

_Record = tuple[set[str], dict[int, str]]  # (solved exercises, answers of the quiz)


class ExerciseProgress:
    """The solved exercises and the quiz answers of a notebook; the same in all kernels that have it open."""

    def __init__(self, notebook: str) -> None:
        self._path = folder() / (re.sub(r"[^\w-]", "_", notebook) + ".json")
        self._unwritten: _Record | None = None  # all of it, once the disk has refused it

    @property
    def solved(self) -> set[str]:
        """The names of the solved exercises."""
        return set(self._record()[0])

    @property
    def answers(self) -> dict[int, str]:
        """The quiz: question number -> the letter chosen last."""
        return dict(self._record()[1])

    def add(self, name: str) -> None:
        """Note an exercise as solved."""
        self._write((self.solved | {name}, self.answers))

    def answer(self, number: int, letter: str) -> None:
        """Note an answer to a question of the quiz."""
        self._write((self.solved, self.answers | {number: letter}))

    def forget(self) -> None:
        """Begin anew."""
        self._write((set(), {}))

    def _record(self) -> "_Record":
        if self._unwritten is not None:
            return self._unwritten
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            solved = {name for name in found["solved"] if isinstance(name, str)}
            answers = {int(number): str(letter) for number, letter in found.get("quiz", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return set(), {}  # none yet, or somebody else's file
        return solved, answers

    def _write(self, record: "_Record") -> None:
        solved, answers = record
        found = {
            "solved": sorted(solved),
            "quiz": {str(number): answers[number] for number in sorted(answers)},
        }
        try:
            with atomic_write(self._path) as temporary:
                temporary.write_text(json.dumps(found), encoding="utf-8")
            self._unwritten = None
        except OSError:  # a disk that is full or not ours must not come between a student and the exercise
            self._unwritten = record


def folder() -> Path:
    """Where progress is kept."""
    chosen = os.environ.get("PAWLAB_PROGRESS", "").strip()
    return Path(chosen).expanduser().absolute() if chosen else home() / "progress"

"""Where the course's exercises come from: a checkout's own files, or the packed ones of an installed lab.

In the repository an exercise is plain Python, in `exercises/` beside `lab/`. A wheel holds the same files
packed (`hatch_build.py` does it), so that a student who looks around in the installed package does not come
across the answers. They are not a secret: whoever wants to can unpack them.
"""

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType

from lab.core.errors import BadValue
from lab.exercises.exercise import Exercise
from lab.exercises.packing import unpack
from lab.panels.quiz import Question

SOURCES = Path(__file__).parents[2] / "exercises"
PACKED = resources.files(__package__) / "packed"


def subjects() -> list[str]:
    """The notebooks that have exercises, without their numbers: "first_classifier"."""
    return sorted(name for name in _files() if not name.endswith("_quiz"))


def exercises_of(subject: str) -> Sequence[Exercise]:
    """The exercises of a notebook. Raises ValueError for one that has none."""
    if subject not in subjects():
        raise BadValue(f"load: got {subject!r}. The course has {', '.join(subjects())}.")
    return _module(subject).EXERCISES


def quiz_of(subject: str) -> Sequence[Question]:
    """The questions at the end of a notebook; none where it has no quiz."""
    name = f"{subject}_quiz"
    return _module(name).QUIZ if name in _files() else ()


def _files() -> dict[str, Traversable]:
    """Name -> the file with the source, plain or packed."""
    is_checkout = (SOURCES / "first_classifier.py").is_file() and (
        SOURCES.parent / "pyproject.toml"
    ).is_file()
    found = SOURCES.glob("*.py") if is_checkout else PACKED.iterdir()
    return {file.name.partition(".")[0]: file for file in found}


def _module(name: str) -> ModuleType:
    file = _files()[name]
    source = file.read_text(encoding="utf-8")
    module = ModuleType(f"course_exercises.{name}")
    code = compile(source if file.name.endswith(".py") else unpack(source), str(file), "exec")
    exec(code, vars(module))  # the lab's own files, never a user's
    return module

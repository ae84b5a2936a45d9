"""Where the course's exercises come from: a checkout's own files, or the packed ones of an installed lab.

In the repository an exercise is plain Python, in `exercises/` beside `lab/`. A wheel holds the same files
packed (`hatch_build.py` does it), so that a student who looks around in the installed package does not come
across the answers. They are not a secret: whoever wants to can unpack them.
"""

from collections.abc import Sequence
from importlib import resources
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
    files = SOURCES.glob("*.py") if _is_checkout() else PACKED.iterdir()
    names = (file.name.partition(".")[0] for file in files)
    return sorted(name for name in names if not name.endswith("_quiz"))


def exercises_of(subject: str) -> Sequence[Exercise]:
    """The exercises of a notebook. Raises ValueError for one that has none."""
    return _module(subject).EXERCISES


def quiz_of(subject: str) -> Sequence[Question]:
    """The questions at the end of a notebook; none where it has no quiz."""
    name = f"{subject}_quiz"
    known = (SOURCES / f"{name}.py").exists() if _is_checkout() else (PACKED / f"{name}.txt").is_file()
    return _module(name).QUIZ if known else ()


def _module(name: str) -> ModuleType:
    try:
        if _is_checkout():
            file, source = SOURCES / f"{name}.py", (SOURCES / f"{name}.py").read_text(encoding="utf-8")
        else:
            packed = PACKED / f"{name}.txt"
            file, source = Path(f"{name}.py"), unpack(packed.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise BadValue(f"load: got {name!r}. The course has {', '.join(subjects())}.") from None
    module = ModuleType(f"course_exercises.{name}")
    exec(compile(source, str(file), "exec"), vars(module))  # the lab's own files, never a user's
    return module


def _is_checkout() -> bool:
    return (SOURCES / "first_classifier.py").is_file() and (SOURCES.parent / "pyproject.toml").is_file()

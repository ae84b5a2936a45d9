"""Where the course's notebooks lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path

import lab
from lab.core.errors import BadValue, MissingFile

REPOSITORY = "https://github.com/pawlab/pawlab/blob/main"


def course_folder() -> Path:
    """The folder of the notebooks, their index and its images.

    Raises FileNotFoundError where there is none: a copy of the package without its notebooks.
    """
    package = Path(lab.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if any(folder.glob("*.ipynb")):
            return folder
    raise MissingFile(
        f"notebooks: there are none in '{package}' nor beside it. Install Pawlab anew, or get them from "
        f"{REPOSITORY}/notebooks"
    )


def copy_target(target: str | Path, source: Path) -> Path:
    """Where a copy goes. Raises ValueError for the course itself, NotADirectoryError for a file."""
    target = Path(target)
    if target.exists() and not target.is_dir():
        raise NotADirectoryError(f"notebooks: '{target}' is a file. Name a folder.")
    if target.resolve() == source.resolve():
        raise BadValue(f"notebooks: '{target}' is the course itself. Name another folder for the copy.")
    return target


def notebooks() -> list[Path]:
    """The notebooks of the course, in its order. Raises as `course_folder`."""
    return sorted(course_folder().glob("*.ipynb"))

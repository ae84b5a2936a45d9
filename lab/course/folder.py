"""Where the course's notebooks lie: inside the installed package, or beside it in a checkout."""

from pathlib import Path

import lab
from lab.core.errors import MissingFile

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


def notebooks() -> list[Path]:
    """The notebooks of the course, in its order. Raises as `course_folder`."""
    return sorted(course_folder().glob("*.ipynb"))

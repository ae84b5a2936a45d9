"""Where a notebook's kernel runs: an empty folder, and one environment for tests and refreshes."""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

import lab

ROOT = Path(lab.__file__).parent.parent


class Workplace(ExitStack):
    """A fresh folder for one kernel, until it is closed. log: where it may write its stderr.

    cwd: its working directory; None is an empty one, so that nothing lies around that a student lacks.
    PAWLAB_HOME stays as it is, so that the pictures of the course are drawn once and not for each notebook.
    """

    def __init__(self, cwd: Path | None = None) -> None:
        super().__init__()
        # A kernel that has just ended may still hold its folder on Windows.
        folder = tempfile.TemporaryDirectory(prefix="pawlab-", ignore_cleanup_errors=True)
        place = Path(self.enter_context(folder))
        self.log, self._progress, self._ipython = (
            place / name for name in ("kernel.log", "progress", "ipython")
        )
        self.cwd = cwd or place / "work"
        self.cwd.mkdir(exist_ok=True)

    def environment(self, static: bool = False) -> dict[str, str]:
        """The environment of the kernel. static: panels show a picture of themselves as well."""
        left_out = ("PAWLAB_STATIC", "MPLBACKEND")  # the kernel chooses how matplotlib draws
        environment = {name: value for name, value in os.environ.items() if name not in left_out}
        environment |= {
            "PAWLAB_QUIET": "1",
            "PAWLAB_PROGRESS": str(self._progress),  # exercises are unsolved
            "PLOTLY_RENDERER": "plotly_mimetype",
            "IPYTHONDIR": str(self._ipython),  # nobody's own start-up files
        }
        if static:
            environment["PAWLAB_STATIC"] = "1"
        if (ROOT / "pyproject.toml").is_file():  # a checkout, and not what is installed beside it
            before = environment.get("PYTHONPATH")
            environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), before]))
        return environment

"""JupyterLab opened on a folder."""

import importlib.util
import subprocess
import sys
from pathlib import Path


def has_jupyterlab() -> bool:
    """Whether JupyterLab is installed beside this Python."""
    return importlib.util.find_spec("jupyterlab") is not None


def open_jupyterlab(folder: str | Path) -> int:
    """Run JupyterLab on a folder until it is ended there, or with Ctrl-C. Returns its exit status."""
    process = subprocess.Popen([sys.executable, "-m", "jupyterlab", str(folder)])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # JupyterLab has got it as well, asks, and ends its kernels
            continue

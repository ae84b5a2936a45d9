"""Runs notebooks from top to bottom as on Colab: its widgets, its IPython, a stand-in for its own module.

    python tests/colab_stand_in/run_notebooks.py [NOTEBOOK ...]

The kernel is the Python that runs this; without a name, all notebooks of the course are run. Outputs are not
compared. Prints the seconds of each. Ends with status 1 where a cell fails, where the lab has not switched on
Colab's manager of custom widgets exactly once in a kernel that shows a panel, and where a widget is shown
without the name of that manager: Colab would leave its place empty.
"""

import importlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from lab.course.environment import Workplace
from lab.course.folder import notebooks

HERE = Path(__file__).parent
WIDGET = "application/vnd.jupyter.widget-view+json"
CELL_SECONDS = 300
STACK = ("ipywidgets", "IPython", "ipykernel", "plotly")
ASK = f"""
import importlib, json
from google.colab import output
versions = [importlib.import_module(name).__version__ for name in {STACK}]
print(json.dumps([output.callers, versions]))"""
VERSIONS = [importlib.import_module(name).__version__ for name in STACK]


def kernel_manager(folder: Path) -> AsyncKernelManager:
    """Kernels of this Python that have loaded `google.colab`, described in `folder`."""
    load = "--IPKernelApp.exec_lines=import google.colab"
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", load]
    (folder / "colab").mkdir()
    spec = {"argv": command, "display_name": "Colab's stand-in", "language": "python"}
    (folder / "colab" / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    specs = KernelSpecManager(kernel_dirs=[str(folder)])
    return AsyncKernelManager(kernel_name="colab", kernel_spec_manager=specs)


def run(path: Path) -> str | None:
    """Run a notebook; what went wrong, in words, or None."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(ASK))
    at = [0]

    def started(cell_index: int, **_: object) -> None:
        at[0] = sum(cell.cell_type == "code" for cell in notebook.cells[: cell_index + 1])

    with Workplace() as place, place.log.open("w") as log, tempfile.TemporaryDirectory() as folder:
        environment = place.environment()
        paths = [str(HERE), environment.get("PYTHONPATH")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        client = NotebookClient(
            notebook,
            km=kernel_manager(Path(folder)),
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(place.cwd)}},
            on_cell_start=started,
        )
        try:
            client.execute(env=environment, stderr=log)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
            return f"cell [{at[0]}] failed:\n{failure}"
    marked = [
        bool(output.metadata.get(WIDGET, {}).get("colab"))
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if WIDGET in output.get("data", {})
    ]
    callers, versions = json.loads(notebook.cells[-1].outputs[0].text)
    if versions != VERSIONS:
        return f"{', '.join(STACK)} were {', '.join(versions)} in the kernel, not {', '.join(VERSIONS)}"
    called = sum(caller.startswith("lab.") for caller in callers)  # anywidget does so for its own widgets
    if called != bool(marked):
        return f"{len(marked)} widgets were shown, and the lab switched on Colab's manager {called} times"
    if not all(marked):
        return (
            f"{marked.count(False)} of {len(marked)} widgets were shown without the name of Colab's manager"
        )
    return None


def main(names: list[str]) -> int:
    """Run these notebooks, or all of the course; 1 where one fails."""
    failed = []
    for path in [Path(name) for name in names] or notebooks():
        began = time.monotonic()
        problem = run(path)
        print(f"{path.name}: {problem or 'ran to its end'}, {time.monotonic() - began:.0f} s", flush=True)
        if problem:
            failed.append(path.name)
    print(f"failed: {', '.join(failed)}" if failed else "all notebooks ran to their end")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

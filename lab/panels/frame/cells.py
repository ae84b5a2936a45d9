"""Which cell of a notebook made a panel, so that running the cell again replaces it.

ipywidgets keeps every widget of a session. Without this, a cell that is run fifty times would leave fifty
panels, their figures and their connections behind.
"""

from collections.abc import Callable
from typing import Any

from lab import ipython

_made: dict[str, tuple[int, list[Any]]] = {}  # cell -> in which run of a cell, and the panels that it made


def remember(panel: Any) -> None:
    """Note the panel under its cell, and close those that an earlier run of the same cell made."""
    cell = current_cell()
    if cell is None:
        return
    where, count = cell
    earlier, panels = _made.get(where, (count, []))
    if earlier != count:
        for old in list(panels):
            old.close()
        panels = []
    _made[where] = (count, [*panels, panel])


def forget(panel: Any) -> None:
    """Take a closed panel from the notes."""
    for where, (count, panels) in list(_made.items()):
        left = [other for other in panels if other is not panel]
        if left:
            _made[where] = (count, left)
        else:
            del _made[where]


def current_cell() -> tuple[str, int] | None:
    """(which cell, how manieth execution of this kernel) of the code that runs now; None outside IPython.

    JupyterLab and VS Code name the cell in the request; elsewhere its text stands for it.
    """
    shell = ipython.shell()
    if shell is None:
        return None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    metadata = (parent or {}).get("metadata", {})
    where = metadata.get("cellId") or metadata.get("cell_id") or shell.history_manager.input_hist_raw[-1]
    return where, shell.execution_count


def after_every_cell(call: Callable[..., object]) -> None:
    """Have `call(*anything)` called after each cell from now on; a second time changes nothing."""
    shell = ipython.shell()
    if shell is not None and call not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", call)

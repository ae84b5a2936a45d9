"""Runs a few cells in a kernel of this very Python, as a notebook does; for tests."""

from collections.abc import Sequence
from pathlib import Path

import nbclient
import nbformat

from lab.course.environment import Workplace


def run_cells(cells: Sequence[str], folder: Path) -> nbformat.NotebookNode:
    """The notebook of these cells, run to its end in `folder`, whatever error a cell raises."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    with Workplace() as place, place.log.open("w") as log:
        client.execute(env=place.environment(), stderr=log)
    return notebook


def shown(cell: nbformat.NotebookNode) -> str:
    """What a cell shows as plain text: its outputs, and of an error its name and words."""
    texts = []
    for output in cell.outputs:
        if output.output_type == "stream":
            texts.append(output.text.rstrip("\n"))
        elif output.output_type == "error":
            texts.append(f"{output.ename}: {output.evalue}")
        else:
            texts.append(output.data["text/plain"])
    return "\n".join(texts)

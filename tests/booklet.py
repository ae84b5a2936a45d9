"""Notebooks made by tests: cells, outputs and files, with few words."""

import json
from pathlib import Path

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def text(source):
    """A markdown cell."""
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source, *outputs, tags=(), **metadata):
    """A code cell; `write` counts it. tags: such as "nbval-ignore-output"."""
    if tags:
        metadata["tags"] = list(tags)
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": list(outputs),
        "execution_count": None,
    }


def printed(words, name="stdout"):
    """What a cell printed."""
    return {"output_type": "stream", "name": name, "text": words}


def result(plain=None, **kinds):
    """A cell's value. kinds: further forms by the last part of their name, such as png=…, html=…"""
    names = {"png": "image/png", "html": "text/html", "plotly": "application/vnd.plotly.v1+json"}
    names["widget"] = "application/vnd.jupyter.widget-view+json"
    data = {names[kind]: value for kind, value in kinds.items()}
    if plain is not None:
        data["text/plain"] = plain
    return {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}


def write(path, *cells, counted=True, **metadata):
    """Write the cells as a notebook, as if it had been run (counted) from top to bottom. Returns the path."""
    number = 0
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place:02}"
        if cell["cell_type"] == "code" and counted:
            number += 1
            cell["execution_count"] = number
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = number
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    whole = {"nbformat": 4, "nbformat_minor": 5, "cells": list(cells)}
    whole["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}, **metadata}
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(path):
    """A notebook's JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))

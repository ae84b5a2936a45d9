"""Widgets with a script of their own, through anywidget."""

from functools import cache
from importlib.resources import files
from typing import Any

import anywidget
import traitlets


@cache
def script(name: str) -> str:
    """A script of `lab.panels`, such as "frame/code_line.js", or its style sheet.

    As text: anywidget would watch a file for changes, and what is watched is never freed.
    """
    return files("lab.panels").joinpath(name).read_text(encoding="utf-8")


def scripted(name: str, **traits: Any) -> Any:
    """A widget class that runs a script. traits: name -> traitlets type; all are shared with the page."""
    shared: dict[str, traitlets.TraitType] = {key: trait.tag(sync=True) for key, trait in traits.items()}
    return type("Scripted", (anywidget.AnyWidget,), {"_esm": script(name), **shared})

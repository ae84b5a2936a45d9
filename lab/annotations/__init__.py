"""Annotations of pictures: this label is wrong, this picture does not belong here, this one is right.

`Annotations` collects them apart from any view, with undo and redo, and touches no file until `apply()`. A
layout says where the labels live; the journal beside the pictures lets every move be undone, also tomorrow.
"""

from .annotations import Annotations, Mark
from .changes import Changes, Move
from .layouts import FolderLayout, NameLayout, TableLayout, find_layout

Marks = Annotations  # the name in earlier notebooks

__all__ = [
    "Annotations",
    "Changes",
    "FolderLayout",
    "Mark",
    "Marks",
    "Move",
    "NameLayout",
    "TableLayout",
    "find_layout",
]

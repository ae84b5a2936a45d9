"""Marks on pictures: this label is wrong, this picture does not belong here, this one is right.

`Marks` collects them apart from any view, with undo and redo, and touches no file until `apply()`. A layout
says where the labels live; the journal beside the pictures lets every move be taken back, also tomorrow.
"""

from .changes import Changes, Move
from .layouts import FolderLayout, NameLayout, TableLayout, find_layout
from .marks import Mark, Marks

__all__ = ["Changes", "FolderLayout", "Mark", "Marks", "Move", "NameLayout", "TableLayout", "find_layout"]

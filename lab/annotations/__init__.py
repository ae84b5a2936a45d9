"""Annotations of pictures: this label is wrong, this picture does not belong here, this one is right.

`Annotations` collects them apart from any view, with undo and redo. `save()` writes them to a file beside the
pictures, an overlay that `dataloaders(..., annotations=True)` reads; no picture is ever moved or changed.
"""

from lab.data.annotation_file import Mark

from .annotations import Annotations

Marks = Annotations  # the name in earlier notebooks

__all__ = ["Annotations", "Mark", "Marks"]

"""Files from the browser: chosen with ipywidgets' FileUpload, whose value differs between its generations 7
and 8, or dropped on the panel, which takes a widget with a script of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from lab.panels.frame.script import scripted

DropArea = scripted("predict/drop.js")


def uploaded(upload: widgets.FileUpload) -> tuple[str, bytes] | None:
    """(file name, content) of the last uploaded file; None when there is none.

    ipywidgets 8 gives a tuple of mappings with name and content, ipywidgets 7 a mapping of names to mappings
    with content.
    """
    value: Any = upload.value
    if not value:
        return None
    if isinstance(value, Mapping):
        name, file = list(value.items())[-1]
    else:
        name, file = value[-1]["name"], value[-1]
    return str(name), bytes(file["content"])


def forget(upload: widgets.FileUpload) -> None:
    """Take the content out of the widget, so that it uses no memory and the same file can come again."""
    if isinstance(upload.value, Mapping):
        upload.data, upload.metadata = [], []
        upload._counter = 0
        upload.set_trait("value", {})
    else:
        upload.value = ()


def drop_area(on_file: Callable[[str, bytes | None], None]) -> widgets.Widget:
    """A widget without room of its own that makes its whole panel take files.

    on_file: gets the file's name, and its bytes, or None when it has more than 10 MB.
    """
    area = DropArea().add_class("paw-drop-area")

    def came(_widget: widgets.Widget, content: dict, buffers: list) -> None:
        on_file(str(content.get("name", "")), bytes(buffers[0]) if content.get("fits") and buffers else None)

    area.on_msg(came)
    return area

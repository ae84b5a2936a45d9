"""Files dropped on the panel: a widget that takes no room, with a script of its own (through anywidget)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import ipywidgets as widgets

from lab.panels.frame.script import scripted


def drop_area(on_file: Callable[[str, bytes | None], None]) -> widgets.Widget:
    """A widget that makes its whole panel take files.

    on_file: gets the file's name, and its bytes, or None when it has more than 10 MB.
    """
    area = _with_script()().add_class("paw-drop-area")

    def came(_widget: widgets.Widget, content: dict, buffers: list) -> None:
        on_file(str(content.get("name", "")), bytes(buffers[0]) if content.get("fits") and buffers else None)

    area.on_msg(came)
    return area


@cache
def _with_script() -> Any:
    return scripted("predict/drop.js")

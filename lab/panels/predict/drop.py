"""Files dropped on the panel: a widget that takes no room, with a script of its own (through anywidget)."""

from collections.abc import Callable
from functools import cache

import ipywidgets as widgets

from lab.panels.frame.script import scripted


def drop_area(on_file: Callable[[str, bytes | None], None]) -> widgets.Widget | None:
    """A widget that makes its whole panel take files; None where anywidget is not installed.

    on_file: gets the file's name, and its bytes, or None when it has more than 10 MB.
    """
    made = _with_script()
    if made is None:
        return None
    area = made()
    area.add_class("paw-drop-area")

    def came(_widget: widgets.Widget, content: dict, buffers: list) -> None:
        on_file(str(content.get("name", "")), bytes(buffers[0]) if content.get("fits") and buffers else None)

    area.on_msg(came)
    return area


@cache
def _with_script() -> type | None:
    return scripted("predict/drop.js")

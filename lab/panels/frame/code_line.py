"""The line of code at a panel's foot, with a button that copies it; and the theme that the page has.

Copying, and looking at the page, can only be done in the browser, so this widget has a script of its own
(`code_line.js`, through anywidget).
"""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import traitlets

from lab.panels.frame.script import scripted

CodeLine = scripted("frame/code_line.js", code=traitlets.Unicode(""), theme=traitlets.Unicode("light"))

_theme = "light"  # what the last page told; a session rarely has two


def theme_now() -> str:
    """ "light" or "dark": the theme of the page that shows the panels."""
    return _theme


def code_line(on_theme: Callable[[], None]) -> widgets.Widget:
    """A widget with a trait `code`. on_theme: called when the page turns out to have another theme."""
    line = CodeLine(theme=_theme).add_class("paw-code-line")

    def told(change: Any) -> None:
        global _theme
        _theme = change["new"]
        on_theme()

    line.observe(told, "theme")
    return line

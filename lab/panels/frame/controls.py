"""The small parts that panels are made of: buttons, fields, rows. All look alike through one style sheet."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from lab.markup import escape
from lab.panels.frame.script import script

SHEETS = (
    "frame/panel.css",  # what all share comes first
    *(f"{panel}/panel.css" for panel in ("loss", "augment", "training", "inside", "gallery", "predict")),
    *("quiz.css", "convolution/panel.css"),
)


def style_sheet() -> widgets.HTML:
    """The style sheet of the panels, as a widget that takes no room."""
    return html(f"<style>{''.join(map(script, SHEETS))}</style>", "paw-sheet")


def html(value: str, name: str) -> widgets.HTML:
    """A piece of HTML with a class of its own. Whatever comes from a file must have been escaped."""
    return widgets.HTML(value).add_class(name)


def button(text: str, act: Callable[..., None], tip: str = "", primary: bool = False) -> widgets.Button:
    """A button with a verb on it. tip: a sentence, also for screen readers. At most one is primary."""
    widget = widgets.Button(description=text, tooltip=tip or text).add_class("paw-button")
    if primary:
        widget.add_class("paw-primary")
    widget.on_click(act)
    return widget


def choice(label: str, options: Sequence[Any], value: Any, act: Callable[..., None]) -> widgets.Dropdown:
    """A list to choose one from. options: values, or (text, value)."""
    return _field(widgets.Dropdown(options=options, value=value), label, act)


def switch(label: str, value: bool, act: Callable[..., None]) -> widgets.Checkbox:
    """On or off."""
    widget = widgets.Checkbox(value=value, description=label, indent=False)
    return _observed(widget.add_class("paw-switch"), act)


def whole(label: str, value: int, low: int, high: int, act: Callable[..., None]) -> widgets.BoundedIntText:
    """A whole number from low to high."""
    return _field(widgets.BoundedIntText(value=value, min=low, max=high), label, act)


def number(label: str, step: float, act: Callable[..., None]) -> widgets.FloatText:
    """Any number, 0 at first. step: how far the arrow keys go."""
    return _field(widgets.FloatText(value=0.0, step=step), label, act)


def text(label: str, value: str, act: Callable[..., None]) -> widgets.Text:
    """A line of text; `act` is called when it is complete (Enter, or leaving the field)."""
    return _field(widgets.Text(value=value, continuous_update=False), label, act)


def slider(
    label: str, value: float, low: float, high: float, step: float, act: Callable[..., None], **options: Any
) -> widgets.FloatSlider:
    """A number from low to high; options as ipywidgets' FloatSlider has them, such as readout_format."""
    made = widgets.FloatSlider(value=value, min=low, max=high, step=step, **options)
    return _field(made.add_class("paw-slider"), label, act)


def log_slider(label: str, low: float, high: float, act: Callable[..., None]) -> widgets.FloatLogSlider:
    """A number from 10 ** low to 10 ** high, in steps that look alike on a logarithmic axis.

    `act` is called when the slider is let go, and after each key. A step is so wide that a number rounded to
    two digits stays nearest to its own place, else a key could lead back to where it was.
    """
    made = widgets.FloatLogSlider(
        value=10 ** ((low + high) / 2), base=10, min=low, max=high, step=0.05, readout=False
    )
    # A browser that is told a number between two places would send the nearer one back, as if it was chosen.
    made.continuous_update = False
    return _field(made.add_class("paw-slider"), label, act)


def note(words: str) -> widgets.HTML:
    """Muted words in a row; they are escaped."""
    return html(escape(words), "paw-note")


def row(*children: widgets.Widget) -> widgets.HBox:
    """Children side by side, 8 px apart; they wrap where the page is narrow."""
    return widgets.HBox(children).add_class("paw-row")


def spacer() -> widgets.HTML:
    """What pushes the rest of a row to the right."""
    return html("", "paw-spacer")


def show(widget: widgets.Widget, visible: bool) -> None:
    """Show or hide a widget."""
    widget.layout.display = "" if visible else "none"


def mark(widget: widgets.Widget, name: str, on: bool) -> None:
    """Give a widget a CSS class, or take it away."""
    (widget.add_class if on else widget.remove_class)(name)


def move(widget: widgets.FloatSlider, value: float) -> None:
    """Show a number on a slider. A difference by rounding only is not sent: it would undo a drag."""
    if abs(widget.value - value) > 1e-6:
        widget.value = value


def close_tree(widget: widgets.Widget) -> None:
    """Close a widget and every widget that it holds: children, layouts, styles."""
    found: list[widgets.Widget] = []
    _collect(widget, found)
    for one in found:
        one.close()


def _collect(value: Any, found: list[widgets.Widget]) -> None:
    if isinstance(value, widgets.Widget):
        if any(value is one for one in found):
            return
        found.append(value)
        for name in value.keys:
            _collect(getattr(value, name, None), found)
    elif isinstance(value, list | tuple):
        for one in value:
            _collect(one, found)


def _field(widget: Any, label: str, act: Callable[..., None]) -> Any:
    widget.description = label
    widget.style.description_width = "initial"
    return _observed(widget.add_class("paw-field"), act)


def _observed(widget: Any, act: Callable[..., None]) -> Any:
    widget.observe(act, "value")
    return widget

"""The controls of the augmentation panel: one for every option of `aug_transforms`, and what each means."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lab.data.augmentation import CONTROLS, Control, Parameters
from lab.markup import escape
from lab.panels.augment.trial import AS_DATA
from lab.panels.frame import controls

PRESET_TIPS = {
    "side on": "for things seen from the side: mirror, turn a little, zoom, tilt, relight",
    "top down": "for views from above, where no side is up: upside down too",
    "none": "no random changes at all",
    AS_DATA: "the batch transform that the data has now",
}
SIZES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 460)  # px
AS_RESIZED = ("as resized", 0)  # a list cannot have None for a value
LABELS = {
    "min_scale": "crop scale",
    "flip_vert": "upside down",
    "p_affine": "p affine",
    "p_lighting": "p lighting",
    "pad_mode": "padding",
}
PLACE = ("size", "min_scale", "rotate", "zoom", "warp", "p_affine", "pad_mode", "flip", "flip_vert")
LIGHT = ("brightness", "contrast", "p_lighting")


class AugmentControls:
    """The controls in one column, which becomes several where it is wide.

    moved: called with the name of a parameter when the user has changed it. watch: makes a callback for a
    widget, as `Panel.act` does.
    """

    def __init__(self, moved: Callable[[str], None], watch: Callable[[Callable[[], None]], Any]) -> None:
        self._controls = {control.name: control for control in CONTROLS}
        self.widgets = {
            name: _widget(control, watch(lambda name=name: moved(name)))
            for name, control in self._controls.items()
        }
        self._help = controls.html("", "paw-note").add_class("paw-explain")
        children = [self.widgets[name] for name in (*PLACE, *LIGHT)]
        self.widget = widgets.VBox([*children, self._help]).add_class("paw-sliders")

    def value(self, name: str) -> Any:
        """A parameter as the user has set it."""
        value = self.widgets[name].value
        return value or None if name == "size" else value

    def show(self, parameters: Parameters, explained: str) -> None:
        """Show these parameters, and explain one of them."""
        for name, widget in self.widgets.items():
            value = getattr(parameters, name)
            if name == "size":
                value = value or AS_RESIZED[1]
                _offer_size(widget, value)
            if isinstance(value, float):
                widget.min, widget.max = min(widget.min, value), max(widget.max, value)
                controls.move(widget, value)
            else:
                widget.value = value
        self._help.value = f"<b>{explained}</b> {escape(self._controls[explained].help)}"


def _widget(control: Control, act: Callable[..., None]) -> Any:
    label = LABELS.get(control.name, control.name)
    if control.name == "size":
        return controls.choice(label, [AS_RESIZED], AS_RESIZED[1], act)
    if control.kind == "choice":
        return controls.choice(label, control.choices, control.default, act)
    if control.kind == "switch":
        return controls.switch(label, control.default, act)
    shape = ".0f" if control.step >= 1 else ".2f"
    return controls.slider(
        label, control.default, control.low, control.high, control.step, act, readout_format=shape
    )


def _offer_size(widget: widgets.Dropdown, size: int | tuple[int, int]) -> None:
    """Let the sizes to choose from be the usual ones, and the one that is chosen."""
    offered = [AS_RESIZED, *((f"{side} px", side) for side in SIZES)]
    if size not in [value for _, value in offered]:
        h, w = size if isinstance(size, tuple) else (size, size)
        offered.append((f"{w} \N{MULTIPLICATION SIGN} {h} px" if h != w else f"{h} px", size))
    if list(widget.options) != offered:
        widget.options = offered

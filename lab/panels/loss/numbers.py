"""The numbers of the loss panel as its slider and its table show them."""

import math

import ipywidgets as widgets

from lab.panels.frame.table import TableCell
from lab.wording import loss_text


def show_act(slider: widgets.FloatSlider, act: float) -> None:
    """Show an activation. What differs by rounding only is not sent: it would undo a drag that goes on."""
    if abs(slider.value - act) > 1e-6:
        slider.value = act


def number_cell(value: float) -> TableCell:
    """A cell of the table; what is not finite is marked as wrong."""
    return TableCell(number_text(value), wrong=not math.isfinite(value))


def loss_number(value: float) -> str:
    """A loss as text, without a minus before 0."""
    return loss_text(value + 0.0)


def number_text(value: float) -> str:
    """Three decimals, fewer in large numbers, and a power of ten where those say nothing."""
    if 100 <= abs(value) < 1e5:
        return f"{value:.1f}"
    if not math.isfinite(value) or value == 0 or 0.0005 <= abs(value) < 1e5:
        return f"{value + 0.0:.3f}"
    return f"{value:.1e}"

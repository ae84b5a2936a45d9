"""The kernel as fields to type into: one slice of three by three for each channel, and the bias."""

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets

from lab.panels.convolution.record import Convolution
from lab.panels.convolution.words import CHANNELS
from lab.panels.frame import controls

ROOM = 5  # characters that a field has room for


class KernelFields:
    """The widgets of a kernel. act: makes callbacks, as `Panel.act`."""

    def __init__(self, record: Convolution, act: Callable) -> None:
        self._record = record
        self.weights = [
            [self._weight(channel, row, column, act) for row in range(3) for column in range(3)]
            for channel in range(len(CHANNELS))
        ]
        self.titles = [controls.html("", "paw-conv-title") for _ in CHANNELS]
        grids = [widgets.Box(fields).add_class("paw-conv-grid") for fields in self.weights]
        self.slices = [
            widgets.VBox(parts).add_class("paw-conv-slice") for parts in zip(self.titles, grids, strict=True)
        ]
        self.bias = controls.number("bias", 0.5, act(lambda: record.set(bias=self.bias.value)))
        self.bias.add_class("paw-conv-bias")
        self.widget = widgets.VBox([*self.slices, self.bias]).add_class("paw-conv-kernel")

    def refresh(self) -> None:
        """Show the weights; fields of channels that there are not are hidden."""
        record = self._record
        for channel, (part, title, fields) in enumerate(
            zip(self.slices, self.titles, self.weights, strict=True)
        ):
            there = channel < record.channels
            controls.show(part, there)
            title.value = CHANNELS[channel] if record.colour else "kernel"
            if there:
                numbers = [weight for row in record.layer.weights[channel] for weight in row]
                slice_name = f"{CHANNELS[channel]} weight" if record.colour else "weight"
                for place, (field, weight) in enumerate(zip(fields, numbers, strict=True)):
                    field.description = f"{slice_name}, row {place // 3}, column {place % 3}"
                    _show(field, weight)
                    controls.mark(field, "paw-conv-plus", weight > 0)
                    controls.mark(field, "paw-conv-minus", weight < 0)
        _show(self.bias, record.layer.bias)

    def _weight(self, channel: int, row: int, column: int, act: Callable) -> widgets.FloatText:
        take = act(partial(self._take, channel, row, column))
        return controls.number("", 0.5, take).add_class("paw-label-unseen")

    def _take(self, channel: int, row: int, column: int) -> None:
        typed = self.weights[channel][3 * row + column].value
        if typed != shown(self._record.layer.weights[channel][row][column]):
            self._record.set_weight(channel, row, column, typed)


def shown(weight: float) -> float:
    """The weight as its field shows it, with two decimals where more do not fit; the weight keeps all."""
    text = f"{weight:g}"
    return float(text) if len(text) <= ROOM else round(weight, 2) + 0.0


def _show(field: widgets.FloatText, value: float) -> None:
    if field.value != shown(value):
        field.value = shown(value)

"""The convolution panel: a kernel slides over a patch of a picture, and every number can be followed."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import torch
from PIL import Image
from torch import Tensor

from lab.markup import escape
from lab.panels.convolution import kernels
from lab.panels.convolution.fields import KernelFields
from lab.panels.convolution.figures import COLOURS, VIEWS, input_figure, output_figure
from lab.panels.convolution.patch import size_text
from lab.panels.convolution.record import PADDINGS, POOL, STRIDES, Convolution
from lab.panels.convolution.still import still
from lab.panels.convolution.words import Line, code, lines, number_text, remark
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.panel import Panel
from lab.panels.frame.python import variable_of


class ConvolutionPanel(Panel):
    """Slide a 3x3 kernel over a patch of a picture and follow every number of its output.

    `panel.choose("vertical edge")` takes a kernel by its name, `panel.choose(5)` one that pocketnet has
    learned; `panel.set(weights=..., bias=..., padding=1, stride=2, relu=True, pool=True, colour=True)`
    changes the rest, and `panel.look_at(3, 5)` and `panel.slide()` choose a number of the output.
    `panel.patch`, `panel.kernel` and `panel.output` are the numbers as tensors.

    Parameters
    ----------
    picture : image, optional
        The picture whose middle is shown: a path, a PIL image, an array or a tensor. By default a cat's
        eye of 14 by 14 pixels.
    kernel : str or int
        The kernel to begin with, by its name or by its number in pocketnet's first layer.
    colour : bool
        Begin with three channels, red, green and blue, instead of grey.

    Raises
    ------
    ValueError
        For an image of fewer than 5 pixels a side, or an unknown kernel.

    Examples
    --------
    >>> panel = lab.ConvolutionPanel(kernel="vertical edge")
    >>> panel.set(padding=1, pool=True)
    >>> panel.output.shape
    torch.Size([7, 7])
    >>> panel.close()
    """

    title = "Convolution"
    help = "Click a number of the output to see where it comes from."

    def __init__(self, picture: Any = None, kernel: str | int = "identity", colour: bool = False) -> None:
        super().__init__()
        self.record = Convolution(picture, kernel, colour)
        self.view = COLOURS

    # ------------------------------------------------------------ what can be done

    def choose(self, kernel: str | int) -> None:
        """Take a kernel by its name, or one of pocketnet's by its number. Raises ValueError for any other."""
        self.record.choose(kernel)
        self.changed()

    def set(self, **values: Any) -> None:
        """Change weights, bias, padding, stride, relu, pool or colour.

        weights: (3, 3), or (3, 3, 3) with a slice for each colour. Raises TypeError for an unknown
        name and ValueError for an invalid value; nothing is changed then.
        """
        self.record.set(**values)
        self.changed()

    def look_at(self, row: int, column: int) -> None:
        """Look at a number of the output, counted from 0. Raises IndexError where there is none."""
        self.record.look_at(row, column)
        self.changed()

    def slide(self) -> None:
        """Look at the next number of the output: to the right, then on the next row."""
        self.record.slide()
        self.changed()

    @property
    def patch(self) -> Tensor:
        """What goes in, as a batch of one picture: (1, channels, h, w)."""
        return self.record.patch[None]

    @property
    def kernel(self) -> Tensor:
        """The weights, as a layer of one kernel: (1, channels, 3, 3)."""
        return torch.tensor([self.record.layer.weights])

    @property
    def output(self) -> Tensor:
        """What comes out, (h, w)."""
        return self.record.maps.output

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        return f"{self.record.sizes()} · {self.record.kernel}"

    def chosen(self) -> str:
        place = self.record.looked_at()
        return f"row {place.row}, column {place.column}: {number_text(place.value)}"

    def code(self) -> str:
        return code(self.record, variable_of(self, "panel"))

    def pictures(self) -> list[Image.Image]:
        return [still(self.record, self.view)]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        record = self.record
        names = [*kernels.names(), kernels.OWN]
        self.name_choice = controls.choice("kernel", names, names[0], self.act(self._choose))
        self.padding = controls.choice("padding", PADDINGS, 0, self._setter("padding"))
        self.stride = controls.choice("stride", STRIDES, 1, self._setter("stride"))
        self.relu = controls.switch("ReLU", False, self._setter("relu"))
        self.pool = controls.switch(f"{size_text(POOL, POOL)} max pooling", False, self._setter("pool"))
        self.colour = controls.switch("colour", False, self._setter("colour"))
        self.input = Chart(self._on_cell(self._look_from))
        self.result = Chart(self._on_cell(record.look_at))
        self.fields = KernelFields(record, self.act)
        self.captions = [controls.html("", "paw-conv-title") for _ in range(2)]
        look = self.act(lambda: record.look_at(self.row.value, self.column.value))
        self.row, self.column = (controls.whole(name, 0, 0, 0, look) for name in ("row", "column"))
        self.slide_button = controls.button(
            "Slide", self.act(record.slide), "move the window on by one step", primary=True
        )
        self.view_choice = controls.choice("show", VIEWS, self.view, self.act(self._show))
        self.sum = controls.html("", "paw-conv-sum")
        self.remark = controls.html("", "paw-remark").add_class("paw-conv-remark")
        left, right = (
            widgets.VBox([caption, chart.widget]).add_class("paw-conv-map")
            for caption, chart in zip(self.captions, (self.input, self.result), strict=True)
        )
        body = controls.row(left, self.fields.widget, right).add_class("paw-conv")
        switches = (self.relu, self.pool, controls.spacer(), self.colour)
        return [
            controls.row(self.name_choice, self.padding, self.stride, *switches),
            body,
            controls.row(self.row, self.column, self.slide_button, controls.spacer(), self.view_choice),
            self.sum,
            self.remark,
        ]

    def refresh(self) -> None:
        record = self.record
        layer, place = record.layer, record.looked_at()
        self.name_choice.value = record.kernel
        self.padding.value, self.stride.value = layer.padding, layer.stride
        self.relu.value, self.pool.value, self.colour.value = layer.relu, layer.pool, record.colour
        self.fields.refresh()
        height, width = record.maps.output.shape
        self.row.max, self.column.max = height - 1, width - 1
        self.row.value, self.column.value = place.row, place.column
        self.view_choice.value = self.view
        controls.mark(self.view_choice, "paw-away", not record.colour)
        self.captions[0].value = f"input {size_text(*record.patch.shape[1:])}"
        self.captions[1].value = f"output {size_text(height, width)}"
        self.input.show(input_figure(record, place, self.view, self.theme))
        self.result.show(output_figure(record, place, self.theme))
        self.sum.value = _sum_html(lines(record, place))
        self.remark.value = escape(remark(record))

    def _on_cell(self, look: Callable[[int, int], None]) -> Callable[[str, Any, Any], None]:
        """What a click on a cell does. look: takes the cell's row and column in the heat map."""
        return lambda _name, point, _x: self.act(lambda: look(*point))()

    def _look_from(self, row: int, column: int) -> None:
        border = self.record.layer.padding  # with which the input's heat map begins
        self.record.look_from(row - border, column - border)

    def _choose(self) -> None:
        if self.name_choice.value != kernels.OWN:
            self.record.choose(self.name_choice.value)

    def _setter(self, name: str) -> Callable[..., None]:
        return self.act(lambda: self.record.set(**{name: getattr(self, name).value}))

    def _show(self) -> None:
        self.view = self.view_choice.value


def _sum_html(written: list[Line]) -> str:
    """The sum in four lines, whose terms stand below each other."""
    rows = (
        f"<p><span>{escape(about)}</span><i>{escape(terms)}</i><b>= {escape(value)}</b></p>"
        for about, terms, value in written
    )
    return "".join(rows)

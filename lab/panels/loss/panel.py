"""The loss panel: from activations through softmax, log and the right class's column to the cross-entropy."""

import math

import ipywidgets as widgets
import plotly.graph_objects as go
from PIL import Image

from lab.charts import draw
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.frame.panel import Panel
from lab.panels.frame.snapshot import drawn
from lab.panels.frame.table import Row, TableCell, table_html, table_picture
from lab.panels.loss.steps import FEWEST, LARGEST, MOST, REACH, Activations, Steps
from lab.wording import loss_text


class LossPanel(Panel):
    """Move the activations of one image and follow them to its loss, and the gradient back.

    `panel.set(0, 1.5)`, `panel.pick(2)`, `panel.add()`, `panel.remove()`, `panel.try_1000()`, `panel.reset()`
    and `panel.two_classes(True)` do what sliders and buttons do; `panel.steps` has every number.

    Parameters
    ----------
    n : int
        Classes to begin with, 2 to 10.

    Raises
    ------
    ValueError
        For another number of classes.

    Examples
    --------
    >>> panel = lab.LossPanel(n=3)
    >>> panel.set(0, 1.5)
    >>> panel.close()
    """

    title = "Cross-entropy"
    help = "Move an activation and follow it to the loss."

    def __init__(self, n: int = 3) -> None:
        super().__init__()
        self.record = Activations(n)

    @property
    def steps(self) -> Steps:
        """Every number between the activations and the loss."""
        return self.record.steps()

    # ------------------------------------------------------------ what can be done

    def set(self, number: int, act: float) -> None:
        """Set the activation of a class. Raises ValueError for one outside -1000 to 1000."""
        self.record.set(number, act)
        self.changed()

    def pick(self, number: int) -> None:
        """Choose the right class, counted from 0."""
        self.record.pick(number)
        self.changed()

    def add(self) -> None:
        """One class more."""
        self.record.add()
        self.changed()

    def remove(self) -> None:
        """One class less."""
        self.record.remove()
        self.changed()

    def try_1000(self) -> None:
        """Set the first activation to 1000, which breaks the naive softmax."""
        self.set(0, LARGEST)

    def reset(self) -> None:
        """Back to the activations of the beginning."""
        self.record.reset()
        self.changed()

    def two_classes(self, on: bool = True) -> None:
        """Look at one activation against 0, softmax beside sigmoid; or at all classes again."""
        self.record.look_at_two(on)
        self.changed()

    # ------------------------------------------------------------ what it says

    def state(self) -> str:
        classes = f"{len(self.record.acts)} classes, right class {self.record.target}"
        return f"{classes} · loss {loss_number(self.steps.cross_entropy)}"

    def chosen(self) -> str:
        p, target = self.steps.probability, self.record.target
        return f"p = {number_text(p)} for class {target}" if p else f"p = 0 for class {target}: off the curve"

    def code(self) -> str:
        return self.record.code()

    def pictures(self) -> list[Image.Image]:
        head, rows = self._table()
        acts = [*(f"{act:g}" for act in self.record.acts), ""]
        rows = [[row[0], act, *row[1:]] for row, act in zip(rows, acts, strict=True)]
        table = table_picture([head[0], "activation", *head[1:]], rows, self.record.target)
        return [table, drawn(self._figure("light"))]

    # ------------------------------------------------------------ the view

    def build(self) -> list[widgets.Widget]:
        record = self.record
        self.right = controls.choice("right class", [0], 0, self.act(lambda: record.pick(self.right.value)))
        self.add_button = controls.button("Add a class", self.act(record.add), "add one more class")
        self.remove_button = controls.button("Remove one", self.act(record.remove), "remove the last class")
        self.try_button = controls.button(
            "Try 1000",
            self.act(lambda: record.set(0, LARGEST)),
            "set the first activation to 1000, which breaks the naive softmax",
        )
        self.reset_button = controls.button(
            "Reset", self.act(record.reset), "back to the activations you started with"
        )
        self.two = controls.switch(
            "two classes, sigmoid", record.two, self.act(lambda: record.look_at_two(self.two.value))
        )
        self.sliders = [self._slider(number) for number in range(MOST)]
        ends = [controls.html(text, "paw-acts-end") for text in ("activation", "sum")]
        column = widgets.VBox([ends[0], *self.sliders, ends[1]]).add_class("paw-acts")
        self.table = controls.html("", "paw-steps")
        self.ways = controls.html("", "paw-ways")
        self.remark = controls.html("", "paw-remark")
        self.chart = Chart()
        steps = controls.row(column, self.table).add_class("paw-loss")
        buttons = (self.add_button, self.remove_button, self.try_button, self.reset_button)
        row = controls.row(self.right, *buttons, controls.spacer(), self.two)
        return [row, steps, self.ways, self.remark, self.chart.widget]

    def refresh(self) -> None:
        record = self.record
        count = len(record.acts)
        if len(self.right.options) != count:
            self.right.options = list(range(count))
        self.right.value = record.target
        self.two.value = record.two
        self.add_button.disabled = record.two or count == MOST
        self.remove_button.disabled = record.two or count == FEWEST
        for number, slider in enumerate(self.sliders):
            controls.show(slider, number < count)
            if number < count:
                slider.description = f"class {number}{' ✓' if number == record.target else ''}"
                reach = LARGEST if number in record.far else REACH
                if slider.max != reach:
                    slider.min, slider.max = -reach, reach
                controls.move(slider, record.acts[number])
                slider.disabled = record.two and number == 1
        self.table.value = table_html(*self._table(), strong=record.target)
        self.ways.value = self._ways()
        self.remark.value = escape(record.remark(self.steps))
        self.chart.show(self._figure(self.theme))

    def _slider(self, number: int) -> widgets.FloatSlider:
        # rounded, because the browser sends 0.30000000000000004
        moved = self.act(lambda: self.record.set(number, round(self.sliders[number].value, 3)))
        return controls.slider(f"class {number}", 0.0, -REACH, REACH, 0.1, moved, readout_format=".2f")

    def _figure(self, theme: str) -> go.Figure:
        p = self.steps.probability
        return draw("loss_curve", [p] if p > 0 else [], theme=theme)  # 0: off the curve, at infinity

    # ------------------------------------------------------------ the numbers as text

    def _table(self) -> tuple[list[str], list[Row]]:
        steps, target = self.steps, self.record.target
        columns = [("exp", steps.exps), ("naive softmax", steps.naive_softmax), ("softmax", steps.softmax)]
        if self.record.two:
            columns[1:] = [("softmax", steps.softmax), ("sigmoid", steps.sigmoid)]
        head = ["", *(name for name, _ in columns), "log", "picked", "gradient"]
        rows: list[Row] = []
        for number in range(len(self.record.acts)):
            cells = [number_cell(values[number]) for _, values in columns]
            picked = number_cell(steps.log_softmax[number]) if number == target else TableCell("")
            gradient = steps.gradient[number]
            bar = TableCell(f"{gradient + 0.0:+.3f}", bar=gradient)
            name = f"class {number}{' ✓' if number == target else ''}"
            rows.append([name, *cells, number_cell(steps.log_softmax[number]), picked, bar])
        sums = [number_cell(sum(values)) for _, values in columns]
        rows.append(["sum", *sums, "", "", f"{round(sum(steps.gradient), 3) + 0.0:.3f}"])
        return head, rows

    def _ways(self) -> str:
        steps = self.steps
        ways = [
            ("nll_loss(log_softmax(x))", steps.nll),
            ("cross_entropy(x)", steps.cross_entropy),
            ("with the naive softmax", steps.naive),
        ]
        if self.record.two and steps.binary is not None:
            ways[2] = ("binary_loss(y, sigmoid(a))", steps.binary)
        shown = []
        for name, value in ways:
            kind = "" if math.isfinite(value) else ' class="paw-wrong"'
            shown.append(f"<span>{escape(name)} <b{kind}>{loss_number(value)}</b></span>")
        return "".join(shown)


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

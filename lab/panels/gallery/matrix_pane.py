"""The left side of a gallery: the confusion matrix, whose cells open their pictures.

The list of the most confused pairs opens the same cells from the keyboard, and where a chart takes no clicks.
"""

from collections.abc import Callable, Sequence

import ipywidgets as widgets
import plotly.graph_objects as go

from lab.charts import draw
from lab.panels.frame import controls
from lab.panels.frame.chart import Chart
from lab.panels.gallery.view import FEW_CLASSES, GalleryView
from lab.wording import shortened

MATRIX_SIDE = 330  # pixels, where there are few classes
SMALLEST_CELL, LARGEST_CELL = 12, 48  # pixels
NONE = -1  # in a list: no label, no pair


class MatrixPane:
    """Shows a gallery's confusions. act: makes callbacks, as `Panel.act`."""

    def __init__(self, view: GalleryView, act: Callable) -> None:
        self._view, self._act = view, act
        self._drawn: tuple | None = None
        pairs = [f"{truth} → {predicted} ({count})" for truth, predicted, count in view.pairs]
        first = ("choose a pair" if pairs else "no mistakes", NONE)
        self.pair = picker("most confused", [first, *label_options(pairs, 60)], act(self._open_pair))
        self.pair.disabled = not pairs
        self._places = {(truth, predicted): i for i, (truth, predicted, _) in enumerate(view.pairs)}
        self.chart = Chart(self._clicked)
        self.focus = controls.switch("most confused classes only", False, act(self._focus))
        self.hint = controls.html("", "paw-of-classes")
        self.widget = widgets.VBox([controls.row(self.pair), self.chart.widget, self.hint, self.focus])
        self.widget.add_class("paw-matrix")

    def refresh(self, theme: str) -> None:
        view = self._view
        self.pair.value = self._places.get((view.query.truth, view.query.predicted), NONE)
        wanted = view.cell, view.focused, theme
        if wanted == self._drawn:
            return
        self._drawn = wanted
        figure = matrix_figure(view, theme)
        self.chart.show(figure)
        self.chart.widget.layout.width = f"{figure.layout.width}px"
        size, shown = len(view.interp.vocab), len(view.classes)
        self.focus.value = view.focused
        controls.show(self.focus, size > FEW_CLASSES)
        self.hint.value = f"{shown} of {size} classes, those with the most mistakes."
        controls.show(self.hint, shown < size)

    def _clicked(self, _name: str, place: Sequence[int], _x: object) -> None:
        vocab, classes = self._view.interp.vocab, self._view.classes
        truth, predicted = (vocab[classes[i]] for i in place)
        self._act(lambda: self._view.open(truth, predicted))()

    def _open_pair(self) -> None:
        if self.pair.value != NONE:
            self._view.open(*self._view.pairs[self.pair.value][:2])

    def _focus(self) -> None:
        self._view.focused = self.focus.value


def matrix_figure(view: GalleryView, theme: str) -> go.Figure:
    """The matrix of the gallery's classes with its open cell outlined."""
    only = view.classes
    cell = min(max(MATRIX_SIDE // len(only), SMALLEST_CELL), LARGEST_CELL)
    options = {"cell": cell, "only": only, "chosen": view.cell, "compact": True, "theme": theme}
    return draw("confusion_matrix", view.matrix, view.interp.vocab, **options)


def picker(label: str, options: Sequence[tuple[str, int]], act: Callable[..., None]) -> widgets.Dropdown:
    """A list of labels, which may be long; its first entry is chosen."""
    return controls.choice(label, options, options[0][1], act).add_class("paw-picker")


def label_options(labels: Sequence[str], most: int = 40) -> list[tuple[str, int]]:
    """(text, place) of each label for a list to choose from; long ones are cut."""
    return [(shortened(str(label), most), i) for i, label in enumerate(labels)]

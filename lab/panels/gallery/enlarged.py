"""One picture of the gallery, large: all that is known of it, and any label to choose."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from lab.panels.frame import controls
from lab.panels.gallery.cards import (
    Shown,
    bars_html,
    file_html,
    mark_buttons,
    marking_row,
    picture_html,
    show_mark,
    verdict_html,
)
from lab.panels.gallery.matrix_pane import label_options, picker


class Enlarged:
    """The view of one picture. close: called without arguments; press: with the kind of mark; chosen: with
    the label that was chosen from `labels`."""

    def __init__(
        self,
        labels: Sequence[str],
        close: Callable[[], None],
        press: Callable[[str], None],
        chosen: Callable[[str], None],
        act: Callable,
    ) -> None:
        self._labels = list(labels)
        self.picture = controls.html("", "paw-large")
        self.facts = controls.html("", "paw-facts")
        self.close_button = controls.button("✕ Close", act(close), "back to the page")
        self.buttons = mark_buttons(press, act)
        choose = act(lambda: chosen(self._labels[self.label.value]))
        self.label = picker("label", label_options(self._labels), choose)
        side = widgets.VBox(
            [self.facts, controls.row(self.label), marking_row(self.buttons), controls.row(self.close_button)]
        ).add_class("paw-large-side")
        self.widget = widgets.HBox([self.picture, side]).add_class("paw-enlarged")

    def show(self, shown: Shown) -> None:
        """Show a picture."""
        record = shown.record
        self.picture.value = picture_html(shown)
        self.facts.value = (
            f"{file_html(record)}{verdict_html(record)}"
            f'<div class="paw-verdict"><span>loss</span>{record.loss:.3f}</div>'
            f"{bars_html(record, shown.leading)}"
        )
        show_mark(self.widget, self.buttons, shown)
        self.buttons["relabel"].tooltip = f"mark as {shown.label}"
        if shown.label in self._labels:
            self.label.value = self._labels.index(shown.label)

    def clear(self) -> None:
        """Hold no picture while another view is shown."""
        self.picture.value = self.facts.value = ""

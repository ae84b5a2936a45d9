"""One picture of the gallery, large: all that is known of it, and any label to choose."""

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from lab.findings import Finding
from lab.marks import Mark
from lab.markup import escape
from lab.panels.frame import parts
from lab.panels.gallery.cards import (
    bars_html,
    mark_buttons,
    marking_row,
    picture_html,
    show_mark,
    verdict_html,
)
from lab.panels.gallery.matrix_pane import picker, shortened
from lab.panels.gallery.thumbnails import Thumbnail


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
        self.picture = parts.html("", "paw-large")
        self.facts = parts.html("", "paw-facts")
        self.close_button = parts.button("✕ Close", act(close), "back to the page of pictures")
        self.buttons = mark_buttons(press, act)
        choose = act(lambda: chosen(self._labels[self.label.value]))
        self.label = picker("label", shortened(self._labels), choose)
        side = widgets.VBox(
            [self.facts, parts.row(self.label), marking_row(self.buttons), parts.row(self.close_button)]
        )
        side.add_class("paw-large-side")
        self.widget = widgets.HBox([self.picture, side])
        self.widget.add_class("paw-enlarged")

    def show(
        self,
        finding: Finding,
        picture: Thumbnail,
        leading: Sequence[tuple[str, float]],
        mark: Mark | None,
        label: str,
        now: str,
    ) -> None:
        """Show a finding; arguments as those of a `Card`."""
        self.picture.value = picture_html(finding, picture, mark, now)
        self.facts.value = (
            f'<div class="paw-file" title="{escape(finding.path)}">{escape(finding.path.name)}</div>'
            f"{verdict_html(finding)}"
            f'<div class="paw-verdict"><span>loss</span>{finding.loss:.3f}</div>{bars_html(finding, leading)}'
        )
        show_mark(self.widget, self.buttons, mark, now)
        self.buttons["relabel"].tooltip = f"mark as {label}"
        if label in self._labels:
            self.label.value = self._labels.index(label)

    def clear(self) -> None:
        """Hold no picture while another view is shown."""
        self.picture.value = self.facts.value = ""

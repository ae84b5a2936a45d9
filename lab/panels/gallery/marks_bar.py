"""The row below a gallery: what is marked, undo and redo, and saving."""

from collections.abc import Callable

import ipywidgets as widgets

from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.gallery.marking import Marking


class MarksBar:
    """Shows a `Marking`. of: gives it (it is first asked for when the row is shown)."""

    def __init__(self, of: Callable[[], Marking], act: Callable) -> None:
        self._of = of
        self.words = controls.html("", "paw-marked")
        self.undo = controls.button("Undo", act(lambda: of().marks.undo()), "undo the last mark")
        self.redo = controls.button("Redo", act(lambda: of().marks.redo()), "redo what was undone")
        tip = "save the marks beside the pictures; dataloaders(annotations=True) reads them"
        self.save = controls.button("Save", act(lambda: of().marks.save()), tip, primary=True)
        self.widget = widgets.VBox([controls.row(self.words, self.undo, self.redo, self.save)])
        self.widget.add_class("paw-marks-bar")

    def refresh(self) -> None:
        marking = self._of()
        marks = marking.marks
        words = filter(None, [marking.words(), marking.found()])
        self.words.value = f'<span role="status" aria-live="polite">{escape(" · ".join(words))}</span>'
        self.undo.disabled, self.redo.disabled = not marks.can_undo, not marks.can_redo
        self.save.disabled = not marks.unsaved

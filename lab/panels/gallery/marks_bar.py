"""The row below a gallery: what is marked, undo and redo, a file of it, and applying it after a plan."""

from collections.abc import Callable

import ipywidgets as widgets

from lab.annotations import Changes
from lab.markup import escape
from lab.panels.frame import controls
from lab.panels.gallery.marking import Marking

MOST_LINES = 8  # of a plan


class MarksBar:
    """Shows a `Marking`. of: gives it (it is first asked for when the row is shown)."""

    def __init__(self, of: Callable[[], Marking], act: Callable) -> None:
        self._of = of
        self.words = controls.html("", "paw-marked")
        self.undo = controls.button("undo", act(lambda: of().marks.undo()), "take the last mark back")
        self.redo = controls.button("redo", act(lambda: of().marks.redo()), "mark again what was undone")
        self.save = controls.button("Save CSV", act(lambda: of().save()), "write the marks to a file")
        self.apply = controls.button(
            "Apply…", act(lambda: of().ask()), "show what would be moved, before anything is", primary=True
        )
        self.back = controls.button("take back", act(lambda: of().take_back()))
        self.plan = controls.html("", "paw-plan")
        self.confirm = controls.button("Confirm", act(lambda: of().confirm()), primary=True)
        self.cancel = controls.button("Cancel", act(lambda: of().cancel()), "move nothing; the marks stay")
        self.asking = widgets.VBox([self.plan, controls.row(self.confirm, self.cancel)])
        self.asking.add_class("paw-asking")
        self.widget = widgets.VBox(
            [
                self.asking,
                controls.row(self.words, self.undo, self.redo, self.apply, self.back, self.save),
            ]
        )
        self.widget.add_class("paw-marks-bar")

    def refresh(self) -> None:
        marking = self._of()
        marks, plan = marking.marks, marking.plan
        words = filter(None, [marking.words(), marking.found(), marking.said])
        self.words.value = f'<span role="status" aria-live="polite">{escape(" · ".join(words))}</span>'
        self.undo.disabled, self.redo.disabled = not marks.can_undo, not marks.can_redo
        self.apply.disabled = not len(marks) or plan is not None
        self.save.disabled = not len(marks)
        controls.show(self.back, marking.applied is not None)
        self.back.tooltip = f"move back: {marking.applied}"
        controls.show(self.asking, plan is not None)
        self.plan.value = plan_html(plan) if plan is not None else ""
        moves = len(plan) if plan is not None else 0
        self.confirm.disabled = not moves
        self.confirm.tooltip = f"move {moves} picture{'' if moves == 1 else 's'} now"


def plan_html(plan: Changes) -> str:
    """The plan in words: a sentence, then each move, then what is left alone."""
    lines = plan.lines[:MOST_LINES]
    more = len(plan.lines) - len(lines)
    lines += [f"and {more} more"] if more else []
    shown = "".join(f"<li>{escape(line)}</li>" for line in lines)
    left = "".join(f"<div>{escape(sentence)}</div>" for sentence in plan.left)
    return f"<b>{escape(plan.said)}</b> Nothing is deleted.<ul>{shown}</ul>{left}"

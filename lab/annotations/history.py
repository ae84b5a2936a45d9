"""The marks themselves, and the steps that made them: every step can be undone and redone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

KINDS = ("relabel", "discard", "keep")


@dataclass(frozen=True)
class Mark:
    """What was decided about one picture. label: the new label of a relabelled one, else None."""

    kind: Literal["relabel", "discard", "keep"]
    label: str | None = None

    def __str__(self) -> str:
        return self.kind if self.label is None else f"{self.kind} → {self.label}"


Step = dict[str, tuple[Mark | None, Mark | None]]
"""Picture -> (its mark before, its mark after)."""


class UndoHistory:
    """Annotations by picture, with the way back to every earlier state. A step may change many pictures."""

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}
        self.done: list[Step] = []
        self.undone: list[Step] = []

    def change(self, wanted: Mapping[str, Mark | None]) -> list[str]:
        """Give pictures these marks (None: no mark) as one step; returns those whose mark changed."""
        step = {key: (self.marks.get(key), mark) for key, mark in wanted.items()}
        step = {key: (old, new) for key, (old, new) in step.items() if old != new}
        if step:
            self.done.append(step)
            self.undone.clear()
            self._put({key: new for key, (_, new) in step.items()})
        return list(step)

    def undo(self) -> list[str]:
        """Take the last step back; returns the pictures that it changed, none when there is no step."""
        if not self.done:
            return []
        step = self.done.pop()
        self.undone.append(step)
        self._put({key: old for key, (old, _) in step.items()})
        return list(step)

    def redo(self) -> list[str]:
        """Make the step that was undone last once more; returns the pictures that it changed."""
        if not self.undone:
            return []
        step = self.undone.pop()
        self.done.append(step)
        self._put({key: new for key, (_, new) in step.items()})
        return list(step)

    def settle(self, marks: Mapping[str, Mark | None]) -> None:
        """Give pictures these marks for good: what came before can no longer be undone."""
        self._put(marks)
        self.done.clear()
        self.undone.clear()

    def _put(self, marks: Mapping[str, Mark | None]) -> None:
        for key, mark in marks.items():
            if mark is None:
                self.marks.pop(key, None)
            else:
                self.marks[key] = mark

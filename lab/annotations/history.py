"""The marks themselves, and the steps that made them: every step can be undone and redone."""

from collections.abc import Mapping

from lab.data.annotation_file import Mark

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
        return self._moved(self.done, self.undone, 0)

    def redo(self) -> list[str]:
        """Make the step that was undone last once more; returns the pictures that it changed."""
        return self._moved(self.undone, self.done, 1)

    def _moved(self, source: list[Step], target: list[Step], side: int) -> list[str]:
        """Take the last step over. side: 0 gives its pictures the marks from before it, 1 those after it."""
        if not source:
            return []
        step = source.pop()
        target.append(step)
        self._put({key: marks[side] for key, marks in step.items()})
        return list(step)

    def _put(self, marks: Mapping[str, Mark | None]) -> None:
        for key, mark in marks.items():
            if mark is None:
                self.marks.pop(key, None)
            else:
                self.marks[key] = mark

"""The pictures that can be marked: the label of each on disk, and where it lies since it was moved."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from .changes import counted
from .layouts import FileLayout

Paths = str | os.PathLike | Iterable[str | os.PathLike]


class MarkedPictures:
    """Pictures by their present absolute path; an earlier path still leads to its picture.

    labels: present path -> label on disk, None for what was discarded.
    """

    def __init__(self) -> None:
        self.labels: dict[str, str | None] = {}
        self._moved: dict[str, str] = {}  # earlier path -> the next; a present path is never in it

    def add(
        self, paths: Sequence[str | os.PathLike], labels: Sequence[str], layout: FileLayout | None
    ) -> None:
        """Further pictures. Raises ValueError when the layout reads another label from disk."""
        check_lengths(paths, labels)
        new = {self.now(path): label for path, label in zip(paths, labels, strict=True)}
        new = {key: label for key, label in new.items() if key not in self.labels}
        odd = [] if layout is None else [key for key, label in new.items() if layout.label(key) != label]
        if odd:
            raise ValueError(
                f"marks: {layout} reads the label {layout.label(odd[0])!r} for '{odd[0]}', which came with "
                f"{new[odd[0]]!r}; so for {len(odd)} of {counted(len(new))}. Pass the layout that fits these "
                "pictures, or read their labels anew."
            )
        self.labels |= new

    def now(self, path: str | os.PathLike) -> str:
        """Where a picture lies now, given any path that it had."""
        key = os.path.abspath(path)  # noqa: PTH100 (follows no links; 100,000 of them: text is quicker)
        while key in self._moved:
            key = self._moved[key]
        return key

    def key(self, path: str | os.PathLike) -> str:
        """The present path of a picture; ValueError for one that is not here."""
        key = self.now(path)
        if key not in self.labels:
            raise ValueError(
                f"marks: '{path}' is not one of the {counted(len(self.labels))}. Add it with its label: "
                "marks.add([path], [label])."
            )
        return key

    def to_mark(self, paths: Paths) -> list[str]:
        """The present paths of one or several pictures; ValueError for one that is discarded on disk."""
        keys = [self.key(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]
        for key in keys:
            if self.labels[key] is None:
                raise ValueError(f"marks: '{key}' is discarded already. undo_apply() brings it back.")
        return keys

    def settle(self, path: Path, target: Path | None, label: str | None) -> tuple[str, str]:
        """A picture went from path to target (None: it stayed) and has this label; returns both paths."""
        old, new = str(path), str(target or path)
        self.labels.pop(old, None)
        self.labels[new] = label
        if new != old:
            self._moved.pop(new, None)
            self._moved[old] = new
        return old, new


def check_lengths(paths: Sequence, labels: Sequence) -> None:
    """Raise ValueError unless there is one label for each path."""
    if len(paths) != len(labels):
        raise ValueError(f"marks: got {counted(len(paths))} with {len(labels)} labels. Give one label each.")

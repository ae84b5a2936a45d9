"""What a reader decided about pictures, kept apart from every view, and saved beside them on request."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pandas as pd

from lab.core.errors import BadValue
from lab.data.annotation_file import KINDS, Mark, Row, default_file, saved_rows, write_annotations
from lab.wording import count_text

from .history import UndoHistory
from .rows import check_label, marks_frame, picture_key, readable_marks

Paths = str | os.PathLike | Iterable[str | os.PathLike]


class Annotations:
    """Relabel, discard and keep marks on labelled images. No image is ever moved or changed.

    `save` writes the marks to a file beside the images, which loaders follow that are made with
    `annotations=True`, such as `ImageDataLoaders.from_folder(path, annotations=True)`.

    Parameters
    ----------
    paths : iterable of path
        The images. Each goes by its absolute path.
    labels : iterable of str
        Their labels, one each.
    file : path, optional
        Where `save` writes, and where the marks of an earlier session are read from. Without one it is
        `pawlab-annotations.csv` in the dataset's folder.
    vocab : iterable of str, optional
        The labels to choose from; without them those given.

    Raises
    ------
    ValueError
        For lengths that differ, and for a damaged file.

    Examples
    --------
    >>> marks = lab.Annotations.of(interp)
    >>> marks.discard(interp.top_losses(1)[0].path)
    >>> marks
    Marks on 1 of 9 pictures: 0 relabel, 1 discard, 0 keep
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike],
        labels: Iterable[str],
        file: str | os.PathLike | None = None,
        vocab: Iterable[str] | None = None,
    ) -> None:
        paths, labels = list(paths), list(labels)
        self.vocab = tuple(sorted(set(labels)) if vocab is None else dict.fromkeys(vocab))
        self.file = None if file is None else Path(picture_key(file))
        self._shown: dict[str, str] = {}  # picture -> the label that it came with here
        self._given: dict[str, str] = {}  # the one on disk, where an overlay has changed it since
        self._history = UndoHistory()
        self._saved: dict[str, Mark] = {}
        self._watchers: list[Callable[[list[Path]], Any]] = []
        self.add(paths, labels)

    @classmethod
    def of(cls, interp: Any, file: str | os.PathLike | None = None) -> "Annotations":
        """Annotations for the pictures of an interpretation, with its vocab."""
        labels = [interp.vocab[target] for target in interp.targets]
        return cls(interp.paths, labels, file, interp.vocab)

    def add(self, paths: Iterable[str | os.PathLike], labels: Iterable[str]) -> None:
        """Further pictures, such as the training set's, with their saved marks; known ones keep theirs."""
        paths, labels = list(paths), list(labels)
        if len(paths) != len(labels):
            raise BadValue(
                f"annotations: got {len(paths)} pictures with {len(labels)} labels. Give one label each."
            )
        new = dict(zip(map(picture_key, paths), labels, strict=True))
        new = {key: label for key, label in new.items() if key not in self._shown}
        if self.file is None:
            self.file = default_file(new, new.values())
        rows = saved_rows(self.file)
        self._shown |= new
        found = {key: rows[key] for key in new if key in rows}
        self._given |= {key: row.given for key, row in found.items()}
        self._saved |= {key: row.mark for key, row in found.items()}
        self._history.marks |= {key: row.mark for key, row in found.items()}

    def relabel(self, paths: Paths, label: str) -> None:
        """Mark pictures as wrongly labelled: `label` is the right one. All of them are one undo step.

        A picture that has this label on disk is marked "keep". Raises ValueError for a label outside the
        vocab and for unknown pictures; nothing is then marked.
        """
        self.check(label)
        self._change({key: self._decided(key, label) for key in self._keys(paths)})

    def discard(self, paths: Paths) -> None:
        """Mark pictures as not belonging here."""
        self._change(dict.fromkeys(self._keys(paths), Mark("discard")))

    def keep(self, paths: Paths) -> None:
        """Mark pictures as looked at and right."""
        self._change({key: self._decided(key, self._shown[key]) for key in self._keys(paths)})

    def clear(self, paths: Paths) -> None:
        """Take the marks off pictures."""
        self._change(dict.fromkeys(self._keys(paths)))

    def undo(self) -> list[Path]:
        """Take back the last step of marking; returns the pictures whose mark changed, if any."""
        return self._told(self._history.undo())

    def redo(self) -> list[Path]:
        """Make the step that was undone last once more; returns the pictures whose mark changed."""
        return self._told(self._history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone since the last one was made."""
        return bool(self._history.undone)

    def __getitem__(self, path: str | os.PathLike) -> Mark | None:
        """The mark of a picture; None without one. ValueError for an unknown one."""
        return self._history.marks.get(self._known(path))

    def label(self, path: str | os.PathLike) -> str | None:
        """The label of a picture as the marks have it; None when it is discarded."""
        key = self._known(path)
        mark = self._history.marks.get(key)
        if mark is None:
            return self._shown[key]
        return self._on_disk(key) if mark.kind == "keep" else mark.label

    def decided(self) -> dict[str, Mark]:
        """Absolute path -> mark, for the pictures that have one."""
        return dict(self._history.marks)

    def counts(self) -> dict[str, int]:
        """How many pictures are marked "relabel", "discard" and "keep"."""
        kinds = [mark.kind for mark in self._history.marks.values()]
        return {kind: kinds.count(kind) for kind in KINDS}

    @property
    def unsaved(self) -> int:
        """Of how many pictures the mark is another than in the file."""
        return len(self._unsaved_keys())

    def __len__(self) -> int:
        return len(self._history.marks)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {kind}" for kind, number in self.counts().items())
        pictures = count_text(len(self._shown), "picture")
        return f"Marks on {len(self)} of {pictures}: {counts}"

    def check(self, label: str) -> None:
        """Raise ValueError for a label outside the vocab."""
        check_label(label, self.vocab)

    def watch(self, callback: Callable[[list[Path]], Any]) -> Callable[[], None]:
        """Call `callback(paths)` after every change, with the pictures it concerns; returns how to stop."""
        self._watchers.append(callback)

        def stop() -> None:
            with suppress(ValueError):  # stopped before
                self._watchers.remove(callback)

        return stop

    def save(self, file: str | os.PathLike | None = None) -> Path:
        """Write the marks as CSV, beside the pictures or to another file; returns its path.

        What the file says of pictures that are not here stays in it. Raises OSError, in words, when it cannot
        be written; ValueError when it is damaged, and where no folder holds all pictures.
        """
        target = self.file if file is None else Path(picture_key(file))
        if target is None:
            raise BadValue("save: no folder holds all of these pictures. Name a file: marks.save('a.csv').")
        others = {key: row for key, row in saved_rows(target).items() if key not in self._shown}
        write_annotations(target, others | self._rows())
        if target == self.file:
            changed = self._unsaved_keys()
            self._saved = self.decided()
            self._told(changed)
        return target

    to_csv = save

    def read_csv(self, file: str | os.PathLike) -> str:
        """Set the marks that `save` wrote elsewhere, as one undo step; other marks stay.

        Returns a sentence: how many were read, and how many belong to pictures that are not here. Raises
        FileNotFoundError, and ValueError naming the fault; nothing is then marked.
        """
        marks, strange = readable_marks(file, self._shown, self.vocab)
        self._change(marks)
        rest = f" Passed over, since their pictures are not here: {strange}." if strange else ""
        return f"{count_text(len(marks), 'mark')} read.{rest}"

    def to_frame(self) -> pd.DataFrame:
        """All marks, sorted by path: path, given (label on disk), mark, label (new)."""
        return marks_frame(self._rows())

    def _unsaved_keys(self) -> list[str]:
        marks, saved = self._history.marks, self._saved
        return sorted(key for key in marks.keys() | saved.keys() if marks.get(key) != saved.get(key))

    def _rows(self) -> dict[str, Row]:
        return {key: Row(self._on_disk(key), mark) for key, mark in sorted(self._history.marks.items())}

    def _on_disk(self, key: str) -> str:
        return self._given.get(key, self._shown[key])

    def _decided(self, key: str, label: str) -> Mark:
        """The mark of a picture whose right label this is."""
        return Mark("keep") if label == self._on_disk(key) else Mark("relabel", label)

    def _keys(self, paths: Paths) -> list[str]:
        return [self._known(path) for path in ([paths] if isinstance(paths, (str, os.PathLike)) else paths)]

    def _known(self, path: str | os.PathLike) -> str:
        key = picture_key(path)
        if key not in self._shown:
            raise BadValue(
                f"annotations: '{path}' is not one of the {len(self._shown)} pictures. Add it first: "
                "marks.add([path], [label])."
            )
        return key

    def _change(self, wanted: Mapping[str, Mark | None]) -> None:
        self._told(self._history.change(wanted))

    def _told(self, keys: Sequence[str]) -> list[Path]:
        paths = [Path(key) for key in keys]
        if paths:
            for callback in tuple(self._watchers):
                callback(paths)
        return paths

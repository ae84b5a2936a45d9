"""What a reader decided about pictures, kept apart from every view, and applied to files on request."""

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from .changes import Changes, Move, counted, sentences
from .csv_file import COLUMNS, read_sheet, write_sheet
from .history import KINDS, Mark, UndoHistory
from .journal import Entry, Journal
from .layouts import FileLayout, find_layout
from .moves import carry_out, new_folders, take_back
from .pictures import MarkedPictures, Paths, check_lengths
from .plans import plan_moves, summary


class Annotations:
    """Relabel, discard and keep marks on labelled pictures. Views show them; only `apply` touches files.

    paths: the pictures. labels: their labels, one each. layout: where the labels live on disk (a
    `FolderLayout`, `NameLayout` or `TableLayout`); None: found by `find_layout`, and when that fails
    everything but `apply` works. vocab: the labels to choose from; default those given. A picture goes by
    its absolute path, and by its earlier paths after `apply` moved it. Raises ValueError for lengths that
    differ, and when the layout reads another label from disk than the one given.

        marks = lab.Annotations.of(interp)
        marks.relabel(interp.top_losses(1)[0].path, "Bengal")
        print(marks.plan())
        marks.apply()
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike],
        labels: Iterable[str],
        layout: FileLayout | None = None,
        vocab: Iterable[str] | None = None,
    ) -> None:
        paths, labels = list(paths), list(labels)
        check_lengths(paths, labels)
        self.layout = find_layout(paths, labels) if layout is None else layout
        self.vocab = tuple(sorted(set(labels)) if vocab is None else dict.fromkeys(vocab))
        self._pictures = MarkedPictures()
        self._history = UndoHistory()
        self._watchers: list[Callable[[list[Path]], Any]] = []
        self._journal = None if self.layout is None else Journal(self.layout.root)
        self.add(paths, labels)

    @classmethod
    def of(cls, interp: Any, layout: FileLayout | None = None) -> "Annotations":
        """Annotations for the pictures of an interpretation, with its vocab."""
        labels = [interp.vocab[target] for target in interp.targets]
        return cls(interp.paths, labels, layout, interp.vocab)

    def add(self, paths: Iterable[str | os.PathLike], labels: Iterable[str]) -> None:
        """Further pictures, such as those of the training set; known ones keep their marks."""
        self._pictures.add(list(paths), list(labels), self.layout)

    def relabel(self, paths: Paths, label: str) -> None:
        """Mark pictures as wrongly labelled: `label` is the right one. All of them are one undo step.

        A picture that has this label already is marked "keep". Raises ValueError for a label outside the
        vocab or one that the layout cannot store, and for unknown or discarded pictures; nothing is then
        marked.
        """
        self.check(label)
        relabel, keep = Mark("relabel", label), Mark("keep")
        keys = self._pictures.to_mark(paths)
        self._change({key: keep if self._pictures.labels[key] == label else relabel for key in keys})

    def discard(self, paths: Paths) -> None:
        """Mark pictures as not belonging here."""
        self._change(dict.fromkeys(self._pictures.to_mark(paths), Mark("discard")))

    def keep(self, paths: Paths) -> None:
        """Mark pictures as looked at and right."""
        self._change(dict.fromkeys(self._pictures.to_mark(paths), Mark("keep")))

    def clear(self, paths: Paths) -> None:
        """Take the marks off pictures."""
        self._change(dict.fromkeys(self._pictures.to_mark(paths)))

    def undo(self) -> list[Path]:
        """Take back the last step of marking; returns the pictures whose mark changed, if any."""
        return self._told(self._history.undo())

    def redo(self) -> list[Path]:
        """Make the step that was undone last once more; returns the pictures whose mark changed."""
        return self._told(self._history.redo())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo. `apply` and `undo_apply` begin anew."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone since the last one was made."""
        return bool(self._history.undone)

    def __getitem__(self, path: str | os.PathLike) -> Mark | None:
        """The mark of a picture that waits for `apply`; None without one. ValueError for an unknown one."""
        return self._history.marks.get(self._pictures.key(path))

    def label(self, path: str | os.PathLike) -> str | None:
        """The label of a picture as the marks have it; None when it is discarded, on disk or by its mark."""
        key = self._pictures.key(path)
        mark = self._history.marks.get(key)
        return self._pictures.labels[key] if mark is None or mark.kind == "keep" else mark.label

    def where(self, path: str | os.PathLike) -> Path:
        """Where a picture lies now: `apply` may have moved it since."""
        return Path(self._pictures.now(path))

    def counts(self) -> dict[str, int]:
        """How many pictures are marked "relabel", "discard" and "keep"."""
        kinds = [mark.kind for mark in self._history.marks.values()]
        return {kind: kinds.count(kind) for kind in KINDS}

    def __len__(self) -> int:
        return len(self._history.marks)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {kind}" for kind, number in self.counts().items())
        return f"Marks on {len(self)} of {counted(len(self._pictures.labels))}: {counts}"

    def check(self, label: str) -> None:
        """Raise ValueError for a label outside the vocab, and for one that the layout cannot store."""
        if not isinstance(label, str) or not label.strip():
            raise ValueError(f"marks: got the label {label!r}; one of the {len(self.vocab)} was expected.")
        if self.layout is not None:
            self.layout.check(label)
        if label not in self.vocab:
            close = difflib.get_close_matches(label, self.vocab, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else "Pass vocab= to Annotations for a new class."
            raise ValueError(f"marks: {label!r} is not one of the {len(self.vocab)} labels. {hint}")

    def watch(self, callback: Callable[[list[Path]], Any]) -> Callable[[], None]:
        """Call `callback(paths)` after every change, with the pictures it concerns; returns how to stop."""
        self._watchers.append(callback)

        def stop() -> None:
            with suppress(ValueError):  # stopped before
                self._watchers.remove(callback)

        return stop

    def to_frame(self) -> pd.DataFrame:
        """All marks that wait for `apply`, sorted by path: path, given (label on disk), mark, label (new)."""
        return pd.DataFrame(self._rows(), columns=list(COLUMNS), dtype=object)

    def to_csv(self, file: str | os.PathLike) -> Path:
        """Write `to_frame` as CSV in UTF-8; `read_csv` goes on from it. Returns the file's path."""
        return write_sheet(file, self._rows())

    def read_csv(self, file: str | os.PathLike) -> str:
        """Set the marks that `to_csv` wrote, as one undo step; other marks stay.

        Returns a sentence: how many were read, and how many belong to pictures that are not here. Raises
        FileNotFoundError, and ValueError naming the line for a fault; nothing is then marked.
        """
        found, strange = {}, 0
        for line, path, mark in read_sheet(file):
            key = self._pictures.now(path)
            if self._pictures.labels.get(key) is None:
                strange += 1
                continue
            if mark.label is not None:
                try:
                    self.check(mark.label)
                except ValueError as problem:
                    raise ValueError(f"read_csv: '{file}', line {line}: {problem}") from problem
            found[key] = mark
        self._change(found)
        rest = f" Passed over, since their pictures are not here: {strange}." if strange else ""
        return f"{counted(len(found), 'mark')} read.{rest}"

    def plan(self) -> Changes:
        """What `apply` would do now, in words; nothing is touched. Raises ValueError without a layout."""
        layout = self._known_layout("plan")
        moves, left = plan_moves(layout, self._history.marks, self._journal.entries(), self._pictures.now)
        return Changes(summary(moves, " would be"), moves, left, layout.root)

    def apply(self) -> Changes:
        """Move what is marked "relabel" or "discard"; never deletes, never overwrites.

        The plan is first written to the journal, `.marks/journal.json` in the dataset's folder, so that
        `undo_apply` can follow it after a crash or in a later session. A picture that cannot be moved keeps
        its mark and is named in `.left`. Raises ValueError without a layout or after an apply that was cut
        off, OSError, in words, when the journal or the table cannot be written; no picture is then moved.
        """
        layout = self._known_layout("apply")
        entries = self._journal.entries()
        if entries and not entries[-1].finished:
            raise ValueError(f"apply: {entries[-1].words()}. Call undo_apply() first, then apply() again.")
        moves, left = plan_moves(layout, self._history.marks, entries, self._pictures.now)
        if not moves:
            return Changes(summary(moves, ""), moves, left, layout.root)
        when = datetime.now().isoformat(sep=" ", timespec="seconds")
        entry = Entry(when, moves, new_folders(moves, layout.root), layout.table, layout.id_column)
        made: list[Move] = []
        try:
            troubles = carry_out(self._journal, entries, entry, made)
        except OSError as problem:
            raise _in_words("apply", problem, layout.root) from problem
        finally:  # also after Ctrl-C: the marks must know where the pictures lie
            self._settle([(move.source, move.target, move.label, None) for move in made])
        return Changes(summary(made, ""), tuple(made), left + sentences(troubles, layout.root), layout.root)

    def last_apply(self) -> str | None:
        """What `undo_apply` would take back, in words: "3 marks applied on ..."; None when nothing."""
        entries = [] if self._journal is None else self._journal.entries()
        return entries[-1].words() if entries else None

    def undo_apply(self) -> Changes:
        """Take the last apply back, of this or an earlier session; its marks wait for `apply` again.

        Pictures return to their old names, rows of a table to their old text. What cannot return, since its
        name is taken or the file is gone, is named in `.left` and stays where it is. Raises ValueError
        without a layout and for a damaged journal, OSError when the table or the journal cannot be written.
        """
        layout = self._known_layout("undo_apply")
        entries = self._journal.entries()
        if not entries:
            return Changes("Nothing was applied that could be taken back.", (), (), layout.root)
        *earlier, entry = entries
        try:
            back, again, left = take_back(entry, layout.root)
            rest = [replace(entry, moves=tuple(again), finished=True)] if again else []
            self._journal.write([*earlier, *rest])
        except OSError as problem:
            raise _in_words("undo_apply", problem, layout.root) from problem
        self._settle(
            [
                (move.target or move.source, move.source, move.given, self._mark_of(move.label))
                for move in back
            ]
        )
        return Changes(f"{counted(len(back))} taken back.", tuple(back), left, layout.root)

    def _known_layout(self, asked_by: str) -> FileLayout:
        if self.layout is None:
            raise ValueError(
                f"{asked_by}: nothing is known of where these labels live: neither folders nor names such as "
                "'Ragdoll_12.jpg' agree with them. Pass layout= to Annotations; "
                "until then, to_csv keeps the marks."
            )
        return self.layout

    def _mark_of(self, label: str | None) -> Mark | None:
        """The mark of a move that was taken back; none for a label that this session would refuse."""
        if label is None:
            return Mark("discard")
        with suppress(ValueError):
            self.check(label)
            return Mark("relabel", label)
        return None

    def _settle(self, changed: Iterable[tuple[Path, Path | None, str | None, Mark | None]]) -> None:
        """Take over what happened on disk: (path, new path or None, label, mark that waits)."""
        marks: dict[str, Mark | None] = {}
        for path, target, label, mark in changed:
            old, new = self._pictures.settle(path, target, label)
            marks |= {old: None, new: mark}
        if marks:
            self._history.settle(marks)
            self._told(list(marks))

    def _change(self, wanted: Mapping[str, Mark | None]) -> None:
        self._told(self._history.change(wanted))

    def _told(self, keys: Sequence[str]) -> list[Path]:
        paths = [Path(key) for key in keys]
        if paths:
            for callback in tuple(self._watchers):
                callback(paths)
        return paths

    def _rows(self) -> list[tuple[str, str, str, str]]:
        marks = sorted(self._history.marks.items())
        return [(key, self._pictures.labels[key], mark.kind, mark.label or "") for key, mark in marks]


def _in_words(asked_by: str, problem: OSError, root: Path) -> OSError:
    kind = PermissionError if isinstance(problem, PermissionError) else OSError
    return kind(
        f"{asked_by}: cannot write in '{root}' ({problem.strerror or problem}). Make the folder writable, or "
        "copy the pictures to one that is. The marks are as they were."
    )

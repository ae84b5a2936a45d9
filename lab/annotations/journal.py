"""The journal: what `apply` is about to do, on disk before anything moves, so that all can be taken back.

One JSON file, `.marks/journal.json`, with one entry for each apply. The whole entry is written before its
first move (new file, flushed, renamed); no target existed before, so after a crash the disk itself tells
which moves were made. Names are kept relative to the dataset, which may be moved or mounted elsewhere.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from lab.data.home import atomic_write

from .changes import Move, RowEdit, counted
from .layouts import HIDDEN

NAME = "journal.json"


@dataclass(frozen=True)
class Entry:
    """One apply. when: local time, ISO with a blank. finished: False while it runs, and after it was cut off.

    moves: planned, or, when finished, made. folders: those made for it. table: the file of labels, if any;
    id_column: the column in it that names the picture.
    """

    when: str
    moves: tuple[Move, ...]
    folders: tuple[Path, ...] = ()
    table: Path | None = None
    id_column: int = 0
    finished: bool = False

    def words(self) -> str:
        """When it was, and how much there is to take back."""
        cut = "" if self.finished else ", cut off before its end"
        return f"{counted(len(self.moves), 'mark')} applied on {self.when}{cut}"


class Journal:
    """The journal of the dataset in `root`; nothing is read or written before it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / HIDDEN / NAME

    def entries(self) -> list[Entry]:
        """All applies that are not taken back, the last one last.

        Raises ValueError for a damaged journal, and for one that names files outside the dataset.
        """
        try:
            return [self._entry(raw) for raw in json.loads(self.file.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ValueError(
                f"marks: the journal '{self.file}' cannot be followed ({problem}). Nothing was moved. "
                "Rename it to go on without it; what it lists can then only be moved back by hand."
            ) from problem

    def write(self, entries: Sequence[Entry]) -> None:
        """Replace the journal by these entries; without any, it is removed."""
        if not entries:
            self.file.unlink(missing_ok=True)
            for folder in (self.file.parent / "discarded", self.file.parent):
                with suppress(OSError):  # it is not empty
                    folder.rmdir()
            return
        self.file.parent.mkdir(exist_ok=True)
        with atomic_write(self.file) as part, part.open("w", encoding="utf-8") as out:
            json.dump([self._raw(entry) for entry in entries], out, indent=1)
            out.flush()
            os.fsync(out.fileno())

    def _raw(self, entry: Entry) -> dict:
        def name(path: Path | None) -> str | None:
            return None if path is None else path.relative_to(self.root).as_posix()

        moves = [
            {"from": name(move.source), "to": name(move.target), "given": move.given, "label": move.label}
            | ({"row": asdict(move.row)} if move.row else {})
            for move in entry.moves
        ]
        return {
            "when": entry.when,
            "finished": entry.finished,
            "moves": moves,
            "folders": [name(folder) for folder in entry.folders],
            "table": name(entry.table),
            "id_column": entry.id_column,
        }

    def _entry(self, raw: dict) -> Entry:
        moves = tuple(
            Move(
                self._path(move["from"]),
                None if move["to"] is None else self._path(move["to"]),
                move["given"],
                move["label"],
                RowEdit(**move["row"]) if "row" in move else None,
            )
            for move in raw["moves"]
        )
        table = None if raw["table"] is None else self._path(raw["table"])
        folders = tuple(map(self._path, raw["folders"]))
        return Entry(raw["when"], moves, folders, table, raw["id_column"], raw["finished"])

    def _path(self, name: str) -> Path:
        """A name out of the journal: one that leads out of the dataset is refused, whoever wrote it."""
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or Path(name).drive:
            raise ValueError(f"{name!r} is outside of the dataset")
        return self.root / name

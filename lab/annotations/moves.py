"""Carrying an entry of the journal out, and taking it back.

Every move is a rename within the dataset, onto a name that nothing has. Both ways can be cut off at any
point: the disk then tells how far it came, and taking back can be repeated until it is through.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .changes import Move, RowEdit, sentences
from .journal import Entry, Journal
from .layouts import HIDDEN
from .table import back_up, edit_rows

Trouble = tuple[str, Path]
"""Why a picture was left, and the picture."""


def carry_out(journal: Journal, earlier: Sequence[Entry], entry: Entry, made: list[Move]) -> list[Trouble]:
    """Write the entry to the journal, move the pictures, rewrite the table, close the entry.

    made: is filled with what was done, also when this is cut off. Returns why the others were left. Raises
    OSError when the journal cannot be written, and OSError or ValueError when the table cannot be
    rewritten; the pictures are then back in their places.
    """
    troubles: list[Trouble] = []
    try:
        journal.write([*earlier, entry])
        for move in entry.moves:
            trouble = move.target and rename(move.source, move.target)
            if trouble is None:
                made.append(move)
            else:
                troubles.append((trouble, move.source))
        if entry.table is not None:
            troubles += _rewrite_table(entry.table, entry.id_column, journal.root, made)
    except BaseException as problem:
        made[:] = [move for move in entry.moves if _is_made(move)]
        if isinstance(problem, Exception) and not made:
            with suppress(OSError):  # it cannot be written: then the entry is not in it either
                journal.write(earlier)
        raise
    journal.write([*earlier, *([replace(entry, moves=tuple(made), finished=True)] if made else [])])
    return troubles


def _rewrite_table(table: Path, id_column: int, root: Path, made: list[Move]) -> list[Trouble]:
    """Change the rows of what was made; a picture whose row cannot be changed returns and leaves `made`."""
    refused: list[RowEdit] = []
    try:
        back_up(table, root / HIDDEN)
        refused = edit_rows(table, id_column, [move.row for move in made])
    except Exception:
        refused = [move.row for move in made]
        raise
    finally:
        rows = set(refused)
        kept = [move for move in made if move.row in rows]
        made[:] = [move for move in made if move.row not in rows]
        for move in kept:
            if move.target is not None:
                rename(move.target, move.source)
    return [(_row_changed(table), move.source) for move in kept]


def _is_made(move: Move) -> bool:
    """Whether a picture was moved, as the disk tells."""
    return bool(move.target) and os.path.lexists(move.target) and not os.path.lexists(move.source)


def take_back(entry: Entry, root: Path) -> tuple[list[Move], list[Move], tuple[str, ...]]:
    """Undo an entry as far as it was carried out.

    Returns the moves taken back (also those that were never made), those that may be tried again, and a
    sentence for each reason why some were not. Can be repeated after it was cut off.
    """
    back, again, troubles = [], [], []
    for move in reversed(entry.moves):
        trouble = None if move.target is None else _return(move)
        if trouble is None:
            back.append(move)
            continue
        troubles.append((trouble, move.target))
        if os.path.lexists(move.target):
            again.append(move)
    rows = {move.row: move for move in back if move.row}
    if rows:
        refused = edit_rows(entry.table, entry.id_column, [row.back() for row in rows])
        for move in (rows[edit.back()] for edit in refused):
            troubles.append((_row_changed(entry.table), move.source))
            back.remove(move)
    for folder in reversed(entry.folders):
        with suppress(OSError):  # something else lies in it by now
            folder.rmdir()
    return back[::-1], again[::-1], sentences(troubles, root)


def _row_changed(table: Path) -> str:
    return f"cannot be changed in '{table.name}', where somebody else changed the row"


def _return(move: Move) -> str | None:
    """Move one picture back; the reason when that is not possible."""
    if os.path.lexists(move.target):
        return rename(move.target, move.source)
    return None if os.path.lexists(move.source) else "cannot be moved back, since no file is there any more"


def rename(source: Path, target: Path) -> str | None:
    """Rename a file, never onto another one; the reason when that is not possible."""
    if os.path.lexists(target):
        return f"cannot be moved, since another file is called '{target.name}' there"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as problem:
        return f"cannot be moved ({problem.strerror or problem}); make the folder writable, and try again"
    return None


def new_folders(moves: Sequence[Move], root: Path) -> tuple[Path, ...]:
    """The folders that these moves will make, parents first."""
    folders = set()
    for move in moves:
        folder = root if move.target is None else move.target.parent
        while folder != root and folder not in folders and not folder.exists():
            folders.add(folder)
            folder = folder.parent
    return tuple(sorted(folders, key=lambda folder: len(folder.parts)))

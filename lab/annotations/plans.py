"""From marks to moves: where each picture would go, and why some must stay."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .changes import Move, counted, sentences
from .history import Mark
from .journal import Entry
from .layouts import FileLayout


def plan_moves(
    layout: FileLayout, marks: Mapping[str, Mark], entries: Sequence[Entry], where: Callable[[str], str]
) -> tuple[tuple[Move, ...], tuple[str, ...]]:
    """The moves that the marks ask for, in the order of the paths, and why some pictures are left.

    No two targets are the same, none exists, and none is a name that another picture had before: so a path
    in an older table, cache or notebook never comes to mean another picture.
    """
    layout.refresh()
    claimed = {str(move.source).casefold() for entry in entries for move in entry.moves if move.target}

    def claim(target: Path, path: Path) -> bool:
        name = str(target)
        if name.casefold() in claimed or where(name) not in (name, str(path)) or os.path.lexists(target):
            return False
        claimed.add(name.casefold())  # `A.jpg` and `a.jpg` are one file on some systems
        return True

    wanted, troubles = [], []
    for key in sorted(key for key, mark in marks.items() if mark.kind != "keep"):
        if not Path(key).is_file():
            troubles.append(("cannot be found on disk", Path(key)))
        elif (given := layout.label(key)) is None:
            troubles.append((f"cannot be changed, since {layout} finds no label for it now", Path(key)))
        else:
            wanted.append((Path(key), given, marks[key].label))
    relabelled = [(path, label) for path, _, label in wanted if label is not None]
    targets = dict(zip(relabelled, layout.relabelled(relabelled, claim), strict=True))
    moves = []
    for path, given, label in wanted:
        target = layout.discarded(path, claim) if label is None else targets[path, label]
        moves.append(Move(path, target, given, label, layout.row(path, label)))
    return tuple(moves), sentences(troubles, layout.root)


def summary(moves: Sequence[Move], tense: str) -> str:
    """One sentence: how many pictures are relabelled and discarded. tense: " would be", or "" for done."""
    gone = sum(move.label is None for move in moves)
    parts = [(len(moves) - gone, "relabelled"), (gone, "discarded")]
    said = " and ".join(f"{counted(number)}{tense} {what}" for number, what in parts if number)
    return f"{said or f'Nothing{tense} changed'}."

"""What marks change on disk, as values: a move of a picture, a row of a table, and the words for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RowEdit:
    """A change of one row of a table of labels: its text before and after, without the line's end.

    id: of the picture. old, new: None where there is no such row. at: its place in the file before the
    change, the line of column names being 0. end: its line's end.
    """

    id: str
    old: str | None
    new: str | None
    at: int
    end: str

    def back(self) -> "RowEdit":
        """The change that takes this one back."""
        return RowEdit(self.id, self.new, self.old, self.at, self.end)


@dataclass(frozen=True)
class Move:
    """What becomes of one marked picture.

    source: where it lies. target: where it goes; None when it stays and only its row changes. given: its
    label on disk. label: its new one; None when it is discarded. row: the change in the table of labels.
    """

    source: Path
    target: Path | None
    given: str
    label: str | None
    row: RowEdit | None = None

    def words(self, root: Path) -> str:
        """One line for a reader, with names relative to `root`."""
        what = "discarded" if self.label is None else f"{self.given} → {self.label}"
        where = "new label in the table" if self.target is None else f"to {_relative(self.target, root)}"
        return f"{_relative(self.source, root)}: {what}, {where}"


@dataclass(frozen=True)
class Changes:
    """The answer of `plan`, `apply` and `undo_apply`: what was said, moved, and left alone.

    said: one sentence. moves: what will be done, or was. left: a sentence for each reason why some pictures
    are left as they are. root: the folder that `lines` names things from. `str()` gives it all in words.
    """

    said: str
    moves: tuple[Move, ...]
    left: tuple[str, ...]
    root: Path

    @property
    def lines(self) -> list[str]:
        """One line of words for each move."""
        return [move.words(self.root) for move in self.moves]

    def __len__(self) -> int:
        return len(self.moves)

    def __str__(self) -> str:
        return "\n".join([self.said, *self.left, *self.lines])

    def __repr__(self) -> str:
        return " ".join([self.said, *self.left])


def counted(number: int, what: str = "picture") -> str:
    """`1 picture`, `2 pictures`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def sentences(troubles: Iterable[tuple[str, Path]], root: Path) -> tuple[str, ...]:
    """One sentence for each reason: how many pictures have it, and the first three of them."""
    groups: dict[str, list[Path]] = {}
    for reason, path in troubles:
        groups.setdefault(reason, []).append(path)
    return tuple(f"{counted(len(paths))} {reason}: {named(paths, root)}." for reason, paths in groups.items())


def named(paths: Sequence[Path], root: Path) -> str:
    """The first three names, relative to `root`, and how many more."""
    names = ", ".join(f"'{_relative(path, root)}'" for path in paths[:3])
    return names + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

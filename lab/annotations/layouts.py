"""Where a dataset keeps its labels: in the folder's name, in the file's name, or in a table.

A layout reads the label of a picture and says where the picture goes when its label changes. What is
discarded goes to `.marks/discarded` inside the dataset: `get_image_files` passes over names that begin with
a dot wherever it starts, while a plain folder beside the pictures is found from any folder above them; and
within one folder tree a move is a rename, which no crash can halve.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from lab.data.copies import LIST
from lab.data.csvs import Column
from lab.data.headings import is_data
from lab.data.picture_names import PictureNames

from .changes import RowEdit
from .table import read_rows, relabelled

HIDDEN = ".marks"
LABEL_NUMBER = r"(?P<label>.+)_(?P<number>\d+)\.[^.]+"
"""Names such as `Ragdoll_12.jpg`."""

Claim = Callable[[Path, Path], bool]
"""claim(target, picture): whether the picture may have this name; if so, nobody else gets it."""
_SPLITS = ("train", "valid", "val", "test")


class FileLayout:
    """What the layouts share. root: the folder that holds all pictures, and `.marks` with the journal."""

    table: Path | None = None
    id_column = 0

    def __init__(self, root: str | os.PathLike) -> None:
        self.root = _absolute(root)
        if not self.root.is_dir():
            raise NotADirectoryError(
                f"{type(self).__name__}: there is no folder '{self.root}'. Pass the dataset's own folder."
            )
        self._inside = str(self.root).rstrip(os.sep) + os.sep
        self._hidden = self._inside + HIDDEN + os.sep

    def label(self, path: str) -> str | None:
        """The label of the picture at this absolute path; None when the layout gives it none."""
        if not path.startswith(self._inside) or path.startswith(self._hidden):
            return None
        return self._label(path)

    def check(self, label: str) -> None:
        """Raise ValueError for a label that this layout cannot store."""

    def refresh(self) -> None:
        """Read again what may have changed on disk."""

    def discarded(self, path: Path, claim: Claim) -> Path:
        """Where a discarded picture goes: the same place as before, below `.marks/discarded`."""
        return _first(path, self.root / HIDDEN / "discarded" / path.relative_to(self.root), claim)

    def relabelled(self, wanted: Sequence[tuple[Path, str]], claim: Claim) -> list[Path | None]:
        """Where pictures go with their new labels; None for one that stays."""
        raise NotImplementedError

    def row(self, path: Path, label: str | None) -> RowEdit | None:
        """The change of the picture's row for its new label (None: dropped), where there is a table."""
        return None

    def _label(self, path: str) -> str | None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"


class FolderLayout(FileLayout):
    """The label is the name of the picture's folder: `train/cats/1.jpg`.

    A relabelled picture moves to the class folder beside its own, so it stays in its split. A name that is
    taken there gets `_2`, `_3` and so on.
    """

    def _label(self, path: str) -> str | None:
        folder = path[len(self._inside) :].rpartition(os.sep)[0]
        return folder.rpartition(os.sep)[2] or None

    def check(self, label: str) -> None:
        """Raise ValueError for a label that cannot name a visible folder."""
        check_name(label, "a folder")

    def relabelled(self, wanted: Sequence[tuple[Path, str]], claim: Claim) -> list[Path | None]:
        return [_first(path, path.parent.parent / label / path.name, claim) for path, label in wanted]


class NameLayout(FileLayout):
    """The label is part of the picture's name: `Ragdoll_12.jpg`.

    pattern: a regular expression for the whole name with the groups `label` and `number`; a relabelled
    picture gets its new label and the number after the highest one that this label has in the folder.
    Raises ValueError for a pattern without these groups.
    """

    def __init__(self, root: str | os.PathLike, pattern: str | re.Pattern = LABEL_NUMBER) -> None:
        super().__init__(root)
        try:
            self.pattern = re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"NameLayout: {pattern!r} is not a regular expression: {problem}.") from problem
        if not {"label", "number"} <= set(self.pattern.groupindex):
            raise ValueError(
                f"NameLayout: got the pattern {self.pattern.pattern!r}; the groups (?P<label>...) and "
                f"(?P<number>...) were expected, as in {LABEL_NUMBER!r}."
            )

    def _label(self, path: str) -> str | None:
        found = self.pattern.fullmatch(path.rpartition(os.sep)[2])
        return found["label"] if found else None

    def check(self, label: str) -> None:
        """Raise ValueError for a label that cannot begin a file's name."""
        check_name(label, "a file")

    def relabelled(self, wanted: Sequence[tuple[Path, str]], claim: Claim) -> list[Path | None]:
        highest: dict[Path, dict[str, int]] = {}
        targets: list[Path | None] = []
        for path, label in wanted:
            if path.parent not in highest:
                highest[path.parent] = self._highest(path.parent)
            numbers, key = highest[path.parent], label.casefold()
            for number in count(numbers.get(key, 0) + 1):
                target = path.with_name(self._renamed(path.name, label, number))
                if claim(target, path):
                    break
            numbers[key] = number
            targets.append(target)
        return targets

    def _highest(self, folder: Path) -> dict[str, int]:
        numbers: dict[str, int] = {}
        for name in os.listdir(folder):  # noqa: PTH208 (text is quicker, and there may be 100,000)
            if (found := self.pattern.fullmatch(name)) and found["number"].isdecimal():
                key = found["label"].casefold()
                numbers[key] = max(numbers.get(key, 0), int(found["number"]))
        return numbers

    def _renamed(self, name: str, label: str, number: int) -> str:
        found = self.pattern.fullmatch(name)
        width = len(found["number"]) if found["number"].startswith("0") else 1
        parts = {"label": label, "number": str(number).zfill(width)}
        # from the back, so that the places further ahead stay valid
        for group in sorted(parts, key=found.start, reverse=True):
            name = name[: found.start(group)] + parts[group] + name[found.end(group) :]
        return name


class TableLayout(FileLayout):
    """The labels stand in a CSV file; the arguments are those of `read_labels`.

    A relabelled picture stays where it is and its row changes; a discarded one moves and its row is dropped.
    The file is rewritten as a whole, and the old one kept in `.marks`. Raises OSError, ValueError for a file
    or a column that is not there, and for a file without column names.
    """

    def __init__(
        self,
        file: str | os.PathLike,
        folder: str | os.PathLike = "",
        suff: str | Sequence[str] = "",
        id_column: Column = 0,
        label_column: Column = 1,
    ) -> None:
        self.table = _absolute(file)
        self.base = _absolute(self.table.parent / folder)
        super().__init__(os.path.commonpath([self.table.parent, self.base]))
        self.suff = suff
        if not self.table.is_file():
            raise FileNotFoundError(f"TableLayout: there is no file '{self.table}'. Pass the CSV of labels.")
        names, *others = [row.cells for row in read_rows(self.table)] or [[]]
        names = [name.removeprefix("\ufeff").strip() for name in names]
        self.id_column, self.label_column = (
            _column(self.table, names, column) for column in (id_column, label_column)
        )
        pictures = PictureNames(self.table.parent, self.base, suff)
        if is_data(names, others, self.id_column, self.label_column, pictures.has):
            raise ValueError(
                f"TableLayout: '{self.table}' has no column names: its first line, {names}, is a picture. "
                "Write a line such as id,label above it."
            )
        self.refresh()

    def refresh(self) -> None:
        """Read the table again."""
        need = max(self.id_column, self.label_column)
        pictures = PictureNames(self.table.parent, self.base, self.suff)
        self._rows = {}
        for at, row in enumerate(read_rows(self.table)):
            if at and len(row.cells) > need:
                name = row.cells[self.id_column].strip()
                # a picture that was discarded is found again where it was
                path = pictures.find(name) or self.base / pictures.shown(name)
                self._rows[os.path.normpath(path)] = at, row

    def _label(self, path: str) -> str | None:
        _, row = self._rows.get(path, (0, None))
        return row.cells[self.label_column].strip() if row else None

    def relabelled(self, wanted: Sequence[tuple[Path, str]], claim: Claim) -> list[Path | None]:
        return [None] * len(wanted)

    def row(self, path: Path, label: str | None) -> RowEdit:
        at, row = self._rows[str(path)]
        new = None if label is None else relabelled(row, self.label_column, label)
        return RowEdit(row.cells[self.id_column], row.text, new, at, row.end)

    def __repr__(self) -> str:
        return f"TableLayout({str(self.table)!r})"


def find_layout(paths: Sequence[str | os.PathLike], labels: Sequence[str]) -> FileLayout | None:
    """The layout that gives all these pictures their labels: by folder, or by a name `Label_12.jpg`.

    None when neither does, and for the smaller copies that `resized` made, since to move those would change
    nothing. Labels from a table are not guessed.
    """
    files = [_absolute(path) for path in paths]
    root = _common(file.parent for file in files)
    if root is None or any((folder / LIST).is_file() for folder in (root, *root.parents)):
        return None
    if all(file.parent.name == label for file, label in zip(files, labels, strict=True)):
        root = _common(file.parent.parent for file in files)
        return FolderLayout(root.parent if root.name in _SPLITS else root)
    layout = NameLayout(root)
    agree = all(layout.label(str(file)) == label for file, label in zip(files, labels, strict=True))
    return layout if agree else None


def _common(folders: Iterable[Path]) -> Path | None:
    """The folder that holds all of these, if there is one."""
    try:
        root = Path(os.path.commonpath([*set(folders)]))
    except ValueError:  # no folders, or on several drives
        return None
    return root if root.is_dir() else None


def check_name(label: str, names: str) -> None:
    """Raise ValueError for a label that must not be (part of) the name of a file or folder."""
    faults = {
        "it would leave the dataset's folder": "/" in label or "\\" in label or label in (".", ".."),
        "it would be hidden": label.startswith("."),
        "a name has no such character": "\0" in label,
        "blanks at its ends are lost on some systems": label != label.strip(),
    }
    for fault in (fault for fault, so in faults.items() if so):
        raise ValueError(f"marks: the label {label!r} cannot name {names}: {fault}. Choose another label.")


def _first(path: Path, target: Path, claim: Claim) -> Path:
    """The target, or the first of `name_2`, `name_3` ... that is free."""
    return next(name for name in _numbered(target) if claim(name, path))


def _numbered(target: Path) -> Iterator[Path]:
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}_{number}{target.suffix}")


def _column(file: Path, names: list[str], column: Column) -> int:
    if isinstance(column, int) and 0 <= column < len(names):
        return column
    if column in names:
        return names.index(column)
    raise ValueError(f"TableLayout: '{file}' has no column {column!r}; its columns are {names}.")


def _absolute(path: str | os.PathLike) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (follows no links)

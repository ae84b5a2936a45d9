"""Finding the pictures of a dataset: a folder that can list itself, and a search through all that it holds.

Nothing is opened here; a picture is known by its extension, and whether it is one is found out when it is
decoded. Lesson: "From dogs and cats to pet breeds".
"""

import difflib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from lab.core.errors import BadType, BadValue, MissingFile
from lab.data.passed import JUNK_FOLDERS, PassedOver

# fmt: off
PICTURE_EXTENSIONS = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".gif", ".webp", ".bmp", ".dib", ".tif", ".tiff",
    ".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2",
})
# fmt: on


def has_picture_ending(name: Any) -> bool:
    """Whether a name ends in the extension of a picture, in small letters or capitals."""
    stem, dot, ending = str(name).rpartition(".")
    return bool(stem) and f"{dot}{ending.strip().lower()}" in PICTURE_EXTENSIONS


def brief(things: Sequence[Any], show: Any = repr, shown: int = 10) -> str:
    """`(#7394) [first, second, ...]`: how many there are, and the first `shown` of them."""
    parts = [show(thing) for thing in things[:shown]]
    if len(things) > shown:
        parts.append("...")
    return f"(#{len(things)}) [{', '.join(parts)}]"


class Files(list):
    """A list of paths that prints its length and its first ten members, relative to the dataset's folder."""

    def __init__(self, paths: Iterable[Path] = (), base: str | os.PathLike | None = None):
        super().__init__(paths)
        self.base = base

    def __getitem__(self, which):
        found = super().__getitem__(which)
        return Files(found, self.base) if isinstance(which, slice) else found

    def __repr__(self) -> str:
        return brief(list(self), self._shown)

    def _shown(self, path: Path) -> str:
        path = Path(path)
        if self.base is not None and path.is_relative_to(self.base):
            path = path.relative_to(self.base)
        return f"Path({path.as_posix()!r})"


class Folder(type(Path())):
    """A `pathlib.Path` with `.ls()`; `folder / "images"` is one too, and knows where the dataset begins."""

    _base: "Folder | None" = None

    @property
    def base(self) -> "Folder":
        """The dataset's folder: the one that `/` started from."""
        return self if self._base is None else self._base

    def __truediv__(self, name):
        child = super().__truediv__(name)
        if isinstance(child, Folder):
            child._base = self.base
        return child

    def ls(self) -> Files:
        """Everything directly inside, sorted by name. Raises FileNotFoundError or NotADirectoryError."""
        check_folder(self, "ls")
        return Files((self / name for name in sorted(child.name for child in self.iterdir())), self.base)

    def __repr__(self) -> str:
        return f"Path({self.as_posix()!r})"


def get_image_files(
    path: str | os.PathLike, recurse: bool = True, folders: str | Sequence[str] | None = None
) -> Files:
    """Return all images in the folder `path`, sorted by path.

    An image is known by its extension, one of PICTURE_EXTENSIONS. Hidden files and folders (a name that
    begins with a dot) are passed over, and so is what systems leave behind. One UserWarning counts the images
    that are passed over because of their kind or their name.

    Parameters
    ----------
    path : path
        The folder.
    recurse : bool
        Look into subfolders too.
    folders : str or list of str, optional
        Look only into these subfolders of `path`.

    Returns
    -------
    list of Path
        It prints its length and its first ten members.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        For a folder that is not there, and for a file.
    ValueError
        When there is no image.
    TypeError
        For anything that is not a path.

    Notes
    -----
    Lesson: `get_items=get_image_files`.

    Examples
    --------
    >>> lab.get_image_files(path)
    (#36) [Path('blue/00.png'), Path('blue/01.png'), ...]
    """
    if not isinstance(path, (str, os.PathLike)):
        got = type(path).__name__
        raise BadType(f"get_image_files: got a {got} instead of a path. Pass one folder, as str or Path.")
    root = path if isinstance(path, Folder) else Path(path)
    check_folder(root, "get_image_files")
    names = [folders] if isinstance(folders, str) else folders
    starts = [root] if names is None else [root / name for name in names]
    for start in starts:
        check_folder(start, "get_image_files")
    found: list[str] = []
    passed = PassedOver()
    for start in starts:
        _search(start, recurse, found, passed)
    if not found:
        raise BadValue(_nothing_found(root, starts, recurse, passed))
    passed.warn(root, len(found))
    make = type(root)
    base = root.base if isinstance(root, Folder) else root
    # The same order on every system: `/` between folders, capitals before small letters.
    found.sort(key=lambda name: name.replace(os.sep, "/"))
    return Files((make(name) for name in dict.fromkeys(found)), base)


def short_paths(paths: Sequence[Path]) -> list[str]:
    """Paths for messages: each file in its folder, without the folders above that all have in common."""
    try:
        common = os.path.commonpath([path.parent.parent for path in paths])
    except ValueError:  # on different drives, or absolute beside relative
        common = ""
    return [(path.relative_to(common) if common else path).as_posix() for path in paths]


def check_folder(path: Path, asked_by: str) -> None:
    """FileNotFoundError or NotADirectoryError, with names that come close, unless `path` is a folder."""
    if path.is_dir():
        return
    if path.exists():
        raise NotADirectoryError(
            f"{asked_by}: '{path}' is a file, not a folder. Pass the folder that holds it: '{path.parent}'."
        )
    hint = f"The current folder is '{Path.cwd()}'."
    if path.parts[:1] and path.parts[0].startswith("~"):
        hint = f"Python does not read '~' as your home folder: pass '{path.expanduser()}'."
    elif path.parent.is_dir():
        siblings = sorted(other.name for other in path.parent.iterdir() if other.is_dir())
        close = difflib.get_close_matches(path.name, siblings, n=3, cutoff=0.5)
        if close:
            hint = f"Did you mean {' or '.join(map(repr, close))}? {hint}"
        elif siblings:
            hint = f"'{path.parent}' holds the folders {', '.join(map(repr, siblings[:10]))}. {hint}"
    else:
        hint = f"Nor is there '{path.parent}'. {hint}"
    raise MissingFile(f"{asked_by}: there is no folder '{path}'. {hint}")


def _search(start: Path, recurse: bool, found: list[str], passed: PassedOver) -> None:
    """Add the pictures below `start` to `found`, and everything else to `passed`."""
    visited: set[str] = set()
    for folder, subfolders, names in os.walk(start, followlinks=True):
        real = os.path.realpath(folder)
        subfolders[:] = [name for name in subfolders if recurse and not _is_hidden(name)]
        if real in visited:  # a link that leads back up would never end
            subfolders.clear()
            continue
        visited.add(real)
        for name in names:
            if name.startswith("."):
                continue
            extension = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
            if extension in PICTURE_EXTENSIONS:
                found.append(os.path.join(folder, name))  # noqa: PTH118 (100,000 of them: text is quicker)
            else:
                passed.add(os.path.join(folder, name), extension)  # noqa: PTH118


def _is_hidden(folder: str) -> bool:
    return folder.startswith(".") or folder.lower() in JUNK_FOLDERS


def _nothing_found(root: Path, starts: list[Path], recurse: bool, passed: PassedOver) -> str:
    where = " or ".join(f"'{start}'" for start in starts)
    if not any(any(start.iterdir()) for start in starts):
        return f"get_image_files: the folder {where} is empty. Pass the folder that holds the pictures."
    if passed.lost():
        listed = "".join(f"\n  {line}" for line in passed.lines(root))
        return f"get_image_files: no picture in {where} that can be used as it is:{listed}"
    if passed.others:
        seen = ", ".join(f"{count} x {extension}" for extension, count in passed.others.most_common(6))
        message = f"get_image_files: no picture in {where}, only other files: {seen}."
    else:
        message = f"get_image_files: no picture in {where}."
    subfolders = [name for name in starts[0].iterdir() if name.is_dir()]
    if not recurse and subfolders:
        message += f" Its {len(subfolders)} subfolders were not searched: pass recurse=True."
    return f"{message} A picture is known by its extension: {' '.join(sorted(PICTURE_EXTENSIONS))}."

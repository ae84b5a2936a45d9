"""What a search for pictures passes over: pictures of a kind that is not read here, and pictures whose name
does not say that they are any.

They would be missed without a word. What systems leave behind (`Thumbs.db`, `desktop.ini`, hidden files) and
files that nobody takes for a picture (`.csv`, `.txt`) are not worth one.
"""

import os
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

JUNK = frozenset({"thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r", "picasa.ini"})
JUNK_FOLDERS = frozenset(
    {"@eadir", "__macosx", "$recycle.bin", "#recycle", "system volume information", "lost+found"}
)
SPLITS = frozenset({"train", "training", "valid", "validation", "val", "test"})

_UNREAD = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIC photos"),
    **dict.fromkeys(
        (".cr2", ".cr3", ".nef", ".nrw", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw", ".raw"),
        "raw photos of a camera",
    ),
    **dict.fromkeys((".svg", ".svgz", ".eps", ".wmf", ".emf"), "drawings, which have no pixels"),
    **dict.fromkeys((".psd", ".psb", ".xcf", ".kra"), "files of a paint program"),
    **dict.fromkeys((".jxl", ".jxr", ".tga", ".pcx", ".ico", ".icns", ".exr", ".hdr", ".bpg"), "pictures"),
    **dict.fromkeys((".dcm", ".dicom"), "medical pictures"),
}
# Never opened to see whether they are pictures.
# fmt: off
_OTHERS = frozenset({
    ".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".ini",
    ".cfg", ".log", ".html", ".htm", ".css", ".js", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ods", ".ppt",
    ".pptx",
    ".py", ".ipynb", ".sh", ".m", ".mat", ".npy", ".npz", ".pkl", ".h5", ".hdf5", ".pt", ".pth",
    ".safetensors",
    ".parquet", ".feather", ".db", ".sqlite", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar",
    ".mp4", ".mov", ".avi", ".mkv", ".webm", ".mp3", ".wav", ".bin", ".exe", ".url", ".lnk",
})
# fmt: on
_BEGINNINGS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
)
_ENDING = re.compile(r"^(\.?\w*).*$", re.DOTALL)
_ENOUGH = 20  # files of one ending without a picture among them: then no more are opened


class PassedOver:
    """Counts what a search passes over. unread, unnamed: kind -> paths. others: ending -> how many."""

    def __init__(self) -> None:
        self.unread: dict[str, list[str]] = defaultdict(list)
        self.unnamed: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.others: Counter[str] = Counter()
        self._opened: Counter[str] = Counter()
        self._pictures: Counter[str] = Counter()

    def add(self, path: str, extension: str) -> None:
        """Note a file whose extension (".heic", small letters) is not that of a picture."""
        if os.path.basename(path).lower() in JUNK:  # noqa: PTH119  (text is quicker)
            return
        ending = _ENDING.sub(r"\1", extension)  # ".jpg?itok=x" is a ".jpg" of sorts
        if ending in _UNREAD:
            self.unread[ending].append(path)
            return
        kind = None if ending in _OTHERS else self._kind(path, ending)
        if kind == "HEIC":
            self.unread[".heic"].append(path)
        elif kind is not None:
            self.unnamed[kind, "another extension" if extension else "no extension"].append(path)
        else:
            self.others[extension or "no extension"] += 1

    def _kind(self, path: str, ending: str) -> str | None:
        if self._opened[ending] >= _ENOUGH and not self._pictures[ending]:
            return None
        self._opened[ending] += 1
        kind = kind_of_picture(path)
        self._pictures[ending] += kind is not None
        return kind

    def lost(self) -> int:
        """How many of the files are pictures."""
        return sum(len(paths) for group in (self.unread, self.unnamed) for paths in group.values())

    def lines(self, root: Path) -> list[str]:
        """One line for each kind of lost picture: how many, an example, and what to do."""
        found = []
        for ending, paths in sorted(self.unread.items()):
            found.append(
                f"{_files(paths, ending)}, such as {_example(paths, root)}: {_UNREAD[ending]} are not read "
                "here. Save them as JPEG."
            )
        for (kind, name), paths in sorted(self.unnamed.items()):
            end = {"JPEG": ".jpg", "TIFF": ".tif"}.get(kind, f".{kind.lower()}")
            found.append(
                f"{_files(paths)} with {name}, such as {_example(paths, root)}, though {kind} by content. "
                f"Rename them so that they end in {end}."
            )
        return found

    def warn(self, root: Path, found: int) -> None:
        """Give one UserWarning when pictures are lost. found: how many pictures the search gives."""
        if lost := self.lost():
            listed = "".join(f"\n  {line}" for line in self.lines(root))
            picture = "picture is" if lost == 1 else "pictures are"
            warnings.warn(
                f"get_image_files: {lost} {picture} passed over in '{root}', {found} found:{listed}",
                UserWarning,
                stacklevel=3,
            )


def kind_of_picture(path: str | os.PathLike) -> str | None:
    """ "JPEG", "PNG", … by the first bytes of a file; None for anything else and for what cannot be read."""
    try:
        if not os.path.isfile(path):  # noqa: PTH113  a pipe would be waited for
            return None
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            head = file.read(16)
    except OSError:
        return None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) == 16:
        return "BMP"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "AVIF" if brand[:3] == b"avi" else "HEIC" if brand in (b"heic", b"heix", b"mif1") else None
    return next((kind for beginning, kind in _BEGINNINGS if head.startswith(beginning)), None)


def warn_empty_classes(paths: Iterable[Path]) -> None:
    """Name folders beside those of the classes that hold no picture which is read, in one UserWarning.

    paths: the pictures of the dataset, each in the folder of its class. A folder counts as empty when it has
    no subfolder and no file but what `get_image_files` takes no notice of or names as not read.
    """
    classes = {path.parent for path in paths}
    empty = set()
    for folder in {path.parent for path in classes}:
        try:
            beside = [path for path in folder.iterdir() if path.is_dir()]
            empty |= {path.name for path in beside if path not in classes and _is_empty(path)}
        except OSError:
            continue
    if empty:
        names = ", ".join(map(repr, sorted(empty)[:10])) + (", ..." if len(empty) > 10 else "")
        what, them = ("folder has", "it") if len(empty) == 1 else ("folders have", "them")
        warnings.warn(
            f"dataloaders: {len(empty)} {what} no picture and so no class: {names}. Add pictures, or remove "
            f"{them}.",
            UserWarning,
            stacklevel=3,
        )


def _is_empty(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name.lower() in JUNK_FOLDERS | SPLITS:
        return False
    names = [path.name.lower() for path in folder.iterdir()]
    return all(name.startswith(".") or name in JUNK or Path(name).suffix in _UNREAD for name in names)


def _files(paths: list[str], ending: str = "") -> str:
    return f"{len(paths)}{' ' if ending else ''}{ending} file{'' if len(paths) == 1 else 's'}"


def _example(paths: list[str], root: Path) -> str:
    path = Path(min(paths))
    return repr((path.relative_to(root) if path.is_relative_to(root) else path).as_posix())

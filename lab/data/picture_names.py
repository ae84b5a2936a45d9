"""From an id in a table to the picture's file: with or without its extension, in small letters or capitals.

What cannot be found gets advice that works: the folder is searched for what the id may have meant.
"""

import difflib
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lab.data.files import PICTURE_EXTENSIONS, has_picture_ending

_SEARCHED = 20_000  # names that are looked through for a picture that is not where the table says
_TRIED = 1_000  # missing ids that are looked into


@dataclass(frozen=True)
class Spelling:
    """How a caller spells the arguments of the reader, for messages that name them."""

    caller: str = "read_labels"
    suff: str = "suff"
    id_column: str = "id_column"
    label_column: str = "label_column"


class PictureNames:
    """Finds the pictures of a folder by their ids.

    root, folder: the pictures are in root/folder. suff: what the ids lack, such as ".jpg", or several of
    these. An id that has an extension already, one that differs in the case of the extension or in the
    Unicode form, and `\\` between folders are understood.
    """

    def __init__(self, root: Path, folder: str | os.PathLike = "", suff: str | Sequence[str] = "") -> None:
        self.root, self.folder = root, folder
        self.base = root / folder
        self.suffixes = (suff,) if isinstance(suff, str) else tuple(suff)
        self._useful: set[str] = set()  # the suffixes by which some picture was found
        self._listed: dict[tuple[Path, Callable[[str], str]], dict[str, list[str]]] = {}

    def find(self, name: str) -> Path | None:
        """The picture's file; None where there is none, or several."""
        base = str(self.base)
        for spelt in self._spellings(name):
            if os.path.isfile(os.path.join(base, spelt)):  # noqa: PTH113, PTH118 (100,000: text is quicker)
                self._note(name, spelt)
                return self.base / spelt
        for spelt in self._spellings(name):
            path = self.base / spelt
            near = self._listing(path.parent, _key).get(_key(path.name), ())
            if len(near) == 1:
                self._note(name, spelt)
                return path.with_name(near[0])
        return None

    def _note(self, name: str, spelt: str) -> None:
        self._useful.update(s for s in self.suffixes if s and spelt == f"{name}{s}")

    def has(self, name: str) -> bool:
        """Whether there is a picture with this id."""
        return self.find(name) is not None

    def shown(self, name: str) -> str:
        """What was looked for, in messages: the id with the suffix that it lacks."""
        spellings = list(self._spellings(name))  # the last is the id alone, where it has its extension
        return spellings[-1] if has_picture_ending(name) else spellings[0]

    def _spellings(self, name: str) -> Iterator[str]:
        names = [name, name.replace("\\", "/")] if "\\" in name else [name]
        if re.fullmatch(r"\d+\.0", name):  # pandas writes whole numbers so beside an empty cell
            names.append(name[:-2])
        for each in names:
            for suffix in self.suffixes:
                yield f"{each}{suffix}"
            # only a bare extension may be there already: in "_small.jpg" another picture was meant
            if has_picture_ending(each) and all(s.lower() in PICTURE_EXTENSIONS for s in self.suffixes if s):
                yield each

    def _listing(self, folder: Path, key: Callable[[str], str]) -> dict[str, list[str]]:
        """Key -> names, of what is in a folder."""
        if (folder, key) not in self._listed:
            found: dict[str, list[str]] = {}
            if folder.is_dir():
                for name in sorted(os.listdir(folder)):  # noqa: PTH208
                    found.setdefault(key(name), []).append(name)
            self._listed[folder, key] = found
        return self._listed[folder, key]

    # -- advice --

    def advice(self, missing: Sequence[str], spelling: Spelling, source: str) -> str:
        """What is wrong with ids that have no picture, in a sentence. source: "table" or "DataFrame"."""
        if "://" in missing[0]:
            return f"{missing[0]!r} is an address: download the pictures first, and name the files."
        if not self.base.is_dir():
            return self._about_folder(missing, spelling)
        tried = missing[:_TRIED]
        near = [(name, self._names_like(name)) for name in tried]
        endings = Counter(e.lower() for name, names in near for n in names if (e := _rest(n, name)))
        if endings:
            return f"Pass {spelling.suff}={self._with(endings)}."
        for name in tried[:20]:
            if padded := lost_zeros(self.base / self.shown(name)):
                return zeros_sentence(name, padded, source)
        for name, names in near:
            if names:
                return (
                    f"The folder has {names[0]!r} where the {source} says {self.shown(name)!r}: correct the "
                    f"{source}."
                )
        return self._about_folder(missing, spelling)

    def _names_like(self, name: str) -> list[str]:
        """Pictures in the folder with the id as their name, whatever the extension and the capitals."""
        path = self.base / name.replace("\\", "/")
        listed = self._listing(path.parent, _stem)
        stems = {path.name.casefold(), _stem(path.name) if has_picture_ending(path.name) else ""}
        return [found for stem in stems for found in listed.get(stem, ()) if has_picture_ending(found)]

    def _with(self, endings: Counter[str]) -> str:
        """The suffixes that would find these too, as they are written in code."""
        kept = [suffix for suffix in self.suffixes if suffix in self._useful]
        wanted = list(dict.fromkeys([*kept, *(ending for ending, _ in endings.most_common())]))
        return repr(wanted[0]) if len(wanted) == 1 else repr(tuple(wanted))

    def _about_folder(self, missing: Sequence[str], spelling: Spelling) -> str:
        """Where the first of the pictures is, when it is elsewhere below the root."""
        name = missing[0].replace("\\", "/")
        there = f"There is no folder '{self.base}'. " if not self.base.is_dir() else ""
        for path in islice(_files_below(self.root), _SEARCHED):
            inside = path.relative_to(self.root).as_posix()
            for wanted in dict.fromkeys((self.shown(missing[0]), name)):
                ending = "" if inside.endswith(wanted) else path.suffix
                stem = inside.removesuffix(ending)
                place = stem.removesuffix(wanted)
                if place == stem or not (place == "" or place.endswith("/")) or not has_picture_ending(path):
                    continue
                suff = f", {spelling.suff}={ending.lower()!r}" if ending else ""
                return f"{there}Pass folder={place.rstrip('/')!r}{suff}."
        if there:
            siblings = [p.name for p in self.base.parent.glob("*") if p.is_dir()]
            close = difflib.get_close_matches(self.base.name, siblings, n=1)
            return f"{there}Did you mean {close[0]!r}?" if close else f"{there}Check folder=."
        listed = self._listing(self.base, _key).values()
        held = sorted(name for names in listed for name in names if has_picture_ending(name))
        seen = (
            f" The folder holds {', '.join(map(repr, held[:3]))}{', ...' * (len(held) > 3)}." if held else ""
        )
        return f"Check folder= and {spelling.suff}=.{seen}"


def lost_zeros(path: Path) -> str | None:
    """The name of the picture that this path means with zeros before it: 7.jpg -> '007.jpg'."""
    if not path.stem.isdecimal() or not path.parent.is_dir():
        return None
    number, ending = path.stem.lstrip("0"), path.suffix.lower()
    for name in os.listdir(path.parent):  # noqa: PTH208
        stem, extension = Path(name).stem, Path(name).suffix
        same = extension.lower() == ending or not ending
        if stem != path.stem and stem.startswith("0") and stem.lstrip("0") == number and same:
            return name if stem.isdecimal() and has_picture_ending(name) else None
    return None


def zeros_sentence(name: str, padded: str, source: str) -> str:
    """What happened to ids without their leading zeros, and what to do."""
    how = (
        "a spreadsheet does that to numbers: write them as text there"
        if source == "table"
        else "pandas does that to numbers: read the table with pandas.read_csv(file, dtype=str), or let "
        "ImageDataLoaders.from_csv read it"
    )
    return f"The ids have lost their leading zeros ({name!r} is {padded!r}); {how}."


def _rest(found: str, name: str) -> str:
    """What a file's name has after the id, when that is an extension."""
    stem, ending = Path(found).stem, Path(found).suffix
    return ending if _key(stem) == _key(Path(name.replace("\\", "/")).name) else ""


def _key(name: str) -> str:
    """What two spellings of one name share: its extension in small letters, accents composed."""
    stem, dot, ending = unicodedata.normalize("NFC", name).rpartition(".")
    return f"{stem}{dot}{ending.lower()}" if dot and stem else f"{stem}{dot}{ending}"


def _stem(name: str) -> str:
    """A name without its extension, in any capitals."""
    return os.path.splitext(unicodedata.normalize("NFC", name))[0].casefold()  # noqa: PTH122


def _files_below(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names))

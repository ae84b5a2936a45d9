"""The course copied into a folder of the student's own, and brought up to date there; nothing is lost."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.course.folder import REPOSITORY, copy_target, course_folder
from lab.data.home import atomic_write
from lab.wording import count_text

MANIFEST = ".pawlab-notebooks.json"  # what was copied, so that a file that was changed since is known
PARTS = ("*.ipynb", "*.md", "images/*")
_LINK = re.compile(r"(\]\(|(?:href|src)=\\?\")\.\./")


def copy_course(
    target: str | Path, source: Path | None = None, read: Callable[[Path], bytes] = Path.read_bytes
) -> list[str]:
    """Copy the notebooks, their index and its images to a folder. Returns a sentence for all that was done.

    A file that was changed there is never touched: where the course's has changed too, it is put beside it
    as `name.new.ipynb`. source: the course's folder, by default the installed one. read: gives what a file of
    it is to hold. Links to the lab's code lead to its repository. Raises ValueError for the course's own
    folder, NotADirectoryError for a file, and whatever `read` raises, before anything is written.
    """
    source = source or course_folder()
    target = copy_target(target, source)
    copied = _read_manifest(target)
    done: dict[str, list[str]] = {"new": [], "updated": [], "kept": [], "beside": []}
    for name, data in list(_files(source, read)):
        before, now = copied.get(name), _digest(data)
        there = _digest((target / name).read_bytes()) if (target / name).is_file() else None
        if there == now:
            pass
        elif there is None or there == before:
            _write(target / name, data)
            done["new" if there is None else "updated"].append(name)
        elif before == now:
            done["kept"].append(name)
        else:
            done["beside"].append(_put_beside(target, name, data, copied))
        copied[name] = now
    _write(target / MANIFEST, json.dumps(copied, indent=1, sort_keys=True).encode())
    return list(_told(done, target))


def _files(source: Path, read: Callable[[Path], bytes]) -> Iterator[tuple[str, bytes]]:
    for pattern in PARTS:
        for path in sorted(source.glob(pattern)):
            if path.is_file():
                data = read(path)
                if path.suffix in (".ipynb", ".md"):
                    # Above the copy there is no lab: what leads there leads to the repository.
                    data = _LINK.sub(rf"\g<1>{REPOSITORY}/", data.decode("utf-8")).encode()
                yield path.relative_to(source).as_posix(), data


def _put_beside(target: Path, name: str, data: bytes, copied: dict[str, str]) -> str:
    """Write the course's file beside the changed one, under a name that is free or was given by us."""
    stem, _, suffix = name.rpartition(".")
    number = 1
    while True:
        other = f"{stem}.new{number if number > 1 else ''}.{suffix}"
        there = target / other
        if not there.exists() or _digest(there.read_bytes()) in (copied.get(other), _digest(data)):
            _write(there, data)
            copied[other] = _digest(data)
            return other
        number += 1


def _told(done: dict[str, list[str]], target: Path) -> Iterator[str]:
    if not any(done.values()):
        yield f"'{target}' is up to date."
    if done["new"]:
        yield f"{_count(done['new'])} copied to '{target}'."
    if done["updated"]:
        yield f"{_count(done['updated'])} brought up to date: {', '.join(done['updated'])}."
    if done["kept"]:
        yield f"{_count(done['kept'])} left as you changed it: {', '.join(done['kept'])}."
    if done["beside"]:
        yield (
            "You and the course have both changed something. Yours is untouched; the course's is beside it: "
            f"{', '.join(done['beside'])}."
        )


def _count(names: list[str]) -> str:
    return count_text(len(names), "file")


def _read_manifest(target: Path) -> dict[str, str]:
    try:
        found = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # the first time, or somebody wrote into it: then all files count as changed
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _write(path: Path, data: bytes) -> None:
    with atomic_write(path) as temporary:
        temporary.write_bytes(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

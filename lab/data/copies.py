"""Smaller copies of pictures on disk, made once (2018 lesson: `data.resize(340, 'tmp')`).

Photos are often far larger than a model looks at, and opening them is then the slowest step; copies a little
larger than the model's size serve every size that one tries. A copy is used again only while its source is
the same file: beside the copies lies a list of what each was made of.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.data.cache import file_signature
from lab.data.home import atomic_write
from lab.data.machine import in_threads
from lab.data.pictures import open_picture, picture_size
from lab.data.resize import Resize
from lab.progress import Progress

LIST = "copies.json"
QUALITY = 95  # of a JPEG


def check_copies(size: int, sources: Sequence[Any], resize: Resize | None) -> None:
    """ValueError unless copies of `size` pixels serve what `resize` makes of these pictures."""
    if resize is not None and size < max(resize.size):
        raise BadValue(
            f"resized: copies of {size} pixels are smaller than the {max(resize.size)} that the model "
            f"gets. Make them {max(resize.size)} or more."
        )
    if not all(isinstance(source, Path) for source in sources):
        raise BadValue("resized: these pictures are in memory, not in files, so no copies are needed.")


def make_copies(sources: Sequence[Path], root: Path, folder: Path, size: int, threads: int = 0) -> list[Path]:
    """Copies of the pictures whose shorter side is `size` pixels, in the order of the sources.

    They lie in `folder`, each at its source's place within `root`. A source that is no larger is copied as it
    is. Only what is missing, or whose source has changed since, is written, with progress. What was
    written stays valid when the work is interrupted. Raises BrokenPicture for a source that cannot be read,
    OSError when a copy cannot be written.
    """
    facts = file_signature(sources)
    targets = [folder / _place(source, root) for source in sources]
    names = [target.relative_to(folder).as_posix() for target in targets]

    def copy(i: int) -> int:
        _write_copy(sources[i], targets[i], resize)
        return i

    resize = Resize(size)
    try:
        made = _read_list(folder / LIST)
        stale = [i for i, name in enumerate(names) if made.get(name) != facts[i] or not targets[i].is_file()]
        if stale:
            try:
                with Progress(len(stale), f"copies of {size} pixels") as progress:
                    for i in in_threads(copy, stale, threads):
                        made[names[i]] = facts[i]
                        progress.update()
            finally:  # also when it is interrupted
                with atomic_write(folder / LIST) as temporary:
                    temporary.write_text(json.dumps(made, indent=0, sort_keys=True), encoding="utf-8")
    except OSError as problem:
        raise OSError(
            problem.errno,
            f"resized: the copies cannot be written in '{folder}' ({problem.strerror or problem}). Those "
            "that are finished stay. Make room, or give the full path of another folder",
        ) from problem
    return targets


def _place(source: Path, root: Path) -> Path:
    """Where the copy lies within the folder; a source from outside `root` gets a folder of its own."""
    absolute, root = (Path(os.path.abspath(path)) for path in (source, root))  # noqa: PTH100 follows no links
    if absolute.is_relative_to(root):
        return absolute.relative_to(root)
    digest = hashlib.sha256(str(absolute.parent).encode()).hexdigest()[:12]
    return Path(f"outside-{digest}", absolute.name)


def _read_list(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}  # there is none, or it is damaged: the copies are made again
    return found if isinstance(found, dict) else {}


def _write_copy(source: Path, target: Path, resize: Resize) -> None:
    small = min(picture_size(source)) <= min(resize.size)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        if small:
            part.write_bytes(source.read_bytes())
        else:
            picture = resize(open_picture(source, smallest=max(resize.size)))
            kind = "PNG" if target.suffix.lower() == ".png" else "JPEG"
            picture.save(part, kind, **({} if kind == "PNG" else {"quality": QUALITY}))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

"""Copies of pictures on disk: smaller ones, made once (2018 lesson: `data.resize(340, 'tmp')`), and a dataset
in class folders, with the labels that its loaders have.

Photos are often far larger than a model looks at, and opening them is then the slowest step; copies a little
larger than the model's size serve every size that one tries. A copy is used again only while its source is
the same file: beside the copies lies a list of what each was made of.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.core.errors import BadValue
from lab.data.cache import file_signature
from lab.data.home import atomic_folder, atomic_write
from lab.data.machine import in_threads
from lab.data.pictures import open_picture, picture_size
from lab.data.resize import Resize
from lab.progress import Progress

if TYPE_CHECKING:
    from lab.data.loaders import DataLoaders

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
        _write_small(sources[i], targets[i], resize)
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


def write_copy(dls: "DataLoaders", folder: Path) -> Path:
    """See `DataLoaders.write_copy`. The folder appears when it is complete."""
    parts = {"train": dls.train, "valid": dls.valid}
    for label in dls.vocab:
        _check_name(str(label))
    if any(None in loader.paths for loader in parts.values()):
        raise BadValue("write_copy: some of these pictures are in memory, not in files. Save them first.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"write_copy: '{folder}' holds something already. Name a new folder.")
    taken: set[str] = set()
    total = sum(loader.n for loader in parts.values())
    with atomic_folder(folder) as new, Progress(total, "copying") as progress:
        for split, loader in parts.items():
            for label in loader.vocab:
                (new / split / str(label)).mkdir(parents=True)
            for path, target in zip(loader.paths, loader.pictures.labels.tolist(), strict=True):
                shutil.copy2(path, _free(new / split / str(loader.vocab[target]) / path.name, taken))
                progress.update()
    return folder


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


def _write_small(source: Path, target: Path, resize: Resize) -> None:
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


def _free(path: Path, taken: set[str]) -> Path:
    """The path, or the first of `name_2`, `name_3` ... that no picture has."""
    number, free = 1, path
    while str(free).casefold() in taken:  # `A.jpg` and `a.jpg` are one file on some systems
        number += 1
        free = path.with_name(f"{path.stem}_{number}{path.suffix}")
    taken.add(str(free).casefold())
    return free


def _check_name(label: str) -> None:
    faults = {
        "it would leave the folder": any(mark in label for mark in ("/", "\\", os.sep))
        or label in (".", ".."),
        "it would be hidden": label.startswith("."),
        "a name has no such character": "\0" in label,
        "blanks at its ends are lost on some systems": label != label.strip(),
    }
    if fault := next((fault for fault, so in faults.items() if so), None):
        raise BadValue(f"write_copy: the label {label!r} cannot name a folder: {fault}.")

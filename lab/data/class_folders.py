"""A copy of a dataset in class folders, with the labels that its loaders have."""

import os
import shutil
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from lab.core.errors import BadValue
from lab.data.home import atomic_folder
from lab.progress import Progress

if TYPE_CHECKING:
    from lab.data.loaders import DataLoaders


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


def _free(path: Path, taken: set[str]) -> Path:
    """The path, or the first of `name_2`, `name_3` ... that no picture has."""
    for number in count(1):
        name = path if number == 1 else path.with_name(f"{path.stem}_{number}{path.suffix}")
        if str(name).casefold() not in taken:  # `A.jpg` and `a.jpg` are one file on some systems
            taken.add(str(name).casefold())
            return name
    raise AssertionError  # count does not end


def _check_name(label: str) -> None:
    faults = {
        "it would leave the folder": any(mark in label for mark in ("/", "\\", os.sep))
        or label in (".", ".."),
        "it would be hidden": label.startswith("."),
        "a name has no such character": "\0" in label,
        "blanks at its ends are lost on some systems": label != label.strip(),
    }
    for fault in (fault for fault, so in faults.items() if so):
        raise BadValue(f"write_copy: the label {label!r} cannot name a folder: {fault}.")

"""Copies among the pictures: one picture under two names, in both splits or with two labels.

A copy in the validation set was trained on, so it says nothing; two labels of one picture cannot both be
right. Copies are found by their bytes, cheaply: by the size of the file, then by 8 kB of it, and only what is
equal so far is read whole.
"""

import hashlib
import os
import warnings
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

from lab.data.files import short_paths

_SAMPLE = 4096  # bytes from the middle and from the end
_SHOWN = 3


def warn_copies(sources: Sequence[Any], labels: Sequence[str], is_valid: Sequence[bool]) -> None:
    """Give one UserWarning that counts and names copies in both splits and copies with different labels.

    sources: the pictures; only those that are files (Path) are compared. labels, is_valid: of each.
    """
    files = [i for i, source in enumerate(sources) if isinstance(source, Path)]
    across, contrary = [], []
    for group in copies([sources[i] for i in files]):
        group = [files[place] for place in group]
        if len({is_valid[i] for i in group}) > 1:
            across.append(group)
        if len({labels[i] for i in group}) > 1:
            contrary.append(group)
    if not across and not contrary:
        return
    parts = []
    if across:
        count = sum(is_valid[i] for group in across for i in group)
        verb = "is a copy of a training picture" if count == 1 else "are copies of training pictures"
        examples = _named(across, sources, lambda i: "validation" if is_valid[i] else "training")
        parts.append(
            f"{count} of {sum(is_valid)} validation pictures {verb}, so the metrics "
            f"look better than they are: {examples}."
        )
    if contrary:
        verb = "picture has" if len(contrary) == 1 else "pictures have"
        parts.append(
            f"{len(contrary)} {verb} more than one label: {_named(contrary, sources, lambda i: labels[i])}."
        )
    warnings.warn(
        f"dataloaders: {' '.join(parts)} These files are equal byte by byte: remove the copies, or pass a "
        "splitter that keeps them together.",
        UserWarning,
        stacklevel=3,
    )


def copies(paths: Sequence[Path]) -> list[list[int]]:
    """Groups of at least two positions whose files hold the same bytes, each in ascending order.

    Files that cannot be read, and empty ones, are in no group.
    """
    groups = [list(range(len(paths)))]
    for key in (_size, _sample, _digest):
        groups = [part for group in groups for part in _parts(group, paths, key)]
    return groups


def _parts(group: Iterable[int], paths: Sequence[Path], key: Callable[[Path], Hashable]) -> list[list[int]]:
    """The group divided by `key`, without what is then alone."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for i in group:
        try:
            found[key(paths[i])].append(i)
        except OSError:
            continue
    return [part for value, part in found.items() if value and len(part) > 1]


def _size(path: Path) -> int:
    return os.stat(path).st_size  # noqa: PTH116  (10,000 of them: the plain call is quicker)


def _sample(path: Path) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        size = os.fstat(file.fileno()).st_size
        file.seek(max(size // 2 - _SAMPLE // 2, 0))
        middle = file.read(_SAMPLE)
        file.seek(max(size - _SAMPLE, 0))
        return middle + file.read(_SAMPLE)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _named(groups: list[list[int]], sources: Sequence[Any], role: Callable[[int], str]) -> str:
    """`'a/1.jpg' (training) and 'a/2.jpg' (validation)` of the first groups, one of each role."""
    shown = [list({role(i): i for i in reversed(group)}.values())[::-1] for group in groups[:_SHOWN]]
    names = short_paths([sources[i] for group in shown for i in group])
    named = iter(names)
    text = "; ".join(" and ".join(f"{next(named)!r} ({role(i)})" for i in group) for group in shown)
    return text + (f"; and {len(groups) - _SHOWN} more" if len(groups) > _SHOWN else "")

"""Whether the first line of a table is its heading, or a picture that would be lost.

A file that is there, or a name that ends as pictures do above others of the kind, is no heading.
"""

from collections.abc import Callable, Sequence
from typing import Any

from lab.core.errors import BadValue
from lab.data.files import PICTURE_EXTENSIONS

# fmt: off
_USUAL = frozenset({
    "id", "ids", "idx", "index", "image", "images", "img", "image_id", "imageid", "image_name", "imagename",
    "file", "files", "filename", "filenames", "file_name", "fname", "fn", "name", "names", "path", "paths",
    "filepath", "file_path", "image_path", "picture", "pictures", "photo", "photos", "key", "x",
})
# fmt: on


def has_picture_ending(name: Any) -> bool:
    """Whether a name ends in the extension of a picture, in small letters or capitals."""
    stem, dot, ending = str(name).rpartition(".")
    return bool(stem) and f"{dot}{ending.strip().lower()}" in PICTURE_EXTENSIONS


def is_data(
    first: Sequence[str],
    others: Sequence[Sequence[str]],
    at_id: int,
    at_label: int | None = None,
    is_there: Callable[[str], bool] = lambda name: False,
) -> bool:
    """Whether the first line of a table is a row like the `others`, and not the names of the columns.

    at_id, at_label: the columns. is_there: whether a picture of that id exists.
    """
    if at_id >= len(first) or not first[at_id] or first[at_id].lower() in _USUAL:
        return False
    name, ids = first[at_id], [row[at_id] for row in others if at_id < len(row)]
    numbered = list(first) == [str(i) for i in range(len(first))]  # as pandas names columns without names
    if numbered and name in ids:
        return False
    if at_label is not None and at_label < len(first):
        labels = {row[at_label] for row in others if at_label < len(row)} - {""}
        if first[at_label] in labels:
            return True
    alike = has_picture_ending if has_picture_ending(name) else str.isdecimal if name.isdecimal() else None
    if alike is not None and 2 * sum(map(alike, ids)) > len(ids):
        return True
    return is_there(name)


def check_frame_heading(frame: Any, asked_by: str) -> None:
    """Raise ValueError when pandas took the first picture of a table without heading for the names."""
    for place, name in enumerate(frame.columns):
        if not (isinstance(name, str) and has_picture_ending(name)):
            continue
        cells = frame.iloc[:, place].head(1000)
        if 2 * sum(has_picture_ending(cell) for cell in cells) > len(cells):
            raise BadValue(
                f"{asked_by}: the column {name!r} of the DataFrame is named like the pictures in it: the "
                "table has no heading, and its first row was taken for one. Read it with "
                "pandas.read_csv(file, header=None)."
            )

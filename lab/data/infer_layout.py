"""Which layout a folder of pictures has, so that nobody needs to describe a common one.

Only names are looked at: a table of labels, train and valid folders, names that end in a number, class
folders. They are tried in this order, and what is found is told in words; otherwise an error shows the four.
The lessons use all of them: pets, dogs and cats, dog breeds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from lab.core.errors import BadValue
from lab.data.files import check_folder, get_image_files
from lab.data.splits import IndexSplitter, RandomSplitter
from lab.data.tables import LabelTable, read_tables, unreadable_tables

TRAIN = ("train", "training")
VALID = ("valid", "val", "validation", "test", "testing")
NOT_CLASSES = (*TRAIN, *VALID, "images", "annotations", "masks", "labels")
PATTERN = r"^(.+?)(?:[ _.-]\d+| ?\(\d+\))\.[^.]+$"
_CAMERA = re.compile(
    r"(img|dsc[nf]?|pxl|mvi|vid|photo|picture|image|screenshot|whatsapp image)[\W\d_]*( at .*)?$",
    re.IGNORECASE,
)
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")

LAYOUTS = """\
These layouts can be read:

  class folders              train and valid folders
    photos/cat/a.jpg           photos/train/cat/a.jpg
    photos/cat/b.jpg           photos/train/dog/b.jpg
    photos/dog/c.jpg           photos/valid/cat/c.jpg
    photos/dog/d.jpg           photos/valid/dog/d.jpg

  names with a number        a table
    photos/cat_1.jpg           photos/labels.csv       file,label
    photos/cat_2.jpg           photos/train/a.jpg      a.jpg,cat
    photos/dog_1.jpg           photos/train/b.jpg      b.jpg,dog
    photos/dog_2.jpg"""


@dataclass(frozen=True)
class Layout:
    """A folder of pictures that was understood.

    kind: "train/valid folders", "class folders", "names with a pattern" or "csv". description: what was
    found, in words. folder: where. files and labels: the labelled pictures, one label each. valid: the
    indices of those that the layout keeps for validation; None where it does not say.
    """

    kind: str
    description: str
    folder: Path
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    valid: tuple[int, ...] | None = None

    def dataloaders(
        self,
        item_tfms: Any = None,
        batch_tfms: Any = None,
        bs: int = 64,
        seed: int | None = 42,
        valid_pct: float = 0.2,
    ):
        """`DataLoaders` of these pictures; valid_pct and seed make the split where the layout has none."""
        from lab.data.block import DataBlock

        label_of = dict(zip(self.files, self.labels, strict=True))
        splitter = RandomSplitter(valid_pct, seed) if self.valid is None else IndexSplitter(self.valid)
        block = DataBlock(
            get_items=lambda source: list(self.files),
            get_y=label_of.__getitem__,
            splitter=splitter,
            item_tfms=item_tfms,
            batch_tfms=batch_tfms,
        )
        return block.dataloaders(self.folder, bs=bs, seed=seed)


def infer_layout(folder: str | Path) -> Layout:
    """The layout of the pictures in `folder`.

    Raises FileNotFoundError or NotADirectoryError when there is no such folder; ValueError, which says what
    was seen and shows the layouts that can be read, when none of them fits.
    """
    folder = Path(folder)
    if folder.is_file() and folder.suffix.lower() in _ARCHIVES:
        raise BadValue(
            f"infer_layout: '{folder.name}' is an archive. Unpack it and pass the resulting folder."
        )
    check_folder(folder, "infer_layout")
    try:
        pictures = list(get_image_files(folder))
    except BadValue as problem:
        raise BadValue(f"{problem}\n\n{LAYOUTS}") from problem
    found = _look(folder, pictures)
    if found is None:
        raise BadValue("\n\n".join([_seen(folder, pictures), *unreadable_tables(folder), LAYOUTS]))
    return found


def _look(folder: Path, pictures: list[Path]) -> Layout | None:
    """Try the rules on `folder`, then on the only folder inside it that holds pictures."""
    for rule in (_by_table, _by_split_folders, _by_names, _by_class_folders):
        if found := rule(folder, pictures):
            return found
    inside = _by_first_folder(folder, pictures)
    aside = ("test", "testing", "annotations", "masks")
    places = [name for name in inside if name and name.lower() not in aside]
    if len(places) != 1:
        return None
    return _look(folder / places[0], inside[places[0]])


def _by_table(folder: Path, pictures: list[Path]) -> Layout | None:
    """A CSV file with one column of file names and one of labels."""
    table = read_tables(folder, pictures)
    if table is None:
        return None
    marked = table.valid or ()
    valid = tuple(i for i, path in enumerate(table.label_of) if path in marked)
    if not 0 < len(valid) < len(table.label_of):  # the pictures of one side are not there: split at random
        valid = None
    return _layout("csv", folder, table.label_of, _about_table(table, len(pictures)), valid)


def _about_table(table: LabelTable, n_pictures: int) -> str:
    text = (
        f"; the table {table.name} says which: the file in its column {table.file_column!r}, "
        f"the label in {table.label_column!r}"
    )
    if table.split_column is not None:
        text += f", the validation pictures in {table.split_column!r}"
    if table.missing:
        text += f". {table.missing} of its rows name no picture that is here"
    if table.unlabelled:
        text += f". {table.unlabelled} of its rows have no label"
    if table.repeated:
        text += _left_out(table.repeated, "the table gives several labels")
    return text + _left_out(n_pictures - len(table.label_of) - table.repeated, "not in the table")


def _by_split_folders(folder: Path, pictures: list[Path]) -> Layout | None:
    """train and valid (or val, validation, test) folders that both hold class folders."""
    inside = _by_first_folder(folder, pictures)
    by_lower = {name.lower(): name for name in inside}
    train = next((by_lower[name] for name in TRAIN if name in by_lower), None)
    classed = {name: _in_class_folders(folder / name, found) for name, found in inside.items()}
    valid = next((by_lower[n] for n in VALID if n in by_lower and classed[by_lower[n]]), None)
    if train is None or valid is None or not classed[train]:
        return None
    labelled = {**classed[train], **classed[valid]}
    first, n = len(classed[train]), len(labelled)
    about = (
        f" in class folders: {first:,} to train on in {train}/, {n - first:,} to validate on in {valid}/"
        f"{_left_out(len(pictures) - n, 'without a class folder there')}"
    )
    return _layout("train/valid folders", folder, labelled, about, tuple(range(first, n)))


def _by_names(folder: Path, pictures: list[Path]) -> Layout | None:
    """Pictures directly in the folder, named label_NUMBER; at least two labels, most with two pictures."""
    here = [path for path in pictures if path.parent == folder]
    matches = {path: re.match(PATTERN, path.name) for path in here}
    labelled = {path: match[1] for path, match in matches.items() if match and not _CAMERA.match(match[1])}
    counts = Counter(labelled.values())
    often = sum(1 for count in counts.values() if count > 1)
    if len(counts) < 2 or 2 * often <= len(counts) or 2 * len(labelled) <= len(pictures):
        return None
    about = (
        f": flat files whose name is the label and a number, such as {next(iter(labelled)).name!r}"
        f"{_left_out(len(pictures) - len(labelled), 'named otherwise')}"
    )
    return _layout("names with a pattern", folder, labelled, about)


def _by_class_folders(folder: Path, pictures: list[Path]) -> Layout | None:
    """At least two folders of pictures, each named by its class."""
    labelled = _in_class_folders(folder, pictures)
    if not labelled:
        return None
    left_out = _left_out(len(pictures) - len(labelled), "in no class folder")
    return _layout("class folders", folder, labelled, f": a folder for each class{left_out}")


def _in_class_folders(folder: Path, pictures: Sequence[Path]) -> dict[Path, str]:
    """Picture -> name of the class folder it is in; empty when there are not two class folders."""
    inside = _by_first_folder(folder, pictures)
    classes = [name for name in inside if name and name.lower() not in NOT_CLASSES]
    if len(classes) < 2:
        return {}
    return {path: name for name in classes for path in inside[name]}


def _by_first_folder(folder: Path, pictures: Sequence[Path]) -> dict[str, list[Path]]:
    """The pictures by the first folder on the way to them; "" for those directly in `folder`."""
    inside: dict[str, list[Path]] = defaultdict(list)
    for path in pictures:
        parts = PurePath(path).relative_to(folder).parts
        inside[parts[0] if len(parts) > 1 else ""].append(path)
    return dict(inside)


def _layout(
    kind: str, folder: Path, labelled: dict[Path, str], about: str, valid: tuple[int, ...] | None = None
) -> Layout:
    files, labels = tuple(labelled), tuple(labelled.values())
    description = f"{len(files):,} pictures of {len(set(labels))} classes{about}"
    return Layout(kind, description, folder, files, labels, valid)


def _left_out(count: int, why: str) -> str:
    return f". {count:,} more {'is' if count == 1 else 'are'} left out: {why}" if count else ""


def _seen(folder: Path, pictures: Sequence[Path]) -> str:
    inside = _by_first_folder(folder, pictures)
    names = ", ".join(repr(path.relative_to(folder).as_posix()) for path in pictures[:4])
    folders = ", ".join(repr(name) for name in [name for name in inside if name][:6]) or "none"
    more = ", ..." if len(pictures) > 4 else ""
    return (
        f"infer_layout: '{folder.name}' holds {len(pictures):,} pictures ({names}{more}), folders with "
        f"pictures: {folders}. Nothing says what they show: names such as IMG_0001.jpg are a camera's, and "
        "one class alone leaves nothing to tell apart. Sort them into one of the layouts below."
    )

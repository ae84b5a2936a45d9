"""The classes of a dataset: their names in order, and what is wrong with them before a model is trained.

Class number i is `vocab[i]`. Two labels that a person would read as one, a class with one picture, or a class
that only the validation set has are all named here, in words.
"""

import difflib
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from lab.data.files import brief


class Vocab(Sequence):
    """The distinct labels, sorted: an immutable sequence of str. `vocab.o2i` is the dict label -> class
    number.

    Equal to any Vocab, list or tuple with the same labels in the same order. Raises TypeError for a label
    that is not a str.
    """

    def __init__(self, labels: Iterable[str]):
        distinct = set(labels)
        for label in distinct:
            if not isinstance(label, str):
                raise TypeError(
                    f"Vocab: {label!r} is a {type(label).__name__}; labels are str. Pass str(label)."
                )
        self._labels = tuple(sorted(distinct))
        self.o2i = {label: index for index, label in enumerate(self._labels)}

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, which):
        return self._labels[which]

    def __contains__(self, label: object) -> bool:
        return label in self._labels

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Vocab, list, tuple)):
            return self._labels == tuple(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._labels)

    def __repr__(self) -> str:
        return brief(self._labels)

    def index(self, label: str, *bounds: Any) -> int:
        """The class number of `label`. Raises ValueError, with labels that come close."""
        if label in self.o2i:
            return self._labels.index(label, *bounds)
        close = difflib.get_close_matches(str(label), self._labels, n=3)
        hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"The labels are {self!r}."
        raise ValueError(f"vocab.index: there is no label {label!r}. {hint}")


def warn_lookalikes(labels: Iterable[str]) -> None:
    """Give one UserWarning that names all labels which differ only by case, spaces or Unicode form."""
    groups = defaultdict(set)
    for label in labels:
        groups[_folded(label)].add(label)
    alike = [sorted(group) for group in groups.values() if len(group) > 1]
    if alike:
        named = "; ".join(
            " and ".join(_shown(label, group) for label in group) for group in sorted(alike)[:10]
        )
        more = f"; and {len(alike) - 10} more such groups" if len(alike) > 10 else ""
        warnings.warn(
            "labels: these differ only by case, spaces or Unicode form, yet count as different classes: "
            f"{named}{more}. If they are one class, rename the files, or let get_y return one spelling.",
            UserWarning,
            stacklevel=2,
        )


def check_classes(train_labels: Sequence[str], valid_labels: Sequence[str]) -> None:
    """Say in words what would spoil the training with these labels, before it starts.

    Raises ValueError when the training labels have fewer than two classes. Gives a UserWarning for classes
    with a single picture in all, and one for classes that only the validation set has: no model can learn
    those.
    """
    train, valid = Counter(train_labels), Counter(valid_labels)
    if len(train) < 2:
        only = (
            ", ".join(f"{label!r} ({count} pictures)" for label, count in train.items())
            or "no picture at all"
        )
        raise ValueError(
            f"dataloaders: training needs at least two classes, found only {only}. "
            "Check get_y, and that get_items finds the pictures of every class."
        )
    single = [label for label, count in (train + valid).items() if count == 1]
    if single:
        warnings.warn(
            f"dataloaders: {_count(single)} with a single picture: {_some(single)}. "
            "It can be learnt from or be checked, never both. Add pictures, or leave it out in get_items.",
            UserWarning,
            stacklevel=2,
        )
    unseen = sorted(set(valid) - set(train))
    if unseen:
        pictures = sum(valid[label] for label in unseen)
        warnings.warn(
            f"dataloaders: {_count(unseen)} only in the validation set: {_some(unseen)} "
            f"({pictures} of {len(valid_labels)} validation pictures). The model never sees such a picture "
            "in training and will get them all wrong. Use another seed or splitter, or add pictures.",
            UserWarning,
            stacklevel=2,
        )


def _folded(label: str) -> str:
    """What is left of a label when case, spaces, invisible marks and Unicode form are levelled."""
    text = unicodedata.normalize("NFKC", label).casefold()
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(visible.split()))


def _shown(label: str, group: list[str]) -> str:
    """`repr`, or `ascii` where two labels of the group look the same even so (composed and decomposed
    accents)."""
    looks = [unicodedata.normalize("NFC", repr(other)) for other in group]
    return repr(label) if len(set(looks)) == len(group) else ascii(label)


def _count(labels: list[str]) -> str:
    return f"{len(labels)} class{'' if len(labels) == 1 else 'es'}"


def _some(labels: list[str]) -> str:
    return ", ".join(map(repr, sorted(labels)[:10])) + (", ..." if len(labels) > 10 else "")

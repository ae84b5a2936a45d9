"""The classes of a dataset: their names in order, and what is wrong with them before a model is trained.

Class number i is `vocab[i]`. Two labels that a person would read as one, a class with one picture, or a class
that only the validation set has are all named here, in words.
"""

import difflib
import re
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.data.files import brief
from lab.data.labels import label_text

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class TruthLabel(str):
    """The label 'True' or 'False' of a yes-or-no dataset: text, yet `if label:` means what it says.

    Plain 'False' would count as true, as every text that is not empty does. Equal to the text and to the
    bool. Lesson: `def is_cat(x): return x[0].isupper()`.
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return str.__eq__(self, "True")

    def __eq__(self, other: object) -> bool:
        return bool(self) is other if isinstance(other, bool) else str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return str.__hash__(self)

    def __str__(self) -> str:  # str(label) of a subclass would otherwise give plain text back
        return self


class Vocab(Sequence):
    """The distinct labels in order: an immutable sequence of str. `vocab.o2i`: label -> class number.

    The order is alphabetical, and that of the numbers where all labels are numbers: '2' before '10'.
    keep_order: the order of `labels` instead, which must then be distinct. Numbers and bools become text;
    where the labels are 'False' and 'True' alone, they are `TruthLabel`. Equal to any Vocab, list or tuple
    with the same labels in the same order. Raises TypeError for no list of labels, ValueError for doubles.
    """

    def __init__(self, labels: Iterable[Any], keep_order: bool = False):
        if isinstance(labels, (str, bytes, Mapping)) or not isinstance(labels, Iterable):
            raise BadType(
                f"Vocab: got a {type(labels).__name__}, {labels!r}. Pass a list of the labels, in the order "
                "of the model's outputs."
            )
        labels = labels if isinstance(labels, (set, frozenset)) else list(labels)
        texts = [_checked(label) for label in labels]
        if not keep_order or isinstance(labels, (set, frozenset)):
            texts = sorted_labels(set(texts))
        twice = [label for label, count in Counter(texts).items() if count > 1]
        if twice:
            raise BadValue(f"Vocab: got {_some(twice)} more than once. Give each label once.")
        if set(texts) == {"False", "True"}:
            texts = [TruthLabel(text) for text in texts]
        self._labels = tuple(texts)
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

    def index(self, label: Any, *bounds: Any) -> int:
        """The class number of `label`; of the label '7' for 7. ValueError, with labels that come close."""
        text = str(label)
        if text in self.o2i:
            return self._labels.index(text, *bounds)
        close = difflib.get_close_matches(text, self._labels, n=3)
        hint = f"Did you mean {' or '.join(map(repr, close))}?" if close else f"The labels are {self!r}."
        raise BadValue(f"vocab.index: there is no label {label!r}. {hint}")


def encode(labels: Sequence[str], vocab: Sequence[str]) -> Tensor:
    """The labels as indices into the vocab: (n,) int64. Raises ValueError for a label not in it."""
    unknown = sorted(set(labels) - set(vocab))
    if unknown:
        raise BadValue(
            f"dataloaders: {len(unknown)} labels are not in the vocab: {', '.join(map(repr, unknown[:5]))}. "
            f"It has {len(vocab)} classes, among them {', '.join(map(repr, vocab[:5]))}."
        )
    return torch.tensor([vocab.o2i[label] for label in labels], dtype=torch.int64)


def sorted_labels(labels: Iterable[str]) -> list[str]:
    """Alphabetically; in the order of the numbers where every label is one: '2' before '10'."""
    labels = list(labels)
    if all(_NUMBER.fullmatch(label) for label in labels):
        return sorted(labels, key=lambda label: (float(label), label))
    return sorted(labels)


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

    Raises ValueError when the training labels have fewer than two classes. Gives one UserWarning each for
    classes with a single picture in all, classes without a training picture (no model can learn those), and
    classes without a validation picture (nobody can tell whether it learnt those).
    """
    train, valid = Counter(train_labels), Counter(valid_labels)
    if len(train) < 2:
        only = ", ".join(f"{label!r} ({count} pictures)" for label, count in train.items())
        raise BadValue(
            f"dataloaders: training needs at least two classes, found only {only or 'no picture at all'}. "
            "Check get_y, and that get_items finds the pictures of every class."
        )
    single = [label for label, count in (train + valid).items() if count == 1]
    if single:
        _warn(
            f"dataloaders: {_count(single)} with a single picture: {_some(single)}. "
            "It can be learnt from or be checked, never both. Add pictures, or leave it out in get_items."
        )
    unseen = sorted_labels(set(valid) - set(train))
    if unseen:
        pictures = sum(valid[label] for label in unseen)
        _warn(
            f"dataloaders: {_count(unseen)} only in the validation set: {_some(unseen)} "
            f"({pictures} of {len(valid_labels)} validation pictures). The model never sees such a picture "
            "in training and will get them all wrong. Split with stratify=True, or add pictures."
        )
    unchecked = sorted_labels(set(train) - set(valid) - set(single))
    if unchecked:
        counts = ", ".join(f"{label!r} ({train[label]} training pictures)" for label in unchecked[:10])
        more = f" and {len(unchecked) - 10} more" if len(unchecked) > 10 else ""
        _warn(
            f"dataloaders: {_count(unchecked)} without a validation picture: {counts}{more}. "
            "No metric will say how well the model does there. Split with stratify=True "
            "(RandomSplitter, or ImageDataLoaders.from_folder and the like), or move some pictures of each "
            "to the validation set."
        )


def _warn(message: str) -> None:
    warnings.warn(message, UserWarning, stacklevel=4)


def _checked(label: Any) -> str:
    text = label_text(label)
    if text is None:
        raise BadType(
            f"Vocab: {label!r} is a {type(label).__name__}, not a label. Give each class a str or a number."
        )
    return text


def _folded(label: str) -> str:
    """What is left of a label when case, spaces, invisible marks and Unicode form are levelled."""
    text = unicodedata.normalize("NFKC", label).casefold()
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", " ".join(visible.split()))


def _shown(label: str, group: list[str]) -> str:
    """`repr`, or `ascii` where two labels of the group look the same even so (accents in two forms)."""
    looks = [unicodedata.normalize("NFC", repr(other)) for other in group]
    return repr(label) if len(set(looks)) == len(group) else ascii(label)


def _count(labels: list[str]) -> str:
    return f"{len(labels)} class{'' if len(labels) == 1 else 'es'}"


def _some(labels: list[str]) -> str:
    return ", ".join(map(repr, sorted_labels(labels)[:10])) + (", ..." if len(labels) > 10 else "")

"""Dividing the items into those that train the model and those that judge it.

Each splitter is called with the items and returns (training indices, validation indices), two lists of int
that share nothing. One whose attribute `stratify` is true is called with (items, labels). Lesson: the
validation set, `splitter=RandomSplitter(seed=42)`.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.core.errors import BadType, BadValue
from lab.data.split_parts import some_indices, split_every_class, whole_index
from lab.wording import count_text

Split = tuple[list[int], list[int]]


class RandomSplitter:
    """Split at random: a share `valid_pct` of the items validates, and at least one item is on either side.

    Both lists are in random order, so that the first images of either are a fair sample.

    Parameters
    ----------
    valid_pct : float
        A fraction between 0 and 1; 0.2 is every fifth image.
    seed : int, optional
        The same seed and number of items give the same split, on every machine. Without one each is new.
    stratify : bool
        Take that share of every class, so that a rare one is checked too. A class of two or more images then
        has at least one on either side, and a single image trains. It is called with (items, labels).

    Raises
    ------
    ValueError
        For a fraction outside (0, 1); when called, for fewer than two items, and for stratify without labels.

    Examples
    --------
    >>> train, valid = lab.RandomSplitter(valid_pct=0.2, seed=42)(lab.get_image_files(path))
    >>> len(train), len(valid)
    (29, 7)
    """

    def __init__(self, valid_pct: float = 0.2, seed: int | None = None, stratify: bool = False):
        if isinstance(valid_pct, bool) or not isinstance(valid_pct, (int, float, np.number)):
            raise BadType(
                f"RandomSplitter: valid_pct is a {type(valid_pct).__name__}; a fraction between 0 and 1 was "
                "expected, such as 0.2."
            )
        if not 0 < valid_pct < 1:
            hint = f" Did you mean {valid_pct / 100:g}?" if 1 < valid_pct < 100 else ""
            raise BadValue(
                f"RandomSplitter: valid_pct is {valid_pct!r}; expected a fraction between 0 and 1.{hint}"
            )
        if not isinstance(stratify, (bool, np.bool_)):
            raise BadType(
                f"RandomSplitter: stratify is a {type(stratify).__name__}. Pass stratify=True: the labels "
                "are given when it splits."
            )
        self.valid_pct = valid_pct
        self.seed = seed
        self.stratify = bool(stratify)

    def __call__(self, items: Sequence[Any], labels: Sequence[Any] | None = None) -> Split:
        n = len(items)
        if n < 2:
            raise BadValue(
                f"RandomSplitter: got {count_text(n, 'item')}; at least two are needed, "
                "one to train on and one to validate on."
            )
        order = np.random.default_rng(self.seed).permutation(n).tolist()
        if self.stratify:
            return split_every_class(order, labels, self.valid_pct)
        n_valid = min(max(round(n * self.valid_pct), 1), n - 1)
        return order[n_valid:], order[:n_valid]

    def __repr__(self) -> str:
        stratify = ", stratify=True" if self.stratify else ""
        return f"RandomSplitter(valid_pct={self.valid_pct}, seed={self.seed}{stratify})"


class GrandparentSplitter:
    """Split by the folder above the class folder: `train/cats/1.jpg` trains, `valid/dogs/2.jpg` validates.

    Items under any other grandparent are in neither list.

    Parameters
    ----------
    train_name, valid_name : str or tuple of str
        The folders' names.

    Raises
    ------
    ValueError
        When called: if either side would be empty. The message names the folders that were seen.

    Examples
    --------
    >>> lab.GrandparentSplitter()(["train/cats/1.jpg", "valid/dogs/2.jpg", "train/dogs/3.jpg"])
    ([0, 2], [1])
    """

    def __init__(
        self,
        train_name: str | tuple[str, ...] = "train",
        valid_name: str | tuple[str, ...] = "valid",
    ):
        self.train_name = train_name
        self.valid_name = valid_name

    def __call__(self, items: Sequence[str | Path]) -> Split:
        paths = (item if isinstance(item, Path) else Path(item) for item in items)  # Path() of a Path is slow
        grandparents = [path.parent.parent.name for path in paths]
        train = self._at(grandparents, self.train_name)
        valid = self._at(grandparents, self.valid_name)
        for argument, indices in (("train_name", train), ("valid_name", valid)):
            if not indices:
                seen = Counter(grandparents).most_common(10)
                names = ", ".join(f"{folder!r} ({count} items)" for folder, count in seen)
                raise BadValue(
                    f"GrandparentSplitter: no item's grandparent folder is {getattr(self, argument)!r}; "
                    f"seen: {names or 'no items'}. Pass {argument}= one of these, "
                    "or use RandomSplitter where the pictures are not split by folder."
                )
        return train, valid

    @staticmethod
    def _at(grandparents: list[str], name: str | tuple[str, ...]) -> list[int]:
        names = {name} if isinstance(name, str) else set(name)
        return [index for index, folder in enumerate(grandparents) if folder in names]

    def __repr__(self) -> str:
        return f"GrandparentSplitter(train_name={self.train_name!r}, valid_name={self.valid_name!r})"


class IndexSplitter:
    """Split by position: the items at `valid_idx` validate, all others train.

    Parameters
    ----------
    valid_idx : sequence of int
        Positions in 0 .. n-1, each once.

    Raises
    ------
    TypeError
        For anything but ints.
    ValueError
        For none and for duplicates; when called, for an index outside the items, and when none would train.

    Examples
    --------
    >>> lab.IndexSplitter([0, 3])(["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg"])
    ([1, 2, 4], [0, 3])
    """

    def __init__(self, valid_idx: Sequence[int]):
        self.valid_idx = [whole_index(index) for index in valid_idx]
        twice = [index for index, count in Counter(self.valid_idx).items() if count > 1]
        if twice:
            raise BadValue(
                f"IndexSplitter: got index {some_indices(twice)} more than once. Pass each index once."
            )
        if not self.valid_idx:
            raise BadValue("IndexSplitter: valid_idx is empty. Pass the index of at least one item.")

    def __call__(self, items: Sequence[Any]) -> Split:
        n = len(items)
        outside = [index for index in self.valid_idx if not 0 <= index < n]
        if outside:
            raise BadValue(
                f"IndexSplitter: got index {some_indices(outside)}; with {n} items it must be in 0..{n - 1}."
            )
        if len(self.valid_idx) == n:
            raise BadValue(f"IndexSplitter: all {n} items are in valid_idx. Leave some to train on.")
        chosen = set(self.valid_idx)
        return [index for index in range(n) if index not in chosen], list(self.valid_idx)

    def __repr__(self) -> str:
        return f"IndexSplitter({len(self.valid_idx)} items)"


def fold_indices(n: int, fold: int = 4, valid_pct: float = 0.2, seed: int = 42) -> np.ndarray:
    """Return the validation indices of one fold of a cross-validation, for an `IndexSplitter`.

    Parameters
    ----------
    n : int
        How many items there are.
    fold : int
        Which fold, from 0. The folds of one seed share nothing.
    valid_pct : float
        The share of a fold, a fraction between 0 and 1.
    seed : int
        Of the order.

    Returns
    -------
    array of shape (int(valid_pct * n),)
        int64, in random order.

    Raises
    ------
    ValueError
        For a fraction outside (0, 1), a fold that is not there, and an n too small for one image a fold.

    Notes
    -----
    The numbers are those of the 2018 lessons' `get_cv_idxs`
    (`numpy.random.RandomState(seed).permutation(n)`), without touching NumPy's global generator.

    Examples
    --------
    >>> lab.fold_indices(10, fold=0)
    array([8, 1])
    """
    if not 0 < valid_pct < 1:
        raise BadValue(f"fold_indices: valid_pct={valid_pct!r}; expected a fraction between 0 and 1.")
    size = int(valid_pct * n)
    if size < 1:
        raise BadValue(f"fold_indices: {valid_pct:g} of n={n} items is less than one. Give more items.")
    folds = n // size
    if not 0 <= fold < folds:
        raise BadValue(
            f"fold_indices: got fold {fold}; with {size} of {n} items each there are 0..{folds - 1}."
        )
    order = np.random.RandomState(seed).permutation(n)
    return order[fold * size : (fold + 1) * size]

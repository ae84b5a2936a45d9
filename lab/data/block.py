"""`DataBlock`: the recipe that turns a source (a folder, a table, a list) into `DataLoaders` (2020 lesson).

It says what the pictures are, how they are labelled, how they are split and how they are transformed; nothing
happens until it is given a source. `summary` walks one picture through every step and tells what each gave.
"""

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lab.core.errors import BadType, BadValue
from lab.data.annotation_file import decisions
from lab.data.blocks import CategoryBlock, ImageBlock, checked_batch_tfms, checked_blocks
from lab.data.column_splitter import warn_unused_split
from lab.data.duplicates import warn_copies
from lab.data.files import get_image_files
from lab.data.labels import label_items, parent_label
from lab.data.loader import DataLoader, Pictures
from lab.data.loaders import DataLoaders
from lab.data.machine import thread_count
from lab.data.options import known_keywords
from lab.data.passed import warn_empty_classes
from lab.data.pipeline import ItemTransforms
from lab.data.sources import as_source, collect_items, readable
from lab.data.split_parts import check_not_empty, checked_split
from lab.data.splits import RandomSplitter
from lab.data.summary import summarise
from lab.data.vocab import Vocab, check_classes, encode, warn_lookalikes


class DataBlock:
    """Describe how to make the data for a learner; `dataloaders` then makes it from a source.

    Parameters
    ----------
    blocks : tuple
        What input and target are: (`ImageBlock`, `CategoryBlock`), as classes or objects.
    get_items : function, optional
        Source -> items. Without one: all images in a folder, the rows of a DataFrame, or the members of a
        list.
    get_x : function, optional
        Item -> image (a path). Without one it is the item itself.
    get_y : function, optional
        Item -> label, such as `parent_label`.
    splitter : function, optional
        Items -> (training indices, validation indices). Without one every fifth image at random validates,
        the same each time. One with a true attribute `stratify` is called with (items, labels).
    item_tfms : transform or list of transforms, optional
        For one image: `Resize`, or functions from PIL image to PIL image.
    batch_tfms : transform, optional
        For a batch: what `aug_transforms` gives.

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit.

    Examples
    --------
    >>> block = lab.DataBlock(get_y=lab.parent_label, item_tfms=lab.Resize(64))
    >>> block.dataloaders(path, bs=8)
    DataLoaders(29 training, 7 validation pictures, 3 classes, bs=8, device=...)
    """

    @known_keywords
    def __init__(
        self,
        blocks: Sequence[Any] = (ImageBlock, CategoryBlock),
        get_items: Callable[[Any], Any] | None = get_image_files,
        get_x: Callable[[Any], Any] | None = None,
        get_y: Callable[[Any], Any] | None = None,
        splitter: Callable[..., tuple[Sequence[int], Sequence[int]]] | None = None,
        item_tfms: Callable | Sequence[Callable] | None = None,
        batch_tfms: Callable | None = None,
    ) -> None:
        self.blocks = checked_blocks(blocks)
        functions = {"get_items": get_items, "get_x": get_x, "get_y": get_y, "splitter": splitter}
        for name, value in functions.items():
            if value is not None and not callable(value):
                raise BadType(f"DataBlock: {name} is {value!r}, a {type(value).__name__}. Pass a function.")
        self.get_items, self.get_x, self.get_y = get_items, get_x, get_y
        self.splitter = splitter if splitter is not None else RandomSplitter(0.2, seed=42)
        self.item_tfms, self.batch_tfms = ItemTransforms(item_tfms), checked_batch_tfms(batch_tfms)

    def new(self, **changes: Any) -> "DataBlock":
        """The recipe with these arguments changed: `block.new(item_tfms=Resize(224))`. Raises TypeError."""
        names = ("blocks", "get_items", "get_x", "get_y", "splitter", "item_tfms", "batch_tfms")
        return DataBlock(**{**{name: getattr(self, name) for name in names}, **changes})

    @known_keywords
    def dataloaders(
        self,
        source: Any,
        bs: int = 64,
        seed: int | None = 42,
        device: torch.device | str | None = None,
        num_workers: int | None = None,
        test: Any = None,
        path: str | os.PathLike | None = None,
        annotations: Any = None,
    ) -> DataLoaders:
        """Find, label, split and prepare the pictures of `source`.

        source: a folder, a DataFrame or a list. bs: pictures in a batch. seed: for the order and the
        augmentation of training pictures, None for another each time. device: where batches go; a GPU where
        there is one. num_workers: decoding threads, 0 for none at all; chosen for the machine when not given.
        test: a folder or list of pictures without labels; a relative folder may lie in the source. path: the
        folder that a learner saves to; the source's when not given. annotations: labels to correct and
        pictures to leave out: True for the file that `lab.Annotations.save` wrote beside the pictures, the
        path of another, or the annotations themselves. The split stays as it is without them.

        Pictures that cannot be read are left out and listed in one warning. Raises ValueError when a
        picture has no label (which, and why), when none can be read, or when a split is empty.
        """
        threads = thread_count(num_workers)
        seed = secrets.randbelow(2**31) if seed is None else seed
        items = self.items(source)
        known = self.labels(items) if self.stratifies else None
        split = self.split(items, known)
        if isinstance(self.splitter, RandomSplitter):
            warn_unused_split(items, (self.get_x, self.get_y))
        marks = decisions(annotations, items, self.source)
        discarded = {i for i, mark in marks.items() if mark.kind == "discard"}
        split = tuple([i for i in part if i not in discarded] for part in split)
        used = [*split[0], *split[1]]
        found = [known[i] for i in used] if known else self.labels([items[i] for i in used])
        labels = dict(zip(used, found, strict=True))
        labels |= {i: mark.label for i, mark in marks.items() if i in labels and mark.label is not None}
        # In the order of the items: another split of the same pictures finds the same cache.
        positions = sorted(set(used))
        sources = [self.source(items[i]) for i in positions]
        kept, cache = readable(sources, self.item_tfms, threads)
        places = {positions[place]: place for place in kept}
        train, valid = ([i for i in part if i in places] for part in split)
        check_not_empty(train, valid)
        vocab = self.vocab([labels[i] for i in train], [labels[i] for i in valid])
        if self.get_y is parent_label:
            warn_empty_classes(source for source in sources if isinstance(source, Path))
        in_order = [*train, *valid]
        warn_copies(
            [sources[places[i]] for i in in_order],
            [labels[i] for i in in_order],
            [n >= len(train) for n in range(len(in_order))],
        )

        def loader(part: list[int], for_training: bool) -> DataLoader:
            found = [places[i] for i in part]
            targets = encode([labels[i] for i in part], vocab)
            pictures = Pictures(
                [sources[place] for place in found], targets, vocab, self.item_tfms, cache, found, threads
            )
            return DataLoader(
                pictures, bs, for_training, for_training, self.batch_tfms, device, seed, prefetch=threads > 0
            )

        folder = source if isinstance(source, str | os.PathLike) else "."
        dls = DataLoaders(
            loader(train, True), loader(valid, False), path=folder if path is None else path, block=self
        )
        if test is not None:
            if isinstance(test, str | os.PathLike) and (dls.path / test).exists():
                test = dls.path / test
            dls.test = dls.test_dl(test)
        return dls

    def summary(self, source: Any, bs: int = 4) -> None:
        """Print what every step makes of `source`: items, split, one sample, one batch of `bs`.

        When pictures cannot be collated into a batch it says so, lists their shapes and names `Resize`.
        When a step fails, the walk so far stays printed and the error names the step.
        """
        summarise(self, source, bs)

    # -- the steps, one by one --

    def items(self, source: Any) -> list[Any]:
        """The items that get_items finds in the source."""
        return collect_items(source, self.get_items, "dataloaders")

    @property
    def stratifies(self) -> bool:
        """Whether the splitter needs the labels."""
        return bool(getattr(self.splitter, "stratify", False))

    def split(self, items: Sequence[Any], labels: Sequence[str] | None = None) -> tuple[list[int], list[int]]:
        """The splitter's (training, validation) indices, checked. labels: of all items, where known."""
        if self.stratifies:
            parts = self.splitter(items, self.labels(items) if labels is None else labels)
        else:
            parts = self.splitter(items)
        return checked_split(parts, len(items))

    def labels(self, items: Sequence[Any]) -> list[str]:
        """The items' labels by get_y. Raises ValueError that names the items without one."""
        if self.get_y is None:
            raise BadValue(
                "dataloaders: the DataBlock has no get_y, so no picture has a label. Pass, for instance, "
                "get_y=parent_label when folders are named after the classes."
            )
        return label_items(items, self.get_y)

    def source(self, item: Any) -> Any:
        """The picture of an item by get_x: a path, or a PIL picture."""
        return as_source(self.get_x(item) if self.get_x is not None else item, "dataloaders")

    def vocab(self, train: Sequence[str], valid: Sequence[str]) -> Vocab:
        """The categories of these labels, after a check of what would spoil the training."""
        check_classes(train, valid)
        vocab = self.blocks[1].vocab or Vocab([*train, *valid])
        warn_lookalikes(vocab)
        return vocab

    def encode(self, items: Sequence[Any], vocab: Sequence[str]) -> Tensor:
        """The items' labels as indices into the vocab: (n,) int64. Raises ValueError for one not in it."""
        return encode(self.labels(items), vocab)

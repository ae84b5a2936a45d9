"""`DataBlock.summary`: walk one sample through every step, then build a batch, and tell what each step gave.

Most mistakes in a DataBlock show only when it meets the data. The walk stops where the first one is, with
all that led there still on the screen (2020 lesson, "Checking and debugging a DataBlock").
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lab.core.errors import BadValue
from lab.data.broken import BrokenPicture
from lab.data.pictures import open_picture
from lab.data.pipeline import UnequalSizes, apply_batch_tfms, collate, name_of, source_name
from lab.data.sources import brief_source
from lab.data.vocab import Vocab
from lab.wording import shortened

if TYPE_CHECKING:
    from lab.data.block import DataBlock


class StepFailed(BadValue):
    """A step of the walk raised an exception: the cause of this one."""


def summarise(block: "DataBlock", source: Any, bs: int = 4) -> None:
    """Print the walk of `block` over `source`, with a batch of the first `bs` training pictures.

    Pictures that cannot be collated are explained in the print-out. Any other failure raises ValueError
    that names the step, from the exception that the step raised. Nothing is written to a cache.
    """
    if isinstance(bs, bool) or not isinstance(bs, int) or bs < 1:
        raise BadValue(f"summary: bs={bs!r}. The batch size is a whole number, 1 or more.")
    items, train, labels, vocab = _set_up(block, source)
    numbers = {i: vocab.o2i[label] for i, label in zip(train, labels, strict=True)}

    print("\nBuilding one sample")
    opened = _opened(block, items, train)
    with _step("opening a picture"):
        first, picture = next(opened, (None, None))
        if picture is None:
            raise BadValue("no training picture can be read.")
    print(f"  The target (CategoryBlock)\n    starting from\n      {_one_line(items[first])}")
    _gives(_name(block.get_y), _short(vocab[numbers[first]]))
    _gives(f"the vocab of {len(vocab)}", numbers[first])
    print(f"\nSample: ({_describe(picture)}, {numbers[first]})")

    print("\nBuilding one batch")
    arrays = [_show_item_transforms(block, picture)]
    chosen = [first]
    with _step("adding pictures"):
        for i, other in islice(opened, bs - 1):
            chosen.append(i)
            arrays.append(block.item_tfms.crop(block.item_tfms.array(other)))
    if more := len(chosen) - 1:
        print(f"Adding the next {more} picture{'s' if more > 1 else ''}")
    _show_batch(block, arrays, torch.tensor([numbers[i] for i in chosen]))


def _set_up(block: "DataBlock", source: Any) -> tuple[Sequence[Any], list[int], list[str], Vocab]:
    """Items, training indices with their labels, and the vocab."""
    print(f"Collecting items from {brief_source(source)}")
    with _step("get_items"):
        items = block.items(source)
    print(f"Found {len(items)} items")
    with _step("the splitter"):
        train, valid = block.split(items)
    print(f"Splitting them with {_name(block.splitter)}\n2 datasets of sizes {len(train)}, {len(valid)}")
    with _step("get_y"):
        labels = block.labels([items[i] for i in train])
        others = block.labels([items[i] for i in valid])
    print(f"Labelling them with {_name(block.get_y)}")
    with _step("the vocab"):
        vocab = block.vocab(labels, others)
    print(f"The vocab has {len(vocab)} categories: {vocab!r}")
    return items, train, labels, vocab


def _opened(
    block: "DataBlock", items: Sequence[Any], train: Sequence[int]
) -> Iterator[tuple[int, Image.Image]]:
    """The training pictures that can be read; the first is shown being opened, broken ones are named."""
    shown = False
    for i in train:
        if not shown:
            print(f"  The input (ImageBlock)\n    starting from\n      {_one_line(items[i])}")
        with _step("get_x"):
            source = block.source(items[i])
        if not shown and block.get_x is not None:
            _gives(_name(block.get_x), source_name(source))
        try:
            picture = open_picture(source)
        except BrokenPicture as broken:
            print(f"    {source_name(source)} {broken.reason}: left out")
            continue
        if not shown:
            _gives("open_picture", _describe(picture))
        shown = True
        yield i, picture


def _show_item_transforms(block: "DataBlock", picture: Image.Image) -> np.ndarray:
    """The first picture after the item transforms, cut as in validation."""
    if not block.item_tfms.tfms:
        print("No item_tfms to apply")
    else:
        print(f"Applying item_tfms to the first picture\n    starting from\n      {_describe(picture)}")
    with _step("item_tfms"):
        for tfm in block.item_tfms.tfms:
            picture = block.item_tfms.apply(tfm, picture, picture)
            _gives(name_of(tfm), _describe(picture))
    array = block.item_tfms.crop(np.asarray(picture))
    if array.shape[:2] != (picture.height, picture.width):
        _gives(
            "the crop (at a random place in training, in the middle in validation)",
            f"picture of shape {(array.shape[2], *array.shape[:2])}",
        )
    return array


def _show_batch(block: "DataBlock", arrays: list[np.ndarray], y: Tensor) -> None:
    print("Collating the pictures into a batch")
    try:
        x = collate(arrays)
    except UnequalSizes as error:
        shapes = ", ".join(map(str, error.shapes))
        print(
            "Error! It's not possible to collate your items in a batch.\n"
            f"  A batch is one tensor, so its pictures must have one shape. These have:\n    {shapes}\n"
            "  Add item_tfms=Resize(...) to the DataBlock, for instance item_tfms=Resize(460)."
        )
        return
    print(f"    gives x {tuple(x.shape)} uint8 and y {tuple(y.shape)} int64")
    if block.batch_tfms is None:
        print("No batch_tfms to apply: pixels are only divided by 255")
    else:
        print("Applying batch_tfms, as in training")
    with _step("batch_tfms"):
        x = apply_batch_tfms(block.batch_tfms, x, train=True, generator=torch.Generator().manual_seed(0))
        name = "the division" if block.batch_tfms is None else name_of(block.batch_tfms)
        _gives(name, f"x {tuple(x.shape)} float32 from {x.min():.2f} to {x.max():.2f}")
    print(f"\nBatch: x {tuple(x.shape)}, y {y.tolist()}")


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Name the step when it fails."""
    try:
        yield
    except StepFailed:  # a step within this one, which has named itself
        raise
    except Exception as error:
        print(f"Error! The walk ends here, at {name}.")
        raise StepFailed(f"summary: the step {name} failed with {type(error).__name__}: {error}") from error


def _gives(step: str, result: Any) -> None:
    print(f"    applying {step} gives\n      {result}")


def _describe(picture: Image.Image) -> str:
    return f"{picture.mode} picture of {picture.width}x{picture.height} pixels"


def _name(function: Any) -> str:
    """A function by its name; an object such as a splitter by its repr."""
    return getattr(function, "__name__", None) or repr(function)


def _one_line(item: Any) -> str:
    return _short(str(dict(item) if hasattr(item, "keys") else item))


def _short(text: str) -> str:
    """One line that every terminal takes: a file name may hold line ends, and bytes that are not letters."""
    text = " ".join(text.encode("utf-8", "backslashreplace").decode("utf-8").split())
    return shortened(text, 160)

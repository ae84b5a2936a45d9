"""The parts of a `DataBlock` that say what input and target are, and the checks of what it is given."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lab.core.errors import BadType, BadValue
from lab.data.modes import check_rgb
from lab.data.resize import Resize
from lab.data.vocab import Vocab


class ImageBlock:
    """The input is an image, opened as RGB.

    Parameters
    ----------
    cls : str or class
        Only "RGB", also under the names PILImage and Image. A grey image has three equal channels.

    Raises
    ------
    ValueError
        For any other mode or class.

    Examples
    --------
    >>> block = lab.DataBlock(blocks=(lab.ImageBlock, lab.CategoryBlock), get_y=lab.parent_label)
    >>> block.new(item_tfms=lab.Resize(32)).dataloaders(path, bs=8).one_batch()[0].shape
    torch.Size([8, 3, 32, 32])
    """

    def __init__(self, cls: Any = "RGB") -> None:
        check_rgb(cls, "ImageBlock")


class CategoryBlock:
    """The target is one of several categories.

    They are numbered in alphabetical order; where all of them are numbers, in the order of the numbers.

    Parameters
    ----------
    vocab : iterable of str or int, optional
        The categories in the order of the model's outputs, when they are known beforehand. Otherwise they are
        those that the labels have.

    Raises
    ------
    TypeError
        For anything that is not a list of labels.
    ValueError
        For a label that is given twice.

    Examples
    --------
    >>> blocks = (lab.ImageBlock, lab.CategoryBlock(vocab=["red", "green", "blue"]))
    >>> block = lab.DataBlock(blocks, get_y=lab.parent_label, item_tfms=lab.Resize(32))
    >>> block.dataloaders(path, bs=8).vocab
    (#3) ['red', 'green', 'blue']
    """

    def __init__(self, vocab: Iterable[str | int] | None = None) -> None:
        self.vocab = Vocab(vocab, keep_order=True) if vocab is not None else None


def checked_blocks(blocks: Sequence[Any]) -> tuple[ImageBlock, CategoryBlock]:
    """The two blocks, made where they are classes; ValueError for others."""
    blocks = tuple(blocks) if isinstance(blocks, (list, tuple)) else (blocks,)
    made = tuple(block() if isinstance(block, type) else block for block in blocks)
    if [type(block) for block in made] != [ImageBlock, CategoryBlock]:
        names = ", ".join(type(block).__name__ for block in made)
        raise BadValue(
            f"DataBlock: blocks=({names}). This lab is for image classification: (ImageBlock, CategoryBlock)."
        )
    return made


def checked_batch_tfms(batch_tfms: Any) -> Callable | None:
    """The one batch transform, taken out of its list; TypeError for anything else."""
    tfms = batch_tfms if isinstance(batch_tfms, (list, tuple)) else [batch_tfms]
    if any("Normalize" in (type(tfm).__name__, getattr(tfm, "__name__", "")) for tfm in tfms):
        raise BadType(
            "DataBlock: batch_tfms contains Normalize. Leave it out: the model normalises by itself, with "
            "the statistics that its backbone was trained with."
        )
    tfm = tfms[0] if tfms else None
    if len(tfms) > 1 or not (tfm is None or callable(tfm)):
        names = ", ".join(type(tfm).__name__ for tfm in tfms)
        got = f"{type(tfms).__name__} of {len(tfms)} ({names})" if len(tfms) > 1 else names
        raise BadType(
            f"DataBlock: batch_tfms is a {got}. Pass aug_transforms(...) or RandomResizedCrop(...), one of "
            "them, since all changes are made by one interpolation."
        )
    if isinstance(tfm, Resize):
        raise BadType(
            f"DataBlock: batch_tfms is {tfm!r}, which works on one picture at a time. Pass it as item_tfms."
        )
    if tfm is not None and not _takes_a_batch(tfm):
        name = getattr(tfm, "__name__", type(tfm).__name__)
        raise BadType(
            f"DataBlock: batch_tfms is {name}, which cannot be called as f(pictures, train, generator) with "
            "pictures (n, 3, h, w) uint8. Pass aug_transforms(...); what works on one PIL picture goes into "
            "item_tfms=[...]."
        )
    return tfm


def _takes_a_batch(tfm: Callable) -> bool:
    """Whether it can be called with (pictures, train, generator); True where Python cannot tell."""
    try:
        # A module's own call takes anything and hands it to forward.
        inspect.signature(getattr(tfm, "forward", tfm)).bind(None, True, None)
    except TypeError:
        return False
    except ValueError:
        return True
    return True

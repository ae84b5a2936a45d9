"""What counts as one picture wherever one may be given, and the sentences for what does not."""

import os
from collections.abc import Iterable
from numbers import Integral
from typing import Any, BinaryIO, NoReturn

import numpy as np
from PIL import Image
from torch import Tensor

from lab.core.errors import BadType

# A picture, or where it lies.
Source = str | os.PathLike | bytes | bytearray | memoryview | BinaryIO | Image.Image | np.ndarray | Tensor


def is_picture(item: Any) -> bool:
    """Whether the item itself names or is a picture, so that no get_x is needed."""
    return isinstance(item, str | os.PathLike) or is_in_memory(item)


def is_in_memory(item: Any) -> bool:
    """Whether the item is a picture, and not the name of one."""
    if isinstance(item, np.ndarray | Tensor):
        return item.ndim in (2, 3)  # with four axes it is a batch, with one a list
    known = isinstance(item, bytes | bytearray | memoryview | Image.Image)
    return known or callable(getattr(item, "read", None))


def without_label(item: Any) -> Any:
    """The picture of a pair (picture, label), as loaders and datasets give their items; else the item."""
    if not isinstance(item, tuple) or len(item) != 2 or not is_picture(item[0]):
        return item
    picture, label = item
    is_number = isinstance(label, Integral) or (isinstance(label, np.ndarray | Tensor) and label.ndim == 0)
    is_name = label is None or isinstance(label, str)
    return picture if is_number or (is_name and is_in_memory(picture)) else item


def refuse(thing: Any) -> NoReturn:
    """Raise the TypeError for something that is not one picture, with the way out where one is known."""
    advice = "Give a path, the bytes of a file, an open binary file, a PIL picture, an array or a tensor."
    if thing is None:
        advice = "Is the variable still empty, for instance because nothing was uploaded?"
    elif _is_upload(thing):
        advice = "For an upload, give its bytes: upload['content']."
    elif isinstance(thing, list | tuple) and thing and _is_upload(thing[0]):
        advice = "For an upload, give its bytes: value[0]['content']."
    elif isinstance(thing, Iterable):
        advice = "For several: learn.get_preds(dl=dls.test_dl([...]))."
    raise BadType(f"picture: got {kind_of(thing)}; expected one picture. {advice}")


def _is_upload(thing: Any) -> bool:
    """Whether it is a file as a FileUpload widget gives it."""
    return isinstance(thing, dict) and "content" in thing


def kind_of(thing: Any) -> str:
    """A thing in messages, by its type: 'a list', 'an int'."""
    if thing is None:
        return "None"
    name = type(thing).__name__
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"

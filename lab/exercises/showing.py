"""Values of an exercise shown in one short text, the same in every session."""

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lab.exercises.values import as_array
from lab.wording import shortened

_LONGEST = 220  # characters of a value that is shown
_MOST = 24  # elements of a list, or of each dimension of an array
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")


def shown(value: Any) -> str:
    """A value in one short text: arrays with their shape, numbers with four digits, no memory addresses."""
    try:
        return cut(_text(value))
    except Exception:  # such as a list that holds itself, or a tensor without numbers
        return f"a {type(value).__name__}"


def told(error: BaseException) -> str:
    """An exception as the last line of its traceback has it."""
    try:
        words = str(error)
    except Exception:  # the student's own exception may have an error of its own
        words = ""
    return cut(f"{type(error).__name__}: {words}" if words else type(error).__name__)


def cut(text: str) -> str:
    """The text without memory addresses, and not too long."""
    return shortened(_ADDRESS.sub("", text), _LONGEST)


def _text(value: Any) -> str:
    if isinstance(value, torch.Tensor) and value.layout is torch.strided:
        value = as_array(value)
    if isinstance(value, np.ndarray) and value.ndim:
        return f"{_elements(value)}, shape {value.shape}"
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        pairs = [f"{_text(key)}: {_text(value[key])}" for key in list(value)[:_MOST]]
        return f"{{{_joined(pairs, len(value))}}}"
    if type(value) in (set, frozenset) and value:  # in an order of its own in every session
        return f"{{{_joined(sorted(map(_text, value))[:_MOST], len(value))}}}"
    if type(value) in (list, tuple):
        return _elements(value)
    if callable(value) and hasattr(value, "__name__"):
        return f"the {'class' if isinstance(value, type) else 'function'} {value.__name__}"
    try:
        return repr(value)
    except Exception:  # the student's own class may have an error of its own
        return f"a {type(value).__name__}"


def _elements(values: list | tuple | np.ndarray) -> str:
    one = _elements if getattr(values, "ndim", 1) > 1 else _text
    inner = _joined([one(value) for value in values[:_MOST]], len(values))
    if isinstance(values, tuple):
        return f"({inner},)" if len(values) == 1 else f"({inner})"
    return f"[{inner}]"


def _joined(texts: list[str], total: int) -> str:
    return ", ".join([*texts, "…"] if total > len(texts) else texts)

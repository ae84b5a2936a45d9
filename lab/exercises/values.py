"""Values of an exercise compared: numbers with a tolerance, arrays by shape and value, tables by columns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

VALUE = "the value"  # what differs where there is nothing more to say


def difference(got: Any, expected: Any, tolerance: float) -> str | None:
    """None where both are the same, else what differs, in a few words.

    A list, an array and a tensor of the same numbers are the same, except where a tensor is expected: what
    follows in a notebook may need its methods. True and 1 are not the same. Whole numbers may differ by
    `tolerance`, others by that or by that share. NaN is the same as NaN.
    """
    if hasattr(expected, "iloc"):
        return _tables(got, expected, tolerance)
    if isinstance(expected, Mapping):
        return _mappings(got, expected, tolerance)
    if isinstance(expected, list | tuple) and any(isinstance(each, torch.Tensor) for each in expected):
        return _sequences(got, expected, tolerance)  # tensors each, also where all have the same shape
    if (numbers := as_numbers(expected)) is not None:
        needs_tensor = isinstance(expected, torch.Tensor) and expected.ndim > 0
        if needs_tensor and not isinstance(got, torch.Tensor) and as_numbers(got) is not None:
            return _wrong_type(got, "a Tensor")
        return _arrays(got, numbers, tolerance)
    if isinstance(_as_list(expected), list | tuple):
        return _sequences(got, expected, tolerance)
    try:
        same = bool(got == expected)
    except Exception:  # an object that cannot be compared is not the same
        same = False
    return None if same else VALUE


def as_array(tensor: torch.Tensor) -> np.ndarray:
    """A tensor's numbers, wherever it lies and of whatever type, bfloat16 too. Raises for a sparse one."""
    tensor = tensor.detach().cpu()
    return tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()


def _tables(got: Any, expected: Any, tolerance: float) -> str | None:
    """pandas' DataFrame or Series, which this file need not import."""
    if type(got) is not type(expected):
        return _wrong_type(got, f"a {type(expected).__name__}")
    if len(got) != len(expected):
        return f"the length: {len(got)} rows, not {len(expected)}"
    if list(got.index) != list(expected.index):
        return "the index"
    if not hasattr(expected, "columns"):
        return difference(got.tolist(), expected.tolist(), tolerance)
    columns = list(expected.columns)
    if list(got.columns) != columns:
        return f"the columns: {list(got.columns)}, not {columns}"
    for i, name in enumerate(columns):
        if part := _tables(got.iloc[:, i], expected.iloc[:, i], tolerance):
            return f"in the column {name!r}: {part}"
    return None


def _mappings(got: Any, expected: Mapping, tolerance: float) -> str | None:
    if not isinstance(got, Mapping):
        return _wrong_type(got, "a dict")
    if missing := [key for key in expected if key not in got]:
        return f"the key {missing[0]!r} is missing"
    if extra := [key for key in got if key not in expected]:
        return f"the key {extra[0]!r} is one too many"
    parts = ((key, difference(got[key], expected[key], tolerance)) for key in expected)
    return next((f"at {key!r}: {part}" for key, part in parts if part), None)


def _sequences(got: Any, expected: Any, tolerance: float) -> str | None:
    stacked = isinstance(got, torch.Tensor) and got.ndim > 0
    one, other = list(got) if stacked else _as_list(got), _as_list(expected)
    if not isinstance(one, list | tuple):
        return _wrong_type(got, f"a {type(expected).__name__}")
    if len(one) != len(other):
        return f"the length: {len(one)}, not {len(other)}"
    parts = (difference(x, y, tolerance) for x, y in zip(one, other, strict=True))
    return next((f"at index {i}: {part}" for i, part in enumerate(parts) if part), None)


def _arrays(got: Any, expected: np.ndarray, tolerance: float) -> str | None:
    numbers = as_numbers(got)
    kind = "True or False" if expected.dtype.kind == "b" else "a number"
    if numbers is None:
        if expected.size and expected.ndim and isinstance(got, list | tuple) and not got:
            return f"the length: 0 (it is empty), not {len(expected)}"
        return _wrong_type(got, kind if not expected.ndim else "numbers")
    if numbers.shape != expected.shape:
        return f"the shape: {numbers.shape or 'one number'}, not {expected.shape or 'one number'}"
    if (numbers.dtype.kind == "b") != (expected.dtype.kind == "b"):
        return _wrong_type(numbers.flat[0].item() if numbers.size else got, kind)
    whole = numbers.dtype.kind in "iub" and expected.dtype.kind in "iub"
    same = np.isclose(numbers, expected, rtol=0 if whole else tolerance, atol=tolerance, equal_nan=True)
    if same.all():
        return None
    if same.size == 1:
        return VALUE
    return f"{(~same).sum()} of {same.size} numbers, first at {np.argwhere(~same)[0].tolist()}"


def as_numbers(value: Any) -> np.ndarray | None:
    """The value as an array of numbers, or None when it is something else (such as text)."""
    if isinstance(value, str | bytes) or (isinstance(value, list | tuple) and not value):
        return None
    try:
        array = as_array(value) if isinstance(value, torch.Tensor) else np.asarray(value)
    except Exception:  # a ragged list, a sparse tensor
        return None
    return array if array.dtype.kind in "iufcb" else None


def _as_list(value: Any) -> Any:
    """Arrays, tensors and columns as lists, all else as it is."""
    many = hasattr(value, "tolist") and getattr(value, "ndim", 0)
    return value.tolist() if many else value


def _wrong_type(got: Any, wanted: str) -> str:
    name = type(got).__name__
    return f"the type: {'an' if name[0].lower() in 'aeiou' else 'a'} {name}, not {wanted}"

"""What counts as the same output, and how a difference is told.

Text is compared letter by letter, but for times and the name of the device. Plotly's figures are compared
by what they draw: numbers to six digits, without the settings that plotly's own version brings.
"""

import base64
import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lab.course.notebook import PLOTLY, WIDGET

# (pattern, replacement): keep them few, for what they replace is not compared.
SANITIZERS = (
    (r"\b\d+:\d\d(:\d\d)?\b", "TIME"),  # 00:07, the time of an epoch
    (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s|min)\b", "TIME"),  # 1.3 s
    (r", device='[a-z]+(:\d+)?'", ""),  # of a tensor that is not on the CPU
)
# Not compared: pictures, whose bytes differ from machine to machine, and the random names of widgets.
PASSED_OVER = ("image/png", "image/jpeg", WIDGET)
LINES = 40  # of a difference that are shown
_DIGITS = 1e-6
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def differences(saved: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[str]:
    """What differs between a cell's saved outputs and those of now, in lines; none where all is the same.

    Outputs of one kind (a stream, a kind of data) are compared in their order; the order of kinds is free.
    """
    old, new = _by_kind(saved), _by_kind(now)
    if old.keys() != new.keys():
        return [f"it gives {_listed(new)}; saved was {_listed(old)}"]
    for kind, values in old.items():
        if len(values) != len(new[kind]):
            return [f"it gives {len(new[kind])} of {kind}; saved were {len(values)}"]
        for one, other in zip(values, new[kind], strict=True):
            if one != other:
                return told(kind.replace(PLOTLY, "figure"), one, other)
    return []


class ComparedFigure:
    """A plotly figure as JSON, equal to one that draws the same."""

    def __init__(self, value: dict[str, Any]) -> None:
        layout = {key: part for key, part in value.get("layout", {}).items() if key != "template"}
        self.drawn = {"data": unpacked(value.get("data", [])), "layout": unpacked(layout)}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComparedFigure) and first_difference(self.drawn, other.drawn) is None

    __hash__ = None


def first_difference(saved: Any, now: Any, where: str = "") -> str | None:
    """Where two structures of JSON differ first, and how; None where they are the same."""
    if isinstance(saved, dict) and isinstance(now, dict):
        if saved.keys() != now.keys():
            return f"{where or 'the figure'} has the keys {sorted(now)}, not {sorted(saved)}"
        pairs = ((f"{where}.{key}".lstrip("."), saved[key], now[key]) for key in saved)
        return _first(pairs)
    if isinstance(saved, list) and isinstance(now, list):
        if len(saved) != len(now):
            return f"{where} has {len(now)} entries, not {len(saved)}"
        return _first((f"{where}[{i}]", *pair) for i, pair in enumerate(zip(saved, now, strict=True)))
    return None if _same(saved, now) else f"{where} is {now!r}, not {saved!r}"


def told(kind: str, saved: Any, now: Any) -> list[str]:
    """The difference of two outputs of one kind, such as "text/plain", in lines."""
    if isinstance(saved, ComparedFigure) and isinstance(now, ComparedFigure):
        return [f"the figure differs: {first_difference(saved.drawn, now.drawn)}"]
    lines = list(
        difflib.unified_diff(str(saved).splitlines(), str(now).splitlines(), "saved", "now", "", "", 2, "")
    )
    more = [f"... and {len(lines) - LINES} lines more"] if len(lines) > LINES else []
    return [f"its {kind} differs:", *lines[:LINES], *more]


def without_colours(text: str) -> str:
    """A traceback of IPython as plain text."""
    return _COLOURS.sub("", text)


def _by_kind(outputs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    streams: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":  # all of a stream is one text, whatever came between
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
        elif output["output_type"] == "error":
            found.setdefault("error", []).append(f"{output['ename']}: {_sanitized(output['evalue'])}")
        for kind, value in output.get("data", {}).items():
            if kind not in PASSED_OVER:
                found.setdefault(kind, []).append(_sanitized(value))
    return found | {name: [_sanitized(text)] for name, text in streams.items()}


def _sanitized(value: Any) -> Any:
    if isinstance(value, dict) and {"data", "layout"} <= value.keys():
        return ComparedFigure(value)
    if isinstance(value, str):
        for pattern, replacement in SANITIZERS:
            value = re.sub(pattern, replacement, value)
    return value


def _listed(kinds: Mapping[str, Any]) -> str:
    return ", ".join(sorted(kinds)) or "nothing"


def _first(pairs: Iterator[tuple[str, Any, Any]]) -> str | None:
    found = (first_difference(saved, now, where) for where, saved, now in pairs)
    return next(filter(None, found), None)


def _same(saved: Any, now: Any) -> bool:
    numbers = (int, float)
    if isinstance(saved, numbers) and isinstance(now, numbers):
        return math.isclose(saved, now, rel_tol=_DIGITS, abs_tol=_DIGITS**2) or (
            saved != saved and now != now
        )
    return type(saved) is type(now) and saved == now


def unpacked(value: Any) -> Any:
    """A structure of plotly's JSON without packed arrays, {"dtype": "f8", "bdata": …}: they become lists."""
    if isinstance(value, dict):
        if {"dtype", "bdata"} <= value.keys():
            array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
            shape = [int(part) for part in str(value.get("shape", array.size)).split(",")]
            return array.reshape(shape).tolist()
        return {key: unpacked(part) for key, part in value.items()}
    return [unpacked(part) for part in value] if isinstance(value, list | tuple) else value

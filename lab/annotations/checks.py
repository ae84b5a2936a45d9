"""What a label must be before pictures are marked with it."""

import difflib
from collections.abc import Sequence
from typing import Any

from lab.core.errors import BadValue


def check_label(label: Any, vocab: Sequence[str]) -> None:
    """Raise ValueError, with the closest name, for a label outside the vocab."""
    if not isinstance(label, str) or not label.strip():
        raise BadValue(f"annotations: got the label {label!r}. Give one of the {len(vocab)}.")
    if label not in vocab:
        close = difflib.get_close_matches(label, vocab, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else "Pass vocab= to Annotations for a new class."
        raise BadValue(f"annotations: {label!r} is not one of the {len(vocab)} labels. {hint}")

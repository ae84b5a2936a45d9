"""Whether smaller copies of pictures can be made, and are large enough."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.data.resize import Resize


def check_copies(size: int, sources: Sequence[Any], resize: Resize | None) -> None:
    """ValueError unless copies of `size` pixels serve what `resize` makes of these pictures."""
    if resize is not None and size < max(resize.size):
        raise BadValue(
            f"resized: copies of {size} pixels are smaller than the {max(resize.size)} that the model "
            f"gets. Make them {max(resize.size)} or more."
        )
    if not all(isinstance(source, Path) for source in sources):
        raise BadValue("resized: these pictures are in memory, not in files, so no copies are needed.")

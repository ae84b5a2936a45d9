"""What was uploaded with ipywidgets' FileUpload, whose value differs between its generations 7 and 8."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets


def uploaded(upload: widgets.FileUpload) -> tuple[str, bytes] | None:
    """(file name, content) of the last uploaded file; None when there is none.

    ipywidgets 8 gives a tuple of mappings with name and content, ipywidgets 7 a mapping of names to mappings
    with content.
    """
    value: Any = upload.value
    if not value:
        return None
    if isinstance(value, Mapping):
        name, file = list(value.items())[-1]
    else:
        name, file = value[-1]["name"], value[-1]
    return str(name), bytes(file["content"])


def forget(upload: widgets.FileUpload) -> None:
    """Take the content out of the widget, so that it uses no memory and the same file can come again."""
    if isinstance(upload.value, Mapping):
        upload.data, upload.metadata = [], []
        upload._counter = 0
        upload.set_trait("value", {})
    else:
        upload.value = ()

"""The IPython that runs this code, if any; IPython is not imported for it."""

import sys
from typing import Any


def shell() -> Any:
    """IPython's shell, or None outside a notebook and its like."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def in_notebook() -> bool:
    """True inside a Jupyter kernel, where rich output can be shown."""
    found = shell()
    return found is not None and found.has_trait("kernel")

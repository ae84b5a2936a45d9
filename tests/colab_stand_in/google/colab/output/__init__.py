"""Stands in for `google.colab.output`: it writes down who switches on the manager of custom widgets.

From then on it marks what is displayed, as Colab does: what `display` sends, not the result of a cell.
"""

import sys
from typing import Any

from google.colab.output import _widgets
from IPython import get_ipython

WIDGET = "application/vnd.jupyter.widget-view+json"
callers: list[str] = []


def enable_custom_widget_manager() -> None:
    """Show widgets that are not Colab's own, where the message says which manager knows them."""
    callers.append(sys._getframe(1).f_globals["__name__"])
    if _widgets._installed_url is None:
        get_ipython().display_pub.register_hook(_mark)
    _widgets._installed_url = "a manager of custom widgets"


def _mark(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content", {})
    if WIDGET in content.get("data", {}):
        manager = {"custom_widget_manager": {"url": _widgets._installed_url}}
        content["metadata"][WIDGET] = {"colab": manager}
    return message

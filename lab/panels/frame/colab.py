"""Google Colab shows widgets that are not its own only after its widget manager has been switched on."""

import sys
from typing import Any

_done = False


def switch_on_widgets() -> None:
    """Switch Colab's manager for custom widgets on, once; elsewhere do nothing."""
    global _done
    if _done or "google.colab" not in sys.modules:
        return
    from google.colab import output

    output.enable_custom_widget_manager()
    _done = True


def view_metadata() -> dict[str, Any]:
    """What a widget's view must say on Colab, where it leaves a custom widget's place empty otherwise.

    Colab adds this to what `display` shows, but not to the result of a cell. Elsewhere: nothing.
    """
    output = sys.modules.get("google.colab.output")
    url = getattr(getattr(output, "_widgets", None), "_installed_url", None)
    return {"colab": {"custom_widget_manager": {"url": url}}} if url else {}

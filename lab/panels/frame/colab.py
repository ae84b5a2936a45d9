"""Google Colab shows widgets that are not its own only after its widget manager has been switched on."""

import sys

_done = False


def switch_on_widgets() -> None:
    """Switch Colab's manager for custom widgets on, once; elsewhere do nothing."""
    global _done
    if _done or "google.colab" not in sys.modules:
        return
    from google.colab import output

    output.enable_custom_widget_manager()
    _done = True

"""Where anywidget, too, looks for the manager that was switched on."""

_installed_url: str | None = None

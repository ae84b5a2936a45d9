"""`lab.core.schedules` under the name that notebooks import."""

from lab.core.schedules import *  # noqa: F403

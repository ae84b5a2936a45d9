"""Who trains a learner: one at a time, and a second is refused with a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.training.checks import LearnerBusyError


class Claim:
    """Held by whoever trains. A copy of it, with the learner, is free."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str]] = {}

    @property
    def owner(self) -> str | None:
        """Who holds it, in words; None when nobody does."""
        return self._held.get("by", (None,))[0]

    def check(self, who: str) -> None:
        """Raise LearnerBusyError when somebody holds it."""
        if self.owner is not None:
            raise LearnerBusyError(
                f"{who}: this learner is in use by {self.owner}. Stop that, or wait until it has ended; "
                "predicting is possible meanwhile."
            )

    @contextmanager
    def held(self, who: str) -> Iterator[None]:
        """Hold it within the block. Raises LearnerBusyError when somebody does already."""
        mine = (who,)
        if self._held.setdefault("by", mine) is not mine:  # one step: two threads cannot both get it
            self.check(who)
        try:
            yield
        finally:
            self._held.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {"_held": {}}

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
            raise _busy(who, self.owner)

    @contextmanager
    def held(self, who: str) -> Iterator[None]:
        """Hold it within the block. Raises LearnerBusyError when somebody does already."""
        mine = (who,)
        holder = self._held.setdefault("by", mine)  # one step: two threads cannot both get it
        if holder is not mine:
            raise _busy(who, holder[0])
        try:
            yield
        finally:
            self._held.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {"_held": {}}


def _busy(who: str, owner: str) -> LearnerBusyError:
    return LearnerBusyError(
        f"{who}: this learner is in use by {owner}. Stop that, or wait until it has ended; "
        "predicting is possible meanwhile."
    )

"""What a run by hand will be: its schedule, whether the body is frozen, its precision."""

from dataclasses import dataclass, replace
from typing import Any

from lab.core.errors import BadValue
from lab.panels.schedule.choice import ScheduleChoice, parsed_rate

PRECISIONS = ("float32", "mixed")


@dataclass(frozen=True)
class TrainingChoice:
    """The choices of one run.

    schedule: with rate and length. frozen: whether only the head is trained; precision: one of `PRECISIONS`.
    None leaves either as the learner has it.
    """

    schedule: ScheduleChoice
    frozen: bool | None = None
    precision: str | None = None

    def changed(self, **choices: Any) -> "TrainingChoice":
        """These choices with some others: `frozen`, `precision`, or a field of a `ScheduleChoice`.

        A rate may come as text. Raises ValueError for an impossible value, TypeError for an unknown name.
        """
        if isinstance(choices.get("lr"), str):
            choices["lr"] = parsed_rate(choices["lr"])
        own = {name: choices.pop(name) for name in ("frozen", "precision") if name in choices}
        if own.get("precision") not in (*PRECISIONS, None):
            raise BadValue(f"precision: got {own['precision']!r}. Choose one of: {', '.join(PRECISIONS)}.")
        schedule = self.schedule.changed(**choices) if choices else self.schedule
        return replace(self, schedule=schedule, **own)

    def prepare(self, learn: Any) -> None:
        """Freeze or unfreeze, and set the precision, where that differs from what the learner has."""
        for name in self._calls(learn):
            getattr(learn, name)()

    def code(self, learn: Any, name: str) -> str:
        """The statements that do the same, in one line. name: what the notebook calls the learner."""
        return "; ".join([*(f"{name}.{call}()" for call in self._calls(learn)), self.schedule.code(name)])

    def _calls(self, learn: Any) -> list[str]:
        """The learner's methods that have to be called before the fit."""
        calls = []
        if self.frozen is not None and self.frozen != is_frozen(learn):
            calls.append("freeze" if self.frozen else "unfreeze")
        if self.precision is not None and self.precision != precision_of(learn):
            calls.append("to_fp16" if self.precision == "mixed" else "to_fp32")
        return calls


def can_freeze(learn: Any) -> bool:
    """Whether the learner's model has a body that can be frozen."""
    return hasattr(learn.model, "freeze_to") and len(learn.groups()) > 1


def is_frozen(learn: Any) -> bool:
    """Whether only the head trains."""
    return 0 < getattr(learn.model, "frozen_groups", 0) == len(learn.groups()) - 1


def precision_of(learn: Any) -> str:
    """What the learner computes in: one of `PRECISIONS`."""
    return "mixed" if learn.precision.autocast else "float32"

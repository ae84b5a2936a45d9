"""What a notebook must keep to: `clean` for any that is kept with its outputs, the others for a lesson.

A rule is a function that takes a `Notebook` and gives a sentence for each place that breaks it; every
sentence names the notebook and the cell.
"""

from collections.abc import Callable, Iterator, Sequence

from lab.course.notebook import Notebook
from lab.course.rules.clean import CLEAN, fresh
from lab.course.rules.exercises import EXERCISES
from lab.course.rules.lesson import LESSON

Rule = Callable[[Notebook], Iterator[str]]
COURSE: tuple[Rule, ...] = (*CLEAN, fresh, *LESSON, *EXERCISES)

__all__ = ["CLEAN", "COURSE", "problems"]


def problems(book: Notebook, rules: Sequence[Rule] = COURSE) -> list[str]:
    """All that breaks a rule, in words; empty for a notebook that is in order."""
    return [sentence for rule in rules for sentence in rule(book)]

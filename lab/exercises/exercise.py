"""What an exercise is: data, and nothing else. Whoever writes one needs only this page."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.core.errors import BadType, BadValue

Case = tuple[Any, ...]


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    name: what `check` is asked for, such as "softmax". task: what to do, in a sentence. answer: a function
    that does it right, or the right value itself. cases: for a function, tuples of arguments; a function of a
    `random.Random` that gives such tuples makes other cases for each name, the same in every session. hints:
    from a nudge to nearly the solution. mistakes: (wrong answer, what it shows) pairs: an attempt that gives
    the same as a wrong one on every case, or fails in the same way, is told so in these words. run:
    `run(attempt, *case)` gives what is compared; by default `attempt(*case)`. judge: for what has several
    right answers, or is read off a panel: takes the attempt and returns "" where it is right, `...` where
    nothing was done yet, else what it lacks; `answer` is then one that passes, or None. tolerance: by which
    numbers may differ, absolute or relative; whole numbers absolute only. seconds: after which a case counts
    as endless.

    Raises ValueError when it has no name, or a function as its answer and no case to try it on, and TypeError
    when a case is not a tuple, the hints are not a list or the mistakes are not pairs.
    """

    name: str
    task: str
    answer: Any
    cases: Sequence[Case] | Callable[[random.Random], Iterable[Case]] = ()
    hints: Sequence[str] = ()
    mistakes: Sequence[tuple[Any, str]] = ()
    run: Callable[..., Any] | None = None
    judge: Callable[[Any], Any] | None = None
    tolerance: float = 1e-4
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise BadValue(f"Exercise: its name is {self.name!r}. Give a word, such as 'softmax'.")
        if isinstance(self.hints, str):
            raise BadType(f"Exercise {self.name!r}: hints is one string. Give a list, from a nudge onwards.")
        if self.answer is None and self.judge is None:
            raise BadValue(f"Exercise {self.name!r}: it has neither an answer nor a judge. Give one of them.")
        for pair in self.mistakes:
            if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], str)):
                raise BadType(
                    f"Exercise {self.name!r}: the mistake {pair!r} is not a pair. Give a list of (wrong "
                    "answer, what it shows)."
                )
            if self.is_function and not callable(pair[0]):
                raise BadType(
                    f"Exercise {self.name!r}: the answer is a function and the mistake {pair[0]!r} is not. "
                    "Give a function that makes the mistake."
                )
        if self.is_function and not self.all_cases():
            raise BadValue(
                f"Exercise {self.name!r}: its answer is a function and there is no case to try it on. Give "
                "cases=[(argument, ...), ...]; a function without arguments takes cases=[()]."
            )

    @property
    def is_function(self) -> bool:
        """Whether a function is asked for, and not a value."""
        return callable(self.answer) and self.judge is None

    def all_cases(self) -> list[Case]:
        """The tuples of arguments; made ones are the same each time."""
        cases = self.cases(random.Random(self.name)) if callable(self.cases) else self.cases
        cases = list(cases)
        for case in cases:
            if not isinstance(case, tuple):
                raise BadType(
                    f"Exercise {self.name!r}: the case {case!r} is a {type(case).__name__}. Give a tuple of "
                    "arguments; of one argument: (x,)."
                )
        return cases

    def outcome(self, attempt: Any, case: Case) -> Any:
        """What an attempt gives for a case. `attempt` is a function, or for a value the value itself."""
        if not self.is_function:
            return attempt
        return self.run(attempt, *case) if self.run else attempt(*case)

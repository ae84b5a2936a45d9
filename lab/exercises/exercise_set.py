"""The exercises and the quiz of one notebook: checks, hints, answers and progress."""

from collections.abc import Sequence
from typing import Any

from lab.core.errors import BadValue
from lab.exercises.checking import check
from lab.exercises.content import exercises_of, quiz_of, subjects
from lab.exercises.exercise import Exercise
from lab.exercises.progress import ExerciseProgress
from lab.exercises.result import MARKS, Hint, Result
from lab.markup import escape
from lab.panels.quiz import Question, QuizPanel, count_right


def load(notebook: str) -> "ExerciseSet":
    """The exercises and the quiz of one of the course's notebooks, such as "04_loss_from_scratch".

    Raises ValueError for any other name, with the names that there are.
    """
    subject = notebook.partition("_")[2]
    if subject not in subjects():
        raise BadValue(
            f"load: got {notebook!r}. The course has, after their numbers: {', '.join(subjects())}."
        )
    return ExerciseSet(notebook, exercises_of(subject), quiz_of(subject))


class ExerciseSet:
    """The exercises of a notebook, and its quiz. Its display says which are solved.

    notebook: the name under which progress is kept. Raises ValueError when two exercises share a name.
    """

    def __init__(self, notebook: str, exercises: Sequence[Exercise], quiz: Sequence[Question] = ()) -> None:
        names = [exercise.name for exercise in exercises]
        if twice := [name for name in names if names.count(name) > 1]:
            raise BadValue(f"ExerciseSet {notebook!r}: two exercises are called {twice[0]!r}. Rename one.")
        self.notebook = notebook
        self.exercises = {exercise.name: exercise for exercise in exercises}
        self.questions = tuple(quiz)
        self._progress, self._hinted = ExerciseProgress(notebook), dict.fromkeys(names, 0)

    @property
    def solved(self) -> list[str]:
        """The names of those that are solved, in the set's order."""
        solved = self._progress.solved
        return [name for name in self.exercises if name in solved]

    @property
    def answers(self) -> dict[int, str]:
        """The quiz so far: question number (from 1) -> the letter chosen last."""
        known = self._progress.answers
        numbered = enumerate(self.questions, 1)
        return {n: known[n] for n, question in numbered if known.get(n) in question.letters}

    def check(self, name: str, attempt: Any, record: bool = True) -> Result:
        """Try a function, a value or a panel on the exercise's hidden cases and say what became of it.

        record: whether a right one counts as solved; False for a solution that is only shown. Raises
        ValueError for a name that the set does not have; whatever the attempt does is reported.
        """
        result = check(self._exercise("check", name), attempt)
        if result and record:
            self._progress.add(name)
        return result

    def hint(self, name: str, number: int | None = None) -> Hint:
        """The next hint of an exercise, or the `number`-th; after the last, the last again.

        Raises ValueError for a name that the set does not have, or a hint that it does not have.
        """
        hints = self._exercise("hint", name).hints
        if not hints:
            raise BadValue(f"hint: the exercise {name!r} has no hints. Its task: {self.exercises[name].task}")
        if number is None:
            number = min(self._hinted[name] + 1, len(hints))
        if number not in range(1, len(hints) + 1):
            raise BadValue(f"hint: got number {number}. {name!r} has hints 1 to {len(hints)}.")
        self._hinted[name] = number
        return Hint(name, number, len(hints), hints[number - 1])

    def quiz(self) -> QuizPanel:
        """The questions, to be answered by clicking. Raises ValueError where the notebook has none."""
        if not self.questions:
            raise BadValue(f"quiz: {self.notebook!r} has no questions.")
        return QuizPanel(self.questions, self.answers, self.answer)

    def answer(self, number: int, letter: str) -> Result:
        """Answer a question of the quiz, counted from 1, such as answer(2, "c"). The answer is kept.

        Raises ValueError for a question or a letter that there is not.
        """
        if number not in range(1, len(self.questions) + 1):
            raise BadValue(f"answer: got question {number!r}. The quiz has {len(self.questions)} questions.")
        question = self.questions[number - 1]
        if letter not in question.letters:
            raise BadValue(f"answer: got {letter!r}. Question {number} has {', '.join(question.letters)}.")
        self._progress.answer(number, letter)
        right = question.is_right(letter)
        return Result(
            f"question {number}",
            "solved" if right else "wrong",
            int(right),
            1,
            f"{letter}. {question.reply(letter)}",
        )

    def start_again(self) -> None:
        """Forget what was solved and answered."""
        self._progress.forget()
        self._hinted = dict.fromkeys(self.exercises, 0)

    def _exercise(self, who: str, name: str) -> Exercise:
        if name not in self.exercises:
            raise BadValue(f"{who}: got {name!r}. This set has: {', '.join(self.exercises)}.")
        return self.exercises[name]

    def _summary(self) -> str:
        solved = f"{len(self.solved)} of {len(self.exercises)} exercises solved"
        if not self.questions:
            return solved
        right = count_right(self.questions, self.answers)
        return f"{solved}, {right} of {len(self.questions)} quiz questions right"

    def _marked(self) -> list[str]:
        solved = self.solved
        return [f"{MARKS['solved' if name in solved else 'open']} {name}" for name in self.exercises]

    def __repr__(self) -> str:
        return f"{self.notebook}: {self._summary()}\n  " + "  ".join(self._marked())

    def _repr_html_(self) -> str:
        share = 100 * len(self.solved) / max(1, len(self.exercises))
        names = " &nbsp; ".join(map(escape, self._marked()))
        bar = (
            "<div style='background:rgba(128,128,128,.25);height:6px;width:240px;border-radius:3px;"
            "margin:6px 0'>"
            f"<div style='background:#1a7f5a;height:6px;width:{share:.0f}%;border-radius:3px'></div></div>"
        )
        title = f"<b>{escape(self.notebook)}</b>: {self._summary()}"
        return f"<div style='margin:4px 0'>{title}{bar}<span style='opacity:.8'>{names}</span></div>"

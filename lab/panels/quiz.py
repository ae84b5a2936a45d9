"""The quiz panel: a question, its answers, a button for each; what is clicked is answered at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as widgets

from lab.core.errors import BadValue
from lab.markup import escape, inline
from lab.panels.frame import controls
from lab.panels.frame.panel import Panel

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Question:
    """A multiple-choice question.

    text: the question. options: pairs (an answer, what to say to whoever chooses it). right: the letter of
    the right one, such as "b". Texts may hold `code`.

    Raises ValueError for fewer than two options, an option that is not a pair of texts, and a letter that has
    no option.
    """

    text: str
    options: Sequence[tuple[str, str]]
    right: str

    def __post_init__(self) -> None:
        who = f"Question {self.text!r}"
        for option in self.options:
            if not (isinstance(option, tuple | list) and len(option) == 2 and all(option)):
                raise BadValue(f"{who}: the option {option!r} is not a pair (answer, reply).")
        if not 2 <= len(self.options) <= len(LETTERS):
            raise BadValue(f"{who}: got {len(self.options)} options. Give 2 to {len(LETTERS)}.")
        if self.right not in self.letters:
            raise BadValue(
                f"{who}: the right answer is {self.right!r}. Choose one of {', '.join(self.letters)}."
            )

    @property
    def letters(self) -> list[str]:
        """The letters of the options."""
        return list(LETTERS[: len(self.options)])

    def is_right(self, letter: str | None) -> bool:
        """Whether a letter stands for the right answer; None, no answer yet, does not."""
        return letter == self.right

    def reply(self, letter: str) -> str:
        """What to say to whoever chooses a letter."""
        return self.options[self.letters.index(letter)][1]


def count_right(questions: Sequence[Question], answers: Mapping[int, str]) -> int:
    """How many answers are right. answers: question number, from 1 -> letter."""
    return sum(question.is_right(answers.get(number)) for number, question in enumerate(questions, 1))


class QuizPanel(Panel):
    """Questions to be answered by clicking a letter. Every answer is explained, right or wrong.

    `panel.choose(2, "c")` does what the button does. Where no kernel runs, the questions are shown as text.

    questions: in their order, counted from 1. answers: what was chosen earlier, number -> letter. record:
    called with (number, letter) when an answer is chosen.
    """

    title = "Quiz"
    help = "Click the letter of your answer. You can change your mind."

    def __init__(
        self, questions: Sequence[Question], answers: Mapping[int, str], record: Callable[[int, str], Any]
    ) -> None:
        super().__init__()
        self.questions = tuple(questions)
        self.answers = dict(answers)
        self._record = record

    def choose(self, number: int, letter: str) -> None:
        """Answer a question. Raises ValueError for a question or a letter that there is not."""
        self._record(number, letter)
        self.answers[number] = letter
        self.changed()

    def state(self) -> str:
        right = count_right(self.questions, self.answers)
        return f"{len(self.answers)} of {len(self.questions)} answered, {right} right"

    def build(self) -> list[widgets.Widget]:
        self.buttons: list[dict[str, widgets.Button]] = []
        self.replies: list[widgets.HTML] = []
        parts: list[widgets.Widget] = []
        for number, question in enumerate(self.questions, 1):
            buttons = {}
            for letter, (option, _) in zip(question.letters, question.options, strict=True):
                answer = self.act(partial(self.choose, number, letter))
                buttons[letter] = controls.button(
                    letter, answer, f"question {number}, answer {letter}: {option}"
                )
            reply = controls.html("", "paw-reply")
            parts.append(controls.html(_as_html(number, question), "paw-question"))
            parts.append(controls.row(*buttons.values(), reply))
            self.buttons.append(buttons)
            self.replies.append(reply)
        return parts

    def refresh(self) -> None:
        rows = zip(self.questions, self.buttons, self.replies, strict=True)
        for number, (question, buttons, reply) in enumerate(rows, 1):
            chosen = self.answers.get(number)
            for letter, button in buttons.items():
                controls.mark(button, "paw-on", letter == chosen)
            reply.value = _reply(question, chosen) if chosen else ""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        bundle = super()._repr_mimebundle_(include, exclude)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data.pop("image/png", None)  # text is better than a picture of text
        data["text/html"] = "".join(_as_html(*pair) for pair in enumerate(self.questions, 1))
        return bundle


def _as_html(number: int, question: Question) -> str:
    """A question with its answers, and without a word on which is right."""
    options = "".join(
        f"<div style='margin-left:1.5em'><b>{letter}</b>&ensp;{inline(option)}</div>"
        for letter, (option, _) in zip(question.letters, question.options, strict=True)
    )
    return f"<div style='margin:10px 0 2px 0'><b>{number}.</b> {inline(question.text)}{options}</div>"


def _reply(question: Question, letter: str) -> str:
    mark, tone = ("✓", "paw-right") if question.is_right(letter) else ("✗", "paw-wrong")
    words = inline(question.reply(letter))
    return f'<span role="status"><b class="{tone}">{mark} {escape(letter)}</b> {words}</span>'

"""The quiz in a real JupyterLab: by mouse, by keyboard, and after the cell is run again."""

import pytest

pytestmark = pytest.mark.browser

CELL = """from lab.exercises import Exercise, ExerciseSet, Question
quiz = [
    Question(
        "A model gets 100% on the pictures it was trained on, and has seen no others. What do you know?",
        [("It is perfect.", "A dictionary gets 100% too."), ("Next to nothing.", "Ask for new ones.")],
        right="b",
    ),
    Question("Is `lr` a hyperparameter?", [("Yes.", "You choose it."), ("No.", "Who sets it?")], right="a"),
]
course = ExerciseSet("Quiz", [Exercise("one", "The number 1.", answer=1)], quiz)
course.quiz()"""


@pytest.mark.parametrize("theme, width", [("light", 1280), ("dark", 700)])
def test_a_question_is_answered_by_mouse_and_keyboard(notebook, theme, width):
    book = notebook([CELL, "course"], theme=theme, width=width)
    book.run(0)
    panel = book.output(0)
    panel.get_by_role("button", name="a", exact=True).first.click()
    panel.get_by_text("A dictionary gets 100% too.").wait_for()
    book.page.keyboard.press("Tab")
    book.page.keyboard.press("Enter")
    panel.get_by_text("Ask for new ones.").wait_for()
    panel.get_by_text("1 of 2 answered, 1 right").wait_for()
    book.screenshot(f"quiz-{theme}-{width}")
    book.run(1)
    assert "0 of 1 exercises solved, 1 of 2 quiz questions right" in book.output_text(1)
    assert book.errors == []

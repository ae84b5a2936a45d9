"""The quiz: every answer is explained and kept, and no page shows which is right before one has chosen."""

import pytest

from lab.exercises import Exercise, ExerciseSet, Question

pytestmark = pytest.mark.usefixtures("nothing_left_open")

QUIZ = [
    Question("Is `0.5` high?", [("It <is>", "For a coin, no."), ("It depends", "On what?")], right="b"),
    Question("Two?", [("No", "Count again."), ("Yes", "Right."), ("Perhaps", "It is certain.")], right="b"),
]


@pytest.fixture
def course():
    return ExerciseSet("A course", [Exercise("one", "The number 1.", answer=1)], QUIZ)


@pytest.fixture
def panel(course):
    panel = course.quiz()
    panel.widget  # noqa: B018  builds it
    yield panel
    panel.close()


def test_an_answer_is_explained_and_kept(course):
    assert repr(course.answer(1, "a")) == "✗ question 1: a. For a coin, no."
    assert repr(course.answer(1, "b")) == "✓ question 1: b. On what?"
    assert ExerciseSet("A course", [], QUIZ).answers == {1: "b"}
    assert "0 of 1 exercises solved, 1 of 2 quiz questions right" in repr(course)
    assert "1 of 2 quiz questions right" in course._repr_html_()


def test_a_question_or_a_letter_that_is_not_there_is_refused(course):
    with pytest.raises(ValueError, match="answer: got question 3. The quiz has 2 questions"):
        course.answer(3, "a")
    with pytest.raises(ValueError, match="answer: got 'c'. Question 1 has a, b"):
        course.answer(1, "c")
    with pytest.raises(ValueError, match="quiz: 'Another' has no questions"):
        ExerciseSet("Another", []).quiz()


def test_a_click_answers_and_is_remembered(course, panel):
    assert panel.state() == "0 of 2 answered, 0 right"
    panel.buttons[0]["a"].click()
    assert "✗ a" in panel.replies[0].value
    assert "For a coin, no." in panel.replies[0].value
    assert panel.state() == "1 of 2 answered, 0 right"
    panel.buttons[0]["b"].click()
    assert "✓ b" in panel.replies[0].value
    assert "paw-on" in panel.buttons[0]["b"]._dom_classes
    assert "paw-on" not in panel.buttons[0]["a"]._dom_classes
    assert panel.replies[1].value == ""
    assert course.answers == {1: "b"}
    again = course.quiz()
    assert again.state() == "1 of 2 answered, 1 right"
    again.close()


def test_a_page_without_a_kernel_shows_the_questions_and_no_reply(course, panel):
    panel.choose(1, "b")
    bundle = panel._repr_mimebundle_()
    page = (bundle[0] if isinstance(bundle, tuple) else bundle)["text/html"]
    assert "<code>0.5</code>" in page
    assert "It &lt;is&gt;" in page
    assert "On what?" not in page
    assert "image/png" not in bundle


def test_questions_that_cannot_be_asked_are_refused():
    with pytest.raises(ValueError, match="got 1 options. Give 2 to 8"):
        Question("One?", [("Yes", "Right.")], "a")
    with pytest.raises(ValueError, match="the right answer is 'c'. Choose one of a, b"):
        Question("Two?", [("Yes", "Right."), ("No", "Wrong.")], "c")
    with pytest.raises(ValueError, match="the option 'Yes' is not a pair"):
        Question("Three?", ["Yes", "No"], "a")


def test_the_quiz_is_forgotten_with_the_rest(course):
    course.answer(2, "b")
    course.start_again()
    assert course.answers == {}


def test_a_reply_may_hold_code_and_emphasis():
    options = [("No", "Step *against* it."), ("Yes", "`2 * a * b` is 2 * a * b.")]
    question = Question("Why?", options, right="a")
    panel = ExerciseSet("Stars", [], [question]).quiz()
    panel.widget  # noqa: B018  builds it
    panel.choose(1, "a")
    assert "Step <em>against</em> it." in panel.replies[0].value
    panel.choose(1, "b")
    assert "<code>2 * a * b</code> is 2 * a * b." in panel.replies[0].value
    panel.close()

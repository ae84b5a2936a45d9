"""A set of exercises: names, hints that go on from where they were, and progress that is kept."""

import json
import threading
from html.parser import HTMLParser

import pytest

from lab.exercises import Exercise, ExerciseSet, load
from lab.exercises.progress import ExerciseProgress, folder

ONE = Exercise("one", "The number 1.", answer=1, hints=["Count.", "It comes after 0.", "1"])
TWO = Exercise("two", "The number 2.", answer=2)
NASTY = "<b>&'\""


@pytest.fixture
def course():
    return ExerciseSet("A course", [ONE, TWO])


def test_a_set_shows_what_is_solved(course):
    assert repr(course) == "A course: 0 of 2 exercises solved\n  ○ one  ○ two"
    assert course.check("two", 2)
    assert course.solved == ["two"]
    assert repr(course) == "A course: 1 of 2 exercises solved\n  ○ one  ✓ two"
    assert "width:50%" in course._repr_html_()
    course.check("one", 1)
    assert course.solved == ["one", "two"]  # in the set's order


def test_only_what_is_right_and_ones_own_counts(course):
    course.check("one", 3)
    course.check("one", None)
    course.check("one", 1, record=False)
    assert course.solved == []


def test_what_was_solved_stays_solved(course):
    course.check("one", 1)
    course.check("one", 3)
    assert course.solved == ["one"]


def test_hints_come_one_after_the_other_and_by_number(course):
    assert repr(course.hint("one")) == "Hint 1 of 3 for one: Count."
    assert repr(course.hint("one")) == "Hint 2 of 3 for one: It comes after 0."
    assert repr(course.hint("one")) == "Hint 3 of 3 for one: 1"
    assert repr(course.hint("one")) == "Hint 3 of 3 for one: 1"
    assert repr(course.hint("one", 1)) == "Hint 1 of 3 for one: Count."
    assert repr(course.hint("one")) == "Hint 2 of 3 for one: It comes after 0."


@pytest.mark.parametrize("number", [0, 4, -1, "2"])
def test_a_hint_that_is_not_there_is_refused(course, number):
    with pytest.raises(ValueError, match="hint: got number .*. 'one' has hints 1 to 3."):
        course.hint("one", number)


def test_an_exercise_without_hints_shows_its_task(course):
    with pytest.raises(ValueError, match="'two' has no hints. Its task: The number 2."):
        course.hint("two")


def test_a_wrong_name_is_told_the_right_ones(course):
    with pytest.raises(ValueError, match="check: got 'three'. This set has: one, two."):
        course.check("three", 3)
    with pytest.raises(ValueError, match="hint: got 'One'. This set has: one, two."):
        course.hint("One")


def test_two_exercises_of_one_name_are_refused():
    with pytest.raises(ValueError, match="ExerciseSet 'A course': two exercises are called 'one'"):
        ExerciseSet("A course", [ONE, TWO, ONE])


def test_a_notebook_that_is_not_the_courses_is_refused():
    with pytest.raises(ValueError, match="load: got '99_nothing'. The course has, .*loss_from_scratch"):
        load("99_nothing")
    with pytest.raises(ValueError, match="load: got ''."):
        load("")


def test_progress_lies_in_the_labs_folder_and_a_new_set_knows_it(course, own_home):
    course.check("one", 1)
    assert json.loads((own_home / "progress" / "A_course.json").read_text()) == {
        "solved": ["one"],
        "quiz": {},
    }
    assert ExerciseSet("A course", [ONE, TWO]).solved == ["one"]
    assert ExerciseSet("Another course", [ONE, TWO]).solved == []


def test_progress_lies_where_the_environment_says(monkeypatch, tmp_path, own_home):
    monkeypatch.setenv("PAWLAB_PROGRESS", str(tmp_path / "new" / "mine"))
    assert folder() == tmp_path / "new" / "mine"
    ExerciseSet("A course", [ONE]).check("one", 1)
    assert [path.name for path in (tmp_path / "new" / "mine").iterdir()] == ["A_course.json"]
    assert not (own_home / "progress").exists()


@pytest.mark.parametrize("name", ["練習一", "Übung/1: ../..", "a b"])
def test_any_name_of_a_notebook_makes_a_file_of_its_own(name, own_home):
    ExerciseSet(name, [ONE]).check("one", 1)
    ExerciseSet(name + "?", [ONE]).check("one", 1)
    assert len(list((own_home / "progress").glob("*.json"))) == len(list(own_home.rglob("*.json"))) == 2


def test_a_solved_exercise_that_is_no_longer_there_does_not_count(course):
    course.check("two", 2)
    assert ExerciseSet("A course", [ONE]).solved == []


def test_start_again_forgets_what_was_solved_and_which_hints_were_given(course):
    other = ExerciseSet("A course", [ONE, TWO])
    course.check("one", 1)
    course.hint("one")
    course.start_again()
    assert course.solved == other.solved == ExerciseSet("A course", [ONE, TWO]).solved == []
    assert course.hint("one").number == 1
    other.check("two", 2)
    assert other.solved == course.solved == ["two"]  # what was forgotten does not come back


def test_two_sets_at_once_know_of_each_other(course):
    other = ExerciseSet("A course", [ONE, TWO])
    course.check("one", 1)
    other.check("two", 2)
    assert course.solved == other.solved == ["one", "two"]


def test_many_writers_leave_a_whole_file(course, own_home):
    def work():
        for _ in range(20):
            ExerciseSet("A course", [ONE, TWO]).check("one", 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert course.solved == ["one"]
    assert [path.name for path in (own_home / "progress").iterdir()] == ["A_course.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b'{"solved": 3}',
        b'{"solved": [["one"]]}',
        b'{"other": []}',
        b"\xff\xfe",
        b"null",
    ],
)
def test_a_file_that_somebody_else_wrote_counts_as_none(content, own_home):
    (own_home / "progress").mkdir()
    path = own_home / "progress" / "A_course.json"
    path.write_bytes(content)
    course = ExerciseSet("A course", [ONE, TWO])
    assert course.solved == []
    course.check("one", 1)
    assert json.loads(path.read_text()) == {
        "solved": ["one"],
        "quiz": {},
    }


def test_where_nothing_can_be_written_progress_lasts_as_long_as_the_kernel(own_home, monkeypatch):
    (own_home / "progress").write_text("a file where the folder should be")
    course = ExerciseSet("A course", [ONE, TWO])
    assert course.check("one", 1)
    assert course.check("two", 2)
    assert course.solved == ["one", "two"]
    course.start_again()
    assert course.solved == []
    course.check("one", 1)
    (own_home / "progress").unlink()
    course.check("two", 2)  # and is written once it can be
    assert ExerciseSet("A course", [ONE, TWO]).solved == ["one", "two"]


def test_what_a_folder_holds_that_can_only_be_read_is_known(own_home, monkeypatch):
    ExerciseProgress("A course").add("one")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("lab.exercises.progress.atomic_write", refuse)
    course = ExerciseSet("A course", [ONE, TWO])
    assert course.solved == ["one"]
    course.check("two", 2)
    assert course.solved == ["one", "two"]


class Texts(HTMLParser):
    """The texts of a page, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts, self.tags, self.open = [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_markup_in_names_and_values_is_shown_and_not_obeyed():
    course = ExerciseSet(
        f"Course {NASTY}",
        [
            Exercise(
                NASTY,
                f"Task {NASTY}.",
                answer=lambda x: "right",
                cases=[(NASTY,)],
                hints=[f"Hint {NASTY}."],
                mistakes=[(lambda x: x, f"mistake {NASTY}")],
            )
        ],
    )

    def fails(x):
        raise ValueError(NASTY)

    results = [
        course.check(NASTY, attempt) for attempt in (lambda x: x, None, NASTY, fails, lambda x: print(x))
    ]
    pages = [result._repr_html_() for result in results]
    pages += [course._repr_html_(), course.hint(NASTY)._repr_html_()]
    for page in pages:
        seen = Texts(page)
        assert NASTY in "".join(seen.texts)
        assert set(seen.tags) <= {"div", "b", "span", "table", "tr", "td", "code"}
    assert f"mistake {NASTY}" in Texts(pages[0]).texts
    assert "raise ValueError(NASTY)" in "".join(Texts(pages[3]).texts)


def test_code_in_hints_and_mistakes_is_set_as_code():
    one = Exercise("one", "Use `+`.", 1, hints=["`0 + 1`"], mistakes=[(2, "`1 + 1`")])
    course = ExerciseSet("A course", [one])
    assert "<code>0 + 1</code>" in course.hint("one")._repr_html_()
    assert "<code>1 + 1</code>" in course.check("one", 2)._repr_html_()
    assert "Use <code>+</code>." in course.check("one", 3)._repr_html_()
    assert "this is:  `1 + 1`" in repr(course.check("one", 2))


def test_words_of_several_lines_stay_in_their_column():
    table = Exercise("table", "Text.", answer=lambda: "x", cases=[()])

    def two_lines():
        raise ValueError("first\nsecond")

    assert repr(ExerciseSet("A course", [table]).check("table", two_lines)).splitlines()[1:3] == [
        "  raised:   ValueError: first",
        "            second",
    ]

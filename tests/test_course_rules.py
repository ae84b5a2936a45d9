"""Each rule for notebooks: it holds for a good one, and tells of a bad one with its name and cell."""

from copy import deepcopy
from types import SimpleNamespace

import pytest
from booklet import PIXEL, code, printed, result, text, write
from lesson_rules import COURSE, INSTALL, SEE

from lab.core.errors import BadValue
from lab.course.clean import CLEAN, local_names, problems
from lab.course.notebook import Notebook, digest
from lab.course.student import BADGES

NAME = "07_sample.ipynb"
SUPERUSER = "root"  # whose home is a path that no file of the project may spell out
NAMES = ("softmax", "log", "nll", "mean", "argmax")


def stub(name):
    return code(f'course.check("{name}", ...)', result(f"○ {name}: not written yet. Do it."))


def solution(name):
    source = f'# @title Solution (folded: try first)\ncourse.check("{name}", 1, record=False)'
    return code(source, result(f"✓ {name}: right."), jupyter={"source_hidden": True})


def lesson():
    """The cells of a notebook that keeps to all rules."""
    words = "| word | meaning |\n|---|---|\n| loss | how wrong |\n| rate | how far |"
    links = "| file | what |\n|---|---|\n| [`lab/losses.py`](../lab/losses.py) | all |\n| [top](#top) | x |"
    return [
        text(f"# 7 · A sample\n\n{BADGES.format(name=NAME)}\n\n**Goals**\n\n- none"),
        code(INSTALL),
        code('from lab import exercises\ncourse = exercises.load("07_sample")\ncourse', result("0 of 5")),
        code("picture", result("<Image>", png=PIXEL)),
        text(f"{SEE} A picture. See [the site](https://example.org) and [next](07_sample.ipynb)."),
        *(cell for name in NAMES for cell in (text(f"### Exercise: {name}"), stub(name), solution(name))),
        text("## Quiz"),
        code("course.quiz()", result("QuizPanel: 0 of 4 answered, 0 right")),
        text(f"## New words\n\n{words}\n\n## The code that did it\n\n{links}\n\nNext: nothing."),
        code("course", result("0 of 5")),
    ]


@pytest.fixture
def sheet(monkeypatch):
    """The exercises of 07_sample."""
    known = {"sample": [SimpleNamespace(name=name) for name in NAMES]}

    def exercises_of(subject):
        if subject not in known:
            raise BadValue("none")
        return known[subject]

    monkeypatch.setattr("exercise_rules.exercises_of", exercises_of)
    monkeypatch.setattr("lesson_rules.quiz_of", lambda subject: known.get("quiz", [1, 2, 3, 4]))
    return known


@pytest.fixture
def found(tmp_path, sheet):
    """found(cells, …) writes the cells as 07_sample.ipynb and gives what breaks a rule."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "losses.py").touch()

    def found(cells, rules=COURSE, fresh=True, **metadata):
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        if fresh:
            metadata["pawlab"] = {"sources": digest(sources)}
        return problems(Notebook(write(tmp_path / "notebooks" / NAME, *cells, **metadata)), rules)

    return found


def place(cells, source):
    """Where the first cell stands whose source holds a text."""
    return next(i for i, cell in enumerate(cells) if source in cell["source"])


def test_a_good_notebook_has_no_problem(found):
    assert found(lesson()) == []


def output(*outputs, source="what()"):
    """A change: one more cell with these outputs, after the second."""

    def change(cells):
        cells.insert(2, code(source, *deepcopy(outputs)))

    return change


def replaced(where, old, new):
    """A change: another source."""

    def change(cells):
        cell = cells[place(cells, where)]
        assert old in cell["source"]
        cell["source"] = cell["source"].replace(old, new)

    return change


def dropped(where):
    """A change: a cell less."""
    return lambda cells: cells.pop(place(cells, where))


def said(where, words):
    """A change: another output."""

    def change(cells):
        cells[place(cells, where)]["outputs"] = [result(words)]

    return change


def unfolded(cells):
    cells[place(cells, '"log", 1')]["metadata"] = {}


def loose(cells):
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["metadata"]["tags"] = ["nbval-skip"]


def swapped(cells):
    at = place(cells, '"log", ...')
    cells[at], cells[at + 1] = cells[at + 1], cells[at]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (output(source=" "), "cell [2]: it is empty"),
        (
            output({"output_type": "error", "ename": "KeyError", "evalue": "'pug'", "traceback": []}),
            "cell [2]: it ends in KeyError: 'pug'",
        ),
        (output(printed("x" * 1_000_000)), "cell [2]: the notebook has 1.0 MB"),
        (output(result("p", widget={"model_id": "1"})), "cell [2]: a link to a widget is saved"),
        (
            output(printed("saved to /home/ada/x.png")),
            "cell [2]: an output holds the absolute path '/home/ada'",
        ),
        (
            output(result(html="<b>/tmp/tmpabc/x</b>")),
            "cell [2]: an output holds the absolute path '/tmp/tmpabc'",
        ),
        (output(printed(r"C:\Users\ada\x")), r"cell [2]: an output holds the absolute path 'C:\\Users"),
        (
            output(source=f"open('/{SUPERUSER}/photos')"),
            f"cell [2]: the code holds the absolute path '/{SUPERUSER}/photos'",
        ),
        (output(printed("on 2026-08-14")), "cell [2]: an output tells a date or a time of day, '2026-08-14'"),
        (
            output(printed("14 August 2026")),
            "cell [2]: an output tells a date or a time of day, '14 August 2026'",
        ),
        (output(printed("Aug 14, 2026")), "cell [2]: an output tells a date"),
        (output(printed("at 17:03:59")), "cell [2]: an output tells a date or a time of day, '17:03:59'"),
        (output(printed("root@box:~#")), "cell [2]: an output names the user or the machine, 'root@box'"),
        (output(result("<f at 0x7f3a91c0>")), "cell [2]: an output shows an address in memory, '0x7f3a91c0'"),
        (replaced("# 7 ·", "# 7 · A", "# 8 · A"), "first text: it must begin with '# 7 · Title'"),
        (replaced("# 7 ·", "main/notebooks/07", "main/notebooks/06"), "first text: the line with the badges"),
        (replaced("# 7 ·", "**Goals**", "Goals"), "first text: the **Goals** are missing"),
        (replaced("pip install", "--quiet ", ""), "cell [1]: it must be the cell that installs the lab"),
        (replaced(SEE, SEE, "Look:"), "cell [3]: it shows a picture. The next text must begin"),
        (loose, "cell [1] is the first of too many that are not compared: 0%"),
        (dropped("## Quiz"), "last texts: there is no '## Quiz'"),
        (dropped("course.quiz()"), "text after cell [13]: no code cell 'course.quiz()' follows"),
        (replaced("## New", "| rate | how far |", ""), "'## New words' has no table"),
        (replaced("## New", "## The code that did it", "## Code"), "there is no '## The code that did it'"),
        (replaced("## New", "../lab/losses.py", "https://example.org"), "no link leads into ../lab/"),
        (
            replaced("## New", "losses.py)", "lost.py)"),
            "text after cell [14]: the link to '../lab/lost.py' leads no",
        ),
        (replaced("exercises.load", "07_sample", "06_sample"), "none says 'course = exercises.load"),
        (lambda cells: cells.append(code("1")), "cell [16]: the last code cell must be 'course'"),
        (dropped('"log", 1'), "cell [6]: no solution of 'log' follows"),
        (swapped, "cell [7]: no solution of 'log' follows"),
        (said('"log", 1', "✗ log: not right. Do it."), "cell [7]: the solution of 'log' is not right"),
        (said('"log", ...', "✓ log: right."), "cell [6]: the stub of 'log' does not say 'not written yet'"),
        (unfolded, "cell [7]: the solution of 'log' is not folded"),
        (replaced('"log", 1', "# @title Solution", "# Solution"), "the solution of 'log' must begin with"),
    ],
)
def test_what_breaks_a_rule_is_told_with_its_cell(found, change, words):
    cells = lesson()
    change(cells)
    told = found(cells)
    assert any(sentence.startswith(NAME) and words in sentence for sentence in told), told


def test_cells_that_were_run_out_of_order_are_told(tmp_path, found):
    cells = lesson()
    found(cells)
    cells[2]["execution_count"], cells[3]["execution_count"] = 3, None
    book = Notebook(write(tmp_path / NAME, *cells, counted=False))
    told = problems(book, CLEAN)
    assert told[0].startswith(f"{NAME}, cell [2]: its number is [3].")
    assert told[1].startswith(f"{NAME}, cell [3]: it was not run.")


def test_code_that_was_edited_after_its_run_is_told(found):
    assert any("was edited after the outputs" in sentence for sentence in found(lesson(), fresh=False))


def test_the_state_of_widgets_is_told(found):
    assert any("the state of widgets is saved" in sentence for sentence in found(lesson(), widgets={}))


def test_four_exercises_are_too_few_and_each_must_be_on_the_sheet(found, sheet):
    cells = [cell for cell in lesson() if '"log"' not in cell["source"]]
    told = found(cells)
    assert f"{NAME}, all code cells: 4 exercises are checked, 5 were expected." in told
    assert f"{NAME}, exercise 'log': it is missing in the notebook." in told
    sheet["sample"].pop()
    told = found(lesson())
    assert told == [f"{NAME}, exercise 'argmax': it is missing in exercises/sample.py."]


def test_a_short_quiz_is_told(found, sheet):
    sheet["quiz"] = [1, 2, 3]
    told = found(lesson())
    assert told == [f"{NAME}: exercises/sample_quiz.py has 3 questions, 4 were expected."]


def test_a_notebook_without_exercises_is_told(found, sheet):
    sheet.clear()
    assert any("there is no exercises/sample.py" in sentence for sentence in found(lesson()))


def test_the_users_name_is_found_unless_it_is_a_word_like_any_other(found, monkeypatch):
    monkeypatch.setenv("USER", "lovelace")
    assert "lovelace" in local_names()
    cells = lesson()
    output(printed("made by lovelace"))(cells)
    assert any("names the user or the machine, 'lovelace'" in sentence for sentence in found(cells))
    monkeypatch.setenv("USER", "user")
    cells = lesson()
    output(printed("the user chooses"))(cells)
    assert found(cells) == []


def test_what_only_looks_like_a_path_a_date_or_an_address_is_fine(found):
    cells = lesson()
    words = "1/2 of images/home/cat.jpg, https://x.org/home/y, epoch 00:07, 3:20, 0xff, #0072B2, "
    words += f"mean/{SUPERUSER}/2"
    image = result(html='<img src="data:image/png;base64,AA+/home/AAAA/tmp/abc=">')
    output(printed(words), image)(cells)
    assert found(cells) == []


def test_a_file_that_is_no_notebook_is_told_by_its_name(tmp_path):
    for words in ("not json", "[]", '{"cells": [{"source": ""}]}'):
        (tmp_path / "odd.ipynb").write_text(words, encoding="utf-8")
        with pytest.raises(ValueError, match="notebook: 'odd.ipynb' cannot be read as a notebook"):
            Notebook(tmp_path / "odd.ipynb")


def test_after_a_panel_that_is_still_empty_the_text_may_say_what_to_press(found):
    cells = lesson()
    replaced(SEE, f"{SEE} A picture.", "Press Run, or run the next cell.")(cells)
    assert found(cells) == []

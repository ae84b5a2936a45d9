"""`python -m lab notebooks --student`: the course runs without its solutions, and tells none of them."""

import json
import re
from keyword import iskeyword
from pathlib import Path

import pytest
from booklet import code, printed, read, result, text, write
from notebookcells import run_cells, shown

import lab
from lab.__main__ import main
from lab.course.folder import notebooks
from lab.course.notebook import Notebook
from lab.course.pairs import is_solution, pairs
from lab.course.reference import own_or_reference
from lab.course.student import BADGES, copy_student_edition, student_edition
from lab.exercises import Exercise, ExerciseSet, load
from lab.exercises.packing import pack, unpack

SOLUTION = "# @title Solution (folded: try first)\n"
STUB = "def double(x):\n    ...\n\n\ncourse.check('double', double)"
SOLVED = SOLUTION + "def double_solution(x):\n    return x + x\n\n\n"
SOLVED += "course.check('double', double_solution, record=False)"
VALUE = "number = ...\ncourse.check('number', number)"
VALUE_SOLVED = SOLUTION + "number_solution = 1234\ncourse.check('number', number_solution, record=False)"
SET = """\
from lab.exercises import Exercise, ExerciseSet, load

course = ExerciseSet("small", [
    Exercise("double", "Twice x.", answer=lambda x: 2 * x, cases=[(1,), (3,)]),
    Exercise("number", "A number.", answer=1234),
    Exercise("any", "Anything.", answer=None, judge=lambda got: "" if "bone" in got else ...),
])"""
BOX = "box = []\nfetched = course.check('any', box)\nfetched"
BOX_SOLVED = SOLUTION + "full = list(box)\nfor thing in ('ball', 'bone'):\n    full.append(thing)\n\n"
BOX_SOLVED += "course.check('any', full, record=False)"


def book(tmp_path, *cells):
    """A notebook that has been read."""
    return Notebook(write(tmp_path / "01_small.ipynb", *cells))


def sources(raw):
    """The sources of the code cells of a notebook's JSON."""
    return ["".join(cell["source"]) for cell in raw["cells"] if cell["cell_type"] == "code"]


def test_a_solution_goes_with_what_it_showed_and_so_do_all_outputs_and_badges(tmp_path):
    badges = BADGES.format(name="01_small.ipynb")
    small = write(
        tmp_path / "01_small.ipynb",
        text(f"# 1 · Small\n\n{badges}\n\n**Goals**"),
        code(STUB, result("○ double")),
        code(SOLVED, printed("right\n")),
        code("1 + 1", result("2")),
        pawlab={"sources": "digest"},
    )
    raw = student_edition(Notebook(small))
    assert sources(raw) == [STUB, "1 + 1"]
    assert "badge" not in raw["cells"][0]["source"] and "**Goals**" in raw["cells"][0]["source"]
    assert all(cell["outputs"] == [] for cell in raw["cells"] if cell["cell_type"] == "code")
    assert all(cell["execution_count"] is None for cell in raw["cells"] if cell["cell_type"] == "code")
    assert "pawlab" not in raw["metadata"] and raw["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize(
    "later",
    [
        "double_solution(2)",
        "def six():\n    return double_solution(3)",
        "[double_solution(x) for x in range(3)]",
        "%time double_solution(2)\ndouble_solution(2)",
    ],
)
def test_where_a_later_cell_uses_the_answer_a_cell_gives_it(tmp_path, later):
    given, last = sources(student_edition(book(tmp_path, code(STUB), code(SOLVED), code(later))))[1:]
    assert (
        'double_solution = own_or_reference(\n    course, "double", double, answer="double_solution"' in given
    )
    assert "x + x" not in given and last == later


@pytest.mark.parametrize(
    "later",
    [
        "double_solution = 1\ndouble_solution",
        "def f(double_solution):\n    return double_solution",
        SOLUTION + "double_solution\ncourse.check('double', double_solution, record=False)",
    ],
    ids=["made anew", "a parameter", "a solution"],
)
def test_where_none_does_nothing_comes_in_its_place(tmp_path, later):
    cells = sources(student_edition(book(tmp_path, code(STUB), code(SOLVED), code(later))))
    assert not any("own_or_reference" in cell for cell in cells)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            [STUB, SOLVED.replace("\n\n\n", "\n\n\nhelper = 3\n"), "print(helper)"],
            "uses 'helper', which only the solution of 'double' makes",
        ),
        ([SOLVED], "no stub before it"),
        ([STUB, SOLUTION + "print(1)"], "must check one answer; it checks 0"),
    ],
)
def test_what_cannot_be_taken_apart_is_told_with_the_cell(tmp_path, cells, message):
    with pytest.raises(ValueError, match=message) as told:
        pairs(book(tmp_path, *map(code, cells)))
    assert "01_small.ipynb, cell [" in str(told.value)


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setenv("PAWLAB_PROGRESS", str(tmp_path / "progress"))
    double = Exercise("double", "Twice x.", answer=lambda x: 2 * x, cases=[(1,), (3,)])
    judged = Exercise("any", "Anything.", answer=None, judge=lambda attempt: "" if attempt == 1 else "no")
    return ExerciseSet("small", [double, judged])


PACKED = {
    "answer": "double_solution",
    "packed": pack("k = 2\nprint(k)\ndef double_solution(x): return k * x + more"),
}
more = 0  # what the solution uses of the notebook


def test_later_cells_use_a_students_own_answer_once_it_is_right_and_it_does_not_count_twice(course, capsys):
    def mine(x):
        return x + x

    assert own_or_reference(course, "double", mine, **PACKED) is mine
    assert capsys.readouterr().out == "The cells below use your own answer to double.\n"
    assert course.solved == []


@pytest.mark.parametrize(
    "attempt",
    [..., None, lambda x: ..., lambda x: x, 3],
    ids=("dots", "none", "a stub", "wrong", "a number"),
)
def test_until_then_they_use_the_courses_and_no_other_name_changes(course, capsys, attempt):
    assert own_or_reference(course, "double", attempt, **PACKED)(4) == 8
    words = "The cells below use the course's answer to double until yours is right.\n"
    assert capsys.readouterr().out == words
    assert not {"k", "double_solution"} & set(globals())


def test_a_solution_brings_along_the_solutions_that_it_uses(tmp_path):
    again = STUB.replace("double", "again"), SOLVED.replace("x + x", "double_solution(double_solution(x))")
    again = (
        again[0],
        again[1]
        .replace("def double_solution", "def again_solution")
        .replace("('double', double_solution", "('again', again_solution"),
    )
    cells = [*map(code, (STUB, SOLVED, *again, "again_solution(1)"))]
    (given,) = (one for one in sources(student_edition(book(tmp_path, *cells))) if "packed" in one)
    scope = {}
    exec(unpack(re.search('packed="(.*)"', given)[1]), scope)
    assert scope["again_solution"](1) == 4


def test_a_student_edition_runs_for_whoever_solves_nothing_and_for_whoever_solves_all(tmp_path):
    last = "double_solution(4), number_solution, full, 'thing' in globals()"
    cells = [SET, STUB, SOLVED, VALUE, VALUE_SOLVED, BOX, BOX_SOLVED, last]
    edition = sources(student_edition(book(tmp_path, *map(code, cells))))
    assert not any("'ball'" in cell for cell in edition)
    answers = {
        STUB: STUB.replace("...", "return x * 2"),
        VALUE: VALUE.replace("...", "1234"),
        BOX: BOX.replace("[]", "['bone']"),
    }
    nothing = run_cells(edition, tmp_path).cells
    assert shown(nothing[-1]) == "(8, 1234, ['ball', 'bone'], False)"
    assert [shown(nothing[place]).partition(".")[0] for place in (1, 3, 5)] == [
        "○ double: not written yet",
        "○ number: not written yet",
        "○ any: not done yet",
    ]
    assert shown(nothing[6]) == "The cells below use the course's answer to any until yours is right."
    all_right = run_cells([answers.get(cell, cell) for cell in edition], tmp_path).cells
    assert shown(all_right[-1]) == "(8, 1234, ['bone'], False)"
    assert shown(all_right[2]) == "The cells below use your own answer to double."


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_no_answer_can_be_read_in_the_students_course(path):
    whole = Notebook(path)
    raw = student_edition(whole)
    assert any(cell.source for cell in whole.code if is_solution(cell))
    told = "\n".join("".join(cell["source"]) for cell in raw["cells"])
    open_text = "\n".join(cell.source for cell in whole.cells if not is_solution(cell))
    for cell in filter(is_solution, whole.code):
        for line in map(str.strip, cell.source.splitlines()[1:]):
            if len(line) >= 20 and line not in open_text:
                assert line not in told
    assert "record=False" not in told and "# @title Solution" not in told


def test_the_copy_is_brought_up_to_date_and_nothing_of_the_students_is_lost(tmp_path):
    source, target = tmp_path / "source", tmp_path / "mine"
    write(source / "01_small.ipynb", text("# 1 · Small [code](../lab/losses.py)"), code(STUB), code(SOLVED))
    (source / "README.md").write_text("a<br>[Binder](https://b/?c) · [Colab](https://c) |", encoding="utf-8")
    assert copy_student_edition(target, source) == [f"2 files copied to '{target}'."]
    assert (
        "https://github.com/pawlab/pawlab/blob/main/lab"
        in read(target / "01_small.ipynb")["cells"][0]["source"]
    )
    assert (target / "README.md").read_text(encoding="utf-8") == "a |"
    assert copy_student_edition(target, source) == [f"'{target}' is up to date."]
    mine = json.dumps(read(target / "01_small.ipynb")).replace("...", "return 2 * x")
    (target / "01_small.ipynb").write_text(mine, encoding="utf-8")
    assert copy_student_edition(target, source) == ["1 file left as you changed it: 01_small.ipynb."]
    with pytest.raises(ValueError, match="is the course itself"):
        copy_student_edition(source, source)


def test_the_command_copies_all_notebooks_without_solutions(tmp_path, capsys):
    assert main(["notebooks", "--student", str(tmp_path / "mine"), "--no-open"]) == 0
    assert re.search(r"\d+ files copied", capsys.readouterr().out)
    copied = sorted((tmp_path / "mine").glob("*.ipynb"))
    assert [path.name for path in copied] == [path.name for path in notebooks()]
    assert not any("# @title Solution" in path.read_text(encoding="utf-8") for path in copied)


NOTES = Path(lab.__file__).parent.parent / "docs" / "teaching" / "notes"


@pytest.mark.skipif(not NOTES.is_dir(), reason="a checkout is needed")
def test_the_teaching_notes_have_a_page_for_each_notebook_and_plan_with_exercises_that_it_has():
    assert sorted(page.stem for page in NOTES.glob("*.md")) == [path.stem for path in notebooks()]
    for path in notebooks():
        plan = [
            row
            for row in (NOTES / f"{path.stem}.md").read_text(encoding="utf-8").splitlines()
            if row[:1] == "|"
        ]
        named = {name for name in re.findall(r"`([a-z]\w*)`", "\n".join(plan)) if not iskeyword(name)}
        assert not named - set(load(path.stem).exercises), path.stem

"""`python -m lab notebooks --nbgrader` and `--otter`: answers and points where the graders look for them."""

import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from booklet import code, read, result, text, write

from lab.__main__ import main
from lab.course.folder import notebooks
from lab.course.nbgrader import CONFIG, export_nbgrader, nbgrader_edition
from lab.course.notebook import Notebook
from lab.course.otter import otter_edition
from lab.course.pairs import is_solution, names, pairs
from lab.course.solved import renames, solved_stub

SOLUTION = "# @title Solution (folded: try first)\n"
REGION = re.compile(r"^( *)#+ BEGIN SOLUTION\n.*?^ *#+ END SOLUTION", re.M | re.S)
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS", re.S)


def small(tmp_path, *cells, name="01_first_classifier"):
    return Notebook(write(tmp_path / f"{name}.ipynb", *cells))


def merged(tmp_path, stub, solution):
    """The stub's cell with the answer in it."""
    book = small(tmp_path, code(stub), code(SOLUTION + solution))
    (pair,) = pairs(book)
    return solved_stub(stub, book.code[1].source, pair, renames([pair]))


def source(cell):
    return "".join(cell["source"])


@pytest.mark.parametrize(
    ("stub", "solution", "expected"),
    [
        (
            "def f(x):\n    # your code\n    ...\n\n\ncourse.check('f', f)",
            "def f_solution(x):\n    # twice\n    return 2 * x\n\n\n"
            "course.check('f', f_solution, record=False)",
            "def f(x):\n    ### BEGIN SOLUTION\n    # twice\n    return 2 * x\n    ### END SOLUTION\n\n\n"
            "course.check('f', f)",
        ),
        (
            "def f(\n    x,\n    y=1,\n):\n    ...\n\n\ncourse.check('f', f)",
            "import re\n\n\ndef f_solution(x, y=1):\n    return f_solution(x - 1)\n\n\n"
            "course.check('f', f_solution, record=False)",
            "def f(\n    x,\n    y=1,\n):\n    ### BEGIN SOLUTION\n    import re\n    return f(x - 1)\n"
            "    ### END SOLUTION\n\n\ncourse.check('f', f)",
        ),
        (
            "n = ...  # a number\n\ncourse.check('n', n)",
            "n_solution = 2 + 3\nprint(f'{n_solution} n_solution', a.n_solution)  # n_solution is 5\n\n"
            "course.check('n', n_solution, record=False)",
            "n = ...  # a number\n### BEGIN SOLUTION\nn = 2 + 3\n"
            "print(f'{n} n_solution', a.n_solution)  # n_solution is 5\n"
            "### END SOLUTION\n\ncourse.check('n', n)",
        ),
        (
            "class A:\n    def f(self):\n        ...\n\n\ncourse.check('A', A)",
            "class ASolution:\n    def f(self):\n        return 1\n\n\n"
            "course.check('A', ASolution, record=False)",
            "class A:\n    def f(self):\n        ...\n\n\n### BEGIN SOLUTION\nclass A:\n    def f(self):\n"
            "        return 1\n### END SOLUTION\n\ncourse.check('A', A)",
        ),
        (
            "def f(x): ...  # your code\n\n\ncourse.check('f', f)",
            "def f_solution(x):\n    return x\n\n\ncourse.check('f', f_solution, record=False)",
            "def f(x): ...  # your code\n\n\n### BEGIN SOLUTION\ndef f(x):\n    return x\n"
            "### END SOLUTION\n\ncourse.check('f', f)",
        ),
        (
            "def f(x):\n    ...\n\n\ncourse.check('f', f)",
            "def half(x):\n    return x / 2\n\n\ndef f_solution(x):\n    return half(x)\n\n\n"
            "course.check('f', f_solution, record=False)",
            "def f(x):\n    ...\n\n\n### BEGIN SOLUTION\ndef half(x):\n    return x / 2\n\n\ndef f(x):\n"
            "    return half(x)\n### END SOLUTION\n\ncourse.check('f', f)",
        ),
        (
            "done = course.check('panel', panel)\ndone",
            "other = Panel()\nother.set(1)\ncourse.check('panel', other, record=False)",
            "### BEGIN SOLUTION\npanel = Panel()\npanel.set(1)\n### END SOLUTION\n\n"
            "done = course.check('panel', panel)\ndone",
        ),
        (
            "best = {'a': ...}\n\ncourse.check('best', None if ... in best.values() else best)",
            "best_solution = {'a': 1}\n\ncourse.check('best', best_solution, record=False)",
            "best = {'a': ...}\n### BEGIN SOLUTION\nbest = {'a': 1}\n### END SOLUTION\n\n"
            "course.check('best', None if ... in best.values() else best)",
        ),
        (
            "n = ...\n\ncourse.check('n', n)",
            "left = [2, 1]\n\ncourse.check('n', min(left), record=False)",
            "n = ...\n### BEGIN SOLUTION\nleft = [2, 1]\nn = min(left)\n### END SOLUTION\n\n"
            "course.check('n', n)",
        ),
    ],
    ids=["function", "import", "value", "class", "one line", "helper", "panel", "expression", "nameless"],
)
def test_the_answer_stands_in_the_stub_between_marks_under_the_students_name(
    tmp_path, stub, solution, expected
):
    assert merged(tmp_path, stub, solution) == expected


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
@pytest.mark.parametrize("edition", [nbgrader_edition, otter_edition])
def test_every_notebook_becomes_an_assignment_that_tells_no_answer_once_the_marked_parts_are_gone(
    path, edition
):
    book = Notebook(path)
    cells = [cell for cell in edition(book)["cells"] if cell["cell_type"] == "code"]
    marked = [source(cell) for cell in cells if "BEGIN SOLUTION" in source(cell)]
    assert len(marked) == len(pairs(book))
    for cell, pair in zip(marked, pairs(book), strict=True):
        makes, _ = names(cell)
        assert pair.variable in makes or pair.answer == pair.variable, f"{pair.name}: no answer is given"
    released = "\n".join(HIDDEN.sub("", REGION.sub(r"\1...", source(cell))) for cell in cells)
    open_text = "\n".join(cell.source for cell in book.cells if not is_solution(cell))
    for cell in filter(is_solution, book.code):
        for line in map(str.strip, cell.source.splitlines()[1:]):
            if len(line) >= 20 and line not in open_text and "course.check" not in line:
                assert line not in released


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_nbgraders_metadata_are_whole_and_every_exercise_has_points_of_its_own(path):
    book = Notebook(path)
    raw = nbgrader_edition(book)
    found = [cell["metadata"]["nbgrader"] for cell in raw["cells"] if "nbgrader" in cell["metadata"]]
    ids = [each["grade_id"] for each in found]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]+", each) for each in ids)
    assert all(each["schema_version"] == 3 and each["task"] is False for each in found)
    graded = [each for each in found if each["grade"]]
    assert [each["grade_id"] for each in graded] == [f"points-{pair.name}" for pair in pairs(book)]
    assert all(each["locked"] and not each["solution"] and each["points"] in (1, 3) for each in graded)
    solutions = [each for each in found if each["solution"]]
    assert len(solutions) == len(graded) and not any(each["locked"] or each["grade"] for each in solutions)
    assert len({cell["id"] for cell in raw["cells"]}) == len(raw["cells"])
    assert all(cell["outputs"] == [] for cell in raw["cells"] if cell["cell_type"] == "code")


@pytest.fixture
def course(tmp_path):
    """A course of one notebook with a picture, links, two exercises of notebook 1 and a cell that goes on."""
    folder = tmp_path / "course"
    links = "[code](../lab/losses.py) [next](02_b.ipynb#quiz) [how](EXERCISES.md) ![i](images/i.png) [a](https://b.c)"
    write(
        folder / "01_first_classifier.ipynb",
        text(f"# 1 · Small\n\n{links}"),
        code("from lab import exercises\n\ncourse = exercises.load('01_first_classifier')"),
        code(
            "def how_many(width, height):\n    # your code\n    ...\n\n\ncourse.check('how_many', how_many)",
            result("○ how_many: not written yet."),
        ),
        code(
            SOLUTION + "def how_many_solution(width, height):\n    return 3 * width * height\n\n\n"
            "course.check('how_many', how_many_solution, record=False)",
            result("✓ right"),
        ),
        code("how_many_solution(2, 2)", result("12")),
        code(
            "def answer(labels, probs):\n    # your code\n    ...\n\n\ncourse.check('answer', answer)",
            result("○ answer: not written yet."),
        ),
        code(
            SOLUTION + "def answer_solution(labels, probs):\n    best = probs.index(max(probs))\n"
            "    return labels[best], probs[best]\n\n\ncourse.check('answer', answer_solution, record=False)",
            result("✓ right"),
        ),
        code("course", result("2 exercises")),
    )
    (folder / "images").mkdir()
    (folder / "images" / "i.png").write_bytes(b"\x89PNG")
    return folder


def test_an_assignment_has_a_folder_with_what_it_shows_and_links_that_lead_from_there(course, tmp_path):
    target = tmp_path / "graded"
    assert export_nbgrader(target, course) == [f"3 files written to '{target}'."]
    place = target / "source" / "01_first_classifier"
    assert (place / "images" / "i.png").read_bytes() == b"\x89PNG"
    first = read(place / "01_first_classifier.ipynb")["cells"][0]["source"]
    repository = "https://github.com/pawlab/pawlab/blob/main"
    assert f"({repository}/lab/losses.py)" in first and f"({repository}/notebooks/EXERCISES.md)" in first
    assert "(../02_b/02_b.ipynb#quiz)" in first
    assert "(images/i.png)" in first and "(https://b.c)" in first
    compile(CONFIG, "nbgrader_config.py", "exec")


def test_what_was_changed_there_is_never_overwritten(course, tmp_path):
    target = tmp_path / "graded"
    export_nbgrader(target, course)
    assert export_nbgrader(target, course) == [f"'{target}' is up to date."]
    (target / "nbgrader_config.py").write_text("mine", encoding="utf-8")
    (told,) = export_nbgrader(target, course)
    assert told.startswith("1 file left as found") and told.endswith("nbgrader_config.py.")
    assert (target / "nbgrader_config.py").read_text(encoding="utf-8") == "mine"
    with pytest.raises(ValueError, match="is the course itself"):
        export_nbgrader(course, course)
    with pytest.raises(NotADirectoryError, match="Name a folder"):
        export_nbgrader(target / "nbgrader_config.py", course)


def test_the_commands_write_all_notebooks_and_open_nothing(tmp_path, capsys):
    for option, place in (("--nbgrader", "source/*/*.ipynb"), ("--otter", "*/*.ipynb")):
        assert main(["notebooks", option, str(tmp_path / option)]) == 0
        assert "files written to" in capsys.readouterr().out
        assert len(list((tmp_path / option).glob(place))) == len(notebooks())
    with pytest.raises(SystemExit):
        main(["notebooks", "--student", "--nbgrader", str(tmp_path)])


# With the graders themselves, where they are installed beside the lab.


def grader(module, *words, cwd):
    """Run a grader of this Python, as its user would."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    environment["PAWLAB_PROGRESS"] = os.devnull
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def handed_in(released, attempts):
    """A student's paper: the released notebook, each attempt in place of the cell that begins like it."""
    raw = read(released)
    for cell in raw["cells"]:
        for attempt in attempts:
            if cell["cell_type"] == "code" and source(cell).startswith(attempt.partition("\n")[0]):
                cell["source"] = attempt
    return json.dumps(raw)


RIGHT = [
    "def how_many(width, height):\n    return width * height * 3",
    "def answer(labels, probs):\n    return max(zip(labels, probs), key=lambda pair: pair[1])",
]
HALF = ["def how_many(width, height):\n    return width * height", RIGHT[1]]


@pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="nbgrader is not installed")
def test_nbgrader_releases_it_and_gives_the_points(course, tmp_path):
    target, name = tmp_path / "graded", "01_first_classifier"
    export_nbgrader(target, course)
    grader("nbgrader", "generate_assignment", name, cwd=target)
    released = target / "release" / name / f"{name}.ipynb"
    said = "\n".join(source(cell) for cell in read(released)["cells"])
    assert "def how_many(width, height):\n    # your code\n    ...\n" in said
    assert "3 * width" not in said and "HIDDEN" not in said and ".index(" not in said
    for student, attempts in (("right", RIGHT), ("half", HALF), ("nothing", [])):
        place = target / "submitted" / student / name
        place.mkdir(parents=True)
        (place / f"{name}.ipynb").write_text(handed_in(released, attempts), encoding="utf-8")
    grader("nbgrader", "autograde", name, cwd=target)
    rows = sqlite3.connect(target / "gradebook.db").execute(
        "select student_id, sum(auto_score) from grade "
        "join submitted_notebook on grade.notebook_id = submitted_notebook.id "
        "join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id "
        "group by student_id"
    )
    points = dict(rows.fetchall())
    assert points["right"] == 6 and 3 <= points["half"] < 6 and points["nothing"] == 0


@pytest.mark.skipif(importlib.util.find_spec("otter") is None, reason="otter-grader is not installed")
def test_otter_releases_it_and_gives_the_points(course, tmp_path):
    name, target = "01_first_classifier", tmp_path / "graded"
    assert main(["notebooks", "--otter", str(target)]) == 0
    shutil.rmtree(target)
    from lab.course.otter import export_otter

    export_otter(target, course)
    place = target / name
    assert "All autograder tests passed." in grader(
        "otter", "assign", f"{name}.ipynb", "dist", "-v", cwd=place
    )
    released = place / "dist" / "student" / f"{name}.ipynb"
    said = "\n".join(source(cell) for cell in read(released)["cells"])
    assert "3 * width" not in said and ".index(" not in said and "require()" not in said
    (archive,) = (place / "dist" / "autograder").glob("*.zip")
    for attempts, points in ((RIGHT, "6.000 / 6.000"), (HALF, "3.000 / 6.000"), ([], "0.000 / 6.000")):
        paper = tmp_path / f"{name}.ipynb"
        paper.write_text(handed_in(released, attempts), encoding="utf-8")
        told = grader("otter", "run", str(paper), "-a", str(archive), "-o", str(tmp_path), cwd=tmp_path)
        assert f"Total Score: {points}" in told

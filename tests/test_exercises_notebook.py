"""In a real kernel: the page for instructors does what it says, and a grader's notebook gives the points."""

import re
from pathlib import Path

import pytest
from notebookcells import run_cells, shown

import lab

PAGE = Path(lab.__file__).parent.parent / "notebooks" / "EXERCISES.md"
SHEET = """\
from lab.exercises import Exercise, ExerciseSet

double = Exercise("double", "Twice the number.", answer=lambda x: 2 * x, cases=[(0,), (3,)])
course = ExerciseSet("graded", [double])
"""
BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
TEST_CELL = f"""\
assert callable(double)
{BEGIN}
from graded import course

course.check("double", double, record=False).require();
{END}"""
PART_CELL = f"""\
{BEGIN}
4 * course.check("double", double, record=False).score
{END}"""
SOLUTION_CELL = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of the blocks of code of a page in Markdown."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def test_the_page_for_instructors_does_what_it_says(tmp_path):
    cells, expected = [], {}
    for language, text in blocks(PAGE.read_text(encoding="utf-8")):
        if text.startswith("# week1.py\n"):
            (tmp_path / "week1.py").write_text(text, encoding="utf-8")
        elif language == "python":
            cells.append(text.rstrip("\n"))
        else:
            expected[len(cells) - 1] = text.rstrip("\n")
    notebook = run_cells(cells, tmp_path)
    assert len(cells) >= 8 and len(expected) >= 6
    assert not any(output.output_type == "error" for cell in notebook.cells for output in cell.outputs)
    got = {number: shown(notebook.cells[number]) for number in range(len(cells))}
    # A check at the end of a cell shows its result; the others show nothing.
    assert {number: text for number, text in got.items() if text} == expected


def test_the_page_links_to_files_that_are_there():
    links = re.findall(r"\]\(([^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert links
    assert all((PAGE.parent / link).exists() for link in links), links


def stripped(source: str) -> str:
    """What a student is given: the cell without its hidden part."""
    return re.sub(rf"{BEGIN}\n.*?{END}", "", source, flags=re.DOTALL)


def points(cell, most: float) -> float:
    """As nbgrader counts: none for an error or a word on stderr, else the number that is shown, else all."""
    for output in cell.outputs:
        if output.output_type == "error" or output.get("name") == "stderr":
            return 0.0
        if output.output_type == "execute_result":
            return float(output.data["text/plain"])
    return most


@pytest.mark.parametrize(
    ("attempt", "full", "part", "words"),
    [
        (
            "import sys\n\n\ndef double(x):\n    print('on my way', file=sys.stderr)\n    return 2 * x",
            4,
            4,
            "",
        ),
        ("def double(x):\n    return x", 0, 2, "double: right on 1 of 2 cases.\n  went in:  3"),
        (None, 0, 0, "double: not written yet. Twice the number."),
    ],
    ids=["right", "half right", "not written"],
)
def test_a_grader_puts_the_hidden_tests_back_and_gives_the_points(tmp_path, attempt, full, part, words):
    source = [SOLUTION_CELL, TEST_CELL, PART_CELL]
    released = [stripped(cell) for cell in source]
    assert released == [SOLUTION_CELL, "assert callable(double)\n", ""]
    handed_in = [attempt or released[0], *released[1:]]
    graded = [handed_in[0], *source[1:]]  # the grader's own test cells, whatever came back in them
    (tmp_path / "graded.py").write_text(SHEET, encoding="utf-8")
    _, test, parts = run_cells(graded, tmp_path).cells
    assert (points(test, 4), points(parts, 4)) == (full, part)
    assert words in shown(test)


def test_what_students_do_in_cells_is_reported_and_the_kernel_goes_on(tmp_path):
    (tmp_path / "graded.py").write_text(SHEET, encoding="utf-8")
    notebook = run_cells(
        [
            "from graded import course",
            "def helper(x):\n    y = 1\n    return y / 0",
            "def double(x):\n    return helper(x)\n\ncourse.check('double', double)",
            "course.check('double', lambda x: exit())",
            "course.check('double', lambda x: quit(3))",
            "class Double:\n    def __call__(self, x):\n        return [][x]",
            "course.check('double', Double())",
            "course.check('double', lambda x: 2 * x)",
            "course",
        ],
        tmp_path,
    )
    texts = [shown(cell) for cell in notebook.cells]
    assert "in line:  3: return y / 0" in texts[2]
    assert "raised:   SystemExit\n  in line:  1: course.check('double', lambda x: exit())" in texts[3]
    assert "raised:   " in texts[4] and "double: right on 0 of 2 cases." in texts[4]
    assert "in line:  3: return [][x]" in texts[6]
    assert texts[7:] == ["✓ double: right on all 2 cases.", "graded: 1 of 1 exercises solved\n  ✓ double"]

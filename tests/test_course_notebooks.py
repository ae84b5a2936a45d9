"""The course's notebooks keep to all rules. That they give what was saved, they test themselves."""

import pytest
from lesson_rules import COURSE, LEAST_SHARE

from lab.course.clean import problems
from lab.course.folder import notebooks
from lab.course.notebook import Notebook

NOTEBOOKS = notebooks()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_to_all_rules(path):
    assert problems(Notebook(path), COURSE) == []


def test_their_numbers_follow_each_other():
    assert [path.name[:2] for path in NOTEBOOKS] == [
        f"{number:02}" for number in range(1, len(NOTEBOOKS) + 1)
    ]


def test_enough_of_all_code_cells_is_compared():
    cells = [cell for path in NOTEBOOKS for cell in Notebook(path).code]
    assert sum(cell.strict for cell in cells) / len(cells) >= LEAST_SHARE

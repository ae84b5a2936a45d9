"""`python -m lab check`: an instructor's own notebooks, run and compared."""

import importlib.util
import re

import pytest
from booklet import code, printed, read, result, text, write

from lab.__main__ import main
from lab.course.checking import NEEDED
from lab.course.notebook import Notebook

FACTS = "from facts import LEGS\nprint(LEGS)"


@pytest.fixture
def lesson(tmp_path):
    """lesson(legs) is a notebook that was saved with so many legs; a module beside it says 4."""
    (tmp_path / "facts.py").write_text("LEGS = 4\n", encoding="utf-8")
    # Settings and fixtures that lie about are those of another project.
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not ours')\n", encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n", encoding="utf-8")
    return lambda legs, *more: write(
        tmp_path / "lesson.ipynb", text("# Cats"), code(FACTS, printed(f"{legs}\n")), *more
    )


def test_a_notebook_that_gives_what_was_saved_is_fine(lesson, capfd, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    assert main(["check", str(lesson(4))]) == 0
    said = capfd.readouterr().out
    assert "All cells give what was saved." in said
    assert re.search(r"lesson.ipynb +1 of +1 = 100%", said)


def test_a_difference_is_told_with_its_cell_and_the_status_is_1(lesson, capfd):
    path = lesson(3, code("import os; os.getcwd() != ''", result("True")))
    before = path.read_bytes()
    assert main(["check", str(path)]) == 1
    said = capfd.readouterr().out
    assert "lesson.ipynb, cell [1]: Cell outputs differ" in said and "-3\n+4\n" in said
    assert "1 failed, 1 passed" in said and "See above for what differs." in said
    assert path.read_bytes() == before


def test_refresh_saves_what_comes_out_and_then_compares(lesson, capfd):
    path = lesson(3)
    assert main(["check", "--refresh", str(path)]) == 0
    assert "lesson.ipynb: " in capfd.readouterr().out
    assert read(path)["cells"][1]["outputs"][0]["text"] == ["4\n"]
    assert Notebook(path).is_fresh


def test_what_should_not_be_kept_is_noted_and_does_not_fail(lesson, capfd):
    path = lesson(4, code("print('seen 2026-08-14')", printed("seen 2026-08-14\n")))
    assert main(["check", str(path)]) == 0
    said = capfd.readouterr().out
    assert "worth a look" in said
    assert "lesson.ipynb, cell [2]: an output tells a date or a time of day, '2026-08-14'" in said


def test_a_cell_that_fails_while_it_is_refreshed_is_told_in_words(lesson, capfd):
    assert main(["check", "--refresh", str(lesson(4, code("LEGS / 0")))]) == 2
    told = capfd.readouterr().err
    assert "refresh: lesson.ipynb, cell [2] failed: ZeroDivisionError" in told


def test_a_file_that_is_not_there_or_no_notebook_is_told(tmp_path, capsys):
    assert main(["check", str(tmp_path / "lost.ipynb")]) == 2
    assert "check: there is no file" in capsys.readouterr().err
    (tmp_path / "odd.ipynb").write_text("{}", encoding="utf-8")
    assert main(["check", str(tmp_path / "odd.ipynb")]) == 2
    assert "'odd.ipynb' cannot be read as a notebook" in capsys.readouterr().err


@pytest.mark.parametrize("missing", [("nbclient",), ("nbclient", "psutil")])
def test_what_is_not_installed_is_named_with_what_to_do(lesson, capsys, monkeypatch, missing):
    assert set(missing) <= set(NEEDED)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in missing else find(name))
    assert main(["check", str(lesson(4))]) == 2
    told = capsys.readouterr().err
    assert f"{' and '.join(missing)} must be installed" in told
    assert 'pip install "pawlab[notebooks]"' in told

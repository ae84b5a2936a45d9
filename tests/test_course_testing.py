"""The pytest plugin: notebooks as tests."""

import os
import subprocess
import sys

import pytest
from booklet import code, printed, result, text, write

from lab.course.environment import Workplace

LOOSE = "nbval-ignore-output"
TABLE = "   lr\n0  {}"
ENVIRONMENT = """\
import os, pathlib
print(os.environ["PAWLAB_QUIET"], os.environ["PLOTLY_RENDERER"], os.environ.get("PAWLAB_STATIC"))
print(os.environ["PAWLAB_HOME"] == {home!r}, list(pathlib.Path().iterdir()), os.getcwd() == {here!r})
print(os.path.exists(os.environ["PAWLAB_PROGRESS"]))
os.makedirs(os.environ["PAWLAB_PROGRESS"])
pathlib.Path("left behind").touch()"""


def run(folder, *names, arguments=(), **environment):
    """pytest in a process of its own, where warnings are errors as in the project."""
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "lab.course.testing", "--notebooks"]
    command += ["-p", "no:cacheprovider", "-rA", "--color=no", *arguments, *names]
    environment = {**os.environ, "PAWLAB_STATIC": "1", **environment}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """One run of several notebooks: its status and what it printed."""
    folder = tmp_path_factory.mktemp("notebooks")
    environment = ENVIRONMENT.format(home="/nowhere at all", here=str(folder))
    told = printed("1 plotly_mimetype None\nTrue [] False\nFalse\n")
    write(
        folder / "good.ipynb",
        text("# A notebook"),
        code("1 + 1", result("2")),
        code("import time; print(f'{time.perf_counter():.3f} s')", printed("0.001 s\n")),
        code("import time; time.perf_counter()", result("12.5"), tags=[LOOSE]),
        code("# NBVAL_IGNORE_OUTPUT\ntime.perf_counter()", result("12.5")),
        code("_1, In[1]", result("(2, '1 + 1')")),
    )
    write(folder / "surroundings.ipynb", code(environment, told))
    write(folder / "surroundings_again.ipynb", code(environment, told))
    write(
        folder / "bad.ipynb",
        code(f"print({TABLE.format(0.03)!r})", printed(TABLE.format(0.003) + "\n")),
        code(
            "from IPython.display import display; display({'a/b': 'one'}, raw=True)", result(html="<b>1</b>")
        ),
        code("1 / 0", tags=[LOOSE]),
        code("2", result("2")),
    )
    write(folder / "unrun.ipynb", code("3", result("3")), counted=False)
    write(folder / "dead.ipynb", code("import os\nos._exit(3)"), code("4", result("4")))
    write(folder / "endless.ipynb", code("while True: pass", tags=[LOOSE]), code("5", result("5")))
    status, said = run(folder, arguments=["--cell-seconds=3"], PAWLAB_HOME="/nowhere at all")
    return status, said


def test_what_is_the_same_passes(ran):
    status, said = ran
    assert status == 1
    for cell in range(1, 6):
        assert f"PASSED good.ipynb::cell {cell}\n" in said
    assert "PASSED bad.ipynb::cell 4" in said


def test_a_changed_table_fails_and_the_difference_is_shown(ran):
    assert "FAILED bad.ipynb::cell 1" in ran[1]
    assert "bad.ipynb, cell [1]: Cell outputs differ" in ran[1]
    assert "\n-0  0.003\n+0  0.03\n" in ran[1]


def test_another_kind_of_output_fails(ran):
    assert "FAILED bad.ipynb::cell 2" in ran[1]
    assert "text/html" in ran[1] and "a/b" in ran[1]


def test_an_error_fails_although_the_output_is_not_compared_and_has_no_colours(ran):
    assert "FAILED bad.ipynb::cell 3" in ran[1]
    assert "ZeroDivisionError: division by zero" in ran[1]
    assert "\x1b[" not in ran[1]


def test_a_cell_that_was_never_run_fails(ran):
    assert "unrun.ipynb, cell [1]: it was saved without being run" in ran[1]


def test_every_kernel_has_an_empty_folder_no_progress_and_the_same_home(ran):
    assert "PASSED surroundings.ipynb::cell 1" in ran[1]
    assert "PASSED surroundings_again.ipynb::cell 1" in ran[1]


def test_a_kernel_that_dies_is_told_at_once_and_the_rest_is_left_out(ran):
    assert "dead.ipynb, cell [1]: the kernel died; was there enough memory?" in ran[1]
    assert "the kernel died in cell [1]" in ran[1]
    assert "dead.ipynb::cell 2" not in ran[1].replace("SKIPPED", "")


def test_a_cell_that_does_not_end_is_ended(ran):
    assert "endless.ipynb, cell [1]: Timeout of 3 seconds exceeded" in ran[1]
    assert "cell [1] did not end in time" in ran[1]


def test_at_the_end_stands_how_much_was_compared(ran):
    lines = {
        line.split()[0]: line for line in ran[1].splitlines() if " GB at most" in line or " all " in line
    }
    assert "3 of   5 =  60%" in lines["good.ipynb"]
    assert "3 of   4 =  75%" in lines["bad.ipynb"]
    assert " 0.00 GB" not in lines["good.ipynb"]
    (total,) = (line for line in ran[1].splitlines() if line.startswith("all "))
    assert "12 of  16 =  75%" in total


def test_without_the_option_or_without_a_notebook_nothing_of_it_is_seen(tmp_path):
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    status, said = run(tmp_path)
    assert status == 0 and "1 passed" in said and "notebooks" not in said


def test_a_run_without_notebooks_does_not_import_what_runs_them(tmp_path):
    seen = "import sys\n\ndef test_one():\n    assert not {'nbval', 'nbformat', 'torch'} & set(sys.modules)\n"
    (tmp_path / "test_one.py").write_text(seen, encoding="utf-8")
    status, said = run(tmp_path, arguments=["-p", "no:nbval"])
    assert status == 0, said


@pytest.mark.parametrize("checkout", [True, False])
def test_kernels_import_the_checkout_and_never_another_environments_packages(tmp_path, monkeypatch, checkout):
    if checkout:
        (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr("lab.course.environment.ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", "mine")
    with Workplace() as place:
        found = place.environment()["PYTHONPATH"].split(os.pathsep)
    assert found == ([str(tmp_path), "mine"] if checkout else ["mine"])


def test_two_processes_share_the_notebooks_and_tell_of_all(tmp_path):
    environment = "import os; os.environ['OMP_NUM_THREADS']"
    for name in ("one", "two", "three"):
        write(tmp_path / f"{name}.ipynb", code("1 + 1", result("2")), code(environment, result("'1'")))
    arguments = ["-n", "2", "--dist", "loadfile"]
    status, said = run(tmp_path, arguments=arguments, OMP_NUM_THREADS="1")
    assert status == 0, said
    told = said.rpartition("code cells whose output is compared")[2]
    for name in ("one", "two", "three"):
        assert f"{name}.ipynb" in told
    assert "6 of   6 = 100%" in told


NBVAL = """\
import os


def pytest_addoption(parser):
    parser.addoption("--nbval", action="store_true")
    parser.addoption("--nbval-lax", action="store_true")


def pytest_collect_file(file_path, parent):
    names = ("PAWLAB_QUIET", "PLOTLY_RENDERER", "PAWLAB_STATIC", "PAWLAB_PROGRESS")
    if file_path.suffix == ".ipynb":
        print(file_path.name, [os.environ.get(name) for name in names])
"""


@pytest.mark.parametrize("option", ["--nbval", "--nbval-lax"])
def test_where_nbval_is_asked_to_run_notebooks_it_does_so_alone_in_the_same_surroundings(tmp_path, option):
    write(tmp_path / "one.ipynb", code("1 + 1", result("3")))
    (tmp_path / "plays_nbval.py").write_text(NBVAL, encoding="utf-8")
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
    arguments = ["-p", "plays_nbval", "-p", "no:nbval", "-s", option]
    status, said = run(tmp_path, arguments=arguments, PYTHONPATH=str(tmp_path))
    assert status == 0 and "1 passed" in said, said
    assert "one.ipynb ['1', 'plotly_mimetype', None, '" in said
    assert "cells whose output is compared" not in said


def test_nbval_itself_finds_the_cell_that_differs(tmp_path):
    pytest.importorskip("nbval", reason="nbval is not installed")
    write(tmp_path / "one.ipynb", code("1 + 1", result("2")), code("2 + 2", result("5")))
    status, said = run(tmp_path, arguments=["--nbval", "--nbval-current-env", "-p", "no:anyio"])
    assert status == 1 and "1 failed, 1 passed" in said, said
    assert "Cell 1: Cell outputs differ" in said and "cell [2]" not in said

"""`python -m lab notebooks`: a copy of the course that is brought up to date and never overwrites work."""

import importlib.util
import json
import subprocess
import sys

import pytest
from booklet import code, read, text, write

from lab.__main__ import main
from lab.course import folder
from lab.course.copying import MANIFEST, copy_course

LINKS = '[code](../lab/losses.py) [next](02_b.ipynb) <img src="../images/x.png"> ![i](images/i.png) a(../b)'


@pytest.fixture
def course(tmp_path):
    """A small course."""
    source = tmp_path / "source"
    write(source / "01_a.ipynb", text(LINKS), code("1"))
    write(source / "02_b.ipynb", text("# B"))
    (source / "images").mkdir()
    (source / "images" / "i.png").write_bytes(b"\x89PNG ../lab")
    (source / "README.md").write_text("[a](01_a.ipynb) [lab](../README.md)", encoding="utf-8")
    (source / "notes.py").touch()
    (source / ".ipynb_checkpoints").mkdir()
    write(source / ".ipynb_checkpoints" / "01_a.ipynb")
    return source


def files(target):
    return sorted(path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file())


def edit(path, words="mine"):
    path.write_text(path.read_text(encoding="utf-8").replace("# B", words), encoding="utf-8")


def test_notebooks_index_and_images_are_copied_and_nothing_else(course, tmp_path):
    told = copy_course(tmp_path / "mine", course)
    expected = [MANIFEST, "01_a.ipynb", "02_b.ipynb", "README.md", "images/i.png"]
    assert files(tmp_path / "mine") == expected
    assert told == [f"4 files copied to '{tmp_path / 'mine'}'."]
    assert (tmp_path / "mine" / "images" / "i.png").read_bytes() == b"\x89PNG ../lab"


def test_links_to_what_is_not_copied_lead_to_the_repository(course, tmp_path):
    copy_course(tmp_path / "mine", course)
    source = read(tmp_path / "mine" / "01_a.ipynb")["cells"][0]["source"]
    place = "https://github.com/pawlab/pawlab/blob/main"
    assert source == LINKS.replace("(../lab", f"({place}/lab").replace('"../', f'"{place}/')
    index = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    assert index == f"[a](01_a.ipynb) [lab]({place}/README.md)"


def test_a_second_time_it_is_up_to_date(course, tmp_path):
    copy_course(tmp_path / "mine", course)
    assert copy_course(tmp_path / "mine", course) == [f"'{tmp_path / 'mine'}' is up to date."]


def test_a_new_version_replaces_an_unchanged_copy(course, tmp_path):
    copy_course(tmp_path / "mine", course)
    edit(course / "02_b.ipynb", "# Second")
    assert copy_course(tmp_path / "mine", course) == ["1 file brought up to date: 02_b.ipynb."]
    assert read(tmp_path / "mine" / "02_b.ipynb")["cells"][0]["source"] == "# Second"


def test_a_changed_copy_is_left_alone(course, tmp_path):
    target = tmp_path / "mine"
    copy_course(target, course)
    edit(target / "02_b.ipynb")
    assert copy_course(target, course) == ["1 file left as you changed it: 02_b.ipynb."]
    assert read(target / "02_b.ipynb")["cells"][0]["source"] == "mine" and len(files(target)) == 5


def test_where_both_changed_the_new_version_lies_beside_and_is_itself_never_overwritten(course, tmp_path):
    target = tmp_path / "mine"
    copy_course(target, course)
    edit(target / "02_b.ipynb")
    edit(course / "02_b.ipynb", "# Second")
    (told,) = copy_course(target, course)
    assert "both changed" in told and told.endswith("02_b.new.ipynb.")
    assert read(target / "02_b.ipynb")["cells"][0]["source"] == "mine"
    assert read(target / "02_b.new.ipynb")["cells"][0]["source"] == "# Second"
    assert copy_course(target, course) == ["1 file left as you changed it: 02_b.ipynb."]

    (course / "02_b.ipynb").write_text(
        (course / "02_b.ipynb").read_text(encoding="utf-8").replace("# Second", "# Third"), encoding="utf-8"
    )
    (target / "02_b.new.ipynb").write_text("worked on this one as well", encoding="utf-8")
    (told,) = copy_course(target, course)
    assert told.endswith("02_b.new2.ipynb.")
    assert (target / "02_b.new.ipynb").read_text(encoding="utf-8") == "worked on this one as well"
    assert read(target / "02_b.new2.ipynb")["cells"][0]["source"] == "# Third"


@pytest.mark.parametrize("manifest", [None, "not json", "[]"])
def test_a_file_of_the_same_name_that_was_not_copied_is_not_touched(course, tmp_path, manifest):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "02_b.ipynb").write_text("somebody's", encoding="utf-8")
    if manifest:
        (target / MANIFEST).write_text(manifest, encoding="utf-8")
    told = " ".join(copy_course(target, course))
    assert (target / "02_b.ipynb").read_text(encoding="utf-8") == "somebody's"
    assert "02_b.new.ipynb" in told and "3 files copied" in told


def test_the_course_itself_and_a_file_are_refused(course, tmp_path):
    with pytest.raises(ValueError, match="is the course itself"):
        copy_course(course, course)
    with pytest.raises(NotADirectoryError, match="Name a folder"):
        copy_course(course / "README.md", course)


def test_the_course_is_found_in_the_package_and_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "lab"
    monkeypatch.setattr(folder.lab, "__file__", str(package / "__init__.py"))
    with pytest.raises(FileNotFoundError, match="notebooks: there are none in"):
        folder.course_folder()
    write(tmp_path / "notebooks" / "02_b.ipynb")
    write(tmp_path / "notebooks" / "01_a.ipynb")
    assert [path.name for path in folder.notebooks()] == ["01_a.ipynb", "02_b.ipynb"]
    write(package / "notebooks" / "01_a.ipynb")
    assert folder.course_folder() == package / "notebooks"


@pytest.fixture
def command(course, tmp_path, monkeypatch):
    """command(words…) runs `python -m lab notebooks` on the small course, in an empty folder."""
    monkeypatch.setattr("lab.course.copying.course_folder", lambda: course)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return lambda *words: main(["notebooks", *words])


def test_the_command_copies_into_a_folder_of_its_own(command, tmp_path, capsys):
    assert command("--no-open") == 0
    assert len(files(tmp_path / "here" / "pawlab-notebooks")) == 5
    assert capsys.readouterr().out == "4 files copied to 'pawlab-notebooks'.\n"
    assert command("elsewhere", "--no-open") == 0
    assert (tmp_path / "here" / "elsewhere" / MANIFEST).is_file()


class Server:
    """JupyterLab's process, that is stopped with Ctrl-C, asks, and ends."""

    def __init__(self, command):
        self.waits = 0
        Server.last = self
        self.command = command

    def wait(self):
        self.waits += 1
        if self.waits == 1:
            raise KeyboardInterrupt
        return 0


def test_the_command_opens_jupyterlab_which_answers_ctrl_c_itself(command, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", Server)
    assert command("mine") == 0
    assert Server.last.command == [sys.executable, "-m", "jupyterlab", "mine"] and Server.last.waits == 2


def test_without_jupyterlab_the_copy_is_made_and_told_what_to_install(command, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jupyterlab" else find(name)
    )
    assert command() == 0
    said = capsys.readouterr().out
    assert "4 files copied" in said and "pip install jupyterlab" in said


def test_the_command_needs_nothing_that_runs_notebooks(course, tmp_path):
    blocked = (
        "import pathlib, sys\n"
        "sys.modules.update(dict.fromkeys(['nbval', 'nbformat', 'nbclient', 'pytest', 'torch']))\n"
        "from lab.course.copying import copy_course\n"
        "print(copy_course(sys.argv[1], pathlib.Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", blocked, str(tmp_path / "mine"), str(course)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "4 files copied" in done.stdout, done.stderr
    assert set(json.loads((tmp_path / "mine" / MANIFEST).read_text(encoding="utf-8"))) == {
        "01_a.ipynb",
        "02_b.ipynb",
        "README.md",
        "images/i.png",
    }

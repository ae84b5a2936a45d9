"""What the user can put right is a `PawlabError` with a sentence; a bug looks like a bug."""

import ast
from pathlib import Path

import pytest
from PIL import Image
from torch import nn

import lab
import lab.__main__ as command
from lab.core import errors
from lab.data.csvs import read_labels
from lab.data.infer_layout import infer_layout
from lab.data.pictures import open_picture
from lab.models import cutting
from lab.panels.frame.panel import in_words

ROOT = Path(lab.__file__).parent
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type)]
OWN = {kind.__bases__[-1].__name__ for kind in KINDS} - {"Exception"}


def raised(path: Path) -> set[str]:
    """The names of what a file raises by a call, `raise Name(...)`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise))
    return {ast.unparse(call.func) for call in calls if isinstance(call, ast.Call)}


def test_every_file_raises_the_labs_own_errors():
    wrong = {path.name: names & OWN for path in ROOT.rglob("*.py") if (names := raised(path)) & OWN}
    assert {
        "ValueError",
        "TypeError",
        "IndexError",
        "RuntimeError",
        "ImportError",
        "FileNotFoundError",
    } <= OWN
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS)
def test_the_labs_errors_are_also_the_ones_that_python_would_raise(kind):
    assert issubclass(kind, lab.PawlabError)
    assert kind.__doc__
    if kind is not lab.PawlabError:
        assert len(kind.__bases__) == 2
        with pytest.raises(kind.__bases__[1], match="a sentence"):
            raise kind("a sentence")


def test_the_commands_print_a_sentence_and_let_a_bug_through(monkeypatch, capsys):
    monkeypatch.setitem(command.COMMANDS, "draw", lambda _: lab.one_cycle(-1)(0))
    assert command.main(["draw"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("one_cycle: lr_max=-1. Choose a finite number above 0.")
    assert "Traceback" not in printed

    monkeypatch.setitem(command.COMMANDS, "draw", lambda _: len(3))  # a bug
    with pytest.raises(TypeError, match="has no len"):
        command.main(["draw"])


def test_a_panel_shows_a_sentence_or_the_type_of_a_bug():
    assert in_words(errors.BadValue("Choose another.")) == "Choose another."
    assert in_words(OSError("The disk is full.")) == "The disk is full."
    assert in_words(ValueError("x")) == "ValueError: x"
    assert in_words(KeyError()) == "KeyError: no message"


def bug(*_):
    return len(3)


@pytest.mark.parametrize(
    ("place", "act"),
    [
        ("lab.data.pictures.jpeg.read_header", lambda picture: open_picture(picture)),
        ("lab.models.cutting.segments_of", lambda _: cutting.find_cut(nn.Sequential(nn.Linear(4, 2)), 8)),
        ("lab.data.csvs.open_table", lambda picture: read_labels(picture)),
        ("lab.data.infer_layout.get_image_files", lambda picture: infer_layout(picture.parent)),
    ],
)
def test_a_bug_within_is_never_told_as_the_users_mistake(tmp_path, monkeypatch, place, act):
    picture = tmp_path / "picture.jpg"
    Image.new("RGB", (8, 8)).save(picture)
    for kind, wrong in ((TypeError, bug), (ValueError, lambda *_: int("x"))):
        monkeypatch.setattr(place, wrong)
        with pytest.raises(kind) as caught:
            act(picture)
        assert not isinstance(caught.value, lab.PawlabError)

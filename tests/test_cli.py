"""The command line: what it prints, what it writes, and its exit status."""

import contextlib
import io
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import lab
from lab.__main__ import main

COLOURS = {"red 🍎": (200, 40, 40), "green": (40, 180, 60), "blue": (40, 60, 200)}


def draw_folder(folder, per_class=8):
    """Class folders of small noisy pictures, each class in its own colour."""
    for label, colour in COLOURS.items():
        (folder / label).mkdir(parents=True)
        for number in range(per_class):
            noise = np.random.default_rng(number).integers(-30, 30, (40, 48, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"picture {number}.png")
    return folder


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    """One tour of a small folder: its printed text, and the folder that it wrote into."""
    place = tmp_path_factory.mktemp("tour")
    photos = draw_folder(place / "my photos")
    (photos / "green" / "broken.jpg").write_text("not a picture", encoding="utf-8")
    # Told of as the wrong labels of a drawn set are.
    names = [(label, f"{label}/picture {i}.png") for label in COLOURS for i in range(8)]
    planted = [{"file": name, "given": label, "true": "teal"} for label, name in names]
    (photos / "planted_errors.json").write_text(json.dumps(planted), encoding="utf-8")
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAWLAB_HOME", str(place / "home"))
        patch.setenv("PAWLAB_QUIET", "1")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            words = ["tour", "--data", str(photos), "--epochs", "1", "--out", str(place / "out" / "r.html")]
            status = main(words)
    return SimpleNamespace(status=status, out=out.getvalue(), errors=errors.getvalue(), place=place)


def test_the_tour_writes_a_report_and_a_model_and_nothing_else(toured):
    assert toured.status == 0
    assert sorted(path.name for path in (toured.place / "out").iterdir()) == ["r.html", "r.safetensors"]


def test_the_tour_tells_its_steps_and_a_summary(toured):
    for text in (
        "1. Find the pictures.",
        "25 pictures of 3 classes: a folder for each class",
        "1 broken",
        "error_rate",
        "validation pictures are taken for another class: error 0.",
        "r.html",
        "r.safetensors",
    ):
        assert text in toured.out
    assert "Note: dataloaders: 1 of 25 picture" in toured.errors
    assert "broken.jpg" in toured.errors


def test_the_report_holds_every_section_and_no_path_of_the_machine(toured):
    page = (toured.place / "out" / "r.html").read_text(encoding="utf-8")
    for title in (
        "The pictures",
        "What the model is shown",
        "The learning rate",
        "Training",
        "Results",
        "Where it errs",
        "Largest losses",
        "Use the model",
        "How it was made",
    ):
        assert f"<h2>{title}</h2>" in page
    assert str(toured.place) not in page
    assert "red 🍎" in page
    assert "green/broken.jpg" in page
    assert "is text, not a picture" in page
    assert "planted: it is teal" in page
    assert "r.safetensors" in page


def test_predict_gives_a_line_per_picture_of_files_and_folders(toured, capsys):
    photos = toured.place / "my photos"
    model = str(toured.place / "out" / "r.safetensors")
    status = main(["predict", model, str(photos / "blue"), str(photos / "red 🍎" / "picture 1.png")])
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert len(lines) == 9
    assert lines[-1].startswith(str(photos / "red 🍎" / "picture 1.png"))
    for line in lines:
        shares = [float(share) for share in re.findall(r"\d\.\d\d(?=[ ,)]|$)", line)]
        assert len(shares) == 3
        assert sum(shares) == pytest.approx(1, abs=0.02)
        assert all(label in line for label in COLOURS)


def test_predict_goes_on_after_a_broken_picture_and_says_so(toured, tmp_path, capsys):
    (tmp_path / "broken.jpg").write_text("not a picture", encoding="utf-8")
    good = str(toured.place / "my photos" / "blue" / "picture 0.png")
    model = str(toured.place / "out" / "r.safetensors")
    assert main(["predict", model, str(tmp_path / "broken.jpg"), str(tmp_path / "gone.png"), good]) == 2
    said = capsys.readouterr()
    assert "picture 0.png" in said.out
    assert "broken.jpg" in said.err and "is text, not a picture" in said.err
    assert "gone.png" in said.err and "does not exist" in said.err


def test_an_error_is_one_message_without_a_traceback(tmp_path, capsys):
    assert main(["predict", str(tmp_path / "model.safetensors"), "a.jpg"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "model.safetensors does not exist" in said.err
    assert "Traceback" not in said.err


def test_debug_shows_where_an_error_comes_from(tmp_path):
    with pytest.raises(FileNotFoundError):
        main(["predict", "--debug", str(tmp_path / "model.safetensors"), "a.jpg"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere at all"], "there is no folder 'nowhere at all'"),
        (["--epochs", "0"], "epochs=0"),
        (["--arch", "resnet1"], "'resnet1' is not known"),
        (["--out", "report.pdf"], "Give a file that ends in .html"),
    ],
)
def test_the_tour_refuses_at_once_what_cannot_work(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tour", *words]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unrecognised_folder_is_told_what_can_be_read(tmp_path, capsys):
    (tmp_path / "IMG_1.jpg").touch()
    assert main(["tour", "--data", str(tmp_path), "--out", str(tmp_path / "r.html")]) == 2
    said = capsys.readouterr().err
    assert "holds 1 pictures ('IMG_1.jpg')" in said
    assert "photos/train/cat/a.jpg" in said


def test_draw_writes_a_sheet_of_a_breed(tmp_path, capsys):
    path = tmp_path / "new" / "pug.png"
    assert main(["draw", "--breed", "pug", "--out", str(path), "--seed", "3"]) == 0
    assert capsys.readouterr().out.strip() == str(path)
    with Image.open(path) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 400
    assert [file.name for file in path.parent.iterdir()] == ["pug.png"]


def test_draw_names_the_breeds_and_those_that_come_close(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "--list"]) == 0
    assert len(capsys.readouterr().out.split()) == 37
    assert main(["draw", "--breed", "pugg"]) == 2
    assert "Close: pug" in capsys.readouterr().err
    assert main(["draw", "--breed", "pug", "--out", "pug.docx"]) == 2
    assert "does not end like a picture" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_a_command_it_says_what_it_can_do(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    for command in ("tour", "predict", "draw", "notebooks", "check"):
        assert f"python -m lab {command}" in said


def test_version_and_help(capsys):
    for words, text in ((["--version"], lab.__version__), (["tour", "--help"], "--data DIR")):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert text in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["fly"])
    assert ended.value.code == 2


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom lab.__main__ import main\n"
        "try:\n    main(['tour', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('torch', 'plotly', 'pandas', 'numpy', 'PIL') if name in sys.modules])"
    )
    root = Path(lab.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_ctrl_c_ends_with_one_line_and_status_130(monkeypatch, capsys):
    def interrupted(**options):
        raise KeyboardInterrupt

    monkeypatch.setattr("lab.tour.tour", interrupted)
    assert main(["tour"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."


def test_a_fit_stopped_by_ctrl_c_ends_the_tour():
    from lab.tour.run import one_cycle

    class Stopped:
        history = ()

        def fit_one_cycle(self, epochs, rate):
            """As a learner does: Ctrl-C ends the fit before its last epoch."""

    with pytest.raises(KeyboardInterrupt):
        one_cycle(Stopped(), 3, 1e-3)


@pytest.mark.parametrize(("error", "kept"), [(0.0, True), (0.12, True), (0.14, False)])
def test_fine_tuning_is_undone_when_it_makes_clearly_more_mistakes(error, kept):
    from lab.tour.run import fine_tune

    class Learner:
        dls = SimpleNamespace(valid=SimpleNamespace(n=100))
        model = torch.nn.Linear(2, 1)
        history = ()

        def unfreeze(self):
            """All layers learn."""

        def fit_one_cycle(self, epochs, rate):
            torch.nn.init.constant_(self.model.weight, 7.0)
            self.history = Record([{"error_rate": error}] * epochs)

    class Record(list):
        epochs = property(lambda self: self)

    learn = Learner()
    torch.nn.init.zeros_(learn.model.weight)
    head = Record([{"error_rate": 0.09}])
    assert fine_tune(learn, head, 3, slice(1e-4, 1e-3))[1] is kept
    assert learn.model.weight.tolist() == [[7.0, 7.0] if kept else [0.0, 0.0]]


def test_the_rate_is_the_valley_within_reason():
    from lab.tour.run import choose_rate

    def found(valley):
        return SimpleNamespace(valley=valley)

    assert choose_rate(found(2.3e-3)).value == 2.3e-3
    assert choose_rate(found(1e-6)).value == 3e-4
    assert "1.0e-06" in choose_rate(found(1e-6)).reason
    assert choose_rate(found(0.5)).value == 5e-3
    assert choose_rate(found(None)).value == 2e-3
    assert "usual 2.0e-03" in choose_rate(found(None)).reason

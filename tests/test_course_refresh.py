"""Notebooks run and saved: what is written, what is left out, and what happens when a cell fails."""

import base64
import io
import json
import subprocess
import sys

import nbformat
import pytest
from booklet import PIXEL, code, printed, read, result, text, write
from PIL import Image

from lab.charts.static import NoStillPicture, _kaleido as needs_chrome
from lab.course.notebook import PLOTLY, WIDGET, Notebook
from lab.course.refresh import CellFailed, refresh
from lab.course.static import settle
from lab.png import LARGE, small_png

FIGURE = {
    "data": [{"type": "scatter", "x": [1, 2, 3], "y": [2, 3, 1], "mode": "lines"}],
    "layout": {"height": 200, "width": 400},
}
SHOW_FIGURE = f"display({{{PLOTLY!r}: {FIGURE!r}}}, raw=True)"
PANEL = """\
from lab.panels.frame.panel import Panel


class Empty(Panel):
    title = "Nothing"

    def build(self):
        return []

    def state(self):
        return "never run"


panel = Empty()
panel"""


def decoded(output, kind="image/png"):
    return Image.open(io.BytesIO(base64.b64decode(output["data"][kind])))


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """A notebook after its refresh, what was told, and the file."""
    folder = tmp_path_factory.mktemp("refresh")
    path = write(
        folder / "lesson.ipynb",
        text("# A lesson"),
        code("import os, pathlib\nprint('a')\nprint('b')\npathlib.Path('trace').touch()", printed("old")),
        code("os.environ['PAWLAB_STATIC'], os.listdir()", scrolled=True),
        code(SHOW_FIGURE),
        code(PANEL, execution={"iopub.execute_input": "2026-01-01T10:00:00Z"}),
        code("", printed("left over")),
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}},
    )
    told = []
    first = refresh(path, told.append)
    data = path.read_bytes()
    again = refresh(path, told.append)
    return {"path": path, "told": told, "changed": (first, again), "data": data, "folder": folder}


def test_the_outputs_are_those_of_now(refreshed):
    cells = read(refreshed["path"])["cells"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2, 3, 4, None]
    assert cells[1]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]}]
    assert cells[2]["outputs"][0]["data"] == {"text/plain": ["('1', ['trace'])"]}


def test_a_second_refresh_writes_the_same_bytes(refreshed):
    needs_chrome()
    assert refreshed["changed"] == (True, False)
    assert refreshed["path"].read_bytes() == refreshed["data"]
    assert [line.rpartition(", ")[2] for line in refreshed["told"]] == ["saved anew", "the same"]
    assert refreshed["told"][0].startswith("lesson.ipynb: ")


def test_it_runs_elsewhere_and_leaves_nothing_behind(refreshed):
    assert [path.name for path in refreshed["folder"].iterdir()] == ["lesson.ipynb"]


def test_a_chart_gets_a_picture_beside_it(refreshed):
    needs_chrome()
    (output,) = read(refreshed["path"])["cells"][3]["outputs"]
    assert set(output["data"]) == {PLOTLY, "image/png"}
    assert decoded(output).size == (800, 400)
    assert output["metadata"]["image/png"] == {"width": 400}


def test_a_panel_that_was_never_run_has_words_and_a_picture_and_no_link_to_a_widget(refreshed):
    (output,) = read(refreshed["path"])["cells"][4]["outputs"]
    assert set(output["data"]) == {"text/plain", "image/png"}
    assert output["data"]["text/plain"] == ["Empty: never run"]
    assert decoded(output).width == 1720 and output["metadata"]["image/png"] == {"width": 860}


def test_times_state_and_versions_are_left_out_and_ids_stay(refreshed):
    whole = read(refreshed["path"])
    assert set(whole["metadata"]) == {"kernelspec", "language_info", "pawlab"}
    assert whole["metadata"]["language_info"] == {"name": "python"}
    assert [cell["metadata"] for cell in whole["cells"]] == [{}] * 6
    assert [cell["id"] for cell in whole["cells"]] == [f"cell-{i:02}" for i in range(6)]
    nbformat.validate(nbformat.read(refreshed["path"], as_version=4))


def test_a_stale_digest_becomes_fresh_and_an_edit_makes_it_stale(refreshed, tmp_path):
    assert Notebook(refreshed["path"]).is_fresh
    whole = read(refreshed["path"])
    copy = tmp_path / "copy.ipynb"
    whole["cells"][0]["source"] = "# Another title: nothing has to be run for it"
    copy.write_text(json.dumps(whole), encoding="utf-8")
    assert Notebook(copy).is_fresh
    whole["cells"][2]["source"] = "os.listdir()"
    copy.write_text(json.dumps(whole), encoding="utf-8")
    assert not Notebook(copy).is_fresh
    refresh(copy, list)
    assert Notebook(copy).is_fresh
    assert not Notebook(write(tmp_path / "never.ipynb", code("1", result("1")))).is_fresh


def test_a_cell_that_fails_is_named_with_its_error_and_the_file_stays(tmp_path):
    path = write(tmp_path / "broken.ipynb", text("one"), code("1"), code("1 / 0"), code("never"))
    before = path.read_bytes()
    with pytest.raises(
        CellFailed, match=r"broken.ipynb, cell \[2\] failed: ZeroDivisionError: division"
    ) as caught:
        refresh(path, list)
    assert "Cell In[2], line 1" in str(caught.value) and "\x1b[" not in str(caught.value)
    assert path.read_bytes() == before


def test_the_command_tells_the_cell_and_ends_with_2(tmp_path):
    path = write(tmp_path / "broken.ipynb", code("raise ValueError('no such breed')"))
    command = [sys.executable, "-m", "lab.course.refresh", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback (most recent call last):\n  File" not in done.stderr
    assert "refresh: broken.ipynb, cell [1] failed: ValueError: no such breed" in done.stderr


def noisy(width=900, height=600):
    return Image.effect_noise((width, height), 80).convert("RGB")


def as_png(picture):
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_heavy_chart_that_is_not_compared_is_left_to_its_picture():
    needs_chrome()
    heavy = {**FIGURE, "data": [{"type": "scatter", "y": list(range(20_000))}]}
    for strict in (True, False):
        output = result(plotly=heavy)
        settle(output, strict)
        assert (PLOTLY in output["data"]) is strict and "image/png" in output["data"]
    output = result(plotly=FIGURE)
    settle(output, strict=False)
    assert PLOTLY in output["data"]


def test_a_chart_that_cannot_be_drawn_here_is_told_and_kept(monkeypatch):
    def missing(*_, **__):
        raise NoStillPicture("no kaleido")

    monkeypatch.setattr("lab.charts.static.to_png", missing)
    output = result(plotly=FIGURE)
    assert "this chart has no picture for a page without a kernel" in settle(output, strict=False)
    assert PLOTLY in output["data"]


def test_a_large_picture_becomes_small_and_a_small_one_stays():
    output = result("<PIL>", png=as_png(noisy()), widget={"model_id": "a"})
    settle(output, strict=True)
    assert decoded(output).size == (860, 573) and WIDGET not in output["data"]
    output = result("<PIL>", png=PIXEL)
    settle(output, strict=True)
    assert output["data"]["image/png"] == PIXEL


def test_of_a_photo_in_two_formats_the_smaller_is_kept():
    output = result("<PIL>", png=as_png(noisy(50, 50)))
    buffer = io.BytesIO()
    noisy(50, 50).save(buffer, "JPEG", quality=20)
    output["data"]["image/jpeg"] = base64.b64encode(buffer.getvalue()).decode()
    settle(output, strict=True)
    assert set(output["data"]) == {"text/plain", "image/jpeg"}


def test_a_small_png_keeps_its_pixels_where_that_costs_little():
    flat = Image.new("RGB", (1720, 400), (240, 120, 0))
    kept = Image.open(io.BytesIO(small_png(flat, 860)))
    assert kept.size == (1720, 400) and kept.convert("RGB").getpixel((5, 5)) == (240, 120, 0)
    data = small_png(noisy(1720, 800), 860)
    assert len(data) > LARGE and Image.open(io.BytesIO(data)).size == (860, 400)
    assert Image.open(io.BytesIO(small_png(noisy(1720, 800)))).size == (1720, 800)

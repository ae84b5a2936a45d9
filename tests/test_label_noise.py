"""The planted label errors of the drawn samples: found in every layout, counted, and not given away."""

import json

import pytest

from lab.annotations import Annotations
from lab.drawn.layouts import SAMPLES, plan_sample
from lab.label_noise import planted_errors


def sample(name, root):
    """The planned files of a sample without the drawing; (its planted errors, its training pictures)."""
    plan = plan_sample(name, per_class=4)
    for picture in plan.pictures:
        path = root / picture.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for file, text in plan.texts.items():
        (root / file).write_text(text, encoding="utf-8")
    files = [root / picture.file for picture in plan.pictures if not picture.file.startswith("test/")]
    return json.loads(plan.texts["planted_errors.json"]), files


@pytest.mark.parametrize("name", SAMPLES)
def test_the_planted_errors_of_a_sample_are_found_by_path(tmp_path, name):
    rows, files = sample(name, tmp_path)
    errors = planted_errors(files)
    ending = "s" if name == "dogscats" else ""
    assert dict(errors) == {str(tmp_path / row["file"]): row["true"] + ending for row in rows}
    assert len(errors) >= 1
    wrong = tmp_path / rows[0]["file"]
    assert len(planted_errors([wrong])) == 1
    assert len(planted_errors([file for file in files if file != wrong])) == len(errors) - 1
    if name == "dogscats":
        assert planted_errors([wrong], [rows[0]["given"]])[wrong] == rows[0]["true"]


def test_other_pictures_have_none(tmp_path):
    assert planted_errors([tmp_path / "cats" / "1.jpg"]) is None
    assert planted_errors([]) is None
    (tmp_path / "planted_errors.json").write_text("[1", encoding="utf-8")
    assert planted_errors([tmp_path / "cats" / "1.jpg"]) is None
    (tmp_path / "planted_errors.json").write_text('{"a": 1}', encoding="utf-8")
    assert planted_errors([tmp_path / "cats" / "1.jpg"]) is None


def test_printing_them_gives_nothing_away(tmp_path):
    rows, files = sample("pets", tmp_path)
    errors = planted_errors(files)
    from IPython.lib.pretty import pretty

    for shown in (repr(errors), str(errors), pretty(errors), f"{errors}"):
        assert shown == f"PlantedErrors: {len(rows)} wrong labels, not shown"


def test_found_counts_what_was_relabelled_or_discarded(tmp_path):
    rows, files = sample("dogscats", tmp_path)
    extra = next(
        file for file in files if file.parent.name == "cats" and str(file) not in planted_errors(files)
    )
    marks = Annotations(files, [file.parent.name for file in files])
    errors = planted_errors(files, [marks.label(file) for file in files])
    wrong = list(errors)
    assert errors.found(marks.label) == 0
    marks.relabel(wrong[0], errors[wrong[0]])
    marks.relabel(extra, "dogs")
    assert errors.found(marks.label) == 1
    marks.undo()
    marks.undo()
    assert errors.found(marks.label) == 0
    marks.discard(wrong)
    assert errors.found(marks.label) == len(rows)


def test_an_error_mended_in_the_table_is_no_longer_one(tmp_path):
    rows, _ = sample("dogbreeds", tmp_path)
    wrong = [tmp_path / row["file"] for row in rows]
    assert len(planted_errors(wrong, [row["given"] for row in rows])) == len(rows)
    assert len(planted_errors(wrong, [row["true"] for row in rows])) == 0
    with pytest.raises(ValueError, match="with 0 labels"):
        planted_errors(wrong, [])

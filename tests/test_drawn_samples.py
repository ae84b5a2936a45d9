"""The three drawn sample sets: layouts, planted errors, reproducibility, what a failure leaves behind."""

import csv
import json
import os
import re
import time
from collections import Counter

import pytest
from PIL import Image, ImageChops, ImageStat

import lab.drawn.samples as samples
from lab.drawn import BREEDS, SAMPLES, draw_pet, draw_sample
from lab.drawn.layouts import CAT_NAMES, DOG_NAMES, Picture, SamplePlan, plan_sample


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def inside(folder):
    return sorted(path.name for path in folder.iterdir())


def errors(folder):
    return json.loads((folder / "planted_errors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def small_pets(tmp_path_factory):
    return draw_sample("pets", tmp_path_factory.mktemp("sets") / "pets", seed=3, per_class=1)


def test_pets_are_flat_files_named_by_breed(small_pets):
    names = files(small_pets)
    assert names == sorted([*(f"images/{b}_1.jpg" for b in BREEDS), "planted_errors.json"])
    with Image.open(small_pets / "images/pug_1.jpg") as picture:
        assert picture.format == "JPEG" and min(picture.size) >= 200 and max(picture.size) <= 500


def test_the_number_of_workers_does_not_change_a_byte(small_pets, tmp_path):
    alone = draw_sample("pets", tmp_path / "alone", seed=3, per_class=1, workers=1)
    assert files(alone) == files(small_pets)
    for name in files(alone):
        assert (alone / name).read_bytes() == (small_pets / name).read_bytes(), name


def test_pets_as_planned_by_default_are_1480_with_two_in_a_hundred_labelled_wrongly():
    plan = plan_sample("pets")
    assert len(plan.pictures) == 1480
    given = [re.fullmatch(r"images/(.+)_\d+\.jpg", p.file)[1] for p in plan.pictures]
    assert Counter(given) == dict.fromkeys(BREEDS, 40)
    wrong = {p.file: p for p, label in zip(plan.pictures, given, strict=True) if p.breed != label}
    listed = json.loads(plan.texts["planted_errors.json"])
    assert len(listed) == 30
    assert {row["file"] for row in listed} == set(wrong)
    for row in listed:
        assert row["true"] == wrong[row["file"]].breed != row["given"]


def test_dogs_and_cats_as_planned_by_default():
    plan = plan_sample("dogscats")
    folders = Counter(p.file.rsplit("/", 1)[0] for p in plan.pictures)
    assert folders == {
        "train/cats": 400, "train/dogs": 400, "valid/cats": 100, "valid/dogs": 100, "test": 100,
    }  # fmt: skip
    listed = json.loads(plan.texts["planted_errors.json"])
    shown = {p.file: "cat" if p.breed in CAT_NAMES else "dog" for p in plan.pictures}
    for row in listed:
        assert shown[row["file"]] == row["true"] != row["given"]
        assert f"/{row['given']}s/" in row["file"]
    right = [f for f, kind in shown.items() if f"/{kind}s/" not in f and not f.startswith("test/")]
    assert sorted(right) == sorted(row["file"] for row in listed)
    assert len(listed) == 20
    assert sum(row["file"].startswith("valid/") for row in listed) == 1
    assert len({p.breed for p in plan.pictures}) == 37


def test_dog_breeds_as_planned_by_default():
    plan = plan_sample("dogbreeds", seed=1)
    table = list(csv.DictReader(plan.texts["labels.csv"].splitlines()))
    assert list(table[0]) == ["id", "breed"]
    assert Counter(row["breed"] for row in table) == dict.fromkeys(DOG_NAMES, 36)
    assert {f"train/{row['id']}.jpg" for row in table} == {
        p.file for p in plan.pictures if p.file.startswith("train/")
    }
    assert all(re.fullmatch("[0-9a-f]{32}", row["id"]) for row in table)
    shown = {p.file: p.breed for p in plan.pictures}
    wrong = [r for r in table if shown[f"train/{r['id']}.jpg"] != r["breed"]]
    listed = json.loads(plan.texts["planted_errors.json"])
    assert {r["file"] for r in listed} == {f"train/{r['id']}.jpg" for r in wrong}
    assert len(listed) == 18
    submission = list(csv.DictReader(plan.texts["sample_submission.csv"].splitlines()))
    assert len(submission) == 120
    assert list(submission[0]) == ["id", *sorted(DOG_NAMES)]
    assert sum(float(submission[0][name]) for name in DOG_NAMES) == pytest.approx(1)
    assert {f"test/{row['id']}.jpg" for row in submission} == {f for f in shown if f.startswith("test/")}


def test_no_two_pictures_of_any_set_share_a_seed():
    seeds = [p.seed for name in SAMPLES for p in plan_sample(name).pictures]
    assert len(seeds) == len(set(seeds))


def test_another_seed_gives_another_plan_and_the_same_seed_the_same():
    assert plan_sample("dogbreeds", 1) == plan_sample("dogbreeds", 1)
    assert plan_sample("dogbreeds", 1) != plan_sample("dogbreeds", 2)


@pytest.mark.parametrize("name", ["dogscats", "dogbreeds"])
def test_the_other_layouts_are_drawn_as_planned_with_progress(name, tmp_path):
    seen = []
    folder = draw_sample(
        name, tmp_path / name, per_class=1, workers=2, progress=lambda *pair: seen.append(pair)
    )
    plan = plan_sample(name, per_class=1)
    assert files(folder) == sorted([*(p.file for p in plan.pictures), *plan.texts])
    assert seen == [(n, len(plan.pictures)) for n in range(len(plan.pictures) + 1)]
    assert len(errors(folder)) >= 1
    assert inside(tmp_path) == [name]


def test_the_negatives_are_other_animals_of_the_same_breeds_with_their_colours_turned(tmp_path):
    folder = draw_sample("pets-negative", tmp_path / "set", per_class=1)
    plan, pets = plan_sample("pets-negative", per_class=1), plan_sample("pets", per_class=1)
    assert [p.file for p in plan.pictures] == [p.file for p in pets.pictures]
    assert not {p.seed for p in plan.pictures} & {p.seed for p in pets.pictures}
    for picture in plan.pictures[::9]:
        with Image.open(folder / picture.file) as negative:
            apart = ImageChops.difference(ImageChops.invert(negative), draw_pet(picture.breed, picture.seed))
        assert max(ImageStat.Stat(apart).mean) < 6  # but for what JPEG loses


def test_an_existing_folder_is_never_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"exists already. Use it, remove it"):
        draw_sample("pets", tmp_path, per_class=1)
    assert inside(tmp_path) == ["mine.txt"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "cats"}, "sample 'cats'. Known: pets, dogscats, dogbreeds"),
        ({"name": "pets", "per_class": 0}, "per_class=0. Give 1 or more"),
        ({"name": "pets", "workers": 0}, "workers=0. Give 1 or more"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_written(arguments, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        draw_sample(folder=tmp_path / "set", **arguments)
    assert inside(tmp_path) == []


def test_a_failing_worker_is_quoted_and_nothing_is_left_behind(tmp_path, monkeypatch):
    pictures = tuple(Picture(f"{i}.jpg", breed, i, 80) for i, breed in enumerate(["pug", "unicorn"]))
    monkeypatch.setattr(samples, "plan_sample", lambda *_: SamplePlan(pictures, {}))
    with pytest.raises(RuntimeError, match=r"(?s)a worker ended with status 1.*breed 'unicorn'"):
        draw_sample("pets", tmp_path / "set", workers=2)
    assert inside(tmp_path) == []


def test_ctrl_c_stops_the_workers_and_leaves_nothing_behind(tmp_path):
    started = []

    def press(done, total):
        started.append(done)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_sample("pets", tmp_path / "set", per_class=1, workers=2, progress=press)
    assert started == [0, 1, 2]
    assert inside(tmp_path) == []


def test_what_a_killed_process_left_is_removed_but_not_what_another_still_draws(tmp_path):
    left_over, in_use = tmp_path / ".set.drawing-old", tmp_path / ".set.drawing-now"
    for folder in (left_over, in_use):
        folder.mkdir()
        (folder / ".heartbeat").touch()
    long_ago = time.time() - 3600
    os.utime(left_over / ".heartbeat", (long_ago, long_ago))
    draw_sample("dogscats", tmp_path / "set", per_class=1)
    assert inside(tmp_path) == [".set.drawing-now", "set"]


def test_a_set_that_another_process_finished_first_is_kept(tmp_path):
    target = tmp_path / "set"

    def another_finishes(done, total):
        if done == total:
            target.mkdir()
            (target / "theirs").touch()

    assert draw_sample("dogscats", target, per_class=1, progress=another_finishes) == target
    assert inside(target) == ["theirs"]
    assert inside(tmp_path) == ["set"]

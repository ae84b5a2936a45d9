"""`lab.classic`'s data: names and order, and the traps that the 2018 code left open."""

import os

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from small import COLOURS, draw_picture

import lab
from lab import classic
from lab.classic import data as data_module

TFMS = classic.tfms_from_model("pocketnet", 32, aug_tfms=classic.transforms_side_on, max_zoom=1.1)


def folders(root, each=4, test=3):
    """root/train|valid/<colour>/<number>.png, and root/test."""
    for split, count in (("train", each), ("valid", 2)):
        for label, colour in COLOURS.items():
            (root / split / label).mkdir(parents=True)
            for number in range(count):
                draw_picture(root / split / label / f"{number}.png", colour, number)
    (root / "test").mkdir()
    for number in range(test):
        draw_picture(root / "test" / f"{number}.png", (90, 90, 90), number)
    return root


def table(root, labels, test=2):
    """root/labels.csv with one picture root/train/<number>.jpg a label; returns the file."""
    for folder, count in (("train", len(labels)), ("test", test)):
        (root / folder).mkdir(parents=True)
        for number in range(count):
            draw_picture(root / folder / f"{number}.jpg", (9 * number % 250, 80, 80), number)
    lines = ["id,breed", *(f"{number},{label}" for number, label in enumerate(labels))]
    (root / "labels.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root / "labels.csv"


def from_csv(root, **options):
    given = {"tfms": TFMS, "suffix": ".jpg", "bs": 4, "val_idxs": [2, 0], **options}
    return classic.ImageClassifierData.from_csv(root, "train", root / "labels.csv", **given)


BREEDS = ["Great Dane", "pug", "pug", "Great Dane", "Great Dane", "pug"]


def test_the_three_sets_of_transforms_differ_by_their_flips():
    basic, side, top = classic.transforms_basic, classic.transforms_side_on, classic.transforms_top_down
    assert [(t.flip, t.flip_vert) for t in (basic, side, top)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert {(t.rotate, t.lighting, t.zoom, t.warp) for t in (basic, side, top)} == {(10, 0.05, 1, 0)}


def test_max_zoom_is_the_transforms_zoom_with_and_without_augmentation():
    assert TFMS.augment.zoom == 1.1
    assert TFMS.augment.rotate == 10
    only = classic.tfms_from_model("pocketnet", 32, max_zoom=1.2).augment
    assert (only.zoom, only.flip, only.rotate) == (1.2, False, 0)
    assert classic.tfms_from_model("pocketnet", 32).augment is None


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"f_model": "resnet43"}, ValueError, "'resnet43' is not known"),
        ({"sz": 0}, ValueError, "size=0"),
        ({"aug_tfms": [lambda x: x]}, TypeError, "aug_tfms is a list.*transforms_side_on"),
        ({"max_zoom": 0.5}, ValueError, "zoom=0.5"),
        (
            {"aug_tfms": lab.aug_transforms(size=64)},
            ValueError,
            r"sz=32, but aug_tfms gives pictures of \(64, 64\)",
        ),
    ],
)
def test_wrong_transforms_are_named(arguments, error, words):
    with pytest.raises(error, match=words):
        classic.tfms_from_model(**{"f_model": "pocketnet", "sz": 32, **arguments})


def test_from_paths_gives_every_old_name(tmp_path):
    root = folders(tmp_path)
    data = classic.ImageClassifierData.from_paths(str(root), bs=4, tfms=TFMS, test_name="test")
    assert (data.c, data.sz, data.bs, data.classes) == (3, 32, 4, ["blue", "green", "red"])
    assert (len(data.trn_ds), len(data.val_ds), len(data.test_ds)) == (12, 6, 3)
    assert data.val_y.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.trn_y.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert data.test_ds.y.tolist() == [-1] * 3
    assert data.val_ds.fnames[:3] == ["valid/blue/0.png", "valid/blue/1.png", "valid/green/0.png"]
    assert data.test_ds.fnames == ["test/0.png", "test/1.png", "test/2.png"]
    x, y = data.val_ds[-1]
    assert x.shape == (3, 32, 32)
    assert y == 2
    assert len(list(data.val_ds)) == 6, "iterating ends"
    with pytest.raises(IndexError, match="picture 6 was asked for; there are 6"):
        data.val_ds[6]
    assert [len(y) for _, y in data.test_dl] == [3]
    assert "12 training, 6 validation, 3 test" in repr(data)


def test_other_folder_names_and_no_test_folder(tmp_path):
    root = folders(tmp_path)
    (root / "train").rename(root / "learn")
    (root / "valid").rename(root / "check")
    data = classic.ImageClassifierData.from_paths(
        root, tfms=TFMS, trn_name="learn", val_name="check", num_workers=0
    )
    assert data.trn_ds.fnames[0] == "learn/blue/0.png"
    assert data.test_ds is None
    assert data.test_dl is None


def test_the_five_loaders(tmp_path):
    data = classic.ImageClassifierData.from_paths(folders(tmp_path), bs=12, tfms=TFMS)
    files = list(range(12))
    labels = torch.tensor(data.trn_y)
    fixed, again = (next(iter(data.fix_dl)) for _ in files[:2])
    assert torch.equal(fixed[0], again[0]), "nothing random"
    assert torch.equal(fixed[1], labels)
    augmented, other = (next(iter(data.aug_dl)) for _ in files[:2])
    assert torch.equal(augmented[1], labels), "in file order"
    assert not torch.equal(augmented[0], fixed[0])
    assert not torch.equal(augmented[0], other[0]), "augmented differently each time"
    assert not torch.equal(next(iter(data.trn_dl))[1], labels), "shuffled"
    assert torch.equal(next(iter(data.val_dl))[1], torch.tensor(data.val_y))


def test_copies_and_samples_in_the_folder_are_not_taken_for_training_pictures(tmp_path):
    root = folders(tmp_path)
    before = classic.ImageClassifierData.from_paths(root, tfms=TFMS)
    before.resize(36, "tmp")
    folders(root / "sample")
    after = classic.ImageClassifierData.from_paths(root, tfms=TFMS)
    assert after.trn_ds.fnames == before.trn_ds.fnames
    assert after.val_ds.fnames == before.val_ds.fnames


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"tfms": None}, ValueError, "from_paths: tfms=None.*tfms_from_model"),
        ({"trn_name": "trian"}, FileNotFoundError, "trian.*Did you mean 'train'"),
        ({"test_name": "tests"}, FileNotFoundError, "test_name: there is no folder.*Did you mean 'test'"),
        ({"bs": 0}, ValueError, "bs=0"),
    ],
)
def test_from_paths_names_what_is_wrong(tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        classic.ImageClassifierData.from_paths(folders(tmp_path), **{"tfms": TFMS, **options})


def test_from_csv_keeps_the_tables_order_and_labels_with_spaces(tmp_path):
    table(tmp_path, BREEDS)
    data = from_csv(tmp_path, test_name="test")
    assert data.classes == ["Great Dane", "pug"], "a space does not divide a label"
    assert data.val_ds.fnames == ["train/0.jpg", "train/2.jpg"], "the table's order, not that of val_idxs"
    assert data.val_y.tolist() == [0, 1]
    assert data.trn_ds.fnames == [f"train/{i}.jpg" for i in (1, 3, 4, 5)]
    assert data.test_ds.fnames == ["test/0.jpg", "test/1.jpg"]


def test_from_csv_takes_a_fifth_for_validation_when_not_told(tmp_path, monkeypatch):
    table(tmp_path, ["pug", "akita"] * 5)
    tables, original = [], data_module.read_labels
    monkeypatch.setattr(data_module, "read_labels", lambda *a, **k: tables.append(a) or original(*a, **k))
    data = from_csv(tmp_path, val_idxs=None)
    assert len(tables) == 1, "the table is read once"
    assert data.val_ds.fnames == [f"train/{i}.jpg" for i in sorted(classic.get_cv_idxs(10))]


def test_from_csv_from_another_working_folder_with_relative_paths(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    table(tmp_path / "data" / "dogs", BREEDS)
    monkeypatch.chdir(tmp_path)
    data = classic.ImageClassifierData.from_csv(
        "data/dogs/", "train", "data/dogs/labels.csv", tfms=TFMS, suffix=".jpg", val_idxs=[0, 1]
    )
    assert os.path.exists("data/dogs/" + data.trn_ds.fnames[0])  # noqa: PTH110  as the lessons join them


@pytest.mark.parametrize(
    ("lines", "options", "words"),
    [
        ("7,pug", {}, r"labels.csv' names a picture that is not in.*line 8 \('7.jpg'\)"),
        ("1,pug", {}, r"labels.csv' repeats an id: line 8 \(as 3\)"),
        ("7,", {}, "labels.csv' has no label: line 8"),
        ("", {"suffix": ""}, "names a picture that is not in.*suffix='.jpg'"),
        ("", {"val_idxs": [0, 6]}, r"got index 6; with 6 items it must be in 0..5"),
        ("", {"val_idxs": [0, -1]}, r"got index -1; with 6 items"),
        ("", {"val_idxs": [0, 0]}, "got index 0 more than once"),
        ("", {"tfms": None}, "from_csv: tfms=None"),
    ],
)
def test_from_csv_names_what_is_wrong_with_the_table(tmp_path, lines, options, words):
    file = table(tmp_path, BREEDS)
    file.write_text(file.read_text(encoding="utf-8") + lines, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        from_csv(tmp_path, **options)


@pytest.mark.parametrize(
    ("val_idxs", "words"),
    [
        (0.2, r"from_csv: val_idxs=0.2. Give row numbers, such as get_cv_idxs\(n\)"),
        ([0, "1"], "'1' is not an int"),
        (np.arange(6) < 2, r"np.flatnonzero\(mask\)"),
    ],
)
def test_from_csv_wants_row_numbers_for_validation(tmp_path, val_idxs, words):
    table(tmp_path, BREEDS)
    with pytest.raises(TypeError, match=words):
        from_csv(tmp_path, val_idxs=val_idxs)


def test_labels_that_differ_by_a_space_inside_are_pointed_out_and_spaces_at_the_ends_removed(tmp_path):
    table(tmp_path, ["a pug", "a  pug", "a pug", "a  pug", "a pug ", "a  pug "])
    with pytest.warns(UserWarning, match="'a  pug' and 'a pug'"):
        data = from_csv(tmp_path, val_idxs=[0, 1])
    assert data.classes == ["a  pug", "a pug"]


def test_get_cv_idxs_divides_all_items_among_five_folds():
    folds = [classic.get_cv_idxs(50, cv_idx=fold) for fold in range(5)]
    assert sorted(np.concatenate(folds).tolist()) == list(range(50))
    np.testing.assert_array_equal(folds[1], np.random.RandomState(42).permutation(50)[10:20])
    with pytest.raises(ValueError, match=r"got fold 5; .* 0..4"):
        classic.get_cv_idxs(50, cv_idx=5)


def arrays(dtype=np.uint8):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 255, (8, 40, 36, 3), dtype=np.uint8)
    return (x if dtype == np.uint8 else x / 255).astype(dtype), np.arange(8) % 2


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_from_arrays_keeps_pictures_and_names(tmp_path, dtype):
    x, y = arrays(dtype)
    data = classic.ImageClassifierData.from_arrays(
        tmp_path, (x, y), (x[:2], y[:2]), bs=4, tfms=TFMS, classes=["cat", "dog"], test=x[:3]
    )
    assert data.classes == ["cat", "dog"]
    assert (len(data.trn_ds), len(data.val_ds), len(data.test_ds)) == (8, 2, 3)
    assert data.trn_y.tolist() == y.tolist()
    assert data.trn_ds.fnames == [], "there are no files"
    with pytest.raises(ValueError, match="in memory"):
        data.resize(64)
    learn = classic.ConvLearner.pretrained("pocketnet", data, precompute=True)
    learn.fit(1e-2, 1)
    assert learn.predict(is_test=True).shape == (3, 2)


@pytest.mark.parametrize(
    ("trn", "words"),
    [
        ((np.zeros((4, 8)), [0] * 4), r"shape \(4, 8\).*precompute=True"),
        ((np.full((4, 8, 8, 3), 7.0), [0] * 4), "from 7 to 7"),
        ((np.zeros((4, 8, 8, 3)), [0] * 3), r"got 4 pictures with labels of shape \(3,\)"),
        ((np.zeros((4, 8, 8, 3)), [0, 1, 2, 0]), r"whole numbers in 0..1"),
    ],
)
def test_from_arrays_names_what_is_wrong(tmp_path, trn, words):
    x, y = arrays()
    with pytest.raises(ValueError, match=words):
        classic.ImageClassifierData.from_arrays(tmp_path, trn, (x, y), tfms=TFMS, classes=["a", "b"])


def test_denorm_turns_a_batch_or_a_picture_and_refuses_the_rest(tmp_path):
    data = classic.ImageClassifierData.from_paths(folders(tmp_path), bs=4, tfms=TFMS)
    x, _ = next(iter(data.fix_dl))
    assert data.trn_ds.denorm(x).shape == (4, 32, 32, 3)
    np.testing.assert_array_equal(data.trn_ds.denorm(x[1])[0], x[1].numpy().transpose(1, 2, 0))
    with pytest.raises(ValueError, match="denorm"):
        data.trn_ds.denorm(np.zeros((32, 32, 3)))


def test_resize_is_done_once_and_again_for_a_changed_source_only(tmp_path):
    root = folders(tmp_path)
    tfms = classic.tfms_from_model("pocketnet", 24)
    data = classic.ImageClassifierData.from_paths(root, bs=4, tfms=tfms, test_name="test")
    small = data.resize(30, "tmp")
    assert small.trn_ds.fnames == [f"tmp/30/{name}" for name in data.trn_ds.fnames]
    assert small.test_ds.fnames[0] == "tmp/30/test/0.png"
    assert (small.path, small.sz, small.classes) == (data.path, 24, data.classes)
    assert small.trn_y.tolist() == data.trn_y.tolist()
    copies = {path: path.stat().st_mtime_ns for path in (root / "tmp").rglob("*.png")}
    assert len(copies) == 21
    with Image.open(root / small.trn_ds.fnames[0]) as copy:
        assert min(copy.size) == 30
    draw_picture(root / "train" / "red" / "0.png", (0, 0, 0), 77)
    data = classic.ImageClassifierData.from_paths(root, bs=4, tfms=tfms, test_name="test")
    again = data.resize(30, "tmp")
    changed = [path for path, time in copies.items() if path.stat().st_mtime_ns != time]
    assert changed == [root / "tmp" / "30" / "train" / "red" / "0.png"]
    assert again.trn_ds[again.trn_ds.fnames.index("tmp/30/train/red/0.png")][0].mean() < 0.2
    with pytest.raises(ValueError, match="copies of 20 pixels are smaller than the 24"):
        data.resize(20)


def test_a_submission_is_a_row_per_test_file_in_order(tmp_path):
    data = classic.ImageClassifierData.from_paths(folders(tmp_path), tfms=TFMS, test_name="test")
    probs = np.random.default_rng(0).dirichlet([1, 1, 1], size=(5, 3)).astype(np.float32)
    frame = classic.submission(np.log(probs), data)
    assert frame.columns.tolist() == ["id", "blue", "green", "red"]
    assert frame["id"].tolist() == ["0", "1", "2"]
    np.testing.assert_allclose(frame.drop(columns="id").to_numpy(), probs.mean(0), atol=1e-6)
    file = tmp_path / "submission.csv"
    frame.to_csv(file, index=False)
    assert pd.read_csv(file).shape == (3, 4)
    without = classic.ImageClassifierData.from_paths(tmp_path, tfms=TFMS)
    with pytest.raises(ValueError, match="no test pictures"):
        classic.submission(probs, without)
    assert lab.submission is not None

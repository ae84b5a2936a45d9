"""Folders of every layout that the lessons have, and of some that nobody could read."""

import pytest
from PIL import Image

from lab.data.infer_layout import infer_layout


def put(folder, *names):
    """Empty files, since only names are looked at."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def by_name(layout):
    return {path.name: label for path, label in zip(layout.files, layout.labels, strict=True)}


def test_class_folders_give_each_picture_its_folder_as_label(tmp_path):
    put(tmp_path, "cat/a.jpg", "cat/b.png", "dog/c.jpg", "dog/2024/d.jpg", "cover.jpg")
    layout = infer_layout(tmp_path)
    assert layout.kind == "class folders"
    assert by_name(layout) == {"a.jpg": "cat", "b.png": "cat", "c.jpg": "dog", "d.jpg": "dog"}
    assert layout.valid is None
    assert "4 pictures of 2 classes: a folder for each class" in layout.description
    assert "1 more is left out" in layout.description


@pytest.mark.parametrize("name", ["valid", "val", "validation", "test", "Valid"])
def test_train_and_valid_folders_keep_their_split(tmp_path, name):
    put(tmp_path, "train/cat/a.jpg", "train/dog/b.jpg", f"{name}/cat/c.jpg", f"{name}/dog/d.jpg")
    layout = infer_layout(tmp_path)
    assert layout.kind == "train/valid folders"
    assert [layout.files[i].name for i in layout.valid] == ["c.jpg", "d.jpg"]
    assert by_name(layout) == {"a.jpg": "cat", "b.jpg": "dog", "c.jpg": "cat", "d.jpg": "dog"}


def test_valid_goes_before_test_and_unlabelled_test_pictures_are_left_out(tmp_path):
    put(tmp_path, "train/cat/a.jpg", "train/dog/b.jpg", "valid/cat/c.jpg", "valid/dog/d.jpg", "test/e.jpg")
    layout = infer_layout(tmp_path)
    assert "e.jpg" not in by_name(layout)
    assert "1 more is left out: without a class folder there" in layout.description


def test_a_train_folder_alone_is_split_at_random(tmp_path):
    put(tmp_path, "train/cat/a.jpg", "train/dog/b.jpg", "test/1.jpg", "test/2.jpg")
    layout = infer_layout(tmp_path)
    assert layout.kind == "class folders"
    assert layout.folder == tmp_path / "train"
    assert layout.valid is None


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (
            ["great_pyrenees_12.jpg", "great_pyrenees_3.jpg", "pug_1.JPG", "pug_2.png"],
            ["great_pyrenees", "pug"],
        ),
        (["cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg"], ["cat", "dog"]),
        (["red cat (1).jpg", "red cat (2).jpg", "dog (1).jpg", "dog (2).jpg"], ["dog", "red cat"]),
        (["🐱_1.jpg", "🐱_2.jpg", "Süßer Hund_1.jpg", "Süßer Hund_2.jpg"], ["Süßer Hund", "🐱"]),
    ],
)
def test_flat_names_with_a_number(tmp_path, names, labels):
    layout = infer_layout(put(tmp_path, *names))
    assert layout.kind == "names with a pattern"
    assert sorted(set(layout.labels)) == labels


def test_odd_files_between_the_pictures_are_passed_over(tmp_path):
    put(tmp_path, "pug_1.jpg", "pug_2.jpg", "lab_1.jpg", "lab_2.jpg", "lab_2.mat", "Thumbs.db", ".pug_3.jpg")
    put(tmp_path, ".hidden/cat_1.jpg", "desktop.ini")
    assert set(by_name(infer_layout(tmp_path))) == {"pug_1.jpg", "pug_2.jpg", "lab_1.jpg", "lab_2.jpg"}


def test_a_single_folder_inside_is_gone_into(tmp_path):
    put(tmp_path, "my photos 🐾/pets/cat/a.jpg", "my photos 🐾/pets/dog/b.jpg")
    layout = infer_layout(tmp_path)
    assert layout.kind == "class folders"
    assert layout.folder == tmp_path / "my photos 🐾" / "pets"


def test_annotations_beside_the_pictures_are_not_a_class(tmp_path):
    put(tmp_path, "images/pug_1.jpg", "images/pug_2.jpg", "images/lab_1.jpg", "images/lab_2.jpg")
    put(tmp_path, "annotations/trimaps/pug_1.png", "annotations/trimaps/lab_1.png")
    layout = infer_layout(tmp_path)
    assert layout.kind == "names with a pattern"
    assert len(layout.files) == 4


def test_a_table_names_files_without_their_extension(tmp_path):
    put(tmp_path, "train/0a.jpg", "train/0b.jpg", "train/0c.jpg", "test/0d.jpg")
    (tmp_path / "labels.csv").write_text("id,breed\n0a,pug\n0b,corgi\n0c,pug\n0x,pug\n", encoding="utf-8")
    (tmp_path / "sample_submission.csv").write_text(
        "id,corgi,pug\n0d,0.5,0.5\n0e,0.5,0.5\n", encoding="utf-8"
    )
    layout = infer_layout(tmp_path)
    assert layout.kind == "csv"
    assert by_name(layout) == {"0a.jpg": "pug", "0b.jpg": "corgi", "0c.jpg": "pug"}
    assert "labels.csv" in layout.description
    assert "'id'" in layout.description and "'breed'" in layout.description
    assert "1 of its rows name no picture that is here" in layout.description


def test_a_table_from_a_spreadsheet_with_semicolons_and_paths(tmp_path):
    put(tmp_path, "a 1.jpg", "b.jpg", "more/c.jpg")
    text = "number;label;picture\n1;Kätzchen;a 1.jpg\n2;Hund;b.jpg\n3;Hund;more/c.jpg\n"
    (tmp_path / "list.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert by_name(infer_layout(tmp_path)) == {"a 1.jpg": "Kätzchen", "b.jpg": "Hund", "c.jpg": "Hund"}


def test_a_table_without_a_telling_heading_takes_the_column_with_few_values(tmp_path):
    put(tmp_path, *(f"{i}.jpg" for i in range(6)))
    rows = "\n".join(f"{i}.jpg,{i * 7},{'ab'[i % 2]}" for i in range(6))
    (tmp_path / "t.csv").write_text(f"f,weight,what\n{rows}\n", encoding="utf-8")
    assert set(infer_layout(tmp_path).labels) == {"a", "b"}


def test_camera_names_are_not_taken_for_labels(tmp_path):
    put(tmp_path, "IMG_0001.jpg", "IMG_0002.jpg", "DSC_0001.jpg", "DSC_0002.jpg", "PXL_20240101_1.jpg")
    with pytest.raises(ValueError, match="holds 5 pictures") as caught:
        infer_layout(tmp_path)
    message = str(caught.value)
    assert "'DSC_0001.jpg'" in message
    for layout in ("class folders", "train and valid folders", "names with a number", "a table"):
        assert layout in message


def test_one_class_alone_is_refused_with_what_was_seen(tmp_path):
    put(tmp_path, "cat/a.jpg", "cat/b.jpg", "cat/c.jpg")
    with pytest.raises(ValueError, match="folders with pictures: 'cat'"):
        infer_layout(tmp_path)


def test_a_folder_without_pictures_says_what_it_holds_and_what_can_be_read(tmp_path):
    put(tmp_path, "notes.txt", "song.mp3")
    with pytest.raises(ValueError, match=r"(?s)1 x \.txt.*class folders"):
        infer_layout(tmp_path)


def test_a_missing_folder_and_an_archive_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        infer_layout(tmp_path / "nowhere")
    put(tmp_path, "photos.zip")
    with pytest.raises(ValueError, match=r"'photos\.zip' is an archive"):
        infer_layout(tmp_path / "photos.zip")


def test_dataloaders_use_the_layouts_labels_and_split(tmp_path):
    for part, count in (("train", 6), ("valid", 2)):
        for name, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
            for number in range(count):
                path = tmp_path / part / name / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (20, 16), colour).save(path)
    from lab.data.transforms import Resize

    dls = infer_layout(tmp_path).dataloaders(item_tfms=Resize(16), bs=4, seed=1)
    assert list(dls.vocab) == ["blue", "red"]
    assert (dls.train.n, dls.valid.n) == (12, 4)
    x, y = next(iter(dls.valid))
    assert [dls.vocab[i] for i in y.tolist()] == [
        "blue" if row[2].mean() > row[0].mean() else "red" for row in x
    ]

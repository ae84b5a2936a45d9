"""No picture is lost without a word: files passed over, damaged ones, copies, classes left out of a split."""

import os
import shutil
import warnings

import numpy as np
import pytest
import torch
from small import picture_folder

import lab
from lab.data.duplicates import copies

JPEG, HEIC = b"\xff\xd8\xff\xe0" + bytes(60), b"\0\0\0\x18ftypheic" + bytes(60)


def put(path, data=JPEG):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def said(call):
    """The warnings' texts and the result of `call`."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return [str(warning.message) for warning in caught], result


def test_pictures_that_are_passed_over_are_counted_by_kind_in_one_notice(tmp_path):
    for i in range(3):
        put(tmp_path / f"a/{i}.jpg")
        put(tmp_path / f"a/{i}.HEIC", HEIC)
        put(tmp_path / f"b/img{i}.jpg?itok=Xy{i}")
    put(tmp_path / "b/photo", b"\x89PNG\r\n\x1a\n" + bytes(20))
    put(tmp_path / "b/unsaid", HEIC)
    put(tmp_path / "b/raw.NEF", b"II*\0" + bytes(20))
    put(tmp_path / "b/old.jpg~")
    (text,), files = said(lambda: lab.get_image_files(tmp_path))
    assert len(files) == 3
    assert "10 pictures are passed over" in text and "3 found" in text
    assert "4 .heic files, such as 'a/0.HEIC': HEIC photos are not read here. Save them as JPEG." in text
    assert "1 .nef file, such as 'b/raw.NEF': raw photos" in text
    assert "4 files with another extension, such as 'b/img0.jpg?itok=Xy0', though JPEG" in text
    assert "1 file with no extension, such as 'b/photo', though PNG by content. Rename" in text


def test_the_advice_obeyed_finds_the_picture(tmp_path):
    put(tmp_path / "a.jpg")
    odd = put(tmp_path / "b.jpg?x=1")
    said(lambda: lab.get_image_files(tmp_path))
    odd.rename(tmp_path / "b.jpg?x=1.jpg")
    assert said(lambda: len(lab.get_image_files(tmp_path))) == ([], 2)


def test_what_systems_leave_behind_and_what_is_no_picture_is_not_worth_a_word(tmp_path):
    put(tmp_path / "c/1.jpg")
    junk = (
        ".DS_Store",
        "._1.jpg",
        "Thumbs.db",
        "desktop.ini",
        "labels.csv",
        "notes",
        "1.xml",
        "1.mp4",
        "e.dat",
    )
    for name in junk:
        put(tmp_path / "c" / name, b"\0\1 no picture at all")
    put(tmp_path / "c/@eaDir/1.jpg/SYNOFILE_THUMB_M.jpg")
    put(tmp_path / "__MACOSX/c/1.jpg")
    assert said(lambda: [path.name for path in lab.get_image_files(tmp_path)]) == ([], ["1.jpg"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_waited_for(tmp_path):
    put(tmp_path / "1.jpg")
    os.mkfifo(tmp_path / "pipe")
    assert len(lab.get_image_files(tmp_path)) == 1


def test_a_folder_of_heic_alone_names_what_it_holds(tmp_path):
    put(tmp_path / "1.heic", HEIC)
    with pytest.raises(ValueError, match=r"no picture in .*\n  1 \.heic file, such as '1\.heic'.*as JPEG"):
        lab.get_image_files(tmp_path)


def test_many_files_of_one_ending_are_not_all_opened(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("lab.data.passed.kind_of_picture", lambda path: opened.append(path))
    put(tmp_path / "1.jpg")
    for i in range(50):
        put(tmp_path / f"{i}.dat")
        put(tmp_path / f"{i}.txt")
    lab.get_image_files(tmp_path)
    assert len(opened) == 20


def test_a_folder_without_pictures_beside_the_classes_is_named(tmp_path):
    folder = picture_folder(tmp_path / "p", each=6)
    (folder / "yellow").mkdir()
    put(folder / "iphone/1.heic", HEIC)
    put(folder / "models/best.safetensors", b"weights")
    made = lambda: lab.ImageDataLoaders.from_folder(  # noqa: E731
        folder, valid_pct=0.25, stratify=True, item_tfms=lab.Resize(32)
    )
    texts, dls = said(made)
    assert list(dls.vocab) == ["blue", "green", "red"]
    assert len(texts) == 2
    assert "2 folders have no picture and so no class: 'iphone', 'yellow'" in texts[1]


# -- classes and splits --


def rare_folder(tmp_path):
    folder = picture_folder(tmp_path / "p", each=10)
    for path in sorted((folder / "red").iterdir())[3:]:
        path.unlink()
    return folder


def test_a_class_without_a_validation_picture_is_named_once_with_what_to_do(tmp_path):
    folder = rare_folder(tmp_path)
    files = lab.get_image_files(folder)
    valid = [i for i, path in enumerate(files) if path.name == "05.png"]
    block = lab.DataBlock(get_y=lab.parent_label, splitter=lab.IndexSplitter(valid), item_tfms=lab.Resize(32))
    (text,), _ = said(lambda: block.dataloaders(folder))
    assert "1 class without a validation picture: 'red' (3 training pictures)" in text
    assert "stratify=True" in text
    assert (
        said(lambda: block.new(splitter=lab.RandomSplitter(seed=0, stratify=True)).dataloaders(folder))[0]
        == []
    )


def test_a_stratified_shortcut_has_every_class_on_both_sides(tmp_path):
    folder = rare_folder(tmp_path)
    for seed in range(8):
        dls = lab.ImageDataLoaders.from_folder(
            folder, valid_pct=0.2, stratify=True, seed=seed, item_tfms=lab.Resize(32)
        )
        assert dls.class_counts() == {"blue": (8, 2), "green": (8, 2), "red": (2, 1)}


# -- copies --


def test_copies_in_both_splits_and_with_two_labels_are_counted_and_named(tmp_path):
    folder = picture_folder(tmp_path / "p", each=5)
    shutil.copy(folder / "red/00.png", folder / "red/copy.png")
    shutil.copy(folder / "red/01.png", folder / "blue/wrong.png")
    files = lab.get_image_files(folder)
    valid = [i for i, p in enumerate(files) if p.name in ("copy.png", "02.png")]
    block = lab.DataBlock(get_y=lab.parent_label, splitter=lab.IndexSplitter(valid), item_tfms=lab.Resize(32))
    (text,), _ = said(lambda: block.dataloaders(folder))
    assert "1 of 4 validation pictures is a copy of a training picture" in text
    assert "'red/00.png' (training) and 'red/copy.png' (validation)" in text
    assert "1 picture has more than one label: 'blue/wrong.png' (blue) and 'red/01.png' (red)" in text


def test_copies_within_training_and_pictures_of_equal_size_are_no_news(tmp_path):
    rng = np.random.default_rng(0)
    one = rng.bytes(20_000)
    other = bytearray(one)
    other[5_000] ^= 1  # the same size, the same middle, the same end
    paths = [put(tmp_path / name, bytes(data)) for name, data in (("a", one), ("b", other), ("c", one))]
    assert copies([*paths, put(tmp_path / "d", b""), put(tmp_path / "e", b""), tmp_path / "gone"]) == [[0, 2]]


# -- damaged files and predictions --


def test_rows_follow_the_loaders_paths_and_a_submission_names_the_files_left_out(tmp_path):
    folder = picture_folder(tmp_path / "p", each=5)
    dls = lab.ImageDataLoaders.from_folder(folder, valid_pct=0.2, stratify=True, item_tfms=lab.Resize(32))
    files = [folder / "red" / f"{i:02}.png" for i in (4, 0, 2, 1)]
    files[2].write_bytes(files[2].read_bytes()[:200])
    (text,), dl = said(lambda: dls.test_dl(files))
    assert "1 of 4 pictures cannot be read" in text and "02.png" in text
    assert text.endswith("pair the rows with the loader's own list, dl.paths, not with yours.")
    assert dl.paths == [files[0], files[1], files[3]]
    probs = torch.full((3, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"1 files? cannot be read and w.* left out: '02\.png'.*dl\.paths"):
        lab.submission(probs, files, dls.vocab)
    assert lab.submission(probs, dl.paths, dls.vocab)["id"].tolist() == ["04", "00", "01"]

"""Smaller copies on disk: made once, made again for what has changed, never half."""

import json

import numpy as np
import pytest
from PIL import Image
from small import draw_picture, picture_folder, small_dls

import lab
from lab.data import copies
from lab.data.broken import BrokenPicture
from lab.data.copies import make_copies


def photo(path, size=(90, 60), colour=(200, 40, 40)):
    path.parent.mkdir(parents=True, exist_ok=True)
    draw_picture(path, colour, 0, size)
    return path


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def test_the_shorter_side_is_the_size_and_the_place_is_kept(tmp_path):
    sources = [photo(tmp_path / "train" / "a" / "1.jpg"), photo(tmp_path / "test" / "2.png", (40, 80))]
    made = make_copies(sources, tmp_path, tmp_path / "tmp" / "30", 30)
    assert made == [
        tmp_path / "tmp" / "30" / "train" / "a" / "1.jpg",
        tmp_path / "tmp" / "30" / "test" / "2.png",
    ]
    assert [size_of(path) for path in made] == [(45, 30), (30, 60)]
    with Image.open(made[0]) as jpeg, Image.open(made[1]) as png:
        assert (jpeg.format, png.format) == ("JPEG", "PNG")


def test_a_small_picture_is_copied_byte_for_byte(tmp_path):
    source = photo(tmp_path / "1.jpg", (30, 20))
    (copy,) = make_copies([source], tmp_path, tmp_path / "tmp", 25)
    assert copy.read_bytes() == source.read_bytes()


def test_only_changed_new_and_missing_copies_are_written(tmp_path, monkeypatch):
    sources = [photo(tmp_path / f"{i}.jpg") for i in range(4)]
    made = make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    written = []
    original = copies._write_small
    monkeypatch.setattr(copies, "_write_small", lambda *args: (written.append(args[0].name), original(*args)))
    make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    assert written == []
    photo(sources[1], (120, 70))
    made[2].unlink()
    sources.append(photo(tmp_path / "4.jpg"))
    make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    assert written == ["1.jpg", "2.jpg", "4.jpg"]
    assert size_of(made[1]) == (51, 30)


def test_what_was_written_before_an_interruption_is_kept_and_the_rest_is_made_later(tmp_path, monkeypatch):
    sources = [photo(tmp_path / f"{i}.jpg") for i in range(3)]
    original = copies._write_small

    def killed(source, target, resize):
        if source.name == "2.jpg":
            raise KeyboardInterrupt
        original(source, target, resize)

    monkeypatch.setattr(copies, "_write_small", killed)
    with pytest.raises(KeyboardInterrupt):
        make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    assert len(json.loads((tmp_path / "tmp" / copies.LIST).read_text(encoding="utf-8"))) == 2
    monkeypatch.setattr(copies, "_write_small", original)
    made = make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    assert all(path.is_file() for path in made)
    assert [path.name for path in (tmp_path / "tmp").iterdir() if path.name.endswith(".part")] == []


@pytest.mark.parametrize("damage", ["{half", "[1, 2]", ""])
def test_a_damaged_list_means_that_copies_are_made_again(tmp_path, damage):
    source = photo(tmp_path / "1.jpg")
    (copy,) = make_copies([source], tmp_path, tmp_path / "tmp", 30)
    copy.write_bytes(b"no picture")
    (tmp_path / "tmp" / copies.LIST).write_text(damage, encoding="utf-8")
    make_copies([source], tmp_path, tmp_path / "tmp", 30)
    assert size_of(copy) == (45, 30)


def test_sources_of_one_name_from_two_places_outside_do_not_meet(tmp_path):
    sources = [photo(tmp_path / "a" / "1.jpg"), photo(tmp_path / "b" / "1.jpg", colour=(10, 200, 10))]
    made = make_copies(sources, tmp_path / "elsewhere", tmp_path / "tmp", 30)
    assert made[0] != made[1]
    assert not np.array_equal(*(np.asarray(lab.Resize(30)(Image.open(path).copy())) for path in made))


def test_a_broken_source_is_named_and_leaves_no_half_copy(tmp_path):
    source = tmp_path / "1.jpg"
    source.write_text("not a picture", encoding="utf-8")
    with pytest.raises(BrokenPicture, match=r"1\.jpg"):
        make_copies([source], tmp_path, tmp_path / "tmp", 30)
    assert [path.name for path in (tmp_path / "tmp").iterdir()] == [copies.LIST]


def test_dataloaders_from_copies_keep_split_labels_and_order(tmp_path):
    folder = picture_folder(tmp_path / "colours", each=6, size=(90, 60))
    dls = small_dls(folder, item_tfms=lab.Resize(32))
    dls.test = dls.test_dl(sorted((folder / "red").iterdir())[:3])
    small = dls.resized(40, "tmp")
    for name in ("train", "valid", "test"):
        before, after = getattr(dls, name), getattr(small, name)
        places = [path.relative_to(folder) for path in before.pictures.paths]
        assert [path.relative_to(folder / "tmp" / "40") for path in after.pictures.paths] == places
        for i in range(before.n):
            (x, y), (copy, label) = before.item(i), after.item(i)
            assert y == label
            assert (x - copy).abs().mean() < 0.12, "the same picture"
    assert (small.path, list(small.vocab), small.bs, small.block) == (
        dls.path,
        list(dls.vocab),
        dls.bs,
        dls.block,
    )
    assert (small.train.shuffle, small.train.augment, small.valid.shuffle) == (True, True, False)
    x, _ = small.one_batch()
    assert x.shape[2:] == (32, 32)
    assert small.picture_sizes().min() == 40


def test_a_disk_that_is_full_or_closed_is_said_with_what_to_do(tmp_path, monkeypatch):
    sources = [photo(tmp_path / f"{i}.jpg") for i in range(2)]
    original = copies._write_small

    def full(source, target, resize):
        if source.name == "1.jpg":
            raise OSError(28, "No space left on device")
        original(source, target, resize)

    monkeypatch.setattr(copies, "_write_small", full)
    with pytest.raises(
        OSError, match=r"resized: .*No space left on device.*give the full path of another"
    ) as caught:
        make_copies(sources, tmp_path, tmp_path / "tmp", 30)
    assert caught.value.errno == 28
    assert size_of(tmp_path / "tmp" / "0.jpg") == (45, 30), "what is finished stays"


def test_copies_may_lie_in_a_folder_elsewhere(tmp_path):
    folder = picture_folder(tmp_path / "colours", each=6, size=(90, 60))
    small = small_dls(folder, item_tfms=lab.Resize(32)).resized(40, tmp_path / "elsewhere")
    assert all((tmp_path / "elsewhere" / "40") in path.parents for path in small.train.pictures.paths)

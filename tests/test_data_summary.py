"""DataBlock.summary: the walk that it prints, and where it stops."""

import pytest
import torch
from PIL import Image
from small import picture_folder

from lab.data.block import DataBlock
from lab.data.files import get_image_files
from lab.data.labels import ColReader, parent_label
from lab.data.resize import Resize
from lab.data.splits import RandomSplitter
from lab.data.transforms import aug_transforms


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "pictures", each=8)


def walk(capsys, source, bs=4, **options):
    options = {"get_y": parent_label, "splitter": RandomSplitter(seed=42), **options}
    assert DataBlock(**options).summary(source, bs) is None
    return capsys.readouterr().out


def first(*indices):
    """A splitter whose training pictures begin with these; every eighth of the others validates."""

    def split(items):
        rest = [i for i in range(len(items)) if i not in indices]
        return [*indices, *(i for i in rest if i % 8 != 7)], [i for i in rest if i % 8 == 7]

    return split


def test_the_walk_tells_what_every_step_gave(folder, capsys):
    text = walk(capsys, folder, item_tfms=Resize(32), batch_tfms=aug_transforms(size=24, min_scale=0.75))
    expected = [
        f"Collecting items from {folder}",
        "Found 24 items",
        "Splitting them with RandomSplitter(valid_pct=0.2, seed=42)",
        "2 datasets of sizes 19, 5",
        "Labelling them with parent_label",
        "The vocab has 3 categories: (#3) ['blue', 'green', 'red']",
        "Building one sample",
        "starting from",
        "applying open_picture gives",
        "RGB picture of 48x40 pixels",
        "applying parent_label gives",
        "applying the vocab of 3 gives",
        "Sample: (RGB picture of 48x40 pixels, ",
        "Building one batch",
        "Applying item_tfms to the first picture",
        "applying Resize(32, method='crop') gives",
        "RGB picture of 38x32 pixels",
        "picture of shape (3, 32, 32)",
        "Adding the next 3 pictures",
        "Collating the pictures into a batch",
        "gives x (4, 3, 32, 32) uint8 and y (4,) int64",
        "Applying batch_tfms",
        "x (4, 3, 24, 24) float32 from 0.",
        "Batch: x (4, 3, 24, 24), y [",
    ]
    at = 0
    for line in expected:
        assert line in text[at:], f"{line!r} is missing or out of order in:\n{text}"
        at = text.index(line, at)
    assert "Error" not in text


def test_the_sample_is_the_first_training_picture_with_its_label(folder, capsys):
    files = get_image_files(folder)
    text = walk(capsys, folder, bs=3, splitter=first(9, 1, 17), item_tfms=Resize(32))
    assert f"starting from\n      {files[9]}" in text
    assert "gives\n      green\n" in text
    assert "Sample: (RGB picture of 48x40 pixels, 1)" in text
    assert "y [1, 0, 2]" in text
    assert "Adding the next 2 pictures" in text


def test_without_transforms_it_says_so(folder, capsys):
    text = walk(capsys, folder, bs=1)
    assert "No item_tfms to apply" in text
    assert "No batch_tfms to apply: pixels are only divided by 255" in text
    assert "Adding" not in text
    assert "Batch: x (1, 3, 40, 48)" in text


def test_pictures_of_different_sizes_cannot_be_collated_and_resize_is_named(folder, capsys):
    files = get_image_files(folder)
    for path, size in zip(files[:4], [(500, 374), (500, 375), (424, 500), (500, 351)], strict=True):
        Image.new("RGB", size).save(path)
    text = walk(capsys, folder, splitter=first(0, 1, 2, 3))
    assert "Error! It's not possible to collate your items in a batch." in text
    assert "(3, 374, 500), (3, 375, 500), (3, 500, 424), (3, 351, 500)" in text
    assert "Add item_tfms=Resize(...)" in text
    assert "Batch:" not in text


def test_a_table_shows_its_row_and_what_get_x_gave(folder, capsys):
    import pandas as pd

    rows = pd.DataFrame({"label": list("ab") * 12, "file": [str(f) for f in get_image_files(folder)]})
    options = {
        "get_items": None,
        "get_x": ColReader("file"),
        "get_y": ColReader("label"),
        "item_tfms": Resize(32),
    }
    text = walk(capsys, rows, splitter=first(0, 1, 2), **options)
    assert "Collecting items from a DataFrame" in text
    assert f"applying ColReader('file', pref='', suff='') gives\n      '{rows.file[0]}'" in text
    assert "'label': 'a'" in text


@pytest.mark.parametrize(
    ("options", "step", "words"),
    [
        ({"get_items": lambda path: 1 / 0}, "get_items", "ZeroDivisionError: division by zero"),
        ({"get_y": lambda path: {}[path.name]}, "get_y", "24 pictures have no label|19 of 19 pictures"),
        ({"get_x": lambda path: 7}, "get_x", "got an int where a picture was expected"),
        ({"splitter": lambda items: ([0], [0])}, "the splitter", "both training and validation"),
        ({"get_y": lambda path: "pet"}, "the vocab", "at least two classes"),
        ({"item_tfms": lambda picture: 3}, "item_tfms", "gave a int"),
        ({"batch_tfms": lambda x, train, generator: x.nothing}, "batch_tfms", "AttributeError"),
    ],
)
def test_a_step_that_fails_is_named_and_the_walk_so_far_stays(folder, capsys, options, step, words):
    options = {"get_y": parent_label, "item_tfms": Resize(32), **options}
    with pytest.raises(ValueError, match=f"summary: the step {step} failed with (?s:.)*({words})") as error:
        DataBlock(**options).summary(folder)
    assert error.value.__cause__ is not None
    text = capsys.readouterr().out
    assert text.startswith("Collecting items from")
    assert text.rstrip().endswith(f"Error! The walk ends here, at {step}.")


def test_broken_pictures_are_named_and_passed_over(folder, capsys):
    files = get_image_files(folder)
    files[0].write_bytes(b"")
    text = walk(capsys, folder, bs=2, splitter=first(0, 9, 17), item_tfms=Resize(32))
    assert "00.png' is empty (0 bytes): left out" in text
    assert "y [1, 2]" in text


def test_no_readable_picture_ends_the_walk(folder, capsys):
    for path in get_image_files(folder):
        path.write_bytes(b"")
    with pytest.raises(
        ValueError, match="the step opening a picture failed.*no training picture can be read"
    ):
        walk(capsys, folder, item_tfms=Resize(32))


def test_looking_writes_no_cache_and_draws_no_global_number(folder, capsys, own_home):
    before = torch.random.get_rng_state()
    walk(capsys, folder, item_tfms=Resize(32), batch_tfms=aug_transforms())
    assert not (own_home / "cache").exists()
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("bs", [0, -1, 1.5, True])
def test_a_batch_size_that_is_none_is_refused(folder, bs):
    with pytest.raises(ValueError, match="summary: bs="):
        DataBlock(get_y=parent_label).summary(folder, bs)


def test_names_that_are_not_unicode_and_line_ends_are_shown_on_one_line(folder, capsys):
    text = walk(capsys, folder, get_y=lambda path: f"{path.parent.name}\n\udc80 {path.name[0]}")
    assert "      blue \\udc80 0\n" in text

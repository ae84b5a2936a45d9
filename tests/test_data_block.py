"""DataBlock: sources, labels, splits, broken pictures, and the words of its errors."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from small import picture_folder

from lab.data.block import CategoryBlock, DataBlock, ImageBlock
from lab.data.files import get_image_files
from lab.data.labels import ColReader, RegexLabeller, parent_label, using_attr
from lab.data.pipeline import ItemTransforms, UnequalSizes
from lab.data.resize import Resize
from lab.data.splits import GrandparentSplitter, IndexSplitter, RandomSplitter
from lab.data.transforms import RandomResizedCrop, aug_transforms


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "pictures", each=8)


@pytest.fixture
def decodes(monkeypatch):
    seen = []
    original = ItemTransforms.array
    monkeypatch.setattr(ItemTransforms, "array", lambda self, p: (seen.append(p), original(self, p))[1])
    return seen


def block(**options):
    options = {"get_y": parent_label, "item_tfms": Resize(32), **options}
    return DataBlock(**options)


def test_the_lesson_in_one_call(tmp_path):
    images = tmp_path / "images"
    images.mkdir()
    for i in range(10):
        for breed in ("Ragdoll", "great_pyrenees"):
            Image.effect_noise((50, 40), 30).save(images / f"{breed}_{i}.jpg")
    pets = DataBlock(
        blocks=(ImageBlock, CategoryBlock),
        get_items=get_image_files,
        splitter=RandomSplitter(seed=42),
        get_y=using_attr(RegexLabeller(r"(.+)_\d+.jpg$"), "name"),
        item_tfms=Resize(46),
        batch_tfms=aug_transforms(size=22, min_scale=0.75),
    )
    dls = pets.dataloaders(images, bs=8)
    assert list(dls.vocab) == ["Ragdoll", "great_pyrenees"]
    assert (dls.train.n, dls.valid.n, dls.c, dls.bs) == (16, 4, 2, 8)
    x, y = dls.one_batch()
    assert x.shape == (8, 3, 22, 22)
    assert set(y.tolist()) <= {0, 1}
    for path, label in zip(dls.train.pictures.paths, dls.train.pictures.labels.tolist(), strict=True):
        assert path.name.startswith(dls.vocab[label])


def test_training_is_shuffled_and_augmented_and_validation_is_not(folder):
    dls = block(batch_tfms=aug_transforms()).dataloaders(folder, seed=7)
    assert (dls.train.shuffle, dls.train.augment, dls.train.seed) == (True, True, 7)
    assert (dls.valid.shuffle, dls.valid.augment) == (False, False)
    assert dls.path == folder


def test_without_threads_the_batches_are_the_same(folder):
    one, other = (block(batch_tfms=aug_transforms()).dataloaders(folder, num_workers=n) for n in (0, 2))
    assert (one.train.prefetch, other.train.prefetch) == (False, True)
    assert torch.equal(one.one_batch()[0], other.one_batch()[0])


def test_the_splits_hold_what_the_splitter_said(folder):
    files = get_image_files(folder)
    dls = block(splitter=IndexSplitter([3, 20])).dataloaders(folder)
    assert dls.valid.pictures.paths == [files[3], files[20]]
    assert dls.train.pictures.paths == [f for i, f in enumerate(files) if i not in (3, 20)]
    assert dls.valid.pictures.labels.tolist() == [0, 2]


def test_without_a_splitter_every_fifth_picture_validates_the_same_each_time(folder):
    first, again = (block().dataloaders(folder) for _ in range(2))
    assert first.valid.n == 5
    assert first.valid.pictures.paths == again.valid.pictures.paths


def test_another_split_of_the_same_pictures_decodes_nothing(folder, decodes):
    block().dataloaders(folder)
    assert len(decodes) == 24
    block(splitter=RandomSplitter(0.5, seed=1)).dataloaders(folder)
    assert len(decodes) == 24


def test_items_in_neither_part_are_left_out(tmp_path):
    for part in ("train", "valid", "extra"):
        picture_folder(tmp_path / part, each=2)
    dls = block(splitter=GrandparentSplitter()).dataloaders(tmp_path)
    assert (dls.train.n, dls.valid.n) == (6, 6)


def test_a_table_is_a_source(folder):
    rows = [(f"{path.parent.name}/{path.stem}", path.parent.name) for path in get_image_files(folder)]
    table = pd.DataFrame(rows, columns=["file", "colour"])
    for get_items in (None, get_image_files):
        dls = block(
            get_items=get_items, get_x=ColReader("file", pref=folder, suff=".png"), get_y=ColReader("colour")
        ).dataloaders(table)
        assert list(dls.vocab) == ["blue", "green", "red"]
        for path, label in zip(dls.train.pictures.paths, dls.train.pictures.labels.tolist(), strict=True):
            assert path.parent.name == dls.vocab[label]
    by_attribute = block(
        get_items=None, get_x=lambda row: folder / f"{row.file}.png", get_y=lambda row: row["colour"]
    )
    assert by_attribute.dataloaders(table).train.n == dls.train.n


def test_whole_numbers_in_a_table_stay_whole(folder):
    files = get_image_files(folder)
    table = pd.DataFrame(
        {"path": files, "label": [i % 2 for i in range(24)], "weight": np.linspace(0, 1, 24)}
    )
    dls = block(get_items=None, get_x=ColReader("path"), get_y=ColReader("label")).dataloaders(table)
    assert list(dls.vocab) == ["0", "1"]


def test_a_list_is_a_source_and_get_items_may_be_any_function(folder):
    files = get_image_files(folder)
    assert block().dataloaders(files[:20]).train.n == 16
    assert block(get_items=lambda path: get_image_files(path)[:20]).dataloaders(folder).train.n == 16


def test_pictures_in_memory_are_a_source():
    shown = [Image.new("RGB", (40, 40), (i, 0, 0)) for i in range(10)]
    dls = block(get_y=lambda picture: str(picture.getpixel((0, 0))[0] % 2)).dataloaders(shown, bs=4)
    x, y = next(iter(dls.valid))
    assert torch.equal((x[:, 0, 0, 0] * 255).round().long() % 2, y)


def test_a_test_set_has_no_labels_and_may_lie_in_the_source(tmp_path):
    for part in ("train", "valid", "test"):
        picture_folder(tmp_path / part, each=2)
    dls = block(splitter=GrandparentSplitter()).dataloaders(tmp_path, test="test")
    assert dls.test.n == 6
    assert (dls.test.shuffle, dls.test.augment) == (False, False)
    assert dls.test.pictures.labels is None
    assert torch.cat([y for _, y in dls.test]).tolist() == [-1] * 6


def test_a_vocab_known_beforehand(folder):
    categories = CategoryBlock(vocab=["red", "green", "blue", "yellow"])
    dls = block(blocks=(ImageBlock, categories)).dataloaders(folder)
    assert list(dls.vocab) == ["red", "green", "blue", "yellow"]
    assert dls.class_counts()["yellow"] == (0, 0)
    with pytest.raises(ValueError, match="1 labels are not in the vocab: 'red'"):
        block(blocks=(ImageBlock, CategoryBlock(["green", "blue"]))).dataloaders(folder)


# -- broken pictures --


def test_training_goes_on_without_broken_pictures_which_are_listed_once(folder):
    (folder / "red" / "03.png").write_bytes(b"")
    (folder / "blue" / "05.png").write_text("<html>", encoding="utf-8")
    for item_tfms in (Resize(32), [Resize(32), lambda picture: picture]):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            dls = block(item_tfms=item_tfms).dataloaders(folder, bs=4)
            seen = sum(len(y) for loader in dls for _, y in loader)
        assert seen == dls.train.n + dls.valid.n == 22
        (text,) = [text for w in said if "cannot be read" in (text := str(w.message))]
        assert "2 of 24 pictures cannot be read and are left out" in text
        assert "03.png' is empty (0 bytes)" in text
        assert "05.png' is text, not a picture" in text
        names = {p for loader in dls for p in loader.pictures.paths}
        assert folder / "red" / "03.png" not in names


def test_labels_stay_with_their_pictures_when_some_are_broken(folder):
    for i in (0, 2):
        (folder / "green" / f"{i:02}.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="2 of 24"):
        dls = block().dataloaders(folder)
    for loader in dls:
        for i, path in enumerate(loader.pictures.paths):
            assert path.parent.name == dls.vocab[loader.item(i)[1]]
            colour = loader.item(i)[0].mean((1, 2)).argmax()
            assert ["red", "green", "blue"][colour] == path.parent.name


def test_a_folder_of_broken_pictures_only_is_an_error(folder):
    for path in get_image_files(folder):
        path.write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match=r"none of the 24 pictures can be read.*\n"):
        block().dataloaders(folder)


def test_a_split_of_broken_pictures_only_is_an_error(folder):
    files = get_image_files(folder)
    files[3].write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="1 of 24"),
        pytest.raises(ValueError, match="the validation set has no picture"),
    ):
        block(splitter=IndexSplitter([3])).dataloaders(folder)


# -- mistakes --


def test_a_get_y_that_raises_names_the_item(folder):
    def get_y(path):
        return {"blue": "b", "green": "g"}[path.parent.name]

    with pytest.raises(
        ValueError, match=r"8 of 24 pictures have no label: '\d\d\.png'.*KeyError: 'red'"
    ) as error:
        block(get_y=get_y).dataloaders(folder)
    assert isinstance(error.value.__cause__, KeyError)


def test_no_get_y_is_said_with_an_example(folder):
    with pytest.raises(ValueError, match="no get_y.*get_y=parent_label"):
        DataBlock(item_tfms=Resize(32)).dataloaders(folder)


def test_unequal_sizes_without_resize_are_explained_when_a_batch_is_made(tmp_path):
    folder = picture_folder(tmp_path / "a", each=4)
    for path in get_image_files(folder)[::2]:
        Image.new("RGB", (30, 20)).save(path)
    dls = block(item_tfms=None).dataloaders(folder)
    with pytest.raises(UnequalSizes, match=r"cannot be collated: .*\(3, 40, 48\).*Add item_tfms=Resize"):
        dls.one_batch()


def test_a_batch_size_above_the_set_gives_one_batch(folder):
    dls = block().dataloaders(folder, bs=1000)
    assert [len(y) for _, y in dls.train] == [19]
    assert len(dls.one_batch()[1]) == 19


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (([0, 1], [1, 2]), "put 1 of 24 items into both"),
        (([0, 99], [1]), "the index 99, but there are 24 items"),
        (([], [1]), "training set has no picture"),
        (([1], []), "validation set has no picture"),
        ([[1], [2], [3]], "expected two lists of indices"),
        (None, "expected two lists of indices"),
    ],
)
def test_a_splitter_that_is_none_is_explained(folder, parts, words):
    with pytest.raises(ValueError, match=words):
        block(splitter=lambda items: parts).dataloaders(folder)


def test_one_class_is_too_few(folder):
    with pytest.raises(ValueError, match="at least two classes"):
        block(get_y=lambda path: "pet").dataloaders(folder)


def test_classes_that_look_alike_are_named(folder):
    def get_y(path):
        return "Red" if path.name < "04" and path.parent.name == "red" else path.parent.name

    with pytest.warns(UserWarning, match="'Red' and 'red'"):
        block(get_y=get_y).dataloaders(folder)


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("nowhere", FileNotFoundError, "nowhere"),
        ([], ValueError, "there is no item in a list"),
        (42, TypeError, "got an int as the items"),
        ([1, 2, 3, 4, 5], TypeError, "got an int where a picture was expected.*get_x"),
    ],
)
def test_a_source_that_is_none_is_explained(source, error, words):
    with pytest.raises(error, match=words):
        block(get_y=str).dataloaders(source)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"blocks": (ImageBlock,)}, ValueError, r"blocks=\(ImageBlock\).*image classification"),
        ({"blocks": (CategoryBlock, ImageBlock)}, ValueError, "image classification"),
        ({"get_y": "name"}, TypeError, "get_y is 'name', a str"),
        ({"splitter": 0.2}, TypeError, "splitter is 0.2, a float"),
        ({"item_tfms": 460}, TypeError, "item_tfms: got an int"),
        ({"item_tfms": RandomResizedCrop(32)}, TypeError, "works on a batch. Pass it as batch_tfms"),
        ({"item_tfms": aug_transforms()}, TypeError, "works on a batch. Pass it as batch_tfms"),
        ({"batch_tfms": Resize(224)}, TypeError, "one picture at a time. Pass it as item_tfms"),
        ({"batch_tfms": 224}, TypeError, "batch_tfms is a int"),
        (
            {"batch_tfms": [aug_transforms(), aug_transforms()]},
            TypeError,
            "batch_tfms is a list.*one of them",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused_at_once(options, error, words):
    with pytest.raises(error, match=words):
        block(**options)


def test_a_batch_transform_of_your_own(folder):
    def dark(pictures, train, generator):
        return pictures.float() / 510

    dls = block(batch_tfms=dark).dataloaders(folder)
    assert dls.one_batch()[0].max() <= 0.5
    assert block(batch_tfms=[aug_transforms(size=16)]).dataloaders(folder).one_batch()[0].shape[2:] == (
        16,
        16,
    )

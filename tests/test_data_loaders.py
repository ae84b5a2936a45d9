"""DataLoaders: looking at data, further pictures, the JSON for export, and the short ways to make them."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from small import picture_folder

from lab.data.block import DataBlock
from lab.data.files import get_image_files
from lab.data.labels import parent_label
from lab.data.loaders import DataLoaders
from lab.data.pipeline import ItemTransforms, Pipeline, UnequalSizes, pipeline_from_config
from lab.data.resize import Resize
from lab.data.shortcuts import ImageDataLoaders
from lab.data.splits import IndexSplitter
from lab.data.transforms import aug_transforms

AUGMENT = aug_transforms(size=24, min_scale=0.7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("data") / "pictures", each=8)


def made(folder, bs=4, **options):
    options = {"get_y": parent_label, "item_tfms": Resize(32), "batch_tfms": AUGMENT, **options}
    return DataBlock(**options).dataloaders(folder, bs=bs, device="cpu")


def batches(loader):
    return [(x.clone(), y.clone()) for x, y in loader]


def test_it_tells_what_it_holds(folder):
    dls = made(folder)
    assert repr(dls) == "DataLoaders(19 training, 5 validation pictures, 3 classes, bs=4, device=cpu)"
    assert list(dls.vocab) == ["blue", "green", "red"]
    assert (dls.c, dls.bs, dls.n_inp, dls.test) == (3, 4, 1, None)
    assert list(dls) == [dls.train, dls.valid]


def test_one_batch_is_another_one_each_time(folder):
    dls = made(folder)
    (x, y), (other, _) = dls.one_batch(), dls.one_batch()
    assert x.shape == (4, 3, 24, 24)
    assert y.shape == (4,)
    assert not torch.equal(x, other)


def test_looking_does_not_change_what_training_gets(folder):
    looked, untouched = made(folder), made(folder)
    looked.one_batch()
    looked.show_batch()
    looked.show_batch(unique=True)
    looked.class_counts(), looked.picture_sizes()
    for (a, b), (c, d) in zip(batches(looked.train), batches(untouched.train), strict=True):
        assert torch.equal(a, c)
        assert torch.equal(b, d)


def sheet(monkeypatch, dls, **options):
    """What `show_batch` hands to the contact sheet: pictures, captions."""
    from lab.data import look

    handed = {}

    def record(pictures, captions, ncols):
        handed.update(pictures=pictures, captions=captions, ncols=ncols)
        return "sheet"

    monkeypatch.setattr(look, "contact_sheet", record)
    assert dls.show_batch(**options) == "sheet"
    return handed


def test_show_batch_gives_a_picture(folder):
    shown = made(folder).show_batch(nrows=2, ncols=3)
    assert isinstance(shown, Image.Image)
    assert shown.width > 3 * 100


def test_show_batch_shows_so_many_pictures_with_their_labels(folder, monkeypatch):
    handed = sheet(monkeypatch, made(folder), nrows=2, ncols=3)
    assert len(handed["pictures"]) == len(handed["captions"]) == 6
    assert handed["ncols"] == 3
    for picture, caption in zip(handed["pictures"], handed["captions"], strict=True):
        assert picture.shape == (3, 24, 24)
        assert ["red", "green", "blue"][picture.mean((1, 2)).argmax()] == caption


def test_unique_shows_one_picture_augmented_again_and_again(folder, monkeypatch):
    handed = sheet(monkeypatch, made(folder), unique=True)
    assert len(set(handed["captions"])) == 1
    pictures = handed["pictures"]
    assert len(pictures) == 9
    assert all(not torch.allclose(pictures[0], other, atol=0.02) for other in pictures[1:])


def test_validation_pictures_are_shown_as_they_are(folder, monkeypatch):
    dls = made(folder)
    handed = sheet(monkeypatch, dls, nrows=1, ncols=3, train=False)
    plain = [dls.valid.item(i)[0] for i in range(5)]
    assert all(any(torch.allclose(x, p, atol=1e-6) for p in plain) for x in handed["pictures"])


def test_a_small_set_shows_what_it_has(folder, monkeypatch):
    assert len(sheet(monkeypatch, made(folder), train=False)["pictures"]) == 5
    with pytest.raises(ValueError, match="nrows=0, ncols=3"):
        made(folder).show_batch(nrows=0)


def test_class_counts_and_picture_sizes(folder):
    dls = made(folder, splitter=IndexSplitter([0, 1, 9, 23]))
    assert dls.class_counts() == {"blue": (6, 2), "green": (7, 1), "red": (7, 1)}
    assert dls.picture_sizes().tolist() == [[48, 40]] * 24
    assert dls.picture_sizes().dtype == np.int64


def test_the_charts_get_the_counts_and_the_sizes(folder, monkeypatch):
    asked = []
    for name in ("class_counts", "picture_sizes"):
        monkeypatch.setattr(
            f"lab.charts.data.{name}",
            lambda *records, _name=name, **options: asked.append((_name, records, options)),
        )
    dls = made(folder)
    dls.plot_classes()
    dls.plot_sizes(theme="dark")
    assert asked[0] == ("class_counts", (dls.class_counts(),), {})
    assert asked[1][0] == "picture_sizes"
    assert np.array_equal(asked[1][1][0], dls.picture_sizes())
    assert asked[1][2] == {"theme": "dark"}


def test_to_moves_every_loader(folder):
    dls = made(folder)
    dls.test = dls.test_dl(folder)
    assert dls.to("meta") is dls
    assert {loader.device.type for loader in (dls.train, dls.valid, dls.test)} == {"meta"}
    assert dls.device.type == "meta"


# -- further pictures --


def test_test_dl_prepares_as_validation_does(folder):
    dls = made(folder)
    expected = torch.cat([x for x, _ in dls.valid])
    paths = dls.valid.pictures.paths
    for items in (paths, [str(path) for path in paths], [Image.open(path) for path in paths]):
        loader = dls.test_dl(items)
        assert torch.allclose(torch.cat([x for x, _ in loader]), expected, atol=1e-6)
        assert loader.vocab == dls.vocab
        assert not loader.shuffle
    arrays = [np.asarray(Image.open(path)) for path in paths]
    assert torch.allclose(torch.cat([x for x, _ in dls.test_dl(arrays)]), expected, atol=1e-6)


def test_test_dl_takes_a_folder_a_file_and_a_mixture(folder):
    dls = made(folder)
    assert dls.test_dl(folder).n == 24
    assert dls.test_dl(folder / "red" / "00.png").n == 1
    picture = Image.open(folder / "red" / "00.png")
    for one in (picture, np.asarray(picture), (folder / "red" / "00.png").read_bytes()):
        assert torch.equal(next(iter(dls.test_dl(one)))[0][0], dls.test_dl(folder / "red").item(0)[0])
    mixed = dls.test_dl([folder / "red" / "00.png", Image.open(folder / "blue" / "00.png")])
    assert next(iter(mixed))[0].mean((2, 3)).argmax(1).tolist() == [0, 2]


def test_test_dl_labels_on_request(folder):
    dls = made(folder)
    loader = dls.test_dl(folder, with_labels=True)
    assert [dls.vocab[i] for i in loader.pictures.labels.tolist()] == [
        p.parent.name for p in loader.pictures.paths
    ]
    plain = DataLoaders(dls.train, dls.valid)
    with pytest.raises(ValueError, match="with_labels=True needs the DataBlock"):
        plain.test_dl(folder, with_labels=True)


def test_a_label_that_training_never_saw_is_named(folder, tmp_path):
    dls = made(folder)
    strange = tmp_path / "violet"
    strange.mkdir()
    Image.new("RGB", (40, 40)).save(strange / "0.png")
    with pytest.raises(ValueError, match="1 labels are not in the vocab: 'violet'.*3 classes"):
        dls.test_dl(strange, with_labels=True)


def test_test_dl_leaves_broken_pictures_out_and_says_so(folder, tmp_path):
    files = picture_folder(tmp_path / "more", each=2)
    (files / "red" / "00.png").write_bytes(b"")
    dls = made(folder)
    for items in (files, list(get_image_files(files))[-3:]):
        with pytest.warns(
            UserWarning, match=r"1 of \d pictures cannot be read and is left out:\n.*00\.png' is empty"
        ):
            loader = dls.test_dl(items, with_labels=True)
        assert files / "red" / "00.png" not in loader.pictures.paths
        for i, path in enumerate(loader.pictures.paths):
            assert dls.vocab[loader.item(i)[1]] == path.parent.name


def test_a_few_further_pictures_leave_no_cache_and_many_are_kept(folder, own_home):
    dls = made(folder)
    files = get_image_files(folder)
    before = len(list((own_home / "cache").iterdir()))
    dls.test_dl(files[:4])
    assert len(list((own_home / "cache").iterdir())) == before
    assert dls.test_dl(files[:5]).pictures.cache.has_pixels
    assert len(list((own_home / "cache").iterdir())) == before + 1


# -- the pipeline --


def test_the_config_is_json_and_prepares_pictures_exactly_as_validation(folder):
    dls = made(folder)
    config = json.loads(json.dumps(dls.config()))
    assert config == {
        "item": {"size": [32, 32], "method": "crop", "pad_mode": "reflection"},
        "batch": {"size": [24, 24]},
        "vocab": ["blue", "green", "red"],
    }
    expected = torch.cat([x for x, _ in dls.valid])
    for pipeline in (pipeline_from_config(config), dls.pipeline()):
        assert torch.equal(pipeline.batch(dls.valid.pictures.paths[:4]), expected[:4])


def test_no_transforms_are_a_config_too(folder):
    dls = made(folder, item_tfms=None, batch_tfms=None)
    config = dls.config()
    assert (config["item"], config["batch"]) == (None, None)
    path = folder / "red" / "00.png"
    expected = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None] / 255
    assert torch.equal(pipeline_from_config(config).batch([path]), expected)


def test_what_is_no_picture_is_refused_in_words(folder):
    dls = made(folder)
    for thing, words in ((None, "None"), (5, "an int"), ([folder / "a.jpg"], "a list")):
        with pytest.raises(TypeError, match=f"got {words}; expected one picture"):
            dls.pipeline().batch([thing])
    for array in (np.zeros((8, 8, 2), np.uint8), np.zeros((8, 8, 3), complex)):
        for take in (lambda array: dls.pipeline().batch([array]), dls.test_dl):
            with pytest.raises(TypeError, match=f"got an array of {array.dtype}.*; expected"):
                take(array)


def test_a_pipeline_takes_paths_pictures_arrays_and_bytes(folder):
    path = folder / "green" / "01.png"
    picture = Image.open(path)
    pipeline = Pipeline(Resize(16))
    batch = pipeline.batch([path, str(path), picture, np.asarray(picture), path.read_bytes()])
    assert batch.shape == (5, 3, 16, 16)
    assert all(torch.equal(batch[0], row) for row in batch)
    assert "Resize(16" in repr(pipeline)


def test_a_pipeline_wants_at_least_one_picture():
    with pytest.raises(ValueError, match="batch: got no pictures"):
        Pipeline(Resize(16)).batch([])


def test_a_pipeline_without_resize_names_it_when_sizes_differ():
    with pytest.raises(UnequalSizes, match="Add item_tfms=Resize"):
        Pipeline().batch([Image.new("RGB", (4, 5)), Image.new("RGB", (5, 4))])


def my_transform(picture):
    return picture


def test_transforms_of_your_own_cannot_be_exported_and_are_named(folder):
    for item_tfms in (my_transform, [Resize(32), my_transform]):
        with pytest.raises(
            TypeError, match=r"config: the item transforms contain my_transform.*without code"
        ):
            made(folder, item_tfms=item_tfms).config()
    with pytest.raises(TypeError, match="two Resize in a row"):
        Pipeline([Resize(64), Resize(32)]).config()

    def dark(x, train, generator):
        return x / 510

    with pytest.raises(TypeError, match=r"config: the batch transform is .*dark"):
        made(folder, batch_tfms=dark).config()
    assert torch.is_tensor(made(folder, item_tfms=[my_transform, Resize(32)]).one_batch()[0])


def test_item_transforms_are_described_for_a_cache():
    assert ItemTransforms(Resize(32)).describe() == [Resize(32).config()]
    assert ItemTransforms(None).describe() == []
    assert not ItemTransforms(None).cacheable
    assert ItemTransforms(Resize(32)).cacheable
    assert not ItemTransforms([Resize(32), my_transform]).cacheable
    assert ItemTransforms([Resize((20, 30)), my_transform]).smallest == 30
    assert ItemTransforms([my_transform, Resize(20)]).smallest is None


# -- short ways --


def test_from_folder_with_a_folder_for_each_split(tmp_path):
    for part in ("train", "valid"):
        picture_folder(tmp_path / part, each=2)
    dls = ImageDataLoaders.from_folder(tmp_path, item_tfms=Resize(32), bs=4)
    assert (dls.train.n, dls.valid.n, dls.bs) == (6, 6, 4)
    assert {path.parent.parent.name for path in dls.valid.pictures.paths} == {"valid"}
    assert dls.path == tmp_path


def test_from_folder_of_classes_without_a_split_says_how(folder):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*train'.*the classes, pass valid_pct=0.2"):
        ImageDataLoaders.from_folder(folder, item_tfms=Resize(32))
    (folder / "valid").mkdir()
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*train'") as told:
        ImageDataLoaders.from_folder(folder, item_tfms=Resize(32))
    assert "valid_pct" not in str(told.value)


def test_from_folder_with_a_random_split(folder):
    dls = ImageDataLoaders.from_folder(folder, valid_pct=0.25, item_tfms=Resize(32), batch_tfms=AUGMENT)
    assert (dls.train.n, dls.valid.n) == (18, 6)
    assert dls.one_batch()[0].shape == (18, 3, 24, 24)


def test_from_name_re(tmp_path):
    for i in range(5):
        for breed in ("Ragdoll", "basset_hound"):
            Image.new("RGB", (40, 40), (i, i, i)).save(tmp_path / f"{breed}_{i}.jpg")
    for files in (get_image_files(tmp_path), [path.name for path in get_image_files(tmp_path)]):
        dls = ImageDataLoaders.from_name_re(tmp_path, files, r"(.+)_\d+.jpg$", item_tfms=Resize(32))
        assert list(dls.vocab) == ["Ragdoll", "basset_hound"]
        assert (dls.train.n, dls.valid.n) == (8, 2)


def test_from_csv(tmp_path):
    files = picture_folder(tmp_path / "train", each=4)
    rows = [
        f"{p.relative_to(files).with_suffix('').as_posix()},{p.parent.name}" for p in get_image_files(files)
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["id,breed", *rows]), encoding="utf-8")
    picture_folder(tmp_path / "test", each=1)
    dls = ImageDataLoaders.from_csv(tmp_path, folder="train", suff=".png", item_tfms=Resize(32), test="test")
    assert list(dls.vocab) == ["blue", "green", "red"]
    assert dls.test.n == 3
    for path, label in zip(dls.train.pictures.paths, dls.train.pictures.labels.tolist(), strict=True):
        assert path.parent.name == dls.vocab[label]
    with pytest.raises(FileNotFoundError, match="missing.csv"):
        ImageDataLoaders.from_csv(tmp_path, csv="missing.csv")

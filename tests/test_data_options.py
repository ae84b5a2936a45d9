"""What other lessons write: it works, or one sentence names the way here, before anything is read."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from small import picture_folder
from torchvision.transforms import ColorJitter, Normalize

import lab
from lab.data.vocab import TruthLabel, Vocab

IDL, SMALL = lab.ImageDataLoaders, lab.Resize(32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("options")
    picture_folder(folder / "colours", each=10)
    for number, (name, colour) in enumerate((("Bengal", "red"), ("beagle", "blue"))):
        for i in range(8):
            target = folder / "images" / f"{name}_{i}.png"
            target.parent.mkdir(exist_ok=True)
            target.write_bytes((folder / "colours" / colour / f"{i + number:02}.png").read_bytes())
    return folder


def validated(dls):
    return sorted(f"{path.parent.name}/{path.name}" for path in dls.valid.paths)


# -- the seed --


def test_another_seed_is_another_split_and_split_seed_is_of_the_split_alone(folder):
    def made(**options):
        return IDL.from_folder(folder / "colours", valid_pct=0.3, item_tfms=SMALL, **options)

    plain, same, other = made(), made(seed=42), made(seed=7)
    assert validated(plain) == validated(same) != validated(other)
    assert (plain.train.seed, other.train.seed) == (42, 7)
    split = made(seed=42, split_seed=7)
    assert validated(split) == validated(other) and split.train.seed == 42
    files = lab.get_image_files(folder / "colours")
    assert [files[i] for i in lab.RandomSplitter(0.3, 42)(files)[1]] == plain.valid.paths
    assert made(seed=None).train.seed != made(seed=None).train.seed


# -- the lessons' constructors --


def test_from_name_func_with_the_first_lessons_cell(folder):
    def is_cat(name):
        return name[0].isupper()

    files = lab.get_image_files(folder / "images")
    dls = IDL.from_name_func(
        folder, files, valid_pct=0.25, seed=42, label_func=is_cat, item_tfms=SMALL, stratify=True
    )
    assert list(dls.vocab) == ["False", "True"]
    for path, label in zip(dls.train.paths, dls.train.pictures.labels.tolist(), strict=True):
        assert bool(dls.vocab[label]) is path.name.startswith("B")


def test_a_label_false_is_false_and_is_text():
    no, yes = Vocab([True, False])
    assert (bool(no), bool(yes), bool(str(no)), bool(copy.deepcopy(no))) == (False, True, False, False)
    assert no == "False" and no == False and no != True and yes == True  # noqa: E712
    assert f"{no}" == "False" and repr(no) == "'False'" and {no: 1}["False"] == 1
    assert isinstance(pickle.loads(pickle.dumps(Vocab(["True", "False"])))[0], TruthLabel)
    assert not isinstance(Vocab(["True", "False", "maybe"])[0], TruthLabel)


def test_from_path_func_from_path_re_and_from_lists_agree(folder):
    files = list(lab.get_image_files(folder / "colours"))
    labels = pd.Series([path.parent.name for path in files], index=range(100, 130))
    options = {"item_tfms": SMALL, "seed": 3, "stratify": True}
    loaders = [
        IDL.from_path_func(folder, files, lab.parent_label, 0.2, **options),
        IDL.from_path_re(folder, files, r"/(\w+)/[^/]+$", 0.2, **options),
        IDL.from_lists(folder, iter(files), labels, 0.2, **options),
    ]
    for dls in loaders:
        assert list(dls.vocab) == ["blue", "green", "red"]
        assert validated(dls) == validated(loaders[0])
        for path, label in zip(dls.valid.paths, dls.valid.pictures.labels.tolist(), strict=True):
            assert path.parent.name == dls.vocab[label]


def test_lists_that_do_not_fit_are_refused(folder):
    files = list(lab.get_image_files(folder / "colours"))
    with pytest.raises(ValueError, match="got 30 files and 2 labels"):
        IDL.from_lists(folder, files, ["a", "b"])
    with pytest.raises(TypeError, match="fnames is one path"):
        IDL.from_lists(folder, str(files[0]), ["a"])
    with pytest.raises(TypeError, match="label_func is 'x', a str.*from_name_re"):
        IDL.from_name_func(folder, files, "x")


def test_files_found_in_a_relative_folder_are_not_looked_for_twice_inside_it(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    name = folder.name
    for files in (lab.get_image_files(f"{name}/images"), [f"images/Bengal_{i}.png" for i in range(8)]):
        files = [*files, "images/beagle_0.png", "images/beagle_1.png"]
        dls = IDL.from_name_re(name, files, r"(.+)_\d+.png$", item_tfms=SMALL, stratify=True)
        assert dls.train.n + dls.valid.n == len(files)


# -- keywords --


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("val_bs", "bs= is the size"),
        ("y_block", "vocab="),
        ("shuffle", "always shuffled"),
        ("drop_last", "No picture is dropped"),
        ("n_workers", "num_workers="),
        ("batch_size", "bs="),
        ("size", r"item_tfms=Resize"),
        ("label_delim", "one label"),
        ("item_tfm", "Did you mean item_tfms="),
        ("get_x", "DataBlock"),
        ("quux", "It takes path, "),
    ],
)
def test_a_keyword_that_there_is_not_names_the_way_before_anything_is_read(option, words):
    for call in (IDL.from_folder, IDL.from_lists, IDL.from_name_re):
        arguments = ("nowhere",) if call is IDL.from_folder else ("nowhere", [], [])
        with pytest.raises(TypeError, match=rf"{call.__name__}: there is no argument '{option}'\. .*{words}"):
            call(*arguments, **{option: 1})


def test_arguments_of_the_block_and_of_its_loaders_are_told_apart():
    with pytest.raises(TypeError, match=r"DataBlock: there is no argument 'bs'\. Pass bs= to .dataloaders"):
        lab.DataBlock(bs=4)
    with pytest.raises(TypeError, match=r"dataloaders: there is no argument 'splitter'\. .*DataBlock"):
        lab.DataBlock().dataloaders("nowhere", splitter=lab.RandomSplitter())
    with pytest.raises(TypeError, match=r"dataloaders: there is no argument 'valid_pct'.*RandomSplitter"):
        lab.DataBlock().dataloaders("nowhere", valid_pct=0.2)
    with pytest.raises(TypeError, match="DataBlock: there is no argument 'bs'"):
        lab.DataBlock().new(bs=3)


def test_new_changes_a_copy(folder):
    block = lab.DataBlock(get_y=lab.parent_label, splitter=lab.RandomSplitter(seed=1, stratify=True))
    small = block.new(item_tfms=SMALL)
    assert block.item_tfms.resize is None and small.item_tfms.resize == SMALL
    assert small.splitter is block.splitter and small.get_y is lab.parent_label
    assert small.dataloaders(folder / "colours", bs=4).one_batch()[0].shape == (4, 3, 32, 32)


def test_stratify_meets_what_it_cannot_be_with(folder):
    with pytest.raises(ValueError, match="pass valid_pct=0.2 with it"):
        IDL.from_folder(folder, stratify=True)
    with pytest.raises(ValueError, match=r"no effect on splitter=IndexSplitter\(1 items\)"):
        IDL.from_lists(folder, [], [], splitter=lab.IndexSplitter([0]), stratify=True)


@pytest.mark.parametrize(
    "name", ["TrainTestSplitter", "Normalize", "weighted_dataloaders", "MultiCategoryBlock"]
)
def test_a_name_of_other_lessons_names_the_way(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'\. (Pass|Leave|For|A picture)"):
        getattr(lab, name)


# -- transforms --


def test_aug_transforms_understands_the_other_spelling():
    ours = lab.aug_transforms(flip=False, rotate=15, zoom=1.2, lighting=0.1, warp=0, mult=1.0, size=24)
    theirs = lab.aug_transforms(
        do_flip=False, max_rotate=15, max_zoom=1.2, max_lighting=0.1, max_warp=0, min_zoom=1.0, size=24
    )
    assert ours == theirs
    with pytest.raises(TypeError, match="got do_flip= and flip="):
        lab.aug_transforms(do_flip=True, flip=False)
    with pytest.raises(TypeError, match="'min_zoom'.*zoom= says"):
        lab.aug_transforms(min_zoom=0.8)
    with pytest.raises(TypeError, match="Did you mean max_lighting="):
        lab.aug_transforms(max_lightning=0.8)


def test_a_list_of_batch_transforms_is_one_or_says_the_way():
    augment = lab.aug_transforms(size=24)
    assert lab.DataBlock(batch_tfms=[*augment]).batch_tfms == augment
    assert lab.DataBlock(batch_tfms=[]).batch_tfms is None
    normalize = Normalize([0.5] * 3, [0.5] * 3)
    for tfms in ([*augment, normalize], normalize):
        with pytest.raises(TypeError, match="the model normalises by itself"):
            lab.DataBlock(batch_tfms=tfms)
    for tfm in (lambda x: x, ColorJitter(0.2)):
        with pytest.raises(TypeError, match=r"cannot be called as f\(pictures, train, generator\)"):
            lab.DataBlock(batch_tfms=tfm)


# -- numbers as classes --


def test_labels_that_are_numbers_are_in_the_order_of_numbers():
    assert list(Vocab(str(i) for i in range(12))) == [str(i) for i in range(12)]
    assert list(Vocab(["-1", "10", "2.5", "0"])) == ["-1", "0", "2.5", "10"]
    assert list(Vocab(["img10", "img2", "10", "9"])) == ["10", "9", "img10", "img2"]


@pytest.mark.parametrize(
    "vocab", [range(12), np.arange(12), torch.arange(12), pd.Series(range(12)), set(range(12))]
)
def test_integers_are_a_vocab(vocab):
    made = lab.CategoryBlock(vocab).vocab
    assert list(made) == [str(i) for i in range(12)]
    assert made.index(11) == made.index("11") == 11


def test_a_vocab_keeps_the_order_that_it_was_given(folder):
    assert list(lab.CategoryBlock([10, 2, 0]).vocab) == ["10", "2", "0"]
    dls = IDL.from_folder(
        folder / "colours", valid_pct=0.2, stratify=True, item_tfms=SMALL, vocab=["red", "blue", "green"]
    )
    assert list(dls.vocab) == ["red", "blue", "green"]
    assert {dls.vocab[y] for y in dls.valid.pictures.labels} == {"red", "blue", "green"}
    assert dls.valid.pictures.labels.tolist() == [dls.vocab.index(p.parent.name) for p in dls.valid.paths]


@pytest.mark.parametrize(
    ("vocab", "error", "words"),
    [
        ([1, "1"], ValueError, "got '1' more than once"),
        ("abc", TypeError, "got a str, 'abc'"),
        ({0: "a"}, TypeError, "got a dict"),
        (3, TypeError, "got a int, 3"),
        (["a", float("nan")], TypeError, "nan is a float, not a label"),
    ],
)
def test_what_is_no_vocab_is_refused(vocab, error, words):
    with pytest.raises(error, match=words):
        lab.CategoryBlock(vocab)


def test_labels_of_numpy_and_torch_are_labels(folder):
    files = list(lab.get_image_files(folder / "colours"))
    numbers = [i // 10 for i in range(30)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for labels in (numbers, np.array(numbers), torch.tensor(numbers), pd.array(numbers, dtype="Int64")):
            dls = IDL.from_lists(folder, files, labels, item_tfms=SMALL, vocab=range(3), stratify=True)
            assert dls.class_counts() == {"0": (8, 2), "1": (8, 2), "2": (8, 2)}

"""Looking at loaders, copies of data objects, and loaders that somebody else made."""

import copy
import pickle

import pytest
import torch
from small import picture_folder, small_dls
from torch.utils.data import DataLoader, Subset, TensorDataset

import lab
from lab.data.home import cache_dir
from lab.data.look import grid

X, Y = torch.rand(20, 3, 16, 16), torch.arange(20) % 4


@pytest.fixture
def dls(tmp_path):
    return small_dls(picture_folder(tmp_path / "p", each=10), batch_tfms=lab.aug_transforms())


# -- looking --


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (9, 3)),
        ({"max_n": 4}, (4, 2)),
        ({"max_n": 5}, (5, 3)),
        ({"max_n": 4, "nrows": 1}, (4, 4)),
        ({"max_n": 5, "ncols": 5}, (5, 5)),
        ({"max_n": 9, "nrows": 2, "ncols": 2}, (4, 2)),
        ({"nrows": 2}, (6, 3)),
        ({"ncols": 1}, (3, 1)),
    ],
)
def test_the_grid_of_a_contact_sheet(asked, expected):
    assert grid(**asked) == expected


def test_every_loader_shows_a_batch_and_gives_one(dls):
    sizes = {loader.show_batch(max_n=4).size for loader in (dls, dls.train, dls.valid, dls.test_dl(dls.path))}
    assert {width for width, _ in sizes} == {344}
    assert dls.show_batch(figsize=(4, 4)).width == pytest.approx(400, abs=12)
    assert dls.valid.show_batch(max_n=100).width < 1100  # as many columns as its 6 pictures need
    assert dls.train.one_batch()[0].shape == (8, 3, 64, 64)
    for wrong, words in (
        ({"max_n": 0}, "max_n=0"),
        ({"figsize": 4}, "figsize=4"),
        ({"n": 4}, "argument 'n'"),
    ):
        with pytest.raises((ValueError, TypeError), match=words):
            dls.show_batch(**wrong)


def test_looking_at_a_loader_leaves_its_batches_as_they_are(dls):
    expected = next(iter(copy.deepcopy(dls).train))[0]
    dls.train.show_batch()
    dls.train.one_batch()
    assert torch.equal(next(iter(dls.train))[0], expected)


# -- copies --


def test_a_copy_and_a_pickle_give_the_same_batches_and_their_own_order(dls):
    next(iter(dls.train))
    twins = copy.deepcopy(dls), pickle.loads(pickle.dumps(dls))
    expected = next(iter(dls.train))
    for twin in twins:
        x, y = next(iter(twin.train))
        assert torch.equal(x, expected[0]) and torch.equal(y, expected[1])
        assert list(twin.vocab) == list(dls.vocab)


def test_a_pickle_holds_no_pixels_and_outlives_its_cache(dls):
    stored = pickle.dumps(dls)
    assert len(stored) < 30_000  # the 30 pictures alone have 30 x 64 x 76 x 3 bytes
    expected = dls.valid.one_batch()[0]
    del dls.train.pictures.cache._pixels  # Windows keeps a mapped file
    for path in cache_dir().glob("presized-*"):
        path.unlink()
    assert torch.equal(pickle.loads(stored).valid.one_batch()[0], expected)


# -- somebody else's loaders --


def test_torch_loaders_are_the_splits_of_dataloaders():
    data = TensorDataset(X, Y)
    train = DataLoader(Subset(data, range(15)), 5, shuffle=True)
    dls = lab.DataLoaders(train, DataLoader(Subset(data, range(15, 20)), 5), device="cpu")
    assert repr(dls) == "DataLoaders(15 training, 5 validation pictures, 4 classes, bs=5, device=cpu)"
    assert list(dls.vocab) == ["0", "1", "2", "3"]
    assert len(dls.train) == 3
    assert torch.equal(next(iter(dls.valid))[0], X[15:])
    assert dls.show_batch(max_n=4).width == 344


def test_a_learner_trains_on_torch_loaders():
    data = TensorDataset(X, Y)
    dls = lab.DataLoaders(DataLoader(data, 5), DataLoader(data, 5), device="cpu")
    net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 16 * 16, 4))
    learn = lab.Learner(dls, net, metrics=lab.accuracy)
    before = net[1].weight.detach().clone()
    learn.fit(1, 1e-2)
    assert not torch.equal(before, net[1].weight)


def test_what_has_no_pictures_says_so():
    dls = lab.DataLoaders([(X, Y)], [(X, Y)])
    assert (dls.train.n, dls.bs) == (20, 20)
    for ask in (dls.class_counts, dls.picture_sizes, dls.pipeline, lambda: dls.test_dl(["a.jpg"])):
        with pytest.raises(AttributeError, match="without the pictures.*DataBlock"):
            ask()
    with pytest.raises(AttributeError, match=r"vocab=\[\.\.\.\]"):
        _ = dls.vocab
    assert "classes" not in repr(dls)
    assert list(lab.DataLoaders([(X, Y)], [(X, Y)], vocab=["a", "b", "c", "d"]).vocab) == list("abcd")
    assert pickle.loads(pickle.dumps(dls)).train.n == 20


@pytest.mark.parametrize(
    ("loader", "words"),
    [
        (5, "got a int as a loader"),
        (TensorDataset(X, Y), "got a TensorDataset as a loader"),
        (((X, Y) for _ in range(2)), "got a generator, which can be iterated over only once"),
    ],
)
def test_what_is_no_loader_is_refused(loader, words):
    with pytest.raises(TypeError, match=words):
        lab.DataLoaders(loader, [(X, Y)])


def test_a_batch_that_is_no_pair_is_refused():
    dls = lab.DataLoaders([(X, Y, Y)], [(X, Y)])
    with pytest.raises(TypeError, match="a batch is a tuple of 3; expected a pair"):
        next(iter(dls.train))

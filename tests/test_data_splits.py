"""A split is two disjoint lists of positions, the same for the same seed; a useless one is refused."""

import random

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lab.data.splits import GrandparentSplitter, IndexSplitter, RandomSplitter, fold_indices


@given(n=st.integers(2, 500), valid_pct=st.floats(0.001, 0.999), seed=st.integers(0, 2**32))
def test_a_random_split_is_a_partition_with_both_sides(n, valid_pct, seed):
    train, valid = RandomSplitter(valid_pct, seed=seed)(range(n))
    assert sorted(train + valid) == list(range(n))
    assert train and valid
    assert abs(len(valid) - n * valid_pct) <= 1
    assert all(type(index) is int for index in train + valid)
    assert (train, valid) == RandomSplitter(valid_pct, seed=seed)(range(n))


def test_the_lessons_split_has_the_lessons_sizes():
    train, valid = RandomSplitter(seed=42)(range(7390))
    assert (len(train), len(valid)) == (5912, 1478)


def test_the_same_seed_gives_the_same_split_on_every_machine():
    assert RandomSplitter(0.5, seed=42)(range(6)) == ([4, 1, 0], [3, 2, 5])


def test_another_seed_gives_another_split_and_the_global_generators_are_left_alone():
    random.seed(0)
    np.random.seed(0)
    before = random.getstate(), np.random.get_state()[1].copy()
    assert RandomSplitter(seed=1)(range(100)) != RandomSplitter(seed=2)(range(100))
    assert random.getstate() == before[0]
    assert np.array_equal(np.random.get_state()[1], before[1])
    assert RandomSplitter()(range(1000)) != RandomSplitter()(range(1000))


@pytest.mark.parametrize("valid_pct", [0, 1, -0.2, 20, float("nan")])
def test_a_share_outside_0_to_1_is_refused(valid_pct):
    with pytest.raises(ValueError, match=r"valid_pct is .*a fraction between 0 and 1"):
        RandomSplitter(valid_pct)


def test_twenty_percent_written_as_20_gets_a_hint():
    with pytest.raises(ValueError, match=r"Did you mean 0\.2\?"):
        RandomSplitter(20)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_items_cannot_be_split(n):
    with pytest.raises(ValueError, match=f"got {n} items?; at least two are needed"):
        RandomSplitter()(range(n))


ITEMS = ["set/train/cats/1.jpg", "set/valid/cats/2.jpg", "set/train/dogs/3.jpg", "set/test/x/4.jpg"]


def test_the_grandparent_folder_splits():
    assert GrandparentSplitter()(ITEMS) == ([0, 2], [1])
    assert GrandparentSplitter(valid_name=("valid", "test"))(ITEMS) == ([0, 2], [1, 3])


def test_a_grandparent_that_nobody_has_is_named_with_those_that_were_seen():
    with pytest.raises(
        ValueError, match=r"grandparent folder is 'val'; seen: 'train' \(2 items\), .*valid_name="
    ):
        GrandparentSplitter(valid_name="val")(ITEMS)
    with pytest.raises(ValueError, match=r"is 'train'; seen: no items\. Pass train_name="):
        GrandparentSplitter()([])


def test_the_items_at_the_indices_validate():
    assert IndexSplitter([3, 1])(range(5)) == ([0, 2, 4], [3, 1])
    assert IndexSplitter(np.array([0]))(range(2)) == ([1], [0])
    train, _ = IndexSplitter(np.array([0]))(range(2))
    assert type(train[0]) is int


def test_indices_that_make_no_split_are_refused():
    with pytest.raises(ValueError, match=r"got index 5, 9; with 5 items it must be in 0\.\.4"):
        IndexSplitter([5, 0, 9])(range(5))
    with pytest.raises(ValueError, match="got index -1"):
        IndexSplitter([-1])(range(5))
    with pytest.raises(ValueError, match="got index 2 more than once"):
        IndexSplitter([2, 1, 2])
    with pytest.raises(ValueError, match="all 2 items are in valid_idx"):
        IndexSplitter([0, 1])(range(2))
    with pytest.raises(ValueError, match="valid_idx is empty"):
        IndexSplitter([])
    with pytest.raises(TypeError, match=r"1\.5 is not an int"):
        IndexSplitter([1.5])
    with pytest.raises(TypeError, match="flatnonzero"):
        IndexSplitter([True, False])


def test_a_splitter_prints_what_it_does():
    assert repr(RandomSplitter(seed=42)) == "RandomSplitter(valid_pct=0.2, seed=42)"
    assert repr(GrandparentSplitter()) == "GrandparentSplitter(train_name='train', valid_name='valid')"
    assert repr(IndexSplitter([1, 2])) == "IndexSplitter(2 items)"


@given(n=st.integers(10, 400), folds=st.integers(2, 8), seed=st.integers(0, 2**32 - 1))
def test_folds_share_nothing_and_are_as_large_as_asked(n, folds, seed):
    share = 1 / folds
    parts = [fold_indices(n, fold, share, seed).tolist() for fold in range(folds)]
    assert {len(part) for part in parts} == {int(share * n)}
    together = [index for part in parts for index in part]
    assert len(set(together)) == len(together)
    assert set(together) <= set(range(n))


def test_the_lessons_fold_and_the_global_generator():
    state = np.random.get_state()[1].copy()
    indices = fold_indices(10222)
    assert [len(indices), *indices[:3], *indices[-3:]] == [2044, 3694, 1573, 6281, 5734, 5191, 5390]
    assert np.array_equal(np.random.get_state()[1], state)
    train, valid = IndexSplitter(indices)(range(10222))
    assert (len(train), valid) == (8178, indices.tolist())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 10, "fold": 5}, r"got fold 5; with 2 of 10 items each there are 0..4"),
        ({"n": 10, "fold": -1}, "got fold -1"),
        ({"n": 4}, "0.2 of n=4 items is less than one"),
        ({"n": 10, "valid_pct": 20}, "valid_pct=20"),
    ],
)
def test_a_fold_that_is_not_there_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        fold_indices(**arguments)


@given(
    labels=st.lists(st.sampled_from("abcd"), min_size=4, max_size=80),
    valid_pct=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32),
)
def test_a_stratified_split_takes_its_share_of_every_class(labels, valid_pct, seed):
    if max(map(labels.count, labels)) < 2:
        return
    splitter = RandomSplitter(valid_pct, seed, stratify=True)
    train, valid = splitter(range(len(labels)), labels)
    assert sorted(train + valid) == list(range(len(labels)))
    for label in set(labels):
        n, chosen = labels.count(label), sum(labels[i] == label for i in valid)
        assert chosen == (0 if n == 1 else min(max(round(n * valid_pct), 1), n - 1))
    assert (train, valid) == splitter(range(len(labels)), labels)


def test_a_stratified_split_says_what_it_needs():
    assert repr(RandomSplitter(0.2, 1, True)) == "RandomSplitter(valid_pct=0.2, seed=1, stratify=True)"
    with pytest.raises(
        ValueError, match=r"a label for each of the 3 items; got none.*splitter\(items, labels\)"
    ):
        RandomSplitter(stratify=True)(range(3))
    with pytest.raises(ValueError, match="got 2"):
        RandomSplitter(stratify=True)(range(3), "ab")
    with pytest.raises(ValueError, match="each has a label of its own"):
        RandomSplitter(stratify=True)(range(3), "abc")
    with pytest.raises(TypeError, match="stratify is a list"):
        RandomSplitter(stratify=["a", "b"])
    with pytest.raises(TypeError, match="valid_pct is a str"):
        RandomSplitter("0.2")

"""DataLoader: batches, their order and randomness, what stays untouched, and pictures without a cache."""

import time

import numpy as np
import pytest
import torch
from PIL import Image
from small import picture_folder

from lab.data.cache import picture_cache
from lab.data.dataset import Pictures
from lab.data.files import get_image_files
from lab.data.loader import DataLoader, batch_sizes
from lab.data.pipeline import ItemTransforms, UnequalSizes
from lab.data.resize import Resize
from lab.data.transforms import aug_transforms

AUGMENT = aug_transforms(size=24, min_scale=0.7)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = picture_folder(tmp_path_factory.mktemp("data") / "pictures", each=7, size=(60, 40))
    return list(get_image_files(folder))


def pictures(paths, tfms=None, cached=True, threads=2):
    items = ItemTransforms(Resize(32) if tfms is None else tfms)
    labels = torch.arange(len(paths)) % 3
    cache = picture_cache(paths, items, threads) if cached else None
    return Pictures(paths, labels, ["a", "b", "c"], items, cache, threads=threads)


def loader(paths, cached=True, tfms=None, **options):
    options = {"bs": 8, "device": "cpu", **options}
    return DataLoader(pictures(paths, tfms, cached), **options)


def batches(dl):
    return [(x.clone(), y.clone()) for x, y in dl]


def same(first, second):
    return len(first) == len(second) and all(
        torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in zip(first, second, strict=True)
    )


@pytest.mark.parametrize(
    ("n", "bs", "sizes"),
    [
        (20, 8, [8, 8, 4]),
        (16, 8, [8, 8]),
        (17, 8, [8, 9]),
        (9, 8, [9]),
        (1, 8, [1]),
        (3, 100, [3]),
        (3, 1, [1, 1, 1]),
        (0, 8, []),
    ],
)
def test_a_last_batch_of_one_joins_the_one_before_it(n, bs, sizes):
    assert batch_sizes(n, bs) == sizes


def test_batches_have_the_stated_shapes_and_types(paths):
    dl = loader(paths, batch_tfms=AUGMENT)
    found = batches(dl)
    assert len(dl) == len(found) == 3
    assert dl.n == 21
    assert [len(y) for _, y in found] == [8, 8, 5]
    x, y = found[0]
    assert x.shape == (8, 3, 24, 24)
    assert x.dtype == torch.float32
    assert x.is_contiguous()
    assert y.dtype == torch.int64
    assert x.min() >= 0
    assert x.max() <= 1


def test_validation_is_the_centre_crop_exactly_in_file_order_every_time(paths):
    dl = loader(paths)
    x = torch.cat([x for x, _ in dl])
    for row, path in zip(x, paths, strict=True):
        with Image.open(path) as picture:
            presized = Resize(32).presize(picture)
        expected = torch.from_numpy(presized[:, 8:40].copy()).permute(2, 0, 1) / 255
        assert torch.equal(row, expected)
    assert same(batches(dl), batches(dl))
    assert torch.equal(torch.cat([y for _, y in dl]), torch.arange(21) % 3)


def test_training_differs_from_pass_to_pass_and_repeats_with_the_seed(paths):
    options = {"shuffle": True, "augment": True, "batch_tfms": AUGMENT}
    first, again, other = (loader(paths, seed=seed, **options) for seed in (1, 1, 2))
    epochs = [batches(first) for _ in range(3)]
    assert not same(epochs[0], epochs[1])
    assert not same(epochs[1], epochs[2])
    assert same(epochs[0], batches(again))
    assert same(epochs[1], batches(again))
    assert not same(epochs[0], batches(other))


def test_shuffling_shows_every_picture_once_with_its_own_label(paths):
    plain = {
        tuple(x.flatten().tolist()): int(y) for xs, ys in loader(paths) for x, y in zip(xs, ys, strict=True)
    }
    shuffled = [
        (tuple(x.flatten().tolist()), int(y))
        for xs, ys in loader(paths, shuffle=True)
        for x, y in zip(xs, ys, strict=True)
    ]
    assert dict(shuffled) == plain
    assert len(shuffled) == len(plain)
    assert [x for x, _ in shuffled] != list(plain)


def test_a_random_crop_moves_along_the_longer_side_only(paths):
    dl = loader(paths[:1] * 40, augment=True)  # without batch transforms, a crop is an exact slice
    with Image.open(paths[0]) as picture:
        presized = Resize(32).presize(picture)
    slices = [
        torch.from_numpy(presized[:, left : left + 32].copy()).permute(2, 0, 1) / 255 for left in range(17)
    ]
    found = {next(left for left, s in enumerate(slices) if torch.equal(s, x)) for xs, _ in dl for x in xs}
    assert len(found) > 8


def test_the_global_generators_are_never_disturbed(paths):
    torch.manual_seed(3)
    before, numpy_before = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    dl = loader(paths, shuffle=True, augment=True, batch_tfms=AUGMENT)
    batches(dl)
    dl.item(0)
    next(iter(dl.replace(indices=[1, 2])))
    assert torch.equal(before, torch.random.get_rng_state())
    assert np.array_equal(numpy_before, np.random.get_state()[1])


def test_a_pass_that_is_broken_off_does_not_change_the_next_ones(paths):
    options = {"shuffle": True, "augment": True, "batch_tfms": AUGMENT}
    whole, broken = loader(paths, **options), loader(paths, **options)
    batches(whole)
    for _ in broken:
        break
    assert same(batches(whole), batches(broken))


def test_two_passes_at_once_do_not_disturb_each_other(paths):
    options = {"shuffle": True, "augment": True, "batch_tfms": AUGMENT}
    one, two = loader(paths, **options), loader(paths, **options)
    expected = [batches(one), batches(one)]
    pairs = list(zip(two, two, strict=True))
    assert same(expected[0], [a for a, _ in pairs])
    assert same(expected[1], [b for _, b in pairs])


def test_the_state_of_the_random_numbers_can_be_put_back(paths):
    dl = loader(paths, shuffle=True, augment=True, batch_tfms=AUGMENT)
    batches(dl)
    state = dl.rng_state()
    second = batches(dl)
    assert not same(second, batches(dl))
    dl.set_rng_state(state)
    assert same(second, batches(dl))


def test_prefetching_changes_nothing(paths):
    options = {"shuffle": True, "augment": True, "batch_tfms": AUGMENT}
    assert same(batches(loader(paths, **options)), batches(loader(paths, prefetch=False, **options)))


def test_the_next_batch_is_prepared_while_this_one_is_used(paths, monkeypatch):
    asked = []
    original = Pictures.arrays

    def recorded(self, indices, offsets=None):
        asked.append(indices.tolist())
        return original(self, indices, offsets)

    monkeypatch.setattr(Pictures, "arrays", recorded)
    passing = iter(loader(paths))
    next(passing)
    deadline = time.monotonic() + 30
    while len(asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert asked == [list(range(8)), list(range(8, 16))]
    passing.close()


def test_a_variant_changes_only_what_is_asked(paths):
    train = loader(paths, shuffle=True, augment=True, batch_tfms=AUGMENT, seed=5)
    plain = train.replace(shuffle=False, augment=False)
    assert same(batches(plain), batches(loader(paths, batch_tfms=AUGMENT)))
    assert (plain.bs, plain.seed, plain.device) == (8, 5, torch.device("cpu"))
    assert (train.shuffle, train.augment) == (True, True)
    tta = train.replace(shuffle=False, augment=True, seed=9, bs=21)
    assert [y.tolist() for _, y in tta] == [(torch.arange(21) % 3).tolist()]
    assert not torch.allclose(next(iter(tta))[0], next(iter(plain.replace(bs=21)))[0], atol=0.01)
    other = train.replace(batch_tfms=aug_transforms(size=10))
    assert next(iter(other))[0].shape == (8, 3, 10, 10)


def test_a_variant_of_some_pictures_keeps_their_labels_paths_and_order(paths):
    dl = loader(paths).replace(indices=[4, 2, 2, 20])
    assert dl.n == 4
    assert dl.pictures.paths == [paths[4], paths[2], paths[2], paths[20]]
    assert dl.pictures.labels.tolist() == [1, 2, 2, 2]
    ((x, y),) = batches(dl)
    assert y.tolist() == [1, 2, 2, 2]
    assert torch.equal(x[1], x[2])
    assert torch.equal(x[0], loader(paths).item(4)[0])


def test_an_item_is_what_validation_sees(paths):
    dl = loader(paths, shuffle=True, augment=True, batch_tfms=AUGMENT)
    x, y = dl.item(9)
    assert x.shape == (3, 24, 24)
    assert y == 0
    valid = batches(dl.replace(shuffle=False, augment=False))
    assert torch.allclose(x, valid[1][0][1], atol=1e-6)


def test_the_original_picture_and_its_name(paths):
    dl = loader(paths)
    assert dl.picture(3).size == (60, 40)
    assert dl.name(3) == "03.png"
    assert dl.vocab == ["a", "b", "c"]


def test_decoding_anew_gives_what_the_cache_gives(paths):
    options = {"shuffle": True, "augment": True, "batch_tfms": AUGMENT}
    expected = batches(loader(paths, **options))
    assert same(expected, batches(loader(paths, cached=False, **options)))


def test_pictures_in_memory_are_loaded_like_files(paths):
    opened = [Image.open(path).convert("RGB") for path in paths]
    items = ItemTransforms(Resize(32))
    memory = Pictures(opened, None, ["a"], items)
    x, y = next(iter(DataLoader(memory, bs=30, device="cpu")))
    assert torch.equal(x, next(iter(loader(paths, bs=30)))[0])
    assert y.tolist() == [-1] * 21
    assert memory.paths == [None] * 21
    assert memory.sizes.tolist() == [[60, 40]] * 21
    dl = DataLoader(memory, bs=30, device="cpu")
    assert dl.picture(0).size == (60, 40)
    assert dl.name(0) == "a picture in memory"
    assert dl.item(0)[1] == -1


def test_functions_of_your_own_run_in_their_order_each_time(paths):
    calls = []

    def red(picture):
        calls.append(picture.size)
        return Image.new("RGB", picture.size, (255, 0, 0))

    dl = loader(paths, tfms=[Resize(32), red])
    assert dl.random
    x = torch.cat([x for x, _ in dl])
    assert x.shape == (21, 3, 32, 32)
    assert torch.equal(x[:, 0], torch.ones(21, 32, 32))
    assert calls == [(48, 32)] * 21
    batches(dl)
    assert len(calls) == 42


def test_a_function_that_gives_no_picture_is_named(paths):
    def array(picture):
        return np.asarray(picture)

    with pytest.raises(TypeError, match=r"array gave a ndarray for '.*00\.png'\. An item transform"):
        batches(loader(paths, tfms=[array]))


def test_unequal_sizes_are_listed_and_resize_is_named(tmp_path):
    paths = []
    for i, size in enumerate([(50, 40), (40, 50), (50, 40)]):
        paths.append(tmp_path / f"{i}.png")
        Image.new("RGB", size).save(paths[-1])
    with pytest.raises(
        UnequalSizes, match=r"\(3, 40, 50\), \(3, 50, 40\), \(3, 40, 50\).*item_tfms=Resize"
    ) as error:
        batches(loader(paths, tfms=[]))
    assert error.value.shapes == [(3, 40, 50), (3, 50, 40), (3, 40, 50)]


def test_equal_sizes_need_no_resize(paths):
    dl = loader(paths, tfms=[])
    x, _ = next(iter(dl))
    assert x.shape == (8, 3, 40, 60)
    assert not dl.random


@pytest.mark.parametrize(
    ("options", "random"),
    [
        ({}, False),
        ({"augment": True}, True),  # the place of the crop
        ({"augment": True, "tfms": Resize(32, "squish")}, False),
        ({"augment": True, "tfms": Resize(32, "squish"), "batch_tfms": AUGMENT}, True),
        ({"augment": True, "tfms": Resize((40, 60))}, False),  # nothing is longer than the crop
        ({"augment": False, "batch_tfms": AUGMENT}, False),
    ],
)
def test_random_tells_whether_a_picture_may_look_different_next_time(paths, options, random):
    assert loader(paths, **options).random is random


def test_the_fingerprint_is_of_the_pictures_and_the_item_transform(paths, tmp_path):
    base = pictures(paths)
    assert base.fingerprint() == pictures(paths).fingerprint()
    assert base.fingerprint() != pictures(paths, Resize(33)).fingerprint()
    assert base.fingerprint() != pictures(paths[:20]).fingerprint()
    assert base.fingerprint() != base.subset(range(20, -1, -1)).fingerprint()
    assert base.subset(range(20)).fingerprint() == pictures(paths[:20]).fingerprint()
    relabelled = pictures(paths)
    relabelled.labels = relabelled.labels.flip(0)
    assert base.fingerprint() == relabelled.fingerprint()
    copy = tmp_path / "copy.png"
    copy.write_bytes(paths[0].read_bytes())
    before = pictures([copy, *paths[1:]]).fingerprint()
    Image.new("RGB", (60, 40)).save(copy)
    assert pictures([copy, *paths[1:]]).fingerprint() != before


def test_the_fingerprint_of_a_function_that_may_be_random_is_never_repeated(paths):
    tfms = [Resize(32), lambda picture: picture]
    first = pictures(paths, tfms)
    assert first.fingerprint() == first.fingerprint()
    assert first.fingerprint() != pictures(paths, tfms).fingerprint()


def test_the_fingerprint_of_pictures_in_memory_is_of_their_pixels():
    def memory(*colours):
        shown = [Image.new("RGB", (8, 8), colour) for colour in colours]
        return Pictures(shown, None, ["a"], ItemTransforms(Resize(4))).fingerprint()

    assert memory("red", "blue") == memory("red", "blue")
    assert memory("red", "blue") != memory("red", "green")


@pytest.mark.parametrize("bs", [0, -1, 2.5, True, None])
def test_a_batch_size_that_is_none_is_refused(paths, bs):
    with pytest.raises(ValueError, match=r"DataLoader: bs=.*whole number, 1 or more"):
        loader(paths, bs=bs)


def test_a_picture_that_vanishes_while_training_is_named(tmp_path):
    path = tmp_path / "gone.png"
    Image.new("RGB", (32, 32)).save(path)
    dl = loader([path], cached=False)
    path.unlink()
    with pytest.raises(ValueError, match=r"gone\.png' does not exist"):
        batches(dl)

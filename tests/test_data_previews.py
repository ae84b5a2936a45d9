"""Previews: a loader's own draws, the call that repeats them, and presizing beside the naive way."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from PIL import Image
from small import picture_folder, small_dls

from lab.data.augmentation import CONTROLS, PRESETS, Parameters
from lab.data.broken import BrokenPicture
from lab.data.lighting import draw_lighting
from lab.data.naive import compare, sharpness
from lab.data.previews import Preview, as_image
from lab.data.transforms import BatchTransform, RandomResizedCrop, aug_transforms

STRONG = aug_transforms(size=48, min_scale=0.6, flip_vert=True, rotate=20, zoom=1.3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def folder(tmp_path):
    return picture_folder(tmp_path / "pictures", each=4)


@pytest.fixture
def dls(folder):
    return small_dls(folder)


# -- the stages --


def test_the_same_training_pictures_come_for_the_same_seed(dls):
    first, again, other = Preview(dls, 4), Preview(dls, 4), Preview(dls, 4, seed=1)
    assert first.indices == again.indices != other.indices
    assert len(first) == len(set(first.indices)) == 4
    assert first.names == [dls.train.name(i) for i in first.indices]
    assert first.labels == [dls.vocab[dls.train.pictures.labels[i]] for i in first.indices]
    assert len(Preview(dls, 999)) == dls.train.n


def test_the_stages_are_the_file_what_resize_made_of_it_and_the_model_s_input(dls):
    preview = Preview(dls, 3)
    assert [picture.size for picture in preview.originals] == [(48, 40)] * 3
    item = dls.train.pictures.item_tfms.array(dls.train.pictures.sources[preview.indices[0]])
    assert preview.items[0].size == (77, 64)  # Resize(64): the longer side is still whole
    assert np.array_equal(np.asarray(preview.items[0]), item)
    batch = preview.batch(STRONG, draws=2)
    assert batch.shape == (3, 2, 3, 48, 48)
    assert batch.dtype == torch.float32


@pytest.mark.parametrize("tfm", [STRONG, RandomResizedCrop(32), BatchTransform(), BatchTransform(size=32)])
def test_the_draws_are_those_of_a_loader_made_with_that_transform(folder, dls, tfm):
    preview = Preview(dls, 4)
    seen = preview.batch(tfm, draws=3, seed=7)
    made = small_dls(folder, batch_tfms=tfm)  # a DataBlock of its own, which knows nothing of the preview
    loader = made.train.replace(shuffle=False, bs=4, seed=7, indices=preview.indices)
    for draw in range(3):
        (x, y) = next(iter(loader))
        assert torch.equal(seen[:, draw], x)
        assert [made.vocab[label] for label in y] == preview.labels


def test_the_same_seed_gives_the_same_bits_and_more_draws_change_none(dls):
    preview = Preview(dls, 4)
    two = preview.batch(STRONG, draws=2, seed=5)
    assert torch.equal(two, Preview(dls, 4).batch(STRONG, draws=2, seed=5))
    assert torch.equal(two, preview.batch(STRONG, draws=3, seed=5)[:, :2])
    assert not torch.equal(two, preview.batch(STRONG, draws=2, seed=6))
    assert not torch.equal(two[:, 0], two[:, 1])


def test_looking_disturbs_neither_training_nor_other_random_numbers(dls):
    before, global_before = dls.train.rng_state(), torch.get_rng_state()
    preview = Preview(dls, 4)
    preview.batch(STRONG)
    preview.comparisons(STRONG)
    assert torch.equal(dls.train.rng_state(), before)
    assert torch.equal(torch.get_rng_state(), global_before)


def test_files_are_opened_once(folder):
    opened = []

    def counted(picture):
        opened.append(picture)
        return picture.resize((32, 32))

    preview = Preview(small_dls(folder, item_tfms=counted), 3)
    assert opened == []
    first = preview.batch(STRONG, draws=3)
    assert torch.equal(first, preview.batch(STRONG, draws=3))
    assert [picture.size for picture in preview.items] == [(32, 32)] * 3
    assert len(opened) == 3


def test_pictures_deleted_since_they_were_loaded_are_shown_from_the_cache(dls):
    for path in dls.train.pictures.paths:
        path.unlink()
    preview = Preview(dls, 2)
    assert preview.batch(STRONG).shape == (2, 2, 3, 48, 48)
    with pytest.raises(BrokenPicture):
        _ = preview.originals


def test_a_picture_that_cannot_be_had_any_more_is_named_and_the_others_go_on(folder):
    dls = small_dls(folder, item_tfms=lambda picture: picture.resize((32, 32)))  # nothing is kept on disk
    preview = Preview(dls, 3)
    dls.train.pictures.sources[preview.indices[1]].unlink()
    assert preview.broken == {1: "does not exist"}
    for look in (lambda: preview.items, lambda: preview.batch(STRONG), lambda: preview.original(1)):
        with pytest.raises(BrokenPicture):
            look()
    others = preview.subset([0, 2])
    assert others.broken == {}
    assert others.names == [preview.names[0], preview.names[2]]
    assert others.batch(STRONG).shape == (2, 2, 3, 48, 48)
    assert others.original(1).size == (48, 40)


def test_a_part_of_the_pictures_opens_none_again(folder):
    opened = []

    def counted(picture):
        opened.append(picture)
        return picture.resize((32, 32))

    preview = Preview(small_dls(folder, item_tfms=counted), 3)
    last = preview.items[2]
    part = preview.subset([2])
    assert [np.array_equal(np.asarray(item), np.asarray(last)) for item in part.items] == [True]
    assert part.originals[0].size == (48, 40)
    assert len(preview) == len(opened) == 3
    assert len(part) == 1


def test_the_draws_come_one_by_one(dls):
    preview = Preview(dls, 4)
    drawn = preview.draws(STRONG, seed=5)
    assert torch.equal(torch.stack([next(drawn) for _ in range(3)], 1), preview.batch(STRONG, 3, seed=5))


def test_what_cannot_be_shown_is_refused_in_words(dls):
    with pytest.raises(ValueError, match="Preview: n=0 of"):
        Preview(dls, 0)
    with pytest.raises(ValueError, match="draws=0. Ask for at least 1"):
        Preview(dls).batch(STRONG, draws=0)
    with pytest.raises(TypeError, match=r"comparisons: .*<lambda>.*aug_transforms"):
        Preview(dls).comparisons(lambda pictures, train, generator: pictures / 255)


def test_as_image_rounds_to_the_nearest_of_256():
    x = torch.tensor([0.0, 0.5, 1.0])[:, None, None].expand(3, 2, 4)
    image = as_image(x)
    assert image.size == (4, 2)
    assert image.getpixel((0, 0)) == (0, 128, 255)


# -- the parameters and their code --


def numbers(name):
    control = next(control for control in CONTROLS if control.name == name)
    return st.one_of(st.just(control.default), st.floats(control.low, control.high))


parameters = st.builds(
    Parameters,
    size=st.one_of(st.none(), st.integers(1, 600), st.tuples(st.integers(1, 600), st.integers(1, 600))),
    flip=st.booleans(),
    flip_vert=st.booleans(),
    pad_mode=st.sampled_from(["reflection", "border", "zeros"]),
    **{c.name: numbers(c.name) for c in CONTROLS if c.kind == "number" and c.name != "size"},
)


@settings(deadline=None)
@given(parameters)
def test_the_code_makes_an_equal_transform(chosen):
    names = {}
    exec("from lab import *", names)
    tfm = eval(chosen.code(), names)
    assert tfm == chosen.transform()
    assert tfm.light == (chosen.brightness, chosen.contrast)
    for name in ("min_scale", "flip", "flip_vert", "rotate", "warp", "p_affine", "p_lighting", "pad_mode"):
        assert getattr(tfm, name) == getattr(chosen, name)
    assert tfm.zoom == pytest.approx(chosen.zoom)
    assert Parameters.of(tfm) == chosen


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({}, "aug_transforms()"),
        ({"size": (224, 224), "rotate": 15.000000000000002}, "aug_transforms(size=224, rotate=15)"),
        ({"brightness": 0.4, "contrast": 0.4}, "aug_transforms(lighting=0.4)"),
        ({"contrast": 0}, "aug_transforms(contrast=0)"),
        ({"brightness": 0.1 + 0.2, "contrast": 0.5}, "aug_transforms(brightness=0.3, contrast=0.5)"),
        ({"size": (96, 128), "pad_mode": "zeros"}, "aug_transforms(size=(96, 128), pad_mode='zeros')"),
    ],
)
def test_the_code_says_only_what_differs(chosen, code):
    assert Parameters(**chosen).code() == code


def test_presets():
    assert PRESETS["side on"].transform() == aug_transforms()
    assert PRESETS["top down"].transform() == aug_transforms(flip_vert=True)
    assert PRESETS["none"].transform() == BatchTransform()
    assert not PRESETS["none"].transform().random


def test_there_is_a_control_for_every_option_within_the_range_that_is_allowed():
    options = set(inspect.signature(aug_transforms).parameters) - {"lighting", "mult"}
    assert {control.name for control in CONTROLS} == options
    for control in CONTROLS:
        assert control.help.endswith(".")
        assert control.default == getattr(Parameters(), control.name)
        if control.kind == "number":
            assert control.default is None or control.low <= control.default <= control.high
            for value in (control.low, control.high):
                assert getattr(Parameters(**{control.name: value}), control.name) == value


def test_parameters_of_a_transform_that_aug_transforms_cannot_make_are_refused():
    assert Parameters.of(None) == PRESETS["none"]
    with pytest.raises(TypeError, match=r"Parameters.of: got a function"):
        Parameters.of(lambda x: x)
    with pytest.raises(ValueError, match=r"Parameters.of: .*ratio.*\(1, 1\)"):
        Parameters.of(RandomResizedCrop(32, ratio=(1, 1)))
    with pytest.raises(ValueError, match="aug_transforms: rotate=500"):
        Parameters(rotate=500)


# -- brightness and contrast apart --


def test_brightness_and_contrast_can_be_set_apart_and_draw_as_lighting_does():
    both = draw_lighting(50, 0.3, 1.0, generator())
    contrast, brightness = draw_lighting(50, (0.3, 0.0), 1.0, generator())
    assert torch.equal(brightness, both[1])
    assert (contrast == 1).all()
    contrast, brightness = draw_lighting(50, (0.0, 0.3), 1.0, generator())
    assert torch.equal(contrast, both[0])
    assert (brightness == 0).all()


def test_a_strength_apart_takes_the_place_of_lighting():
    assert aug_transforms(lighting=0.3).light == (0.3, 0.3)
    assert aug_transforms(lighting=0.3, contrast=0).light == (0.3, 0)
    assert aug_transforms(lighting=0.1, brightness=0.2, contrast=0.3, mult=2).light == (0.4, 0.6)
    assert not BatchTransform(lighting=0.2, brightness=0, contrast=0).random
    assert BatchTransform(brightness=0.2).random
    pictures = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8, generator=generator())
    same = BatchTransform(brightness=0.2, contrast=0.2)(pictures, True, generator())
    assert torch.equal(same, BatchTransform(lighting=0.2)(pictures, True, generator()))
    with pytest.raises(ValueError, match="aug_transforms: contrast=1.5"):
        aug_transforms(contrast=1.5)


# -- presizing beside the naive way --


def smooth(size=128):
    """A picture of slow waves, as (1, 3, size, size) uint8: interpolating it loses next to nothing."""
    place = torch.arange(size) / size * 2 * torch.pi
    red, green = (0.5 + 0.5 * place.sin()), (0.5 + 0.5 * place.cos())
    channels = [red.expand(size, size), green[:, None].expand(size, size), red[:, None] * green]
    return (torch.stack(channels) * 255).round().to(torch.uint8)[None]


def inside(tfm, pictures, seed):
    """Where neither way sees beyond the picture, nor its outermost pixels: (n, 1, h, w) bool."""
    bare = BatchTransform(**{**tfm.config(), "pad_mode": "zeros", "lighting": 0.0})
    white = torch.full_like(pictures, 255)
    both = compare(bare, white, generator(seed))
    seen = torch.minimum(both.presized, both.naive)[:, :1] > 0.999
    return torch.nn.functional.max_pool2d(1.0 - seen.float(), 5, stride=1, padding=2) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"flip": True},
        {"flip": True, "flip_vert": True},
        {"min_scale": 0.4},
        {"rotate": 30},
        {"zoom": 1.8},
        {"warp": 0.3},
        {"min_scale": 0.6, "flip": True, "flip_vert": True, "rotate": 20, "zoom": 1.4, "warp": 0.2},
    ],
)
@pytest.mark.parametrize("size", [(64, 64), (48, 64)])
def test_the_two_ways_lie_upon_each_other(options, size):
    tfm, pictures = BatchTransform(size=size, p_affine=1.0, **options), smooth().repeat(24, 1, 1, 1)
    both = compare(tfm, pictures, generator(3))
    where = inside(tfm, pictures, 3).expand_as(both.difference)
    assert where.float().mean() > 0.4
    # The waves rise by 0.049 a pixel of the result at their steepest: this is a sixth of a pixel.
    assert both.difference[where].max() < 0.008
    shifted = (both.presized - both.naive.roll(1, dims=3)).abs()
    assert shifted[where].max() > 0.03  # what a shift of one pixel would look like


def test_the_presized_picture_is_that_of_the_transform_and_the_generator_ends_the_same():
    pictures, tfm = smooth().repeat(5, 1, 1, 1), STRONG
    alone, compared = generator(1), generator(1)
    assert torch.equal(compare(tfm, pictures, compared).presized, tfm(pictures, True, alone))
    assert torch.equal(alone.get_state(), compared.get_state())


def test_presizing_keeps_detail_that_the_naive_way_loses():
    noise = np.random.default_rng(0).integers(0, 256, (8, 96, 96, 3), dtype=np.uint8)
    pictures = torch.stack(
        [
            torch.from_numpy(np.array(Image.fromarray(array).resize((192, 192), Image.Resampling.BICUBIC)))
            for array in noise
        ]
    ).permute(0, 3, 1, 2)
    tfm = aug_transforms(size=96, min_scale=0.5, rotate=15, zoom=1.2, lighting=0, p_affine=1.0)
    both = compare(tfm, pictures, generator())
    assert (sharpness(both.presized) > 1.5 * sharpness(both.naive)).all()


def test_interpolations_are_counted_for_each_picture():
    pictures = smooth().repeat(40, 1, 1, 1)
    every = compare(aug_transforms(size=64, min_scale=0.5, p_affine=1.0), pictures, generator())
    assert set(every.naive_steps) == {("resize", "crop", "rotate", "zoom", "warp")}
    assert set(every.presized_steps) == {("all at once",)}
    some = compare(BatchTransform(rotate=10, p_affine=0.5), pictures, generator())
    assert set(some.naive_steps) == {(), ("rotate",)}
    turned = BatchTransform(rotate=10, p_affine=0.5).matrices(40, (128, 128), generator())[:, 0, 1] != 0
    assert [steps == ("rotate",) for steps in some.naive_steps] == turned.tolist()
    assert [len(steps) for steps in some.presized_steps] == [len(steps) for steps in some.naive_steps]
    mirrored = compare(BatchTransform(flip=True, flip_vert=True), pictures, generator())
    assert set(mirrored.naive_steps) == set(mirrored.presized_steps) == {()}
    assert mirrored.largest.max() < 1e-4


def test_without_random_changes_both_ways_are_one():
    both = compare(BatchTransform(size=64), smooth(), generator())
    assert torch.equal(both.presized, both.naive)
    assert both.naive_steps == (("resize",),)


def test_the_difference_in_numbers_and_amplified():
    both = compare(STRONG, smooth().repeat(3, 1, 1, 1), generator())
    gap = (both.presized - both.naive).abs()
    assert torch.equal(both.difference, gap)
    assert both.mean.tolist() == pytest.approx([float(row.mean()) for row in gap])
    assert both.largest.tolist() == pytest.approx([float(row.max()) for row in gap])
    assert torch.equal(both.amplified(8), (gap * 8).clamp(max=1))


def test_the_preview_compares_the_draws_that_it_shows(dls):
    preview = Preview(dls, 4)
    shown, compared = preview.batch(STRONG, draws=2, seed=3), preview.comparisons(STRONG, draws=2, seed=3)
    for draw, both in enumerate(compared):
        assert torch.equal(both.presized, shown[:, draw])
        assert both.naive.shape == both.presized.shape


def test_sharpness_falls_with_blur_and_is_nought_for_one_colour():
    sharp = torch.rand(1, 3, 32, 32, generator=generator())
    blurred = torch.nn.functional.avg_pool2d(sharp, 3, stride=1)
    assert sharpness(blurred) < 0.2 * sharpness(sharp)
    assert sharpness(torch.full((2, 3, 8, 8), 0.5)).tolist() == pytest.approx([0, 0], abs=1e-9)

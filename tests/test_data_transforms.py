"""Resize and aug_transforms: values, ranges, seeds, and the words of their errors."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from lab.data.lighting import change_lighting_, draw_lighting
from lab.data.resize import Resize, ResizeMethod
from lab.data.transforms import (
    BatchTransform,
    RandomResizedCrop,
    aug_transforms,
    random_crops,
    to_float,
)


def gradient(width, height):
    """A picture whose red tells the column and whose green tells the row, as shares of 255."""
    array = np.zeros((height, width, 3), np.uint8)
    array[..., 0] = np.linspace(0, 255, width)[None]
    array[..., 1] = np.linspace(0, 255, height)[:, None]
    return Image.fromarray(array)


def batch(n=6, size=32, seed=0):
    return torch.randint(0, 256, (n, 3, size, size), dtype=torch.uint8, generator=generator(seed))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# -- Resize --


def test_crop_keeps_the_longer_side_whole_until_the_crop():
    resize = Resize(32)
    assert resize.presize(gradient(100, 50)).shape == (32, 64, 3)
    assert resize.presize(gradient(50, 100)).shape == (64, 32, 3)
    assert resize.crop(resize.presize(gradient(100, 50))).shape == (32, 32, 3)


def test_the_crop_moves_along_the_longer_side_only_and_is_an_exact_slice():
    resize = Resize(32)
    wide, tall = resize.presize(gradient(100, 50)), resize.presize(gradient(50, 100))
    assert np.array_equal(resize.crop(wide, 0.0), wide[:, :32])
    assert np.array_equal(resize.crop(wide, 1.0), wide[:, 32:])
    assert np.array_equal(resize.crop(wide, 0.5), wide[:, 16:48])
    assert np.array_equal(resize.crop(tall, 0.0), tall[:32])
    assert np.array_equal(resize.crop(tall, 1.0), tall[32:])
    assert np.array_equal(resize.crop(tall), tall[16:48])


def test_every_place_of_the_crop_is_equally_likely():
    resize, array = Resize(4), np.zeros((4, 7, 3), np.uint8)
    array[0, :, 0] = range(7)
    lefts = [int(resize.crop(array, offset)[0, 0, 0]) for offset in torch.linspace(0, 0.9999, 400)]
    assert [lefts.count(left) for left in range(4)] == [100] * 4


def test_a_small_picture_is_enlarged():
    assert Resize(32).presize(gradient(10, 8)).shape == (32, 40, 3)
    assert Resize((20, 50), "squish").presize(gradient(10, 8)).shape == (20, 50, 3)


def test_a_size_of_two_numbers_is_height_and_width():
    resize = Resize((20, 50))
    assert resize.crop(resize.presize(gradient(100, 100))).shape == (20, 50, 3)
    assert resize.crop(resize.presize(gradient(500, 30))).shape == (20, 50, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 1000), (33, 32)])
@pytest.mark.parametrize("method", ["crop", "pad", "squish"])
def test_every_shape_of_picture_gets_the_size(size, method):
    resize = Resize((24, 32), method)
    assert resize.crop(resize.presize(gradient(*size))).shape == (24, 32, 3)


def test_a_panorama_does_not_fill_the_disk():
    assert Resize(32).presize(gradient(5000, 20)).shape == (32, 128, 3)


def test_squish_shows_the_whole_picture():
    array = Resize(32, "squish").presize(gradient(200, 50))
    assert array.shape == (32, 32, 3)
    assert array[0, 0, 0] < 10
    assert array[0, -1, 0] > 245


def test_pad_shows_the_whole_picture_and_fills_the_rest():
    white = Image.new("RGB", (100, 50), "white")
    black_bars = Resize(32, "pad", "zeros").presize(white)
    assert black_bars.shape == (32, 32, 3)
    assert (black_bars[8:24] == 255).all()
    assert (black_bars[:8] == 0).all()
    assert (black_bars[24:] == 0).all()
    assert (Resize(32, "pad", "border").presize(white) == 255).all()


def test_pad_by_reflection_mirrors_the_picture_at_its_edge():
    array = Resize(32, "pad").presize(gradient(100, 50))
    assert np.array_equal(array[7::-1], array[8:16])


def test_resize_is_made_again_from_its_json():
    resize = Resize((20, 50), "pad", "border")
    again = Resize.from_config(json.loads(json.dumps(resize.config())))
    assert again.config() == resize.config()
    assert repr(again) == "Resize((20, 50), method='pad', pad_mode='border')"
    assert repr(Resize(460)) == "Resize(460, method='crop')"


@pytest.mark.parametrize("size", [0, -3, 2.5, 224.0, True, "224", (64,), (1, 2, 3), (10, 0), None, ()])
def test_resize_refuses_a_size_that_is_none(size):
    with pytest.raises(ValueError, match=r"Resize: size=.*whole number of pixels"):
        Resize(size)


def test_resize_names_the_methods_there_are():
    with pytest.raises(ValueError, match="method='stretch'. Use one of 'crop', 'pad', 'squish'"):
        Resize(32, method="stretch")


@pytest.mark.parametrize("method", ["Squish", "SQUISH", ResizeMethod.Squish])
def test_a_method_may_be_written_as_in_the_2020_lesson(method):
    resize = Resize(32, method)
    assert repr(resize) == "Resize(32, method='squish')"
    assert resize.config() == Resize(32, "squish").config()
    assert type(resize.method) is str, "as JSON it is read again"


def test_a_height_and_width_as_two_arguments_says_to_give_a_pair():
    with pytest.raises(ValueError, match=r"method=128.*Resize\(\(height, width\)\)"):
        Resize(64, 128)


# -- the batch transform --


def test_validation_without_a_size_divides_by_255_exactly():
    x = batch()
    for tfm in (aug_transforms(), aug_transforms(size=32)):
        y = tfm(x, train=False)
        assert torch.equal(y, x / 255)
        assert y.is_contiguous()


def test_validation_shows_the_whole_picture_resized_and_never_changes():
    x = batch(size=32)
    tfm = aug_transforms(size=16, min_scale=0.5)
    y = tfm(x, train=False)
    assert torch.equal(y, tfm(x, train=False, generator=generator(5)))
    assert torch.allclose(y, torch.nn.functional.avg_pool2d(x / 255, 2), atol=1e-5)


def test_training_is_random_and_the_same_for_the_same_seed():
    x, tfm = batch(), aug_transforms(size=24, min_scale=0.75)
    first, again, other = (tfm(x, True, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=0.05)
    assert first.shape == (6, 3, 24, 24)
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 1


def test_pictures_of_one_batch_are_changed_differently():
    x = batch(1).expand(8, -1, -1, -1)
    y = aug_transforms(size=24, min_scale=0.5)(x, True, generator())
    assert all(not torch.allclose(y[0], y[i], atol=0.02) for i in range(1, 8))


def test_what_is_switched_off_changes_nothing():
    x = batch()
    tfm = aug_transforms(flip=False, rotate=0, zoom=1, lighting=0, warp=0)
    assert not tfm.random
    assert torch.equal(tfm(x, True, generator()), x / 255)
    tfm = aug_transforms(flip=False, p_affine=0, p_lighting=0)
    assert not tfm.random


@pytest.mark.parametrize(
    "options",
    [{"flip": True}, {"flip_vert": True}, {"rotate": 5}, {"zoom": 1.2}, {"lighting": 0.1}, {"warp": 0.1}],
)
def test_each_change_alone_makes_the_transform_random(options):
    off = {"flip": False, "rotate": 0, "zoom": 1, "lighting": 0, "warp": 0}
    tfm = aug_transforms(**{**off, **options})
    assert tfm.random
    x = batch(16)
    assert not torch.allclose(tfm(x, True, generator()), x / 255, atol=1e-3)


def test_flip_mirrors_about_half_of_the_pictures():
    x = batch(200, 8)
    y = BatchTransform(flip=True)(x, True, generator())
    same = torch.tensor([torch.allclose(a, b / 255, atol=1e-4) for a, b in zip(y, x, strict=True)])
    mirrored = torch.tensor(
        [torch.allclose(a, b.flip(2) / 255, atol=1e-4) for a, b in zip(y, x, strict=True)]
    )
    assert (same ^ mirrored).all()
    assert 70 < same.sum() < 130


def test_flip_vert_with_flip_gives_the_eight_symmetries_of_a_square():
    x = batch(1, 8).expand(200, -1, -1, -1)
    y = BatchTransform(flip=True, flip_vert=True)(x, True, generator())
    distinct = {tuple((row * 255).round().int().flatten().tolist()) for row in y}
    assert len(distinct) == 8
    wide = torch.zeros(50, 3, 8, 16, dtype=torch.uint8)
    assert BatchTransform(flip=True, flip_vert=True)(wide, True, generator()).shape == (50, 3, 8, 16)


def test_turns_and_zooms_are_drawn_in_their_ranges():
    tfm = BatchTransform(rotate=10, p_affine=1.0)
    turned = tfm.matrices(500, (32, 32), generator())
    angles = torch.rad2deg(torch.atan2(turned[:, 1, 0], turned[:, 0, 0]))
    assert angles.abs().max() <= 10
    assert angles.min() < -8 < 8 < angles.max()
    zooms = BatchTransform(zoom=1.5, p_affine=1.0).matrices(500, (32, 32), generator())
    assert zooms[:, 0, 0].min() >= 1 / 1.5 - 1e-6
    assert zooms[:, 0, 0].max() <= 1
    # A zoom goes to a random place, and sees nothing outside the picture.
    assert (zooms[:, :2, 2].abs() + zooms[:, 0:1, 0] <= 1 + 1e-6).all()
    assert zooms[:, :2, 2].abs().max() > 0.2


def test_p_affine_is_the_share_of_pictures_that_are_turned():
    matrices = BatchTransform(rotate=10, p_affine=0.25).matrices(1000, (32, 32), generator())
    turned = (matrices[:, 0, 1] != 0).float().mean()
    assert turned == pytest.approx(0.25, abs=0.05)


def test_mult_multiplies_the_strengths():
    tfm = aug_transforms(rotate=10, zoom=1.1, lighting=0.2, warp=0.2, mult=2)
    assert (tfm.rotate, tfm.lighting, tfm.warp) == (20, 0.4, 0.4)
    assert tfm.zoom == pytest.approx(1.2)


@pytest.mark.parametrize("min_scale", [0.35, 0.75])
def test_random_crops_lie_inside_and_have_the_stated_area_and_proportions(min_scale):
    boxes = random_crops(500, (40, 60), min_scale, (3 / 4, 4 / 3), generator())
    extent, centre = torch.stack([boxes[:, 0, 0], boxes[:, 1, 1]], 1), boxes[:, :2, 2]
    assert (centre.abs() + extent <= 1 + 1e-6).all()
    area = extent.prod(1)
    assert area.min() >= min_scale - 1e-5
    proportions = extent[:, 0] * 60 / (extent[:, 1] * 40)
    assert proportions.min() >= 3 / 4 - 1e-5
    assert proportions.max() <= 4 / 3 + 1e-5
    assert centre.abs().max() > 0.1


def test_a_crop_that_never_fits_becomes_the_largest_with_allowed_proportions():
    boxes = random_crops(20, (10, 200), 0.9, (3 / 4, 4 / 3), generator())
    assert torch.allclose(boxes[:, 1, 1], torch.ones(20))
    assert torch.allclose(boxes[:, 0, 0] * 200 / 10, torch.full((20,), 4 / 3))


def test_random_resized_crop_is_a_batch_transform_of_its_own():
    tfm, x = RandomResizedCrop(16, min_scale=0.3), batch()
    assert tfm.random
    assert tfm(x, True, generator()).shape == (6, 3, 16, 16)
    assert torch.equal(tfm(x, False), aug_transforms(size=16)(x, False))
    assert repr(tfm) == "RandomResizedCrop(size=(16, 16), min_scale=0.3)"


def test_the_config_makes_the_same_transform_and_validation_needs_the_size_only():
    tfm = aug_transforms(size=16, min_scale=0.5, pad_mode="zeros")
    config = json.loads(json.dumps(tfm.config()))
    assert BatchTransform.from_config(config) == tfm
    plain = BatchTransform.from_config(json.loads(json.dumps(tfm.validation_config())))
    assert plain == BatchTransform(size=16)
    assert not plain.random
    x = batch()
    assert torch.equal(plain(x, False), tfm(x, False))


@pytest.mark.parametrize(
    "options",
    [
        {"min_scale": 0},
        {"min_scale": 1.5},
        {"zoom": 0.5},
        {"rotate": -1},
        {"lighting": 1},
        {"warp": 2},
        {"p_affine": 1.2},
        {"p_lighting": -0.1},
    ],
)
def test_a_value_outside_its_range_is_refused_by_name(options):
    (name,) = options
    with pytest.raises(ValueError, match=rf"aug_transforms: {name}=.*from .* to "):
        aug_transforms(**options)


def test_sizes_and_pad_modes_are_checked():
    with pytest.raises(ValueError, match="aug_transforms: size='big'"):
        aug_transforms(size="big")
    with pytest.raises(ValueError, match="pad_mode='mirror'. Use one of 'reflection', 'border', 'zeros'"):
        aug_transforms(pad_mode="mirror")


# -- lighting --


def test_no_change_of_light_leaves_the_pixels():
    x = torch.rand(4, 3, 8, 8, generator=generator())
    y = change_lighting_(x.clone(), torch.ones(4), torch.zeros(4))
    assert torch.allclose(x, y, atol=2e-6)


def test_brightness_and_contrast_in_logit_space():
    x = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]).expand(2, 1, 1, 5).clone()
    bright = torch.logit(torch.tensor([0.6, 0.5]))
    y = change_lighting_(x, torch.tensor([1.0, 2.0]), bright)
    assert y[0, 0, 0, 2] == pytest.approx(0.6)  # mid grey becomes 0.6
    assert y[1, 0, 0].tolist() == pytest.approx([0, 0.1, 0.5, 0.9, 1], abs=1e-5)  # 1/3 odds become 1/9
    assert y.min() >= 0
    assert y.max() <= 1


def test_lighting_is_drawn_in_its_range_with_its_probability():
    contrast, brightness = draw_lighting(2000, 0.2, 0.75, generator())
    assert 0.8 - 1e-6 <= contrast.min() < 0.82 < 1.22 < contrast.max() <= 1.25 + 1e-6
    grey = brightness.sigmoid()
    assert 0.4 - 1e-6 <= grey.min() < 0.41 < 0.59 < grey.max() <= 0.6 + 1e-6
    assert (contrast != 1).float().mean() == pytest.approx(0.75, abs=0.04)
    assert (brightness != 0).float().mean() == pytest.approx(0.75, abs=0.04)


def test_to_float_is_exact_and_contiguous_for_channels_last_memory():
    x = batch().contiguous(memory_format=torch.channels_last)
    assert torch.equal(to_float(x), x / 255)
    assert to_float(x).is_contiguous()

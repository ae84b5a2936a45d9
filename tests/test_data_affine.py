"""The geometry of a batch: what each matrix does to the pixels, their product, and the one interpolation."""

import math

import pytest
import torch
import torch.nn.functional as F

from lab.data import affine


def noise(n=2, h=16, w=16, seed=0):
    return torch.randint(
        0, 256, (n, 3, h, w), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed)
    )


def smooth(n=1, size=64):
    """Pictures without fine detail, in 0..1: interpolation loses little of them."""
    places = torch.linspace(0, 2 * math.pi, size)
    waves = [torch.sin(places * (k + 1) + k)[:, None] * torch.cos(places * (k + 2))[None] for k in range(3)]
    return (torch.stack(waves) / 2 + 0.5).expand(n, 3, size, size).clone()


def test_the_identity_gives_the_pixels_back():
    x = noise()
    assert torch.allclose(affine.transform_batch(x, affine.identity(2), (16, 16)), x / 255, atol=1e-6)


def test_a_rotation_by_90_degrees_equals_rot90_anticlockwise():
    x = noise()
    turned = affine.transform_batch(x, affine.rotation(torch.tensor([90.0, -90.0])), (16, 16))
    assert torch.allclose(turned[0], torch.rot90(x[0], 1, (1, 2)) / 255, atol=1e-4)
    assert torch.allclose(turned[1], torch.rot90(x[1], -1, (1, 2)) / 255, atol=1e-4)


def test_a_rotation_keeps_right_angles_in_a_picture_that_is_not_square():
    width, height = 64, 32
    matrix = affine.rotation(torch.tensor([30.0]), aspect=width / height)[0, :2, :2]
    pixels = torch.diag(torch.tensor([width / 2, height / 2]))
    in_pixels = pixels @ matrix @ torch.linalg.inv(pixels)
    assert torch.allclose(in_pixels @ in_pixels.T, torch.eye(2), atol=1e-5)


def test_flips_equal_torch_flip_and_transpose():
    x = noise(4)
    yes, no = torch.tensor([True]), torch.tensor([False])
    for horizontal, vertical, expected in (
        (yes, no, x.flip(3)),
        (no, yes, x.flip(2)),
        (yes, yes, x.flip(2, 3)),
    ):
        matrix = affine.flip(horizontal, vertical).expand(4, 3, 3)
        assert torch.allclose(affine.transform_batch(x, matrix, (16, 16)), expected / 255, atol=1e-4)
    matrix = affine.flip(no, no, yes).expand(4, 3, 3)
    assert torch.allclose(affine.transform_batch(x, matrix, (16, 16)), x.transpose(2, 3) / 255, atol=1e-4)


def test_a_crop_equals_the_slice():
    x = noise(1)
    # The 8 × 8 pixels from row 4, column 2: their middle is (2 + 4, 4 + 4) of 16, that is (−0.25, 0).
    matrix = affine.crop(torch.tensor([[-0.25, 0.0]]), torch.tensor([[0.5, 0.5]]))
    assert torch.allclose(affine.transform_batch(x, matrix, (8, 8)), x[:, :, 4:12, 2:10] / 255, atol=1e-5)


def test_a_warp_moves_the_corners_where_its_docstring_says():
    matrix = affine.warp(torch.tensor([[0.2, 0.1]]))[0]
    corners = torch.tensor([[-1.0, -1, 1], [1, -1, 1], [1, 1, 1], [-1, 1, 1]])
    seen = corners @ matrix.T
    seen = seen[:, :2] / seen[:, 2:]
    expected = torch.tensor([[-1.2, -1.1], [1.2, -0.9], [0.8, 0.9], [-0.8, 1.1]])
    assert torch.allclose(seen, expected, atol=1e-5)


def test_a_warp_of_nothing_is_exactly_the_identity_and_affine():
    matrix = affine.warp(torch.zeros(3, 2))
    assert torch.equal(matrix, affine.identity(3))
    assert affine.is_affine(matrix)
    assert not affine.is_affine(affine.warp(torch.tensor([[0.1, 0.0]])))


def test_the_grid_is_that_of_torch():
    matrices = affine.rotation(torch.tensor([20.0, -35.0])) @ affine.crop(
        torch.tensor([[0.1, 0.2], [0.0, 0.0]]), torch.tensor([[0.7, 0.8], [1.0, 1.0]])
    )
    expected = F.affine_grid(matrices[:, :2], [2, 3, 9, 12], align_corners=False)
    assert torch.allclose(affine.grid(matrices, (9, 12)), expected, atol=1e-6)


def test_the_grid_of_a_perspective_divides_by_the_third_coordinate():
    matrices = affine.warp(torch.tensor([[0.3, -0.2]])) @ affine.rotation(torch.tensor([25.0]))
    u = (torch.arange(6) + 0.5) / 3 - 1
    places = torch.stack([u.expand(6, 6), u[:, None].expand(6, 6), torch.ones(6, 6)], dim=-1)
    expected = places @ matrices[0].T
    expected = expected[..., :2] / expected[..., 2:]
    assert torch.allclose(affine.grid(matrices, (6, 6))[0], expected, atol=1e-6)


def test_a_product_of_matrices_does_what_they_do_one_after_the_other():
    x = noise(1)
    half_turn, mirror = (
        affine.rotation(torch.tensor([90.0])),
        affine.flip(torch.tensor([True]), torch.tensor([False])),
    )
    composed = affine.transform_batch(x, half_turn @ mirror, (16, 16))
    expected = torch.rot90(x, 1, (2, 3)).flip(3) / 255
    assert torch.allclose(composed, expected, atol=1e-4)


def test_one_interpolation_loses_less_than_two():
    # Turned by 20 degrees and back again: one product leaves the picture as it was, two steps blur it.
    x = (noise(1, 64, 64, seed=3).float() / 255) * 0.5 + smooth() * 0.5
    there, back = affine.rotation(torch.tensor([20.0])), affine.rotation(torch.tensor([-20.0]))
    once = affine.transform_batch(x, there @ back, (64, 64))
    twice = affine.transform_batch(affine.transform_batch(x, there, (64, 64)), back, (64, 64))
    middle = slice(20, 44)  # away from the corners, which the first step cuts off
    error_once = (once - x)[..., middle, middle].abs().mean()
    error_twice = (twice - x)[..., middle, middle].abs().mean()
    assert error_once < 1e-4
    assert error_twice > 0.02


def test_presizing_is_nearer_to_the_truth_than_resizing_before_turning():
    large = smooth(1, 128)
    matrix = affine.rotation(torch.tensor([30.0]))
    truth = affine.transform_batch(large, matrix, (128, 128))
    truth = F.interpolate(truth, size=(48, 48), mode="bilinear", antialias=True, align_corners=False)
    presized = affine.transform_batch(large, matrix, (48, 48))
    small = affine.transform_batch(large, affine.identity(1), (48, 48))
    turned_small = affine.transform_batch(small, matrix, (48, 48))
    middle = slice(12, 36)
    error = [(x - truth)[..., middle, middle].abs().mean().item() for x in (presized, turned_small)]
    assert error[0] < error[1]


def test_shrinking_by_two_or_more_averages_blocks():
    x = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    x[..., ::2] = 255  # stripes of one pixel: bilinear sampling alone would show false patterns
    grey = affine.transform_batch(x, affine.identity(1), (8, 8))
    assert torch.allclose(grey, torch.full((1, 3, 8, 8), 0.5), atol=1e-6)


@pytest.mark.parametrize(("size", "factor"), [((32, 32), 2), ((33, 32), 2), ((30, 45), 3), ((31, 46), 3)])
def test_the_averages_over_blocks_are_those_of_torch(size, factor):
    x = noise(2, *size).float()
    expected = F.interpolate(x, size=(size[0] // factor, size[1] // factor), mode="area")
    assert torch.allclose(affine._reduce(x, factor), expected, atol=1e-3)


def test_each_picture_of_a_batch_is_averaged_as_it_alone_needs():
    x = noise(3, 32, 32)
    extents = torch.tensor([[1.0, 1.0], [0.25, 0.25], [0.5, 0.5]])
    matrices = affine.crop(torch.zeros(3, 2), extents)
    assert affine.shrinkage(matrices, (32, 32), (8, 8)).tolist() == pytest.approx([4, 1, 2])
    together = affine.transform_batch(x, matrices, (8, 8))
    for i in range(3):
        alone = affine.transform_batch(x[i : i + 1], matrices[i : i + 1], (8, 8))
        assert torch.allclose(together[i], alone[0], atol=1e-6)


def test_shrinkage_is_what_the_grid_steps_in_the_middle():
    matrices = affine.crop(torch.tensor([[0.3, 0.1]]), torch.tensor([[0.6, 0.9]])) @ affine.warp(
        torch.tensor([[0.3, -0.2]])
    )
    places = affine.grid(matrices, (101, 101))[0] * 500  # of 1000 × 1000 pixels, from the middle
    steps = [(places[50, 51] - places[50, 49]) / 2, (places[51, 50] - places[49, 50]) / 2]
    expected = min(step.norm().item() for step in steps)
    assert affine.shrinkage(matrices, (1000, 1000), (101, 101)).item() == pytest.approx(expected, rel=1e-2)


def test_a_batch_of_any_length_and_memory_order_gives_contiguous_floats():
    x = noise(19, 12, 20)
    matrices = affine.rotation(torch.linspace(-30, 30, 19))
    expected = torch.cat(
        [affine.transform_batch(x[i : i + 1], matrices[i : i + 1], (10, 14)) for i in range(19)]
    )
    for batch in (x, x.contiguous(memory_format=torch.channels_last)):
        got = affine.transform_batch(batch, matrices, (10, 14))
        assert got.is_contiguous()
        assert got.dtype == torch.float32
        assert torch.allclose(got, expected, atol=1e-5)
    assert affine.transform_batch(x[:0], matrices[:0], (4, 4)).shape == (0, 3, 4, 4)


@pytest.mark.parametrize(("pad_mode", "outside"), [("reflection", 1.0), ("border", 1.0), ("zeros", 0.0)])
def test_padding_shows_what_was_asked_outside_the_picture(pad_mode, outside):
    x = torch.full((1, 3, 8, 8), 255, dtype=torch.uint8)
    far = affine.crop(torch.tensor([[0.0, 0.0]]), torch.tensor([[2.0, 2.0]]))
    corner = affine.transform_batch(x, far, (16, 16), pad_mode)[0, 0, 0, 0]
    assert corner == pytest.approx(outside)


def test_an_unknown_pad_mode_is_refused_by_name():
    with pytest.raises(ValueError, match="Resize: pad_mode='mirror'"):
        affine.check_pad_mode("mirror", "Resize")

"""Single drawn pictures: the table of breeds, determinism, breeds of one's own, messages."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lab.drawn import (
    BREEDS,
    TWINS,
    Breed,
    breed_sheet,
    draw_pet,
    individual,
    portrait,
    register,
)
from lab.drawn.light import Light
from lab.drawn.noise import hair, lookup, smoothstep, spots
from lab.drawn.scene import SCENES, background
from lab.drawn.stage import Ellipsoid, Stage

SMALL = (96, 72)


def pixels(picture):
    return np.asarray(picture, dtype=float)


def test_the_table_holds_the_37_breeds_and_cats_begin_with_a_capital():
    assert len(BREEDS) == 37
    assert sum(breed.kind == "cat" for breed in BREEDS.values()) == 12
    for name, breed in BREEDS.items():
        assert name == breed.name
        assert name[0].isupper() == (breed.kind == "cat")


def test_every_twin_pair_is_two_different_rows_of_one_kind():
    assert len(TWINS) >= 6
    for first, second in TWINS:
        one, other = BREEDS[first], BREEDS[second]
        assert one.kind == other.kind
        assert dataclasses.replace(one, name=second) != other


@pytest.mark.parametrize("name", list(BREEDS))
def test_every_breed_draws_an_animal_that_stands_out_from_another_breed(name):
    picture = draw_pet(name, seed=1, size=SMALL)
    assert picture.size == SMALL and picture.mode == "RGB"
    assert pixels(picture).std() > 10


def test_the_same_seed_gives_the_same_pixels_and_another_seed_another_picture():
    first, again, other = (draw_pet("pug", seed, SMALL) for seed in (5, 5, 6))
    assert np.array_equal(pixels(first), pixels(again))
    assert np.abs(pixels(first) - pixels(other)).mean() > 5


def test_the_scene_is_not_shared_by_two_breeds_of_the_same_seed():
    first, second = (pixels(draw_pet(name, 3, SMALL)) for name in ("Birman", "Ragdoll"))
    assert np.abs(first[:6] - second[:6]).mean() > 2


def test_drawing_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()
    draw_pet("beagle", 0, SMALL)
    assert np.array_equal(before, np.random.get_state()[1])


def test_sizes_lie_between_200_and_500_and_vary():
    sizes = {draw_pet("Bombay", seed).size for seed in range(8)}
    assert len(sizes) > 4
    assert all(200 <= side <= 500 for size in sizes for side in size)


def test_an_unknown_breed_names_close_ones():
    with pytest.raises(ValueError, match=r"'birmann' is not known\. Close: Birman"):
        draw_pet("birmann", 0)


def test_a_negative_seed_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match=r"seed -1. Give 0 or a positive"):
        draw_pet("pug", -1)


def test_a_new_row_draws_and_can_be_registered():
    fox = Breed.dog("fox", ears="prick", base=(200, 96, 40), tail_width=0.4, fur=0.5)
    assert pixels(draw_pet(fox, 0, SMALL)).shape == (72, 96, 3)
    register(fox)
    try:
        assert np.array_equal(pixels(draw_pet("fox", 0, SMALL)), pixels(draw_pet(fox, 0, SMALL)))
    finally:
        del BREEDS["fox"]


def test_every_trait_that_adds_a_part_or_marking_draws():
    everything = Breed.dog(
        "everything", ears="prick", ear_fold=0.4, curl=0.5, fur=0.8, beard=0.4, topknot=0.3, veil=0.5,
        wrinkles=1, stripes=1, spots=1, rosettes=True, ticking=1, patches=0.4, saddle=1, points=1,
        brows=1, blaze=0.1, muzzle_colour=(1, 2, 3), eye_mask=1, shading=1, whiskers=4,
    )  # fmt: skip
    plain = Breed.dog("everything")
    first, second = (pixels(draw_pet(breed, 2, SMALL)) for breed in (everything, plain))
    assert np.abs(first - second).mean() > 3


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Breed.cat(ear_lenght=1.0), TypeError, "unknown trait 'ear_lenght'. Perhaps ear_length"),
        (lambda: Breed.dog(ears="floppy"), ValueError, "'hanging' or 'prick'"),
        (lambda: Breed.cat(base=(300, 0, 0)), ValueError, "each 0..255"),
        (lambda: Breed.cat(head=(1, 1)), ValueError, "Give 3 numbers"),
        (lambda: Breed(kind="bird"), ValueError, "'cat' or 'dog'"),
        (lambda: register("fox"), TypeError, "Give a Breed"),
    ],
)
def test_wrong_traits_are_refused_with_what_to_give(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_variation_0_is_the_breed_itself_and_1_moves_it_a_little():
    breed = BREEDS["Maine_Coon"]
    same = individual(breed, np.random.default_rng(0), variation=0)
    assert same.head == pytest.approx(breed.head) and same.base == pytest.approx(breed.base)
    moved = individual(breed, np.random.default_rng(0), variation=1)
    assert moved.head != pytest.approx(breed.head)
    assert np.allclose(moved.head, breed.head, rtol=0.2)


def test_a_portrait_is_the_same_every_time():
    assert np.array_equal(pixels(portrait("Persian", SMALL)), pixels(portrait("Persian", SMALL)))


def test_the_sheet_of_a_breed_shows_its_portrait_and_n_pictures():
    two, eight = (breed_sheet("shiba_inu", n) for n in (2, 8))
    assert eight.width > two.width > 240
    with pytest.raises(ValueError, match=r"n=0. Give 1 or more"):
        breed_sheet("shiba_inu", 0)


def test_a_black_dog_is_not_lost_in_the_dark():
    pictures = [pixels(draw_pet("newfoundland", seed, SMALL)) for seed in range(12)]
    assert all(np.percentile(picture, 95) > 60 for picture in pictures)


@pytest.mark.parametrize("scene", SCENES)
def test_every_background_fills_its_picture_with_colours_in_range(scene):
    rgb = background(np.random.default_rng(1), 90, 60, scene, 0.5)
    assert rgb.shape == (60, 90, 3) and rgb.dtype == np.float32
    assert rgb.min() >= 0 and rgb.max() <= 1


def test_a_background_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"scene 'moon'. Known: grass"):
        background(np.random.default_rng(0), 90, 60, "moon", 0.5)


def test_textures_tile_and_smoothstep_has_level_ends():
    x = np.linspace(0, 511, 100)
    for texture in (hair(), spots()):
        assert np.array_equal(lookup(texture, x, x), lookup(texture, x + 512, x - 512))
    assert smoothstep(0, 1, [-1, 0, 0.5, 1, 2]).tolist() == [0, 0, 0.5, 1, 1]
    assert smoothstep(1, 0, [0.0, 1.0]).tolist() == [1, 0]


def test_a_single_ball_has_the_depth_and_outline_of_a_sphere():
    light = Light.towards(0, 0.5, key=0.8, ambient=0.5, warm=0, rim=1)
    stage = Stage(np.zeros((100, 100, 3), np.float32), light, scale=20, centre_x=50, centre_y=50)
    ball = stage.blobs([Ellipsoid((0, 0, 0), (1, 1, 1), 0.1)], np.eye(3), np.zeros(3))
    rows, columns = ball.window
    depth = ball.depth[50 - rows.start, 50 - columns.start]
    assert depth == pytest.approx(1, abs=0.01)
    area = (ball.distance > 0).sum() / 20**2
    assert area == pytest.approx(np.pi, rel=0.03)


def test_what_lies_outside_the_picture_is_not_drawn():
    light = Light.towards(0, 0.5, key=0.8, ambient=0.5, warm=0, rim=1)
    stage = Stage(np.zeros((40, 40, 3), np.float32), light, scale=10, centre_x=20, centre_y=20)
    assert stage.blobs([Ellipsoid((50, 0, 0), (1, 1, 1), 0.1)], np.eye(3), np.zeros(3)) is None


def test_importing_the_renderer_does_not_import_torch_or_torchvision():
    code = "import sys, lab.drawn; sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    root = Path(__file__).resolve().parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root).returncode == 0

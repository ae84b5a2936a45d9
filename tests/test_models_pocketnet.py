"""The embedded backbone: its random classes, its training, the file that comes with the package."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from lab.drawn import BREEDS
from lab.models.weights import POCKETNET
from recipes.pocketnet import training
from recipes.pocketnet.augment import augment, normalise
from recipes.pocketnet.network import features, pooled, recalibrate, save_weights
from recipes.pocketnet.pattern import FAMILIES, random_pattern
from recipes.pocketnet.pictures import (
    PicturePlan,
    draw_all,
    draw_class,
    draw_pattern,
    draw_species,
    load_pictures,
)
from recipes.pocketnet.recipe import main
from recipes.pocketnet.species import random_species
from recipes.pocketnet.training import TrainingSettings, train
from recipes.pocketnet.transfer import breed_pictures, frozen_error, outputs, tuned_error

PLAN = PicturePlan(species=3, patterns=2, each=8, side=32)
SHORT = TrainingSettings(
    steps=12, sizes=(32,), batch=16, workers=1, log_every=1, checkpoint_every=4, rate=2e-3
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    draw_all(PLAN, folder, processes=1)
    return folder


@pytest.fixture
def folder(drawn, tmp_path):
    for name in ("pictures.npy", "drawn.json"):
        (tmp_path / name).write_bytes((drawn / name).read_bytes())
    return tmp_path


# Species


def test_a_species_is_fixed_by_its_number():
    assert random_species(7) == random_species(7)
    assert len({random_species(number) for number in range(60)}) == 60


def test_no_species_is_in_the_table_of_breeds():
    traits = {(b.base, b.head, b.muzzle, b.eye) for b in BREEDS.values()}
    for number in range(60):
        species = random_species(number)
        assert species.name not in BREEDS
        assert (species.base, species.head, species.muzzle, species.eye) not in traits


def test_every_third_species_is_a_near_twin_of_the_one_before():
    def shared(a, b):
        return sum(getattr(a, field) == getattr(b, field) for field in vars(a))

    twins = [shared(random_species(n), random_species(n - 1)) for n in range(2, 60, 3)]
    strangers = [shared(random_species(n), random_species(n - 1)) for n in range(1, 60, 3)]
    assert min(twins) > max(strangers) / 2
    assert np.mean(twins) > 2 * np.mean(strangers)


def test_a_negative_species_is_refused():
    with pytest.raises(ValueError, match="random_species: number -1"):
        random_species(-1)


def test_a_species_can_be_drawn_and_seeds_differ():
    pictures = [np.asarray(draw_species(5, seed, 48)) for seed in (0, 0, 1)]
    assert pictures[0].shape == (48, 48, 3) and pictures[0].dtype == np.uint8
    assert np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])


# Patterns


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_draws(family):
    for number in range(4):
        picture = np.asarray(draw_pattern(number, 3, 40, family))
        assert picture.shape == (40, 40, 3) and picture.dtype == np.uint8
        assert np.array_equal(picture, np.asarray(draw_pattern(number, 3, 40, family)))
        assert not np.array_equal(picture, np.asarray(draw_pattern(number, 4, 40, family)))
        assert picture.std() > 1


def test_an_unknown_family_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"family 'plaid'. Known: grating, .*fur"):
        random_pattern(0, "plaid")


def test_patterns_come_from_all_families():
    assert {random_pattern(number).family for number in range(200)} == set(FAMILIES)


# Drawing


def test_a_drawing_holds_every_class_in_order(drawn):
    pictures, plan = load_pictures(drawn)
    assert plan == PLAN and pictures.shape == (40, 32, 32, 3)
    for index in (0, 4):
        assert np.array_equal(pictures[index * 8 : (index + 1) * 8], draw_class(PLAN, index))


def test_a_stopped_drawing_goes_on(folder):
    record = json.loads((folder / "drawn.json").read_text(encoding="utf-8"))
    whole = np.load(folder / "pictures.npy")
    spoilt = whole.copy()
    spoilt[8:16] = 0
    np.save(folder / "pictures.npy", spoilt)
    record["done"].remove(1)
    (folder / "drawn.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="4 of 5 classes are drawn"):
        load_pictures(folder)
    draw_all(PLAN, folder, processes=1)
    assert np.array_equal(np.load(folder / "pictures.npy"), whole)


def test_a_folder_with_another_plan_is_refused(folder):
    with pytest.raises(ValueError, match="holds pictures of"):
        draw_all(PicturePlan(species=1, patterns=1, each=8, side=32), folder, processes=1)


def test_an_empty_folder_says_to_draw_first(tmp_path):
    with pytest.raises(FileNotFoundError, match="Run the recipe's `draw` first"):
        train(tmp_path, SHORT)


# Augmentation


def test_augmented_pictures_have_the_size_and_hang_on_the_generator():
    pictures = torch.arange(4 * 40 * 40 * 3).remainder(251).to(torch.uint8).view(4, 40, 40, 3)
    views = [augment(pictures, 24, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert views[0].shape == (4, 3, 24, 24) and views[0].dtype == torch.float32
    assert torch.equal(views[0], views[1]) and not torch.equal(views[0], views[2])


def test_normalising_a_grey_picture_gives_its_distance_from_the_mean():
    grey = torch.full((1, 2, 2, 3), 255, dtype=torch.uint8)
    assert torch.allclose(normalise(grey), torch.full((1, 3, 2, 2), (1 - 0.45) / 0.25))


# Training


def test_training_lowers_the_loss_and_leaves_the_global_rng_alone(folder, monkeypatch):
    # Without augmentation a few steps are enough to learn 30 pictures by heart.
    monkeypatch.setattr(training, "augment", lambda pictures, size, generator: normalise(pictures))
    before = torch.get_rng_state()
    path = train(folder, replace(SHORT, steps=25))
    assert torch.equal(before, torch.get_rng_state())
    rows = (folder / "log.csv").read_text(encoding="utf-8").splitlines()
    losses = [float(row.split(",")[4]) for row in rows[1:]]
    assert len(losses) == 25 and losses[-1] < losses[0] - 0.1
    features().load_state_dict(load_file(path))


def test_a_stopped_training_ends_with_the_same_numbers(folder, tmp_path_factory, monkeypatch):
    straight = load_file(train(folder, SHORT))
    other = tmp_path_factory.mktemp("stopped")
    for name in ("pictures.npy", "drawn.json"):
        (other / name).write_bytes((folder / name).read_bytes())
    calls = []

    def stopping(*arguments):
        calls.append(1)
        if len(calls) == 7:
            raise KeyboardInterrupt
        return real(*arguments)

    real = training.augment
    monkeypatch.setattr(training, "augment", stopping)
    with pytest.raises(KeyboardInterrupt):
        train(other, SHORT)
    monkeypatch.undo()
    resumed = load_file(train(other, SHORT))
    assert straight.keys() == resumed.keys()
    for name in straight:
        assert torch.equal(straight[name], resumed[name]), name


def test_a_checkpoint_of_other_settings_is_refused(folder):
    train(folder, replace(SHORT, steps=1))
    with pytest.raises(ValueError, match="written with"):
        train(folder, replace(SHORT, steps=1, rate=1e-3))


def test_too_few_pictures_for_a_batch_are_an_error(folder):
    with pytest.raises(ValueError, match="30 pictures for a batch of 64"):
        train(folder, TrainingSettings(steps=1, sizes=(32,), batch=64, workers=1))


def test_the_rate_warms_up_and_falls_to_nothing():
    settings = TrainingSettings(rate=1.0, warm_up=0.1)
    assert settings.rate_at(0) < 0.02
    assert settings.rate_at(0.1) == pytest.approx(1)
    assert settings.rate_at(1) == pytest.approx(0, abs=1e-9)


def test_sizes_take_equal_parts_of_the_run():
    settings = TrainingSettings(sizes=(64, 96))
    assert [settings.size_at(p) for p in (0, 0.49, 0.5, 1)] == [64, 64, 96, 96]


# Weights


def test_recalibration_takes_the_mean_over_the_batches():
    body = features()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        batches = [torch.randn(8, 3, 32, 32) * 3 + 1 for _ in range(3)]
    recalibrate(body, batches)
    first_convolution, norm = body[0][0], body[0][1]
    means = [first_convolution(batch).mean((0, 2, 3)) for batch in batches]
    assert torch.allclose(norm.running_mean, torch.stack(means).mean(0), atol=1e-5)
    assert norm.momentum == 0.1 and not body.training


def test_saved_weights_load_strictly_into_torchvision(tmp_path):
    from torchvision.models import mobilenet_v3_small

    body = features()
    save_weights(body, tmp_path / "w.safetensors", {"note": "a", "minutes": 3})
    mobilenet_v3_small().features.load_state_dict(load_file(tmp_path / "w.safetensors"))
    with safe_open(tmp_path / "w.safetensors", "pt") as file:
        assert file.metadata()["minutes"] == "3"


def test_the_embedded_weights_load_strictly_and_tell_their_recipe():
    from torchvision.models import mobilenet_v3_small

    assert POCKETNET.stat().st_size < 4_000_000
    with safe_open(POCKETNET, "pt") as file:
        metadata = file.metadata()
    assert json.loads(metadata["mean"]) == [0.45] * 3
    assert json.loads(metadata["std"]) == [0.25] * 3
    assert {"settings", "plan", "pictures_seen", "frozen_error"} <= metadata.keys()
    mobilenet_v3_small().features.load_state_dict(load_file(POCKETNET))


def test_the_normalisation_is_that_of_the_architecture():
    from lab.models.architectures import architecture

    with safe_open(POCKETNET, "pt") as file:
        metadata = file.metadata()
    arch = architecture("pocketnet")
    assert list(arch.mean) == json.loads(metadata["mean"])
    assert list(arch.std) == json.loads(metadata["std"])


# Transfer


def test_pocketnet_beats_a_random_body_on_breeds_it_never_saw():
    names = ["Abyssinian", "Bombay", "beagle", "pug"]
    pictures, labels = breed_pictures(12, 64, names)
    held_out = torch.arange(len(labels)) % 12 >= 8
    body = features()
    body.load_state_dict(load_file(POCKETNET))
    rows = outputs(body, pictures)
    assert rows.shape == (48, 1152) and torch.equal(rows, outputs(body, pictures))
    parts = [(rows[part], labels[part]) for part in (~held_out, held_out)]
    error = frozen_error(*parts, epochs=30)
    assert error <= 0.25
    assert error == frozen_error(*parts, epochs=30)


def test_fine_tuning_gives_an_error_rate_and_moves_the_body():
    pictures, labels = breed_pictures(4, 32, ["Bombay", "pug"])
    body = features()
    before = {name: tensor.clone() for name, tensor in body.state_dict().items()}
    error = tuned_error(body, (pictures, labels), (pictures, labels), epochs=1)
    assert 0 <= error <= 1
    assert not torch.equal(before["0.0.weight"], body.state_dict()["0.0.weight"])
    assert pooled(body, torch.zeros(2, 3, 32, 32)).shape == (2, 1152)


# The command line


def test_the_recipe_draws_and_trains_from_the_command_line(tmp_path, capsys):
    out = str(tmp_path)
    main(
        ["draw", "--out", out, "--species", "1", "--patterns", "4", "--each", "30", "--side", "16",
         "--workers", "1"]
    )  # fmt: skip
    main(["train", "--out", out, "--minutes", "0.01", "--sizes", "32", "--workers", "1"])
    assert (tmp_path / "features.safetensors").is_file()
    assert "features.safetensors" in capsys.readouterr().out

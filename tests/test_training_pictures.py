"""A learner on pictures: precomputed activations, predictions, test-time augmentation, results."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from small import COLOURS, draw_picture, picture_folder, small_classifier, small_dls

import lab
from lab.models import activations
from lab.training.predictor import load_learner

AUGMENT = lab.aug_transforms(size=64, min_scale=0.8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours")


@pytest.fixture
def computed(monkeypatch):
    """How often activations were computed, rather than opened from the cache."""
    calls = []
    original = activations._write

    def counted(*args):
        calls.append(args[0].name)
        return original(*args)

    monkeypatch.setattr(activations, "_write", counted)
    return calls


def test_precomputed_training_equals_training_through_the_pictures(folder):
    losses = []
    for precompute in (True, False):
        learn = small_classifier(
            folder, precompute=precompute, item_tfms=lab.Resize(64, method="squish"), dropout=0.0
        )
        learn.dls.train.shuffle = False
        learn.fit_one_cycle(2, 1e-3)
        losses.append([row["loss"] for row in learn.history.steps])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3, abs=1e-5)


def test_auto_precomputes_when_nothing_random_stands_before_the_frozen_body(folder, computed):
    plain = small_classifier(folder, item_tfms=lab.Resize(64, method="squish"))
    plain.fit(1, 1e-3)
    assert len(computed) == 2, "one pass for train, one for valid"
    random_crop = small_classifier(folder)
    assert random_crop.dls.train.random
    random_crop.fit(1, 1e-3)
    assert len(computed) == 3, "one more pass, for its validation pictures, which nothing random changes"
    random_crop.precompute = False
    random_crop.fit(1, 1e-3)
    random_crop.get_preds()
    assert len(computed) == 3, "False: never"
    plain.unfreeze()
    plain.fit(1, 1e-4)
    assert len(computed) == 3, "an unfrozen body is trained through the pictures"


def test_activations_are_computed_once_and_opened_the_next_time(folder, computed):
    for _ in range(2):
        learn = small_classifier(folder, precompute=True)
        learn.fit(1, 1e-3)
        learn.fit(1, 1e-3)
    assert len(computed) == 2


def test_a_new_picture_a_new_size_or_new_weights_are_never_served_stale(tmp_path, computed):
    folder = picture_folder(tmp_path / "colours", each=6)
    small_classifier(folder, precompute=True).fit(1, 1e-3)
    draw_picture(folder / "red" / "new.png", COLOURS["red"], 99)
    small_classifier(folder, precompute=True).fit(1, 1e-3)
    assert len(computed) == 4
    small_classifier(folder, precompute=True, item_tfms=lab.Resize(72)).fit(1, 1e-3)
    assert len(computed) == 6
    small_classifier(folder, precompute=True, pretrained=False).fit(1, 1e-3)
    assert len(computed) == 8
    assert len(set(computed)) == 8


def test_a_killed_computation_leaves_nothing_that_could_be_taken_for_whole(folder, own_home, monkeypatch):
    learn = small_classifier(folder, precompute=True)

    def killed(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(learn.model, "features", killed)
    with pytest.raises(KeyboardInterrupt):
        learn.fit(1, 1e-3)
    assert list((own_home / "cache").glob("activations*")) == []


def test_a_full_disk_leaves_the_activations_in_memory_and_says_so(folder, own_home, monkeypatch):
    learn = small_classifier(folder, precompute=True)
    expected = small_classifier(folder, precompute=False)
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(activations.shutil, "disk_usage", lambda path: usage._replace(free=10_000_000))
    with pytest.warns(UserWarning, match="cannot be kept on disk.*PAWLAB_HOME") as said:
        learn.fit(1, 1e-3)
    assert len(said) == 2, "once for each split"
    assert list((own_home / "cache").glob("*activations*")) == []
    expected.dls.train.shuffle = learn.dls.train.shuffle = False
    rows = learn.inputs()[3].activations[0]
    with torch.no_grad(), expected.precision.autocast:
        live = torch.cat([expected.model.features(x) for x, _ in expected.dls.valid])
    torch.testing.assert_close(torch.from_numpy(rows), live.float(), rtol=1e-2, atol=1e-4)


def test_a_disk_that_fills_while_activations_are_written_raises_nothing(folder, own_home, monkeypatch):
    def full(file, header):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(activations.np.lib.format, "write_array_header_1_0", full)
    learn = small_classifier(folder, precompute=True)
    with pytest.warns(UserWarning, match="No space left on device"):
        learn.fit(1, 1e-3)
    assert len(learn.history) == 1
    assert list((own_home / "cache").glob("*activations*")) == []


def test_a_damaged_file_of_activations_is_computed_again(folder, own_home):
    small_classifier(folder, precompute=True).fit(1, 1e-3)
    for file in (own_home / "cache").glob("activations*"):
        file.write_bytes(file.read_bytes()[:1000])
    learn = small_classifier(folder, precompute=True)
    learn.fit(1, 1e-3)
    assert learn.inputs()[2].activations.shape == (1, learn.dls.train.n, 1152)


def test_several_augmented_draws_differ_and_take_turns(folder):
    learn = small_classifier(folder, precompute=3, batch_tfms=AUGMENT)
    _, _, train, valid = learn.inputs()
    assert train.activations.shape == (3, learn.dls.train.n, 1152)
    assert valid.activations.shape == (1, learn.dls.valid.n, 1152)
    assert not np.array_equal(train.activations[0], train.activations[1])
    train.shuffle = False
    passes = [torch.cat([x for x, _ in train]) for _ in range(4)]
    assert torch.equal(passes[0], passes[3])
    assert not torch.equal(passes[0], passes[1])


def test_precompute_true_says_once_that_augmentation_has_no_effect(folder, capsys):
    learn = small_classifier(folder, precompute=True, batch_tfms=AUGMENT)
    learn.fit(1, 1e-3)
    learn.fit(1, 1e-3)
    assert capsys.readouterr().out.count("augmentation has no effect") == 1
    quiet = small_classifier(folder, precompute=True, item_tfms=lab.Resize(64, method="squish"))
    quiet.fit(1, 1e-3)
    assert "no effect" not in capsys.readouterr().out


def test_precompute_is_checked_when_it_is_set_later(folder):
    learn = small_classifier(folder)
    learn.precompute = "yes"
    with pytest.raises(ValueError, match="precompute: got 'yes'"):
        learn.fit(1)


def test_tta_needs_a_loader_that_can_augment(folder):
    learn = small_classifier(folder)
    with pytest.raises(TypeError, match=r"tta: dl is a list.*dls.test_dl\(items\)"):
        learn.tta(dl=[learn.dls.one_batch()])


@pytest.mark.parametrize("value", ["yes", 0, -1, 1.5, None])
def test_precompute_refuses_what_it_does_not_know(folder, value):
    with pytest.raises(ValueError, match="precompute: got "):
        small_classifier(folder, precompute=value)


def test_predictions_come_in_file_order(folder):
    learn = small_classifier(folder, batch_tfms=AUGMENT)
    learn.fit(1, 1e-3)
    for split, loader in ((0, learn.dls.train), (1, learn.dls.valid)):
        probabilities, targets = learn.get_preds(ds_idx=split)
        labels = [learn.dls.vocab[t] for t in targets.tolist()]
        assert labels == [path.parent.name for path in loader.pictures.paths]
        again, _ = learn.get_preds(ds_idx=split)
        assert torch.equal(probabilities, again)


def test_precomputed_and_live_predictions_agree(folder):
    learn = small_classifier(folder, precompute=True)
    fast, _ = learn.get_preds()
    learn.precompute = False
    slow, _ = learn.get_preds()
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-4)


def test_the_head_learns_the_colours(folder):
    learn = small_classifier(folder, precompute=True)
    learn.fit_one_cycle(12, 1e-2)
    assert learn.history.epochs[-1]["accuracy"] == 1.0


def test_predict_takes_a_path_a_picture_and_an_array(folder):
    learn = small_classifier(folder, precompute=True)
    learn.fit_one_cycle(12, 1e-2)
    path = folder / "green" / "03.png"
    label, index, probabilities = learn.predict(path)
    assert (label, index) == ("green", 1)
    assert probabilities.shape == (3,)
    with Image.open(path) as picture:
        _, _, same = learn.predict(picture)
        _, _, also = learn.predict(np.asarray(picture))
    torch.testing.assert_close(probabilities, same)
    torch.testing.assert_close(probabilities, also)


def test_a_model_full_of_nan_predicts_nothing(folder):
    learn = small_classifier(folder)
    with torch.no_grad():
        learn.model.head[-1].bias.fill_(torch.nan)
    with pytest.raises(ValueError, match="the model gives NaN, so its training has failed"):
        learn.predict(folder / "red" / "00.png")


def test_predictions_equal_the_validation_of_the_same_picture(folder):
    learn = small_classifier(folder, batch_tfms=lab.aug_transforms(size=56))
    probabilities, _ = learn.get_preds()
    for row, path in zip(probabilities[:3], learn.dls.valid.pictures.paths[:3], strict=True):
        torch.testing.assert_close(learn.predict(path)[2], row, atol=1e-5, rtol=1e-4)


def test_tta_averages_the_plain_pass_and_n_augmented_ones_in_file_order(folder):
    learn = small_classifier(folder, batch_tfms=AUGMENT)
    learn.fit_one_cycle(2, 1e-3)
    draws, targets = learn.tta_draws(n=3)
    assert draws.shape == (4, learn.dls.valid.n, 3)
    plain, same_targets = learn.get_preds()
    torch.testing.assert_close(draws[0].exp(), plain, atol=1e-5, rtol=1e-4)
    assert torch.equal(targets, same_targets)
    assert not torch.allclose(draws[1], draws[2])
    mean, _ = learn.tta(n=3)
    torch.testing.assert_close(mean, draws.exp().mean(0))
    torch.testing.assert_close(mean.sum(1), torch.ones(len(mean)))
    assert torch.equal(learn.tta(n=3)[0], mean), "the same seed, the same numbers"
    with pytest.raises(ValueError, match="got n=0"):
        learn.tta(n=0)


def test_an_exported_model_predicts_the_same_elsewhere(folder, tmp_path):
    learn = small_classifier(folder, batch_tfms=AUGMENT, hidden=(64, 32))
    learn.fit(1, 1e-3)
    file = learn.export(tmp_path / "colours.safetensors")
    exported = load_learner(file)
    assert list(exported.vocab) == ["blue", "green", "red"]
    for path in learn.dls.valid.pictures.paths[:4]:
        torch.testing.assert_close(exported.predict(path)[2], learn.predict(path)[2])
    assert exported.probabilities([]).shape == (0, 3)


def test_show_results_is_a_sheet_of_pictures(folder):
    sheet = small_classifier(folder).show_results(n=4)
    assert sheet.width > 300
    assert sheet.height > 300


def test_a_folder_in_place_of_data_says_how_to_make_them(folder):
    with pytest.raises(TypeError, match=r"got a (Posix|Windows)Path as the data"):
        lab.cnn_learner(folder, "pocketnet")


def test_a_batch_size_above_the_set_and_a_remainder_of_one_train(folder):
    learn = small_classifier(folder, bs=500)
    learn.fit(1, 1e-3)
    assert len(learn.history.steps) == 1
    n = learn.dls.train.n
    odd = small_classifier(folder, bs=n - 1)
    odd.fit(1, 1e-3)
    assert len(odd.history.steps) == 1, "the single one left joins the batch before it"


def test_same_seed_same_numbers_on_pictures(folder):
    runs = []
    for _ in range(2):
        lab.set_seed(7)
        learn = small_classifier(folder, batch_tfms=AUGMENT)
        learn.unfreeze()
        learn.fit_one_cycle(1, 1e-3)
        runs.append([row["loss"] for row in learn.history.steps])
    assert runs[0] == runs[1]


def test_loading_pictures_leaves_the_global_generator_alone(folder):
    dls = small_dls(folder, batch_tfms=AUGMENT)
    before = torch.get_rng_state()
    for _ in dls.train:
        pass
    assert torch.equal(before, torch.get_rng_state())

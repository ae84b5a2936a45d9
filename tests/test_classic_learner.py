"""`lab.classic`'s learner, scores and pictures: what each call gives, and the traps of 2018, closed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from course2018 import rows
from small import COLOURS, draw_picture
from test_classic_data import TFMS, folders

import lab
from lab import classic
from lab.core.optimisers import adamw
from lab.models import activations


@pytest.fixture
def root(tmp_path):
    return folders(tmp_path / "colours")


@pytest.fixture
def computed(monkeypatch):
    """For how many sets of pictures activations were computed, rather than opened from the cache."""
    calls, original = [], activations._batches

    def counted(*args):
        calls.append(args)
        return original(*args)

    monkeypatch.setattr(activations, "_batches", counted)
    return calls


def data_of(root, tfms=TFMS, **options):
    return classic.ImageClassifierData.from_paths(root, bs=4, tfms=tfms, test_name="test", **options)


def learner(root, tfms=TFMS, **options):
    given = {"precompute": True, "seed": 0, **options}
    return classic.ConvLearner.pretrained("pocketnet", data_of(root, tfms), **given)


# Stale activations


def test_activations_are_used_again_until_something_changes(root, computed):
    learner(root).fit(1e-2, 1)
    assert len(computed) == 2, "training and validation"
    learner(root).fit(1e-2, 1)
    assert len(computed) == 2, "a second start opens them"
    draw_picture(root / "train" / "red" / "new.png", COLOURS["red"], 50)
    learn = learner(root)
    learn.fit(1e-2, 1)
    assert len(computed) == 3, "a new training picture"
    assert len(learn.learner.inputs()[2].labels) == 13
    learner(root, classic.tfms_from_model("pocketnet", 40)).fit(1e-2, 1)
    assert len(computed) == 5, "another size"
    learn = learner(root)
    with torch.no_grad():
        next(learn.model.body.parameters()).mul_(1.5)
    learn.fit(1e-2, 1)
    assert len(computed) == 7, "other weights"


def test_a_test_folder_that_changes_is_predicted_anew(root, computed):
    learn = learner(root)
    first = learn.predict(is_test=True)
    assert learn.predict(is_test=True).shape == (3, 3)
    assert len(computed) == 1
    draw_picture(root / "test" / "0.png", (250, 20, 20), 60)
    draw_picture(root / "test" / "3.png", (20, 20, 250), 61)
    later = learner(root).predict(is_test=True)
    assert later.shape == (4, 3)
    assert len(computed) == 2
    assert not np.allclose(later[0], first[0])
    np.testing.assert_allclose(later[1:3], first[1:3], atol=1e-3)


def test_turning_precompute_off_trains_through_augmented_pictures(root, computed):
    learn = learner(root)
    learn.fit(1e-2, 1)
    learn.precompute = False
    assert hasattr(learn.learner.loaders()[0], "pictures")
    learn.fit(1e-2, 1)
    assert len(computed) == 2
    with pytest.raises(ValueError, match="precompute: got 'yes'"):
        learn.precompute = "yes"


def test_augmentation_without_effect_is_said_once(root, capsys):
    learn = learner(root)
    learn.fit(1e-2, 1)
    learn.lr_find()
    learn.fit(1e-2, 1)
    assert capsys.readouterr().out.count("augmentation has no effect") == 1


def test_precomputed_predictions_are_those_of_the_pictures(root):
    learn = learner(root)
    learn.fit(1e-2, 2)
    for is_test in (False, True):
        quick = learn.predict(is_test)
        learn.precompute = False
        np.testing.assert_allclose(learn.predict(is_test), quick, atol=0.02)
        learn.precompute = True


# Freezing, saving, loading


def test_unfreezing_trains_the_body_although_precompute_is_on(root):
    learn = learner(root)
    body = [p.clone() for p in learn.model.body.parameters()]
    learn.unfreeze()
    learn.fit(1e-2, 1)
    assert not all(torch.equal(a, b) for a, b in zip(body, learn.model.body.parameters(), strict=True))


@pytest.mark.parametrize(
    ("n", "training"), [(0, [True, True, True]), (1, [False, True, True]), (-1, [False, False, True])]
)
def test_freeze_to_counts_layer_groups(root, n, training):
    learn = learner(root)
    learn.unfreeze()
    learn.freeze_to(n)
    groups = learn.model.groups()
    assert [all(p.requires_grad for m in group for p in m.parameters()) for group in groups] == training
    learn.freeze()
    assert learn.model.frozen_groups == 2
    with pytest.raises(ValueError, match="freeze_to: got 4, but the model has 3 layer groups"):
        learn.freeze_to(4)


def test_weights_saved_with_precompute_load_into_an_unfrozen_learner_without(root):
    learn = learner(root)
    learn.fit(1e-2, 2)
    file = learn.save("224_lastlayer")
    assert file == root / "models" / "224_lastlayer.safetensors"
    expected = learn.predict()
    other = learner(root, precompute=False, seed=1, opt_fn=adamw)
    other.unfreeze()
    other.fit(1e-2, 1)
    other.load("224_lastlayer")
    np.testing.assert_allclose(other.predict(), expected, atol=0.02)
    assert all(p.requires_grad for p in other.model.parameters()), "what is frozen stays as it was"
    other.fit(1e-4, 1)


def test_weights_are_found_again_under_resized_data(root):
    learn = learner(root)
    learn.save("first")
    learn.set_data(learn.data.resize(40))
    learn.load("first")
    small = classic.ConvLearner.pretrained("pocketnet", learn.data)
    small.load("first")
    with pytest.raises(FileNotFoundError, match=r"second.safetensors does not exist. Saved in .*: first"):
        small.load("second")


def test_larger_pictures_keep_the_head_and_freeze_the_body(root, computed):
    learn = learner(root)
    learn.fit(1e-2, 2)
    learn.unfreeze()
    head = [p.clone() for p in learn.model.head.parameters()]
    larger = data_of(root, classic.tfms_from_model("pocketnet", 48))
    learn.set_data(larger)
    assert learn.data is larger
    assert learn.model.frozen_groups == 2
    assert all(torch.equal(a, b) for a, b in zip(head, learn.model.head.parameters(), strict=True))
    learn.fit(1e-2, 1)
    assert len(computed) == 4, "activations of the larger pictures"


def test_data_with_other_classes_is_refused(root, tmp_path):
    learn = learner(root)
    other = folders(tmp_path / "other")
    for split in ("train", "valid"):
        (other / split / "red").rename(other / split / "violet")
    with pytest.raises(ValueError, match="set_data: the model knows 3 classes.*'red', 'violet'"):
        learn.set_data(data_of(other))


def test_what_is_no_data_is_named(root):
    with pytest.raises(TypeError, match="pretrained: got a str as the data. Give ImageClassifierData"):
        classic.ConvLearner.pretrained("pocketnet", "data/dogscats")
    with pytest.raises(TypeError, match="set_data: got a DataLoaders as the data"):
        learner(root).set_data(data_of(root).dls)


# Fitting


def test_a_rate_array_of_another_length_says_which_groups_there_are(root):
    with pytest.raises(ValueError, match="got 2 rates, but there are 3.*early layers.*late layers.*head"):
        learner(root).fit(np.array([1e-3, 1e-2]), 1)
    with pytest.raises(ValueError, match="wd: got 2 weight decays for 3 layer groups"):
        learner(root).fit(1e-2, 1, wds=[1e-3, 1e-2])


def test_wds_gives_each_group_its_decay(root):
    learn = learner(root)
    decays = learn.learner.optimiser.param_groups
    assert {group["weight_decay"] for group in decays} == {0.0}
    learn.fit(1e-2, 1, wds=np.array([1e-4, 1e-3, 1e-2]))
    found = {(g["layer_group"], g["weight_decay"]) for g in decays if any(p.ndim > 1 for p in g["params"])}
    assert found == {(0, 1e-4), (1, 1e-3), (2, 1e-2)}
    learn.fit(1e-2, 1)
    assert {group["weight_decay"] for group in decays} == {0.0}


def test_a_fit_prints_a_row_of_four_numbers_an_epoch(root, capsys):
    learn = learner(root)
    learn.fit(1e-2, 2, cycle_len=2)
    printed = rows(capsys.readouterr().out)
    history = learn.sched.history
    assert [row[0] for row in printed] == [0, 1, 2, 3]
    for row, kept in zip(printed, history.epochs, strict=True):
        assert row[1:] == pytest.approx((kept["train_loss"], kept["valid_loss"], kept["accuracy"]), abs=1e-5)


@pytest.mark.parametrize(
    "options",
    [{"n_cycle": 0}, {"n_cycle": 1, "cycle_len": 0}, {"n_cycle": 2, "cycle_len": 1, "cycle_mult": 0}],
)
def test_a_fit_of_no_epochs_is_refused(root, options):
    with pytest.raises(ValueError, match="whole number"):
        learner(root).fit(1e-2, **options)


def test_cycle_mult_without_cycle_len_would_be_passed_over_so_it_is_refused(root):
    with pytest.raises(ValueError, match="got cycle_mult=2 without cycle_len"):
        learner(root).fit(1e-2, 3, cycle_mult=2)


def test_sched_has_nothing_to_show_before_and_the_latest_after(root):
    learn = learner(root)
    with pytest.raises(RuntimeError, match=r"sched.plot_lr: nothing has been trained yet"):
        learn.sched.plot_lr()
    learn.fit(1e-2, 1)
    assert learn.sched.lrs == [1e-2] * 3
    assert len(learn.sched.losses) == 3
    assert len(learn.sched.plot_loss().data) >= 2
    with pytest.raises(RuntimeError, match=r"Call learn.lr_find\(\) first"):
        learn.sched.plot()
    found = learn.lr_find(1e-4, 1)
    assert learn.sched.lrs == list(found.lrs)
    assert learn.sched.lrs[0] == pytest.approx(1e-4)
    assert learn.sched.plot_loss().data


# The head


def test_the_head_has_the_layers_and_the_dropout_asked_for(root):
    def shape(**options):
        head = learner(root, **options).model.head
        sizes = [layer.out_features for layer in head if isinstance(layer, torch.nn.Linear)]
        return sizes, [layer.p for layer in head if isinstance(layer, torch.nn.Dropout)]

    assert shape() == ([512, 3], [0.25, 0.5])
    assert shape(ps=0.4) == ([512, 3], [0.4, 0.4])
    assert shape(xtra_fc=[64, 32], ps=[0.1, 0.2, 0.3]) == ([64, 32, 3], [0.1, 0.2, 0.3])
    assert shape(xtra_fc=[]) == ([3], [0.5])
    with pytest.raises(ValueError, match="got 1 dropouts for 2 linear layers"):
        shape(ps=[0.1])


def test_xtra_cut_leaves_out_layers_at_the_end_of_the_body(root):
    whole, cut = learner(root), learner(root, xtra_cut=2)
    assert len(cut.model.body) == len(whole.model.body) - 2
    cut.fit(1e-2, 1)
    assert cut.predict().shape == (6, 3)
    cut.save("cut")
    with pytest.raises(ValueError, match=r"holds weights of pocketnet\[:-2\]"):
        whole.load("cut")


# Predictions and scores


def test_predictions_are_log_probabilities_in_file_order(root):
    learn = learner(root, precompute=False)
    learn.fit(1e-2, 4)
    log_preds = learn.predict()
    assert log_preds.shape == (6, 3)
    assert np.exp(log_preds).sum(1) == pytest.approx(1, abs=1e-5)
    for i, name in enumerate(learn.data.val_ds.fnames):
        _, _, probabilities = learn.learner.predict(root / name)
        np.testing.assert_allclose(np.exp(log_preds[i]), probabilities, atol=0.02)


@pytest.mark.parametrize("is_test", [False, True])
def test_tta_stacks_the_plain_predictions_and_the_augmented_ones_in_file_order(root, is_test):
    learn = learner(root)
    learn.fit(1e-2, 2)
    log_preds, y = learn.TTA(2, is_test)
    n = 3 if is_test else 6
    assert log_preds.shape == (3, n, 3)
    assert y.tolist() == ([-1] * 3 if is_test else learn.data.val_y.tolist())
    np.testing.assert_allclose(log_preds[0], learn.predict(is_test), atol=0.05)
    assert not np.array_equal(log_preds[1], log_preds[2])


def test_there_is_no_predicting_a_test_set_that_is_not_there(root):
    data = classic.ImageClassifierData.from_paths(root, tfms=TFMS)
    learn = classic.ConvLearner.pretrained("pocketnet", data)
    for call in (learn.predict, learn.TTA):
        with pytest.raises(ValueError, match="no test pictures. Give it test_name='test'"):
            call(is_test=True)


STACK = np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.8, 0.2], [0.9, 0.1]]])


def test_scores_take_stacked_averaged_and_logarithmic_predictions_alike():
    y = np.array([0, 1])
    mean = STACK.mean(0)
    for preds in (STACK, np.log(STACK), mean, np.log(mean), torch.tensor(mean)):
        assert classic.accuracy(preds, y) == 0.5
        assert classic.accuracy_np(preds, y) == 0.5
        assert classic.log_loss(y, preds) == pytest.approx(-np.log([0.85, 0.35]).mean())
        assert classic.metrics.log_loss(preds, y) == classic.log_loss(y, preds)


def test_the_confusion_matrix_of_numbers_is_that_of_the_core():
    cm = classic.confusion_matrix([0, 0, 1, 2], [0, 1, 1, 1])
    assert cm.tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert classic.metrics.confusion_matrix([0], [0]).tolist() == [[1]]


def test_plots_takes_channels_first_or_last_and_writes_titles():
    pictures = np.random.default_rng(0).random((4, 20, 24, 3))
    one = classic.plots(pictures, rows=1, titles=[0.123456, (np.float32(0.5), 1), "a", 2], maintitle="Four")
    two = classic.plots(
        pictures.transpose(0, 3, 1, 2), rows=1, titles=["0.1235", "0.5, 1", "a", "2"], maintitle="Four"
    )
    assert one.tobytes() == two.tobytes()
    assert classic.plots(list(pictures), rows=2).width < one.width + 300
    with pytest.raises(ValueError, match="rows=0"):
        classic.plots(pictures, rows=0)
    with pytest.raises(ValueError, match="no pictures"):
        classic.plots([])


# Names


def test_the_star_brings_all_that_the_lessons_use():
    used = """np pd plt os torch F PIL ImageClassifierData ConvLearner tfms_from_model transforms_side_on
        transforms_top_down transforms_basic get_cv_idxs accuracy accuracy_np log_loss metrics plots
        plot_confusion_matrix confusion_matrix binary_loss resnet34 pocketnet mobilenet_v2"""
    assert [name for name in used.split() if name not in classic.__all__] == []
    assert [name for name in classic.__all__ if not hasattr(classic, name)] == []
    assert classic.resnet34 is lab.resnet34
    assert classic.binary_loss is lab.binary_loss


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("matplotlib", "plotly", "IPython", "ipywidgets"):
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
from lab.classic import *
print(repr(plt))
try:
    plt.imshow([[1]])
except ImportError as error:
    print(error)
"""


def test_without_matplotlib_only_plt_itself_is_missing_and_says_how_to_get_it():
    package = Path(lab.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, cwd=package)
    first, second = done.stdout.splitlines()
    assert first.startswith("plt (matplotlib.pyplot"), done.stderr
    assert second.startswith("plt.imshow needs matplotlib, which is not installed")
    assert 'pip install "pawlab[classic]"' in second

"""The lesson "Choosing a learning rate" of 2018 in its order, on small drawn cats and dogs."""
# ruff: noqa: F403, F405  (as in the lesson, all names come from the star)

import pytest
from course2018 import cycle_starts, own_copy, right_in_training, rows

from lab.classic import *

sz = 64
arch = pocketnet


@pytest.fixture(scope="module")
def PATH(drawn, tmp_path_factory):  # noqa: N802
    return own_copy(drawn("dogscats"), tmp_path_factory.mktemp("lesson"))


@pytest.fixture
def augmented(PATH):  # noqa: N803
    tfms = tfms_from_model(arch, sz, aug_tfms=transforms_side_on, max_zoom=1.1)
    return ImageClassifierData.from_paths(PATH, bs=16, tfms=tfms)


def test_the_machine_and_the_folder_are_looked_at(PATH):  # noqa: N803
    plt.switch_backend("Agg")
    assert torch.cuda.is_available() in (True, False)
    assert torch.backends.cudnn.enabled in (True, False)
    assert {"train", "valid", "test"} <= set(os.listdir(PATH))
    assert sorted(os.listdir(f"{PATH}valid")) == ["cats", "dogs"]
    files = os.listdir(f"{PATH}valid/cats")[6:10]
    img = plt.imread(f"{PATH}valid/cats/{files[1]}")
    assert img.ndim == 3
    assert img.dtype == np.uint8
    shown = plt.imshow(img)
    assert shown.get_array().shape == img.shape
    plt.close("all")


def test_a_first_model_is_trained_for_four_epochs(PATH, capsys):  # noqa: N803
    data = ImageClassifierData.from_paths(PATH, tfms=tfms_from_model(arch, sz))
    learn = ConvLearner.pretrained(arch, data, precompute=True, seed=0)
    learn.fit(0.009, 4)
    printed = rows(capsys.readouterr().out)
    assert [row[0] for row in printed] == [0, 1, 2, 3]
    assert printed[-1][1] < printed[0][1], "the training loss falls"
    assert right_in_training(learn) > 0.8
    assert {row["lr"] for row in learn.sched.history.steps} == {0.009}


def test_the_rate_finder_sweeps_and_leaves_the_new_learner_as_it_was(PATH):  # noqa: N803
    data = ImageClassifierData.from_paths(PATH, tfms=tfms_from_model(arch, sz))
    learn = ConvLearner.pretrained(arch, data, precompute=True)
    before = {name: tensor.clone() for name, tensor in learn.model.state_dict().items()}
    learn.lr_find()
    figure = learn.sched.plot_lr()
    factors = np.diff(np.log(figure.data[0].y))
    assert factors == pytest.approx(np.full(len(factors), factors[0])), "the same factor at every step"
    assert all(torch.equal(before[name], tensor) for name, tensor in learn.model.state_dict().items())


def test_six_augmentations_of_one_picture_all_differ(PATH):  # noqa: N803
    tfms = tfms_from_model(arch, sz, aug_tfms=transforms_side_on, max_zoom=1.1)

    def get_augs():
        data = ImageClassifierData.from_paths(PATH, bs=2, tfms=tfms, num_workers=1)
        x, _ = next(iter(data.aug_dl))
        return data.trn_ds.denorm(x)[1]

    ims = np.stack([get_augs() for i in range(6)])
    assert ims.shape == (6, sz, sz, 3)
    assert len({picture.tobytes() for picture in ims}) == 6
    sheet = plots(ims, rows=2)
    assert sheet.width > sheet.height, "three beside each other in two rows"


def test_from_the_last_layer_to_test_time_augmentation(augmented, capsys):
    learn = ConvLearner.pretrained(arch, augmented, precompute=True, seed=0)
    learn.fit(1e-2, 1)
    said = capsys.readouterr().out
    assert said.count("augmentation has no effect") == 1
    learn.precompute = False
    learn.fit(1e-2, 3, cycle_len=1)
    said = capsys.readouterr().out
    assert "augmentation" not in said
    assert len(rows(said)) == 3
    batches = len(augmented.trn_dl)
    assert cycle_starts(learn.sched) == [0, 1, 2], "three restarts"
    assert len(learn.sched.lrs) == 3 * batches

    learn.save("224_lastlayer")
    last_layer = learn.predict()
    learn.fit(1e-2, 1)
    learn.load("224_lastlayer")
    np.testing.assert_allclose(learn.predict(), last_layer, atol=1e-5)

    learn.unfreeze()
    lr = np.array([1e-4, 1e-3, 1e-2])
    capsys.readouterr()
    learn.fit(lr, 3, cycle_len=1, cycle_mult=2)
    assert [row[0] for row in rows(capsys.readouterr().out)] == list(range(7)), "1 + 2 + 4 epochs"
    assert cycle_starts(learn.sched) == [0, 1, 3]
    curve = learn.sched.plot_lr().data[0]
    assert max(curve.y) == 1e-2, "the rate of the final layers"
    for row in learn.sched.history.steps:
        assert row["lrs"] == pytest.approx((row["lr"] / 100, row["lr"] / 10, row["lr"])), (
            "always the same multiples"
        )

    learn.save("224_all")
    learn.load("224_all")
    log_preds, y = learn.TTA()
    n = len(augmented.val_ds)
    assert log_preds.shape == (5, n, 2)
    assert np.array_equal(y, augmented.val_y)
    probs = np.mean(np.exp(log_preds), 0)
    assert accuracy_np(probs, y) == accuracy(log_preds, y)
    assert accuracy_np(probs, y) > 0.5
    assert right_in_training(learn) > 0.85

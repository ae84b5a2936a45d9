"""The first notebook of the 2018 course in its order, on small drawn cats and dogs."""
# ruff: noqa: F403, F405  (as in the lesson, all names come from the star)

import pytest
from course2018 import cycle_starts, own_copy, right_in_training, rows

from lab.classic import *

sz = 64


@pytest.fixture(scope="module")
def PATH(drawn, tmp_path_factory):  # noqa: N802
    path = own_copy(drawn("dogscats"), tmp_path_factory.mktemp("lesson"))
    os.makedirs(f"{path}models", exist_ok=True)
    return path


@pytest.fixture
def data(PATH):  # noqa: N803
    return ImageClassifierData.from_paths(PATH, tfms=tfms_from_model(pocketnet, sz))


@pytest.fixture
def learn(data):
    learn = ConvLearner.pretrained(pocketnet, data, precompute=True, seed=0)
    learn.fit(0.01, 1)
    return learn


def test_a_first_look_at_a_picture(PATH):  # noqa: N803
    plt.switch_backend("Agg")
    files = sorted(os.listdir(f"{PATH}valid/cats"))[:10]
    img = plt.imread(f"{PATH}valid/cats/{files[0]}")
    plt.imshow(img)
    plt.close("all")
    assert img.shape[2] == 3
    assert img[:4, :4].shape == (4, 4, 3)
    assert 0 <= img.min() <= img.max() <= 255


def test_the_labels_and_the_predictions_of_the_validation_set(data, learn):
    assert data.classes == ["cats", "dogs"], "cats are 0 and dogs are 1"
    assert data.val_y.tolist() == [0] * 10 + [1] * 10
    log_preds = learn.predict()
    assert log_preds.shape == (20, 2)
    assert (log_preds <= 0).all()
    assert np.exp(log_preds).sum(1) == pytest.approx(1, abs=1e-4)


def test_the_five_kinds_of_pictures_to_look_at(data, learn):
    log_preds = learn.predict()
    preds = np.argmax(log_preds, axis=1)
    probs = np.exp(log_preds[:, 1])

    def load(indices):
        return np.stack([data.val_ds[x][0] for x in indices])

    correct = np.where(preds == data.val_y)
    corr_ind = np.random.default_rng(0).choice(correct[0], 4, replace=False)
    sheet = plots(
        data.val_ds.denorm(load(corr_ind)),
        rows=1,
        titles=[probs[x] for x in corr_ind],
        maintitle="Correctly classified",
    )
    assert sheet.width > 3 * sheet.height / 2
    incorrect = np.where(preds != data.val_y)[0]
    assert len(incorrect), "one label of the drawn set is planted wrong"
    plots(data.val_ds.denorm(load(incorrect[:4])), rows=1, titles=[probs[x] for x in incorrect[:4]])

    correct_cats = np.where((preds == data.val_y) & (data.val_y == 0))[0]
    most_correct_cats = np.argsort(probs[correct_cats])[:4]
    assert (probs[correct_cats[most_correct_cats]] < 0.5).all()
    correct_dogs = np.where((preds == data.val_y) & (data.val_y == 1))[0]
    most_correct_dogs = np.argsort(-probs[correct_dogs])[:4]
    assert (probs[correct_dogs[most_correct_dogs]] > 0.5).all()
    for chosen in (correct_cats[most_correct_cats], correct_dogs[most_correct_dogs]):
        plots(
            data.val_ds.denorm(load(chosen)),
            rows=1,
            titles=[probs[x] for x in chosen],
            maintitle="Most correct",
        )

    most_uncertain = np.argsort(np.abs(probs - 0.5))[:8]
    titles = [(probs[x], data.val_y[x]) for x in most_uncertain]
    sheet = plots(data.val_ds.denorm(load(most_uncertain)), rows=2, titles=titles, maintitle="Most uncertain")
    assert sheet.width > sheet.height


def test_the_pictures_of_the_set_are_those_of_their_files(PATH, data):  # noqa: N803
    name = data.val_ds.fnames[0]
    assert name.startswith("valid/cats/")
    x, y = data.val_ds[0]
    assert x.shape == (3, sz, sz)
    assert y == 0
    with PIL.Image.open(PATH + name) as picture:
        whole = np.asarray(picture.convert("RGB")) / 255
    assert data.val_ds.denorm(x)[0].mean() == pytest.approx(whole.mean(), abs=0.1)


def test_the_confusion_matrix_counts_every_validation_picture(data, learn):
    preds = np.argmax(learn.predict(), axis=1)
    cm = confusion_matrix(data.val_y, preds)
    assert cm.sum(axis=1).tolist() == [10, 10]
    assert np.trace(cm) == (preds == data.val_y).sum()
    figure = plot_confusion_matrix(cm, data.classes)
    assert figure.data[0].type == "heatmap"


def test_the_cell_that_imports_scikit_learn_plays_as_it_stands(data, learn):
    preds = np.argmax(learn.predict(), axis=1)
    ours = confusion_matrix(data.val_y, preds)
    names = {**globals(), "data": data, "preds": preds}
    exec("from sklearn.metrics import confusion_matrix\ncm = confusion_matrix(data.val_y, preds)", names)
    exec("figure = plot_confusion_matrix(cm, data.classes)", names)
    assert names["confusion_matrix"].__module__.startswith("sklearn")
    assert names["cm"].tolist() == ours.tolist()
    assert names["figure"].data[0].type == "heatmap"


def test_a_second_fit_goes_on_and_the_loss_is_what_the_lesson_computes_by_hand(learn, capsys):
    capsys.readouterr()
    first = learn.learner.history.epochs[-1]["train_loss"]
    learn.fit(0.01, 1)
    (printed,) = rows(capsys.readouterr().out)
    assert printed[1] < first
    acts = np.array([1, 0, 0, 1])
    preds = np.array([0.9, 0.1, 0.2, 0.8])
    assert binary_loss(acts, preds) == pytest.approx(0.164252033486018)
    assert binary_loss([1], [0.9]) == pytest.approx(0.10, abs=0.01)
    assert binary_loss([0], [0.9]) == pytest.approx(2.30, abs=0.01)


def test_the_rate_finder_has_both_charts(data):
    learn = ConvLearner.pretrained(pocketnet, data, precompute=True, seed=0)
    learn.lr_find()
    rates = learn.sched.plot_lr().data[0].y
    assert list(rates) == sorted(rates)
    losses = learn.sched.plot().data[0]
    assert losses.x[0] == pytest.approx(1e-5)
    assert len(losses.y) == len(learn.sched.losses) == len(learn.sched.lrs)


def test_the_eight_steps_to_a_good_classifier(PATH, capsys):  # noqa: N803
    tfms = tfms_from_model(pocketnet, sz, aug_tfms=transforms_side_on, max_zoom=1.1)
    data = ImageClassifierData.from_paths(PATH, bs=16, tfms=tfms)
    learn = ConvLearner.pretrained(pocketnet, data, precompute=True, seed=0)
    assert learn.lr_find().lr_min is not None
    learn.fit(1e-2, 1)
    assert capsys.readouterr().out.count("augmentation has no effect") == 1
    learn.precompute = False
    learn.fit(1e-2, 3, cycle_len=1)
    assert cycle_starts(learn.sched) == [0, 1, 2]
    assert accuracy(*learn.TTA()) >= 0.5
    learn.save("224_lastlayer")
    learn.load("224_lastlayer")
    learn.unfreeze()
    learn.lr_find()
    lr = np.array([1e-4, 1e-3, 1e-2])
    capsys.readouterr()
    learn.fit(lr, 3, cycle_len=1, cycle_mult=2)
    assert len(rows(capsys.readouterr().out)) == 7
    assert cycle_starts(learn.sched) == [0, 1, 3]
    learn.save("224_all")
    log_preds, y = learn.TTA(3)
    assert log_preds.shape == (4, len(y), 2)
    assert accuracy(log_preds, y) >= 0.5
    assert right_in_training(learn) > 0.85
    assert sorted(os.listdir(f"{PATH}models")) == ["224_all.safetensors", "224_lastlayer.safetensors"]

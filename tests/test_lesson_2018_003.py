"""The 2018 lesson on cats and dogs, then dog breeds from a table, in its order, on small drawn sets.

Sizes are a fifth of the lesson's: 64 and 80 pixels for its 224 and 299, copies of 72 for its 340.
"""
# ruff: noqa: F403, F405  (as in the lesson, all names come from the star)

import pytest
from course2018 import cycle_starts, own_copy, right_in_training, rows

from lab.classic import *

arch, bs = pocketnet, 24


@pytest.fixture(scope="module")
def PATH(drawn, tmp_path_factory):  # noqa: N802
    return own_copy(drawn("dogbreeds"), tmp_path_factory.mktemp("breeds"))


@pytest.fixture
def val_idxs(PATH):  # noqa: N803
    with open(f"{PATH}labels.csv") as file:  # noqa: PTH123  as the lesson does
        n = len(list(file)) - 1
    return get_cv_idxs(n)


def get_data(PATH, val_idxs, sz, bs):  # noqa: N803
    tfms = tfms_from_model(arch, sz, aug_tfms=transforms_side_on, max_zoom=1.1)
    data = ImageClassifierData.from_csv(
        PATH,
        "train",
        f"{PATH}labels.csv",
        test_name="test",
        val_idxs=val_idxs,
        suffix=".jpg",
        tfms=tfms,
        bs=bs,
    )
    return data if sz > 72 else data.resize(72, "tmp")


def size_of(file):
    with PIL.Image.open(file) as picture:  # the lesson leaves it open
        return picture.size


def test_cats_and_dogs_again(drawn, tmp_path, capsys):
    folder = own_copy(drawn("dogscats"), tmp_path)
    data = ImageClassifierData.from_paths(folder, tfms=tfms_from_model(arch, 64))
    learn = ConvLearner.pretrained(arch, data, precompute=True, seed=0)
    learn.fit(0.01, 3)
    printed = rows(capsys.readouterr().out)
    assert len(printed) == 3
    assert printed[-1][1] < printed[0][1]
    log_preds, y = learn.TTA()
    assert 0.5 <= accuracy(log_preds, y) <= 1


def test_the_validation_indices_are_the_lessons_very_own():
    val_idxs = get_cv_idxs(10222)
    assert len(val_idxs) == 2044
    assert val_idxs[:3].tolist() == [3694, 1573, 6281]
    assert val_idxs[-3:].tolist() == [5734, 5191, 5390]


def test_the_table_of_labels_is_explored(PATH):  # noqa: N803
    label_df = pd.read_csv(f"{PATH}labels.csv")
    assert label_df.head().columns.tolist() == ["id", "breed"]
    counts = label_df.pivot_table(index="breed", aggfunc=len).sort_values("id", ascending=False)[:10]
    assert len(counts) == 10
    assert counts["id"].is_monotonic_decreasing


def test_the_pictures_sizes_and_the_classes_are_explored(PATH, val_idxs):  # noqa: N803
    plt.switch_backend("Agg")
    data = get_data(PATH, val_idxs, 80, bs)
    fn = PATH + data.trn_ds.fnames[0]
    assert size_of(fn)[0] > 72
    size_d = {k: size_of(PATH + k) for k in data.trn_ds.fnames}
    row_sz, col_sz = list(zip(*size_d.values(), strict=True))
    row_sz, col_sz = np.array(row_sz), np.array(col_sz)
    for sizes in (row_sz, row_sz[row_sz < 1000], col_sz, col_sz[col_sz < 1000]):
        counts, edges, _ = plt.hist(sizes)
        assert counts.sum() == len(sizes)
        assert edges[0] == sizes.min()
    plt.close("all")

    label_df = pd.read_csv(f"{PATH}labels.csv")
    trained = [f"train/{name}.jpg" for i, name in enumerate(label_df["id"]) if i not in set(val_idxs)]
    assert data.trn_ds.fnames == trained, "in the table's order"
    assert len(data.trn_ds) + len(data.val_ds) == len(label_df)
    assert len(data.test_ds) == len(os.listdir(f"{PATH}test"))
    assert data.classes == sorted(label_df["breed"].unique())
    assert data.c == len(data.classes)


def test_small_copies_then_larger_pictures_then_a_score_and_a_submission(PATH, val_idxs, capsys):  # noqa: N803
    data = get_data(PATH, val_idxs, 64, bs)
    assert data.trn_ds.fnames[0].startswith("tmp/72/train/")
    assert min(size_of(PATH + data.trn_ds.fnames[0])) == 72
    learn = ConvLearner.pretrained(arch, data, precompute=True, ps=0.5, seed=0)
    learn.fit(1e-2, 2)
    learn.precompute = False
    capsys.readouterr()
    learn.fit(1e-2, 5, cycle_len=1)
    assert len(rows(capsys.readouterr().out)) == 5
    assert right_in_training(learn) > 0.2, "guessing would be right once in 25"

    head = [p.clone() for p in learn.model.head.parameters()]
    learn.set_data(get_data(PATH, val_idxs, 80, bs))
    assert all(torch.equal(a, b) for a, b in zip(head, learn.model.head.parameters(), strict=True))
    assert next(iter(learn.data.trn_dl))[0].shape[2:] == (80, 80)
    learn.fit(1e-2, 3, cycle_len=1)
    learn.fit(1e-2, 3, cycle_len=1, cycle_mult=2)
    assert cycle_starts(learn.sched) == [0, 1, 3]
    assert right_in_training(learn) > 0.4

    log_preds, y = learn.TTA()
    probs = np.exp(log_preds)
    share, loss = accuracy(log_preds, y), metrics.log_loss(y, probs)
    assert share > 1 / 25
    assert 0 < loss < 4
    assert loss == pytest.approx(log_loss(np.mean(probs, 0), y))

    log_test, _ = learn.TTA(is_test=True)
    table = submission(log_test, learn.data)
    sample = pd.read_csv(f"{PATH}sample_submission.csv")
    assert table.columns.tolist() == sample.columns.tolist()
    assert table["id"].tolist() == sample["id"].tolist()
    assert table.drop(columns="id").sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-12)
    by_hand = pd.DataFrame(np.mean(np.exp(log_test), 0), columns=learn.data.classes)
    by_hand.insert(0, "id", [name[5:-4] for name in learn.data.test_ds.fnames])
    assert by_hand["id"].equals(table["id"])

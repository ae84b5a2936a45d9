"""Precision, recall, F1 and their averages: the numbers of scikit-learn, and what one class alone gives."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from small import picture_folder, small_classifier

from lab.class_report import class_report
from lab.interpret import ClassificationInterpretation

VOCAB = ["ant", "bee", "cat", "dog"]


def of(targets, preds, vocab=VOCAB):
    """An interpretation in which class preds[i] has probability 1."""
    paths = [f"{i}.jpg" for i in range(len(preds))]
    return ClassificationInterpretation(np.eye(len(vocab))[list(preds)], targets, paths, vocab)


def test_the_numbers_of_a_small_table_by_hand():
    report = of([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2]).report()
    assert list(report.columns) == ["precision", "recall", "f1-score", "support"]
    assert list(report.index) == [*VOCAB, "accuracy", "macro avg", "weighted avg"]
    assert report.loc["ant"].tolist() == pytest.approx([1, 2 / 3, 4 / 5, 3])
    assert report.loc["bee"].tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 2, 2])
    assert report.loc["cat"].tolist() == pytest.approx([1 / 2, 1, 2 / 3, 1])
    assert report.loc["dog"].tolist() == [0, 0, 0, 0], "a class without pictures that was never predicted"
    assert report.loc["accuracy"].tolist() == pytest.approx([4 / 6] * 3 + [6])
    assert report.loc["macro avg", "precision"] == pytest.approx((1 + 1 / 2 + 1 / 2 + 0) / 4)
    assert report.loc["weighted avg", "recall"] == pytest.approx(4 / 6)
    assert report["support"].dtype == np.int64


@pytest.mark.parametrize("zero_division", [0.0, 1.0, np.nan])
@pytest.mark.parametrize("seed", range(12))
def test_every_number_is_scikit_learns(seed, zero_division):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 30))
    targets, preds = (rng.integers(0, rng.integers(1, 5), n) for _ in range(2))  # often without some class
    report = class_report(targets, preds, VOCAB, zero_division)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of mean of nothing
        expected = metrics.classification_report(
            targets,
            preds,
            labels=range(4),
            target_names=VOCAB,
            output_dict=True,
            zero_division=zero_division,
        )
    accuracy = expected.pop("accuracy")
    assert report.loc["accuracy", "f1-score"] == pytest.approx(accuracy)
    assert set(expected) == set(report.index) - {"accuracy"}
    for row, numbers in expected.items():
        assert report.loc[row].to_dict() == pytest.approx(numbers, abs=1e-12, nan_ok=True), row


@pytest.mark.parametrize("value", ["warn", 0.5, None])
def test_another_zero_division_is_refused_in_words(value):
    with pytest.raises(ValueError, match=f"got zero_division={value!r}; expected 0, 1 or NaN"):
        of([0], [0]).report(value)


def test_the_report_is_printed_with_accuracy_in_one_column(capsys):
    of([0, 0, 1, 1], [0, 0, 1, 0], ["ant", "bee"]).print_classification_report(digits=3)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["precision", "recall", "f1-score", "support"],
        ["ant", "0.667", "1.000", "0.800", "2"],
        ["bee", "1.000", "0.500", "0.667", "2"],
        ["accuracy", "0.750", "4"],
        ["macro", "avg", "0.833", "0.750", "0.733", "4"],
        ["weighted", "avg", "0.833", "0.750", "0.733", "4"],
    ]


@pytest.mark.parametrize("preds", [[0, 0, 0], [0, 1, 2], [3, 3, 3]])
def test_a_set_with_one_class_only_is_scored_and_drawn(preds):
    interp = of([0, 0, 0], preds)
    right = preds.count(0) / 3
    report = interp.report()
    assert report.loc["ant", "recall"] == report.loc["accuracy", "f1-score"] == pytest.approx(right)
    assert report["support"].tolist() == [3, 0, 0, 0, 3, 3, 3]
    assert np.isfinite(report.to_numpy(float)).all()
    assert interp.per_class()["recall"].isna().tolist() == [False, True, True, True]
    for normalize in (False, True):
        cells = np.asarray(interp.plot_confusion_matrix(normalize=normalize).data[0].z, float)
        assert cells.shape == (4, 4)
        assert np.isfinite(cells).all()
    assert interp.plot_per_class() is not None


def test_a_copy_and_a_pickle_of_an_interpretation_say_the_same(tmp_path):
    learn = small_classifier(picture_folder(tmp_path / "pictures", each=4))
    interp = ClassificationInterpretation.from_learner(learn)
    for again in (copy.deepcopy(interp), pickle.loads(pickle.dumps(interp))):
        assert again.report().equals(interp.report())
        assert again.top_losses(2) == interp.top_losses(2)
        assert again.vocab == interp.vocab
        assert again.open(0).size == interp.open(0).size


def test_a_labelled_test_set_is_interpreted_and_another_loader_gets_a_sentence(tmp_path):
    folder = picture_folder(tmp_path / "pictures", each=4)
    learn = small_classifier(folder)
    learn.dls.test = learn.dls.test_dl(folder)
    with pytest.raises(ValueError, match=r"have no labels.*dls\.test_dl\(items, with_labels=True\)"):
        ClassificationInterpretation.from_learner(learn, ds_idx=2)
    learn.dls.test = learn.dls.test_dl(folder, with_labels=True)
    interp = ClassificationInterpretation.from_learner(learn, ds_idx=2)
    assert [finding.truth for finding in map(interp.finding, range(12))] == [
        p.parent.name for p in interp.paths
    ]
    assert interp.report().loc["accuracy", "support"] == 12
    with pytest.raises(TypeError, match="got a list as dl, which does not know its files"):
        ClassificationInterpretation.from_learner(learn, dl=list(learn.dls.valid))

"""Interpretation: the confusions, the rankings and the sheets, on tables small enough to check by eye."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from lab.interpret import ClassificationInterpretation
from lab.prediction_records import PredictionRecord

PROBS = [
    [0.90, 0.10],  # 0 cat, right
    [0.60, 0.40],  # 1 cat, right
    [0.30, 0.70],  # 2 cat, wrong
    [0.05, 0.95],  # 3 cat, wrong
    [0.20, 0.80],  # 4 dog, right
    [0.55, 0.45],  # 5 dog, wrong
]
TARGETS = [0, 0, 0, 0, 1, 1]
NAMES = ["a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg"]


@pytest.fixture
def pets(tmp_path):
    for i, name in enumerate(NAMES):
        Image.new("RGB", (40 + i, 30), (40 * i, 90, 120)).save(tmp_path / name)
    paths = [tmp_path / name for name in NAMES]
    return ClassificationInterpretation(PROBS, TARGETS, paths, ["cat", "dog"])


def names(findings):
    return [finding.path.name for finding in findings]


def of_classes(targets, preds, vocab):
    """An interpretation in which class `preds[i]` has probability 1."""
    probs = np.eye(len(vocab))[preds]
    return ClassificationInterpretation(probs, targets, [f"{i}.jpg" for i in range(len(preds))], vocab)


def test_the_confusion_matrix_has_the_truth_in_rows(pets):
    matrix = pets.confusion_matrix()
    assert matrix.tolist() == [[2, 2], [1, 1]]
    assert matrix.dtype == np.int64


def test_it_says_what_it_holds(pets):
    assert repr(pets) == "ClassificationInterpretation: 6 pictures, 2 classes, error rate 0.500"
    assert len(pets) == 6
    assert pets.preds.tolist() == [0, 0, 1, 1, 1, 0]
    assert pets.right().tolist() == [True, True, False, False, True, False]


def test_tensors_and_arrays_give_the_same_record(pets):
    other = ClassificationInterpretation(
        torch.tensor(PROBS), torch.tensor(TARGETS), pets.paths, ("cat", "dog"), torch.arange(6.0)
    )
    assert (other.probs == pets.probs).all()
    assert other.probs.dtype == np.float32
    assert other.losses.tolist() == [0, 1, 2, 3, 4, 5]


def test_losses_that_are_not_given_are_minus_the_log_of_the_truths_probability(pets):
    expected = torch.nn.functional.nll_loss(
        torch.tensor(PROBS).log(), torch.tensor(TARGETS), reduction="none"
    )
    assert pets.losses == pytest.approx(expected.numpy())


def test_a_truth_of_probability_nought_costs_a_finite_loss():
    sure = of_classes([0], [1], ["cat", "dog"])
    assert np.isfinite(sure.losses).all()


def test_most_confused_counts_down_and_breaks_ties_by_the_vocab():
    truth = [2, 2, 0, 0, 1, 1, 1, 0]
    preds = [0, 0, 1, 1, 2, 2, 2, 2]
    interp = of_classes(truth, preds, ["a", "b", "c"])
    assert interp.most_confused() == [("b", "c", 3), ("a", "b", 2), ("c", "a", 2), ("a", "c", 1)]
    assert interp.most_confused(min_val=3) == [("b", "c", 3)]
    assert interp.most_confused(min_val=0) == interp.most_confused(min_val=1)


def test_top_losses_carry_the_file_and_everything_said_of_it(pets):
    worst = pets.top_losses(1)[0]
    assert worst == PredictionRecord(
        index=3,
        path=pets.paths[3],
        truth="cat",
        predicted="dog",
        probability=pytest.approx(0.95),
        truth_probability=pytest.approx(0.05),
        loss=pytest.approx(-np.log(0.05)),
    )
    assert not worst.right
    assert names(pets.top_losses(2)) == ["d.jpg", "c.jpg"]
    assert names(pets.top_losses(2, largest=False)) == ["a.jpg", "e.jpg"]
    assert sorted(names(pets.top_losses())) == NAMES


def test_most_correct_and_most_incorrect_are_those_of_the_lesson(pets):
    assert names(pets.most_correct("cat")) == ["a.jpg", "b.jpg"]
    assert names(pets.most_incorrect("cat")) == ["d.jpg", "c.jpg"]
    assert names(pets.most_incorrect("dog", n=1)) == ["f.jpg"]
    assert names(pets.most_correct("dog")) == ["e.jpg"]


def test_most_uncertain_is_closest_to_a_half_with_two_classes(pets):
    distance = np.abs(np.array(PROBS)[:, 1] - 0.5)
    expected = [NAMES[i] for i in np.argsort(distance, kind="stable")]
    assert names(pets.most_uncertain(6)) == expected


def test_most_uncertain_is_the_smallest_margin_with_many_classes():
    probs = [[0.4, 0.35, 0.25], [0.34, 0.33, 0.33], [0.5, 0.49, 0.01]]
    interp = ClassificationInterpretation(probs, [0, 0, 0], NAMES[:3], ["a", "b", "c"])
    assert [finding.index for finding in interp.most_uncertain()] == [1, 2, 0]


def test_equal_values_are_ranked_in_the_order_of_the_files():
    interp = of_classes([0] * 50 + [1] * 50, [0] * 100, ["a", "b"])
    assert [finding.index for finding in interp.top_losses(50)] == list(range(50, 100))
    assert [finding.index for finding in interp.most_correct("a", 50)] == list(range(50))


def test_random_findings_repeat_with_a_seed_and_leave_the_global_rng_alone(pets):
    before = np.random.get_state()[1].tolist()
    first = pets.random_incorrect(3, seed=1)
    assert first == pets.random_incorrect(3, seed=1)
    assert sorted(names(first)) == ["c.jpg", "d.jpg", "f.jpg"]
    assert all(finding.right for finding in pets.random_correct(9, seed=2))
    assert len(pets.random_correct(2)) == 2
    assert np.random.get_state()[1].tolist() == before


def test_confused_opens_one_cell_of_the_matrix(pets):
    assert names(pets.confused("cat", "dog")) == ["d.jpg", "c.jpg"]
    assert names(pets.confused("cat", "dog", n=1)) == ["d.jpg"]
    assert names(pets.confused("dog", "dog")) == ["e.jpg"]


def test_per_class_has_precision_recall_and_the_number_of_pictures(pets):
    table = pets.per_class()
    assert list(table.columns) == ["precision", "recall", "n"]
    assert table.loc["cat"].tolist() == pytest.approx([2 / 3, 0.5, 4])
    assert table.loc["dog"].tolist() == pytest.approx([1 / 3, 0.5, 2])


def test_a_class_without_pictures_or_predictions_is_nan_and_not_an_error():
    interp = of_classes([0, 0], [0, 1], ["a", "b", "ghost"])
    table = interp.per_class()
    assert np.isnan(table.loc["b", "recall"])
    assert np.isnan(table.loc["ghost", "precision"])
    assert table.loc["ghost", "n"] == 0
    assert interp.confusion_matrix().shape == (3, 3)
    assert interp.most_correct("ghost") == []


def test_no_mistakes_give_empty_lists_and_a_sheet_that_says_so():
    interp = of_classes([0, 1], [0, 1], ["a", "b"])
    assert interp.most_confused() == []
    assert interp.random_incorrect() == []
    assert interp.most_incorrect("a") == []
    sheet = interp.show(interp.random_incorrect())
    assert sheet.size[0] >= 160
    assert len(sheet.getcolors(100_000)) > 2  # a grey tile with words on it


def test_two_hundred_classes():
    vocab = [f"class {i}" for i in range(200)]
    interp = of_classes(list(range(200)), [(i + i % 2) % 200 for i in range(200)], vocab)
    assert interp.confusion_matrix().sum() == 200
    assert len(interp.most_confused()) == 100
    assert interp.per_class()["recall"].sum() == 100


def test_to_frame_has_a_row_per_picture_in_file_order(pets):
    frame = pets.to_frame()
    assert frame.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert frame["truth"].tolist() == ["cat"] * 4 + ["dog"] * 2
    assert frame["right"].tolist() == pets.right().tolist()
    assert frame["path"].tolist() == pets.paths


# what cannot be interpreted


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probs": [[0.5, np.nan], *PROBS[1:]]}, r"1 of 6 pictures .* NaN .*a\.jpg.*diverged"),
        ({"probs": np.log(PROBS)}, r"reach from -3 to -0.05.*exp"),
        ({"probs": 9 * np.array(PROBS)}, r"to 8\.55.*softmax"),
        ({"probs": PROBS[:5]}, r"got 5 rows of probs with targets of shape \(6,\) and 6 paths"),
        ({"probs": np.ones((6, 3)) / 3}, r"shape \(6, 3\); expected \(n, 2\)"),
        ({"targets": [0, 0, 0, -1, 1, 1]}, r"1 of 6 targets .*d\.jpg.*without a label"),
        ({"paths": NAMES[:3]}, r"3 paths"),
        ({"losses": [1.0]}, r"losses have shape \(1,\)"),
        ({"probs": np.zeros((0, 2)), "targets": [], "paths": []}, r"no pictures"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_in_words(changes, message):
    parts = {"probs": PROBS, "targets": TARGETS, "paths": NAMES, "vocab": ["cat", "dog"]} | changes
    with pytest.raises(ValueError, match=message):
        ClassificationInterpretation(**parts)


def test_an_unknown_label_names_those_that_come_close(pets):
    with pytest.raises(ValueError, match=r"'cats' is not one of the 2 labels.*Did you mean 'cat'"):
        pets.most_correct("cats")
    with pytest.raises(ValueError, match=r"Choose one of"):
        pets.most_correct("zebra")


def test_a_negative_number_of_pictures_is_refused(pets):
    with pytest.raises(ValueError, match=r"got n=-1 pictures"):
        pets.top_losses(-1)


# from a learner


class FakeLoader:
    def __init__(self, paths, labels, how="shuffled and augmented"):
        self.pictures = SimpleNamespace(paths=list(paths), labels=labels)
        self.how = how

    def replace(self, *, shuffle, augment):
        assert (shuffle, augment) == (False, False)
        return FakeLoader(self.pictures.paths, self.pictures.labels, "plain")


class FakeLearner:
    def __init__(self, paths, labels=True):
        valid = FakeLoader(paths, torch.tensor(TARGETS) if labels else None)
        self.dls = SimpleNamespace(train=valid, valid=valid, test=None, vocab=["cat", "dog"])
        self.asked = []

    def get_preds(self, ds_idx=1, dl=None, with_loss=False):
        self.asked.append((ds_idx, dl, with_loss))
        return torch.tensor(PROBS), torch.tensor(TARGETS), torch.arange(6.0)


def test_from_learner_predicts_once_and_keeps_losses_and_files():
    learn = FakeLearner(NAMES)
    interp = ClassificationInterpretation.from_learner(learn)
    assert learn.asked == [(1, None, True)]
    assert interp.losses.tolist() == [0, 1, 2, 3, 4, 5]
    assert interp.paths == [Path(name) for name in NAMES]
    assert interp.vocab == ("cat", "dog")


def test_from_learner_takes_a_loader_in_its_plain_form():
    learn = FakeLearner(NAMES)
    ClassificationInterpretation.from_learner(learn, dl=FakeLoader(NAMES, torch.tensor(TARGETS)))
    assert learn.asked[0][1].how == "plain"


def test_a_set_without_labels_is_refused_in_words():
    with pytest.raises(ValueError, match=r"have no labels.*get_preds"):
        ClassificationInterpretation.from_learner(FakeLearner(NAMES, labels=False))


def test_a_split_that_is_not_there_is_refused_in_words():
    with pytest.raises(ValueError, match=r"no split ds_idx=2"):
        ClassificationInterpretation.from_learner(FakeLearner(NAMES), ds_idx=2)


def test_pictures_without_files_are_refused_in_words():
    with pytest.raises(ValueError, match=r"picture 1 has no file.*Save"):
        ClassificationInterpretation.from_learner(FakeLearner([Path("a.jpg"), None]))


# pictures


@pytest.fixture
def captioned(monkeypatch):
    """What was given to the contact sheet, beside the sheet itself."""
    import lab.prediction_records

    seen = {}
    real = lab.prediction_records.contact_sheet

    def remember(pictures, captions=None, **options):
        seen.update(pictures=pictures, captions=captions, **options)
        return real(pictures, captions, **options)

    monkeypatch.setattr(lab.prediction_records, "contact_sheet", remember)
    return seen


def test_show_captions_file_truth_prediction_in_blue_or_red(pets, captioned):
    pets.show([pets.finding(0), pets.finding(3)])
    assert captioned["captions"] == ["a.jpg\ncat → cat 0.90", "d.jpg\ncat → dog 0.95"]
    assert captioned["colors"] == ["#0072B2", "#C0392B"]
    assert [picture.size for picture in captioned["pictures"]] == [(40, 30), (43, 30)]


def test_plot_top_losses_adds_the_loss(pets, captioned):
    sheet = pets.plot_top_losses(2, ncols=1)
    assert captioned["captions"][0] == "d.jpg\ncat → dog 0.95\nloss 2.996"
    assert captioned["ncols"] == 1
    assert sheet.size[1] > 2 * 100


def test_a_picture_that_was_deleted_or_broken_becomes_a_grey_tile_with_words(pets, captioned):
    pets.paths[0].unlink()
    pets.paths[1].write_bytes(b"no picture")
    pets.show([pets.finding(0), pets.finding(1), pets.finding(2)])
    gone, broken, whole = captioned["pictures"]
    assert gone.size == broken.size == (160, 160)
    assert gone.getpixel((0, 0)) == (216, 222, 228)
    assert gone.tobytes() != broken.tobytes()  # "not found" and "broken" are other words
    assert min(gone.convert("L").tobytes()) < 80
    assert whole.size == (42, 30)


def test_open_gives_the_whole_picture(pets):
    assert pets.open(5).size == (45, 30)


def test_the_charts_get_the_record_and_the_options(pets, monkeypatch):
    asked = []
    for place in ("confusion.confusion_matrix", "prediction.per_class", "prediction.probabilities"):
        name = place.partition(".")[2]
        monkeypatch.setattr(
            f"lab.charts.{place}",
            lambda *records, _n=name, **options: asked.append(((_n, *records), options)),
        )
    pets.plot_confusion_matrix(normalize=True, theme="dark")
    pets.plot_per_class(k=3)
    pets.plot_probabilities(2)
    (name, matrix, vocab), options = asked[0]
    assert (name, vocab, options) == (
        "confusion_matrix",
        ("cat", "dog"),
        {"normalize": True, "theme": "dark"},
    )
    assert matrix.tolist() == [[2, 2], [1, 1]]
    assert asked[1][0][0] == "per_class"
    assert asked[1][1] == {"k": 3}
    assert asked[2][0][0] == "probabilities"
    assert asked[2][0][3] == "cat"

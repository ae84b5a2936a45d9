"""Metrics against values worked by hand, definitions written out again, and bad input refused."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies as st

from lab.metrics import accuracy, confusion_matrix, error_rate, log_loss, top_k, top_k_accuracy

PROBS = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.2, 0.5, 0.3], [0.4, 0.35, 0.25]])
TARGETS = torch.tensor([0, 2, 2, 1])  # right, right, second best, second best
ALL = [accuracy, error_rate, top_k(1), log_loss]


def test_accuracy_and_error_rate_by_hand():
    assert accuracy(PROBS, TARGETS) == 0.5
    assert error_rate(PROBS, TARGETS) == 0.5
    assert accuracy(PROBS[:3], TARGETS[:3]) == pytest.approx(2 / 3)
    assert error_rate(PROBS[:3], TARGETS[:3]) == pytest.approx(1 / 3)


def test_activations_give_the_same_accuracy_as_probabilities():
    assert accuracy(PROBS.log() * 5 - 3, TARGETS) == accuracy(PROBS, TARGETS)


def test_top_k_by_hand():
    assert top_k_accuracy(PROBS, TARGETS, k=1) == 0.5
    assert top_k_accuracy(PROBS, TARGETS, k=2) == 1.0
    assert top_k_accuracy(PROBS, torch.tensor([2, 0, 0, 2]), k=2) == 0.0


def test_top_k_makes_a_metric_with_a_name_of_its_own():
    metric = top_k(2)
    assert metric.__name__ == "top_2_accuracy"
    assert metric(PROBS, TARGETS) == 1.0
    assert [function.__name__ for function in ALL] == [
        "accuracy", "error_rate", "top_1_accuracy", "log_loss",
    ]  # fmt: skip


@pytest.mark.parametrize("metric", ALL)
def test_tensors_and_arrays_give_the_same_python_float(metric):
    of_tensors = metric(PROBS.requires_grad_(), TARGETS)
    of_arrays = metric(PROBS.detach().numpy(), TARGETS.numpy().astype(np.int32))
    assert type(of_tensors) is float
    assert of_tensors == of_arrays


def test_read_only_and_reversed_arrays_are_taken_without_a_warning():
    probs = PROBS.detach().numpy().copy()
    probs.flags.writeable = False
    assert accuracy(probs[::-1], TARGETS.numpy()[::-1]) == 0.5


def test_half_precision_is_taken():
    assert accuracy(PROBS.bfloat16(), TARGETS) == 0.5
    expected = -math.log(0.7 * 0.6 * 0.3 * 0.35) / 4
    assert log_loss(PROBS.bfloat16(), TARGETS) == pytest.approx(expected, abs=0.01)
    assert log_loss(PROBS.half(), TARGETS) == pytest.approx(expected, abs=0.001)


@given(
    st.lists(st.lists(st.integers(-3, 3), min_size=4, max_size=4), min_size=1, max_size=8),
    st.integers(0, 3),
)
@settings(deadline=None)
def test_top_1_is_accuracy_and_top_all_is_one_ties_included(rows, target):
    preds, targets = torch.tensor(rows), torch.full((len(rows),), target)
    by_k = [top_k_accuracy(preds, targets, k) for k in (1, 2, 3, 4)]
    assert by_k[0] == accuracy(preds, targets) == pytest.approx(1 - error_rate(preds, targets))
    assert by_k == sorted(by_k)
    assert by_k[-1] == 1


def test_a_row_with_a_nan_counts_as_wrong():
    preds = PROBS.detach().clone()
    preds[0] = math.nan
    assert accuracy(preds, TARGETS) == 0.25
    assert top_k_accuracy(preds, TARGETS, 3) == 0.75
    assert math.isnan(log_loss(preds, TARGETS))


# Log loss


def test_log_loss_of_the_example_in_scikit_learns_documentation():
    probs = np.array([[0.1, 0.9], [0.9, 0.1], [0.8, 0.2], [0.35, 0.65]])
    assert log_loss(probs, np.array([1, 0, 0, 1])) == pytest.approx(0.21616, abs=5e-6)


def test_log_loss_is_cross_entropy_on_probabilities():
    generator = torch.Generator().manual_seed(0)
    acts = torch.randn((50, 7), generator=generator) * 2
    targets = torch.randint(7, (50,), generator=generator)
    expected = F.cross_entropy(acts, targets).item()
    assert log_loss(acts.softmax(1), targets) == pytest.approx(expected, abs=1e-6)


def test_log_loss_clips_a_confident_mistake_at_the_types_resolution():
    probs = np.array([[1.0, 0.0]])
    wrong = np.array([1])
    assert log_loss(probs, wrong) == pytest.approx(-math.log(np.finfo(np.float64).eps))
    single = probs.astype(np.float32)
    assert log_loss(single, wrong) == pytest.approx(-math.log(np.finfo(np.float32).eps))
    assert log_loss(probs, wrong, eps=0.01) == pytest.approx(-math.log(0.01))
    assert log_loss(probs, np.array([0]), eps=0.01) == pytest.approx(-math.log(0.99))


@pytest.mark.parametrize("rows", [[[2.0, -1.0]], [[0.2, 0.2]], [[3.0, 4.0]]])
def test_log_loss_refuses_rows_that_are_no_probabilities(rows):
    with pytest.raises(ValueError, match=r"expected probabilities that sum to 1.*`softmax`"):
        log_loss(torch.tensor(rows), torch.tensor([0]))


# What is refused


@pytest.mark.parametrize("metric", ALL)
def test_nothing_to_measure_is_said_in_words(metric):
    with pytest.raises(ValueError, match=r"the predictions have shape .*Check that the loader has pictures"):
        metric(torch.zeros((0, 3)), torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("metric", ALL)
def test_shapes_that_do_not_fit_are_refused(metric):
    with pytest.raises(ValueError, match=r"the targets have shape \(3,\); expected \(4,\)"):
        metric(PROBS, TARGETS[:3])
    with pytest.raises(ValueError, match=r"predictions have shape \(3,\); expected \(n, c\)"):
        metric(PROBS[0], TARGETS)


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize("target", [3, -1])
def test_a_target_outside_the_classes_is_named(metric, target):
    with pytest.raises(IndexError, match=rf"target {target} is outside the 3 classes 0 to 2"):
        metric(PROBS, torch.tensor([0, 1, 2, target]))


@pytest.mark.parametrize("metric", ALL)
def test_targets_that_are_no_integers_are_refused(metric):
    with pytest.raises(TypeError, match=r"expected class numbers as integers"):
        metric(PROBS, TARGETS.float())


def test_an_error_names_the_metric_that_was_called():
    with pytest.raises(ValueError, match=r"^error_rate: "):
        error_rate(PROBS[0], TARGETS)


def test_a_k_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"top_k: k=0. Choose a k of 1 or more"):
        top_k(0)
    with pytest.raises(ValueError, match=r"k=5 with 3 classes. Choose a k from 1 to 3"):
        top_k(5)(PROBS, TARGETS)


def test_a_confusion_matrix_counts_truth_by_row_and_prediction_by_column():
    truth, said = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1])
    expected = [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert confusion_matrix(truth, said).tolist() == expected
    assert confusion_matrix(torch.tensor(truth), torch.tensor(said)).tolist() == expected
    wider = confusion_matrix(truth, said, classes=4)
    assert wider.shape == (4, 4)
    assert (wider.sum(), wider.dtype) == (4, np.int64)


@pytest.mark.parametrize(
    ("truth", "said", "error", "words"),
    [
        ([0, 1], [0], ValueError, r"shape \(2,\).*\(1,\)"),
        ([], [], ValueError, "class number per item"),
        ([0, 1], [0.2, 0.8], TypeError, "argmax of probabilities"),
        ([0, -1], [0, 1], ValueError, "class number -1 is outside 0 to 1"),
        ([0, 1], [0, 2], ValueError, "class number 2 is outside 0 to 1"),
    ],
)
def test_what_cannot_be_counted_is_refused(truth, said, error, words):
    with pytest.raises(error, match=words):
        confusion_matrix(np.array(truth), np.array(said), classes=2)

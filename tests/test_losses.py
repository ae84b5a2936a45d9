"""Every loss equals PyTorch's in value and gradient; the lesson's tables come out digit for digit."""

import copy
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies as st
from torch.autograd import gradcheck

from lab.losses import (
    CrossEntropyLoss,
    binary_loss,
    cross_entropy,
    log_softmax,
    log_softmax_naive,
    mnist_loss,
    nll_loss,
    sigmoid,
    softmax,
    softmax_naive,
)

LESSON_TARGETS = torch.tensor([0, 1, 0, 1, 1, 0])
LESSON_SOFTMAX = [
    ["0.602469", "0.397531"],
    ["0.502065", "0.497935"],
    ["0.133188", "0.866811"],
    ["0.996640", "0.003360"],
    ["0.595949", "0.404051"],
    ["0.366118", "0.633882"],
]


def lesson_acts():
    return torch.randn((6, 2), generator=torch.Generator().manual_seed(42)) * 2


def some_acts(n=5, c=4, scale=3.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(7)
    acts = torch.randn((n, c), generator=generator, dtype=dtype) * scale
    return acts, torch.randint(c, (n,), generator=generator)


def value_and_gradient(function, x):
    x = x.clone().requires_grad_()
    value = function(x)
    weights = torch.linspace(1, -0.5, value.numel(), dtype=x.dtype).view(value.shape)
    (gradient,) = torch.autograd.grad((value * weights).sum(), x)
    return value.detach(), gradient


def assert_same_as_torch(ours, theirs, x, tolerance=1e-6):
    for mine, reference in zip(value_and_gradient(ours, x), value_and_gradient(theirs, x), strict=True):
        assert mine.dtype == reference.dtype
        torch.testing.assert_close(mine, reference, rtol=tolerance, atol=tolerance)


# The lesson's worked example


def test_the_lessons_activations_come_from_seed_42():
    expected = [[0.6734, 0.2576], [0.4689, 0.4607], [-2.2457, -0.3727]]
    expected += [[4.4164, -1.2760], [0.9233, 0.5347], [1.0698, 1.6187]]
    assert torch.round(lesson_acts(), decimals=4).tolist() == torch.tensor(expected).tolist()


def test_the_lessons_softmax_table_comes_out_to_six_decimals():
    table = [[f"{entry:.6f}" for entry in row] for row in softmax(lesson_acts()).tolist()]
    # 0.8668115063 lies on the edge of a digit, within float32's last bit: another CPU's exp may
    # print it as 0.866812.
    table[2][1] = table[2][1].replace("0.866812", "0.866811")
    assert table == LESSON_SOFTMAX


def test_the_lessons_right_columns_are_what_nll_loss_negates():
    table = softmax(lesson_acts())
    picked = nll_loss(table, LESSON_TARGETS, reduction="none")
    assert [f"{entry:.4f}" for entry in picked.tolist()] == [
        "-0.6025", "-0.4979", "-0.1332", "-0.0034", "-0.4041", "-0.3661",
    ]  # fmt: skip
    assert torch.equal(picked, -table[range(6), LESSON_TARGETS])


def test_the_lessons_losses_and_their_mean():
    losses = cross_entropy(lesson_acts(), LESSON_TARGETS, reduction="none")
    assert [f"{loss:.4f}" for loss in losses.tolist()] == [
        "0.5067", "0.6973", "2.0160", "5.6958", "0.9062", "1.0048",
    ]  # fmt: skip
    assert f"{cross_entropy(lesson_acts(), LESSON_TARGETS).item():.4f}" == "1.8045"
    assert f"{CrossEntropyLoss()(lesson_acts(), LESSON_TARGETS).item():.4f}" == "1.8045"


# Softmax and its log


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_softmax_and_log_softmax_equal_torchs_along_any_dimension(dim, dtype):
    x = torch.randn((3, 4, 5), generator=torch.Generator().manual_seed(1), dtype=dtype) * 4
    assert_same_as_torch(lambda x: softmax(x, dim), lambda x: torch.softmax(x, dim), x)
    assert_same_as_torch(lambda x: log_softmax(x, dim), lambda x: torch.log_softmax(x, dim), x)


@given(st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3), min_size=1, max_size=4))
@settings(deadline=None)
def test_softmax_equals_torchs_for_any_activations(rows):
    x = torch.tensor(rows)
    torch.testing.assert_close(softmax(x), torch.softmax(x, 1), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(log_softmax(x), torch.log_softmax(x, 1), rtol=1e-6, atol=1e-6)


def test_naive_forms_agree_where_numbers_are_small():
    acts = lesson_acts()
    torch.testing.assert_close(softmax_naive(acts), softmax(acts))
    torch.testing.assert_close(log_softmax_naive(acts), log_softmax(acts))


def test_naive_softmax_overflows_at_1000_where_the_stable_one_holds():
    acts = torch.tensor([[1000.0, 0.0]])
    assert math.isnan(softmax_naive(acts)[0, 0].item())
    assert softmax(acts).tolist() == [[1.0, 0.0]]


def test_naive_log_softmax_underflows_at_minus_200_where_the_stable_one_holds():
    acts = torch.tensor([[0.0, -200.0]])
    assert log_softmax_naive(acts).tolist() == [[0.0, -math.inf]]
    assert log_softmax(acts).tolist() == [[0.0, -200.0]]


def test_a_masked_class_has_probability_zero_and_a_finite_gradient():
    acts = torch.tensor([[1.0, -math.inf, 2.0]])
    assert_same_as_torch(
        lambda x: cross_entropy(x, torch.tensor([2])),
        lambda x: F.cross_entropy(x, torch.tensor([2])),
        acts,
    )


# Cross-entropy


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("scale", [1.0, 300.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cross_entropy_equals_torchs_in_both_forms(reduction, smoothing, scale, dtype):
    acts, targets = some_acts(9, 37, scale, dtype)
    options = {"reduction": reduction, "label_smoothing": smoothing}
    theirs = torch.nn.CrossEntropyLoss(**options)
    assert_same_as_torch(lambda x: cross_entropy(x, targets, **options), lambda x: theirs(x, targets), acts)
    assert_same_as_torch(
        lambda x: CrossEntropyLoss(**options)(x, targets), lambda x: theirs(x, targets), acts
    )


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_nll_loss_equals_torchs(reduction):
    acts, targets = some_acts()
    assert_same_as_torch(
        lambda x: nll_loss(x, targets, reduction),
        lambda x: F.nll_loss(x, targets, reduction=reduction),
        torch.log_softmax(acts, 1),
    )


def test_gradients_hold_against_finite_differences():
    acts, targets = some_acts()
    x = acts.requires_grad_()
    assert gradcheck(softmax, x)
    assert gradcheck(log_softmax, x)
    assert gradcheck(softmax_naive, x)
    assert gradcheck(log_softmax_naive, x)
    assert gradcheck(sigmoid, x)
    assert gradcheck(lambda x: nll_loss(x, targets), x)
    assert gradcheck(lambda x: mnist_loss(x[:, 0], targets % 2), x)
    assert gradcheck(lambda x: binary_loss(targets % 2, sigmoid(x[:, 0])), x)
    for reduction in ("mean", "sum", "none"):
        assert gradcheck(lambda x, how=reduction: cross_entropy(x, targets, how, 0.1), x)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_activations_are_computed_in_float32(dtype):
    acts, targets = some_acts(6, 5, 2.0, torch.float32)
    half = acts.to(dtype)
    loss = cross_entropy(half, targets)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, F.cross_entropy(half.float(), targets), rtol=1e-6, atol=1e-6)


def test_other_integer_types_serve_as_targets():
    acts, targets = some_acts()
    expected = cross_entropy(acts, targets)
    assert torch.equal(cross_entropy(acts, targets.to(torch.uint8)), expected)
    assert torch.equal(cross_entropy(acts, targets.to(torch.int32)), expected)


def test_no_items_give_nan_for_the_mean_and_zero_for_the_sum_as_in_torch():
    acts, targets = torch.zeros((0, 3)), torch.zeros(0, dtype=torch.int64)
    assert math.isnan(cross_entropy(acts, targets).item())
    assert cross_entropy(acts, targets, reduction="sum").item() == 0
    assert cross_entropy(acts, targets, reduction="none").shape == (0,)


def test_a_loss_object_can_be_copied_with_another_reduction():
    loss = CrossEntropyLoss(label_smoothing=0.1)
    per_item = copy.copy(loss)
    per_item.reduction = "none"
    acts, targets = some_acts()
    torch.testing.assert_close(per_item(acts, targets).mean(), loss(acts, targets))
    shown = "reduction='mean', label_smoothing=0.1, weight=None, ignore_index=-100"
    assert repr(loss) == f"CrossEntropyLoss({shown})"


# What is refused


@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
def test_an_unknown_reduction_is_refused_with_the_three(loss):
    with pytest.raises(ValueError, match=r"reduction='avg'. Choose 'mean', 'sum' or 'none'"):
        loss(torch.zeros((2, 3)), torch.tensor([0, 1]), reduction="avg")


def test_the_class_refuses_its_options_when_it_is_made():
    with pytest.raises(ValueError, match=r"CrossEntropyLoss: reduction='avg'"):
        CrossEntropyLoss(reduction="avg")
    with pytest.raises(ValueError, match=r"label_smoothing=1.5. Choose a number in 0..1"):
        CrossEntropyLoss(label_smoothing=1.5)


@pytest.mark.parametrize("loss", [cross_entropy, nll_loss])
@pytest.mark.parametrize(("target", "named"), [(3, "target 3"), (-1, "target -1")])
def test_a_target_outside_the_classes_is_named(loss, target, named):
    with pytest.raises(IndexError, match=rf"{named} is outside the 3 classes 0 to 2"):
        loss(torch.zeros((2, 3)), torch.tensor([0, target]))


@pytest.mark.parametrize("targets", [torch.tensor([0.0, 1.0]), torch.tensor([True, False])])
def test_targets_that_are_no_integers_are_refused(targets):
    with pytest.raises(TypeError, match=r"expected class numbers as integers"):
        cross_entropy(torch.zeros((2, 3)), targets)


@pytest.mark.parametrize("shape", [(3,), (2, 1), ()])
def test_targets_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"the targets have shape .*; expected \(2,\)"):
        cross_entropy(torch.zeros((2, 3)), torch.zeros(shape, dtype=torch.int64))


@pytest.mark.parametrize("acts", [torch.zeros(3), torch.zeros((2, 3), dtype=torch.int64)])
def test_activations_that_are_no_rows_of_floats_are_refused(acts):
    with pytest.raises(ValueError, match=r"expected floats of shape \(n, c\)"):
        cross_entropy(acts, torch.tensor([0, 1]))


# Two classes


def test_sigmoid_equals_torchs_also_far_out():
    x = torch.tensor([-1000.0, -100.0, -20.0, -1.0, 0.0, 0.5, 20.0, 100.0, 1000.0])
    assert_same_as_torch(sigmoid, torch.sigmoid, x)


def test_sigmoid_is_the_softmax_against_zero():
    x = torch.linspace(-5, 5, 11)
    torch.testing.assert_close(sigmoid(x), softmax(torch.stack([x, torch.zeros(11)], 1))[:, 0])


def test_mnist_loss_is_the_mean_distance_from_the_target():
    inputs, targets = torch.tensor([2.0, -1.0, 0.0]), torch.tensor([1, 0, 1])
    expected = (1 - torch.sigmoid(inputs[0]) + torch.sigmoid(inputs[1]) + 0.5) / 3
    torch.testing.assert_close(mnist_loss(inputs, targets), expected)


def test_mnist_loss_refuses_shapes_that_would_broadcast():
    with pytest.raises(ValueError, match=r"mnist_loss: inputs has shape \(3, 1\), the other \(3,\)"):
        mnist_loss(torch.zeros((3, 1)), torch.zeros(3))


def test_binary_loss_of_the_lessons_arrays_is_a_float():
    loss = binary_loss(np.array([1, 0, 0, 1]), np.array([0.9, 0.1, 0.2, 0.8]))
    assert type(loss) is float
    assert loss == pytest.approx(0.164252033486018, abs=1e-12)
    assert binary_loss([1], [0.9]) == pytest.approx(-math.log(0.9))
    assert binary_loss([0], [0.9]) == pytest.approx(-math.log(0.1))


def test_binary_loss_of_tensors_equals_torchs():
    probs = torch.tensor([0.9, 0.1, 0.2, 0.8, 1e-6])
    labels = torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0])
    assert_same_as_torch(lambda p: binary_loss(labels, p), lambda p: F.binary_cross_entropy(p, labels), probs)


def test_binary_loss_of_certain_probabilities_is_finite_as_in_torch():
    probs, labels = torch.tensor([0.0, 1.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    loss, gradient = value_and_gradient(lambda p: binary_loss(labels, p), probs)
    assert loss.item() == F.binary_cross_entropy(probs, labels).item() == 50
    assert gradient.isfinite().all()


def test_binary_loss_refuses_activations_and_other_shapes():
    with pytest.raises(ValueError, match=r"p runs from -2 to 3; probabilities lie in 0..1"):
        binary_loss(np.array([0, 1]), np.array([-2.0, 3.0]))
    with pytest.raises(ValueError, match=r"y has shape \(1,\), the other \(2,\)"):
        binary_loss(np.array([0]), np.array([0.2, 0.3]))

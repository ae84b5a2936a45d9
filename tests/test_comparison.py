"""Comparing two models on the same pictures: McNemar's test, exchange in pairs, and the standard error."""

from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st

import lab
from lab import comparison


def predictions(wrong, classes=3):
    """(probs, targets) of a model that is wrong where `wrong` says so."""
    wrong = torch.as_tensor(wrong)
    targets = torch.arange(len(wrong)) % classes
    answers = torch.where(wrong.bool(), (targets + 1) % classes, targets)
    return torch.nn.functional.one_hot(answers, classes).float(), targets


def test_the_rates_and_their_difference():
    found = lab.compare(predictions([1, 1, 1, 0, 0]), predictions([1, 0, 0, 0, 0]))
    assert (found.errors_a, found.errors_b, found.pictures) == ((0.6,), (0.2,), 5)
    assert found.difference == pytest.approx(-0.4)
    assert found.standard_error == pytest.approx(np.std([0, -1, -1, 0, 0]) / 5**0.5)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (6, 0), (8, 2), (5, 5), (3, 12)])
def test_p_of_one_run_each_is_mcnemars(only_a, only_b):
    a = [1] * only_a + [0] * only_b + [1] * 4 + [0] * 30
    b = [0] * only_a + [1] * only_b + [1] * 4 + [0] * 30
    m = only_a + only_b
    expected = min(1.0, 2 * sum(comb(m, i) for i in range(min(only_a, only_b) + 1)) / 2**m)
    assert lab.compare(predictions(a), predictions(b)).p == pytest.approx(expected)
    assert lab.compare(predictions(b), predictions(a)).p == pytest.approx(expected)


def test_exchange_in_pairs_agrees_with_mcnemar():
    each = np.array([1.0] * 3 + [-1.0] * 11 + [0.0] * 50)
    by_exchange = comparison._by_exchange(each, np.random.default_rng(0))
    assert by_exchange == pytest.approx(comparison._mcnemar(each), abs=0.01)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_where_there_is_no_difference_small_p_are_rare(seed):
    rng = np.random.default_rng(seed)
    ps = [
        lab.compare(
            [predictions(rng.random(60) < 0.3) for _ in range(2)],
            [predictions(rng.random(60) < 0.3) for _ in range(2)],
        ).p
        for _ in range(20)
    ]
    assert sum(p < 0.05 for p in ps) <= 7  # one is expected


def test_the_standard_error_is_how_much_the_difference_varies():
    rng = np.random.default_rng(1)
    found = [
        lab.compare(predictions(rng.random(300) < 0.3), predictions(rng.random(300) < 0.2))
        for _ in range(200)
    ]
    spread = np.std([one.difference for one in found])
    assert np.mean([one.standard_error for one in found]) == pytest.approx(spread, rel=0.15)


def test_several_runs_and_the_words():
    runs = [predictions([1] * 30 + [0] * 70), predictions([1] * 32 + [0] * 68)]
    better = [predictions([1] * 9 + [0] * 91), predictions([1] * 11 + [0] * 89)]
    found = lab.compare(runs, better)
    assert repr(found) == (
        "errors 0.300 0.320 and 0.090 0.110 on the same 100 pictures: b - a = -0.210 ± "
        f"{found.standard_error:.3f} (standard error), p < 0.001: unlikely to be the luck of the pictures"
    )
    assert "p = 1: could be the luck of the pictures" in repr(lab.compare(runs[0], runs[0]))
    assert found == lab.compare(iter(runs), (one for one in better))


def test_numbers_of_every_kind_are_taken():
    probs, targets = predictions([1, 0, 1, 0])
    expected = lab.compare((probs, targets), (probs, targets))
    assert (
        lab.compare((probs.bfloat16().requires_grad_(), targets), (probs.numpy(), targets.tolist()))
        == expected
    )


def test_what_get_preds_and_tta_return_can_be_compared(tmp_path):
    from small import picture_folder, small_classifier

    learn = small_classifier(picture_folder(tmp_path / "colours"))
    found = lab.compare(learn.get_preds(with_loss=True), learn.tta(1))
    assert found.pictures == learn.dls.valid.n


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([], predictions([1, 0]), "a holds no predictions"),
        (predictions([1, 0]), predictions([1, 0, 1]), r"the targets differ \(2 and 3 pictures\)"),
        (predictions([1, 0]), (torch.ones(2, 3), torch.tensor([0, 2])), "at 1 of 2 pictures"),
        (predictions([1, 0]), [predictions([1, 0]), predictions([1])], "2 and 1 pictures"),
        (predictions([1, 0]), predictions([1, 0], classes=2), "3 classes in one run and 2 in another"),
        (predictions([1, 0]), (torch.ones(2), torch.zeros(2)), r"b has probabilities of shape \(2,\)"),
        (predictions([1, 0]), (torch.ones(2, 3), torch.tensor([0, -1])), "targets of b are not a class"),
        (
            predictions([1, 0]),
            (torch.full((2, 3), torch.nan), torch.zeros(2)),
            "b has probabilities that are NaN",
        ),
        (predictions([1, 0]), 3, "b should be .probabilities, targets. as get_preds"),
    ],
)
def test_bad_input(a, b, words):
    with pytest.raises(ValueError, match=words):
        lab.compare(a, b)

"""Comparing two models on the same pictures: McNemar's exact test, exchange in pairs, and the interval."""

from math import comb

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert found.low <= -0.4 <= found.high <= 0


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


def test_the_interval_is_as_wide_as_the_standard_error_says():
    rng = np.random.default_rng(1)
    a, b = rng.random(2000) < 0.3, rng.random(2000) < 0.2
    found = lab.compare(predictions(a), predictions(b))
    spread = np.std(b.astype(float) - a) / np.sqrt(2000)
    assert (found.high - found.low) / (2 * 1.96 * spread) == pytest.approx(1, abs=0.05)
    assert found == lab.compare(predictions(a), predictions(b))


def test_several_runs_and_the_words():
    runs = [predictions([1] * 30 + [0] * 70), predictions([1] * 32 + [0] * 68)]
    better = [predictions([1] * 9 + [0] * 91), predictions([1] * 11 + [0] * 89)]
    found = lab.compare(runs, better)
    assert repr(found) == (
        "errors 0.300 0.320 and 0.090 0.110 on the same 100 pictures: b - a = -0.210, 95 % between "
        f"{found.low:+.3f} and {found.high:+.3f}, p < 0.001: more than chance"
    )
    assert "p = 1.000: no more than chance may do" in repr(lab.compare(runs[0], runs[0]))


def test_what_get_preds_and_tta_return_can_be_compared(tmp_path):
    from small import picture_folder, small_classifier

    learn = small_classifier(picture_folder(tmp_path / "colours"))
    found = lab.compare(learn.get_preds(with_loss=True)[:2], learn.tta(1))
    assert found.pictures == learn.dls.valid.n


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([], predictions([1, 0]), "a holds no predictions"),
        (predictions([1, 0]), predictions([1, 0, 1]), r"targets of a and b differ \(2 and 3\)"),
        (predictions([1, 0]), [predictions([1, 0]), predictions([1])], "runs of b are not of the same"),
        (predictions([1, 0]), (torch.ones(2), torch.zeros(2)), r"b has probabilities of shape \(2,\)"),
        (predictions([1, 0]), 3, "expected .probabilities, targets. as get_preds"),
    ],
)
def test_bad_input(a, b, words):
    with pytest.raises(ValueError, match=words):
        lab.compare(a, b)

"""The table of a submission: its columns, its order, and what is refused."""

import numpy as np
import pytest
import torch

import lab

VOCAB = ["akita", "pug"]
PATHS = ["test/b.jpg", "test/a.jpg"]
PROBS = [[0.25, 0.75], [1.0, 0.0]]


def test_a_row_per_picture_in_the_given_order():
    for probs in (PROBS, np.array(PROBS), torch.tensor(PROBS)):
        frame = lab.submission(probs, PATHS, VOCAB)
        assert frame.columns.tolist() == ["id", "akita", "pug"]
        assert frame.to_numpy().tolist() == [["b", 0.25, 0.75], ["a", 1.0, 0.0]]


def test_rows_of_float32_sum_to_one_in_double_precision():
    probs = np.random.default_rng(0).dirichlet(np.ones(30), size=50).astype(np.float32)
    frame = lab.submission(probs, [f"{i}.jpg" for i in range(50)], [f"c{i}" for i in range(30)])
    assert abs(frame.drop(columns="id").sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize(
    ("probs", "paths", "words"),
    [
        (PROBS[:1], PATHS, r"shape \(1, 2\); 2 pictures and 2 classes need \(2, 2\). Predict these pictures"),
        ([PROBS, PROBS], PATHS, "Average several augmented predictions first"),
        (np.log([[0.5, 0.5], [0.5, 0.5]]), PATHS, "Put logarithms through np.exp"),
        ([[0.5, 0.6], [1, 0]], PATHS, "expected probabilities"),
        ([[float("nan"), 0.6], [1, 0]], PATHS, "expected probabilities"),
        (PROBS, ["x/a.jpg", "y/a.png"], "'a' names more than one picture"),
    ],
)
def test_what_is_no_submission_is_refused(probs, paths, words):
    with pytest.raises(ValueError, match=words):
        lab.submission(probs, paths, VOCAB)

"""Scores in the 2018 spelling; the counting is that of `lab.core.metrics`.

TTA's result has one more axis than predictions have, the augmented versions, and the lessons pass it on both
averaged and stacked. Here both are taken: stacked predictions, logarithms or not, are averaged as
probabilities.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from lab import metrics as core
from lab.classic.data import ImageClassifierData
from lab.core.errors import BadValue
from lab.data.submission import submission as submission_table


def accuracy(preds: Any, targs: Any) -> float:
    """The share of right predictions: `lab.accuracy`. preds: (n, c), or (k, n, c) as TTA gives them."""
    return core.accuracy(averaged(preds), targs)


accuracy_np = accuracy


def log_loss(y: Any, probs: Any) -> float:
    """Minus the mean log of the right class's probability: `lab.log_loss`.

    y: (n,) class numbers. probs: probabilities (n, c) or (k, n, c). Also with the two the other way round, as
    `lab.log_loss` has them.
    """
    if np.ndim(y) > np.ndim(probs):
        y, probs = probs, y
    probs = averaged(probs)
    return core.log_loss(np.exp(probs) if _are_logs(probs) else probs, y)


def confusion_matrix(y_true: Any, y_pred: Any) -> np.ndarray:
    """(c, c) int64, rows are the truth: `lab.confusion_matrix`."""
    return core.confusion_matrix(y_true, y_pred)


def submission(probs: Any, data: ImageClassifierData) -> pd.DataFrame:
    """Predictions of the test pictures in the format of `sample_submission.csv`: `lab.submission`.

    probs: (n, c) or (k, n, c), probabilities or their logarithms.
    """
    if data.test_ds is None:
        raise BadValue("submission: the data has no test pictures. Give it test_name='test'.")
    probs = averaged(probs)
    return submission_table(np.exp(probs) if _are_logs(probs) else probs, data.test_ds.fnames, data.classes)


# the lessons' name for scikit-learn's module
metrics = SimpleNamespace(confusion_matrix=confusion_matrix, log_loss=log_loss)


def averaged(preds: Any) -> Any:
    """(n, c) probabilities: the mean over the first axis of (k, n, c); anything else as it is."""
    if np.ndim(preds) != 3:
        return preds
    preds = np.asarray(preds)
    return (np.exp(preds) if _are_logs(preds) else preds).mean(axis=0)


def _are_logs(preds: Any) -> bool:
    return bool(np.max(np.asarray(preds)) <= 0)

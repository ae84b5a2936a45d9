"""Precision, recall and F1 of every class, and their averages: at which classes a classifier is good.

The numbers are those of scikit-learn's `classification_report` with every class of the vocab as its `labels`;
the lab counts them itself, so that the definitions can be read here.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lab.core.errors import BadValue
from lab.metrics import confusion_matrix


def class_report(
    targets: np.ndarray, preds: np.ndarray, vocab: Sequence[str], zero_division: float = 0.0
) -> pd.DataFrame:
    """A row for every class of the vocab, in its order, then "accuracy", "macro avg" and "weighted avg".

    targets, preds: (n,) class indices. Columns: "precision" = hits / predicted as the class, "recall" =
    hits / pictures of the class, "f1-score" = their harmonic mean, all in 0..1, and "support", the pictures
    of the class (int64). "accuracy" is the share of right predictions; over all pictures at once it is
    precision, recall and F1 alike. "macro avg" is the mean over the classes, each counting the same;
    "weighted avg" the mean weighted by support. zero_division: what a number is whose divisor is 0, such as
    the precision of a class that was never predicted: 0 (as scikit-learn does with a warning), 1, or NaN,
    which the averages leave out. Raises ValueError for any other.
    """
    if not (zero_division in (0, 1) or zero_division != zero_division):
        raise BadValue(f"report: got zero_division={zero_division!r}; expected 0, 1 or NaN.")
    matrix = confusion_matrix(targets, preds, len(vocab))
    hits, support, predicted = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    scores = np.stack(
        [
            divide(hits, predicted, zero_division),
            divide(hits, support, zero_division),
            divide(2 * hits, support + predicted, zero_division),
        ],
        axis=1,
    )
    total = support.sum()
    accuracy = np.full(3, hits.sum() / total)
    averages = [_average(scores, weights) for weights in (np.ones_like(support), support)]
    return pd.DataFrame(
        np.vstack([scores, accuracy, *averages]),
        index=[*vocab, "accuracy", "macro avg", "weighted avg"],
        columns=["precision", "recall", "f1-score"],
    ).assign(support=[*support, total, total, total])


def report_text(report: pd.DataFrame, digits: int = 2) -> str:
    """The table of `class_report` as text, the scores rounded to `digits`; accuracy stands in one column."""
    shown = report.astype(object)
    scores = [column for column in report if column != "support"]
    shown[scores] = report[scores].map(lambda score: f"{score:.{digits}f}")
    shown.iloc[-3, :2] = ""  # the row of accuracy
    return shown.to_string()


def divide(hits: np.ndarray, out_of: np.ndarray, zero_division: float = np.nan) -> np.ndarray:
    """hits / out_of (c,), and zero_division where out_of is 0."""
    return np.divide(hits, out_of, out=np.full(len(hits), float(zero_division)), where=out_of > 0)


def _average(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The weighted mean of every column of (c, 3), without the rows where it is NaN; unweighted when the rows
    that are left have no weight."""
    known = ~np.isnan(scores)
    counted = np.where(known, weights[:, None], 0)
    counted = np.where(counted.any(axis=0), counted, known)
    return divide((np.where(known, scores, 0) * counted).sum(axis=0), counted.sum(axis=0))

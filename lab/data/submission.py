"""A submission: predictions of unlabelled pictures as a table, in the format of `sample_submission.csv`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lab.core.errors import BadValue
from lab.data.pictures import check_pictures


def submission(probs: Any, paths: Sequence[Path | str], vocab: Sequence[str]) -> pd.DataFrame:
    """Return predictions as a table with one row per image, as a competition takes them.

    Its columns are `id`, the file's name without extension, and the probability of every class. Write it with
    `.to_csv(file, index=False)`.

    Parameters
    ----------
    probs : Tensor or array of shape (n, c)
        Probabilities; rows summing to 1. They are scaled to sum to 1 in double precision.
    paths : sequence of path
        The n files, in the same order.
    vocab : sequence of str
        The c classes.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        For shapes that do not fit, names that come twice, and rows that are not probabilities.

    Examples
    --------
    >>> lab.submission([[0.9, 0.1], [0.2, 0.8]], ["test/a.jpg", "test/b.jpg"], ["cat", "dog"])
      id  cat  dog
    0  a  0.9  0.1
    1  b  0.2  0.8
    """
    probs = np.asarray(probs, dtype=np.float64)
    ids = [Path(path).stem for path in paths]
    if probs.shape != (len(ids), len(vocab)):
        raise BadValue(
            f"submission: probs have shape {probs.shape}; {len(ids)} pictures and {len(vocab)} classes need "
            f"({len(ids)}, {len(vocab)}). {_advice(probs, paths)}."
        )
    if len(set(ids)) < len(ids):
        twice = next(name for i, name in enumerate(ids) if name in ids[:i])
        raise BadValue(f"submission: {twice!r} names more than one picture. Give files with different names.")
    sums = probs.sum(axis=1, keepdims=True)
    if not (probs >= 0).all() or not np.allclose(sums, 1, atol=1e-3):
        raise BadValue(
            f"submission: the entries start at {probs.min():.4g} and the rows sum to {sums.min():.4g} to "
            f"{sums.max():.4g}; expected probabilities. Put logarithms through np.exp first."
        )
    table = pd.DataFrame(probs / sums, columns=list(vocab))
    table.insert(0, "id", ids)
    return table


def _advice(probs: np.ndarray, paths: Sequence[Path | str]) -> str:
    """What to do about shapes that do not fit; damaged files, left out by `test_dl`, are named."""
    if probs.ndim == 3:
        return "Average several augmented predictions first"
    files = [Path(path) for path in paths]
    if probs.ndim == 2 and 0 < len(probs) < len(files):
        broken = check_pictures(files)
        if len(broken) == len(files) - len(probs):
            names = ", ".join(repr(path.name) for path in list(broken)[:10])
            more = f" and {len(broken) - 10} more" if len(broken) > 10 else ""
            return (
                f"{len(broken)} files cannot be read and were left out: {names}{more}. Pass the files "
                "that were predicted, dl.paths of the loader that you predicted"
            )
    return "Predict these pictures"

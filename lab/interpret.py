"""What a classifier got right, what it got wrong, and which pictures to look at.

The set is predicted once; confusions, rankings and contact sheets all read that one record. Every record
carries its file, since a mistake is understood by looking at the picture (2018 lesson "looking at pictures";
2020 lesson "Model Interpretation"). Equal values are ranked by the order of the files.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lab.charts import draw
from lab.class_report import class_report, divide, report_text
from lab.core.errors import BadValue
from lab.data.loaders import labelled_loader
from lab.data.pictures import open_picture
from lab.metrics import confusion_matrix
from lab.prediction_records import PredictionRecord, check_count, check_predictions, sheet_of


class ClassificationInterpretation:
    """Predictions of a labelled set, with the questions that one asks of them.

    `from_learner` makes one. Tensors and arrays are taken alike and kept as NumPy: `probs` and `losses` as
    float32, `targets` and `preds` as int64.

    Parameters
    ----------
    probs : array of shape (n, c)
        Probabilities, 0..1.
    targets : array of shape (n,)
        Class numbers in [0, c).
    paths : iterable of path
        The n files, in the same order.
    vocab : sequence of str
        The c labels.
    losses : array of shape (n,), optional
        Without them -log of the truth's probability.

    Raises
    ------
    ValueError
        For no images, lengths that differ, targets outside the vocab, NaN, and activations or logarithms as
        probs.

    Examples
    --------
    >>> interp = lab.ClassificationInterpretation.from_learner(learn)
    >>> interp
    ClassificationInterpretation: 9 pictures, 3 classes, error rate ...
    """

    def __init__(
        self, probs: Any, targets: Any, paths: Iterable[Path | str], vocab: Sequence[str], losses: Any = None
    ) -> None:
        self.probs = np.asarray(probs, dtype=np.float32)
        self.targets = np.asarray(targets, dtype=np.int64)
        self.paths = [Path(path) for path in paths]
        self.vocab = tuple(vocab)
        check_predictions(self.probs, self.targets, self.paths, self.vocab)
        self.preds = self.probs.argmax(axis=1)  # of equal probabilities the first class
        self._of_truth = self.probs[np.arange(len(self)), self.targets]
        if losses is None:
            losses = -np.log(np.maximum(self._of_truth, np.finfo(np.float32).tiny))
        self.losses = np.asarray(losses, dtype=np.float32)
        if self.losses.shape != self.targets.shape:
            raise BadValue(f"interpretation: losses have shape {self.losses.shape}; give one per picture.")

    @classmethod
    def from_learner(cls, learn: Any, ds_idx: int = 1, dl: Any = None) -> "ClassificationInterpretation":
        """Predict a split once: 0 train, 1 valid, 2 test; or the pictures of a loader `dl`.

        Pictures are taken in file order and unaugmented. Raises ValueError for a split that is not there, for
        one without labels (nothing to compare with; use `learn.get_preds`), for pictures without files;
        TypeError for a loader that is not the lab's.
        """
        loader = labelled_loader(learn.dls, ds_idx, dl)
        # a split by its number may be predicted from precomputed activations
        which = {"ds_idx": ds_idx} if dl is None else {"dl": dl.replace(shuffle=False, augment=False)}
        probs, targets, losses = learn.get_preds(**which, with_loss=True)
        return cls(probs, targets, loader.pictures.paths, learn.dls.vocab, losses)

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        counts = f"{len(self)} pictures, {len(self.vocab)} classes"
        return f"ClassificationInterpretation: {counts}, error rate {1 - self.right().mean():.3f}"

    def right(self) -> np.ndarray:
        """(n,) bool: which predictions are the truth."""
        return self.preds == self.targets

    def confusion_matrix(self) -> np.ndarray:
        """(c, c) int64: how many pictures of the row's class were taken for the column's."""
        return confusion_matrix(self.targets, self.preds, len(self.vocab))

    def most_confused(self, min_val: int = 1) -> list[tuple[str, str, int]]:
        """(truth, predicted, count) of the mistakes made min_val times or more, the most frequent first,
        equals in the order of the vocab (2020 lesson)."""
        wrong = self.confusion_matrix()
        np.fill_diagonal(wrong, 0)
        cells = [(row, column) for row, column in np.argwhere(wrong >= max(min_val, 1)).tolist()]
        cells.sort(key=lambda cell: -wrong[cell])
        return [(self.vocab[row], self.vocab[column], int(wrong[row, column])) for row, column in cells]

    def per_class(self) -> pd.DataFrame:
        """precision, recall (0..1) and n (pictures) of every class, indexed by label.

        recall is NaN for a class without pictures, precision for one that was never predicted.
        """
        matrix = self.confusion_matrix()
        hits, true, said = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
        columns = {"precision": divide(hits, said), "recall": divide(hits, true), "n": true}
        return pd.DataFrame(columns, index=pd.Index(self.vocab, name="class"))

    def report(self, zero_division: float = 0.0) -> pd.DataFrame:
        """Precision, recall, F1 and support of every class, accuracy and averages: scikit-learn's numbers.

        zero_division: in place of a number whose divisor is 0. See `lab.class_report.class_report`.
        """
        return class_report(self.targets, self.preds, self.vocab, zero_division)

    def print_classification_report(self, digits: int = 2) -> None:
        """Print `report()` with so many digits (2020 lesson)."""
        print(report_text(self.report(), digits))

    def top_losses(self, k: int | None = None, largest: bool = True) -> list[PredictionRecord]:
        """The k pictures (None: all) with the largest loss, or with the smallest."""
        return self._ranked(np.arange(len(self)), -self.losses if largest else self.losses, k)

    def random_correct(self, n: int = 4, seed: int | None = None) -> list[PredictionRecord]:
        """n right predictions, drawn without replacement; seed: repeats the draw."""
        return self._drawn(self.right(), n, seed)

    def random_incorrect(self, n: int = 4, seed: int | None = None) -> list[PredictionRecord]:
        """n wrong predictions, drawn without replacement; seed: repeats the draw."""
        return self._drawn(~self.right(), n, seed)

    def most_correct(self, label: str, n: int = 4) -> list[PredictionRecord]:
        """Pictures of the label that were recognised with the highest probability."""
        here = (self.targets == self._index(label)) & self.right()
        return self._ranked(np.flatnonzero(here), -self._of_truth, n)

    def most_incorrect(self, label: str, n: int = 4) -> list[PredictionRecord]:
        """Pictures of the label that were not recognised, those first to which it seemed least probable."""
        here = (self.targets == self._index(label)) & ~self.right()
        return self._ranked(np.flatnonzero(here), self._of_truth, n)

    def most_uncertain(self, n: int = 8) -> list[PredictionRecord]:
        """Pictures with the least distance between their two most probable classes.

        With two classes that is the probability closest to 0.5, as in the 2018 lesson.
        """
        best = np.sort(self.probs, axis=1)[:, -2:]
        return self._ranked(np.arange(len(self)), best[:, -1] - best[:, 0], n)

    def confused(self, truth: str, predicted: str, n: int | None = None) -> list[PredictionRecord]:
        """The pictures of one cell of the confusion matrix, the surest predictions first."""
        here = (self.targets == self._index(truth)) & (self.preds == self._index(predicted))
        return self._ranked(np.flatnonzero(here), -self.probs.max(axis=1), n)

    def record(self, i: int) -> PredictionRecord:
        """What was said of picture i."""
        i = int(i)
        return PredictionRecord(
            index=i,
            path=self.paths[i],
            truth=self.vocab[self.targets[i]],
            predicted=self.vocab[self.preds[i]],
            probability=float(self.probs[i, self.preds[i]]),
            truth_probability=float(self._of_truth[i]),
            loss=float(self.losses[i]),
        )

    finding = record  # its name in earlier notebooks

    def to_frame(self) -> pd.DataFrame:
        """All records as a table, one row per picture in file order, with a column `right`."""
        rows = [asdict(record) | {"right": record.right} for record in map(self.record, range(len(self)))]
        return pd.DataFrame(rows).set_index("index")

    def open(self, i: int) -> Image.Image:
        """Picture i, decoded from its file. Raises BrokenPicture when it is no longer there."""
        return open_picture(self.paths[i])

    def show(self, records: Sequence[PredictionRecord], **options: Any) -> Image.Image:
        """A contact sheet of records; options: those of `sheet_of` (ncols, tile, title)."""
        return sheet_of(records, **options)

    def plot_top_losses(self, k: int = 9, ncols: int | None = None) -> Image.Image:
        """The k pictures with the largest loss, each with its loss (2020 lesson)."""
        return self.show(self.top_losses(k), ncols=ncols, with_loss=True)

    def plot_confusion_matrix(
        self,
        normalize: bool = False,
        figsize: tuple[float, float] | None = None,
        dpi: int = 80,
        **options: Any,
    ) -> Any:
        """The chart of the confusion matrix; normalize: percents of the row.

        figsize, dpi: the size of the matrix itself as the lessons give it, in inches and dots per inch.
        """
        matrix = self.confusion_matrix()
        if figsize is not None:
            options["cell"] = min(figsize) * dpi / len(self.vocab)
        return draw("confusion_matrix", matrix, self.vocab, normalize=normalize, **options)

    def plot_per_class(self, **options: Any) -> Any:
        """The chart of recall and precision of every class."""
        return draw("per_class", self.per_class(), **options)

    def plot_probabilities(self, i: int, **options: Any) -> Any:
        """The chart of picture i's probabilities."""
        return draw("probabilities", self.probs[i], self.vocab, self.vocab[self.targets[i]], **options)

    def _ranked(self, indices: np.ndarray, values: np.ndarray, n: int | None) -> list[PredictionRecord]:
        """Findings of these pictures, those with the lowest value first, equals in file order; at most n."""
        check_count(n)
        order = np.argsort(values[indices], kind="stable")[:n]
        return [self.record(i) for i in indices[order]]

    def _drawn(self, chosen: np.ndarray, n: int, seed: int | None) -> list[PredictionRecord]:
        check_count(n)
        indices = np.random.default_rng(seed).permutation(np.flatnonzero(chosen))
        return [self.record(i) for i in indices[:n]]

    def _index(self, label: str) -> int:
        if label in self.vocab:
            return self.vocab.index(label)
        near = difflib.get_close_matches(str(label), map(str, self.vocab), n=3)
        hint = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"Choose one of {self.vocab[:8]}."
        raise BadValue(f"interpretation: {label!r} is not one of the {len(self.vocab)} labels. {hint}")

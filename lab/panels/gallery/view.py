"""The gallery's state, without widgets: which pictures, which page, which one is enlarged."""

from functools import cached_property

import numpy as np

from lab.annotations import Annotations
from lab.charts.confusion import most_mistaken
from lab.core.errors import BadValue
from lab.interpret import ClassificationInterpretation
from lab.panels.gallery.marking import Marking
from lab.panels.gallery.query import WORDS, Query
from lab.panels.gallery.thumbnails import Thumbnail, Thumbnails
from lab.prediction_records import PredictionRecord
from lab.wording import count_text

PAGE = 12  # pictures
ALL_CLASSES = 40  # up to so many the matrix shows all; of more only
MOST_CLASSES = 30  # those with the most mistakes
FEW_CLASSES = 12  # the same when it is asked for the most confused ones
THUMBNAIL, ENLARGED = 240, 720  # pixels of the longer side
MOST_PAIRS = 300  # in the list of confused pairs


class GalleryView:
    """What a gallery shows of an interpretation. given: marks to use instead of the session's own.

    Making one computes nothing: marks, confusions and pictures are looked up when they are first asked for.
    """

    def __init__(self, interp: ClassificationInterpretation, given: Annotations | None = None) -> None:
        self.interp, self._given = interp, given
        self.query = Query()
        self.start = 0
        self.enlarged: int | None = None  # place in `found`
        self.wanted: str | None = None  # the label chosen for the enlarged picture
        self.focused = False
        self._thumbnails = Thumbnails()
        self._answered: tuple[Query, list[PredictionRecord]] | None = None

    # ------------------------------------------------------------ what is shown

    @property
    def found(self) -> list[PredictionRecord]:
        """All pictures that answer the question."""
        if self._answered is None or self._answered[0] != self.query:
            self._answered = self.query, self.query.records(self.interp)
        return self._answered[1]

    @property
    def page(self) -> list[PredictionRecord]:
        """The pictures on this page, at most PAGE."""
        return self.found[self.start : self.start + PAGE]

    @property
    def stop(self) -> int:
        return self.start + len(self.page)

    @property
    def one(self) -> PredictionRecord | None:
        """The enlarged picture."""
        return None if self.enlarged is None else self.found[self.enlarged]

    def place(self) -> str:
        """13–24 of 40"""
        if not self.found:
            return "0 of 0"
        if self.enlarged is not None:
            return f"{self.enlarged + 1:,} of {len(self.found):,}"
        return f"{self.start + 1:,}–{self.stop:,} of {len(self.found):,}"  # noqa: RUF001 (a range)

    # ------------------------------------------------------------ choosing

    def ask(self, query: Query) -> None:
        """Show the answers to a question from the first page on. Raises ValueError for an unknown label;
        what was shown then stays."""
        self._answered = query, query.records(self.interp)
        self.query, self.start, self.enlarged = query, 0, None

    def show(self, kind: str, label: str | None = None) -> None:
        """Pictures of one kind, a key of `WORDS`; a random kind picks others each time."""
        if kind not in WORDS:
            raise BadValue(f"gallery: got {kind!r}. Choose one of: {', '.join(WORDS)}.")
        self.ask(Query(kind, label, seed=self.query.seed + kind.startswith("random")))

    def of_class(self, label: str | None) -> None:
        """Only pictures of this class; None: of every class. A confusion gives way to all of its pictures."""
        kind = "all" if self.query.kind == "confused" else self.query.kind
        self.ask(Query(kind, label, seed=self.query.seed))

    def open(self, truth: str, predicted: str) -> None:
        """The pictures of one cell of the confusion matrix."""
        self.ask(Query("confused", truth, predicted, self.query.seed))

    def turn(self, pages: int) -> None:
        """Go so many pages on, or back; with an enlarged picture so many pictures."""
        if self.enlarged is not None:
            self.enlarge(min(max(self.enlarged + pages, 0), len(self.found) - 1))
            return
        last = max(0, (len(self.found) - 1) // PAGE * PAGE)
        self.start = min(max(self.start + pages * PAGE, 0), last)

    def enlarge(self, place: int) -> None:
        """Show one picture large. place: in `found`. Raises ValueError for one that is not there."""
        if not 0 <= place < len(self.found):
            raise BadValue(
                f"enlarge: got {place}. There are {count_text(len(self.found), 'picture')}, counted from 0."
            )
        self.enlarged, self.start, self.wanted = place, place // PAGE * PAGE, None

    def shrink(self) -> None:
        """Back to the page."""
        self.enlarged = None

    # ------------------------------------------------------------ marks

    @cached_property
    def marking(self) -> Marking:
        return Marking(self.interp, self._given)

    @property
    def marks(self) -> Annotations:
        return self.marking.marks

    def press(self, record: PredictionRecord, kind: str) -> None:
        """Mark a picture "relabel", "discard" or "keep"; a second time takes the mark off.

        A wrong prediction is the new label; for a right one, the picture is enlarged to choose one.
        """
        mark, label = self.marks[record.path], self.label_for(record)
        if mark is not None and mark.kind == kind and mark.label in (None, label):
            self.marks.clear(record.path)
        elif kind != "relabel":
            getattr(self.marks, kind)(record.path)
        elif self.one != record and record.right:
            self.enlarge(self.found.index(record))
        else:
            self.marks.relabel(record.path, label)

    def label_for(self, record: PredictionRecord) -> str:
        """The label that "relabel" gives: the chosen one, that of the mark, the most probable other one."""
        mark = self.marks[record.path]
        if self.wanted is not None and self.one == record:
            return self.wanted
        if mark is not None and mark.label is not None:
            return mark.label
        return next((label for label, _ in self.leading(record, 2) if label != record.truth), record.truth)

    # ------------------------------------------------------------ pictures and numbers

    def picture(self, record: PredictionRecord, side: int) -> Thumbnail:
        return self._thumbnails.of(record.path, side)

    def leading(self, record: PredictionRecord, count: int) -> list[tuple[str, float]]:
        """(label, probability) of the most probable classes, the highest first."""
        probs = self.interp.probs[record.index]
        return [(self.interp.vocab[i], float(probs[i])) for i in np.argsort(-probs, kind="stable")[:count]]

    @cached_property
    def matrix(self) -> np.ndarray:
        return self.interp.confusion_matrix()

    @cached_property
    def pairs(self) -> list[tuple[str, str, int]]:
        """The most confused pairs: (truth, predicted, count)."""
        return self.interp.most_confused()[:MOST_PAIRS]

    @property
    def classes(self) -> list[int]:
        """The classes in the matrix, in the order of the vocab: all of few; of many, or focused, those with
        the most mistakes."""
        size = len(self.interp.vocab)
        most = FEW_CLASSES if self.focused else MOST_CLASSES
        if size <= (FEW_CLASSES if self.focused else ALL_CLASSES):
            return list(range(size))
        return most_mistaken(self.matrix, most)

    @property
    def cell(self) -> tuple[int, int] | None:
        """(truth, predicted) as class indices: the open cell, or that of the enlarged picture."""
        if self.one is not None:
            i = self.one.index
            return int(self.interp.targets[i]), int(self.interp.preds[i])
        if self.query.kind != "confused":
            return None
        vocab = self.interp.vocab
        return vocab.index(self.query.truth), vocab.index(self.query.predicted)

"""The marks of a gallery: found again when its cell is run again, counted, saved beside the pictures."""

from collections import OrderedDict
from collections.abc import Hashable

from lab.annotations import Annotations
from lab.interpret import ClassificationInterpretation
from lab.label_noise import planted_errors
from lab.wording import count_text

KEPT = 8  # sets of pictures whose marks are remembered

_kept: OrderedDict[Hashable, Annotations] = OrderedDict()


def marks_for(interp: ClassificationInterpretation) -> Annotations:
    """The marks of these very pictures in this session: the same object each time, also for another
    interpretation of the same pictures with the same labels, such as after further training."""
    key = tuple(interp.paths), interp.targets.tobytes(), interp.vocab
    if key not in _kept:
        _kept[key] = Annotations.of(interp)
    _kept.move_to_end(key)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return _kept[key]


class Marking:
    """What a gallery does with its marks, without widgets.

    marks: given ones, which get the pictures of the interpretation added; None: those of `marks_for`.
    """

    def __init__(self, interp: ClassificationInterpretation, marks: Annotations | None = None) -> None:
        labels = [interp.vocab[target] for target in interp.targets]
        if marks is not None:
            marks.add(interp.paths, labels)
        self.marks = marks_for(interp) if marks is None else marks
        self._planted = planted_errors(interp.paths, labels)

    def words(self) -> str:
        """Marked: 1 relabel, 1 discard · not saved yet."""
        marks = self.marks
        counts = ", ".join(f"{number} {kind}" for kind, number in marks.counts().items() if number)
        saved = "not saved yet" if marks.unsaved else f"saved in {marks.file.name}" if marks.file else ""
        return " · ".join(
            filter(None, [f"Marked: {counts}" if counts else "Nothing marked", counts and saved])
        )

    def found(self) -> str:
        """How many planted label errors have been found, without naming them; "" for other pictures."""
        if not self._planted:
            return ""
        found, of = self._planted.found(self.marks.label), len(self._planted)
        return f"found {found} of {count_text(of, 'planted label error')}"

"""The marks of a gallery: found again when its cell is run again, planned, applied, taken back, saved."""

from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path

from lab.annotations import Annotations, Changes
from lab.interpret import ClassificationInterpretation
from lab.label_noise import planted_errors

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

    marks: given ones, which get the pictures of the interpretation added; None: those of `marks_for`. plan:
    what `confirm` would do, while it is asked. said: what was done last, in words.
    """

    def __init__(self, interp: ClassificationInterpretation, marks: Annotations | None = None) -> None:
        labels = [interp.vocab[target] for target in interp.targets]
        if marks is not None:
            marks.add(interp.paths, labels)
        self.marks = marks_for(interp) if marks is None else marks
        self.plan: Changes | None = None
        self.said = ""
        self._planted = planted_errors(interp.paths, labels)
        self._saved: Path | None = None
        self.applied = self.marks.last_apply()

    def words(self) -> str:
        """Marked: 1 relabel, 1 discard · nothing touched yet."""
        counts = ", ".join(f"{number} {kind}" for kind, number in self.marks.counts().items() if number)
        return f"Marked: {counts} · nothing touched yet" if counts else "Nothing marked"

    def found(self) -> str:
        """How many planted label errors have been found, without naming them; "" for other pictures."""
        if not self._planted:
            return ""
        found, of = self._planted.found(self.marks.label), len(self._planted)
        return f"found {found} of {of} planted label error{'' if of == 1 else 's'}"

    def ask(self) -> None:
        """Show what applying would do. Raises ValueError where nothing is known of the labels' place."""
        self.said, self.plan = "", self.marks.plan()

    def cancel(self) -> None:
        """Do not apply."""
        self.plan = None

    def confirm(self) -> None:
        """Apply the marks: files are moved. Raises as `Annotations.apply`."""
        self.plan = None
        self.said = repr(self.marks.apply())
        self.applied = self.marks.last_apply()

    def take_back(self) -> None:
        """Undo the last apply, of this or an earlier session. Raises as `Annotations.undo_apply`."""
        self.plan = None
        self.said = repr(self.marks.undo_apply())
        self.applied = self.marks.last_apply()

    def save(self) -> None:
        """Write the marks beside the notebook: as marks.csv, or under a name that is still free."""
        if self._saved is None:
            self._saved, number = Path("marks.csv"), 1
            while self._saved.exists():
                self._saved, number = Path(f"marks-{number}.csv"), number + 1
        file = self.marks.to_csv(self._saved)
        rows = len(self.marks)
        self.said = f"saved {rows} mark{'' if rows == 1 else 's'} in {file.name}"

    def changed(self) -> None:
        """The marks are others: what was planned or said holds no more."""
        self.plan, self.said = None, ""

"""Which pictures the gallery shows: a question to the interpretation, in words and as a line of Python."""

from dataclasses import dataclass

from lab.core.errors import BadValue
from lab.interpret import ClassificationInterpretation
from lab.prediction_records import PredictionRecord

WORDS = {
    "top_losses": "top losses",
    "most_incorrect": "most incorrect",
    "most_uncertain": "most uncertain",
    "most_correct": "most correct",
    "random_correct": "random correct",
    "random_incorrect": "random incorrect",
    "all": "all pictures",
}
"""The kinds of questions apart from "confused", and how they are called."""
RIGHT = {"most_incorrect": False, "most_correct": True}  # ranked by the loss: whether they are right


@dataclass(frozen=True)
class Query:
    """kind: "confused" or a key of `WORDS`. truth: only pictures of this class; None: of all. predicted: of
    "confused". seed: of the random ones."""

    kind: str = "top_losses"
    truth: str | None = None
    predicted: str | None = None
    seed: int = 0

    def records(self, interp: ClassificationInterpretation) -> list[PredictionRecord]:
        """All pictures that answer, the foremost first. Raises ValueError for an unknown label."""
        if self.kind == "confused":
            return interp.confused(self.truth, self.predicted)
        if self.truth is not None and self.kind in RIGHT:
            return getattr(interp, self.kind)(self.truth, len(interp))
        found = self._of_every_class(interp)
        return found if self.truth is None else [f for f in found if f.truth == self.truth]

    def code(self, name: str, start: int, stop: int, count: int) -> str:
        """The line of Python that gives the answers start to stop of `count`. name: of the interpretation."""
        if self.kind == "confused":
            whole = f"{name}.confused({self.truth!r}, {self.predicted!r})"
            return whole if start == 0 and stop >= count else f"{whole}{_slice(start, stop)}"
        if self.truth is not None and self.kind in RIGHT:
            return f"{name}.{self.kind}({self.truth!r}, {stop}){_slice(start)}"
        conditions = ["f.right" if RIGHT[self.kind] else "not f.right"] if self.kind in RIGHT else []
        if self.truth is not None:
            conditions = [*conditions, f"f.truth == {self.truth!r}"]
        if conditions:
            every = self._call(name, f"len({name})")
            return f"[f for f in {every} if {' and '.join(conditions)}]{_slice(start, stop)}"
        if self.kind == "all":
            return f"[{name}.record(i) for i in range({start}, {min(stop, count)})]"
        return f"{self._call(name, str(stop))}{_slice(start)}"

    def words(self) -> str:
        """The question in words: "Birman taken for Ragdoll", "most correct: Birman"."""
        if self.kind == "confused":
            if self.truth == self.predicted:
                return f"{self.truth} recognised"
            return f"{self.truth} taken for {self.predicted}"
        if self.truth is None:
            return WORDS[self.kind]
        return f"{WORDS[self.kind]}{' of' if self.kind == 'all' else ':'} {self.truth}"

    def nothing(self) -> str:
        """The sentence for no answer."""
        if self.kind == "confused":
            if self.truth == self.predicted:
                return f"No picture of {self.truth} was recognised."
            return f"No picture of {self.truth} was taken for {self.predicted}."
        of = "" if self.truth is None else f" of {self.truth}"
        if self.kind in ("most_incorrect", "random_incorrect"):
            return f"No mistakes among the pictures{of}." if of else "No mistakes: every prediction is right."
        if self.kind in ("most_correct", "random_correct"):
            return f"No picture{of} was recognised."
        return f"There are no pictures{of}."

    def _of_every_class(self, interp: ClassificationInterpretation) -> list[PredictionRecord]:
        if self.kind not in WORDS:
            raise BadValue(f"gallery: got {self.kind!r}. Choose one of: {', '.join(WORDS)}, confused.")
        if self.kind == "all":
            return [interp.record(i) for i in range(len(interp))]
        method, options = self._ranking()
        found = getattr(interp, method)(len(interp), **options)
        right = RIGHT.get(self.kind)
        return found if right is None else [f for f in found if f.right == right]

    def _call(self, name: str, n: str) -> str:
        """The call that ranks the pictures of every class. n: how many of them, as code."""
        if self.kind == "all":
            return f"map({name}.record, range({n}))"
        method, options = self._ranking()
        number = [] if method == "top_losses" and n.startswith("len") else [n]  # by itself it gives all
        arguments = [*number, *(f"{key}={value}" for key, value in options.items())]
        return f"{name}.{method}({', '.join(arguments)})"

    def _ranking(self) -> tuple[str, dict[str, int]]:
        """The interpretation's method that ranks the pictures of every class, and its options."""
        if self.kind.startswith("random"):
            return self.kind, {"seed": self.seed}
        if self.kind in RIGHT:
            return "top_losses", {"largest": False} if RIGHT[self.kind] else {}
        return self.kind, {}


def _slice(start: int, stop: int | None = None) -> str:
    """What cuts start to stop out of a list: "" for all of it."""
    if stop is None:
        return f"[{start}:]" if start else ""
    return f"[{start or ''}:{stop}]"

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
        if self.truth is not None and self.kind in ("most_incorrect", "most_correct"):
            return getattr(interp, self.kind)(self.truth, len(interp))
        found = self._of_every_class(interp)
        return found if self.truth is None else [f for f in found if f.truth == self.truth]

    def code(self, name: str, start: int, stop: int, count: int) -> str:
        """The line of Python that gives the answers start to stop of `count`. name: of the interpretation."""
        if self.kind == "confused":
            whole = f"{name}.confused({self.truth!r}, {self.predicted!r})"
            return whole if start == 0 and stop >= count else f"{whole}{_slice(start, stop)}"
        if self.truth is not None and self.kind in ("most_incorrect", "most_correct"):
            return f"{name}.{self.kind}({self.truth!r}, {stop}){_slice(start)}"
        conditions = {"most_incorrect": ["not f.right"], "most_correct": ["f.right"]}.get(self.kind, [])
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
        every = len(interp)
        match self.kind:
            case "top_losses":
                return interp.top_losses()
            case "most_incorrect":
                return [f for f in interp.top_losses() if not f.right]
            case "most_correct":
                return [f for f in interp.top_losses(largest=False) if f.right]
            case "most_uncertain":
                return interp.most_uncertain(every)
            case "random_correct" | "random_incorrect":
                return getattr(interp, self.kind)(every, seed=self.seed)
            case "all":
                return [interp.record(i) for i in range(every)]
        raise BadValue(f"gallery: got {self.kind!r}. Choose one of: {', '.join(WORDS)}, confused.")

    def _call(self, name: str, n: str) -> str:
        """The call that ranks the pictures of every class. n: how many of them, as code."""
        match self.kind:
            case "top_losses":
                return f"{name}.top_losses({'' if n.startswith('len') else n})"
            case "most_incorrect":
                return f"{name}.top_losses()"
            case "most_correct":
                return f"{name}.top_losses(largest=False)"
            case "most_uncertain":
                return f"{name}.most_uncertain({n})"
            case "all":
                return f"map({name}.record, range({n}))"
        return f"{name}.{self.kind}({n}, seed={self.seed})"


def _slice(start: int, stop: int | None = None) -> str:
    """What cuts start to stop out of a list: "" for all of it."""
    if stop is None:
        return f"[{start}:]" if start else ""
    return f"[{start or ''}:{stop}]"

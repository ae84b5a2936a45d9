"""What a tour leaves behind: the record of its steps, from which the report is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from lab.data.infer_layout import Layout
from lab.interpret import ClassificationInterpretation
from lab.training.history import ChartedHistory
from lab.training.learner import ImageLearner
from lab.training.lr_find import LRFind


@dataclass(frozen=True)
class Settings:
    """What was asked for, and the numbers that the tour chooses itself.

    size: of what the model sees, in pixels; presize: of what is kept of a picture. head_epochs: on
    precomputed activations of `draws` augmented versions. epochs: of fine-tuning, at `share` of the head's
    rate, in which the first layers learn `deeper` times slower. tta: augmented versions of a validation
    picture. The defaults were found by trying on the drawn pets and on photos of cats and dogs.
    """

    arch: str
    epochs: int
    size: int
    presize: int
    bs: int
    seed: int
    head_epochs: int = 4
    draws: int = 2
    share: float = 0.2
    deeper: int = 10
    tta: int = 3


@dataclass(frozen=True)
class Rate:
    """The learning rate that was chosen, and why in a sentence."""

    value: float
    reason: str


@dataclass(repr=False)
class TourResult:
    """The files that a tour wrote and all that it found on the way.

    folder: of the data. broken: file -> why it could not be read. head, tuned: the records of the two runs.
    kept: whether the fine-tuned weights were kept; those from before are, when it made clearly more mistakes.
    tta: probabilities (n, c) of the validation pictures, averaged over augmentations. planted: path -> true
    label, where labels are wrong on purpose. steps: name -> seconds.
    """

    folder: Path
    layout: Layout
    settings: Settings
    learner: ImageLearner
    broken: dict[Path, str]
    found: LRFind
    rate: Rate
    head: ChartedHistory
    tuned: ChartedHistory
    kept: bool
    interp: ClassificationInterpretation
    tta: Tensor
    planted: Mapping[Path | str, str]
    model: Path
    report: Path
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """The share of validation pictures that were taken for another class."""
        return 1 - float(self.interp.right().mean())

    @property
    def tta_error(self) -> float:
        """The same after averaging over augmented versions of each picture."""
        return float((self.tta.argmax(1).numpy() != self.interp.targets).mean())

    @property
    def verdict(self) -> str:
        """What fine-tuning did to the error, in a sentence or two."""
        before, after = (history.epochs[-1]["error_rate"] for history in (self.head, self.tuned))
        change = f"The error went from {before:.3f} to {after:.3f}"
        if not self.kept:
            return f"{change}: clearly more mistakes, so the weights from before are taken again."
        if after < before:
            return f"{change}."
        return f"{change}, which may be chance with {len(self.interp)} pictures."

    def name(self, path: Path) -> str:
        """A picture's name relative to the data's folder, so that a report tells nothing of the machine."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else path.name

    def __repr__(self) -> str:
        return f"TourResult(error {self.error:.3f}, TTA {self.tta_error:.3f}, {str(self.report)!r})"

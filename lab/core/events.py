"""What the training loop yields: one small record per step, per validation batch and per epoch.

Events hold plain floats, never tensors, so keeping them costs nothing and they can be compared in a test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One training batch has been learnt from.

    step: batches so far in this run, from 0. epoch, batch: from 0. batches: per epoch. progress: share of the
    run done before this step, 0..1. loss: of this batch; smooth_loss: its running average, bias-corrected.
    lrs: learning rate of every layer group; lr: of the last. momentum: as the optimiser used it.
    """

    step: int
    epoch: int
    batch: int
    batches: int
    progress: float
    loss: float
    smooth_loss: float
    lrs: tuple[float, ...]
    momentum: float

    @property
    def lr(self) -> float:
        return self.lrs[-1]


@dataclass(frozen=True)
class ValidStep:
    """One validation batch has been measured. loss: the mean over the batch."""

    epoch: int
    batch: int
    batches: int
    loss: float


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is complete.

    train_loss: the smoothed loss at its end. metrics: by name. time: seconds, without those in which nobody
    asked for the next event.
    """

    epoch: int
    train_loss: float
    valid_loss: float | None
    metrics: dict[str, float]
    time: float


Event = Step | ValidStep | EpochEnd

"""What the training loop yields: one small record per step, per validation batch and per epoch.

Events hold plain floats, never tensors, so keeping them costs nothing and they can be compared in a test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One training batch has been learnt from.

    Its property `lr` is the learning rate of the last layer group.

    Parameters
    ----------
    step : int
        Batches so far in this run, from 0.
    epoch, batch : int
        Where the run is: the epoch, and the batch in it, both from 0.
    batches : int
        How many there are per epoch.
    progress : float
        The share of the run that was done before this step, 0..1.
    loss : float
        Of this batch.
    smooth_loss : float
        The running average of the loss, bias-corrected.
    lrs : tuple of float
        The learning rate of every layer group.
    momentum : float
        As the optimiser used it; 0 where it knows none.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet")
    >>> event = next(learn.steps(1, lab.constant(1e-3)))
    >>> event.batch, event.batches, event.lr
    (0, 4, 0.001)
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
    """One validation batch has been measured.

    Parameters
    ----------
    epoch, batch : int
        The epoch, and the batch of the validation set, both from 0.
    batches : int
        How many the validation set has.
    loss : float
        The mean over the batch.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet")
    >>> [event.batch for event in learn.steps(1, lab.constant(1e-3)) if isinstance(event, lab.ValidStep)]
    [0]
    """

    epoch: int
    batch: int
    batches: int
    loss: float


@dataclass(frozen=True)
class EpochEnd:
    """An epoch is complete.

    Parameters
    ----------
    epoch : int
        From 0.
    train_loss : float
        The smoothed loss at its end.
    valid_loss : float or None
        The loss of the validation set; None when it was not measured.
    metrics : dict of str to float
        The metrics by name.
    time : float
        Seconds, without those in which nobody asked for the next event.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy)
    >>> *_, end = learn.steps(1, lab.constant(1e-3))
    >>> end.epoch, list(end.metrics)
    (0, ['accuracy'])
    """

    epoch: int
    train_loss: float
    valid_loss: float | None
    metrics: dict[str, float]
    time: float


Event = Step | ValidStep | EpochEnd

"""The learner: data, a model, a loss and an optimiser.

`steps()` is the training loop. What a step does is decided by the arguments given here (loss, optimiser,
precision, precomputed activations); there are no hidden hooks. Three more files hold what a learner can do:
`fits.py` its ways of training, `predictions.py` what it says of pictures, `checkpoint.py` how it is kept.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from numbers import Integral
from pathlib import Path

from torch import Tensor, nn

from lab.losses import CrossEntropyLoss
from lab.progress import tell
from lab.schedules import Schedule, flat, group_rates
from lab.training.checkpoint import Checkpoints
from lab.training.events import Event
from lab.training.fits import Fits, Rate
from lab.training.history import History
from lab.training.inputs import Inputs, check_precompute
from lab.training.loop import Run, checked_metrics, metric_name, run_steps
from lab.training.optimisers import OptimiserFactory, adamw, create_optimiser
from lab.training.plans import MOMENTA, Momenta
from lab.training.precision import Precision, fast_mixed
from lab.training.predictions import Predictions
from lab.training.turns import Turns


class Learner(Fits, Predictions, Checkpoints):
    """Trains `model` on `dls`.

    dls: a `lab.data.DataLoaders`. model: a `lab.models.Classifier`, or any module that turns x (n, 3, h, w)
    into activations (n, c). loss_func: (activations, targets) -> scalar; cross-entropy when not given, since
    the targets are categories. metrics: functions (probabilities, targets) -> float, one or a list.
    opt_func: parameter groups -> optimiser. wd: weight decay, one or one per layer group. moms: momentum at
    the start, the height and the end of a cycle. precision: "auto", "float32" or "mixed". precompute: "auto",
    True, False or a number of augmented draws (see `lab.training.inputs`). path: where `save` writes; the
    data's folder when not given.
    """

    def __init__(
        self,
        dls,
        model: nn.Module,
        loss_func: Callable[[Tensor, Tensor], Tensor] | None = None,
        metrics: Callable | Sequence[Callable] = (),
        opt_func: OptimiserFactory = adamw,
        wd: float | Sequence[float] = 0.01,
        moms: Momenta = MOMENTA,
        precision: str = "auto",
        precompute: str | bool | int = "auto",
        path: Path | str | None = None,
    ) -> None:
        self.dls = dls
        self.model = model.to(dls.device)
        self.loss_func = loss_func if loss_func is not None else CrossEntropyLoss()
        self.metrics = checked_metrics(metrics)
        self.opt_func, self.wd, self.moms = opt_func, wd, moms
        self.precision = Precision(precision, dls.device)
        self.precompute = check_precompute(precompute)
        self.path = Path(path if path is not None else dls.path)
        self.optimiser = create_optimiser(self.groups(), opt_func, wd)
        self.runs: list[History] = []
        self.turns = Turns()
        self.inputs = Inputs(self)

    def steps(
        self,
        epochs: int,
        schedule: Schedule,
        multiples: Sequence[float] | None = None,
        momentum: Schedule | None = None,
        validate: bool = True,
    ) -> Iterator[Event]:
        """The training loop: an iterator of Step, ValidStep and EpochEnd; nothing happens until it is asked.

        schedule: progress 0..1 of the run -> learning rate of the last layer group. multiples: one factor per
        layer group on that rate (all 1 when not given). momentum: progress -> momentum. validate=False leaves
        the validation out. Each event is also kept in `self.history`. Raises ValueError at once for arguments
        that do not fit, NonFiniteLoss from the iteration.
        """
        groups = self.groups()
        if not isinstance(epochs, Integral) or isinstance(epochs, bool) or epochs < 1:
            raise ValueError(f"steps: epochs={epochs!r} came. It is a whole number from 1 on.")
        multiples = list(multiples) if multiples is not None else [1.0] * len(groups)
        if len(multiples) != len(groups):
            raise ValueError(f"steps: {len(multiples)} multiples came for {len(groups)} layer groups.")
        network, train, valid = self.inputs.now()
        batches = epochs * (len(train) + (len(valid) if validate else 0))
        history = History(tuple(metric_name(m) for m in self.metrics), epochs, batches)
        run = Run(
            network=network,
            model=self.model,
            train=train,
            valid=valid if validate else None,
            loss_func=self.loss_func,
            optimiser=self.optimiser,
            precision=self.precision.for_training(self.model),
            metrics=self.metrics,
            epochs=epochs,
            schedule=schedule,
            momentum=momentum if momentum is not None else flat(self.moms[0]),
            multiples=multiples,
        )
        self.runs.append(history)
        return _recorded(self.turns.in_turn(run_steps(run)), history)

    def set_data(self, dls) -> None:
        """Go on with other data of the same classes, such as the same pictures larger (2018 lesson).

        The model, its trained head included, and the optimiser stay as they are; activations are computed
        anew for what has changed. The data is moved to the learner's device. Raises ValueError when the
        classes differ.
        """
        old, new = list(self.dls.vocab), list(dls.vocab)
        if old != new:
            other = sorted(set(old) ^ set(new))[:5]
            raise ValueError(
                f"set_data: the model knows {len(old)} classes and the new data has {len(new)}; not in both: "
                f"{', '.join(map(repr, other)) or 'none, but their order differs'}. Use data of the same "
                "classes, or make a new learner."
            )
        self.dls = dls.to(self.dls.device)

    def loaders(self) -> tuple:
        """The loaders that the next run trains and validates on: of pictures, or of activations."""
        return self.inputs.now()[1:]

    @property
    def history(self) -> History:
        """The record of the latest run."""
        return self.runs[-1] if self.runs else History()

    recorder = history  # the 2020 lesson's name: learn.recorder.plot_loss()

    def groups(self) -> list[list[nn.Module]]:
        """The layer groups of the model; a module that has none of its own is one group."""
        own = getattr(self.model, "groups", None)
        return own() if own is not None else [[self.model]]

    def rates(self, lr: Rate) -> list[float]:
        """One learning rate per layer group from a number, a slice or a sequence (2020 lesson).

        slice(a, b) spreads multiplicatively; slice(b) gives b to the last group, b / 10 to the others.
        """
        names = getattr(self.model, "group_names", None)
        rates = group_rates(lr, len(self.groups()), names() if names else None)
        if rates[-1] == 0:
            raise ValueError(
                f"fit: lr={lr!r} gives the last layer group a rate of 0, so the head would not learn. "
                "Give it a rate above 0; freeze layers with freeze_to()."
            )
        return rates

    def freeze_to(self, n: int) -> None:
        """Freeze the layer groups before group n (a negative n counts from the end) and train the others."""
        count = len(self.groups())
        if not -count <= n <= count:
            raise ValueError(f"freeze_to: {n} came, but the model has {count} layer groups.")
        if count == 1 and n == 0:
            return
        if not hasattr(self.model, "freeze_to"):
            raise TypeError(
                f"freeze_to: {type(self.model).__name__} has no layer groups that could be frozen. "
                "Use a model from create_classifier, or set requires_grad yourself."
            )
        self.model.freeze_to(n % count if n < 0 else n)

    def freeze(self) -> None:
        """Train the head only."""
        self.freeze_to(-1)

    def unfreeze(self) -> None:
        """Train all layers."""
        self.freeze_to(0)

    def to_fp16(self) -> "Learner":
        """Use mixed precision from now on (2020 lesson): bfloat16 on a CPU, float16 with a scaler on CUDA.

        Where the device has no instructions for it, a sentence says that it will be slower, not faster.
        """
        self.precision = Precision("mixed", self.dls.device)
        if not fast_mixed(self.dls.device):
            tell(
                f"to_fp16: this {self.dls.device.type} has no fast instructions for {self.precision!r}, so "
                "mixed precision will be slower here than float32. learn.to_fp32() goes back."
            )
        return self

    def to_fp32(self) -> "Learner":
        """Compute in float32 from now on."""
        self.precision = Precision("float32", self.dls.device)
        return self


def _recorded(events: Iterator[Event], history: History) -> Iterator[Event]:
    with closing(events):
        for event in events:
            history.feed(event)
            yield event

"""The learner: data, a model, a loss and an optimiser, and the ways of training them together.

`steps()` is the training loop; every `fit` chooses a schedule for it, drains it and shows the epoch table.
What a step does is decided by the arguments given here (loss, optimiser, precision, precomputed
activations); there are no hidden hooks.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from torch import Tensor, nn

from lab.losses import CrossEntropyLoss
from lab.schedules import (
    Schedule,
    flat,
    group_rates,
    one_cycle,
    one_cycle_momentum,
    sgdr,
    sgdr_epochs,
)
from lab.training import checkpoint, predictions
from lab.training.events import Event
from lab.training.history import History
from lab.training.inputs import Inputs, check_precompute
from lab.training.loop import Run, metric_name, run_steps
from lab.training.lr_finder import LRFind, find_lr
from lab.training.optimisers import OptimiserFactory, adamw, create_optimiser, set_weight_decay
from lab.training.precision import Precision
from lab.training.table import epoch_table, in_notebook

Rate = float | slice | Sequence[float]


class Learner(predictions.Predictions, checkpoint.Checkpoints):
    """Trains `model` on `dls`.

    dls: a `lab.data.DataLoaders`. model: a `lab.models.Classifier`, or any module that turns x (n, 3, h, w)
    into activations (n, c). loss_func: (activations, targets) -> scalar; cross-entropy when not given, since
    the targets are categories. metrics: functions (probabilities, targets) -> float, one or a list.
    opt_func: parameter groups -> optimiser. wd: weight decay. moms: momentum at the start, the height and the
    end of a cycle. precision: "auto", "float32" or "mixed". precompute: "auto", True, False or a number of
    augmented draws (see `lab.training.inputs`). path: where `save` writes; the data's folder when not given.
    """

    def __init__(
        self,
        dls,
        model: nn.Module,
        loss_func: Callable[[Tensor, Tensor], Tensor] | None = None,
        metrics: Callable | Sequence[Callable] = (),
        opt_func: OptimiserFactory = adamw,
        wd: float = 0.01,
        moms: tuple[float, float, float] = (0.95, 0.85, 0.95),
        precision: str = "auto",
        precompute: str | bool | int = "auto",
        path: Path | str | None = None,
    ) -> None:
        self.dls = dls
        self.model = model.to(dls.device)
        self.loss_func = loss_func if loss_func is not None else CrossEntropyLoss()
        self.metrics = list(metrics) if isinstance(metrics, Sequence) else [metrics]
        self.opt_func, self.wd, self.moms = opt_func, wd, moms
        self.precision = Precision(precision, dls.device)
        self.precompute = check_precompute(precompute)
        self.path = Path(path if path is not None else dls.path)
        self.optimiser = create_optimiser(self.groups(), opt_func, wd)
        self.runs: list[History] = []
        self.inputs = Inputs(self)

    # -- the loop ------------------------------------------------------------------------------------------

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
        if epochs < 1 or int(epochs) != epochs:
            raise ValueError(f"steps: epochs={epochs} came. It is a whole number from 1 on.")
        multiples = list(multiples) if multiples is not None else [1.0] * len(groups)
        if len(multiples) != len(groups):
            raise ValueError(
                f"steps: {len(multiples)} multiples came for {len(groups)} layer groups."
            )
        history = History(tuple(metric_name(m) for m in self.metrics), int(epochs))
        network, train, valid = self.inputs.now()
        run = Run(
            network=network,
            model=self.model,
            train=train,
            valid=valid if validate else None,
            loss_func=self.loss_func,
            optimiser=self.optimiser,
            precision=self.precision,
            metrics=self.metrics,
            epochs=int(epochs),
            schedule=schedule,
            momentum=momentum if momentum is not None else flat(self.moms[0]),
            multiples=multiples,
        )
        self.runs.append(history)
        return _recorded(run_steps(run), history)

    def loaders(self) -> tuple:
        """The loaders that the next run trains and validates on: of pictures, or of activations."""
        return self.inputs.now()[1:]

    @property
    def history(self) -> History:
        """The record of the latest run."""
        return self.runs[-1] if self.runs else History()

    recorder = history  # the 2020 lesson's name: learn.recorder.plot_loss()

    # -- fitting -------------------------------------------------------------------------------------------

    def fit(self, epochs: int, lr: Rate = 1e-3, wd: float | None = None) -> None:
        """Train at a constant rate. lr: a number, a slice(first, last) or one rate per layer group."""
        rates = self.rates(lr)
        self._drain(epochs, flat(rates[-1]), rates, flat(self.moms[0]), wd)

    def fit_one_cycle(
        self,
        epochs: int,
        lr_max: Rate = 1e-3,
        div: float = 25.0,
        div_final: float = 1e5,
        pct_start: float = 0.25,
        moms: tuple[float, float, float] | None = None,
        wd: float | None = None,
    ) -> None:
        """Train with one cycle: the rate rises to lr_max and falls again, the momentum does the opposite.

        lr_max: a number, a slice or an array, as in `fit`. The rate starts at lr_max / div and ends at
        lr_max / div_final; pct_start: the share of the run that it rises. Source: Smith, 2018; 2020 lesson.
        """
        rates = self.rates(lr_max)
        schedule = one_cycle(rates[-1], pct_start, div, div_final)
        momentum = one_cycle_momentum(moms if moms is not None else self.moms, pct_start)
        self._drain(epochs, schedule, rates, momentum, wd)

    def fit_sgdr(
        self,
        n_cycles: int,
        lr_max: Rate = 1e-3,
        cycle_len: int = 1,
        cycle_mult: int = 1,
        wd: float | None = None,
    ) -> None:
        """Train with warm restarts: within a cycle the rate falls from lr_max to nothing as a cosine.

        The first cycle is cycle_len epochs long, each further one cycle_mult times the one before.
        Source: Loshchilov and Hutter, 2016; 2018 lessons.
        """
        rates = self.rates(lr_max)
        epochs = sgdr_epochs(n_cycles, cycle_len, cycle_mult)
        schedule = sgdr(rates[-1], n_cycles, cycle_len, cycle_mult)
        self._drain(epochs, schedule, rates, flat(self.moms[0]), wd)

    def fine_tune(
        self,
        epochs: int,
        base_lr: float = 2e-3,
        freeze_epochs: int = 1,
        lr_mult: float = 100,
        pct_start: float = 0.3,
        div: float = 5.0,
        **kwargs,
    ) -> None:
        """Train the head with the body frozen, then everything at discriminative rates (2020 lesson).

        freeze_epochs at base_lr; then `epochs` with the last group at base_lr / 2 and the first at
        lr_mult times less. Further arguments go to `fit_one_cycle`.
        """
        self.freeze()
        self.fit_one_cycle(freeze_epochs, slice(base_lr), pct_start=0.99, **kwargs)
        base_lr /= 2
        self.unfreeze()
        self.fit_one_cycle(
            epochs, slice(base_lr / lr_mult, base_lr), pct_start=pct_start, div=div, **kwargs
        )

    def lr_find(
        self,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        num_it: int = 100,
        stop_div: bool = True,
        show: bool = True,
    ) -> LRFind:
        """Find a learning rate: a mock training whose rate rises from start_lr to end_lr in num_it steps.

        The learner is left bit-identical, also after an exception. stop_div: end when the loss runs away.
        show: in a notebook, display the curve. Returns an `LRFind`, which unpacks into (lr_min, lr_steep).
        """
        found = find_lr(self, start_lr, end_lr, num_it, stop_div)
        if show and in_notebook():
            from IPython.display import display

            display(found.plot())
        return found

    def _drain(
        self, epochs: int, schedule: Schedule, rates: list[float], momentum: Schedule, wd
    ) -> None:
        set_weight_decay(self.optimiser, self.wd if wd is None else wd)
        multiples = [rate / rates[-1] for rate in rates]
        events = self.steps(epochs, schedule, multiples, momentum)
        train, valid = self.loaders()
        with closing(events):
            table = epoch_table(self.history, epochs * (len(train) + len(valid)))
            try:
                for event in events:
                    table.feed(event)
            except KeyboardInterrupt:
                print(
                    f"Stopped in epoch {len(self.history) + 1} of {epochs}, "
                    f"after {len(self.history.steps)} steps. "
                    "The model and the history keep what was learnt so far."
                )
            finally:
                table.close()

    # -- layer groups --------------------------------------------------------------------------------------

    def groups(self) -> list[list[nn.Module]]:
        """The layer groups of the model; a module that has none of its own is one group."""
        own = getattr(self.model, "groups", None)
        return own() if own is not None else [[self.model]]

    def rates(self, lr: Rate) -> list[float]:
        """One learning rate per layer group from a number, a slice or a sequence (2020 lesson).

        slice(a, b) spreads multiplicatively from a to b; slice(b) gives the last group b and the others b / 10.
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
        """Use mixed precision from now on (2020 lesson): bfloat16 on a CPU, float16 with a scaler on CUDA."""
        self.precision = Precision("mixed", self.dls.device)
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

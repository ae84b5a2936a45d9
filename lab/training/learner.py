"""`ImageLearner`: the core's learner with all that pictures add, known to users as `lab.Learner`.

The loop and the ways of fitting are the core's (`lab/core/learner.py`). Here are the epoch table, precomputed
activations, several processes, and what a fit may be asked for. Beside it: predictions of pictures
(`predicting.py`), weights on disk (`checkpoint.py`), and frozen layers, data and precision (`adjusting.py`).
"""

import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab.core.checks import check_options
from lab.core.evaluation import Loss, Network
from lab.core.events import Event
from lab.core.history import History
from lab.core.optimisers import OptimiserFactory, WeightDecay, adamw
from lab.core.plans import Momenta, Plan
from lab.core.protocols import Batches, Data
from lab.ipython import in_notebook
from lab.models.classifier import Classifier
from lab.processes import from_first, gather_rows, world
from lab.training import resuming
from lab.training.adjusting import AdjustsModel
from lab.training.checkpoint import SavesWeights
from lab.training.checks import CheckedNetwork, check_parts, explained, try_metrics
from lab.training.claim import Claim
from lab.training.history import ChartedHistory
from lab.training.inputs import Inputs, check_precompute
from lab.training.lr_find import LRFind, find_with_progress
from lab.training.memory import MicroBatch, check_micro_batch, set_micro_batch
from lab.training.options import ELSEWHERE, METHODS_ELSEWHERE, RUN_OPTIONS
from lab.training.parallel import ParallelNetwork, SharedLoss
from lab.training.precision import MixedPrecision
from lab.training.predicting import PredictsPictures
from lab.training.shares import check_same
from lab.training.stopping import keep_best, stop_early
from lab.training.table import EpochTable, epoch_table, show_run


class ImageLearner(AdjustsModel, PredictsPictures, SavesWeights):
    """A learner: trains `model` on the images of `dls`, measures it and predicts with it.

    Parameters
    ----------
    dls : DataLoaders or pair
        The data; or a pair (train, valid) of batches (x, y), such as DataLoaders of torch.
    model : Module
        One from `create_classifier`, or any that turns x (n, 3, h, w) into activations (n, c).
    loss_func : function, optional
        Takes (activations, targets) and returns a scalar; cross-entropy when not given.
    metrics : function or list of functions
        Each takes (predictions, targets) and returns a float, such as `lab.accuracy`.
    opt_func : function or Optimizer
        Takes parameter groups and returns an optimiser; or an optimiser made from the model's parameters.
    wd : float or sequence of float, optional
        Weight decay, one or one per layer group. Without it 0.01, or what an `opt_func` of your own sets.
    moms : (float, float, float), optional
        Momentum at the start, the peak and the end of a cycle. Without it 0.95, 0.85, 0.95, or as for wd.
    precision : str
        "float32", "mixed" for mixed precision, or "auto": mixed where the hardware is fast at it.
    precompute : str, bool or int
        Whether the head trains on activations computed once while the body is frozen: "auto" where nothing
        random stands before them; True, without augmentation; a number of augmented draws; False, never.
        See `lab.training.inputs`.
    micro_batch : str, int or None
        How many images at a time go through a body that trains: "auto" as memory allows, a number, or None
        for whole batches.
    path : path or str, optional
        Where `save` writes; the data's folder when not given.
    **unknown
        There are no others: a keyword of another library is a TypeError that says how it is done here.

    Raises
    ------
    TypeError
        For anything that is not data, a module, a function or an argument.
    ValueError
        For a choice that is not one of those above.

    Examples
    --------
    >>> learn = lab.Learner(dls, lab.create_classifier("pocketnet", 3), metrics=lab.accuracy)
    >>> learn.fit_one_cycle(1, 1e-3)
    epoch  train_loss  valid_loss  accuracy      time
    ...
    """

    history_type = ChartedHistory
    hints = ELSEWHERE
    table: Callable[[History, int], EpochTable] = staticmethod(epoch_table)  # shows the epochs; may be set

    def __init__(
        self,
        dls: Data | Sequence[Batches],
        model: nn.Module,
        loss_func: Loss | None = None,
        metrics: Callable[..., Any] | Sequence[Callable[..., Any]] = (),
        opt_func: OptimiserFactory | torch.optim.Optimizer = adamw,
        wd: WeightDecay | None = None,
        moms: Momenta | None = None,
        precision: str = "auto",
        precompute: str | bool | int = "auto",
        micro_batch: MicroBatch = "auto",
        path: Path | str | None = None,
        **unknown: Any,
    ) -> None:
        check_options("Learner", unknown, LEARNER_OPTIONS, ELSEWHERE)
        self.precompute = check_precompute(precompute)
        self.micro_batch, self.micro_batch_told = check_micro_batch(micro_batch), 0
        super().__init__(dls, model, loss_func, metrics, opt_func, wd, moms)
        check_parts(self.dls, self.loss_func)
        self.precision: MixedPrecision = MixedPrecision(precision, self.device)
        # Absolute, so that what was saved is found again after a change of the working folder.
        self.path = Path(os.path.abspath(path if path is not None else getattr(self.dls, "path", ".")))  # noqa: PTH100
        self._inputs, self._claim = Inputs(), Claim()
        check_same(self.dls, self.model)
        from_first(*self.model.parameters(), *self.model.buffers())
        if world().rank:  # dropout leaves out other units in each process
            torch.manual_seed(torch.initial_seed() + world().rank)

    # ------------------------------------------------------------ training

    def inputs(self) -> tuple[Network, Loss, Batches, Batches]:
        """(network, loss, training batches, validation batches) of the next run.

        The whole model on pictures, or, while the body cannot change, its head on activations. The metrics
        are tried, and the network's first output is held against the classes. Of several processes each has
        its share (`lab.training.shares`).
        """
        if self.classes:
            try_metrics(self.metrics, self.classes)
        check_same(self.dls, self.model)
        network, train, valid = self._inputs.now(self)
        loss_func = self.loss_func
        if world().size > 1:
            network = ParallelNetwork(network, all_used=isinstance(self.model, Classifier))
            loss_func = SharedLoss(loss_func)
        prepare = partial(set_micro_batch, self)
        return CheckedNetwork(network, self.model, self.classes, "fit", prepare), loss_func, train, valid

    def collected(self, seen: list[Tensor], targets: list[Tensor]) -> tuple[Tensor, Tensor]:
        activations, all_targets = super().collected(seen, targets)
        return gather_rows(activations), gather_rows(all_targets)

    def score(self, activations: Tensor, targets: Tensor) -> tuple[float, dict[str, float]]:
        try:
            loss, scores = super().score(activations, targets)
        except Exception:  # where the data names no classes, the metrics could not be tried before
            if activations.ndim == 2:
                try_metrics(self.metrics, activations.shape[1])
            raise
        told = torch.tensor([loss, *scores.values()], dtype=torch.float64)
        from_first(told)  # so that all processes stop early at the same epoch
        return told[0].item(), dict(zip(scores, told[1:].tolist(), strict=True))

    def loaders(self) -> tuple[Batches, Batches]:
        """The loaders that the next run trains and validates on: of pictures, or of activations."""
        return self.inputs()[2:]

    def training_batches(self) -> Any:
        """What a run trains on: pictures, or activations; of several processes, the share of this one."""
        return self._inputs.now(self)[1]

    def run(self, plan: Plan, **options: Any) -> None:
        """Train by a plan in the foreground, with the epoch table; Ctrl-C stops and keeps what was learnt."""
        kept = resuming.run_of(self, plan, options)
        if kept is not None and options.get("resume") and kept.is_complete():
            return
        with self.claimed("fit"), closing(self.run_plan(plan, **options)) as events:  # type: ignore[type-var]
            show_run(self, events, plan)

    def run_plan(self, plan: Plan, **options: Any) -> Iterator[Event]:
        """The events of a plan, with the weight decay set, wrapped in what the options ask for.

        options: those of the core's `RunOptions` (wd, start_epoch, accumulate); patience: stop when
        `monitor` has not improved for so many epochs; keep_best: end with the weights of the best epoch;
        monitor: a column of the epoch table, "valid_loss" when not given. checkpoint: a name under which
        the run is kept after each epoch; resume: go on where the file of that name ends, if there is one.

            learn.fit_one_cycle(20, 1e-3, patience=3, keep_best=True, monitor="error_rate")
            learn.fit_one_cycle(20, 1e-3, checkpoint="long", resume=True)  # again after a power cut
        """
        self.check("run_plan", options)
        kept = resuming.run_of(self, plan, options)
        options.pop("checkpoint", None)
        if options.pop("resume", False) and kept is not None:
            options["start_epoch"] = kept.resume()
        monitor, patience = options.pop("monitor", "valid_loss"), options.pop("patience", None)
        best = options.pop("keep_best", False)
        events = explained(super().run_plan(plan, **options), self)
        if kept is not None:
            events = kept.each_epoch(events)
        if best:
            events = keep_best(events, self.model, monitor)
        return events if patience is None else stop_early(events, patience, monitor)

    def check(self, who: str, options: Any, known: Sequence[str] = RUN_OPTIONS) -> None:
        """What can be wrong with a fit is said before anything is changed: its options, and who trains."""
        super().check(who, options, known)
        if who != "run_plan":
            self._claim.check(who)

    def lr_find(
        self,
        start_lr: float = 1e-7,
        end_lr: float = 10.0,
        num_it: int = 100,
        stop_div: bool = True,
        show: bool = True,
        **unknown: Any,
    ) -> LRFind:
        """Find a learning rate: a mock training whose rate rises from start_lr to end_lr in num_it steps.

        The learner is left bit-identical, also after an exception. stop_div: end when the loss runs away.
        show: in a notebook, display the curve. Returns an `LRFind`, which unpacks into (lr_min, lr_steep).
        """
        check_options("lr_find", unknown, ("start_lr", "end_lr", "num_it", "stop_div", "show"), ELSEWHERE)
        with self.claimed("lr_find"):
            found = find_with_progress(self, start_lr, end_lr, num_it, stop_div)
        if show and in_notebook():
            from IPython.display import display

            display(found.plot())
        return found

    def __getattr__(self, name: str) -> Any:
        """Only for what is not there: a name of another library gets the way here."""
        way = "" if name.startswith("_") else METHODS_ELSEWHERE.get(name, "")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}. {way}".strip())

    # ------------------------------------------------------------ who trains

    def claimed(self, who: str) -> AbstractContextManager[None]:
        """Within the block `who` trains the learner. Raises LearnerBusyError when somebody does already."""
        return self._claim.held(who)

    @property
    def owner(self) -> str | None:
        """Who trains the learner now, in words; None when nobody does."""
        return self._claim.owner


LEARNER_OPTIONS = tuple(inspect.signature(ImageLearner).parameters)[2:-1]  # what may follow data and model

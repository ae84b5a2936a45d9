"""`ImageLearner`: the core's learner with all that pictures add, known to users as `lab.Learner`.

The loop, the ways of fitting and the freezing are the core's (`lab/core/learner.py`). Here are the epoch
table, precomputed activations, predictions of pictures, test-time augmentation, and what is kept on disk.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from torch import Tensor, nn

from lab.core.checks import check_options
from lab.core.evaluation import Loss, Network, evaluation_copy, loss_on, predictions
from lab.core.events import Event
from lab.core.history import History
from lab.core.learner import Learner
from lab.core.optimisers import OptimiserFactory, WeightDecay, adamw
from lab.core.plans import Momenta, Plan
from lab.core.protocols import Batches, Data
from lab.data.protocols import PictureData
from lab.models.classifier import Classifier
from lab.processes import from_first, gather_rows, world
from lab.progress import notify
from lab.training import checkpoint, freezing, results, resuming
from lab.training.checks import CheckedNetwork, check_parts, explained, try_metrics
from lab.training.claim import Claim
from lab.training.history import ChartedHistory
from lab.training.inputs import Inputs, check_precompute
from lab.training.item_losses import item_losses
from lab.training.lr_find import LRFind, find_with_progress
from lab.training.memory import MicroBatch, check_micro_batch, set_micro_batch
from lab.training.options import ELSEWHERE, LEARNER_OPTIONS, METHODS_ELSEWHERE, RUN_OPTIONS
from lab.training.parallel import ParallelNetwork, SharedLoss
from lab.training.precision import MixedPrecision, fast_mixed
from lab.training.predictor import Predictor
from lab.training.shares import check_same, forward
from lab.training.stopping import keep_best, stop_early
from lab.training.table import EpochTable, epoch_table, in_notebook, show_run


class ImageLearner(Learner):
    """Trains `model` on the pictures of `dls`.

    dls: a `lab.DataLoaders`, or a pair (train, valid) of batches, such as DataLoaders of torch. model: one
    from `lab.create_classifier`, or any module that turns x (n, 3, h, w) into activations (n, c). loss_func,
    metrics, opt_func, wd, moms, precision: as in `lab.core.learner.Learner`. precompute: "auto", True, False
    or a number of augmented draws (see `lab.training.inputs`). micro_batch: how many pictures at a time go
    through a body that trains: "auto" as memory allows, a number, or None for whole batches. path: where
    `save` writes; the data's folder when not given.
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
        self.stopped = False  # whether Ctrl-C ended the latest run
        self._inputs, self._claim = Inputs(self), Claim()
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
        network, train, valid = self._inputs.now()
        loss_func = self.loss_func
        if world().size > 1:
            network = ParallelNetwork(network, all_used=isinstance(self.model, Classifier))
            loss_func = SharedLoss(loss_func)
        prepare = partial(set_micro_batch, self)
        return CheckedNetwork(network, self.model, self.classes, "fit", prepare), loss_func, train, valid

    def collected(self, seen: list[Tensor], targets: list[Tensor]) -> tuple[Tensor, Tensor]:
        activations, all_targets = super().collected(seen, targets)
        return gather_rows(activations), gather_rows(all_targets)

    def _score(self, activations: Tensor, targets: Tensor) -> tuple[float, dict[str, float]]:
        try:
            loss, scores = super()._score(activations, targets)
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
        return self._inputs.now()[1]

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

    def fine_tune(
        self,
        epochs: int,
        base_lr: float = 2e-3,
        freeze_epochs: int = 1,
        lr_mult: float = 100,
        pct_start: float = 0.3,
        div: float = 5.0,
        **kwargs: Any,
    ) -> None:
        """Train the head with the body frozen, then everything at discriminative rates (2020 lesson).

        freeze_epochs at base_lr; then `epochs` with the last group at base_lr / 2 and the first at
        lr_mult times less. Further arguments go to `fit_one_cycle`.
        """
        known = [name for name in RUN_OPTIONS if name not in ("start_epoch", "checkpoint", "resume")]
        self.check("fine_tune", kwargs, [*known, "div_final", "moms"])
        freezing.fine_tune(self, epochs, base_lr, freeze_epochs, lr_mult, pct_start, div, **kwargs)

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

    def set_data(self, dls: PictureData) -> None:
        """Go on with other data of the same classes, such as the same pictures larger (2018 lesson).

        The model, its trained head included, and the optimiser stay as they are; activations are computed
        anew for what has changed. The data is moved to the learner's device. Raises ValueError when the
        classes differ.
        """
        old, new = list(self.dls.vocab), list(dls.vocab)
        if old != new:
            other = sorted(set(map(str, old)) ^ set(map(str, new)))[:5]
            raise ValueError(
                f"set_data: the model knows {len(old)} classes and the new data has {len(new)}; not in both: "
                f"{', '.join(map(repr, other)) or 'none, but their order differs'}. Use data of the same "
                "classes, or make a new learner."
            )
        self.dls = dls.to(self.device)

    @property
    def classes(self) -> int | None:
        """How many classes the data names; None when it names none."""
        vocab = getattr(self.dls, "vocab", None)
        return len(vocab) if vocab is not None else None

    def freeze_to(self, n: int, norm: str | None = None) -> None:
        """Freeze the layer groups before group n (a negative n counts from the end) and train the others.

        norm: what batch norm does in the layers of a pretrained body that train. "frozen", the default there,
        keeps the statistics of pretraining; "train" measures them anew on every batch, as a network that
        starts from random weights must.
        """
        freezing.freeze_to(self.model, n, norm)

    def freeze(self) -> None:
        """Train the head only."""
        self.freeze_to(-1)

    def unfreeze(self, norm: str | None = None) -> None:
        """Train all layers. norm: see `freeze_to`."""
        self.freeze_to(0, norm)

    def to_fp16(self) -> Self:
        """Use mixed precision from now on (2020 lesson): float16 with a scaler on CUDA, else bfloat16.

        Where the device has no instructions for it, a sentence says that it will be slower, not faster.
        """
        self.precision = MixedPrecision("mixed", self.device)
        if not fast_mixed(self.device):
            notify(
                f"to_fp16: this {self.device.type} has no fast instructions for {self.precision!r}, so "
                "mixed precision will be slower here than float32. learn.to_fp32() goes back."
            )
        return self

    def to_fp32(self) -> Self:
        """Compute in float32 from now on."""
        self.precision = MixedPrecision("float32", self.device)
        return self

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

    @property
    def turns(self) -> Self:
        """The old place of `owner`."""
        return self

    # ------------------------------------------------------------ predicting

    def activations(self, ds_idx: int = 1, dl: Any = None) -> tuple[Tensor, Tensor]:
        """Activations (n, c) and targets (n,) of a split, in file order, or of the batches dl; on the CPU.

        Pictures are taken in their validation form, or from precomputed activations where there are some.
        """
        model = evaluation_copy(self.model)
        network, batches = (model, dl) if dl is not None else self._inputs.in_file_order(ds_idx, model)
        network = CheckedNetwork(network, model, self.classes, "get_preds")
        return forward(network, batches, self.device, self.precision.autocast)

    def get_preds(
        self, ds_idx: int = 1, dl: Any = None, with_loss: bool = False, log: bool = False
    ) -> tuple[Tensor, ...]:
        """Probabilities (n, c) float32 and targets (n,) int64, in file order; with_loss adds losses (n,).

        ds_idx: 0 for train, 1 for valid, 2 for test. dl: batches (x, y), or x alone, instead of a split; a
        target that is missing is -1. log: log probabilities instead, which stay exact where a probability
        is next to 0. Raises ValueError for a split that is not there.
        """
        activations, targets = self.activations(ds_idx, dl)
        found = predictions(activations, targets, log)
        if not with_loss:
            return found, targets
        return found, targets, item_losses(loss_on(self.loss_func, activations.device), activations, targets)

    def predict(self, picture: Any) -> tuple[str, int, Tensor]:
        """(label, its index, probabilities (c,)) of one picture: a path, a PIL picture, an array, bytes."""
        return self.predictor().predict(picture)

    def predictor(self) -> Predictor:
        """The model with its picture pipeline, as `predict` and `export` use it.

        Raises TypeError for data without pictures.
        """
        if not hasattr(self.dls, "pipeline"):
            raise TypeError(
                f"predict: the data is a {type(self.dls).__name__}, which does not say how a picture becomes "
                "the model's input. Use get_preds(dl=batches), or DataLoaders of the lab."
            )
        return Predictor(
            self.model, self.dls.pipeline(), self.dls.vocab, self.device, self.precision.autocast
        )

    def tta(self, n: int = 4, ds_idx: int = 1, dl: Any = None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Test-time augmentation: the mean probabilities (n_pictures, c) over each picture as it is and n
        augmented versions of it, and the targets, in file order (2018 and 2020 lessons).
        """
        log_probabilities, targets = self.tta_draws(n, ds_idx, dl, seed)
        return log_probabilities.exp().mean(0), targets

    def tta_draws(self, n: int = 4, ds_idx: int = 1, dl: Any = None, seed: int = 0) -> tuple[Tensor, Tensor]:
        """Log probabilities (n + 1, n_pictures, c), the unaugmented pass first, and the targets."""
        return results.tta_draws(self, n, ds_idx, dl, seed)

    def show_results(
        self, n: int = 9, ds_idx: int = 1, seed: int = 0, max_n: int | None = None
    ) -> Image.Image:
        """A contact sheet of n pictures of a split, each with truth and prediction. max_n: as n."""
        return results.show_results(self, n if max_n is None else max_n, ds_idx, seed)

    # ------------------------------------------------------------ keeping

    def save(self, name: str | Path, with_opt: bool = True) -> Path:
        """Write the weights, and the optimiser's state, to `path/models/name.safetensors`; returns the file.

        The old file stays whole until the new one has been read back. Raises OSError when it cannot be
        written.
        """
        return checkpoint.save(self, name, with_opt)

    def load(self, name: str | Path, with_opt: bool = True, strict: bool = True) -> Self:
        """Read what `save` wrote, in place; returns the learner.

        Which layers are frozen stays as it is now. strict=False: take the tensors that fit (the body, when
        there are more classes now) and say which did not. Raises FileNotFoundError, listing what is there,
        and ValueError in words when the file belongs to another architecture, to other classes, or to
        another optimiser. Then nothing has changed.
        """
        checkpoint.load(self, name, with_opt, strict)
        return self

    def export(self, path: str | Path = "export.safetensors") -> Path:
        """Write all that predicting needs elsewhere to one file; a relative path lies under `learn.path`.

        Returns the file. Raises TypeError for a model or a transform of your own, which a file without code
        cannot hold.
        """
        return checkpoint.export(self, path)

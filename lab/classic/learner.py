"""The learner in the 2018 spelling. `ConvLearner` holds today's `Learner` as `.learner`, which does the work.

As in 2018 it trains by SGD with momentum, so that the lessons' rates mean what they meant, and the weights
decay only where `wds` asks for it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.classic.data import ImageClassifierData
from lab.classic.sched import RowPrinter, Sched
from lab.classic.scores import accuracy
from lab.core.errors import BadType, BadValue
from lab.core.optimisers import OptimiserFactory, Rate, WeightDecay, sgd
from lab.models.architectures import Architecture
from lab.training.inputs import check_precompute
from lab.training.learner import ImageLearner
from lab.training.lr_find import LRFind
from lab.training.vision import cnn_learner

MOMENTUM = 0.9


class ConvLearner:
    """A pretrained network on pictures; make it with `ConvLearner.pretrained`."""

    def __init__(self, data: ImageClassifierData, learner: ImageLearner) -> None:
        self.data, self.learner = data, learner
        learner.table = RowPrinter
        self.sched = Sched()

    @classmethod
    def pretrained(
        cls,
        f: str | Architecture,
        data: ImageClassifierData,
        precompute: bool = False,
        ps: float | Sequence[float] | None = None,
        xtra_fc: Sequence[int] | None = None,
        xtra_cut: int = 0,
        metrics: Sequence[Callable] = (accuracy,),
        opt_fn: OptimiserFactory = sgd,
        seed: int | None = None,
    ) -> "ConvLearner":
        """The backbone f with a new head, frozen but for that head: `lab.cnn_learner`.

        precompute: train on the body's outputs, computed once, while it is frozen. ps: dropout, one number
        for every layer of the head or one for each; 0.25 and at last 0.5 when not given. xtra_fc: sizes of
        the head's hidden layers, [512] when not given. xtra_cut: leave out so many layers at the body's end.
        opt_fn: as `opt_func` of `lab.Learner`. seed: for the head's first weights. Raises TypeError for what
        is no data, and what `lab.cnn_learner` raises.
        """
        _check_data(data, "ConvLearner.pretrained")
        xtra_fc = [512] if xtra_fc is None else list(xtra_fc)
        if ps is not None:
            ps = list(ps) if hasattr(ps, "__len__") else [ps] * (len(xtra_fc) + 1)
        learner = cnn_learner(
            data.dls,
            f,
            metrics=metrics,
            hidden=xtra_fc,
            dropout=0.5 if ps is None else ps,
            cut=xtra_cut,
            precompute=precompute,
            opt_func=opt_fn,
            wd=0.0,
            moms=(MOMENTUM,) * 3,
            path=data.path,
            seed=seed,
        )
        return cls(data, learner)

    def __repr__(self) -> str:
        return f"ConvLearner({self.model.arch}, {self.data!r}, precompute={self.precompute})"

    @property
    def model(self):
        """The whole network."""
        return self.learner.model

    @property
    def precompute(self) -> bool | int | str:
        """Whether the head trains on precomputed activations while the body is frozen; may be set."""
        return self.learner.precompute

    @precompute.setter
    def precompute(self, value: bool | int | str) -> None:
        self.learner.precompute = check_precompute(value)

    def fit(
        self,
        lrs: Rate,
        n_cycle: int,
        cycle_len: int | None = None,
        cycle_mult: int = 1,
        wds: WeightDecay | None = None,
    ) -> None:
        """Train and print a row `[epoch, train loss, valid loss, accuracy]` per epoch.

        lrs, wds: one number, or one for each of the three layer groups. Without cycle_len: n_cycle epochs at
        a constant rate, `lab.Learner.fit`. With it: n_cycle cosine cycles, the first of cycle_len epochs and
        each further one cycle_mult times as long, `lab.Learner.fit_sgdr`.
        """
        if cycle_len is None and cycle_mult != 1:
            raise BadValue(f"fit: got cycle_mult={cycle_mult} without cycle_len. Pass cycle_len=1 as well.")
        if cycle_len is None:
            self.learner.fit(n_cycle, lrs, wd=wds)
        else:
            self.learner.fit_sgdr(n_cycle, lrs, cycle_len, cycle_mult, wd=wds)
        self.sched = Sched(history=self.learner.history)

    def lr_find(self, start_lr: float = 1e-5, end_lr: float = 10.0) -> LRFind:
        """Sweep the rate; `sched.plot()` then shows the loss against it. Nothing of the learner changes.

        As in 2018 it takes an epoch, but 40 steps at least, for a curve of a few points shows nothing, and
        100 at most.
        """
        steps = min(max(len(self.data.trn_dl), 40), 100)
        found = self.learner.lr_find(start_lr, end_lr, steps, show=False)
        self.sched = Sched(found=found)
        return found

    def freeze_to(self, n: int) -> None:
        """Freeze the layer groups before group n; -1 leaves the head."""
        self.learner.freeze_to(n)

    def freeze(self) -> None:
        """Train the head only."""
        self.learner.freeze()

    def unfreeze(self) -> None:
        """Train all layers, on live pictures, whatever `precompute` says."""
        self.learner.unfreeze()

    def set_data(self, data: ImageClassifierData) -> None:
        """Go on with other data, such as larger pictures: the head is kept, the body frozen again."""
        _check_data(data, "set_data")
        self.learner.set_data(data.dls)
        self.data = data
        self.freeze()

    def save(self, name: str) -> Path:
        """Write all weights to path/models/name.safetensors; returns the file."""
        return self.learner.save(name, with_opt=False)

    def load(self, name: str) -> None:
        """Read what `save` wrote; what is frozen and whether activations are precomputed stays as it is."""
        self.learner.load(name, with_opt=False)

    def predict(self, is_test: bool = False) -> np.ndarray:
        """Log probabilities (n, c) of the validation or the test pictures, in file order."""
        return self.learner.get_preds(self._split(is_test, "predict"), log=True)[0].numpy()

    def TTA(self, n_aug: int = 4, is_test: bool = False) -> tuple[np.ndarray, np.ndarray]:  # noqa: N802
        """Log probabilities (n_aug + 1, n, c), the pictures as they are first, and labels (n,).

        In file order. The labels of test pictures are -1.
        """
        log_preds, targets = self.learner.tta_draws(n_aug, self._split(is_test, "TTA"))
        return log_preds.numpy(), targets.numpy()

    def _split(self, is_test: bool, function: str) -> int:
        if is_test and self.data.test_ds is None:
            raise BadValue(
                f"{function}: is_test=True, but the data has no test pictures. Give it test_name='test'."
            )
        return 2 if is_test else 1


def _check_data(data: Any, function: str) -> None:
    if not isinstance(data, ImageClassifierData):
        raise BadType(
            f"{function}: got a {type(data).__name__} as the data. Give ImageClassifierData, such as "
            "ImageClassifierData.from_paths(PATH, tfms=tfms)."
        )

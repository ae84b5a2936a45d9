"""What a learner changes between two runs: its data, which layers train, and its precision."""

from typing import Any, Self

from lab.core.errors import BadType, BadValue
from lab.core.learner import Learner
from lab.core.plans import check_epochs
from lab.data.protocols import PictureData
from lab.models.classifier import Classifier
from lab.progress import notify
from lab.training.options import RUN_OPTIONS
from lab.training.precision import MixedPrecision, fast_mixed


class AdjustsModel(Learner):
    """The core's learner, with layers that freeze, other data and another precision."""

    stopped = False  # whether Ctrl-C ended the latest run

    def set_data(self, dls: PictureData) -> None:
        """Go on with other data of the same classes, such as the same pictures larger (2018 lesson).

        The model, its trained head included, and the optimiser stay as they are; activations are computed
        anew for what has changed. The data is moved to the learner's device. Raises ValueError when the
        classes differ.
        """
        old, new = list(self.dls.vocab), list(dls.vocab)
        if old != new:
            other = sorted(set(map(str, old)) ^ set(map(str, new)))[:5]
            raise BadValue(
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
        starts from random weights must. Raises ValueError for a group that is not there, TypeError for a
        model without layer groups.
        """
        model: Any = self.model
        count = len(self.groups())
        if not -count <= n <= count:
            raise BadValue(f"freeze_to: got {n}, but the model has {count} layer groups.")
        if norm is not None and not isinstance(model, Classifier):
            raise BadType(
                f"freeze_to: got norm={norm!r}, which a model from create_classifier takes. In a "
                f"{type(model).__name__} of your own, put its batch norms into eval() in its train() method."
            )
        if count == 1 and n == 0:
            model.requires_grad_(True)
        elif hasattr(model, "freeze_to"):
            model.freeze_to(n % count if n < 0 else n, **({} if norm is None else {"norm": norm}))
        else:
            raise BadType(
                f"freeze_to: {type(model).__name__} has no layer groups that could be frozen. "
                "Use a model from create_classifier, or set requires_grad yourself."
            )

    def freeze(self) -> None:
        """Train the head only."""
        self.freeze_to(-1)

    def unfreeze(self, norm: str | None = None) -> None:
        """Train all layers. norm: see `freeze_to`."""
        self.freeze_to(0, norm)

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
        check_epochs(epochs)
        self.freeze()
        self.fit_one_cycle(freeze_epochs, slice(base_lr), pct_start=0.99, **kwargs)
        if self.stopped:
            return  # with Ctrl-C: that means the whole, not its first half
        base_lr /= 2
        self.unfreeze()
        self.fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr), pct_start=pct_start, div=div, **kwargs)

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

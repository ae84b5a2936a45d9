"""What a learner changes between two runs: its data, which layers train, and its precision."""

from typing import Any, Self

from lab.core.errors import BadValue
from lab.core.learner import Learner
from lab.data.protocols import PictureData
from lab.progress import notify
from lab.training import freezing
from lab.training.options import RUN_OPTIONS
from lab.training.precision import MixedPrecision, fast_mixed


class AdjustsModel(Learner):
    """The core's learner, with layers that freeze, other data and another precision."""

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
        starts from random weights must.
        """
        freezing.freeze_to(self.model, n, norm)

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
        freezing.fine_tune(self, epochs, base_lr, freeze_epochs, lr_mult, pct_start, div, **kwargs)

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

"""Which layer groups train: freezing, and the two runs of `fine_tune`."""

from typing import TYPE_CHECKING, Any

from torch import nn

from lab.core.errors import BadType, BadValue
from lab.core.plans import check_epochs
from lab.models.classifier import Classifier

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


def freeze_to(model: nn.Module, n: int, norm: str | None = None) -> None:
    """Freeze the layer groups before group n (a negative n counts from the end) and train the others.

    norm: see `Classifier.freeze_to`. Raises ValueError for a group that is not there, TypeError for a model
    without layer groups.
    """
    own: Any = model
    count = len(own.groups()) if callable(getattr(model, "groups", None)) else 1
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
        own.freeze_to(n % count if n < 0 else n, **({} if norm is None else {"norm": norm}))
    else:
        raise BadType(
            f"freeze_to: {type(model).__name__} has no layer groups that could be frozen. "
            "Use a model from create_classifier, or set requires_grad yourself."
        )


def fine_tune(
    learn: "ImageLearner",
    epochs: int,
    base_lr: float,
    freeze_epochs: int,
    lr_mult: float,
    pct_start: float,
    div: float,
    **options: Any,
) -> None:
    """See `ImageLearner.fine_tune`."""
    check_epochs(epochs)
    learn.freeze()
    learn.fit_one_cycle(freeze_epochs, slice(base_lr), pct_start=0.99, **options)
    if learn.stopped:
        return  # with Ctrl-C: that means the whole, not its first half
    base_lr /= 2
    learn.unfreeze()
    learn.fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr), pct_start=pct_start, div=div, **options)

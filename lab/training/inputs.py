"""What a training step is fed with: live pictures, or activations computed once.

While nothing in the body can change, training the head on precomputed activations gives the same as training
it through the pictures, in a fraction of the time. `precompute` decides when:

- "auto": when the body is frozen, for every split before which nothing random stands; where the training
  pictures are augmented those of validation are computed once and the others are live;
- True: whenever the body is frozen, each picture once, in its validation form: augmentation has no effect;
- a number k: k augmented draws of every picture, so that the head sees a different one each epoch;
- False: never.

Unfreezing the body switches to live pictures by itself.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from torch import Tensor, nn

from lab.core.errors import BadValue
from lab.core.protocols import Batches
from lab.models.activation_loaders import ActivationLoader, LiveActivations
from lab.models.activations import activation_key, activation_loader
from lab.progress import notify
from lab.training.shares import share

if TYPE_CHECKING:
    from lab.training.learner import ImageLearner


def check_precompute(value: str | bool | int) -> str | bool | int:
    """The value, if it is a valid choice; else ValueError."""
    if value == "auto" or isinstance(value, bool) or (isinstance(value, int) and value >= 1):
        return value
    raise BadValue(f'precompute: got {value!r}. It is "auto", True, False or a number of augmented draws.')


class Inputs:
    """Chooses the inputs of a learner's next run and keeps the activation loaders between runs.

    The learner is passed in, not kept: in a circle, one that is replaced would hold its memory for longer.
    """

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, ActivationLoader]] = {}  # split -> key, loader
        self.told = False

    def now(self, learner: "ImageLearner") -> tuple[Callable[[Tensor], Tensor], Batches, Batches]:
        """(network, training loader, validation loader) for the state that the learner is in."""
        if not _once(learner, "valid"):
            return learner.model, share(learner.dls.train), share(learner.dls.valid, may_be_empty=True)
        draws, augmented = self._draws(learner)
        train: Batches = (
            self._loader(learner, "train", draws, augmented)
            if draws
            else LiveActivations(learner.model, share(learner.dls.train), learner.precision.autocast)
        )
        return learner.model.head, train, self._loader(learner, "valid", 1, False)

    def in_file_order(
        self, learner: "ImageLearner", ds_idx: int, model: nn.Module
    ) -> tuple[Callable[[Tensor], Tensor], Batches]:
        """(network, batches) to predict a split with: each item once, in file order, unaugmented.

        model: the learner's, in evaluation mode.
        """
        loader, split = learner.split(ds_idx), ("train", "valid", "test")[ds_idx]
        if ds_idx != 0 and _once(learner, split):  # those of train may be augmented
            return model.head, self._loader(learner, split, 1, False)
        return model, loader.replace(shuffle=False, augment=False) if hasattr(loader, "replace") else loader

    def _draws(self, learner: "ImageLearner") -> tuple[int, bool]:
        """How many draws of each training picture are precomputed, and whether they are augmented; (0, _) is
        none.
        """
        choice, train = learner.precompute, learner.dls.train
        if choice == "auto":
            return (0 if train.random else 1), False
        if choice is True:
            if train.random and not self.told:
                notify(
                    "precompute=True: the activations are computed once, so augmentation has no effect. "
                    "Set learn.precompute = False to train with it, or to a number of augmented draws."
                )
                self.told = True
            return 1, False
        return int(choice), train.random

    def _loader(self, learner: "ImageLearner", split: str, draws: int, augmented: bool) -> ActivationLoader:
        loader, model, autocast = getattr(learner.dls, split), learner.model, learner.precision.autocast
        key = activation_key(model, loader, draws, augmented, autocast)
        kept = self.kept.get(split)
        if kept is None or kept[0] != key:
            made = activation_loader(model, loader, key, draws, augmented, autocast)
            self.kept[split] = kept = (key, made)
        return kept[1]


def _once(learner: "ImageLearner", split: str) -> bool:
    """Whether the unaugmented activations of a split may be computed once."""
    fixed = getattr(learner.model, "body_is_fixed", False)
    if not fixed or check_precompute(learner.precompute) is False:
        return False
    loaders = learner.dls.train, getattr(learner.dls, split)
    there = all(hasattr(loader, "pictures") for loader in loaders)
    return there and (learner.precompute != "auto" or not loaders[1].random)

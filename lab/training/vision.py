"""`cnn_learner`: data and the name of a backbone in, a learner out."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lab.core.checks import check_options
from lab.core.errors import BadType
from lab.data.protocols import PictureData
from lab.models.architectures import Arch, architecture
from lab.models.classifier import create_classifier
from lab.models.photos import default_arch
from lab.models.weights import Weights
from lab.progress import notify
from lab.training.learner import ImageLearner
from lab.training.options import ELSEWHERE, LEARNER_OPTIONS


def cnn_learner(
    dls: PictureData,
    arch: Arch | None = None,
    metrics: Callable | Sequence[Callable] = (),
    pretrained: bool = True,
    hidden: Sequence[int] = (512,),
    dropout: float | Sequence[float] = 0.5,
    train_bn: bool = False,
    cut: int = 0,
    seed: int | None = None,
    weights: Weights = None,
    **kwargs: Any,
) -> ImageLearner:
    """A learner whose model is the backbone `arch` with a new head for the classes of `dls`.

    arch: a name or a function of torchvision or timm; see `lab.models.architectures.architecture`. Without
    one it is pocketnet for drawn pictures; for photos it is a backbone whose ImageNet weights need no
    download, and a sentence says which (`lab.models.photos.default_arch`). With pretrained weights it starts
    with the body frozen. weights: a .pth or .safetensors file to take them from, or torchvision's name for
    others than the usual ones. hidden, dropout: the head's; see `create_head`.
    cut: leave out so many layers at the body's end (2018 lesson: `xtra_cut`). train_bn: let batch norm learn
    inside frozen layers, as the 2020 lesson does (then nothing can be precomputed). seed: for the head's
    first weights; without it they come from torch's global generator. Further arguments are the `Learner`'s.
    Raises TypeError for what is no data or no architecture, ValueError for an unknown architecture and for
    weights that do not fit it, FileNotFoundError when pretrained weights cannot be had.
    """
    check_options("cnn_learner", kwargs, LEARNER_OPTIONS, ELSEWHERE)
    if not hasattr(dls, "train") or not hasattr(dls, "vocab"):
        raise BadType(
            f"cnn_learner: got a {type(dls).__name__} as the data. Give DataLoaders: "
            "DataBlock(...).dataloaders(folder), or ImageDataLoaders.from_folder(folder)."
        )
    if arch is None:
        arch, why = default_arch(getattr(getattr(dls.train, "pictures", None), "paths", ()))
        if why:
            notify(f"cnn_learner: {why}")
    devices = [dls.device] if dls.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices, enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        model = create_classifier(
            architecture(arch).shortened(cut), len(dls.vocab), pretrained, hidden, dropout, weights
        )
    model.train_bn = train_bn
    learner = ImageLearner(dls, model, **{"metrics": metrics, **kwargs})
    if pretrained or weights is not None:
        learner.freeze()
    return learner


vision_learner = cnn_learner  # the name that later versions of the course use

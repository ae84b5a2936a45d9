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
from lab.training.learner import LEARNER_OPTIONS, ImageLearner
from lab.training.options import ELSEWHERE


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
    """Make a learner whose model is a pretrained backbone with a new head for the classes of `dls`.

    With pretrained weights it starts with the body frozen: only the head trains until `unfreeze`.

    Parameters
    ----------
    dls : DataLoaders
        The images. Their vocab gives the head its classes.
    arch : str, function or Architecture, optional
        The backbone: a name such as "resnet34", or a function of torchvision or timm. Without one it is
        pocketnet for drawn pictures; for photos it is one whose weights need no download, and a sentence
        says which.
    metrics : function or list of functions
        Each takes (predictions, targets) and returns a float, such as `lab.accuracy`.
    pretrained : bool
        Start from weights trained on another task, or from random ones.
    hidden : sequence of int
        Widths of the head's hidden layers; see `create_head`.
    dropout : float or sequence of float
        Dropout before each linear layer of the head, 0..1.
    train_bn : bool
        Let batch norm learn inside frozen layers, as the 2020 lesson does. Then nothing can be precomputed.
    cut : int
        How many layers to leave out at the body's end (2018 lesson: `xtra_cut`).
    seed : int, optional
        For the head's first weights; without it they come from torch's global generator.
    weights : path or str, optional
        A .pth or .safetensors file to take the weights from, or torchvision's name for others than usual.
    **kwargs
        Further arguments of `Learner`, such as `precompute` or `opt_func`.

    Returns
    -------
    Learner

    Raises
    ------
    TypeError
        For anything that is not data or an architecture.
    ValueError
        For an unknown architecture, and for weights that do not fit it.
    FileNotFoundError
        When pretrained weights cannot be had.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, lab.pocketnet, metrics=lab.accuracy)
    >>> learn.fine_tune(1)
    epoch  train_loss  valid_loss  accuracy      time
    ...
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

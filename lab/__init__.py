"""Pawlab: a teaching lab for image classification.

    import lab
    path = lab.untar_data(lab.URLs.SAMPLE_PETS)

Every public name is listed in `__all__` and loaded when it is first used, so that `import lab` costs nothing
and a part of the lab needs only what that part needs.
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE: dict[str, tuple[str, ...]] = {
    "lab.losses": (
        "sigmoid",
        "softmax",
        "softmax_naive",
        "log_softmax",
        "log_softmax_naive",
        "nll_loss",
        "cross_entropy",
        "CrossEntropyLoss",
        "mnist_loss",
        "binary_loss",
    ),
    "lab.metrics": (
        "accuracy",
        "from_sklearn",
        "error_rate",
        "top_k",
        "top_k_accuracy",
        "log_loss",
        "confusion_matrix",
    ),
    "lab.core.schedules": (
        "one_cycle",
        "sgdr",
        "constant",
        "flat",
        "lr_sweep",
        "combine",
        "cosine",
        "linear",
        "exponential",
    ),
    "lab.contact_sheets": ("contact_sheet",),
    "lab.data.download": ("URLs", "untar_data"),
    "lab.data.files": ("get_image_files",),
    "lab.data.labels": ("RegexLabeller", "using_attr", "parent_label", "ColReader"),
    "lab.data.splits": ("RandomSplitter", "GrandparentSplitter", "IndexSplitter", "fold_indices"),
    "lab.data.column_splitter": ("ColSplitter",),
    "lab.data.resize": ("Resize", "ResizeMethod"),
    "lab.data.transforms": ("aug_transforms", "RandomResizedCrop"),
    "lab.data.block": ("DataBlock", "ImageBlock", "CategoryBlock"),
    "lab.data.loaders": ("DataLoaders",),
    "lab.data.shortcuts": ("ImageDataLoaders",),
    "lab.data.submission": ("submission",),
    "lab.models.architectures": ("Architecture", "ARCHITECTURES"),
    "lab.models.classifier": ("create_classifier", "create_head"),
    "lab.core.events": ("Step", "ValidStep", "EpochEnd"),
    "lab.core.finder": ("find_lr",),
    "lab.training.stopping": ("stop_early", "keep_best"),
    "lab.core.checks": ("NonFiniteLoss",),
    "lab.training.checks": ("LearnerBusyError",),
    "lab.training.vision": ("cnn_learner", "vision_learner"),
    "lab.training.checkpoint": ("load_learner",),
    "lab.training.seeds": ("set_seed",),
    "lab.processes": ("is_first",),
    "lab.annotations": ("Annotations", "Marks"),
    "lab.comparison": ("compare",),
    "lab.interpret": ("ClassificationInterpretation",),
    "lab.panels.gallery.panel": ("GalleryPanel",),
    "lab.panels.augment.panel": ("AugmentPanel",),
    "lab.panels.lr_finder": ("LRFinderPanel",),
    "lab.panels.training.panel": ("TrainingPanel",),
    "lab.panels.schedule.panel": ("SchedulePanel",),
    "lab.panels.loss.panel": ("LossPanel",),
    "lab.panels.inside.panel": ("InsidePanel",),
    "lab.panels.predict.panel": ("PredictPanel",),
    "lab.inside": (
        "layers",
        "activations",
        "feature_maps",
        "class_activation_map",
        "as_seen",
        "overlay",
        "ActivationStats",
        "watch",
        "nearest",
    ),
}
_BACKBONES = (
    "pocketnet",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "mobilenet_v3_large",
    "efficientnet_b0",
    "efficientnet_lite0",
)
_HOME = {name: module for module, names in _WHERE.items() for name in names}
_ALIASES = {"Learner": ("lab.training.learner", "ImageLearner")}

__all__ = sorted([*_HOME, *_ALIASES, *_BACKBONES])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    elif name in _ALIASES:
        module, original = _ALIASES[name]
        value = getattr(importlib.import_module(module), original)
    elif name in _BACKBONES:
        value = importlib.import_module("lab.models.architectures").ARCHITECTURES[name]
    else:
        ways = {} if name.startswith("_") else importlib.import_module("lab.absent").WAYS
        raise AttributeError(f"module 'lab' has no attribute {name!r}. {ways.get(name, 'See lab.__all__.')}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

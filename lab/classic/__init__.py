"""The 2018 spelling of the course on today's core: `from lab.classic import *` in place of its import lines.

Nothing is computed here. Every name translates one call of the 2018 lessons into the call of the core that
does the work; docs/howto/from-fastai-07.md has both side by side.
"""

import os

import numpy as np
import pandas as pd
import PIL.Image
import torch
from torch import nn
from torch.nn import functional as F

from lab import ARCHITECTURES, binary_loss
from lab.classic.data import ImageClassifierData, get_cv_idxs
from lab.classic.learner import ConvLearner
from lab.classic.pictures import plot_confusion_matrix, plots, plt
from lab.classic.scores import (
    accuracy,
    accuracy_np,
    confusion_matrix,
    log_loss,
    metrics,
    submission,
)
from lab.classic.transforms import (
    tfms_from_model,
    transforms_basic,
    transforms_side_on,
    transforms_top_down,
)

globals().update(ARCHITECTURES)  # resnet34 and the other backbones, by their names

__all__ = [
    "PIL",
    "ConvLearner",
    "F",
    "ImageClassifierData",
    "accuracy",
    "accuracy_np",
    "binary_loss",
    "confusion_matrix",
    "get_cv_idxs",
    "log_loss",
    "metrics",
    "nn",
    "np",
    "os",
    "pd",
    "plot_confusion_matrix",
    "plots",
    "plt",
    "submission",
    "tfms_from_model",
    "torch",
    "transforms_basic",
    "transforms_side_on",
    "transforms_top_down",
    *ARCHITECTURES,
]

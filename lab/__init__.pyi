"""The public names and where each lives: for editors, and for `lab/__init__.py`, which loads them."""

from .annotations import (
    Annotations as Annotations,
    Marks as Marks,
)
from .comparison import compare as compare
from .contact_sheets import contact_sheet as contact_sheet
from .core.errors import (
    NonFiniteLoss as NonFiniteLoss,
    PawlabError as PawlabError,
)
from .core.events import (
    EpochEnd as EpochEnd,
    Step as Step,
    ValidStep as ValidStep,
)
from .core.finder import find_lr as find_lr
from .core.schedules import (
    combine as combine,
    constant as constant,
    cosine as cosine,
    exponential as exponential,
    flat as flat,
    linear as linear,
    lr_sweep as lr_sweep,
    one_cycle as one_cycle,
    sgdr as sgdr,
)
from .data.block import DataBlock as DataBlock
from .data.blocks import (
    CategoryBlock as CategoryBlock,
    ImageBlock as ImageBlock,
)
from .data.column_splitter import ColSplitter as ColSplitter
from .data.download import (
    URLs as URLs,
    untar_data as untar_data,
)
from .data.files import get_image_files as get_image_files
from .data.labels import (
    ColReader as ColReader,
    RegexLabeller as RegexLabeller,
    parent_label as parent_label,
    using_attr as using_attr,
)
from .data.loaders import DataLoaders as DataLoaders
from .data.resize import (
    Resize as Resize,
    ResizeMethod as ResizeMethod,
)
from .data.shortcuts import ImageDataLoaders as ImageDataLoaders
from .data.splits import (
    GrandparentSplitter as GrandparentSplitter,
    IndexSplitter as IndexSplitter,
    RandomSplitter as RandomSplitter,
    fold_indices as fold_indices,
)
from .data.submission import submission as submission
from .data.transforms import (
    RandomResizedCrop as RandomResizedCrop,
    aug_transforms as aug_transforms,
)
from .inside import (
    ActivationStats as ActivationStats,
    activations as activations,
    as_seen as as_seen,
    class_activation_map as class_activation_map,
    feature_maps as feature_maps,
    layers as layers,
    nearest as nearest,
    overlay as overlay,
    watch as watch,
)
from .interpret import ClassificationInterpretation as ClassificationInterpretation
from .losses import (
    CrossEntropyLoss as CrossEntropyLoss,
    binary_loss as binary_loss,
    cross_entropy as cross_entropy,
    log_softmax as log_softmax,
    log_softmax_naive as log_softmax_naive,
    mnist_loss as mnist_loss,
    nll_loss as nll_loss,
    sigmoid as sigmoid,
    softmax as softmax,
    softmax_naive as softmax_naive,
)
from .metrics import (
    accuracy as accuracy,
    confusion_matrix as confusion_matrix,
    error_rate as error_rate,
    from_sklearn as from_sklearn,
    log_loss as log_loss,
    top_k as top_k,
    top_k_accuracy as top_k_accuracy,
)
from .models.architecture import Architecture as Architecture
from .models.architectures import ARCHITECTURES as ARCHITECTURES
from .models.classifier import create_classifier as create_classifier
from .models.heads import create_head as create_head
from .panels.augment.panel import AugmentPanel as AugmentPanel
from .panels.convolution.panel import ConvolutionPanel as ConvolutionPanel
from .panels.gallery.panel import GalleryPanel as GalleryPanel
from .panels.inside.panel import InsidePanel as InsidePanel
from .panels.loss.panel import LossPanel as LossPanel
from .panels.lr_finder import LRFinderPanel as LRFinderPanel
from .panels.predict.panel import PredictPanel as PredictPanel
from .panels.schedule.panel import SchedulePanel as SchedulePanel
from .panels.training.panel import TrainingPanel as TrainingPanel
from .processes import is_first as is_first
from .training.checks import LearnerBusyError as LearnerBusyError
from .training.learner import ImageLearner as _ImageLearner
from .training.predictor import load_learner as load_learner
from .training.seeds import set_seed as set_seed
from .training.stopping import (
    keep_best as keep_best,
    stop_early as stop_early,
)
from .training.vision import (
    cnn_learner as cnn_learner,
    vision_learner as vision_learner,
)

Learner = _ImageLearner
__version__: str

# backbones, by name: lab.ARCHITECTURES
pocketnet: Architecture
resnet18: Architecture
resnet34: Architecture
resnet50: Architecture
resnet101: Architecture
resnet152: Architecture
mobilenet_v2: Architecture
mobilenet_v3_small: Architecture
mobilenet_v3_large: Architecture
efficientnet_b0: Architecture
efficientnet_lite0: Architecture

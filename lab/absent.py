"""Names that other lessons use and that this lab does not have, each with the way here.

`lab.<name>` raises AttributeError with that sentence.
"""

_STRATIFY = "Pass RandomSplitter(valid_pct=0.2, seed=42, stratify=True): every class is then in both splits."
_NORMALIZE = "Leave it out: the model normalises by itself, with the statistics of its backbone."
_ONE_LABEL = "A picture has one label here: blocks=(ImageBlock, CategoryBlock)."
_WEIGHTS = "For rare classes give the loss weights: CrossEntropyLoss(weight=...)."
_AUGMENT = "All random changes are made by aug_transforms(...), in one interpolation."

_FIT = (
    'Say it to the fit: fit(..., patience=3, keep_best=True, monitor="error_rate"), or write the loop: '
    "for event in learn.steps(...)."
)
_SCORE = (
    'Use lab.from_sklearn with a score of sklearn.metrics, such as from_sklearn(f1_score, average="macro").'
)
_CLASSES_ONLY = "This lab is for image classification: blocks=(ImageBlock, CategoryBlock)."

WAYS = {
    "EarlyStoppingCallback": _FIT,
    "SaveModelCallback": _FIT,
    "ReduceLROnPlateau": "A schedule falls by itself: fit_one_cycle, or fit_sgdr for restarts.",
    "GradientAccumulation": "Say it to the fit: fit(..., accumulate=4) adds up four batches.",
    "GradientClip": "Write the loop by hand, or lower the rate: lr_find() shows where the loss runs away.",
    "Callback": _FIT,
    "F1Score": _SCORE,
    "Precision": _SCORE,
    "Recall": _SCORE,
    "RocAuc": "Use lab.from_sklearn(roc_auc_score, probabilities=True).",
    "BalancedAccuracy": _SCORE,
    "accuracy_multi": _ONE_LABEL,
    "MultiCategorize": _ONE_LABEL,
    **dict.fromkeys(
        ("RegressionBlock", "PointBlock", "BBoxBlock", "BBoxLblBlock", "MaskBlock"), _CLASSES_ONLY
    ),
    "TrainTestSplitter": _STRATIFY,
    "StratifiedSplitter": _STRATIFY,
    "EndSplitter": "Pass IndexSplitter(range(first, n)), the positions that validate.",
    "FuncSplitter": "A splitter is any function: items -> (training indices, validation indices).",
    "MaskSplitter": "Pass IndexSplitter(np.flatnonzero(mask)).",
    "Normalize": _NORMALIZE,
    "imagenet_stats": _NORMALIZE,
    "MultiCategoryBlock": _ONE_LABEL,
    "weighted_dataloaders": _WEIGHTS,
    "WeightedDL": _WEIGHTS,
    "get_files": "Pass get_image_files(path).",
    "get_c": "The number of classes is dls.c.",
    "PILImage": "open_picture in lab.data.pictures opens a file as RGB; predict takes the path itself.",
    "ToTensor": "Leave it out: a batch is made of tensors by itself.",
    "Flip": _AUGMENT,
    "Rotate": _AUGMENT,
    "Zoom": _AUGMENT,
    "Warp": _AUGMENT,
    "Brightness": _AUGMENT,
    "Contrast": _AUGMENT,
    "Datasets": "Pass the files to ImageDataLoaders.from_path_func, or make a DataBlock.",
    "ImageDataBunch": "Call ImageDataLoaders.from_folder, .from_csv, .from_name_re and the like.",
    "ImageList": "Make a DataBlock, or call ImageDataLoaders.from_folder and the like.",
}

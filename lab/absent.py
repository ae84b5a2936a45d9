"""Names that other lessons use and that this lab does not have, each with the way here.

`lab.<name>` raises AttributeError with that sentence.
"""

_WAYS = {
    "EarlyStoppingCallback SaveModelCallback Callback": (
        'Say it to the fit: fit(..., patience=3, keep_best=True, monitor="error_rate"), or write the '
        "loop: for event in learn.steps(...)."
    ),
    "ReduceLROnPlateau": "A schedule falls by itself: fit_one_cycle, or fit_sgdr for restarts.",
    "GradientAccumulation": "Say it to the fit: fit(..., accumulate=4) adds up four batches.",
    "GradientClip": "Write the loop by hand, or lower the rate: lr_find() shows where the loss runs away.",
    "F1Score Precision Recall BalancedAccuracy": (
        "Use lab.from_sklearn with a score of sklearn.metrics, such as from_sklearn(f1_score, "
        'average="macro").'
    ),
    "RocAuc": "Use lab.from_sklearn(roc_auc_score, probabilities=True).",
    "accuracy_multi MultiCategorize MultiCategoryBlock": (
        "A picture has one label here: blocks=(ImageBlock, CategoryBlock)."
    ),
    "RegressionBlock PointBlock BBoxBlock BBoxLblBlock MaskBlock": (
        "This lab is for image classification: blocks=(ImageBlock, CategoryBlock)."
    ),
    "TrainTestSplitter StratifiedSplitter": (
        "Pass RandomSplitter(valid_pct=0.2, seed=42, stratify=True): every class is then in both splits."
    ),
    "EndSplitter": "Pass IndexSplitter(range(first, n)), the positions that validate.",
    "FuncSplitter": "A splitter is any function: items -> (training indices, validation indices).",
    "MaskSplitter": "Pass IndexSplitter(np.flatnonzero(mask)).",
    "Normalize imagenet_stats": (
        "Leave it out: the model normalises by itself, with the statistics of its backbone."
    ),
    "weighted_dataloaders WeightedDL": (
        "For rare classes give the loss weights: CrossEntropyLoss(weight=...)."
    ),
    "get_files": "Pass get_image_files(path).",
    "get_c": "The number of classes is dls.c.",
    "PILImage": "open_picture in lab.data.pictures opens a file as RGB; predict takes the path itself.",
    "ToTensor": "Leave it out: a batch is made of tensors by itself.",
    "Flip Rotate Zoom Warp Brightness Contrast": (
        "All random changes are made by aug_transforms(...), in one interpolation."
    ),
    "Datasets": "Pass the files to ImageDataLoaders.from_path_func, or make a DataBlock.",
    "ImageDataBunch": "Call ImageDataLoaders.from_folder, .from_csv, .from_name_re and the like.",
    "ImageList": "Make a DataBlock, or call ImageDataLoaders.from_folder and the like.",
}
WAYS = {name: way for names, way in _WAYS.items() for name in names.split()}

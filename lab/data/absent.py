"""Names that other lessons use for data and that this lab does not have, each with the way here.

`lab.<name>` raises AttributeError with that sentence.
"""

_STRATIFY = "Pass RandomSplitter(valid_pct=0.2, seed=42, stratify=True): every class is then in both splits."
_NORMALIZE = "Leave it out: the model normalises by itself, with the statistics of its backbone."
_ONE_LABEL = "A picture has one label here: blocks=(ImageBlock, CategoryBlock)."
_WEIGHTS = "For rare classes give the loss weights: CrossEntropyLoss(weight=...)."
_AUGMENT = "All random changes are made by aug_transforms(...), in one interpolation."

WAYS = {
    "TrainTestSplitter": _STRATIFY,
    "StratifiedSplitter": _STRATIFY,
    "EndSplitter": "Pass IndexSplitter(range(first, n)), the positions that validate.",
    "FuncSplitter": "A splitter is any function: items -> (training indices, validation indices).",
    "MaskSplitter": "Pass IndexSplitter(np.flatnonzero(mask)).",
    "Normalize": _NORMALIZE,
    "imagenet_stats": _NORMALIZE,
    "MultiCategoryBlock": _ONE_LABEL,
    "RegressionBlock": _ONE_LABEL,
    "MaskBlock": _ONE_LABEL,
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

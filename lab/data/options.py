"""Keyword arguments that other lessons use: each unknown one is answered with the way here.

fastai, torchvision and the 2018 course spell many options differently. A call that meets such a name says in
one sentence what to write instead, before anything is read or changed.
"""

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from lab.core.errors import BadType, BadValue
from lab.data.splits import RandomSplitter

Function = TypeVar("Function", bound=Callable[..., Any])

_WORKERS = "Threads decode the pictures: num_workers= says how many."
_MODEL_NORMALISES = "Leave it out: the model normalises by itself."
_RESIZE = "Pass item_tfms=Resize(...)."

WAYS = {
    "y_block": "The target is always one category: leave it out; vocab=[...] names the classes.",
    "x_block": "The input is always a picture: leave it out.",
    "img_cls": "Pictures are always opened as RGB: leave it out.",
    "n_inp": "A batch is always (pictures, labels): leave it out.",
    "val_bs": "bs= is the size of training and of validation batches.",
    "batch_size": "The size of a batch is bs=.",
    "shuffle": "Training pictures are always shuffled and validation pictures never; dls.train.replace("
    "shuffle=False) gives a loader in file order.",
    "shuffle_train": "Training pictures are always shuffled and validation pictures never.",
    "drop_last": "No picture is dropped; a last batch of a single one joins the batch before it.",
    "n_workers": _WORKERS,
    "workers": _WORKERS,
    "pin_memory": "Leave it out: batches come from threads, not from other processes.",
    "persistent_workers": "Leave it out: batches come from threads, not from other processes.",
    "collate_fn": "Pictures are made equal by item_tfms=Resize(...) and then stacked: leave it out.",
    "sampler": "For rare classes give the loss weights: CrossEntropyLoss(weight=...).",
    "dl_type": "For rare classes give the loss weights: CrossEntropyLoss(weight=...).",
    "before_batch": "Functions on one picture go into item_tfms, on a batch into batch_tfms.",
    "after_item": "Functions on one picture go into item_tfms=[...].",
    "after_batch": "The transform of a batch is batch_tfms=.",
    "tfms": "Transforms of one picture are item_tfms=, those of a batch batch_tfms=.",
    "ds_tfms": "Transforms of one picture are item_tfms=, those of a batch batch_tfms=.",
    "transform": "Functions from PIL picture to PIL picture go into item_tfms=[...].",
    "target_transform": "get_y gives the label of an item: change it there.",
    "size": _RESIZE,
    "img_size": _RESIZE,
    "normalize": _MODEL_NORMALISES,
    "stats": _MODEL_NORMALISES,
    "do_setup": "Leave it out.",
    "verbose": "Leave it out; DataBlock.summary(source) tells what every step gives.",
    "getters": "Pass get_x= and get_y=.",
    "label_func": "In a DataBlock, get_y= gives the label of an item.",
    "get_image_files": "Pass get_items=get_image_files.",
    "test_name": "Pass test=, a folder of pictures without labels.",
    "test_pct": "Pass valid_pct=, and test= a folder of pictures without labels.",
    "test_size": "The share for validation is valid_pct=.",
    "val_pct": "The share for validation is valid_pct=.",
    "pct": "The share for validation is valid_pct=.",
    "train_pct": "The share for validation is valid_pct=, 1 minus that of training.",
    "validation_split": "The share for validation is valid_pct=.",
    "random_state": "The same seed= gives the same split and the same batches.",
    "random_seed": "The same seed= gives the same split and the same batches.",
    "classes": "vocab=[...] names the classes.",
    "vocab": "Pass blocks=(ImageBlock, CategoryBlock(vocab=[...])).",
    "valid_pct": "Pass splitter=RandomSplitter(valid_pct, seed) to the DataBlock.",
    "stratify": "Pass splitter=RandomSplitter(valid_pct, seed, stratify=True) to the DataBlock.",
    "split_seed": "Pass splitter=RandomSplitter(valid_pct, seed) to the DataBlock.",
    **{
        name: f"Pass {name}= to DataBlock(...); block.new({name}=...) gives a changed copy."
        for name in ("blocks", "get_items", "get_x", "get_y", "splitter", "item_tfms", "batch_tfms")
    },
    **{
        name: f"Pass {name}= to .dataloaders(...)."
        for name in ("bs", "seed", "device", "num_workers", "test", "path", "source", "annotations")
    },
    "label_delim": "A picture has one label here, one of several classes: give each one.",
}

_AUGMENT_WAYS = {
    "min_zoom": "Pictures only come closer: zoom= says how many times at most.",
    "xtra_tfms": "All changes are made by one interpolation: functions on one picture go into item_tfms.",
    "mode": "Interpolation is bilinear: leave it out.",
    "align_corners": "Leave it out.",
    "batch": "Every picture of a batch is changed by itself: leave it out.",
    "p": "p_affine= and p_lighting= are the chances.",
    "xy": "Pass size=, such as 224.",
    "hue": "Colours are kept; lighting=, brightness= and contrast= change the light.",
    "saturation": "Colours are kept; lighting=, brightness= and contrast= change the light.",
}

_FASTAI_AUGMENT = {
    "do_flip": "flip",
    "max_rotate": "rotate",
    "max_zoom": "zoom",
    "max_lighting": "lighting",
    "max_warp": "warp",
}


def known_keywords(function: Function) -> Function:
    """A decorator: keywords that `function` does not have are refused with the way here, by TypeError."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    called = function.__qualname__.removesuffix(".__init__").rpartition(".")[2]

    @functools.wraps(function)
    def checked(*args: Any, **options: Any) -> Any:
        check_keywords(called, options, names)
        return function(*args, **options)

    return checked  # type: ignore[return-value]


def check_keywords(
    called: str, options: Mapping[str, Any], names: Iterable[str], ways: Mapping[str, str] = WAYS
) -> None:
    """TypeError, with the way here or the name that comes closest, unless every option is one of `names`."""
    names = list(names)
    for name in options:
        if name in names:
            continue
        close = difflib.get_close_matches(name, names, n=1)
        if name in ways:
            hint = ways[name]
        elif close:
            hint = f"Did you mean {close[0]}=?"
        else:
            hint = f"It takes {', '.join(names)}."
        raise BadType(f"{called}: there is no argument {name!r}. {hint}")


def fastai_spelling(function: Function) -> Function:
    """A decorator of `aug_transforms`: fastai's do_flip, max_rotate, max_zoom, max_lighting and max_warp mean
    flip, rotate, zoom, lighting and warp; a keyword that is not known is refused with the way here.
    """
    names = list(inspect.signature(function).parameters)

    @functools.wraps(function)
    def spelt(*args: Any, **options: Any) -> Any:
        if options.get("min_zoom") == 1:  # fastai's default, and the only value that there is here
            del options["min_zoom"]
        check_keywords(function.__name__, options, [*names, *_FASTAI_AUGMENT], _AUGMENT_WAYS)
        for theirs, ours in _FASTAI_AUGMENT.items():
            if theirs not in options:
                continue
            if ours in options:
                raise BadType(
                    f"{function.__name__}: got {theirs}= and {ours}=, which are the same. Give one of them."
                )
            options[ours] = options.pop(theirs)
        return function(*args, **options)

    return spelt  # type: ignore[return-value]


def chosen_splitter(
    options: dict[str, Any], valid_pct: float = 0.2, split_seed: int | None = None
) -> Callable[..., Any]:
    """The splitter that a shortcut's options ask for; takes `splitter` and `stratify` out of `options`.

    `seed` stays in the options, where it is the loaders' too: another seed is another split. split_seed is of
    the split alone. Without either the seed is 42.
    """
    stratify, splitter = options.pop("stratify", False), options.pop("splitter", None)
    if splitter is None:
        seed = split_seed if split_seed is not None else options.get("seed", 42)
        return RandomSplitter(valid_pct, seed, stratify)
    if stratify and not getattr(splitter, "stratify", False):
        raise BadValue(
            f"stratify=True has no effect on splitter={splitter!r}. Leave one of them out; for a random "
            "split of every class pass RandomSplitter(valid_pct, seed, stratify=True)."
        )
    return splitter

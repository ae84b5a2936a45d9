"""The loader whose pictures are judged: it knows their labels and their files."""

from typing import Any

from lab.core.errors import BadType, BadValue
from lab.data.loader import DataLoader
from lab.data.loaders import DataLoaders


def labelled_loader(dls: DataLoaders, ds_idx: int = 1, dl: Any = None) -> DataLoader:
    """The loader of a split (0 train, 1 valid, 2 test), or `dl`, checked for `from_learner`."""
    splits = {0: dls.train, 1: dls.valid, 2: dls.test}
    loader = splits.get(ds_idx) if dl is None else dl
    if loader is None:
        raise BadValue(f"from_learner: there is no split ds_idx={ds_idx}. Use 0 (train) or 1 (valid).")
    if not hasattr(loader, "pictures"):
        raise BadType(
            f"from_learner: got a {type(loader).__name__} as dl, which does not know its files. Pass a "
            "loader of the lab, such as dls.test_dl(items, with_labels=True)."
        )
    if loader.pictures.labels is None:
        raise BadValue(
            "from_learner: these pictures have no labels, so nothing is right or wrong. Use "
            "learn.get_preds to predict them, or pass dl=dls.test_dl(items, with_labels=True)."
        )
    paths = loader.pictures.paths
    if None in paths:
        raise BadValue(
            f"from_learner: picture {paths.index(None)} has no file, so nobody could look it up. "
            "Save the pictures in a folder and load them from there."
        )
    return loader

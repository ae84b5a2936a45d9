"""The same session in Pawlab; run by ../versus.py.

    python session_pawlab.py PART FOLDER ARCH SIZE EPOCHS DRAWS

PART: loader, or session. DRAWS: 0 for live augmentation, else how many augmented draws are stored.
"""

import sys
import time
from functools import partial
from importlib import import_module
from typing import Any

begun = time.perf_counter()
import lab  # noqa: E402

imported = time.perf_counter() - begun

from rows import Rows  # noqa: E402  after the import that is timed


def data(folder: str, size: int) -> Any:
    """The photos, presized and augmented."""
    return lab.ImageDataLoaders.from_folder(
        folder,
        train="train",
        valid="valid",
        item_tfms=lab.Resize(size * 8 // 7),
        batch_tfms=lab.aug_transforms(size=size, min_scale=0.75),
        bs=64,
        seed=0,
    )


def main() -> None:
    part, folder, arch, size, epochs, draws = *sys.argv[1:4], *map(int, sys.argv[4:7])
    rows = Rows()
    rows.add("import", imported)
    lab.set_seed(0)
    if part == "loader":
        import_module("lab.training.vision")  # torch's own loading time is not the loader's
        rows.loader(partial(data, folder, size))
        return
    with rows.timed("set-up"):
        dls = data(folder, size)
        learn = lab.cnn_learner(dls, arch, metrics=lab.accuracy, precompute=draws or "auto", seed=0)
    with rows.timed("head"):
        learn.fit_one_cycle(epochs, 3e-3)
    rows.score("head", learn.validate()["accuracy"])
    with rows.timed("lr_find"):
        learn.lr_find(num_it=25, stop_div=False, show=False)
    with rows.timed("predictions"):
        learn.get_preds()
    with rows.timed("TTA"):
        probs, targets = learn.tta(4)
    rows.score("TTA", lab.accuracy(probs, targets))
    with rows.timed("interpretation"):
        lab.ClassificationInterpretation.from_learner(learn).confusion_matrix()
    rows.peak("frozen session")
    learn.unfreeze()
    with rows.timed("unfrozen epoch"):
        learn.fit_one_cycle(1, slice(1e-5, 1e-3))
    rows.score("unfrozen epoch", learn.validate()["accuracy"])
    rows.peak("unfrozen")
    rows.tell()


if __name__ == "__main__":
    main()

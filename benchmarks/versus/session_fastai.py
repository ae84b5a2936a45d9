"""A session in fastai, row by row; run by ../versus.py.

    python session_fastai.py PART FOLDER ARCH SIZE EPOCHS

PART: loader, or session.
"""

import sys
import time
from functools import partial
from typing import Any

begun = time.perf_counter()
from fastai.vision import all as fastai  # noqa: E402

imported = time.perf_counter() - begun

from rows import Rows  # noqa: E402  after the import that is timed


def data(folder: str, size: int) -> Any:
    """The photos, presized and augmented."""
    return fastai.ImageDataLoaders.from_folder(
        folder,
        train="train",
        valid="valid",
        item_tfms=fastai.Resize(size * 8 // 7),
        batch_tfms=fastai.aug_transforms(size=size, min_scale=0.75),
        bs=64,
    )


def main() -> None:
    part, folder, arch, size, epochs = *sys.argv[1:4], *map(int, sys.argv[4:6])
    rows = Rows()
    rows.add("import", imported)
    fastai.set_seed(0)
    if part == "loader":
        rows.loader(partial(data, folder, size))
        return
    with rows.timed("set-up"):
        dls = data(folder, size)
        network = getattr(fastai.models, arch)
        if network not in fastai.model_meta:
            # mobilenet_v2 pools by a function, so fastai does not see by itself where to cut it, and it would
            # take the older weights and no normalisation.
            fastai.model_meta[network] = {
                "cut": -1,
                "split": fastai.default_split,
                "stats": fastai.imagenet_stats,
                "weights": "DEFAULT",
            }
        learn = fastai.vision_learner(dls, network, metrics=fastai.accuracy)
    with learn.no_bar(), learn.no_logging():
        with rows.timed("head"):
            learn.fit_one_cycle(epochs, 3e-3)
        rows.score("head", float(learn.validate()[1]))
        with rows.timed("lr_find"):
            learn.lr_find(num_it=25, stop_div=False, show_plot=False)
        with rows.timed("predictions"):
            learn.get_preds()
        with rows.timed("TTA"):
            probs, targets = learn.tta(n=4)
        rows.score("TTA", float(fastai.accuracy(probs, targets)))
        with rows.timed("interpretation"):
            fastai.ClassificationInterpretation.from_learner(learn).confusion_matrix()
        rows.peak("frozen session")
        learn.unfreeze()
        with rows.timed("unfrozen epoch"):
            learn.fit_one_cycle(1, slice(1e-5, 1e-3))
        rows.score("unfrozen epoch", float(learn.validate()[1]))
    rows.peak("unfrozen")
    rows.tell()


if __name__ == "__main__":
    main()

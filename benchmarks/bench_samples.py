"""The drawn sample sets with pocketnet: three lines of code, the head alone, fine-tuning, random weights."""

import json
import time

from common import line

import lab
from lab.training.learner import ImageLearner


def three_lines() -> ImageLearner:
    """What a newcomer types; labels are read from the folders."""
    path = lab.untar_data(lab.URLs.SAMPLE_DOGSCATS)
    dls = lab.ImageDataLoaders.from_folder(
        path, item_tfms=lab.Resize(160), batch_tfms=lab.aug_transforms(size=128)
    )
    learn = lab.cnn_learner(dls, lab.pocketnet, metrics=lab.accuracy, precompute=True, seed=0)
    learn.fit_one_cycle(3, 4e-3)
    return learn


def pets(seed: int, pretrained: bool = True, **kwargs) -> ImageLearner:
    path = lab.untar_data(lab.URLs.SAMPLE_PETS)
    block = lab.DataBlock(
        get_y=lab.using_attr(lab.RegexLabeller(r"(.+)_\d+.jpg$"), "name"),
        splitter=lab.RandomSplitter(seed=42),
        item_tfms=lab.Resize(160),
        batch_tfms=lab.aug_transforms(size=128, min_scale=0.75),
    )
    dls = block.dataloaders(path / "images", bs=32)
    lab.set_seed(seed)
    return lab.cnn_learner(
        dls, lab.pocketnet, metrics=lab.error_rate, seed=seed, pretrained=pretrained, **kwargs
    )


def error(learn: ImageLearner) -> float:
    return learn.history.epochs[-1]["error_rate"]


def planted_found(learn: ImageLearner) -> str:
    """How many of the planted errors in the validation set are among its 3 k top losses."""
    folder = learn.dls.valid.pictures.paths[0].parent.parent
    planted = json.loads((folder / "planted_errors.json").read_text(encoding="utf-8"))
    wrong = {entry["file"].rsplit("/", 1)[-1] for entry in planted}
    here = {path.name for path in learn.dls.valid.pictures.paths} & wrong
    interp = lab.ClassificationInterpretation.from_learner(learn)
    top = {finding.path.name for finding in interp.top_losses(3 * len(here))}
    print("most confused:", interp.most_confused(min_val=1)[:8])
    return f"{len(here & top)} of {len(here)}"


def main() -> None:
    lab.untar_data(lab.URLs.SAMPLE_DOGSCATS)
    start = time.perf_counter()
    learn = three_lines()
    took, accuracy = time.perf_counter() - start, learn.history.epochs[-1]["accuracy"]
    line("three lines on SAMPLE_DOGSCATS, precomputed", f"{took:.1f} s, {accuracy:.3f}", "<= 20 s, >= 0.97")

    heads = []
    for seed in (0, 1, 2):
        learn = pets(seed, precompute=3)
        learn.fit_one_cycle(3, 4e-3)
        heads.append(error(learn))
    line(
        "SAMPLE_PETS: error, three epochs of the head, three seeds",
        str([round(e, 3) for e in heads]),
        "<= 0.15",
    )

    learn = pets(0, precompute=1)
    learn.fine_tune(5, base_lr=4e-3)
    line("SAMPLE_PETS: error after fine_tune(5)", f"{error(learn):.3f}", "0.02 .. 0.10")
    line("planted errors of the validation set among the top losses", planted_found(learn), ">= 3/4")

    learn = pets(0, pretrained=False)
    learn.fit_one_cycle(6, 4e-3)
    line("SAMPLE_PETS: error, random weights, the same budget", f"{error(learn):.3f}", "> 0.50")


if __name__ == "__main__":
    main()

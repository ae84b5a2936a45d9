"""A domain where unfreezing wins: the drawn breeds as film negatives, and the same breeds as they are.

pocketnet has learnt on drawn animals in their own colours. Prints the error of 14 epochs with a frozen body
against 6 frozen and 8 unfrozen ones, at one rate for all layers and at discriminative rates, three seeds.
Arguments: names of sets, then "--ways" and ways; without them all.
"""

import argparse
import os
import tempfile
import time
from typing import Any

from common import line

SEEDS = (0, 1, 2)
HEAD, ALL = 6, 8
WAYS: dict[str, tuple[Any, str]] = {  # rates of the unfrozen epochs, and what batch norm does then
    "frozen": (None, "frozen"),
    "one rate 4e-3": (4e-3, "train"),
    "slice(1e-3, 4e-3)": (slice(1e-3, 4e-3), "train"),
    "one rate 4e-3, norm frozen": (4e-3, "frozen"),
    "slice(1e-3, 4e-3), norm frozen": (slice(1e-3, 4e-3), "frozen"),
}


def error(url: str, rate: Any, norm: str, seed: int) -> float:
    """The error rate after all epochs."""
    import lab

    lab.set_seed(seed)
    block = lab.DataBlock(
        blocks=(lab.ImageBlock, lab.CategoryBlock),
        get_items=lab.get_image_files,
        get_y=lab.using_attr(lab.RegexLabeller(r"(.+)_\d+\.jpg$"), "name"),
        splitter=lab.RandomSplitter(valid_pct=0.2, seed=42),
        item_tfms=lab.Resize(128),
        batch_tfms=lab.aug_transforms(size=96, min_scale=0.75),
    )
    dls = block.dataloaders(lab.untar_data(url) / "images", bs=32, seed=seed)
    learn = lab.cnn_learner(dls, lab.pocketnet, metrics=lab.error_rate, precompute=8, seed=seed)
    learn.fit_one_cycle(HEAD if rate else HEAD + ALL, 4e-3)
    if rate:
        learn.unfreeze(norm=norm)
        learn.fit_one_cycle(ALL, rate)
    return learn.validate()["error_rate"]


def main() -> None:
    import lab

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["SAMPLE_PETS_NEGATIVE", "SAMPLE_PETS"])
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    chosen = parser.parse_args()
    os.environ |= {"PAWLAB_QUIET": "1", "PAWLAB_HOME": tempfile.mkdtemp()}
    for name in chosen.sets:
        for way in chosen.ways:
            (rate, norm), started = WAYS[way], time.perf_counter()
            errors = [error(getattr(lab.URLs, name), rate, norm, seed) for seed in SEEDS]
            each = " ".join(f"{value:.3f}" for value in errors)
            mean, took = sum(errors) / len(errors), time.perf_counter() - started
            line(f"{name}, {way}", f"{each}  mean {mean:.3f}  ({took:.0f} s)", "<= 0.7 of frozen")


if __name__ == "__main__":
    main()

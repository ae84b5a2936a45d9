"""Augmented batches from the presized cache, pictures per second."""

import argparse
import time

from common import line

import lab


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    path = lab.untar_data(lab.URLs.SAMPLE_DOGSCATS)
    for presize, size, target in ((256, 224, ">= 400/s"), (460, 224, "(the lesson's sizes)"), (160, 128, "")):
        block = lab.DataBlock(
            get_y=lab.parent_label,
            splitter=lab.GrandparentSplitter(),
            get_items=lambda folder: lab.get_image_files(folder, folders=["train", "valid"]),
            item_tfms=lab.Resize(presize),
            batch_tfms=lab.aug_transforms(size=size, min_scale=0.75),
        )
        dls = block.dataloaders(path, bs=64)
        rates = []
        for _ in range(rounds):
            start = time.perf_counter()
            count = sum(len(x) for x, _ in dls.train)
            rates.append(count / (time.perf_counter() - start))
        best = ", ".join(f"{rate:.0f}" for rate in rates)
        line(f"augmented batches, presized {presize}, @{size}", f"{best} pictures/s", target)


if __name__ == "__main__":
    main()

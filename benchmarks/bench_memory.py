"""Memory and time of an epoch in which all layers of a photo network train, whole batches and in parts.

Needs the folder `shared/` beside the checkout. Each way runs in a process of its own, so that its peak is its
own, and the ways run in turn. Arguments: values of micro_batch ("auto", "none" or a number) and --rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from common import line, peak_megabytes, seconds

SHARED = Path(__file__).resolve().parents[2] / "shared"


def epoch(arch: str, size: int, bs: int, micro_batch: str) -> dict[str, float]:
    """One epoch on 800 + 200 photos, after one on which they are decoded."""
    import lab

    dls = lab.ImageDataLoaders.from_folder(
        SHARED / "data" / "dogscats",
        train="train",
        valid="valid",
        item_tfms=lab.Resize(size * 8 // 7),
        batch_tfms=lab.aug_transforms(size=size),
        bs=bs,
        seed=0,
    )
    for split in dls.train, dls.valid:
        for _ in split:
            pass
    lab.set_seed(0)
    choices = {"none": None, "auto": "auto"}
    choice = choices[micro_batch] if micro_batch in choices else int(micro_batch)
    learn = lab.cnn_learner(dls, arch, metrics=lab.accuracy, seed=0, micro_batch=choice)
    learn.unfreeze()
    took = seconds(lambda: learn.fit_one_cycle(1, slice(1e-5, 1e-3)))
    return {
        "seconds": took,
        "peak": peak_megabytes() / 1e3,
        "at_a_time": learn.model.micro_batch or bs,
        "loss": learn.history.epochs[-1]["valid_loss"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="*", default=["none", "auto", "16"])
    parser.add_argument("--arch", default="mobilenet_v2")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--bs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--one", help="run this way here and print its figures as JSON")
    chosen = parser.parse_args()
    if not SHARED.is_dir():
        print("bench_memory: skipped, there is no folder shared/ beside the checkout")
        return
    if chosen.one:
        print(json.dumps(epoch(chosen.arch, chosen.size, chosen.bs, chosen.one)))
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"TORCH_HOME": str(SHARED / "weights"), "PAWLAB_QUIET": "1", "PAWLAB_HOME": home}
        found: dict[str, list[dict[str, float]]] = {way: [] for way in chosen.ways}
        for _ in range(chosen.rounds):
            for way in chosen.ways:
                call = [sys.executable, *sys.argv, "--one", way]
                found[way].append(
                    json.loads(subprocess.run(call, capture_output=True, check=True).stdout.splitlines()[-1])
                )
                print(f"    micro_batch={way}: {found[way][-1]}", flush=True)
    for way, runs in found.items():
        ratio = statistics.median(
            run["seconds"] / whole["seconds"] for run, whole in zip(runs, found[chosen.ways[0]], strict=True)
        )
        peak, took = max(run["peak"] for run in runs), statistics.median(run["seconds"] for run in runs)
        parts = f"micro_batch={way} ({runs[0]['at_a_time']} at a time)"
        line(
            f"{chosen.arch} @{chosen.size} bs {chosen.bs}, {parts}",
            f"{peak:.2f} GB, {took:.0f} s, {ratio:.2f}",
            f"<= 1.9 GB, <= 1.15 of micro_batch={chosen.ways[0]}",
        )


if __name__ == "__main__":
    main()

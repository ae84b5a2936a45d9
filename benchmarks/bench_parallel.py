"""Processor time of two processes (gloo) against one with the doubled batch, of the same epoch.

Each process has one thread. What is timed is the second of two runs, so that set-up and caches are left out;
the rounds are in turn. Rows: all layers of pocketnet at 96 px on 640 random pictures, and the head alone on
activations. Argument: --rounds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import line

BS = 32


def measured(folder: Path, bs: int) -> dict[str, float]:
    """Processor seconds of an epoch, of all processes together."""
    import torch

    import lab
    from lab.processes import gather_rows

    torch.set_num_threads(1)
    found = {}
    for name, precompute, epochs in (("all layers", False, 1), ("the head on activations", True, 20)):
        dls = lab.ImageDataLoaders.from_folder(folder, valid_pct=0.2, seed=0, item_tfms=lab.Resize(96), bs=bs)
        learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0, precompute=precompute)
        if name == "all layers":
            learn.unfreeze()
        learn.fit(1, 1e-4)
        start = time.process_time()
        learn.fit(epochs, 1e-4)
        spent = torch.tensor([time.process_time() - start], dtype=torch.float64)
        found[name] = float(gather_rows(spent).sum())
    return found


def pictures(folder: Path) -> Path:
    """640 noisy pictures in two folders."""
    import numpy as np
    from PIL import Image

    for number in range(640):
        noise = np.random.default_rng(number).integers(0, 200, (110, 120, 3), dtype=np.uint8)
        noise[..., number % 2] += 50
        target = folder / ("red", "green")[number % 2] / f"{number}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).save(target)
    return folder


def run(processes: int, folder: Path, home: str) -> dict[str, float]:
    """The measurement in so many processes."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    words = [*(launcher if processes > 1 else []), __file__, "--here", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PAWLAB_QUIET": "1", "PAWLAB_HOME": home}
    done = subprocess.run(
        [sys.executable, *words, "--bs", str(2 * BS // processes)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(next(row for row in done.stdout.splitlines() if row.startswith("{")))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--bs", type=int, default=BS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.here:
        from lab.processes import is_first

        found = measured(chosen.here, chosen.bs)
        if is_first():
            print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder, ratios = pictures(Path(scratch) / "pictures"), list[dict[str, float]]()
        for _ in range(chosen.rounds):
            one, two = (run(processes, folder, f"{scratch}/home") for processes in (1, 2))
            ratios.append({name: two[name] / one[name] for name in one})
    for name in ratios[0]:
        middle = statistics.median(each[name] for each in ratios)
        line(f"two processes / one with the doubled batch, {name}", f"{middle:.2f}", "<= 1.15")


if __name__ == "__main__":
    main()

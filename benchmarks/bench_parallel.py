"""Processor time of two processes (gloo) against one with the doubled batch, of the same epoch.

Each process has one thread. What is timed is the second of two runs, so that set-up and caches are left out;
the rounds are in turn. Rows: all layers of pocketnet at 96 px on 640 random pictures, and the head alone on
activations. The floor beside each is what smaller batches and a shared machine cost without a single message:
two processes that know nothing of each other, each with the batch of a rank and all pictures, halved.
Argument: --rounds.
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


def start(processes: int, bs: int, folder: Path, home: str) -> subprocess.Popen[str]:
    """The measurement, begun in so many processes that share the work."""
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    words = [*(launcher if processes > 1 else []), __file__, "--here", str(folder), "--bs", str(bs)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PAWLAB_QUIET": "1", "PAWLAB_HOME": home}
    return subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE, text=True)


def result(process: subprocess.Popen[str]) -> dict[str, float]:
    """What a measurement printed."""
    printed, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a measurement ended with {process.returncode}")
    return json.loads(next(row for row in printed.splitlines() if row.startswith("{")))


def measured_round(folder: Path, home: str) -> dict[str, float]:
    """The ratios of one round, by the row's name."""
    one = result(start(1, 2 * BS, folder, home))
    shared = result(start(2, BS, folder, home))
    alone = [result(each) for each in [start(1, BS, folder, home) for _ in range(2)]]
    floor = {f"{name}: the floor": sum(each[name] for each in alone) / 2 / one[name] for name in one}
    return {name: shared[name] / one[name] for name in one} | floor


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
            ratios.append(measured_round(folder, f"{scratch}/home"))
    for name in ratios[0]:
        middle = statistics.median(each[name] for each in ratios)
        target = "none" if "floor" in name else "<= 1.15"
        line(f"two processes / one with the doubled batch, {name}", f"{middle:.2f}", target)


if __name__ == "__main__":
    main()

"""Real photos with ImageNet weights and with pocketnet, decode included.

Needs the folder `shared/` beside the checkout.
"""

import os
import shutil
import tempfile
import time
from pathlib import Path

from common import line

SHARED = Path(__file__).resolve().parents[2] / "shared"


def run(arch: str, size: int, presize: int, epochs: int = 4) -> tuple[float, float]:
    """(seconds, accuracy) from an empty cache to a trained head, on 800 + 200 photos."""
    import lab

    home = tempfile.mkdtemp()
    os.environ["PAWLAB_HOME"] = home
    lab.set_seed(0)
    start = time.perf_counter()
    dls = lab.ImageDataLoaders.from_folder(
        SHARED / "data" / "dogscats", item_tfms=lab.Resize(presize), batch_tfms=lab.aug_transforms(size=size)
    )
    learn = lab.cnn_learner(dls, arch, metrics=lab.accuracy, precompute=True, seed=0)
    learn.fit_one_cycle(epochs, 3e-3)
    took = time.perf_counter() - start
    shutil.rmtree(home, ignore_errors=True)
    return took, learn.history.epochs[-1]["accuracy"]


def main() -> None:
    if not SHARED.is_dir():
        print("bench_photos: skipped, there is no folder shared/ beside the checkout")
        return
    os.environ["TORCH_HOME"] = str(SHARED / "weights")
    import torchvision  # noqa: F401

    import lab.training.vision  # noqa: F401  torch's own loading time is not part of the figure

    for arch, size, target in (
        ("efficientnet_lite0", 224, "<= 20 s, >= 0.97"),
        ("mobilenet_v2", 224, "<= 20 s, >= 0.97"),
        ("mobilenet_v2", 128, "<= 8 s, >= 0.94"),
        ("pocketnet", 128, "report it"),
    ):
        took, accuracy = run(arch, size, size)
        line(f"real dogs and cats, {arch} @{size}, precomputed", f"{took:.1f} s, {accuracy:.3f}", target)


if __name__ == "__main__":
    main()

"""The 2018 lessons through `lab.classic`: each step's time, TTA against plain predictions, a second start.

    python benchmarks/bench_classic.py [steps] [start] [photos]

Without arguments all parts. `photos` needs the folder `shared/` beside the checkout.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from common import line, seconds

SHARED = Path(__file__).resolve().parents[2] / "shared"
SIZE = 128


class Clock:
    """Prints each step's time, and adds them up."""

    def __init__(self) -> None:
        self.total = 0.0

    def __call__(self, step: str, work):
        start = time.perf_counter()
        result = work()
        took = time.perf_counter() - start
        self.total += took
        line(step, f"{took:.1f} s", "report it")
        return result


def steps(path: Path) -> None:
    """The eight easy steps of the first notebook on SAMPLE_DOGSCATS, from an empty cache."""
    from lab import classic

    clock = Clock()

    def learner():
        tfms = classic.tfms_from_model("pocketnet", SIZE, aug_tfms=classic.transforms_side_on, max_zoom=1.1)
        data = classic.ImageClassifierData.from_paths(path, tfms=tfms)
        return classic.ConvLearner.pretrained("pocketnet", data, precompute=True, seed=0)

    learn = clock("1. augmentation, precompute=True", learner)
    clock("2. lr_find()", learn.lr_find)
    clock("3. last layer from precomputed activations, 2 epochs", lambda: learn.fit(1e-2, 2))
    learn.precompute = False
    clock("4. last layer with augmentation, 3 cycles", lambda: learn.fit(1e-2, 3, cycle_len=1))
    learn.unfreeze()
    rates = np.array([1e-4, 1e-3, 1e-2])
    clock("5.-7. unfreeze, lr_find() again", learn.lr_find)
    clock("8. all layers, cycle_mult=2, 7 epochs", lambda: learn.fit(rates, 3, cycle_len=1, cycle_mult=2))
    plain = clock("plain predictions", learn.predict)
    log_preds, y = clock("TTA()", learn.TTA)
    line(f"eight steps on SAMPLE_DOGSCATS, pocketnet @{SIZE}", f"{clock.total:.1f} s", "<= 90 s")
    gain = classic.accuracy(log_preds, y) - classic.accuracy(plain, y)
    scores = f"{classic.accuracy(plain, y):.3f}, {classic.accuracy(log_preds, y):.3f}"
    line("accuracy, plain and TTA", scores, "TTA at most 0.005 below plain")
    line("difference", f"{gain:+.3f}", ">= -0.005")


def second_start(path: Path) -> None:
    """From folder to the first epoch's end, with nothing kept and with everything kept."""
    from lab import classic

    for size, target in ((128, "report it"), (224, ">= 20 times")):  # 224: the lessons' size
        tfms = classic.tfms_from_model("pocketnet", size)

        def start(tfms=tfms) -> None:
            data = classic.ImageClassifierData.from_paths(path, tfms=tfms)
            classic.ConvLearner.pretrained("pocketnet", data, precompute=True).fit(1e-2, 1)

        first = seconds(start)
        second = min(seconds(start) for _ in range(3))
        line(f"first start to the end of its first epoch, @{size}", f"{first:.2f} s", "report it")
        line(f"second start, @{size}", f"{second:.2f} s, {first / second:.0f} times faster", target)


def photos(path: Path) -> None:
    """Real photos with ImageNet weights: cats and dogs, then breeds from a table."""
    from lab import classic

    if not SHARED.is_dir():
        print("bench_classic: photos skipped, there is no folder shared/ beside the checkout")
        return
    os.environ["TORCH_HOME"] = str(SHARED / "weights")
    arch = classic.mobilenet_v2

    def transforms(size):
        return classic.tfms_from_model(arch, size, aug_tfms=classic.transforms_side_on, max_zoom=1.1)

    def report(what: str, learn, target: str) -> None:
        log_preds, y = learn.TTA()
        for name, preds in ((f"{what}, plain", learn.predict()), (f"{what}, TTA", log_preds)):
            line(name, f"{classic.accuracy(preds, y):.3f}, {classic.log_loss(y, preds):.3f}", target)

    data = classic.ImageClassifierData.from_paths(SHARED / "data" / "dogscats", tfms=transforms(224))
    learn = classic.ConvLearner.pretrained(arch, data, precompute=True, seed=0)
    learn.fit(1e-2, 3)
    learn.precompute = False
    learn.fit(1e-2, 2, cycle_len=1)
    report("real dogs and cats @224, accuracy and log loss", learn, "accuracy >= 0.98 with TTA")

    breeds = SHARED / "data" / "dogbreeds"
    csv = breeds / "labels.csv"
    n = len(csv.read_text(encoding="utf-8").splitlines()) - 1

    def breeds_data(size):
        return classic.ImageClassifierData.from_csv(
            breeds,
            "train",
            csv,
            bs=24,
            tfms=transforms(size),
            val_idxs=classic.get_cv_idxs(n),
            suffix=".jpg",
            test_name="test",
        )

    learn = classic.ConvLearner.pretrained(arch, breeds_data(128), precompute=True, ps=0.5, seed=0)
    learn.fit(1e-2, 5)
    learn.precompute = False
    learn.fit(1e-2, 3, cycle_len=1)
    report("real dog breeds @128, accuracy and log loss", learn, "report it")
    learn.set_data(breeds_data(224))
    learn.fit(1e-2, 3, cycle_len=1)
    report("real dog breeds, then @224", learn, "report it")


PARTS = {"steps": steps, "start": second_start, "photos": photos}


def main() -> None:
    import torchvision  # noqa: F401

    import lab
    import lab.training.vision

    path = lab.untar_data(lab.URLs.SAMPLE_DOGSCATS)  # drawn once, kept between runs
    for name in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
            os.environ["PAWLAB_HOME"] = home  # nothing is kept from the part before
            PARTS[name](path)


if __name__ == "__main__":
    main()

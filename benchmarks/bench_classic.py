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
PHOTO_ARCH = "mobilenet_v2"


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
    """Real photos with ImageNet weights, trained as the lessons train them."""
    if not SHARED.is_dir():
        print("bench_classic: photos skipped, there is no folder shared/ beside the checkout")
        return
    os.environ["TORCH_HOME"] = str(SHARED / "weights")
    cats_and_dogs(SHARED / "data" / "dogscats")
    dog_breeds(SHARED / "data" / "dogbreeds")


def cats_and_dogs(folder: Path) -> None:
    """The eight easy steps; the rates of steps 2 and 7 are the lesson's own."""
    from lab import classic

    clock = Clock()
    data = classic.ImageClassifierData.from_paths(folder, tfms=transforms(224))
    learn = classic.ConvLearner.pretrained(PHOTO_ARCH, data, precompute=True, ps=0.5, seed=0)
    clock("real dogs and cats @224: last layer, 7 epochs", lambda: last_layer(learn))
    report("real dogs and cats, last layer", learn)
    learn.unfreeze()
    rates = np.array([1e-4, 1e-3, 1e-2])
    clock("all layers, cycle_mult=2, 3 epochs", lambda: learn.fit(rates, 2, cycle_len=1, cycle_mult=2))
    report("real dogs and cats, all layers", learn, "accuracy >= 0.98 with TTA")


def dog_breeds(folder: Path) -> None:
    """From the table of labels, at 128 pixels and then at 224."""
    from lab import classic

    clock, csv = Clock(), folder / "labels.csv"
    val_idxs = classic.get_cv_idxs(len(csv.read_text(encoding="utf-8").splitlines()) - 1)

    def data(size):
        return classic.ImageClassifierData.from_csv(
            folder, "train", csv, bs=24, tfms=transforms(size), val_idxs=val_idxs, suffix=".jpg"
        )

    learn = classic.ConvLearner.pretrained(PHOTO_ARCH, data(128), precompute=True, ps=0.5, seed=0)
    clock("real dog breeds @128: last layer, 7 epochs", lambda: last_layer(learn))
    report("real dog breeds @128", learn)
    learn.set_data(data(224))
    clock("real dog breeds @224: last layer, 3 epochs", lambda: learn.fit(1e-2, 3, cycle_len=1))
    report("real dog breeds, then @224", learn)


def transforms(size: int):
    from lab import classic

    return classic.tfms_from_model(PHOTO_ARCH, size, aug_tfms=classic.transforms_side_on, max_zoom=1.1)


def last_layer(learn) -> None:
    """As the lesson on dog breeds: two epochs on precomputed activations, five with augmentation."""
    learn.fit(1e-2, 2)
    learn.precompute = False
    learn.fit(1e-2, 5, cycle_len=1)


def report(what: str, learn, target: str = "report it") -> None:
    """Accuracy and log loss of the validation pictures, plain and with TTA."""
    from lab import classic

    log_preds, y = learn.TTA()
    for name, preds in (("plain", learn.predict()), ("TTA", log_preds)):
        scores = f"{classic.accuracy(preds, y):.3f}, {classic.log_loss(y, preds):.3f}"
        line(f"{what}, {name}: accuracy, log loss", scores, target)


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

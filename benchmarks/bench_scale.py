"""1,000, 10,000 and 100,000 pictures: seconds and memory of each stage; then charts of 1,000 classes.

Small drawn pictures, multiplied by links, in 37 classes; a process for each number, so that a peak is its
own. Memory is what a stage needs at its peak beyond what the process held before (Linux only); mapped files,
which the system can drop at any time, are left out. Arguments: numbers of pictures.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common import seconds

CLASSES = 37
SIZE = 64
DRAWN = 740  # different pictures


def folder_of(count: int, target: Path) -> Path:
    """So many pictures in a folder for each class: links to a few drawn ones."""
    from PIL import Image

    from lab.drawn import draw_sample

    drawn = draw_sample("pets", target / "drawn", per_class=DRAWN // CLASSES)
    sources = []
    for number, file in enumerate(sorted(drawn.rglob("*.jpg"))):
        small = target / "small" / f"{number}.jpg"
        small.parent.mkdir(exist_ok=True)
        with Image.open(file) as picture:
            picture.convert("RGB").resize((80, 80)).save(small, quality=85)
        sources.append(small)
    for number in range(count):
        source = sources[number % len(sources)]
        link = (
            target
            / "pictures"
            / f"class {number % len(sources) * CLASSES // len(sources):02}"
            / f"{number}.jpg"
        )
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, link)
    return target / "pictures"


def own_megabytes() -> float:
    """Memory that only this process can give back; pages of a mapped file can be taken from it any time."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1e3


@contextmanager
def watched() -> Iterator[list[float]]:
    """The largest `own_megabytes` of the block, looked at a hundred times a second."""
    peak, ended = [own_megabytes()], threading.Event()

    def look() -> None:
        while not ended.wait(0.01):
            peak[0] = max(peak[0], own_megabytes())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
        peak[0] = max(peak[0], own_megabytes())


def stages(folder: Path) -> dict[str, tuple[float, float]]:
    """stage -> (seconds, megabytes that it needed)."""
    import lab
    import lab.training.vision  # torch's own memory is not a stage's
    from lab.panels.gallery.panel import GalleryPanel

    found: dict[str, tuple[float, float]] = {}
    made: dict[str, object] = {}

    def stage(name: str, work: Callable[[], object]) -> None:
        before = own_megabytes()
        with watched() as peak:
            took = seconds(lambda: made.__setitem__(name, work()))
        found[name] = took, max(0.0, peak[0] - before)

    stage("list", lambda: lab.get_image_files(folder))
    block = lab.DataBlock(
        get_items=lab.get_image_files,
        get_y=lab.parent_label,
        splitter=lab.RandomSplitter(seed=0),
        item_tfms=lab.Resize(SIZE, method="squish"),
    )
    stage("check and presize", lambda: block.dataloaders(folder, bs=64))
    stage("the same again, from the cache", lambda: block.dataloaders(folder, bs=64))
    learn = lab.cnn_learner(made["check and presize"], "pocketnet", metrics=lab.error_rate, seed=0)
    stage("activations", learn.loaders)
    stage("an epoch of the head", lambda: learn.fit_one_cycle(1, 3e-3))
    stage("interpretation", lambda: lab.ClassificationInterpretation.from_learner(learn))
    interp = made["interpretation"]
    stage("confusion matrix", lambda: interp.plot_confusion_matrix().to_json())

    def gallery() -> object:
        panel = GalleryPanel(interp)
        panel.show("most_incorrect")
        return panel.widget

    stage("gallery panel, its page of pictures", gallery)
    return found


def many_classes(classes: int = 1000, each: int = 50) -> None:
    """What is drawn for so many classes, in megabytes."""
    import torch

    import lab
    from lab.charts import draw
    from lab.report import Report

    generator = torch.Generator().manual_seed(0)
    targets = torch.arange(classes).repeat_interleave(each)
    probs = torch.rand(len(targets), classes, generator=generator)
    probs[torch.arange(len(targets)), targets] += 0.2
    interp = lab.ClassificationInterpretation(
        probs / probs.sum(1, keepdim=True),
        targets,
        [f"{i}.jpg" for i in range(len(targets))],
        [f"class number {i}" for i in range(classes)],
    )
    report = Report("A thousand classes")
    report.section("Charts")
    print(f"\n| {classes:,} classes, {len(targets):,} predictions | MB | seconds |\n|---|---|---|")
    for name, work in {
        "confusion matrix": interp.plot_confusion_matrix,
        "recall and precision": interp.plot_per_class,
        "probabilities of a picture": lambda: interp.plot_probabilities(0),
    }.items():
        figures: list[object] = []
        took = seconds(lambda work=work, figures=figures: figures.append(work()))
        print(f"| {name} | {len(figures[0].to_json()) / 1e6:.2f} | {took:.2f} |")
        report.figure(draw("per_class", interp.per_class()) if name.startswith("recall") else figures[0])
    empty = Report("Nothing")
    empty.section("Charts")
    empty.figure(draw("loss_curve"))
    pages = (len(page.html()) / 1e6 for page in (report, empty))
    print("| a report with all three (with one small chart) | {:.2f} ({:.2f}) | |".format(*pages))


def main() -> None:
    if sys.argv[1:2] == ["--stages"]:
        print(json.dumps(stages(Path(sys.argv[2]))))
        return
    counts = [int(number) for number in sys.argv[1:]] or [1_000, 10_000, 100_000]
    columns = []
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch:
            folder = folder_of(count, Path(scratch))
            done = subprocess.run(
                [sys.executable, __file__, "--stages", str(folder)],
                env={**os.environ, "PAWLAB_QUIET": "1", "PAWLAB_HOME": f"{scratch}/home"},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        columns.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{count:,} pictures done", file=sys.stderr, flush=True)
    print(
        "| stage | "
        + " | ".join(f"{count:,}" for count in counts)
        + " |\n"
        + "|---" * (len(counts) + 1)
        + "|"
    )
    for name in columns[0]:
        cells = [
            f"{took:.2f} s, {1e3 * took / count:.2f} ms each, +{more:.0f} MB"
            for (took, more), count in zip((column[name] for column in columns), counts, strict=True)
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    many_classes()


if __name__ == "__main__":
    main()

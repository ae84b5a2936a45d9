"""What live panels cost: the time of the run they show, bytes and updates, and the time until they are there.

Each figure is a function; `main` lists them, so a panel's figures are added as one more function. It starts
no browser: the widgets talk to the counting comms of `tests/comms.py`. PYTHONPATH=. from the root.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from common import line, seconds
from ipywidgets.widgets import widget as widget_module
from torch import nn

import lab
from lab.core.events import Step
from lab.panels.gallery.panel import GalleryPanel
from lab.panels.training.panel import TrainingPanel

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from comms import Comms, recording
from fakes import TensorLoaders


@contextmanager
def counted() -> Iterator[Comms]:
    """Every widget that is made in the block talks to a counting comm, as it would to a browser."""
    comms = Comms()
    name = "Comm" if hasattr(widget_module, "Comm") else "comm"  # ipywidgets 7, 8
    before = getattr(widget_module, name)
    fake = recording(comms, before) if name == "Comm" else SimpleNamespace(create_comm=recording(comms))
    setattr(widget_module, name, fake)
    try:
        yield comms
    finally:
        setattr(widget_module, name, before)


def pictures_learner() -> lab.Learner:
    """A learner on the drawn cats and dogs that trains all layers on live pictures."""
    path = lab.untar_data(lab.URLs.SAMPLE_DOGSCATS)
    dls = lab.ImageDataLoaders.from_folder(path, valid="valid", item_tfms=lab.Resize(96), bs=16)
    return lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, seed=0)


def tiny_learner() -> lab.Learner:
    """A learner whose steps take next to no time."""
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    return lab.Learner(TensorLoaders(Path(tempfile.gettempdir()), n=4800), model, metrics=lab.accuracy)


def training_time() -> None:
    """A fit with its live panel against the same fit without."""
    learn = pictures_learner()
    with counted():
        panel = TrainingPanel(learn).choose(epochs=3)
        panel.widget  # noqa: B018  builds it

        def without() -> None:
            for _ in learn.run_plan(panel.run.choice.schedule.plan):
                pass

        with_it: list[tuple[float, float]] = []
        bare: list[tuple[float, float]] = []
        pairs = [(with_it, lambda: panel.start().wait()), (bare, without)]
        for number in range(17):  # in turn first and second, since a shared machine drifts
            for times, work in pairs if number % 2 else pairs[::-1]:
                times.append(_times(work))
        panel.close()
    steps = len(learn.history.steps)
    wall, cpu = (  # the first is a warm-up
        statistics.median(a[i] / b[i] for a, b in zip(with_it[1:], bare[1:], strict=True)) for i in (0, 1)
    )
    ratios = f"{wall:.3f}, CPU {cpu:.3f}"
    line(f"training with a live panel / without ({steps} batches, 96 px)", ratios, "<= 1.03")


def _times(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of one call by the clock, and of the process."""
    start = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start[0], time.process_time() - start[1]


def training_bytes() -> None:
    """Bytes of an update after 100 and after 100,000 steps of one run, ten steps apart."""
    sizes: dict[int, list[int]] = {100: [], 100_000: []}
    epochs, batches = 110, 1000
    with counted() as comms:
        panel = TrainingPanel(tiny_learner()).choose(epochs=epochs)
        panel.widget  # noqa: B018
        panel.step()
        while panel.run.at is None:
            time.sleep(0.01)
        panel.stop()
        run = panel.run
        run.views.discard(panel)  # it is shown where this says so
        run.history.total_batches = epochs * batches
        noise = torch.rand(epochs * batches, generator=torch.Generator().manual_seed(0)).tolist()
        for i in range(1, 100_600):
            progress, loss = i / (epochs * batches), 1 + noise[i]
            rate = run.plan.schedule(progress)
            event = Step(i, i // batches, i % batches, batches, progress, loss, loss, (rate,), 0.9)
            run.history.feed(event)
            run._feed(event)
            after = 100_000 if i >= 100_000 else 100
            if after <= i < after + 500 and i % 10 == 0:
                comms.forget()
                panel.changed()
                sizes[after].append(comms.size())
        run.views.add(panel)
        panel.close()
    few, many = (statistics.mean(values[1:]) / 1000 for values in sizes.values())
    most = max(max(values) for values in sizes.values()) / 1000
    line("bytes of an update after 100 / 100,000 steps", f"{few:.1f} / {many:.1f} KB", "equal within 10 %")
    line("the largest update", f"{most:.1f} KB", "<= 30 KB")


def training_updates() -> None:
    """Updates per second of a run of thousands of steps per second."""
    with counted():
        panel = TrainingPanel(tiny_learner()).choose(epochs=20)
        panel.widget  # noqa: B018
        shown, refresh = [], panel.refresh
        panel.refresh = lambda: (shown.append(1), refresh())
        took = seconds(lambda: panel.start().wait())
        rate = len(panel.run.history.steps) / took
        panel.close()
    line(f"updates per second at {rate:,.0f} steps per second", f"{len(shown) / took:.1f}", "<= 5")


def training_first_display() -> None:
    """Seconds on the kernel's side until the panel can be displayed; imports and one panel come before."""

    def display() -> None:
        with counted():
            panels.append(TrainingPanel(learn))
            panels[-1].widget  # noqa: B018

    learn, panels, times = tiny_learner(), [], []
    for _ in range(6):
        times.append(seconds(display))
        panels.pop().close()
    line("TrainingPanel: first display", f"{statistics.median(times[1:]):.3f} s", "<= 0.3 s")


def pets_gallery() -> lab.ClassificationInterpretation:
    """The 1,480 drawn pets with made-up answers, a fifth of them wrong: the drawing counts, not the model."""
    path = lab.untar_data(lab.URLs.SAMPLE_PETS)
    files = [path / file for file in lab.get_image_files(path)]
    labels = [file.stem.rpartition("_")[0] for file in files]
    vocab = sorted(set(labels))
    draw = np.random.default_rng(0)
    targets = np.array([vocab.index(label) for label in labels])
    near = np.where(draw.random(len(files)) < 0.7, 1, draw.integers(1, len(vocab), len(files)))
    preds = np.where(draw.random(len(files)) < 0.2, (targets + near) % len(vocab), targets)
    probs = draw.random((len(files), len(vocab)))
    probs[np.arange(len(files)), preds] += 9
    return lab.ClassificationInterpretation(probs / probs.sum(axis=1, keepdims=True), targets, files, vocab)


def gallery() -> None:
    """First display, a confusion cell's pictures, and what the browser holds, of the gallery of the pets."""
    interp = pets_gallery()
    displays, cells = [], []
    for _ in range(6):
        with counted() as comms:
            panel = GalleryPanel(interp)
            displays.append(seconds(lambda panel=panel: panel.widget))
            comms.forget()
            for truth, predicted, _ in interp.most_confused()[:10]:
                cells.append(seconds(lambda t=truth, p=predicted, panel=panel: panel.open(t, p)))
            sent = comms.size() / 10_000
            panel.show("all")
            states = [{k: v for k, v in state.items() if k != "_esm"} for state in comms.open.values()]
            held = sum(len(str(state).encode()) for state in states) / 1e6
            panel.close()
    line("GalleryPanel: first display", f"{statistics.median(displays[1:]):.3f} s", "<= 0.3 s")
    line("a confusion cell's pictures (kernel's side)", f"{statistics.median(cells[10:]):.3f} s", "<= 0.5 s")
    line("bytes that a cell sends", f"{sent:.0f} KB", "none")
    line(f"widget state of {len(interp):,} pictures, without plotly's script", f"{held:.2f} MB", "<= 3 MB")


def main() -> None:
    training_time()
    training_bytes()
    training_updates()
    training_first_display()
    gallery()


if __name__ == "__main__":
    main()

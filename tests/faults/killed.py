"""Processes that are killed while they write: what is on disk afterwards is whole, the old or the new.

Each `Writer` writes version after version of one thing. A child process does so without end, and is killed
with SIGKILL after a random time; then what it left behind is read back.
"""

import gc
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from fakes import TensorLoaders
from small import picture_folder, small_classifier

import lab
from lab.annotations import Annotations
from lab.data.annotation_file import read_annotations
from lab.data.home import PART_SUFFIX, cache_dir
from lab.data.pipeline import ItemTransforms


class Writer:
    """write(version) writes a version; found() reads back which one is there, -1 for none.

    found raises AssertionError, or whatever reading raises, for what is neither.
    """

    places: tuple[Path, ...] = ()  # where temporary files may be left behind

    def write(self, version: int) -> None:
        raise NotImplementedError

    def found(self) -> int:
        raise NotImplementedError


class Saves(Writer):
    """`learn.save`: weights that all have the version as their value."""

    def __init__(self, folder: Path) -> None:
        model = torch.nn.Sequential(torch.nn.Linear(6, 2000), torch.nn.ReLU(), torch.nn.Linear(2000, 3))
        self.learn = lab.Learner(TensorLoaders(folder), model, path=folder)
        self.places = (folder / "models",)

    def write(self, version):
        for parameter in self.learn.model.parameters():
            parameter.data.fill_(version)
        self.learn.save("kept", with_opt=False)

    def found(self):
        if not (self.places[0] / "kept.safetensors").exists():
            return -1
        self.learn.load("kept", with_opt=False)
        values = {
            value for parameter in self.learn.model.parameters() for value in parameter.unique().tolist()
        }
        assert len(values) == 1, f"a mixture of versions: {values}"
        return int(values.pop())


class Exports(Writer):
    """`learn.export`: the version is the bias of the last layer's first class."""

    def __init__(self, folder: Path) -> None:
        self.learn = small_classifier(picture_folder(folder / "pictures", 4), pretrained=False, hidden=())
        self.file = folder / "model.safetensors"
        self.places = (folder,)

    def write(self, version):
        self.learn.model.head[-1].bias.data[0] = version
        self.learn.export(self.file)

    def found(self):
        if not self.file.exists():
            return -1
        predictor = lab.load_learner(self.file)
        assert predictor.predict(np.zeros((40, 40, 3), np.uint8))[2].isfinite().all()
        return int(predictor.model.head[-1].bias[0])


class Caches(Writer):
    """The presized cache: the version is the size; what is in the cache equals what the files give."""

    def __init__(self, folder: Path) -> None:
        self.folder = picture_folder(folder / "pictures", 8)
        self.latest = -1
        self.places = (cache_dir(),)

    def write(self, version):
        self._dls(version)

    def found(self):
        for version in range(12):  # whatever was finished, and what was not
            pictures = self._dls(version).train.pictures
            direct = ItemTransforms(lab.Resize(16 + version))
            for index in (0, len(pictures) - 1):
                assert np.array_equal(pictures.presized(index), direct.array(pictures.sources[index]))
        return 0

    def _dls(self, version):
        size = 16 + version % 12
        return lab.ImageDataLoaders.from_folder(self.folder, valid_pct=0.2, item_tfms=lab.Resize(size), bs=8)


class Activations(Writer):
    """Precomputed activations: the version is the first weight; they equal a pass through the body."""

    def __init__(self, folder: Path) -> None:
        self.learn = small_classifier(picture_folder(folder / "pictures", 4), pretrained=False, hidden=())
        self.learn.precompute = True
        self.places = (cache_dir(),)

    def write(self, version):
        self._change(version)
        self.learn.get_preds()

    def found(self):
        for version in range(4):
            self._change(version)
            self.learn.precompute = True
            kept = self.learn.get_preds()[0]
            self.learn.precompute = False
            assert torch.allclose(kept, self.learn.get_preds()[0], atol=1e-5)
        return 0

    def _change(self, version):
        next(self.learn.model.body.parameters()).data.flatten()[0] = version % 4


class Annotated(Writer):
    """`marks.save`: as many pictures are marked as the version says, modulo the pictures."""

    def __init__(self, folder: Path) -> None:
        paths = [folder / label / f"{i}.jpg" for label in ("cats", "dogs") for i in range(150)]
        self.marks = Annotations(paths, [path.parent.name for path in paths])
        self.paths = paths
        folder.mkdir(exist_ok=True)
        self.places = (folder,)

    def write(self, version):
        count = version % len(self.paths) + 1
        self.marks.clear(self.paths)
        self.marks.discard(self.paths[:count])
        self.marks.save()

    def found(self):
        if not self.marks.file.exists():
            return -1
        rows = read_annotations(self.marks.file)
        assert list(rows) == sorted(map(str, self.paths[: len(rows)])), "rows of two versions"
        return len(rows) - 1


WRITERS = {
    "save": Saves,
    "export": Exports,
    "cache": Caches,
    "activations": Activations,
    "annotations": Annotated,
}


def killed(name: str, folder: Path, kills: int, seed: int = 0) -> Counter:
    """Kill a writer so many times; counts "tried", "killed while writing" and "survived".

    Raises what the reader raises for anything that is not whole.
    """
    torch.set_num_threads(1)  # OpenMP's threads do not live through a fork
    writer, dice, counts = WRITERS[name](folder), random.Random(seed), Counter()
    start = time.monotonic()
    writer.write(0)
    once = time.monotonic() - start
    for version in range(1, kills + 1):
        child = _writing_child(writer, version)
        time.sleep(dice.uniform(0, 2 * once + 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        counts["tried"] += 1
        counts["killed while writing"] += _parts(writer.places) > 0
        found = writer.found()
        assert found >= 0, f"{name}: nothing is left of what was written before"
        counts["survived"] += 1
        for place in writer.places:  # as a day later, when the lab clears them up itself
            for part in place.rglob(f"*{PART_SUFFIX}"):
                with suppress(OSError):
                    part.unlink()
    return counts


def _writing_child(writer: Writer, version: int) -> int:
    gc.collect()
    child = os.fork()
    if child:
        return child
    try:
        while True:
            writer.write(version)
            version += 1
    finally:
        os._exit(1)


def _parts(places: tuple[Path, ...]) -> int:
    return sum(1 for place in places for _ in place.rglob(f"*{PART_SUFFIX}"))

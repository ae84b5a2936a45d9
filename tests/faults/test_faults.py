"""Faults, in figures: killed processes, full disks, damaged files, random presses, clocks that jump.

Here in a short form. The whole one takes half an hour and writes RESULTS.md:

    PAWLAB_FAULTS=full python -m pytest tests/faults -p no:randomly
"""

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from comms import watch
from killed import WRITERS, killed
from mutated import KINDS, tried
from pressed import Page
from small import picture_folder, small_classifier, small_dls

import lab
from lab.data.home import prune

FULL = os.environ.get("PAWLAB_FAULTS") == "full"
KILLS, FILES, PRESSES, RACES = (200, 2000, 1000, 20) if FULL else (4, 60, 60, 2)


@pytest.fixture(scope="module")
def results():
    """Lines of the table; the whole form writes them down."""
    lines = []
    yield lines
    if FULL:
        head = ["# Faults survived", "", "`PAWLAB_FAULTS=full python -m pytest tests/faults`", ""]
        table = ["| fault | tried | survived | lost | remarks |", "|---|---|---|---|---|"]
        text = "\n".join([*head, *table, *lines]) + "\n"
        Path(__file__).with_name("RESULTS.md").write_text(text, encoding="utf-8")


def note(results, fault, tried, survived, remarks=""):
    results.append(f"| {fault} | {tried:,} | {survived:,} | {tried - survived} | {remarks} |")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
@pytest.mark.parametrize("name", WRITERS)
def test_a_process_killed_while_it_writes_leaves_the_old_or_the_new(name, tmp_path, results):
    counts = killed(name, tmp_path / "work", KILLS)
    assert counts["survived"] == KILLS
    inside = counts["killed while writing"]
    note(
        results, f"`kill -9` during {name}", KILLS, counts["survived"], f"{inside} with a temporary file open"
    )


SMALL_DISK = """
import sys
sys.path[:0] = [{tests!r}, {faults!r}]
from pathlib import Path
from killed import WRITERS
from lab.data.home import PART_SUFFIX
import os, shutil

disk, elsewhere = Path({disk!r}), Path({elsewhere!r})
name = {name!r}
os.environ["PAWLAB_HOME"] = str(disk / "home")
writer = WRITERS[name](disk if name in ("save", "annotations") else elsewhere)
if name == "export":
    writer.file = disk / "model.safetensors"
writer.write(0)
free = shutil.disk_usage(disk).free
filler = disk / "filler"
filler.write_bytes(bytes(max(0, free - 3000)))
before = writer.found() if name not in ("cache", "activations") else 0
try:
    writer.write(7)
    print("written all the same")
except OSError as problem:
    print("refused:", problem)
if name == "save":
    assert writer.found() == before, (writer.found(), before)
parts = [path for path in disk.rglob("*" + PART_SUFFIX)]
assert not parts, parts
filler.unlink()
assert writer.found() >= 0
print("whole")
"""


@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_is_said_and_loses_nothing(name, tmp_path, results):
    disk = tmp_path / "disk"
    disk.mkdir()
    size = {"export": "40m", "activations": "30m", "cache": "3m"}.get(name, "1m")
    done = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True, text=True
        )
        if sys.platform == "linux"
        else None
    )
    if done is None or done.returncode:
        pytest.skip(f"no small disk can be mounted here ({done.stderr.strip() if done else sys.platform})")
    try:
        faults = Path(__file__).parent
        code = SMALL_DISK.format(
            tests=str(faults.parent),
            faults=str(faults),
            disk=str(disk),
            elsewhere=str(tmp_path / "work"),
            name=name,
        )
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-3000:]
        assert ran.stdout.splitlines()[-1] == "whole"
        said = next(line for line in ran.stdout.splitlines() if line.startswith(("refused", "written")))
        note(results, f"a full disk during {name}", 1, 1, said.replace(str(tmp_path), "…").replace("|", "/"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused_in_a_sentence(kind, tmp_path, results):
    counts, longest = tried(kind, tmp_path / "work", FILES)
    assert counts["read"] + counts["refused"] == FILES and counts["refused"] > 0
    remarks = (
        f"{counts['refused']:,} refused, {counts['read']:,} read; longest message {len(longest)} characters"
    )
    note(results, f"damaged {kind}", FILES, FILES, remarks)


@pytest.mark.parametrize("seed", range(3))
def test_panels_take_whatever_is_pressed(seed, tmp_path, comms, results):
    looks = watch(comms)
    next(looks)
    learn = small_classifier(picture_folder(tmp_path / "pictures", 6), pretrained=False, hidden=())
    interp = lab.ClassificationInterpretation.from_learner(learn)
    page = Page(
        comms,
        {
            "training": lambda: lab.TrainingPanel(learn),
            "finder": lambda: lab.LRFinderPanel(learn, num_it=20),
            "gallery": lambda: lab.GalleryPanel(interp),
        },
        seed,
    )
    for _ in range(PRESSES):
        page.step()
    page.close()
    deadline = time.monotonic() + 60
    while learn.owner is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert learn.owner is None, f"the learner is still held by {learn.owner}"
    learn.fit(1)  # and may be trained
    next(looks, None)
    counts = page.counts
    remarks = f"{counts['reloads']} reloads, {counts['cells run again']} cells run again, "
    remarks += f"{counts['refused in words']} refused in words"
    note(results, f"random presses on three panels, seed {seed}", PRESSES, counts["operations"], remarks)


def test_a_clock_that_jumps_loses_nothing(tmp_path, monkeypatch, results):
    folder, now = picture_folder(tmp_path / "pictures", 4), time.time
    learn = small_classifier(folder, pretrained=False, hidden=())
    jumps = (86_400 * 400, -86_400 * 400, 0.0)
    for jump in jumps:
        monkeypatch.setattr(time, "time", lambda jump=jump: now() + jump)
        dls = small_dls(folder)
        prune(10**9)
        learn.fit(1)
        learn.save("kept")
        learn.load("kept")
        assert all(
            event.time >= 0 for event in learn.steps(1, lab.flat(1e-3)) if isinstance(event, lab.EpochEnd)
        )
        assert np.array_equal(dls.train.pictures.presized(0), small_dls(folder).train.pictures.presized(0))
    note(results, "a clock that jumps by 400 days, and back", len(jumps), len(jumps))


def make_cache(folder, home, go):
    os.environ["PAWLAB_HOME"] = home
    go.wait()
    dls = small_dls(Path(folder))
    direct = dls.train.pictures.item_tfms
    for index in range(len(dls.train.pictures)):
        source = dls.train.pictures.sources[index]
        assert np.array_equal(dls.train.pictures.presized(index), direct.array(source))


def test_two_kernels_that_make_the_same_cache_at_once(tmp_path, results):
    context = multiprocessing.get_context("spawn")
    folder = picture_folder(tmp_path / "pictures", 8)
    for race in range(RACES):
        go = context.Event()
        home = str(tmp_path / f"home{race}")
        both = [context.Process(target=make_cache, args=(str(folder), home, go)) for _ in range(2)]
        for process in both:
            process.start()
        time.sleep(0.1)
        go.set()
        for process in both:
            process.join(120)
        assert [process.exitcode for process in both] == [0, 0]
    note(results, "two kernels on one cache", RACES, RACES)

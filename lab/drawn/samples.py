"""Drawing a sample set onto the disk: several worker processes, a temporary folder, one rename at the end.

A set is there whole or not at all: a killed process leaves only a hidden temporary folder, which the next
run removes.
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO

from lab.core.errors import BadState, BadValue

from .layouts import Picture, plan_sample

Progress = Callable[[int, int], None]

_HEARTBEAT = ".heartbeat"
_STALE_SECONDS = 10  # a drawing process touches its heartbeat every second


def draw_sample(
    name: str,
    folder: str | os.PathLike,
    seed: int = 0,
    progress: Progress | None = None,
    workers: int | None = None,
    per_class: int | None = None,
) -> Path:
    """Draw the sample set called name, one of `SAMPLES`, into folder, which must not exist yet.

    The same seed gives the same files, whatever the number of workers (default: one a processor).
    progress: called with (pictures drawn, pictures in all). per_class: see plan_sample. Returns folder.
    Raises FileExistsError when folder exists, ValueError for wrong arguments, RuntimeError with its words
    when a worker fails. On an error or Ctrl-C the workers are stopped and nothing is left behind.
    """
    folder = Path(folder).absolute()
    plan = plan_sample(name, seed, per_class)
    if workers is not None and workers < 1:
        raise BadValue(f"draw_sample: workers={workers}. Give 1 or more, or None.")
    if folder.exists():
        raise FileExistsError(
            f"draw_sample: {folder} exists already. Use it, remove it, or choose another folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_overs(folder)
    drawing = folder.with_name(_prefix(folder) + uuid.uuid4().hex[:8])
    drawing.mkdir()
    try:
        (drawing / _HEARTBEAT).touch()
        _draw(plan.pictures, drawing, progress, workers or _processors())
        for file, text in plan.texts.items():
            (drawing / file).write_text(text, encoding="utf-8", newline="\n")
        (drawing / _HEARTBEAT).unlink()
        try:
            drawing.rename(folder)
        except OSError:
            if not folder.exists():  # else another process has drawn the same set in the meantime
                raise
    finally:
        shutil.rmtree(drawing, ignore_errors=True)
        _remove_left_overs(folder)
    return folder


def _draw(pictures: tuple[Picture, ...], drawing: Path, progress: Progress | None, workers: int) -> None:
    """Share the pictures out, wait for all, and stop all when one fails or the user does."""
    workers = min(workers, len(pictures))
    reports: queue.Queue[str] = queue.Queue()
    running: list[tuple[subprocess.Popen, IO[str]]] = []
    try:
        for i in range(workers):
            running.append(_start(pictures[i::workers], drawing, reports))
        done, looked = 0, time.monotonic()
        if progress:
            progress(0, len(pictures))
        while done < len(pictures):
            with suppress(queue.Empty):
                reports.get(timeout=1)
                done += 1
                if progress:
                    progress(done, len(pictures))
            if time.monotonic() - looked > 1:
                looked = time.monotonic()
                os.utime(drawing / _HEARTBEAT)
                _check(running)
        for process, _ in running:
            process.wait()
        _check(running)
    finally:
        for process, errors in running:
            process.kill()
            process.wait()
            errors.close()


def _start(
    pictures: tuple[Picture, ...], drawing: Path, reports: queue.Queue[str]
) -> tuple[subprocess.Popen, IO[str]]:
    """Start one worker; a thread passes its lines on. Its errors go to a file, which cannot block it."""
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONIOENCODING": "utf-8",
        "OMP_NUM_THREADS": "1",
    }
    errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 (_draw closes it)
    process = subprocess.Popen(
        # -P: nothing in the working folder shadows a module
        [sys.executable, "-P", "-m", "lab.drawn.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        env=environment,
    )

    def talk() -> None:
        job = {"folder": str(drawing), "pictures": [asdict(picture) for picture in pictures]}
        with process.stdout:
            with suppress(OSError), process.stdin:  # of a worker that died: its last words say why
                json.dump(job, process.stdin)
            for line in process.stdout:
                reports.put(line)

    threading.Thread(target=talk, daemon=True).start()
    return process, errors


def _check(running: list[tuple[subprocess.Popen, IO[str]]]) -> None:
    """Raise RuntimeError with the words of a worker that failed."""
    for process, errors in running:
        if process.poll():
            errors.seek(0)
            words = errors.read().strip() or "It said nothing."
            raise BadState(
                f"draw_sample: a worker ended with status {process.returncode}. Its last words:\n"
                f"{words[-2000:]}"
            )


def _remove_left_overs(folder: Path) -> None:
    """Remove temporary folders of processes that were killed: those whose heart beats no more."""
    for left_over in folder.parent.iterdir():
        if not left_over.name.startswith(_prefix(folder)):
            continue
        try:
            heartbeat = left_over / _HEARTBEAT
            beat = (heartbeat if heartbeat.exists() else left_over).stat().st_mtime
        except FileNotFoundError:
            continue  # it was just renamed or removed by its owner
        if time.time() - beat > _STALE_SECONDS:
            shutil.rmtree(left_over, ignore_errors=True)


def _prefix(folder: Path) -> str:
    return f".{folder.name}.drawing-"


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""The processor's threads are handed over: without it, training in a panel took twice as long."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from lab.panels.frame.threads import give_back_threads

COUNTED = """
import os, time, torch
from lab.panels.frame.threads import give_back_threads
from lab.panels.frame.lock import LearnerLock

def threads(expected=None):  # those given back take a moment to end
    until = time.monotonic() + 20
    while (count := len(os.listdir("/proc/self/task"))) != expected and expected and time.monotonic() < until:
        time.sleep(0.01)
    return count

def compute():
    return torch.ones(4_000_000).exp().sum().item()

torch.set_num_threads(3)
before = threads()
total = compute()
assert threads() == before + 2, (before, threads())
give_back_threads()
after = threads(before)
assert compute() == total and threads() == before + 2
turns = LearnerLock()
with turns.exclusive():
    turns._queue.append("somebody who waits")
assert threads(before) == before
print(before, after)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP is Linux's")
def test_the_pool_is_given_back_and_made_again():
    ran = subprocess.run([sys.executable, "-c", COUNTED], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    before, after = ran.stdout.split()
    assert after == before


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("ctypes.CDLL", None)  # would be a TypeError
    give_back_threads()


def test_a_cell_that_computes_while_a_worker_runs_gives_its_pool_back(monkeypatch):
    from IPython.core.events import EventManager, available_events

    from lab.panels.frame import cells, worker

    shell = SimpleNamespace(events=EventManager(None, available_events))
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(worker, "give_back_threads", lambda: given.append("back"))
    given: list[str] = []
    for _ in range(2):
        cells.after_every_cell(worker._give_back_threads)
    busy = worker.Worker(SimpleNamespace(model=None), "a test")
    shell.events.trigger("post_run_cell", None)
    assert given == []
    busy.state = "running"
    shell.events.trigger("post_run_cell", None)
    assert given == ["back"]
    busy.state = "idle"

"""The processor's threads are handed over: without it, training in a panel took twice as long."""

import subprocess
import sys

import pytest

from lab.training.threads import give_back_threads

COUNTED = """
import os, time, torch
from lab.training.threads import give_back_threads
from lab.training.turns import Turns

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
turns = Turns()
with turns.alone():
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

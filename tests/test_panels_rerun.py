"""A cell that makes panels is run fifty times in a real kernel: nothing piles up."""

import os
import queue
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PREPARE = """
import psutil, torch, lab
from fakes import TensorLoaders
from comms import living
learn = lab.Learner(TensorLoaders("."), torch.nn.Linear(6, 3))
counts, megabytes, threads = [], [], []
"""
CELL = """
finder, trainer, schedule = lab.LRFinderPanel(learn), lab.TrainingPanel(learn), lab.SchedulePanel(learn)
display(finder, trainer, schedule)
counts.append(len(living()))
megabytes.append(psutil.Process().memory_info().rss / 2**20)
finder
"""


class Kernel:
    """A kernel of its own, asked through its channels as a notebook does."""

    def __init__(self, folder):
        from jupyter_client import KernelManager

        self.manager = KernelManager()  # of the environment that runs this test
        self.manager.kernel_spec.argv[0] = sys.executable
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, "PYTHONPATH": paths})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, code, cell, timeout=120):
        """Run code as the cell of that id; raises with the traceback when it fails."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
        }
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                reply = self.client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["content"]["status"] == "ok", "\\n".join(reply["content"].get("traceback", []))
                return
        raise TimeoutError(f"cell {cell} did not end within {timeout} s")

    def value(self, expression):
        reply = self.client.execute("", user_expressions={"value": expression}, reply=True, timeout=60)
        return eval(reply["content"]["user_expressions"]["value"]["data"]["text/plain"])

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(tmp_path):
    pytest.importorskip("ipykernel")
    kernel = Kernel(tmp_path)
    yield kernel
    kernel.stop()


def test_fifty_runs_of_one_cell_keep_widgets_and_memory_flat(kernel):
    kernel.run(PREPARE, "prepare")
    for _ in range(50):
        kernel.run(CELL, "panels")
    counts, megabytes = kernel.value("counts"), kernel.value("megabytes")
    assert len(set(counts)) == 1 and counts[0] > 50
    assert megabytes[-1] - megabytes[9] < 12, megabytes  # forty sets of three panels; a set takes about 3 MB
    assert kernel.value("sorted({finder.closed, trainer.closed, schedule.closed})") == [False]


def test_the_same_text_in_another_cell_makes_panels_of_its_own(kernel):
    kernel.run(PREPARE, "prepare")
    kernel.run("first = lab.SchedulePanel()", "a")
    kernel.run("second = lab.SchedulePanel()", "b")
    assert kernel.value("[first.closed, second.closed]") == [False, False]
    kernel.run("third = lab.SchedulePanel()", "a")
    assert kernel.value("[first.closed, second.closed, third.closed]") == [True, False, False]

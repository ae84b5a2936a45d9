"""One thread that does what was asked last: jobs in between are dropped, and none is lost."""

import subprocess
import sys
import threading

import pytest

from lab.panels.frame.background import Background

PATIENCE = 10  # seconds


class Gated:
    """Work that waits at a gate; done: the jobs in the order in which they were begun."""

    def __init__(self):
        self.done, self.begun, self.gate = [], threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, job):
        self.done.append(job)
        self.begun.release()
        assert self.gate.acquire(timeout=PATIENCE)


def test_jobs_in_between_are_dropped_and_the_last_one_is_done(nothing_left_open):
    work = Gated()
    newest = Background(work, "test")
    newest.ask(0)
    assert work.begun.acquire(timeout=PATIENCE)
    assert newest.busy
    assert not newest.outdated
    for job in range(1, 50):
        newest.ask(job)
    assert newest.outdated
    work.gate.release(2)
    assert newest.wait(PATIENCE)
    assert work.done == [0, 49]
    assert not newest.busy


def test_a_job_asked_at_any_time_is_done(nothing_left_open):
    done = []
    newest = Background(done.append, "test")
    for job in range(300):  # some come while the thread ends
        newest.ask(job)
        if job % 3 == 0:
            newest.wait(PATIENCE)
            assert done[-1] == job
    assert newest.wait(PATIENCE)
    assert done[-1] == 299
    assert done == sorted(done)


def test_closing_waits_for_the_job_that_is_done_and_drops_the_rest(nothing_left_open):
    work = Gated()
    newest = Background(work, "test")
    newest.ask("first")
    assert work.begun.acquire(timeout=PATIENCE)
    newest.ask("second")
    assert not newest.wait(0.01)
    work.gate.release()
    newest.close()
    newest.ask("third")
    assert newest.wait(PATIENCE)
    assert work.done == ["first"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_fails_leaves_it_ready_for_the_next(nothing_left_open):
    done = []

    def work(job):
        if job == "bad":
            raise ArithmeticError(job)
        done.append(job)

    newest = Background(work, "test")
    newest.ask("bad")
    assert newest.wait(PATIENCE)
    newest.ask("good")
    assert newest.wait(PATIENCE)
    assert done == ["good"]


def test_a_job_that_rests_ends_when_it_is_stopped_and_can_be_asked_again(nothing_left_open):
    rested = []
    background = Background(lambda job: rested.append((job, background.rest(PATIENCE))), "test")
    for job in (1, 2):
        background.ask(job)
        background.stop()
        assert not background.busy
    assert rested in ([(1, False), (2, False)], [(1, False)], [(2, False)], [])  # or dropped before it began
    background = Background(lambda job: rested.append(background.rest(0.001)), "test")
    background.ask(3)
    assert background.wait(PATIENCE)
    assert rested[-1] is True


def test_a_job_does_not_wait_for_itself(nothing_left_open):
    said = []

    def work(_):
        said.append(background.wait())
        background.close()

    background = Background(work, "test")
    background.ask(1)
    assert background.wait(PATIENCE)
    assert said == [False]


def test_python_ends_while_a_job_rests():
    code = (
        "from lab.panels.frame.background import Background\n"
        "b = Background(lambda job: b.rest(600), 'test')\n"
        "b.ask(1)\n"
        "print('ends')"
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ends\n", "")

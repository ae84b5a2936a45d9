"""The worker that drives a run in the background: pause, one step, stop, errors, and whose turn it is."""

import subprocess
import sys
import threading
import time

import pytest
from torch import nn

from lab.panels.frame.worker import Worker
from lab.progress import Progress, notify
from lab.training.checks import LearnerBusyError
from lab.training.learner import ImageLearner

pytestmark = pytest.mark.usefixtures("nothing_left_open")

PATIENCE = 30  # seconds


class Silent:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.heard = []

    def progress(self, label, done, total):
        self.heard.append((label, done, total))

    def message(self, sentence):
        self.heard.append(sentence)


class Played:
    """A run of numbers, and all that happened to it."""

    def __init__(self, count):
        self.count, self.learn = count, ImageLearner(([], []), nn.Linear(1, 1))
        self.worker = Worker(self.learn, "Test")
        self.events, self.ends, self.closed = [], [], False
        self.threads, self.listener = set(), Silent()
        self.before_event = lambda number: None

    def run(self):
        try:
            for number in range(self.count):
                self.threads.add(threading.current_thread().name)
                self.before_event(number)
                yield number
        finally:
            self.closed = True

    def start(self, **options):
        self.worker.start(self.run, self.events.append, self.ends.append, self.listener, **options)
        return self


def until(done):
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_it_drives_all_events_in_a_thread_of_its_own():
    played = Played(5).start()
    played.worker.join(PATIENCE)
    assert played.events == [0, 1, 2, 3, 4]
    assert played.ends == [None] and played.closed
    assert played.threads == {"pawlab"}
    assert played.worker.state == "idle" and played.learn.owner is None


def test_paused_it_takes_one_step_at_a_time():
    played = Played(100).start(paused=True)
    for count in (1, 2, 3):
        assert played.worker.state == "paused"
        played.worker.step()
        until(lambda count=count: len(played.events) == count)
    assert played.events == [0, 1, 2]
    played.worker.resume()
    played.worker.join(PATIENCE)
    assert played.events == list(range(100))


def test_a_step_while_it_runs_is_not_owed_later():
    played = Played(10_000_000).start()
    played.worker.step()
    until(lambda: len(played.events) > 10)
    played.worker.pause()
    until(lambda: played.worker._background.busy and settled(played.events))
    count = len(played.events)
    played.worker.step()
    until(lambda: len(played.events) == count + 1)
    assert settled(played.events)
    played.worker.stop()
    played.worker.join(PATIENCE)


def settled(events):
    """Whether nothing comes while other threads have had their turn."""
    count = len(events)
    for _ in range(20):
        time.sleep(0.001)
    return len(events) == count


def test_pause_lets_the_batch_in_hand_end_and_no_other_begin():
    played, inside, goes_on = Played(10), threading.Event(), threading.Event()

    def hold(number):
        if number == 3:
            inside.set()
            assert goes_on.wait(PATIENCE)

    played.before_event = hold
    played.start()
    assert inside.wait(PATIENCE)
    played.worker.pause()
    goes_on.set()
    until(lambda: len(played.events) == 4)
    assert settled(played.events)
    played.worker.stop()
    played.worker.join(PATIENCE)
    assert played.events == [0, 1, 2, 3]
    assert played.ends == [None] and played.closed


@pytest.mark.parametrize("paused", [False, True])
def test_stop_ends_it_within_one_event_and_closes_the_run(paused):
    played, inside, goes_on = Played(10), threading.Event(), threading.Event()

    def hold(_number):
        inside.set()
        assert goes_on.wait(PATIENCE)

    played.before_event = hold
    played.start(paused=paused)
    if not paused:
        assert inside.wait(PATIENCE)
    played.worker.stop()
    assert played.worker.state in ("stopping", "idle")
    goes_on.set()
    played.worker.join(PATIENCE)
    assert played.events == ([] if paused else [0])
    assert played.ends == [None]
    assert played.closed or paused  # a generator that never began has nothing to close
    assert played.learn.owner is None


def test_stop_pause_and_step_do_nothing_when_nothing_runs():
    played = Played(1)
    for do in (played.worker.stop, played.worker.pause, played.worker.resume, played.worker.step):
        do()
        assert played.worker.state == "idle"
    played.start().worker.join(PATIENCE)
    assert played.events == [0]


@pytest.mark.parametrize("where", ["begin", "event", "callback"])
def test_an_error_ends_the_run_and_is_handed_on(where):
    played, error = Played(3), RuntimeError("no pictures")

    def fail(*_):
        raise error

    if where == "event":
        played.before_event = lambda number: fail() if number == 1 else None
    begin = fail if where == "begin" else played.run
    on_event = fail if where == "callback" else played.events.append
    played.worker.start(begin, on_event, played.ends.append, played.listener)
    played.worker.join(PATIENCE)
    assert played.ends == [error]
    assert played.closed is (where != "begin")
    assert played.worker.state == "idle" and played.learn.owner is None
    played.before_event = lambda number: None
    played.start().worker.join(PATIENCE)
    assert played.ends == [error, None]


def test_a_second_start_is_refused_and_changes_nothing():
    played = Played(5).start(paused=True)
    with pytest.raises(LearnerBusyError, match="Test: this learner is in use by Test. Stop that, or wait"):
        played.start()
    assert played.worker.state == "paused"
    played.worker.resume()
    played.worker.join(PATIENCE)
    assert played.events == [0, 1, 2, 3, 4] and played.ends == [None]


def test_a_learner_that_trains_elsewhere_is_refused():
    played = Played(5)
    with (
        played.learn.claimed("fit"),
        pytest.raises(LearnerBusyError, match="Test: this learner is in use by fit"),
    ):
        played.start()
    assert played.worker.state == "idle" and played.ends == []
    played.start().worker.join(PATIENCE)
    assert played.events == [0, 1, 2, 3, 4]


def test_sentences_and_progress_go_to_the_listener_and_nothing_is_printed(capfd):
    played = Played(1)

    def begin():
        notify("frozen")
        with Progress(2, "decoding") as progress:
            progress.update()
            progress.update()
        return played.run()

    played.worker.start(begin, played.events.append, played.ends.append, played.listener)
    played.worker.join(PATIENCE)
    assert played.listener.heard == ["frozen", ("decoding", 1, 2), ("decoding", 2, 2)]
    assert capfd.readouterr() == ("", "")


def test_waiting_from_within_a_callback_returns_at_once():
    played = Played(1)
    played.worker.start(played.run, lambda _: played.worker.join(), played.ends.append, played.listener)
    played.worker.join(PATIENCE)
    assert played.ends == [None]


def test_another_run_can_start_when_the_end_has_been_told():
    played, again = Played(2), []

    def ended(error):
        if not again:
            again.append(error)
            played.start()

    played.worker.start(played.run, played.events.append, ended, played.listener)
    until(lambda: played.ends == [None])
    assert played.events == [0, 1, 0, 1]


def test_a_worker_that_runs_when_python_ends_is_stopped_first():
    code = """
import itertools
from lab.panels.frame.worker import Worker
from lab.training.learner import ImageLearner
from torch import nn
def run():
    try:
        yield from itertools.count()
    finally:
        print("closed")
worker = Worker(ImageLearner(([], []), nn.Linear(1, 1)), "Test")
started = []
worker.start(run, started.append, lambda error: print("ended", error), None)
while not started: pass
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split("\n") == ["closed", "ended None", ""]
    assert done.stderr == ""

"""An attempt that never ends is ended: in the main thread always, elsewhere where it is a loop of Python."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from lab.exercises import Exercise, limit
from lab.exercises.checking import check
from lab.exercises.limit import TimeUp, limited

main_thread_only = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer that signals"
)


def busy():
    while True:
        pass


def swallows_errors():
    while True:
        try:  # noqa: SIM105  as a student would write it
            len("abc")
        except Exception:
            pass


def swallows_all():
    while True:
        try:  # noqa: SIM105
            len("abc")
        except:  # noqa: E722
            pass


def sleeps():
    time.sleep(3600)


def sleeps_and_swallows_all():
    while True:
        try:  # noqa: SIM105
            time.sleep(3600)
        except:  # noqa: E722
            pass


def sleeps_elsewhere_and_swallows_all():
    while True:
        try:
            sleeps()
        except BaseException as error:
            str(error)


def floods():
    while True:
        print("x" * 1000)


def nested():
    deeper = busy
    return [deeper() for _ in range(3)]


LOOPS = [busy, swallows_errors, swallows_all, floods, nested]
ASLEEP = [sleeps, sleeps_and_swallows_all, sleeps_elsewhere_and_swallows_all]


@main_thread_only
@pytest.mark.parametrize("attempt", LOOPS + ASLEEP)
def test_it_ends_in_the_main_thread(attempt):
    handler, tracing = signal.getsignal(signal.SIGALRM), sys.gettrace()
    result = check(Exercise("ends", "End.", answer=lambda: 1, cases=[(), ()], seconds=0.05), attempt)
    assert (result.state, result.right, result.total) == ("wrong", 0, 2)
    assert result.facts[0] == ("came out", "nothing within 0.05 s. Is there a loop that never ends?")
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert sys.gettrace() is tracing


@pytest.mark.parametrize("attempt", LOOPS)
def test_it_ends_in_another_thread(attempt):
    exercise = Exercise("ends", "End.", answer=lambda: 1, cases=[()], seconds=0.05)
    results = []
    thread = threading.Thread(target=lambda: results.append(check(exercise, attempt)), daemon=True)
    thread.start()
    thread.join(60)
    assert [result.facts[0] for result in results] == [
        ("came out", "nothing within 0.05 s. Is there a loop that never ends?")
    ]
    assert not watchers()


def watchers():
    deadline = time.monotonic() + 20
    while alive := [one for one in threading.enumerate() if one.name == "pawlab time limit"]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.005)
    return []


def in_a_thread(work):
    results = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    thread.join(60)
    return results


@pytest.mark.parametrize("somewhere", [lambda work: [work()], in_a_thread])
def test_what_ends_in_time_is_its_result_or_its_own_exception(somewhere):
    def fails():
        with pytest.raises(ZeroDivisionError):
            limited(60, lambda: 1 / 0)
        return "failed"

    assert somewhere(lambda: limited(60, lambda: "done")) == ["done"]
    assert somewhere(fails) == ["failed"]
    assert not watchers()


@pytest.mark.parametrize("somewhere", [lambda work: [work()], in_a_thread])
def test_no_ring_comes_after_the_end_however_close_it_was(somewhere):
    """Work that ends at about the moment at which the time is over; afterwards all is quiet."""

    def near():
        outcomes = set()
        for _ in range(150):
            until = time.perf_counter() + 0.002
            try:
                limited(0.002, lambda until=until: wait(until))
                outcomes.add("done")
            except TimeUp:
                outcomes.add("time up")
        sum(range(100_000))  # where a late one would arrive
        return outcomes <= {"done", "time up"}

    def wait(until):
        while time.perf_counter() < until:
            pass

    assert somewhere(near) == [True]
    assert not watchers()


@main_thread_only
def test_cleaning_up_is_given_its_time():
    cleaned = []

    def attempt():
        try:
            busy()
        finally:
            cleaned.append(sum(range(1000)))

    with pytest.raises(TimeUp):
        limited(0.05, attempt)
    assert cleaned == [499500]


@main_thread_only
def test_the_other_cases_are_not_waited_for():
    calls = []

    def attempt(x):
        calls.append(x)
        if x:
            busy()
        return 0

    exercise = Exercise("zero", "Zero.", answer=lambda x: 0, cases=[(0,), (1,), (2,)], seconds=0.05)
    result = check(exercise, attempt)
    assert (calls, result.right, result.total) == ([0, 1], 1, 3)


def test_what_starts_after_the_time_is_left_alone():
    """A finalizer or a callback of the garbage collector: Python prints what is raised there and goes on."""

    def finalizer():
        return "finalized"

    here, tracing = sys._getframe(), sys.gettrace()
    try:
        limit._raise_at_the_next_line(here, here)
        assert finalizer() == "finalized"
    finally:
        sys.settrace(tracing)


@pytest.mark.parametrize("seconds", [60, 0.05])
def test_a_debugger_may_begin_afterwards(seconds):
    """In a process of its own, because where this fails it hangs."""
    lines = [
        "import sys, threading, time",
        "from lab.exercises.limit import TimeUp, limited",
        "def work():",
        f"    try: limited({seconds}, lambda: [time.sleep(0.01) for _ in range(20)])",
        "    except TimeUp: pass",
        "thread = threading.Thread(target=work); thread.start(); thread.join()",
        "sys.settrace(lambda *_call: None)",
        "print(work.__name__, (lambda: 'is traced')())",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "work is traced\n"

"""A time limit for a student's code, so that an endless loop is reported and the notebook goes on.

In the main thread of Linux and macOS a timer's signal ends it, also while it sleeps or swallows every
exception. Elsewhere a watching thread raises in the thread that runs it, again and again: that ends Python's
own loops. Neither ends one call into C that never returns.
"""

import ctypes
import queue
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_AGAIN = 0.05  # seconds between two attempts to end it


class TimeUp(BaseException):
    """The time is over. No Exception: `except Exception` in the code that is tried must not stop it."""


def limited(seconds: float, work: Callable[[], Any]) -> Any:
    """The result of `work()`. Raises TimeUp where it is not there within `seconds`, else what it raises."""
    in_main = threading.current_thread() is threading.main_thread()
    by_signal = in_main and hasattr(signal, "setitimer")
    return _by_signal(seconds, work) if by_signal else _by_thread(seconds, work)


def _by_signal(seconds: float, work: Callable[[], Any]) -> Any:
    own, running, rung = sys._getframe(), True, 0

    def ring(_number: int, frame: FrameType | None) -> None:
        nonlocal rung
        if not running:
            return
        rung += 1
        if rung > 1:  # it has caught the first one, and may catch this one in the same place
            _raise_at_the_next_line(frame, own)
        raise TimeUp

    traced, handled = sys.gettrace(), signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        return work()
    finally:
        running = False  # first of all: from here on a ring raises nothing
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handled)
        if rung > 1:
            sys.settrace(traced)


def _raise_at_the_next_line(frame: FrameType | None, own: FrameType) -> None:
    """Raise TimeUp at the next line of each function that runs inside `own`, `except: pass` included.

    A loop around `try: sleep(1)` and `except: pass` would otherwise catch each ring, always asleep when it
    comes. Functions that start from here on are left alone: among them may be a finalizer or a callback of
    the garbage collector, where Python prints what is raised and goes on.
    """

    def trace(_frame: FrameType, event: str, _argument: Any) -> Callable | None:
        if event == "line":
            raise TimeUp
        return trace

    while frame is not None and frame is not own:
        frame.f_trace = trace
        frame = frame.f_back
    sys.settrace(lambda *_call: None)


def _by_thread(seconds: float, work: Callable[[], Any]) -> Any:
    here, running, rang, over = threading.get_ident(), True, False, queue.SimpleQueue()

    def ring() -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(here), ctypes.py_object(TimeUp))

    def watch() -> None:
        nonlocal rang
        wait = seconds
        while running:
            try:
                over.get(timeout=wait)
            except queue.Empty:
                wait = _AGAIN
                if running:
                    rang = True
                    ring()

    watcher = threading.Thread(target=watch, name="pawlab time limit", daemon=True)
    try:
        watcher.start()
        return work()
    finally:
        running = False  # from here on at most one is on its way, and arrives at any of these lines
        try:
            over.put(None)
            watcher.join()
            # Let it arrive, or another in its place. One that is only taken back leaves Python 3.11 with a
            # flag that hangs it at the next sys.settrace, which is a debugger's first act.
            while rang:
                ring()
        except TimeUp:
            watcher.join()

"""The browser's side of ipywidgets, played without a kernel or a browser.

Every widget talks through a comm. Here each comm is a recording one: what the widget sends is kept with its
size, and the test sends what a browser would. It works alike on ipywidgets 8 and on the Colab floor,
ipywidgets 7.7.1. Registered as a pytest plugin by `conftest.py`.
"""

import json
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

PATIENCE = 10  # seconds for a thread to end after the test that started it


@dataclass(frozen=True)
class Message:
    """One message from a widget to the browser.

    kind: "comm_open", "comm_msg" or "comm_close". method: "update", "echo_update", "custom", or None for an
    opening or closing one. size: bytes of the JSON and of the binary buffers, without the envelope (about
    0.5 KB). at: seconds of `time.monotonic()`. thread: the name of the thread that sent it.
    """

    kind: str
    comm_id: str
    method: str | None
    data: dict
    buffers: int
    size: int
    at: float
    thread: str


class Comms:
    """All comms of a test.

    messages: what the widgets sent, in order. open: the state that the browser holds of every widget whose
    comm is open, by the comm's id. opened: how many comms were ever opened.
    """

    def __init__(self):
        self.messages: list[Message] = []
        self.open: dict[str, dict] = {}
        self.opened = 0

    def record(self, kind: str, comm_id: str, data: dict | None, buffers: list | None) -> None:
        """Take a message as the browser would. Raises ValueError for what is no JSON, NaN included."""
        from ipywidgets.widgets.widget import _put_buffers
        from jupyter_client.jsonutil import json_default

        data, buffers = data or {}, [memoryview(buffer).cast("B") for buffer in buffers or ()]
        try:
            text = json.dumps(data, default=json_default, ensure_ascii=False, allow_nan=False)
        except ValueError as error:
            name = data.get("state", {}).get("_model_name") or self.open.get(comm_id, {}).get("_model_name")
            raise ValueError(f"comms: {name} sent what JSON cannot hold ({error}): {data!r:.300}") from error
        size = len(text.encode()) + sum(buffer.nbytes for buffer in buffers)
        sent = data.get("method"), data, len(buffers), size, time.monotonic(), threading.current_thread().name
        self.messages.append(Message(kind, comm_id, *sent))
        if kind == "comm_close":
            self.open.pop(comm_id, None)
        elif kind == "comm_open" or data.get("method") == "update":
            state = json.loads(text)["state"]
            _put_buffers(state, data.get("buffer_paths", []), buffers)
            self.open.setdefault(comm_id, {}).update(state)
            self.opened += kind == "comm_open"

    def of(self, widget) -> list[Message]:
        """The messages that one widget has sent, in order."""
        return [message for message in self.messages if message.comm_id == widget.comm.comm_id]

    def size(self) -> int:
        """Bytes of all recorded messages."""
        return sum(message.size for message in self.messages)

    def forget(self) -> None:
        """Drop what has been recorded; the comms stay open."""
        self.messages.clear()

    def browser(self, widget) -> dict:
        """The widget's state as the browser holds it: from its first message and all updates since."""
        return self.open[widget.comm.comm_id]

    def set_state(self, widget, state: dict, buffer_paths: list = (), buffers: list = ()) -> None:
        """Send what a browser sends when the user has changed a widget, as {trait name: JSON value}.

        As with the next ones, an exception in a callback of the widget is raised here, where a notebook
        would show it.
        """
        self.browser(widget).update(state)
        data = {
            "method": "update",
            "state": json.loads(json.dumps(state)),
            "buffer_paths": list(buffer_paths),
        }
        self._deliver(widget, data, buffers)

    def custom(self, widget, content: dict, buffers: list = ()) -> None:
        """Send a custom message of the browser, such as {"event": "click"} to a Button."""
        self._deliver(widget, {"method": "custom", "content": json.loads(json.dumps(content))}, buffers)

    def press(self, button) -> None:
        """Click a Button."""
        self.custom(button, {"event": "click"})

    def click(self, chart, trace: int, point: int | tuple[int, int], *more: tuple) -> None:
        """Click a point of a panel's `Chart`: a point's index, or (row, column) in a heatmap.

        more: further (trace, point) pairs of the same click; a browser sends one for each curve under the
        mouse with hovermode "x".
        """
        pairs = [(trace, point), *more]
        hits = [{"trace": at, "point": place, "x": _x(chart.figure.data[at], place)} for at, place in pairs]
        self.custom(chart.plot, {"click": hits})

    def _deliver(self, widget, data: dict, buffers: list) -> None:
        if widget.comm is None:
            raise AssertionError(f"comms: {type(widget).__name__} is closed, so no browser can reach it")
        content = {"comm_id": widget.comm.comm_id, "data": data}
        widget.comm.receive({"content": content, "buffers": list(buffers)})


def _x(trace, point):
    """The x of a point as a JSON value; its index where the trace has no x of its own."""
    column = point[1] if isinstance(point, list | tuple) else point
    x = column if trace.x is None else trace.x[column]
    return x.item() if hasattr(x, "item") else x


def recording(comms: Comms, base: type = object) -> type:
    """The class of comm that stands in for the kernel's. base: what the widgets' `comm` trait demands."""

    class RecordingComm(base):
        kernel = True  # both stacks send only when there is one

        def __init__(self, target_name="", data=None, metadata=None, buffers=None, comm_id=None):
            self.comm_id = comm_id or uuid.uuid4().hex
            self.handler = None
            comms.record("comm_open", self.comm_id, data, buffers)

        def on_msg(self, handler):
            self.handler = handler

        def receive(self, message):
            self.handler(message)

        def send(self, data=None, metadata=None, buffers=None):
            comms.record("comm_msg", self.comm_id, data, buffers)

        def close(self, data=None, metadata=None, buffers=None, deleting=False):
            if not deleting:  # a comm that was merely forgotten has not been closed
                comms.record("comm_close", self.comm_id, data, buffers)

    return RecordingComm


def _raise_what_is_handled(*_args, **_kwargs):
    raise


def living() -> dict:
    """Every widget that ipywidgets keeps, by its id."""
    from ipywidgets.widgets import widget

    return widget._instances if hasattr(widget, "_instances") else widget.Widget.widgets


@pytest.fixture
def comms(monkeypatch):
    """A `Comms` that every widget made in this test talks to. Widgets left over are closed afterwards."""
    from ipywidgets.widgets import widget

    from lab.panels.frame.figure import holder

    holder()  # one for the process, as in a kernel: 1.5 MB, which no test counts
    comms, before = Comms(), set(living())
    if hasattr(widget, "Comm"):  # ipywidgets 7
        monkeypatch.setattr(widget, "Comm", recording(comms, widget.Comm))
    else:
        monkeypatch.setattr(widget, "comm", SimpleNamespace(create_comm=recording(comms)))
    # ipywidgets hands a callback's exception to the shell, and swallows it where there is none.
    monkeypatch.setattr(widget, "get_ipython", lambda: SimpleNamespace(showtraceback=_raise_what_is_handled))
    yield comms
    for left in [kept for model_id, kept in list(living().items()) if model_id not in before]:
        left.close()


@pytest.fixture
def nothing_left_open(comms):
    """After the test no comm, no widget and no thread may be left that was not there before."""
    yield from watch(comms)


def watch(comms: Comms):
    """The body of `nothing_left_open`: looks, lets the test run, and looks again."""
    widgets, threads = set(living()), set(threading.enumerate())
    yield
    deadline = time.monotonic() + PATIENCE
    for thread in _new_threads(threads):
        thread.join(max(0, deadline - time.monotonic()))
    left = {
        "comms": sorted(state["_model_name"] for state in comms.open.values()),
        "widgets": sorted(type(kept).__name__ for key, kept in living().items() if key not in widgets),
        "threads": sorted(thread.name for thread in _new_threads(threads)),
    }
    if any(left.values()):
        raise AssertionError(f"left open after the test: {left}")


def _new_threads(before: set) -> list[threading.Thread]:
    # tqdm keeps a thread of its own from the first bar on, kaleido some from the first still picture on.
    new = [thread for thread in threading.enumerate() if thread not in before]
    kaleido = sys.modules.get("kaleido")
    browser = getattr(kaleido and kaleido._global_server, "_thread", None)
    return [thread for thread in new if not _is_kept(thread) and thread is not browser]


def _is_kept(thread: threading.Thread) -> bool:
    browsers = ("browser_proc", "checking_close", "readwrite_thread", "watchdog_wait")
    return type(thread).__name__ == "TMonitor" or thread.name.startswith(browsers)

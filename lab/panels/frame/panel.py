"""`Panel`: what all panels have in common. A header, controls, a picture and a footer, in this order.

A panel is made at once and does nothing until it is asked. It is not a widget itself: its widgets are built
when it is first displayed, so its words, its code and its snapshot also exist where no kernel runs.
"""

import base64
import os
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import ipywidgets as widgets
from PIL import Image

from lab.core.errors import BadState, PawlabError
from lab.markup import escape
from lab.panels.frame import cells, controls
from lab.panels.frame.code_line import code_line, theme_now
from lab.panels.frame.colab import switch_on_widgets, view_metadata
from lab.panels.frame.snapshot import compose
from lab.png import small_png
from lab.wording import progress_text

INTERVAL = 0.2  # seconds between two updates at least, while something runs
WIDTH = 860  # px of the page, of a panel drawn as a picture
VIEW = "application/vnd.jupyter.widget-view+json"


def in_words(error: BaseException) -> str:
    """What a panel shows of an error: its sentence where it is one, else its type too.

    What is neither the lab's nor the system's is a bug, here or in the user's own code, and looks like one.
    """
    words = str(error) or "no message"
    return words if isinstance(error, PawlabError | OSError) else f"{type(error).__name__}: {words}"


class Panel:
    """A panel. Subclasses set `title` and `help`, build their middle part, and write their state into it.

    title: its name. help: one line that says what to do. note: what is done now, in words, for a panel that
    listens to work in the background. Displaying it twice shows one panel in two places.
    """

    title = ""
    help = ""
    note = ""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.closed = False
        self._root: widgets.Widget | None = None
        self._lock = threading.RLock()
        self._writer: int | None = None  # the thread that writes the state into the widgets
        self._refreshed_at = 0.0
        self._built: set[str] = set()  # the attributes that hold widgets
        switch_on_widgets()
        cells.remember(self)

    # ------------------------------------------------------------ what a subclass says

    def build(self) -> list[widgets.Widget]:
        """Make the widgets between header and footer. Called once, when the panel is first displayed."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Write the state into the widgets. Called by `changed`, one writer at a time."""

    def state(self) -> str:
        """The state in words that are the same in each run: no times, nothing of the machine."""
        return ""

    def status(self) -> str:
        """The state as the header shows it; may hold times."""
        return self.state()

    def advice(self) -> str:
        """The line of help: what to do now."""
        return self.help

    def chosen(self) -> str:
        """What was chosen, in words, for the footer."""
        return ""

    def code(self) -> str:
        """The line of Python that repeats what was done by hand; empty where nothing was chosen."""
        return ""

    def pictures(self) -> list[Image.Image]:
        """What the middle of the panel shows, drawn without a browser."""
        return []

    def stop(self) -> None:
        """End what runs in the background, before the panel is closed."""

    # ------------------------------------------------------------ what every panel can do

    @property
    def theme(self) -> str:
        """ "light" or "dark", as the browser that shows the panel has told."""
        return theme_now()

    @property
    def widget(self) -> widgets.Widget:
        """The panel's root widget; raises RuntimeError when the panel has been closed."""
        self.check_open()
        with self._lock:
            if self._root is None:
                self._build()
        return self._root

    @property
    def name(self) -> str:
        return type(self).__name__

    def check_open(self) -> None:
        """Raise RuntimeError when the panel has been closed."""
        if self.closed:
            raise BadState(f"{self.name}: this panel has been closed. Make a new one.")

    def changed(self, now: bool = True) -> None:
        """The state is another: show it. now=False: unless that was done within the last 0.2 seconds."""
        if self._root is None or (not now and time.monotonic() - self._refreshed_at < INTERVAL):
            return
        with self._lock:
            if self.closed:
                return
            self._refreshed_at = time.monotonic()
            outer, self._writer = self._writer, threading.get_ident()
            try:
                self._refresh()
            finally:
                self._writer = outer

    def act(self, function: Callable[..., None]) -> Callable[..., None]:
        """A callback for a widget: does it, shows what went wrong in words, and shows the new state.

        What the panel itself writes into a widget is not taken for the user's doing.
        """

        @wraps(function)
        def callback(*_: Any) -> None:
            if self._writer == threading.get_ident() or self.closed:
                return
            self.error = None
            try:
                function()  # without the lock: it may wait for the worker, which shows its end
            except Exception as error:  # nothing may be lost in a widget's callback: it is shown instead
                self.error = error
            self.changed()

        return callback

    def snapshot(self, width: int = WIDTH) -> Image.Image:
        """The panel as a picture, for places without a kernel. width: in pixels of the page."""
        with self._lock:
            foot = " · ".join(filter(None, [self.chosen(), self.code()]))
            state = self.sentence() or self.state()
            return compose((self.title, self.advice(), state), self.pictures(), foot, width)

    def progress(self, label: str, done: int, total: int | None) -> None:
        """How far the work in the background is."""
        self.note = progress_text(label, done, total)
        self.changed(now=False)

    def message(self, sentence: str) -> None:
        """A sentence of the learner's for the user."""
        self.note = sentence
        self.changed()

    def sentence(self) -> str:
        """What went wrong, in words; empty when nothing did."""
        return "" if self.error is None else in_words(self.error)

    def close(self) -> None:
        """Stop what runs and free the widgets, threads and connections. A second time does nothing."""
        if self.closed:
            return
        self.stop()
        with self._lock:
            self.closed = True
            if self._root is not None:
                controls.close_tree(self._root)
                self._root = None
            for name in self._built:  # a notebook's Out[7] keeps the panel, but need not keep its figures
                vars(self).pop(name, None)
        cells.forget(self)

    def __repr__(self) -> str:
        if self.closed:
            return f"{self.name}: closed"
        said = [self.sentence() or self.state(), self.chosen(), self.code()]
        return f"{self.name}: {' · '.join(filter(None, said))}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        bundle: dict[str, Any] = {"text/plain": repr(self)}
        if self.closed:
            return bundle
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        bundle[VIEW] = view
        metadata = {VIEW: marks} if (marks := view_metadata()) else {}
        if os.environ.get("PAWLAB_STATIC", "") not in ("", "0"):
            # A page that is kept shows a picture where no kernel runs; `lab.course` asks for it.
            bundle["image/png"] = base64.b64encode(small_png(self.snapshot(WIDTH), WIDTH)).decode()
            metadata["image/png"] = {"width": WIDTH}
        return (bundle, metadata) if metadata else bundle

    # ------------------------------------------------------------ inside

    def _build(self) -> None:
        before = set(vars(self))
        self._status = controls.html("", "paw-status")
        self._problem = controls.html("", "paw-problem")
        self._chosen = controls.html("", "paw-chosen")
        self._code = code_line(self.changed)
        self._head = controls.html("", "paw-head")
        self._root = widgets.VBox(
            [
                controls.style_sheet(),
                controls.row(self._head, controls.spacer(), self._status),
                self._problem,
                *self.build(),
                controls.row(self._chosen, controls.spacer(), self._code),
            ]
        ).add_class("paw-panel")
        self._built = set(vars(self)) - before
        self.changed()

    def _refresh(self) -> None:
        self._head.value = (
            f'<b class="paw-title">{escape(self.title)}</b>'
            f'<span class="paw-help">{escape(self.advice())}</span>'
        )
        role = '<span role="status" aria-live="polite">'
        self._status.value = f"{role}{escape(self.status())}</span>"
        problem = self.sentence()
        self._problem.value = f'<span role="alert">{escape(problem)}</span>' if problem else ""
        controls.show(self._problem, bool(problem))
        self._chosen.value = escape(self.chosen())
        self._code.code = self.code()
        self.refresh()

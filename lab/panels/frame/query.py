"""`QueryPanel`: a panel that asks a model things in the background, also while the model is being trained.

A question waits for the end of a batch and keeps training waiting while it is answered (see
`lab.panels.frame.lock`), so it claims no run. What was asked last is answered; what it overtook is dropped.
"""

import threading
from collections.abc import Callable
from typing import Any

from lab.panels.frame.background import Background
from lab.panels.frame.lock import lock_of
from lab.panels.frame.panel import Panel
from lab.progress import redirect_progress


class Overtaken(Exception):
    """The work goes on for nobody: something else was asked, or the panel was closed."""


class QueryPanel(Panel):
    """A panel with questions. It hears of their progress, which stands in `note` meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self._background = Background(self._answer, self.name)
        self._asking = threading.Lock()

    def asked(self) -> Any:
        """The model that is asked, so that it is not trained meanwhile."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return bool(self.note)

    def ask(self, question: Callable[[], None], note: str = "computing…") -> None:
        """Answer a question in the background: call it, show what it raises in words, then the new state.

        Raises RuntimeError when the panel has been closed.
        """
        self.check_open()
        with self._asking:
            self.error, self.note = None, note
            self._background.ask(question)
        self.changed()

    def wait(self, timeout: float | None = None) -> "QueryPanel":
        """Wait until all is answered, or for so many seconds; returns the panel."""
        self._background.wait(timeout)
        return self

    def cancel(self) -> None:
        """Give up what is being answered, at the next sign of its progress."""
        self.ask(lambda: None, "stopping")

    def stop(self) -> None:
        self._background.close()

    def progress(self, label: str, done: int, total: int | None) -> None:
        """How far an answer is. Raises Overtaken, in the thread that computes it, when it is not wanted."""
        if self._background.outdated:
            raise Overtaken
        super().progress(label, done, total)

    def _answer(self, question: Callable[[], None]) -> None:
        error = None
        try:
            with redirect_progress(self), lock_of(self.asked()).exclusive():
                question()
        except Overtaken:
            pass
        except Exception as raised:  # told by the panel; a thread has nobody to raise to
            error = raised
        with self._asking:
            if self._background.outdated:
                return
            self.error, self.note = error, ""
        self.changed()

"""Rules for any notebook that is kept with its outputs: run as a whole, small, and of no one machine.

A rule is a function that takes a `Notebook` and gives a sentence for each place that breaks it; every
sentence names the notebook and the cell.
"""

import contextlib
import getpass
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lab.course.notebook import WIDGET, Notebook
from lab.data.home import home

Rule = Callable[[Notebook], Iterator[str]]
LARGEST = 1_000_000  # bytes of a notebook
_BEFORE = r"(?<![\w.~:/+-])"  # where a path may begin
_PATHS = re.compile(
    _BEFORE + r"/(?:home|root|Users|tmp|var|usr|opt|mnt|media|private|work|workspace|srv|content)/[\w.+-]+"
    r"|(?<![\w\\])[A-Za-z]:\\{1,2}[\w.~ -]+\\"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATES = re.compile(
    r"\b(?:19|20)\d\d-[01]\d-[0-3]\d\b"
    rf"|\b\d{{1,2}}\.? {_MONTH} (?:19|20)\d\d\b|\b{_MONTH} \d{{1,2}},? (?:19|20)\d\d\b"
)
_TIMES = re.compile(r"\b[0-2]?\d:[0-5]\d:[0-5]\d\b")
_ADDRESSES = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_PROMPTS = re.compile(r"\b(?:root|jovyan)@[\w-]+")
_NO_NAMES = {"root", "user", "users", "home", "admin", "student", "runner", "jovyan", "ubuntu", "localhost"}


def executed(book: Notebook) -> Iterator[str]:
    """Each code cell has been run, once, from top to bottom."""
    for cell in book.code:
        if not cell.source.strip():
            yield f"{book.where(cell)}: it is empty. Delete it."
        elif cell.count != cell.number:
            came = f"its number is [{cell.count}]" if cell.count else "it was not run"
            yield f"{book.where(cell)}: {came}. Restart the kernel, run all cells and save, or refresh."


def without_errors(book: Notebook) -> Iterator[str]:
    """No output is an error."""
    for cell in book.code:
        for output in cell.outputs:
            if output.get("output_type") == "error":
                yield f"{book.where(cell)}: it ends in {output.get('ename')}: {output.get('evalue')}."


def small(book: Notebook) -> Iterator[str]:
    """The file is small enough for GitHub to show, and for a slow connection."""
    if book.size >= LARGEST:
        heaviest = max(book.cells, key=lambda cell: len(str(cell.outputs)))
        yield (
            f"{book.where(heaviest)}: the notebook has {book.size / 1e6:.1f} MB, this cell's outputs most of "
            f"it. Keep it below {LARGEST / 1e6:.0f} MB: refresh, or show fewer or smaller pictures."
        )


def without_widget_state(book: Notebook) -> Iterator[str]:
    """Nothing of a widget that only one kernel knew is saved."""
    if "widgets" in book.metadata:
        yield f"{book.name}, its metadata: the state of widgets is saved in it. Refresh it."
    for cell in book.code:
        if any(WIDGET in output.get("data", {}) for output in cell.outputs):
            yield f"{book.where(cell)}: a link to a widget is saved, which hides its picture. Refresh it."


def without_paths(book: Notebook) -> Iterator[str]:
    """No absolute path, neither in an output nor in code."""
    own = {str(path) for path in (Path.home(), Path.cwd(), home(), Path(tempfile.gettempdir()))} - {"/"}
    here = re.compile(f"{_BEFORE}(?:{'|'.join(map(re.escape, sorted(own)))})(?!\\w)")
    for cell in book.code:
        for text, place in ((cell.text, "an output"), (cell.source, "the code")):
            if found := _PATHS.search(text) or here.search(text):
                path = found.group()
                yield f"{book.where(cell)}: {place} holds the absolute path {path!r}. Show its name alone."


def without_dates_and_times(book: Notebook) -> Iterator[str]:
    """No output tells when it was made."""
    for cell in book.code:
        for found in filter(None, (_DATES.search(cell.text), _TIMES.search(cell.text))):
            words = f"an output tells a date or a time of day, {found.group()!r}. Leave it out."
            yield f"{book.where(cell)}: {words}"


def without_names(book: Notebook) -> Iterator[str]:
    """No output names the user or the machine on which it was made."""
    own = [name for name in local_names() if name.lower() not in _NO_NAMES and len(name) > 3]
    for cell in book.code:
        found = _PROMPTS.search(cell.text)
        named = [name for name in own if re.search(rf"\b{re.escape(name)}\b", cell.text)]
        if words := [found.group()] if found else named:
            yield f"{book.where(cell)}: an output names the user or the machine, {words[0]!r}. Leave it out."


def without_addresses(book: Notebook) -> Iterator[str]:
    """No output shows an address in memory, which is another in each run."""
    for cell in book.code:
        if found := _ADDRESSES.search(cell.text):
            yield (
                f"{book.where(cell)}: an output shows an address in memory, {found.group()!r}. "
                "Show what the object holds instead."
            )


def local_names() -> set[str]:
    """What the user and the machine are called here."""
    names = {
        Path.home().name,
        socket.gethostname(),
        *(os.environ.get(key, "") for key in ("USER", "USERNAME")),
    }
    with contextlib.suppress(OSError, KeyError, ImportError):  # a container's user may have no name
        names.add(getpass.getuser())
    return names - {""}


CLEAN: tuple[Rule, ...] = (
    executed,
    without_errors,
    small,
    without_widget_state,
    without_paths,
    without_dates_and_times,
    without_names,
    without_addresses,
)


def problems(book: Notebook, rules: Sequence[Rule] = CLEAN) -> list[str]:
    """All that breaks a rule, in words; empty for a notebook that is in order."""
    return [sentence for rule in rules for sentence in rule(book)]

"""A notebook as it lies on disk: its cells, their outputs, and how a cell is called in a message."""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue

SOLUTION = "# @title Solution"  # begins the cell of a solution; Colab folds it
DIGEST = ("pawlab", "sources")  # where in the notebook's metadata the digest of its sources stands
PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"

# nbval's words, as tags of a cell or as comments of their own, so that nbval runs our notebooks as we do.
_LOOSE = ("nbval-ignore-output", "pytest-validate-ignore-output", "nbval-skip")
_RAISES = ("nbval-raises-exception", "raises-exception")
_COMMENT = re.compile(r"^\s*#+\s*((?:NBVAL|PYTEST)_[A-Z_]+)\s*$", re.M)
_MAGIC = re.compile(r"^(\s*)[%!].*$", re.M)


@dataclass(frozen=True)
class Cell:
    """A cell. number: of a code cell, from 1, as its [1]; of a text, that of the code cell before it."""

    kind: str
    source: str
    number: int
    outputs: Sequence[dict[str, Any]] = ()
    count: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def is_code(self) -> bool:
        return self.kind == "code"

    @property
    def strict(self) -> bool:
        """Whether a test compares the outputs of this code cell with the saved ones."""
        return is_strict(self.source, self.metadata)

    @property
    def text(self) -> str:
        """What the outputs say in words: streams, plain text, HTML and figures, without pictures."""
        return "\n".join(_texts(self.outputs))

    def tree(self) -> ast.Module:
        """The source as a syntax tree; lines for IPython (%pip) are taken out. Raises SyntaxError."""
        return ast.parse(_MAGIC.sub(r"\1pass", self.source))


class Notebook:
    """A notebook that has been read.

    name: of the file. size: in bytes. Raises ValueError, naming the file, for one that is not a notebook of
    format 4, and OSError where it cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = self.path.name
        text = self.path.read_text(encoding="utf-8")
        self.size = len(text.encode("utf-8"))
        try:
            self.raw = json.loads(text)
            self.cells = list(_cells(self.raw["cells"]))
        except (ValueError, KeyError, TypeError) as problem:
            raise BadValue(
                f"notebook: '{self.name}' cannot be read as a notebook "
                f"({type(problem).__name__}: {problem}). "
                "Expected a notebook of format 4; open and save it in JupyterLab."
            ) from problem

    @cached_property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_code]

    @property
    def metadata(self) -> dict[str, Any]:
        return self.raw.get("metadata", {})

    @property
    def is_fresh(self) -> bool:
        """Whether the outputs belong to these sources; False also where no digest was ever written."""
        section, key = DIGEST
        return self.metadata.get(section, {}).get(key) == digest(cell.source for cell in self.code)

    def where(self, cell: Cell) -> str:
        """How a message calls a cell."""
        if cell.is_code:
            return f"{self.name}, cell [{cell.number}]"
        return f"{self.name}, text after cell [{cell.number}]" if cell.number else f"{self.name}, first text"


def is_strict(source: str, metadata: dict[str, Any]) -> bool:
    """Whether a test compares the outputs of a code cell: no tag and no comment tells it not to."""
    return _told(source, metadata).isdisjoint(_LOOSE)


def may_raise(source: str, metadata: dict[str, Any]) -> bool:
    """Whether a code cell shows an error on purpose."""
    return not _told(source, metadata).isdisjoint(_RAISES)


def skipped(source: str, metadata: dict[str, Any]) -> bool:
    """Whether a test leaves a code cell out."""
    return "nbval-skip" in _told(source, metadata)


def _told(source: str, metadata: dict[str, Any]) -> set[str]:
    """The tags of a cell, with the comments that mean the same."""
    comments = (word.lower().replace("_", "-") for word in _COMMENT.findall(source))
    return {*metadata.get("tags", ()), *comments}


def digest(sources: Iterable[str]) -> str:
    """What the sources of the code cells come to. Texts may be corrected without running anything anew."""
    return hashlib.sha256(json.dumps(list(sources)).encode()).hexdigest()[:32]


def _cells(raw: list[dict[str, Any]]) -> Iterator[Cell]:
    number = 0
    for cell in raw:
        number += cell["cell_type"] == "code"
        yield Cell(
            kind=cell["cell_type"],
            source=_joined(cell["source"]),
            number=number,
            outputs=cell.get("outputs", ()),
            count=cell.get("execution_count"),
            metadata=cell.get("metadata", {}),
        )


def _texts(outputs: Sequence[dict[str, Any]]) -> Iterator[str]:
    for output in outputs:
        if "text" in output:
            yield _joined(output["text"])
        yield from output.get("traceback", ())
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                # A picture inside HTML is no text.
                yield re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", _joined(value))
            elif kind == PLOTLY:
                yield json.dumps(value, ensure_ascii=False)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)

"""What is told of the notebooks that were run as tests."""

from dataclasses import dataclass

import pytest


@dataclass
class Run:
    """What is told of a notebook at the end. seconds: of its kernel's life. peak: bytes."""

    name: str
    strict: int
    cells: int
    seconds: float = 0.0
    peak: int = 0


RUNS = pytest.StashKey[list[Run]]()

"""In which number format a step computes: float32 here; `lab.training.precision` adds mixed precision."""

from contextlib import AbstractContextManager, nullcontext
from typing import Self

import torch
from torch import nn


class Precision:
    """float32. autocast: entered around a forward pass, again and again. scaler: for float16 gradients."""

    autocast: AbstractContextManager[None]

    def __init__(self) -> None:
        self.autocast = nullcontext()
        self.scaler = torch.amp.GradScaler("cpu", enabled=False)

    def for_training(self, model: nn.Module) -> Self:
        """What to train this model with."""
        return self

    def __repr__(self) -> str:
        return "float32"

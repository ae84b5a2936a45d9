"""Try something with a model and have everything back as it was, bit for bit."""

import copy
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from lab.core.protocols import Batches


@contextmanager
def preserve_state(
    model: nn.Module,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler | None = None,
    loaders: Iterable[Batches] = (),
) -> Iterator[None]:
    """Put back, on leaving, all that training changes; also after an exception. Kept in memory.

    That is: weights and buffers, which of them train, train/eval modes, optimiser, gradient scaler, the
    loaders' own generators, and the global generators of torch, numpy and Python.
    """
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flags = [(p, p.requires_grad, p.grad) for p in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    kept = [(part, copy.deepcopy(part.state_dict())) for part in (optimiser, scaler) if part is not None]
    generators = [loader_state(loader) for loader in loaders]
    global_states = _generator_states()
    try:
        yield
    finally:
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                tensor.copy_(state[name])
        for parameter, requires_grad, grad in flags:
            parameter.requires_grad_(requires_grad)
            parameter.grad = grad
        for module, training in modes:
            module.training = training
        for part, its_state in kept:
            part.load_state_dict(its_state)
        for put_back, before in generators:
            put_back(before)
        torch.set_rng_state(global_states["torch"])
        np.random.set_state(global_states["numpy"])
        random.setstate(global_states["python"])
        if "cuda" in global_states:
            torch.cuda.set_rng_state_all(global_states["cuda"])


def loader_state(loader: Batches) -> tuple[Callable[[Any], Any], Any]:
    """What puts a loader's random numbers back, and to where."""
    if hasattr(loader, "rng_state"):
        return loader.set_rng_state, loader.rng_state()  # type: ignore[attr-defined]
    generator = getattr(loader, "generator", None)  # a DataLoader of torch may have one of its own
    return (lambda _: None, None) if generator is None else (generator.set_state, generator.get_state())


def _generator_states() -> dict[str, Any]:
    states = {"torch": torch.get_rng_state(), "numpy": np.random.get_state(), "python": random.getstate()}
    if torch.cuda.is_available() and torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states

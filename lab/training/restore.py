"""Try something with a learner and have everything back as it was, bit for bit."""

import copy
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def restored(learner) -> Iterator[None]:
    """Put back, on leaving, all that training changes; also after an exception. Kept in memory.

    That is: weights and buffers, which of them train, train/eval modes, optimiser, gradient scaler, the
    loaders' generators, the global generators of torch, numpy and Python, and the learner's record of runs.
    """
    model = learner.model
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    flags = [(p, p.requires_grad, p.grad) for p in model.parameters()]
    modes = [(module, module.training) for module in model.modules()]
    optimiser = learner.optimiser
    optimiser_state = copy.deepcopy(optimiser.state_dict())
    scaler_state = copy.deepcopy(learner.precision.scaler.state_dict())
    loaders = [(loader, loader.rng_state()) for loader in learner.loaders()]
    runs = list(learner.runs)
    generators = _generator_states()
    try:
        yield
    finally:
        with learner.turns.alone():
            with torch.no_grad():
                for name, tensor in model.state_dict().items():
                    tensor.copy_(state[name])
            for parameter, requires_grad, grad in flags:
                parameter.requires_grad_(requires_grad)
                parameter.grad = grad
            for module, training in modes:
                module.training = training
            optimiser.load_state_dict(optimiser_state)
            learner.precision.scaler.load_state_dict(scaler_state)
            for loader, rng_state in loaders:
                loader.set_rng_state(rng_state)
            learner.runs[:] = runs
            _set_generator_states(generators)


def _generator_states() -> dict:
    states = {
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state(),
        "python": random.getstate(),
    }
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def _set_generator_states(states: dict) -> None:
    torch.set_rng_state(states["torch"])
    np.random.set_state(states["numpy"])
    random.setstate(states["python"])
    if "cuda" in states:
        torch.cuda.set_rng_state_all(states["cuda"])

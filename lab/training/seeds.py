"""One call that makes a session repeatable."""

import random

import numpy as np
import torch


def set_seed(seed: int) -> None:
    """Seed the global generators of torch (all devices), numpy and Python.

    The loaders have generators of their own, seeded by their `seed` argument; this covers what is left: a
    new head's weights and dropout.
    """
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)

"""One call that makes a session repeatable."""

import random

import numpy as np
import torch


def set_seed(seed: int) -> None:
    """Seed the global generators of torch (all devices), numpy and Python.

    The loaders have generators of their own, seeded by their `seed` argument; this covers what is left: a new
    head's weights and dropout.

    Parameters
    ----------
    seed : int
        The same number gives the same random numbers; 0 to 2**32 - 1.

    Examples
    --------
    >>> lab.set_seed(42)
    >>> torch.rand(1)
    tensor([0.8823])
    """
    torch.manual_seed(seed)
    np.random.seed(seed)
    random.seed(seed)

"""Heads: what turns a row of numbers per image into one activation per class.

They follow the 2018 and 2020 lessons: batch norm, dropout, one hidden layer.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from lab.core.errors import BadValue


def create_head(
    features: int,
    classes: int,
    hidden: Sequence[int] = (512,),
    dropout: float | Sequence[float] = 0.5,
) -> nn.Sequential:
    """Make a head: batch norm, dropout and a linear layer, once per hidden layer and once for the classes.

    Parameters
    ----------
    features : int
        Numbers per image after pooling.
    classes : int
        How many activations come out.
    hidden : sequence of int
        Widths of the hidden layers.
    dropout : float or sequence of float
        Of the last layer, those before it drop with half of that, as in the lessons; or one number per layer.

    Returns
    -------
    Sequential
        (n, features) in, (n, classes) out, initialised as Kaiming for ReLU.

    Raises
    ------
    ValueError
        For a dropout outside [0, 1), and for another number of them.

    Examples
    --------
    >>> head = lab.create_head(1152, 37, hidden=())
    >>> [type(layer).__name__ for layer in head]
    ['BatchNorm1d', 'Dropout', 'Linear']
    """
    sizes = [features, *hidden, classes]
    dropouts = _dropouts(dropout, len(sizes) - 1)
    layers: list[nn.Module] = []
    for number, (size_in, size_out) in enumerate(pairwise(sizes)):
        last = number == len(sizes) - 2
        layers += [nn.BatchNorm1d(size_in), nn.Dropout(dropouts[number])]
        linear = nn.Linear(size_in, size_out, bias=last)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="linear" if last else "relu")
        if last:
            nn.init.zeros_(linear.bias)
        layers += [linear] if last else [linear, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _dropouts(dropout: float | Sequence[float], layers: int) -> list[float]:
    given = list(dropout) if isinstance(dropout, Sequence) else [dropout / 2] * (layers - 1) + [dropout]
    if len(given) != layers:
        raise BadValue(
            f"create_head: got {len(given)} dropouts for {layers} linear layers. Give one for each layer "
            "(the hidden ones, then that of the classes), or one number."
        )
    if not all(0 <= share < 1 for share in given):
        raise BadValue(f"create_head: dropout={dropout!r}. A dropout is a share in [0, 1), such as 0.5.")
    return given

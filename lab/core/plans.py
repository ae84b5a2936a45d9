"""What a run is going to do: its epochs, its rates and its momentum, as one record.

The ways of fitting make a plan and run it; a panel draws the same plan before it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

from lab.core.errors import BadValue
from lab.core.schedules import Schedule, constant, one_cycle, one_cycle_momentum, sgdr, sgdr_epochs

Momenta = tuple[float, float, float]
MOMENTA: Momenta = (0.95, 0.85, 0.95)  # at the start, the peak and the end of a cycle


@dataclass(frozen=True)
class Plan:
    """epochs: how many. rates: the highest rate of each layer group. schedule: progress 0..1 of the run ->
    rate of the last group, of which the others have a fixed share. momentum: progress -> momentum, or None
    to leave it as the optimiser has it. Raises ValueError unless epochs is a whole number of 1 or more.
    """

    epochs: int
    rates: tuple[float, ...]
    schedule: Schedule
    momentum: Schedule | None

    def __post_init__(self) -> None:
        check_epochs(self.epochs)

    @property
    def lr_scales(self) -> tuple[float, ...]:
        """Each group's share of the last group's rate."""
        return tuple(rate / self.rates[-1] for rate in self.rates)


def check_epochs(epochs: int) -> None:
    """Raise ValueError unless epochs is a whole number of 1 or more."""
    if not isinstance(epochs, Integral) or isinstance(epochs, bool) or epochs < 1:
        raise BadValue(f"fit: got epochs={epochs!r}. Expected a whole number, 1 or more.")


def constant_plan(epochs: int, rates: Sequence[float], moms: Momenta | None = MOMENTA) -> Plan:
    """A constant rate."""
    return Plan(epochs, tuple(rates), constant(rates[-1]), constant(moms[0]) if moms else None)


def one_cycle_plan(
    epochs: int,
    rates: Sequence[float],
    moms: Momenta | None = MOMENTA,
    pct_start: float = 0.25,
    div: float = 25.0,
    div_final: float = 1e5,
) -> Plan:
    """One cycle; see `lab.core.schedules.one_cycle`, which also raises for arguments that do not fit."""
    schedule = one_cycle(rates[-1], pct_start, div, div_final)
    return Plan(epochs, tuple(rates), schedule, one_cycle_momentum(moms, pct_start) if moms else None)


def sgdr_plan(
    n_cycles: int,
    rates: Sequence[float],
    moms: Momenta | None = MOMENTA,
    cycle_len: int = 1,
    cycle_mult: int = 1,
) -> Plan:
    """Warm restarts; see `lab.core.schedules.sgdr`, which also raises for arguments that do not fit."""
    epochs = sgdr_epochs(n_cycles, cycle_len, cycle_mult)
    schedule = sgdr(rates[-1], n_cycles, cycle_len, cycle_mult)
    return Plan(epochs, tuple(rates), schedule, constant(moms[0]) if moms else None)

"""Values as a student would type them into Python, for the lines of code that panels show."""

from typing import Any

from lab import ipython


def rate_code(rate: float) -> str:
    """A learning rate with two digits: 0.0028 -> "2.8e-3", 0.003 -> "3e-3"."""
    digits, exponent = f"{rate:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"


def two_digits(rate: float) -> float:
    """The rate that `rate_code` writes."""
    return float(f"{rate:.1e}")


def lr_code(lr: float | slice) -> str:
    """A rate, or a slice of rates: "slice(1e-5, 1e-3)"."""
    if isinstance(lr, slice):
        return f"slice({rate_code(lr.start)}, {rate_code(lr.stop)})"
    return rate_code(lr)


def variable_of(value: Any, default: str) -> str:
    """The name that a notebook's user has given to this very object, or `default` outside a notebook."""
    shell = ipython.shell()
    names = shell.user_ns if shell is not None else {}
    found = [name for name, other in names.items() if other is value and not name.startswith("_")]
    return default if default in found or not found else found[0]

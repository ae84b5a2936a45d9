"""Numbers in words, the same wherever a person reads them; and how a long text is cut."""


def count_text(count: int, noun: str) -> str:
    """1 picture, 2 pictures, 1,000 pictures."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def rate_text(value: float) -> str:
    """A learning rate: 3.0e-03."""
    return f"{value:.1e}"


def loss_text(value: float) -> str:
    """A loss, a metric or a momentum: three decimals."""
    return f"{value:.3f}"


def clock(seconds: float) -> str:
    """Seconds as mm:ss, or h:mm:ss from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def progress_text(label: str, done: int, total: int | None) -> str:
    """How far some work is: "activations: 3 of 10"."""
    return f"{label}: {done} of {total}" if total else f"{label}: {done}"


def shortened(text: str, most: int) -> str:
    """The text, cut with an ellipsis when it has more than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"

"""The colours of the charts in both themes, and the sums that keep text readable on them.

The data colours are the Okabe-Ito family, which stays apart for colour-blind readers; no meaning rests on
colour alone. Contrast is reckoned as WCAG 2 does.
"""

from dataclasses import dataclass

from lab.core.errors import BadValue


@dataclass(frozen=True)
class Look:
    """The colours of one theme, as #rrggbb."""

    background: str
    text: str
    muted: str
    border: str
    subtle: str
    train: str
    valid: str
    rate: str
    wrong: str


LOOKS = {
    "light": Look(
        *("#ffffff", "#1f2328", "#656d76", "#d8dee4", "#f6f8fa"),
        *("#0072B2", "#D55E00", "#009E73", "#C0392B"),
    ),
    "dark": Look(
        *("#111418", "#e6e8eb", "#9aa4af", "#30363d", "#1a1f26"),
        *("#56B4E9", "#E69F00", "#2CC99B", "#F0776A"),
    ),
}


def look(theme: str) -> Look:
    """The colours of a theme: "light" or "dark". Raises ValueError for another."""
    if theme not in LOOKS:
        raise BadValue(f"theme: there is no {theme!r}. Choose one of: {', '.join(LOOKS)}.")
    return LOOKS[theme]


def channels(colour: str) -> tuple[int, int, int]:
    """#rrggbb as three numbers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(start: str, end: str, share: float) -> str:
    """The colour `share` (0..1) of the way from start to end, as plotly's colour scales interpolate."""
    pairs = zip(channels(start), channels(end), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Relative luminance 0..1 of #rrggbb (WCAG 2, "relative luminance")."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast 1..21 of two colours (WCAG 2, "contrast ratio")."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def ink(background: str) -> str:
    """White where it has a contrast of 4.5 : 1 on this colour, else black, which then has it."""
    return "#ffffff" if contrast("#ffffff", background) >= 4.5 else "#000000"

"""What a check says, as text for a terminal and for nbval, and as HTML for a notebook."""

from dataclasses import dataclass

from lab.markup import escape, inline

MARKS = {"solved": "✓", "open": "○", "wrong": "✗"}
_COLOURS = {"solved": "#1a7f5a", "open": "#6b7280", "wrong": "#c2410c"}


@dataclass(frozen=True)
class Result:
    """The outcome of a check. True where it is solved.

    state: "solved", "wrong", or "open" (nothing was written yet). right, total: cases. facts: pairs such as
    ("came out", "[1, 2]").
    """

    name: str
    state: str
    right: int
    total: int
    headline: str
    facts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self.state == "solved"

    @property
    def score(self) -> float:
        """The share of the cases that came out right, 0 to 1: the points, for graders that give parts."""
        return self.right / self.total

    def require(self) -> "Result":
        """Raise AssertionError with all that was found unless it is solved: for hidden tests of graders."""
        if not self:
            raise AssertionError(str(self))
        return self

    def __repr__(self) -> str:
        width = max((len(label) for label, _ in self.facts), default=0) + 1
        lines = [f"{MARKS[self.state]} {self.name}: {self.headline}"]
        for label, text in self.facts:
            below = text.replace("\n", "\n" + " " * (width + 3))
            lines.append(f"  {f'{label}:':<{width}} {below}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left;opacity:.7;vertical-align:top'>{escape(label)}</td>"
            f"<td style='text-align:left'>{_fact(label, text)}</td></tr>"
            for label, text in self.facts
        )
        colour = _COLOURS[self.state]
        table = f"<table style='margin:4px 0 0 0'>{rows}</table>" if rows else ""
        return (
            f"<div style='border-left:4px solid {colour};padding:4px 12px;margin:4px 0'>"
            f"<b><span style='color:{colour}'>{MARKS[self.state]}</span> {escape(self.name)}</b>: "
            f"{inline(self.headline)}{table}</div>"
        )


def _fact(label: str, text: str) -> str:
    """Values and lines of code as they are; the words of a known mistake, or of a judge, as prose."""
    prose = label in ("this is", "because")
    return inline(text) if prose else f"<code style='white-space:pre-wrap'>{escape(text)}</code>"


@dataclass(frozen=True)
class Hint:
    """A hint that is shown."""

    name: str
    number: int
    total: int
    text: str

    def __repr__(self) -> str:
        return f"Hint {self.number} of {self.total} for {self.name}: {self.text}"

    def _repr_html_(self) -> str:
        return (
            "<div style='border-left:4px solid #b58105;padding:4px 12px;margin:4px 0'>"
            f"<b>Hint {self.number} of {self.total}</b> · {escape(self.name)}: {inline(self.text)}</div>"
        )

"""The drawing of the architecture page, made anew with the site: docs/_static/architecture.svg.

Rows are layers, the lowest at the bottom; a file imports only from rows below its own and from its own box.
"""

from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
LAB = HERE.parent / "lab"
ROWS = [
    ("what people call", ["__main__.py", "tour", "course", "exercises", "classic", "report.py"]),
    ("views", ["panels"]),
    ("after training", ["interpret.py", "inside", "annotations", "comparison.py"]),
    ("training", ["training"]),
    ("networks", ["models"]),
    ("images", ["data"]),
    ("drawn pets", ["drawn"]),
    ("charts", ["charts"]),
    ("core", ["core"]),
]
WIDTH, ROW, GAP, LEFT, LEAST = 860, 40, 14, 130, 74  # pixels
COLOURS = {"core": "#c7ead9", "views": "#d4e3f7", "training": "#fbe6c4"}


def lines(name: str) -> int:
    """The lines of a file, or of all files of a package."""
    path = LAB / name
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)


def row(number: int, title: str, names: list[str]) -> list[str]:
    """One layer: its title, and a box for each package."""
    y = GAP + number * (ROW + GAP)
    found = [f'<text x="{LEFT - 12}" y="{y + 25}" text-anchor="end" class="title">{escape(title)}</text>']
    room = WIDTH - LEFT - GAP * len(names) - LEAST * len(names)
    counts = [lines(name) for name in names]
    x = float(LEFT)
    for name, count in zip(names, counts, strict=True):
        width = LEAST + room * count / sum(counts)
        fill = COLOURS.get(title, "#ececf1")
        found.append(f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{ROW}" rx="6" fill="{fill}"/>')
        label = f"{name.removesuffix('.py')} · {count:,}" if width > 130 else name.removesuffix(".py")
        found.append(
            f'<text x="{x + width / 2:.0f}" y="{y + 25}" text-anchor="middle">{escape(label)}</text>'
        )
        x += width + GAP
    return found


def main() -> None:
    height = GAP + len(ROWS) * (ROW + GAP)
    style = "text{font:14px sans-serif;fill:#22303f}.title{fill:#7a8594}line{stroke:#7a8594;stroke-width:2}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 30} {height}" role="img">',
        "<title>The layers of Pawlab: imports point down</title>",
        f"<style>{style}</style>",
        *(part for number, (title, names) in enumerate(ROWS) for part in row(number, title, names)),
        f'<line x1="{WIDTH + 14}" y1="{GAP}" x2="{WIDTH + 14}" y2="{height - GAP - 10}"/>',
        f'<path d="M{WIDTH + 8} {height - GAP - 12}h12l-6 12z" fill="#7a8594"/>',
        "</svg>",
    ]
    (HERE / "_static" / "architecture.svg").write_text("\n".join(parts) + "\n", encoding="utf-8")

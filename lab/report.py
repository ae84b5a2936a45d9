"""One self-contained HTML page: text, tables, pictures and interactive charts, to be read without a network.

Everything is inside the file: plotly.js once and compressed, the charts as JSON, the pictures as JPEG.
Whatever comes from outside (labels, file names) is escaped, and a content security policy lets only the
page's own two scripts run, so that even a label that slipped through could do nothing.
"""

import base64
import gzip
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from lab import markup
from lab.charts.script import compressed_script
from lab.core.errors import BadValue
from lab.data.home import atomic_write

LIMIT = 8_000_000  # bytes of the whole page, so that it still goes into a mail
SHRINK = (1.0, 0.75, 0.5, 0.35)  # sizes of the pictures, tried in turn until the page is below the limit
THUMBNAIL = 240  # pixels of a gallery picture's longer side: it is shown at 104 to 240
TONES = (None, "right", "wrong")

Block = Callable[[float], str]  # the size of pictures, as a factor -> HTML

_CSS = Path(__file__).with_name("report.css")
_DRAW = """
async function loadPlotly() {  // as a script element, which the page's policy knows by its digest
  const packed = atob(document.getElementById("plotly").textContent);
  const bytes = new Blob([Uint8Array.from(packed, (letter) => letter.charCodeAt(0))]);
  const script = document.createElement("script");
  script.textContent = await new Response(bytes.stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.body.append(script);
}
const touch = matchMedia("(pointer: coarse)").matches;  // a finger scrolls the page, it does not zoom
function drawCharts() {
  for (const box of document.querySelectorAll(".chart")) {
    const figure = JSON.parse(box.nextElementSibling.textContent);
    if (touch) figure.layout.dragmode = false;
    Plotly.newPlot(box, figure.data, figure.layout, {responsive: true, displayModeBar: false});
  }
}
loadPlotly().then(drawCharts, () => {
  for (const box of document.querySelectorAll(".chart"))
    box.textContent = "This chart needs a newer browser: Chrome 80, Firefox 113 or Safari 16.4.";
});
"""


class Report:
    """A page that is put together from top to bottom and then written.

    Text may hold `code` in backticks; everything else in it is shown as it is. What is added goes into the
    latest section.
    """

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title, self.subtitle = title, subtitle
        self.facts: list[tuple[str, str]] = []
        self.sections: list[tuple[str, list[Block]]] = []

    def fact(self, name: str, value: object) -> None:
        """A key figure, shown large under the title."""
        self.facts.append((name, str(value)))

    def section(self, title: str, text: str = "") -> None:
        """Begin a section, and link to it at the top of the page."""
        self.sections.append((title, []))
        if text:
            self.text(text)

    def heading(self, text: str) -> None:
        """A heading within the section."""
        self._add(f"<h3>{markup.inline(text)}</h3>")

    def text(self, text: str) -> None:
        """Paragraphs, divided by empty lines."""
        self._add(markup.paragraphs(text))

    def code(self, text: str) -> None:
        """Commands or Python, as they are typed."""
        self._add(f"<pre><code>{markup.escape(text.strip())}</code></pre>")

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> None:
        """A table; columns of numbers are set right. Raises ValueError for a row of another length."""
        self._add(markup.table(headings, list(rows), caption))

    def figure(self, figure: Any, caption: str = "") -> None:
        """A plotly figure, alive. The sentence in its `layout.meta["description"]` stands below it."""
        sentence = (figure.layout.meta or {}).get("description", "")
        about = markup.escape(sentence or caption)
        width = f' style="width:{int(figure.layout.width)}px"' if figure.layout.width else ""
        # `<` never stands in the data, so neither `</script>` nor `<!--` in a label can end it.
        data = figure.to_json().replace("<", "\\u003c")
        self._add(
            f'<figure><div class="wide"><div class="chart" role="img" aria-label="{about}"{width}></div>'
            f'<script type="application/json">{data}</script></div>'
            f"{markup.caption(caption, sentence)}</figure>"
        )

    def picture(self, picture: Image.Image, caption: str = "", alt: str = "") -> None:
        """One PIL picture in its own size, at most as wide as the page; alt: what it shows, in words."""
        picture, below = picture.convert("RGB"), markup.caption(caption)
        self._later(lambda factor: f"<figure>{markup.image(picture, alt or caption, factor)}{below}</figure>")

    def gallery(
        self,
        pictures: Sequence[Image.Image],
        captions: Sequence[str],
        tones: Sequence[str | None] | None = None,
    ) -> None:
        """Pictures as a grid that fits any width; the first line of each caption is the main one.

        tones: "right", "wrong" or None for each, the colour of that line. Raises ValueError for lists of
        different lengths and for another tone.
        """
        tones = [None] * len(pictures) if tones is None else list(tones)
        if not len(pictures) == len(captions) == len(tones):
            raise BadValue(
                f"Report.gallery: got {len(pictures)} pictures with {len(captions)} captions and "
                f"{len(tones)} tones. Give one of each."
            )
        unknown = [tone for tone in tones if tone not in TONES]
        if unknown:
            raise BadValue(f'Report.gallery: got the tone {unknown[0]!r}. Use "right", "wrong" or None.')
        cells = list(zip(map(_thumbnail, pictures), captions, tones, strict=True))
        self._later(
            lambda factor: f'<ul class="gallery">{"".join(markup.tile(*cell, factor) for cell in cells)}</ul>'
        )

    def html(self, factor: float = 1.0) -> str:
        """The page as text; factor: the size of its pictures."""
        body, end, allowed = self._body(factor), [], "'none'"
        if 'class="chart"' in body:
            packed = compressed_script()
            end = [
                f'<script type="text/plain" id="plotly">{base64.b64encode(packed).decode()}</script>',
                f"<script>{_DRAW}</script>",
            ]
            allowed = f"'sha256-{_digest(gzip.decompress(packed))}' 'sha256-{_digest(_DRAW.encode())}'"
        policy = f"default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src {allowed}"
        head = [
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{markup.escape(self.title)}</title>",
            f"<style>\n{_CSS.read_text(encoding='utf-8')}</style>",
        ]
        lines = ["<!doctype html>", '<html lang="en">', "<head>", *head, "</head>", "<body>", body, *end]
        return "\n".join([*lines, "</body>", "</html>", ""])

    def write(self, path: str | Path) -> Path:
        """Write the page, whole or not at all, with pictures as large as the limit of 8 MB allows.

        Raises ValueError when even small pictures do not bring it below the limit.
        """
        path = Path(path)
        for factor in SHRINK:
            page = self.html(factor).encode("utf-8")
            if len(page) < LIMIT:
                break
        else:
            raise BadValue(
                f"Report.write: {path.name} would have {len(page) / 1e6:.1f} MB, over {LIMIT / 1e6:g} MB, "
                "even with small pictures. Add fewer pictures, or charts with fewer points."
            )
        with atomic_write(path) as temporary:
            temporary.write_bytes(page)
        return path

    def _add(self, text: str) -> None:
        self._later(lambda factor: text)

    def _later(self, block: Block) -> None:
        if not self.sections:
            raise BadValue("Report: there is no section yet. Begin one with section(title).")
        self.sections[-1][1].append(block)

    def _body(self, factor: float) -> str:
        facts = "".join(
            f"<div><dt>{markup.escape(name)}</dt><dd>{markup.escape(value)}</dd></div>"
            for name, value in self.facts
        )
        titles = [markup.escape(title) for title, _ in self.sections]
        links = "".join(f'<a href="#part{i}">{title}</a>' for i, title in enumerate(titles, 1))
        parts = [
            f'<section id="part{i}"><h2>{titles[i - 1]}</h2>\n{_joined(blocks, factor)}</section>'
            for i, (_, blocks) in enumerate(self.sections, 1)
        ]
        subtitle = f'<p class="subtitle">{markup.inline(self.subtitle)}</p>' if self.subtitle else ""
        facts = f'<dl class="facts">{facts}</dl>' if facts else ""
        return "\n".join(
            [
                f"<header><h1>{markup.escape(self.title)}</h1>{subtitle}{facts}</header>",
                f'<nav aria-label="Sections">{links}</nav>',
                "<noscript><p>The charts need JavaScript. Below each stands what it says.</p></noscript>",
                "<main>",
                *parts,
                "</main>",
            ]
        )


def _joined(blocks: Sequence[Block], factor: float) -> str:
    return "\n".join(block(factor) for block in blocks)


def _thumbnail(picture: Image.Image) -> Image.Image:
    small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return small


def _digest(script: bytes) -> str:
    """SHA-256 in base64, as a content security policy names a script."""
    return base64.b64encode(hashlib.sha256(script).digest()).decode()

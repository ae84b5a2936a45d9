"""Pieces of HTML for the report, each of which escapes whatever comes from outside (labels, file names).

Pictures become data URLs, so that a page made of these pieces needs nothing but itself.
"""

import base64
import html
import io
import re
from collections.abc import Sequence
from typing import Any

from PIL import Image

from lab.core.errors import BadValue

_NUMBER = re.compile(r"[\d\s.,:%+/e-]*")


def escape(text: object) -> str:
    """The text as a browser shows it literally, in an element or in an attribute."""
    # A file name that is not valid Unicode holds lone surrogates, which no page can carry.
    return html.escape(str(text).encode("utf-8", "replace").decode("utf-8"))


def inline(text: str) -> str:
    """The text, escaped, with `code` between backticks set as code, and *words* between stars emphasised."""
    parts = re.split(r"`([^`\n]+)`", escape(text))  # what stands between backticks has the odd places
    parts[::2] = [
        re.sub(r"(?<![\w*])\*(\w[^*\n]*?\w|\w)\*(?![\w*])", r"<em>\1</em>", part) for part in parts[::2]
    ]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    return "".join(parts)


def paragraphs(text: str) -> str:
    """Paragraphs of a text in which empty lines divide them."""
    return "".join(f"<p>{inline(part)}</p>" for part in text.split("\n\n"))


def caption(title: str, sentence: str = "") -> str:
    """What stands below a figure: a short title and a sentence; nothing for neither."""
    parts = [f"<b>{inline(title)}</b>" if title else "", inline(sentence)]
    text = " ".join(filter(None, parts))
    return f"<figcaption>{text}</figcaption>" if text else ""


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> str:
    """A table that scrolls by itself where it is too wide; columns of numbers are set right.

    Raises ValueError for a row that is not as long as the headings.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    for row in texts:
        if len(row) != len(headings):
            raise BadValue(f"table: the row {row} has {len(row)} cells for {len(headings)} headings.")
    columns = range(len(headings))
    numeric = [bool(texts) and all(_NUMBER.fullmatch(row[i]) for row in texts) for i in columns]

    def line(cells: Sequence[str], tag: str) -> str:
        opened = [f'<{tag} class="number">' if number else f"<{tag}>" for number in numeric]
        cells = [f"{start}{escape(cell)}</{tag}>" for start, cell in zip(opened, cells, strict=True)]
        return f"<tr>{''.join(cells)}</tr>"

    above = f"<caption>{inline(title)}</caption>" if title else ""
    body = "".join(line(row, "td") for row in texts)
    head = line(list(headings), "th")
    return f'<div class="wide"><table>{above}<thead>{head}</thead><tbody>{body}</tbody></table></div>'


def data_url(picture: Image.Image, kind: str, **options: Any) -> str:
    """The picture as a file within the page. kind: "JPEG" or "PNG"; options: of Pillow's `save`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def image(picture: Image.Image, about: str, factor: float = 1.0) -> str:
    """An RGB picture as JPEG inside the page; about: the text for those who do not see it.

    factor: how many pixels to keep per side; the picture is shown in its own size all the same.
    """
    width, height = picture.size
    if factor < 1:
        size = max(1, round(width * factor)), max(1, round(height * factor))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    source = data_url(picture, "JPEG", quality=80, optimize=True)
    return f'<img src="{source}" width="{width}" height="{height}" alt="{escape(about)}">'


def tile(picture: Image.Image, words: str, tone: str | None = None, factor: float = 1.0) -> str:
    """One picture of a gallery with the lines of its caption; tone: a CSS class for it."""
    # A long file name breaks after an underscore or a slash, rather than anywhere.
    texts = [re.sub(r"([_/])", r"\1<wbr>", escape(line)) for line in words.split("\n")]
    lines = "".join(f"<p>{text}</p>" for text in texts)
    start = f'<li class="{escape(tone)}">' if tone else "<li>"
    return f"{start}{image(picture, words.replace(chr(10), ', '), factor)}{lines}</li>"

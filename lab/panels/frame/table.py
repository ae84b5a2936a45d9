"""A table of a panel: as HTML for the browser, and as a picture for where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from lab.charts.colours import look
from lab.fonts import cleaned
from lab.markup import escape
from lab.panels.frame.snapshot import MARGIN, SCALE, write

ROW = 24  # px of the page
BAR = 56  # px of the page, from the middle to either end


@dataclass(frozen=True)
class TableCell:
    """A cell that is more than a text. bar: -1 to 1, drawn to the left or the right of a middle line.

    wrong: whether the number is none (inf, nan), or does harm.
    """

    text: str
    bar: float | None = None
    wrong: bool = False


Row = Sequence[str | TableCell]


def table_html(head: Sequence[str], rows: Sequence[Row], strong: int | None = None) -> str:
    """The table as HTML; every text is escaped. strong: the row that is written in bold."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = [f"<tr>{heads}</tr>"]
    for number, row in enumerate(rows):
        name = ' class="paw-best"' if number == strong else ""
        lines.append(f"<tr{name}>{''.join(map(_cell_html, _cells(row)))}</tr>")
    return f'<table class="paw-table">{"".join(lines)}</table>'


def table_picture(
    head: Sequence[str], rows: Sequence[Row], strong: int | None = None, width: int = 860 - 2 * MARGIN
) -> Image.Image:
    """The same table as a picture in light colours. width: in px of the page."""
    colours = look("light")
    picture = Image.new("RGB", (width * SCALE, (len(rows) + 1) * ROW * SCALE), colours.background)
    pen = ImageDraw.Draw(picture)
    table = [_cells(row) for row in (head, *rows)]
    shares = [2 if any(cell.bar is not None for cell in column) else 1 for column in zip(*table, strict=True)]
    ends = [picture.width * sum(shares[: column + 1]) // sum(shares) for column in range(len(head))]
    for number, row in enumerate(table):
        y = number * ROW * SCALE
        for column, cell in enumerate(row):
            right = ends[column] - 8 * SCALE
            x = right if column else 8 * SCALE
            shade = colours.muted if number == 0 else colours.wrong if cell.wrong else colours.text
            place, text = (x, y + ROW * SCALE // 2), cleaned(cell.text).replace("\n", " ")
            heavy = {"anchor": "rm" if column else "lm", "stroke_width": int(number - 1 == strong)}
            write(pen, place, text, 12, shade, **heavy)
            if cell.bar is not None:
                _draw_bar(pen, right - (64 + BAR) * SCALE, y, cell)
        if number == 0:
            pen.line((0, ROW * SCALE, picture.width, ROW * SCALE), fill=colours.border, width=SCALE)
    return picture


def _cells(row: Row) -> list[TableCell]:
    return [cell if isinstance(cell, TableCell) else TableCell(cell) for cell in row]


def _cell_html(cell: TableCell) -> str:
    name = ' class="paw-wrong"' if cell.wrong else ""
    if cell.bar is None:
        return f"<td{name}>{escape(cell.text)}</td>"
    share = 50 * min(1.0, abs(cell.bar))
    side, kind = ("right", "paw-down") if cell.bar < 0 else ("left", "paw-up")
    bar = f'<i class="{kind}" style="{side}:50%;width:{share:.1f}%"></i>'
    return f'<td class="paw-signed"><span class="paw-signed-bar">{bar}</span><b>{escape(cell.text)}</b></td>'


def _draw_bar(pen: ImageDraw.ImageDraw, middle: int, y: int, cell: TableCell) -> None:
    colours = look("light")
    top, bottom = y + 8 * SCALE, y + 16 * SCALE
    end = middle + round(max(-1.0, min(1.0, cell.bar)) * BAR * SCALE)
    box = (min(middle, end), top, max(middle, end), bottom)
    pen.rectangle(box, fill=colours.train if cell.bar < 0 else colours.valid)
    pen.line((middle, y + 4 * SCALE, middle, y + 20 * SCALE), fill=colours.muted, width=SCALE)

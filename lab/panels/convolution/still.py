"""The convolution panel as a still picture: input, kernel and output side by side, the sum below."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from lab.charts.colours import Look, look, mix
from lab.fonts import direction, font_for
from lab.panels.convolution.figures import SIDE, input_figure, output_figure
from lab.panels.convolution.record import Convolution
from lab.panels.convolution.words import CHANNELS, Line, lines, number_text
from lab.panels.frame.snapshot import MARGIN, SCALE

WIDTH = 860 - 2 * MARGIN  # px of the page
CELL, LINE = 40, 22  # px of the page, of a weight and of a line of the sum


def still(record: Convolution, view: str) -> Image.Image:
    """What the middle of the panel shows, in light colours, drawn without the page."""
    from lab.charts.static import to_png  # only wanted for pages without a kernel

    colours, place = look("light"), record.looked_at()
    figures = (input_figure(record, place, view, "light"), output_figure(record, place, "light"))
    pictures = [to_png(figure, width=SIDE, scale=SCALE) for figure in figures]
    side = SIDE * SCALE
    page = Image.new("RGB", (WIDTH * SCALE, side + (len(CHANNELS) + 2) * LINE * SCALE), colours.background)
    page.paste(pictures[0], (0, 0))
    page.paste(pictures[1], (page.width - side, 0))
    pen = ImageDraw.Draw(page)
    _kernel(pen, record, colours, (side + page.width - side) // 2)
    _sum(pen, lines(record, place), colours, page.width, side + LINE * SCALE)
    return page


def _kernel(pen: ImageDraw.ImageDraw, record: Convolution, colours: Look, middle: int) -> None:
    """One table of weights for each channel, one below the other, and the bias."""
    cell, left, top = CELL * SCALE, middle - 3 * CELL * SCALE // 2, 0
    height = cell if record.channels == 1 else 26 * SCALE
    for channel, rows in enumerate(record.layer.weights):
        title = CHANNELS[channel] if record.colour else "kernel"
        _write(pen, (left, top + LINE * SCALE // 2), title, colours.muted)
        top += LINE * SCALE
        for row in rows:
            for column, weight in enumerate(row):
                colour = colours.valid if weight > 0 else colours.train
                ground = mix(colours.background, colour, 0.2 if weight else 0)
                box = (left + column * cell, top, left + (column + 1) * cell, top + height)
                pen.rectangle(box, fill=ground, outline=colours.border, width=SCALE)
                place = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
                _write(pen, place, number_text(weight), colours.text, "mm")
            top += height
    _write(pen, (left, top + LINE * SCALE // 2), f"bias {number_text(record.layer.bias)}", colours.text)


def _sum(pen: ImageDraw.ImageDraw, written: Sequence[Line], colours: Look, width: int, top: int) -> None:
    for about, terms, value in written:
        _write(pen, (0, top), about, colours.muted)
        _write(pen, (52 * SCALE, top), f"{terms} = {value}", colours.text, most=width - 52 * SCALE)
        top += LINE * SCALE


def _write(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    colour: str,
    anchor: str = "lm",
    most: int | None = None,
) -> None:
    """Write a text, smaller where it would be wider than `most` pixels."""
    size = 12 * SCALE
    font = font_for([text], size, system_first=True)
    while most and size > 8 * SCALE and font.getlength(text) > most:
        size -= 1
        font = font_for([text], size, system_first=True)
    pen.text(place, text, fill=colour, font=font, anchor=anchor, direction=direction(font))

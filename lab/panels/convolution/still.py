"""The convolution panel as a still picture: input, kernel and output side by side, the sum below."""

from PIL import Image, ImageDraw

from lab.charts.colours import Look, look, mix
from lab.panels.convolution.figures import SIDE, input_figure, output_figure
from lab.panels.convolution.record import Convolution
from lab.panels.convolution.words import CHANNELS, lines, number_text
from lab.panels.frame.snapshot import MARGIN, SCALE, drawn, write

WIDTH = 860 - 2 * MARGIN  # px of the page
CELL, LINE = 40, 22  # px of the page, of a weight and of a line of the sum


def still(record: Convolution, view: str) -> Image.Image:
    """What the middle of the panel shows, in light colours, drawn without the page."""
    colours, place = look("light"), record.looked_at()
    figures = (input_figure(record, place, view, "light"), output_figure(record, place, "light"))
    pictures = [drawn(figure, width=SIDE, scale=SCALE) for figure in figures]
    side = SIDE * SCALE
    page = Image.new("RGB", (WIDTH * SCALE, side + (len(CHANNELS) + 2) * LINE * SCALE), colours.background)
    page.paste(pictures[0], (0, 0))
    page.paste(pictures[1], (page.width - side, 0))
    pen = ImageDraw.Draw(page)
    _kernel(pen, record, colours, page.width // 2)
    left, top = 52 * SCALE, side + LINE * SCALE
    for about, terms, value in lines(record, place):
        write(pen, (0, top), about, 12, colours.muted, anchor="lm")
        written = f"{terms} = {value}"
        write(pen, (left, top), written, 12, colours.text, page.width - left, anchor="lm")
        top += LINE * SCALE
    return page


def _kernel(pen: ImageDraw.ImageDraw, record: Convolution, colours: Look, middle: int) -> None:
    """One table of weights for each channel, one below the other, and the bias."""
    cell, left, top = CELL * SCALE, middle - 3 * CELL * SCALE // 2, 0
    height = cell if record.channels == 1 else 26 * SCALE
    for channel, rows in enumerate(record.layer.weights):
        title = CHANNELS[channel] if record.colour else "kernel"
        write(pen, (left, top + LINE * SCALE // 2), title, 12, colours.muted, anchor="lm")
        top += LINE * SCALE
        for row in rows:
            for column, weight in enumerate(row):
                colour = colours.valid if weight > 0 else colours.train
                ground = mix(colours.background, colour, 0.2 if weight else 0)
                box = (left + column * cell, top, left + (column + 1) * cell, top + height)
                pen.rectangle(box, fill=ground, outline=colours.border, width=SCALE)
                place = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
                write(pen, place, number_text(weight), 12, colours.text, anchor="mm")
            top += height
    bias = f"bias {number_text(record.layer.bias)}"
    write(pen, (left, top + LINE * SCALE // 2), bias, 12, colours.text, anchor="lm")

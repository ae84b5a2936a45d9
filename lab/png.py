"""Pictures as PNG of few bytes, for pages that are kept: a notebook with its outputs, first of all.

256 colours are enough for a chart and, seen at arm's length, for a sheet of photos. A picture that is drawn
with two pixels for one of the page keeps both where that costs little.
"""

import io

from PIL import Image

LARGE = 60_000  # bytes; a picture above this is stored with one pixel for one of the page


def small_png(picture: Image.Image, width: int | None = None) -> bytes:
    """The picture as PNG in at most 256 colours.

    width: in pixels of the page, where the picture is shown with fewer than it has; what then takes more
    than 60 kB is reduced to that width.
    """
    data = _png(picture)
    if width is None or picture.width <= width or len(data) <= LARGE:
        return data
    height = max(1, round(picture.height * width / picture.width))
    return _png(picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS))


def _png(picture: Image.Image) -> bytes:
    # Without dithering: it would add noise to flat colours, and noise does not compress.
    few = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()

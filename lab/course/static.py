"""A notebook's outputs made fit for a page without a kernel, small, and the same in every run."""

import base64
import io
import json
from collections.abc import MutableMapping
from typing import Any

from PIL import Image

from lab.course.comparing import unpacked
from lab.course.notebook import PLOTLY, WIDGET
from lab.png import LARGE, small_png

WIDTH = 860  # px of the page, of a chart that has no width of its own


def settle(output: MutableMapping[str, Any], strict: bool) -> str | None:
    """Change one output of a cell in place: charts get a picture, large pictures become small.

    strict: whether tests compare it; where not, a heavy chart is left to its picture. A panel's link to its
    widget goes: it means nothing to another kernel, and hides the picture. Returns what could not be done,
    in words.
    """
    data = output.get("data")
    if data is None:
        return None
    data.pop(WIDGET, None)
    problem = _add_picture(output) if PLOTLY in data else None
    if PLOTLY in data and not strict and not problem and len(json.dumps(data[PLOTLY])) > LARGE:
        del data[PLOTLY]
    jpeg, png = (len(data.get(kind, "")) for kind in ("image/jpeg", "image/png"))
    if 0 < jpeg < png:
        del data["image/png"]  # IPython saves a photo in both formats
    elif png * 3 / 4 > LARGE and PLOTLY not in data:
        _shrink(output)
    return problem


def _add_picture(output: MutableMapping[str, Any]) -> str | None:
    import plotly.io

    from lab.charts.static import NoStillPicture, to_png

    data = output["data"]
    figure = plotly.io.from_json(json.dumps(unpacked(data[PLOTLY])), skip_invalid=True)
    width = round(figure.layout.width or WIDTH)
    try:
        picture = to_png(figure, width=width)
    except NoStillPicture as problem:
        return f"this chart has no picture for a page without a kernel: {problem}"
    _put(output, picture, width)
    return None


def _shrink(output: MutableMapping[str, Any]) -> None:
    picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    width = output.get("metadata", {}).get("image/png", {}).get("width", picture.width)
    _put(output, picture, min(width, WIDTH))


def _put(output: MutableMapping[str, Any], picture: Image.Image, width: int) -> None:
    output["data"]["image/png"] = base64.b64encode(small_png(picture, width)).decode()
    output.setdefault("metadata", {})["image/png"] = {"width": width}

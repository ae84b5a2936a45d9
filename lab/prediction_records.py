"""A prediction record: one picture and what was said of it; and the contact sheet that shows several.

A picture that has gone since is shown as a grey tile that says so: the sheet of 99 others is still of use.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from lab.contact_sheets import RIGHT, WRONG, contact_sheet
from lab.data.broken import BrokenPicture
from lab.data.pictures import open_picture


@dataclass(frozen=True)
class PredictionRecord:
    """One picture and what was said of it. probability: of the predicted class; both are 0..1."""

    index: int
    path: Path
    truth: str
    predicted: str
    probability: float
    truth_probability: float
    loss: float

    @property
    def right(self) -> bool:
        """Whether the prediction is the truth."""
        return self.predicted == self.truth


def sheet_of(
    records: Sequence[PredictionRecord],
    ncols: int | None = None,
    tile: tuple[int, int] = (160, 160),
    title: str | None = None,
    with_loss: bool = False,
) -> Image.Image:
    """A contact sheet: each picture with its file, truth → prediction and the probability of that.

    The caption is blue when the prediction is right, red when wrong. tile: (width, height) in pixels.
    with_loss: a further line. Without records, one tile says so.
    """
    if not records:
        return contact_sheet([_grey_tile(tile, "no pictures to show")], tile=tile, title=title)
    captions = [_caption(record, with_loss) for record in records]
    colors = [RIGHT if record.right else WRONG for record in records]
    pictures = [_picture(record.path, tile) for record in records]
    return contact_sheet(pictures, captions, ncols=ncols, tile=tile, colors=colors, title=title)


def _caption(record: PredictionRecord, with_loss: bool) -> str:
    lines = [record.path.name, f"{record.truth} → {record.predicted} {record.probability:.2f}"]
    if with_loss:
        lines.append(f"loss {record.loss:.3f}")
    return "\n".join(lines)


def _picture(path: Path, tile: tuple[int, int]) -> Image.Image:
    try:
        return open_picture(path, smallest=max(tile))
    except BrokenPicture:
        return _grey_tile(tile, "picture broken" if path.exists() else "picture not found")


def _grey_tile(tile: tuple[int, int], words: str) -> Image.Image:
    grey = Image.new("RGB", tile, "#d8dee4")
    middle = (tile[0] / 2, tile[1] / 2)
    ImageDraw.Draw(grey).text(middle, words.replace(" ", "\n"), fill="#1f2328", anchor="mm", align="center")
    return grey

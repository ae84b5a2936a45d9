"""What the augmentation panel shows, as pictures with words and without widgets: the stages of a picture on
its way to the model, and presizing beside the naive way.

A picture that has gone since the data was loaded leaves a tile that says so; the others go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from lab.charts.colours import look
from lab.contact_sheets import contact_sheet
from lab.data.broken import BrokenPicture
from lab.data.naive import Comparison, sharpness
from lab.data.previews import Preview, as_image
from lab.data.transforms import BatchTransform
from lab.wording import count_text

MOST = 320  # px of a side that are shown; more is not sent to the page
COMPARED = 2  # pictures in the view of presizing, so that they are large
SHEET = 224  # px of a tile on a sheet
AMPLIFIED = 4  # how much stronger than it is a difference is shown
NOTE = (
    "Both ways use the same random numbers, so any difference is lost detail, or padding: corners that only "
    "the naive way had to fill."
)


@dataclass(frozen=True)
class Tile:
    """One picture, or None where there is none.

    words: what it is, or why there is none. size: before it was made smaller for the page, in words.
    """

    picture: Image.Image | None
    words: str
    size: str = ""


@dataclass(frozen=True)
class Compared:
    """One picture presized, the naive way, and their difference; notes: two lines below each of the three."""

    tiles: tuple[Tile, Tile, Tile]
    notes: tuple[tuple[str, str], ...]


def readable(preview: Preview) -> list[int]:
    """The places of the pictures that can still be had."""
    return [place for place in range(len(preview)) if place not in preview.broken]


def called(preview: Preview, place: int) -> str:
    """A picture's file name, and its class where the name does not tell it."""
    name, label = preview.names[place], preview.labels[place]
    return name if label in name else f"{name} · {label}"


def before(preview: Preview) -> list[tuple[Tile, Tile, str]]:
    """For each picture the stages before the batch, original and item, and their sizes in words."""
    there = readable(preview)
    items = dict(zip(there, preview.subset(there).items, strict=True))
    return [_before(preview, place, items.get(place)) for place in range(len(preview))]


def draws(preview: Preview, tfm: BatchTransform, seed: int) -> Iterator[list[Tile]]:
    """Draw after draw of the batch transform, without end: a tile for each picture."""
    there = readable(preview)
    drawn = preview.subset(there).draws(tfm, seed) if there else iter(list, None)
    for number, batch in enumerate(drawn, start=1):
        pictures = dict(zip(there, batch, strict=True))
        yield [_drawn(preview, place, pictures.get(place), number) for place in range(len(preview))]


def compared(preview: Preview, tfm: BatchTransform, seed: int) -> list[Compared]:
    """Presizing beside the naive way, for the first COMPARED pictures that can be had."""
    there = readable(preview)[:COMPARED]
    if not there:
        return []
    part = preview.subset(there)
    (pair,) = part.comparisons(tfm, seed=seed)
    kept = (sharpness(pair.naive) / sharpness(pair.presized).clamp(min=1e-9)).tolist()
    return [_compared(called(part, row), pair, row, kept[row]) for row in range(len(part))]


def sheet(tiles: Sequence[Tile], captions: Sequence[str], ncols: int, title: str = "") -> Image.Image:
    """The tiles as one picture, row by row; where there is no picture, its place is grey."""
    blank = Image.new("RGB", (SHEET, SHEET), look("light").subtle)
    return contact_sheet(
        [tile.picture or blank for tile in tiles], captions, ncols, (SHEET, SHEET), title=title or None
    )


def _tile(picture: Image.Image, words: str) -> Tile:
    size = f"{picture.width} \N{MULTIPLICATION SIGN} {picture.height}"
    if max(picture.size) > MOST:
        picture = picture.copy()
        picture.thumbnail((MOST, MOST), Image.Resampling.LANCZOS)
    return Tile(picture, f"{words}, {size}", size)


def _before(preview: Preview, place: int, item: Image.Image | None) -> tuple[Tile, Tile, str]:
    name = called(preview, place)
    try:
        first = _tile(preview.original(place), f"{name}, original")
    except BrokenPicture as problem:
        first = _gone(problem.reason)
    if item is None:
        return first, _gone(preview.broken[place]), ""
    second = _tile(item, f"{name}, after the item transforms")
    return first, second, " → ".join(filter(None, [first.size, second.size]))


def _drawn(preview: Preview, place: int, picture: Tensor | None, number: int) -> Tile:
    if picture is None:
        return _gone(preview.broken[place])
    return _tile(as_image(picture), f"{called(preview, place)}, draw {number}")


def _compared(name: str, pair: Comparison, row: int, kept: float) -> Compared:
    images = (pair.presized[row], pair.naive[row], pair.amplified(AMPLIFIED)[row])
    heads = ("presized", "the naive way", f"difference times {AMPLIFIED}")
    tiles = [_tile(as_image(image), f"{name}, {head}") for image, head in zip(images, heads, strict=True)]
    steps = pair.naive_steps[row]
    notes = (
        (_interpolations(pair.presized_steps[row]), name),
        (_interpolations(steps), ", ".join(steps)),
        (
            f"mean {pair.mean[row]:.3f} · largest {pair.largest[row]:.2f} of 1",
            f"naive keeps {kept:.0%} of fine detail",
        ),
    )
    return Compared(tuple(tiles), notes)


def _interpolations(steps: Sequence[str]) -> str:
    return count_text(len(steps), "interpolation") if steps else "no interpolation"


def _gone(reason: str) -> Tile:
    return Tile(None, f"The file {reason}.")

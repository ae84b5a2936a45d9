"""Pictures as data URLs for a page, made when they are first shown; the latest are kept."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lab.data.broken import BrokenPicture
from lab.data.pictures import open_picture
from lab.markup import data_url

QUALITY = 82  # of the JPEGs


@dataclass(frozen=True)
class Thumbnail:
    """src: the data URL of a JPEG, "" where the picture cannot be read; problem then says why, in two or
    three words."""

    src: str
    problem: str = ""


class Thumbnails:
    """Small JPEGs of pictures. keep: how many are remembered."""

    def __init__(self, keep: int = 96) -> None:
        self._made = lru_cache(keep)(_made)

    def __len__(self) -> int:
        return self._made.cache_info().currsize

    def of(self, path: Path, side: int) -> Thumbnail:
        """The picture with a longer side of at most `side` pixels; never enlarged.

        The file is looked up each time, since it may be gone, changed, or come back.
        """
        try:
            changed_at = path.stat().st_mtime_ns
        except OSError:
            return Thumbnail("", "picture not found")
        try:
            return self._made(path, side, changed_at)
        except BrokenPicture:
            return Thumbnail("", "picture broken")


def _made(path: Path, side: int, _changed_at: int) -> Thumbnail:
    picture = open_picture(path, smallest=side)
    picture.thumbnail((side, side))
    return Thumbnail(data_url(picture, "JPEG", quality=QUALITY))

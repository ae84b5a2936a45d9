"""Pictures as data URLs for a page, made when they are first shown; the latest are kept."""

import base64
import io
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from lab.data.broken import BrokenPicture
from lab.data.pictures import open_picture

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
        self._keep = keep
        self._made: OrderedDict[tuple[Path, int, int], Thumbnail] = OrderedDict()

    def __len__(self) -> int:
        return len(self._made)

    def of(self, path: Path, side: int) -> Thumbnail:
        """The picture with a longer side of at most `side` pixels; never enlarged.

        The file is looked up each time, since it may be gone, changed, or come back.
        """
        try:
            key = path, side, path.stat().st_mtime_ns
        except OSError:
            return Thumbnail("", "picture not found")
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key]
        try:
            picture = open_picture(path, smallest=side)
        except BrokenPicture:
            return Thumbnail("", "picture broken")
        picture.thumbnail((side, side))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=QUALITY)
        data = base64.b64encode(buffer.getvalue()).decode()
        made = self._made[key] = Thumbnail(f"data:image/jpeg;base64,{data}")
        while len(self._made) > self._keep:
            self._made.popitem(last=False)
        return made

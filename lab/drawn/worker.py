"""A process that draws its share of a sample set: `python -m lab.drawn.worker`, with a job as JSON on stdin.

The job is {"folder": path, "pictures": [...]}, each picture the fields of `layouts.Picture`. One line is
printed for every picture drawn. A fresh interpreter instead of multiprocessing: it works from a script
without a main guard, from a notebook, and on Windows.
"""

import json
import sys
from pathlib import Path

from PIL import ImageChops

from .layouts import Picture
from .pet import draw_pet


def main() -> None:
    """Read the job, draw, report. Ends with a BrokenPipeError when nobody reads any more."""
    job = json.load(sys.stdin)
    for row in job["pictures"]:
        picture = Picture(**row)
        path = Path(job["folder"], picture.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn = draw_pet(picture.breed, picture.seed)
        if picture.negative:
            drawn = ImageChops.invert(drawn)
        drawn.save(path, "JPEG", quality=picture.quality)
        print(picture.file, flush=True)


if __name__ == "__main__":
    main()

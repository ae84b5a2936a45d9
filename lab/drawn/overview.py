"""The sheet of a breed: its portrait and a few of its pictures, to judge a row of the table at a glance."""

from PIL import Image

from lab.core.errors import BadValue

from ..contact_sheets import contact_sheet
from .breeds import find_breed
from .pet import draw_pet, portrait
from .traits import Breed


def breed_sheet(breed: str | Breed, n: int = 12, seed: int = 0) -> Image.Image:
    """The portrait and n pictures (seeds seed, seed + 1, …) of a breed, as one captioned picture.

    Raises ValueError for a name that is not known and for n below 1.
    """
    breed = find_breed(breed)
    if n < 1:
        raise BadValue(f"breed_sheet: n={n}. Give 1 or more.")
    seeds = range(seed, seed + n)
    pictures = [portrait(breed, (240, 240)), *(draw_pet(breed, s) for s in seeds)]
    captions = ["portrait", *(f"seed {s}" for s in seeds)]
    return contact_sheet(pictures, captions, tile=(240, 240), title=breed.name)

"""Drawn pictures of pets: an animal is a row of parameters, a picture is that row and a seed.

Ellipsoids joined smoothly, a solid coat, one hair texture, drawn backgrounds; NumPy and Pillow only.
`draw_pet` draws one picture, `draw_sample` a whole set for the lessons; `BREEDS` is the table.
"""

from .breeds import BREEDS, TWINS, find_breed, register
from .layouts import SAMPLES
from .pet import breed_sheet, draw_pet, portrait
from .samples import draw_sample
from .traits import Breed, individual

__all__ = [
    "BREEDS",
    "SAMPLES",
    "TWINS",
    "Breed",
    "breed_sheet",
    "draw_pet",
    "draw_sample",
    "find_breed",
    "individual",
    "portrait",
    "register",
]

"""The table of breeds, by name: the 37 of Oxford-IIIT Pet (cats begin with a capital) and registered ones."""

import difflib

from lab.core.errors import BadType, BadValue

from .breeds_cats import CATS
from .breeds_dogs import DOGS
from .traits import Breed

BREEDS: dict[str, Breed] = {breed.name: breed for breed in (*CATS, *DOGS)}

# Near twins: pairs that differ in the table, but little; they should lead every table of confusions.
TWINS: tuple[tuple[str, str], ...] = (
    ("Birman", "Ragdoll"),
    ("British_Shorthair", "Russian_Blue"),
    ("american_pit_bull_terrier", "staffordshire_bull_terrier"),
    ("great_pyrenees", "samoyed"),
    ("basset_hound", "beagle"),
    ("english_setter", "german_shorthaired"),
)


def find_breed(breed: str | Breed) -> Breed:
    """The breed of this name, or the breed itself. Raises ValueError for a name that is not known."""
    if isinstance(breed, Breed):
        return breed
    if breed not in BREEDS:
        by_lower = {name.lower(): name for name in BREEDS}
        wanted = str(breed).lower().replace(" ", "_").replace("-", "_")
        close = [by_lower[name] for name in difflib.get_close_matches(wanted, by_lower, n=3, cutoff=0.4)]
        hint = f"Close: {', '.join(close)}." if close else "list(BREEDS) names all."
        raise BadValue(f"breed {breed!r} is not known. {hint}")
    return BREEDS[breed]


def register(breed: Breed) -> Breed:
    """Add a breed of your own to BREEDS, or replace one of the same name; returns it."""
    if not isinstance(breed, Breed):
        raise BadType(f"register: {type(breed).__name__}. Give a Breed, as of Breed.dog(...).")
    BREEDS[breed.name] = breed
    return breed

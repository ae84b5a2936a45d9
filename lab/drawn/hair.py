"""Hair: one height texture that feeds normals, colour and the tufts of the outline together."""

from .noise import Array, curl, hair, lookup
from .traits import Breed


def hair_height(breed: Breed, across: Array, along: Array) -> Array:
    """Height of the hair, -1..1, at coordinates across and along its flow (head radii)."""
    density = breed.hair_density
    stretch = 0.75 if breed.fur < 0.5 else 0.6
    height = lookup(hair(), across * density, along * (density * stretch))
    if breed.curl:
        woolly = lookup(curl(), across * (density * 0.8), along * (density * 0.8))
        height = height * (1 - breed.curl) + breed.curl * woolly
    return height


def rounding(breed: Breed) -> float:
    """Over how many head radii the hair rounds off the creases between the parts below it."""
    return 0.16 * max(0.0, breed.fur - 0.3)

"""The sample sets as plans: which picture goes where, and which few are labelled wrongly.

The layouts are those of the lessons: flat files named by breed, folders train|valid/cats|dogs, and a table
of labels with a folder each of training and test pictures. A plan draws nothing; `samples.py` carries it out.
"""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lab.core.errors import BadValue

from .breeds_cats import CATS
from .breeds_dogs import DOGS
from .finish import jpeg_quality

CAT_NAMES = tuple(breed.name for breed in CATS)
DOG_NAMES = tuple(breed.name for breed in DOGS)
SAMPLES = ("pets", "dogscats", "dogbreeds", "pets-negative")
ERRORS_FILE = "planted_errors.json"
DEEPEST = 3  # train/cats/cat.1.jpg: the folders around a picture to look for that file in
_WRONG = 0.02  # share of labels that are wrong


@dataclass(frozen=True)
class Picture:
    """One picture to draw: file (relative, with /), breed, seed for draw_pet, and JPEG quality.

    negative: as on film, with every colour turned into its opposite.
    """

    file: str
    breed: str
    seed: int
    quality: int
    negative: bool = False


@dataclass(frozen=True)
class SamplePlan:
    """A whole set: its pictures, and its text files by relative name."""

    pictures: tuple[Picture, ...]
    texts: dict[str, str]


def plan_sample(name: str, seed: int = 0, per_class: int | None = None) -> SamplePlan:
    """The plan of a sample set; the same arguments give the same plan.

    name: one of SAMPLES. per_class: training pictures of each class (40 pets, 20 pets as negatives, 400 cats
    and dogs, 36 dog breeds); validation and test shrink with it. Raises ValueError for another name or
    per_class below 1.
    """
    if name not in SAMPLES:
        raise BadValue(f"plan_sample: sample {name!r}. Known: {', '.join(SAMPLES)}.")
    if per_class is not None and per_class < 1:
        raise BadValue(f"plan_sample: per_class={per_class}. Give 1 or more.")
    planner = _Planner(name, seed)
    if name in ("pets", "pets-negative"):
        return _pets(planner, per_class or (40 if name == "pets" else 20))
    if name == "dogscats":
        return _dogs_and_cats(planner, per_class or 400)
    return _dog_breeds(planner, per_class or 36)


def sample_root(folder: Path) -> Path | None:
    """The drawn sample that a folder of pictures belongs to, told by its list of wrong labels; else None."""
    around = (folder, *folder.parents)[:DEEPEST]
    return next((root for root in around if (root / ERRORS_FILE).is_file()), None)


@dataclass(frozen=True)
class _Labelled:
    """A picture with the label that its place in the layout gives it."""

    picture: Picture
    given: str
    true: str


class _Planner:
    """Hands out pictures, each with a seed of its own within (seed, set)."""

    def __init__(self, name: str, seed: int):
        self.root = [seed, zlib.crc32(name.encode())]  # so that each set has animals of its own
        self.negative = name.endswith("-negative")
        self.rng = np.random.default_rng(self.root)
        self.count = 0

    def picture(self, file: str, breed: str) -> Picture:
        """The next picture: its seed hangs on the set's seed, the set and its number."""
        self.count += 1
        sequence = np.random.SeedSequence([*self.root, self.count])
        quality = jpeg_quality(np.random.default_rng(sequence))
        seed = int(sequence.generate_state(1, np.uint64)[0] >> 1)
        return Picture(file, breed, seed, quality, self.negative)

    def pick(self, names: Sequence[str]) -> str:
        return names[int(self.rng.integers(len(names)))]

    def plant(self, items: list[_Labelled], count: int, wrong: dict[str, Sequence[str]]) -> list[_Labelled]:
        """Show a wrong breed in count places; wrong gives the breeds to choose from, by given label."""
        planted = list(items)
        for i in self.rng.permutation(len(items))[:count].tolist():
            item = items[i]
            breed = self.pick([name for name in wrong[item.given] if name != item.given])
            true = breed if item.given not in ("cat", "dog") else _kind(breed)
            planted[i] = _Labelled(replace(item.picture, breed=breed), item.given, true)
        return planted


def _pets(planner: _Planner, per_class: int) -> SamplePlan:
    names = CAT_NAMES + DOG_NAMES
    items = []
    for breed in names:
        for number in range(1, per_class + 1):
            picture = planner.picture(f"images/{breed}_{number}.jpg", breed)
            items.append(_Labelled(picture, breed, breed))
    items = planner.plant(items, _some(_WRONG * len(items)), dict.fromkeys(names, names))
    return _plan(items, [], {})


def _dogs_and_cats(planner: _Planner, per_class: int) -> SamplePlan:
    breeds = {"cat": CAT_NAMES, "dog": DOG_NAMES}
    wrong_breeds = {"cat": DOG_NAMES, "dog": CAT_NAMES}
    held_out = max(1, per_class // 4)
    parts = {}
    for part, first, count in (("train", 0, per_class), ("valid", per_class, held_out)):
        parts[part] = [
            _Labelled(
                planner.picture(f"{part}/{kind}s/{kind}.{number}.jpg", planner.pick(breeds[kind])), kind, kind
            )
            for kind in breeds
            for number in range(first, first + count)
        ]
    # Few in valid: a good model must still be able to reach an accuracy of 0.97 there.
    in_valid = _some(0.005 * len(parts["valid"]))
    total = sum(len(items) for items in parts.values())
    wrong = {"valid": in_valid, "train": _some(_WRONG * total - in_valid)}
    items = [item for part in parts for item in planner.plant(parts[part], wrong[part], wrong_breeds)]
    test = [
        planner.picture(f"test/{number}.jpg", planner.pick(breeds[planner.pick(("cat", "dog"))]))
        for number in range(1, held_out + 1)
    ]
    return _plan(items, test, {})


def _dog_breeds(planner: _Planner, per_class: int) -> SamplePlan:
    def identity() -> str:
        text = f"{planner.root} {planner.count}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    items = []
    for breed in DOG_NAMES:
        for _ in range(per_class):
            picture = planner.picture(f"train/{identity()}.jpg", breed)
            items.append(_Labelled(picture, breed, breed))
    items = planner.plant(items, _some(_WRONG * len(items)), dict.fromkeys(DOG_NAMES, DOG_NAMES))
    items.sort(key=lambda item: item.picture.file)
    test = [
        planner.picture(f"test/{identity()}.jpg", planner.pick(DOG_NAMES))
        for _ in range(max(1, round(per_class * 120 / 36)))
    ]
    test.sort(key=lambda picture: picture.file)
    names = sorted(DOG_NAMES)
    labels = ["id,breed", *(f"{Path(item.picture.file).stem},{item.given}" for item in items)]
    even = ",".join([repr(1 / len(names))] * len(names))
    submission = ["id," + ",".join(names), *(f"{Path(picture.file).stem},{even}" for picture in test)]
    texts = {"labels.csv": labels, "sample_submission.csv": submission}
    return _plan(items, test, {file: "\n".join(lines) + "\n" for file, lines in texts.items()})


def _plan(items: list[_Labelled], unlabelled: list[Picture], texts: dict[str, str]) -> SamplePlan:
    errors = [
        {"file": item.picture.file, "given": item.given, "true": item.true}
        for item in items
        if item.given != item.true
    ]
    texts = texts | {ERRORS_FILE: json.dumps(errors, indent=1) + "\n"}
    return SamplePlan((*(item.picture for item in items), *unlabelled), texts)


def _some(count: float) -> int:
    """Rounded, but at least one: a set without wrong labels would have nothing to find."""
    return max(1, round(count))


def _kind(breed: str) -> str:
    return "cat" if breed in CAT_NAMES else "dog"

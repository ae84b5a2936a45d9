"""Datasets by name: drawn here, or downloaded, checked and unpacked, once; found again ever after.

`untar_data(URLs.SAMPLE_PETS)` needs no network; `untar_data(URLs.PETS)` does.
Lesson: `path = untar_data(URLs.PETS)`.
"""

import hashlib
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pooch

from lab.core.errors import BadType, BadValue
from lab.data.archive import extract
from lab.data.fetch import fetch
from lab.data.files import Folder
from lab.data.home import data_dir, part_beside, replace_folder
from lab.processes import first_alone
from lab.progress import Progress

_SAMPLE = "sample:"
_ENDING = re.compile(r"(\.tar)?\.(zip|tar|tgz|gz|tbz2|bz2|txz|xz)$", re.IGNORECASE)
_DIGITS = {"sha256": 64, "sha1": 40, "sha512": 128, "md5": 32}


class URLs:
    """The datasets of the course. Those named SAMPLE are drawn on this machine and need no network.

    Examples
    --------
    >>> lab.URLs.PETS
    'https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz'
    >>> lab.URLs.SAMPLE_PETS
    'sample:pets'
    """

    SAMPLE_PETS = "sample:pets"
    SAMPLE_DOGSCATS = "sample:dogscats"
    SAMPLE_DOGBREEDS = "sample:dogbreeds"
    # The breeds of SAMPLE_PETS as film negatives, other animals: pictures unlike any that pocketnet has seen
    SAMPLE_PETS_NEGATIVE = "sample:pets-negative"
    # Oxford-IIIT Pet, 7,390 pictures of 37 breeds, about 790 MB: images/Ragdoll_12.jpg
    PETS = "https://www.robots.ox.ac.uk/~vgg/data/pets/data/images.tar.gz"
    # Dogs and cats as the 2018 course gave them out, about 840 MB: train|valid/cats|dogs, test1
    DOGSCATS = "http://files.fast.ai/data/dogscats.zip"
    # A small part of the Kaggle competition "Dog Breed Identification": labels.csv, train, test
    DOGBREEDS = "https://d2l-data.s3-accelerate.amazonaws.com/kaggle_dog_tiny.zip"


@dataclass(frozen=True)
class _Dataset:
    """What is known of an archive before it is downloaded.

    known_hash: its digest. folder: the dataset's name on disk. enter: whether the archive's one folder is
    the dataset itself. sample: the one in `URLs` that stands in for it where there is no network.
    """

    known_hash: str
    folder: str
    enter: bool = True
    sample: str = "SAMPLE_PETS"


# Digests of the whole files as others have published them: PETS in torchvision, DOGBREEDS in d2l,
# DOGSCATS in a torch dataset class (fast.ai itself gives one for the first megabyte only).
_KNOWN = {
    URLs.PETS: _Dataset("md5:5c4f3ee8e5d25df40f4fd59a7f44e54c", "oxford-iiit-pet", enter=False),
    URLs.DOGSCATS: _Dataset("md5:aef22ec7d472dd60e8ee79eecc19f131", "dogscats", sample="SAMPLE_DOGSCATS"),
    URLs.DOGBREEDS: _Dataset(
        "sha1:0cb91d09b814ecdc07b50f31f8dcad3e81d6a86d", "dogbreeds", sample="SAMPLE_DOGBREEDS"
    ),
}


def untar_data(
    url: str,
    folder: str | Path | None = None,
    known_hash: str | None = None,
    force: bool = False,
    seed: int = 0,
) -> Folder:
    """Return the folder of the dataset at `url`, drawn or downloaded on first use and reused ever after.

    When something fails, nothing half is left behind. Lesson: `path = untar_data(URLs.PETS)`.

    Parameters
    ----------
    url : str
        One of `URLs`, or the address of a zip or tar.
    folder : path, optional
        Where the dataset's own folder goes; without one `data` in the lab's own folder (PAWLAB_HOME).
    known_hash : str, optional
        "sha256:..." or "md5:..." of the file. An address that is not in `URLs` needs it.
    force : bool
        Draw or download anew. The old folder stays until the new one is complete.
    seed : int
        Of a drawn sample; another seed draws other images, in a folder of their own.

    Returns
    -------
    Path
        With `ls()`, which lists what is inside.

    Raises
    ------
    ValueError
        For an unknown sample or digest, and for a file that is not the promised one.
    ConnectionError
        When it cannot be downloaded.
    UnsafeArchive
        When it must not be unpacked.

    Examples
    --------
    >>> path = lab.untar_data(lab.URLs.SAMPLE_PETS)  # doctest: +SKIP
    >>> lab.URLs.SAMPLE_PETS  # drawn, without a network
    'sample:pets'
    """
    if not isinstance(url, str):
        kind = type(url).__name__
        raise BadType(f"untar_data: url is a {kind}; expected a str, such as URLs.SAMPLE_PETS.")
    base = data_dir() if folder is None else Path(folder).expanduser().absolute()
    with first_alone():  # the other processes of this machine find what the first one made
        if url.startswith(_SAMPLE):
            return Folder(_sample(url.removeprefix(_SAMPLE), base, seed, force))
        dataset = _dataset(url, known_hash)
        target = base / dataset.folder
        if force or not target.is_dir():
            _download(url, dataset, target)
        return Folder(target)


def _sample(name: str, base: Path, seed: int, force: bool) -> Path:
    from lab.drawn import SAMPLES

    if name not in SAMPLES:
        there_are = ", ".join(map(repr, SAMPLES))
        raise BadValue(f"untar_data: there is no sample {name!r}; there are {there_are}.")
    target = base / (f"sample-{name}" if seed == 0 else f"sample-{name}-seed{seed}")
    if not target.exists():
        _draw(name, target, seed)
    elif force:
        new = part_beside(target)
        _draw(name, new, seed)
        replace_folder(new, target)
    return target  # a sample is renamed into place when complete: what is there is whole


def _draw(name: str, target: Path, seed: int) -> None:
    from lab.drawn import draw_sample

    bar: Progress | None = None
    shown = 0
    with ExitStack() as stack:

        def show(done: int, total: int) -> None:
            nonlocal bar, shown
            if bar is None:
                bar = stack.enter_context(Progress(total, f"drawing {name}"))
            bar.update(done - shown)
            shown = done

        draw_sample(name, target, seed=seed, progress=show)


def _dataset(url: str, known_hash: str | None) -> _Dataset:
    """What is known of the archive at `url`; ValueError for no address, and without a valid digest."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadValue(
            f"untar_data: {url!r} is not an address. Pass one of {_names()}, or one that begins with https://."
        )
    if known_hash is None:
        if url in _KNOWN:
            return _KNOWN[url]
        raise BadValue(
            f"untar_data: no digest is known for {url}. "
            f"Pass known_hash='sha256:...' as its publisher gives it, or use one of {_names()}."
        )
    algorithm, _, value = known_hash.lower().rpartition(":")
    if not re.fullmatch(f"[0-9a-f]{{{_DIGITS.get(algorithm or 'sha256', 0)}}}", value):
        raise BadValue(
            f"untar_data: known_hash is {known_hash!r}; 'sha256:' and 64 hexadecimal digits were expected, "
            "or 'md5:' and 32, or 'sha1:' and 40."
        )
    if url in _KNOWN:
        return replace(_KNOWN[url], known_hash=known_hash)
    name = re.sub(r"[^\w-]+", "-", _ENDING.sub("", parts.path.rpartition("/")[2])).strip("-")
    # Two addresses may end alike, so a part of the address's own digest keeps their folders apart.
    return _Dataset(known_hash, f"{name or 'archive'}-{hashlib.sha256(url.encode()).hexdigest()[:8]}")


def _names() -> str:
    return ", ".join(f"URLs.{name}" for name in vars(URLs) if name.isupper())


def _download(url: str, dataset: _Dataset, target: Path) -> None:
    ending = _ENDING.search(urlsplit(url).path)
    archive = target.parent / "archives" / f"{dataset.folder}{ending.group() if ending else ''}"
    by_hand = archive.exists()  # put there by somebody whose network could not
    try:
        _fetch(url, archive, dataset, by_hand)
        extract(archive, target, enter=dataset.enter)
    except ValueError:
        if not by_hand:
            archive.unlink(missing_ok=True)  # refused or damaged, as it would be next time
        raise
    else:
        if not by_hand:
            archive.unlink()
    finally:
        with suppress(OSError):
            archive.parent.rmdir()  # unless something is in it


def _fetch(url: str, archive: Path, dataset: _Dataset, by_hand: bool) -> None:
    instead = f"untar_data(URLs.{dataset.sample}) needs no network."
    try:
        fetch(url, archive, dataset.known_hash)
    except ConnectionError as problem:
        other = f" The file there now is another one: {_digest(archive, dataset)}." if by_hand else ""
        raise ConnectionError(
            f"untar_data: {url} could not be downloaded: {problem}. Nothing was kept. "
            f"Try again with a network, or put the file yourself at '{archive}' (its digest must be "
            f"{dataset.known_hash}).{other} {instead}"
        ) from problem
    except ValueError as problem:
        raise BadValue(
            f"untar_data: the download from {url} is not the expected file. {problem} "
            f"Try again; a proxy or a login page may have answered. {instead}"
        ) from problem


def _digest(archive: Path, dataset: _Dataset) -> str:
    algorithm = dataset.known_hash.rpartition(":")[0] or "sha256"
    return f"{algorithm}:{pooch.file_hash(str(archive), alg=algorithm)}"

"""Damaged files of every kind that the lab reads: each is read, or refused in one sentence.

Refused means ValueError or OSError with a message of the lab's own; anything else is a fault, and so is a
file left behind.
"""

import io
import random
import tarfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from small import picture_folder, small_classifier

import lab
from lab.annotations import Annotations
from lab.data.annotation_file import read_annotations
from lab.data.archive import extract
from lab.data.infer_layout import infer_layout
from lab.data.pictures import open_picture

REFUSED = (lab.PawlabError, OSError)  # a bare ValueError would be a bug


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The bytes with one to four changes: flipped, cut off, cut out, doubled, or overwritten."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        if not changed:
            break
        at, length = dice.randrange(len(changed)), dice.choice([1, 1, 2, 4, 16, 200])
        kind = dice.randrange(5)
        if kind == 0:
            changed[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            del changed[at : at + length]
        elif kind == 3:
            changed[at:at] = changed[at : at + length]
        else:
            changed[at : at + length] = bytes(
                dice.randrange(256) for _ in range(min(length, len(changed) - at))
            )
    return bytes(changed)


def pictures(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    noise = Image.effect_noise((48, 40), 90).convert("RGB")
    files = []
    for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"):
        buffer = io.BytesIO()
        noise.save(buffer, kind)
        files.append(buffer.getvalue())
    return files, "picture.jpg", lambda path: np.asarray(open_picture(path)).shape


def tables(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    picture_folder(folder / "train", 2)
    names = sorted(
        path.relative_to(folder / "train").as_posix() for path in (folder / "train").rglob("*.png")
    )
    rows = "".join(f"{name},{name.partition('/')[0]}\n" for name in names)
    files = [f"id,label\n{rows}".encode(), f"id;label\n{rows.replace(',', ';')}".encode("utf-16")]
    options = {"item_tfms": lab.Resize(16), "bs": 2, "num_workers": 0}
    return (
        files,
        "labels.csv",
        lambda path: (
            lab.ImageDataLoaders.from_csv(folder, path.name, folder="train", **options),
            infer_layout(folder),
        ),
    )


def archives(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    files = []
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode=mode) as opened:
            for number in range(4):
                info = tarfile.TarInfo(f"set/{number}.txt")
                info.size = 600
                opened.addfile(info, io.BytesIO(bytes(range(200)) * 3))
        files.append(buffer.getvalue())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(4):
            opened.writestr(f"set/{number}.txt", bytes(range(200)) * 3)
    files.append(buffer.getvalue())
    return files, "archive.bin", lambda path: extract(path, folder / "out")


def checkpoints(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    learn = small_classifier(picture_folder(folder / "pictures", 4), pretrained=False, hidden=())
    exported, saved = learn.export(folder / "exported"), learn.save(folder / "saved", with_opt=False)
    # most of a file are weights, whose bytes may be any: the header is where it hurts
    return (
        [exported.read_bytes(), saved.read_bytes()],
        "model.safetensors",
        lambda path: learn.load(path, with_opt=False) if dice_of(path) else lab.load_learner(path),
    )


def dice_of(path: Path) -> bool:
    """One of two ways to read a file, by its length."""
    return path.stat().st_size % 2 == 0


def overlays(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    paths = [folder / label / f"{i}, a\n.jpg" for label in ("cats", "dogs") for i in range(6)]
    marks = Annotations(paths, [path.parent.name for path in paths])
    marks.relabel(paths[:3], "dogs")
    marks.discard(paths[4])
    return [marks.save(folder / "one.csv").read_bytes()], "two.csv", read_annotations


KINDS = {
    "pictures": pictures,
    "tables": tables,
    "archives": archives,
    "checkpoints": checkpoints,
    "annotations": overlays,
}


def tried(kind: str, folder: Path, count: int, seed: int = 0) -> tuple[Counter, str]:
    """Read so many damaged files; counts "tried", "read" and "refused", and the longest refusal.

    Raises AssertionError, with the bytes' seed, for any other exception.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, name, read = KINDS[kind](folder)
    counts, longest = Counter(), ""
    for number in range(count):
        dice = random.Random(seed * 1_000_003 + number)
        data = mutated(dice.choice(files), dice)
        if kind == "checkpoints":  # the header: its length, and the JSON after it
            whole = dice.choice(files)
            head = int.from_bytes(whole[:8], "little") + 8
            data = mutated(whole[:head], dice) + whole[head:]
        path = folder / name
        path.write_bytes(data)
        counts["tried"] += 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read(path)
            counts["read"] += 1
        except REFUSED as problem:
            counts["refused"] += 1
            longest = max(longest, str(problem), key=len)
            assert str(problem).strip(), f"{kind}, number {number}: a refusal without words"
        except Exception as problem:
            raise AssertionError(f"{kind}, number {number} of seed {seed}: {problem!r}") from problem
        left = [file.name for file in folder.rglob("*.part")]
        assert not left, f"{kind}, number {number}: left behind {left}"
    return counts, longest

"""Damaged files of every kind that the lab reads: each is read, or refused in one sentence.

Refused means PawlabError or OSError with a message of the lab's own; anything else is a fault, and so is a
file left behind. Hypothesis chooses the damage, the same in every run.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image
from small import picture_folder, small_classifier

import lab
from lab.annotations import Annotations
from lab.data.annotation_file import read_annotations
from lab.data.archive import extract
from lab.data.infer_layout import infer_layout
from lab.data.pictures import open_picture

REFUSED = (lab.PawlabError, OSError)  # a bare ValueError would be a bug


@st.composite
def damaged(draw: st.DrawFn, files: Sequence[bytes], header_only: bool = False) -> bytes:
    """One of the files with one to four changes: flipped, cut off, cut out, doubled, or overwritten.

    header_only: of a safetensors file, only its length and the JSON after it; weights may be any bytes.
    """
    whole = draw(st.sampled_from(files))
    end = int.from_bytes(whole[:8], "little") + 8 if header_only else len(whole)
    changed = bytearray(whole[:end])
    for _ in range(draw(st.integers(1, 4))):
        if not changed:
            break
        at, length = draw(st.integers(0, len(changed) - 1)), draw(st.sampled_from([1, 2, 4, 16, 200]))
        kind = draw(st.sampled_from(["flip", "cut off", "cut out", "double", "overwrite"]))
        if kind == "flip":
            changed[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "cut off":
            del changed[at:]
        elif kind == "cut out":
            del changed[at : at + length]
        elif kind == "double":
            changed[at:at] = changed[at : at + length]
        else:
            room = min(length, len(changed) - at)
            changed[at : at + room] = draw(st.binary(min_size=room, max_size=room))
    return bytes(changed) + whole[end:]


def pictures(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 48, 3), np.uint8))
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
    content, tar, packed = bytes(range(200)) * 3, io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as opened:
        for number in range(4):
            info = tarfile.TarInfo(f"set/{number}.txt")
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for number in range(4):
            opened.writestr(zipfile.ZipInfo(f"set/{number}.txt"), content, zipfile.ZIP_DEFLATED)
    plain = tar.getvalue()
    files = [
        plain,
        gzip.compress(plain, mtime=0),
        bz2.compress(plain),
        lzma.compress(plain),
        packed.getvalue(),
    ]
    return files, "archive.bin", lambda path: extract(path, folder / "out")


def checkpoints(folder: Path) -> tuple[list[bytes], str, Callable[[Path], object]]:
    learn = small_classifier(picture_folder(folder / "pictures", 4), pretrained=False, hidden=())
    exported, saved = learn.export(folder / "exported"), learn.save(folder / "saved", with_opt=False)
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


def tried(kind: str, folder: Path, count: int) -> tuple[Counter, str]:
    """Read so many damaged files; counts "tried", "read" and "refused", and the longest refusal.

    Any other exception is raised, and hypothesis tells the smallest damage that it found for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files, name, read = KINDS[kind](folder)
    counts, longest, path = Counter(), "", folder / name

    @settings(
        max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=HealthCheck
    )
    @given(damaged(files, header_only=kind == "checkpoints"))
    def one(data: bytes) -> None:
        nonlocal longest
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
            assert str(problem).strip(), "a refusal without words"
        left = [file.name for file in folder.rglob("*.part")]
        assert not left, f"left behind {left}"

    one()
    return counts, longest

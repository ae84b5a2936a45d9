"""Unpacking an archive that somebody else made, without trusting it.

A member may not leave the folder, be a link or a device, or unpack to more than was agreed; one that tries
spoils the whole archive. Sizes are counted as bytes come out, never read from the archive's headers.
Everything goes into a temporary folder first, so a refused or broken archive leaves nothing behind.
"""

import bz2
import gzip
import lzma
import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

from lab.core.errors import BadValue
from lab.data.broken import text_beginning
from lab.data.home import atomic_folder
from lab.progress import Progress
from lab.wording import shortened

MAX_BYTES = 20_000_000_000  # unpacked
MAX_MEMBERS = 2_000_000
MAX_RATIO = 100  # unpacked bytes for each byte of the archive; pictures hardly shrink at all
RATIO_FROM = 100_000_000  # below this many bytes no ratio is absurd
HEADER_BYTES = 4096  # of a tar, for each member: its header, its long name, padding
_CHUNK = 1 << 20
_SLACK = 16 << 20
_DRIVE = re.compile(r"[A-Za-z]:")
_JUNK = "__MACOSX"  # a Mac's shadow of every file


class UnsafeArchive(BadValue):
    """An archive that tries what no dataset needs. The message names the member."""


# NotImplementedError: a version of the zip format that there has never been.
_DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, UnicodeDecodeError),
)


def extract(
    archive: Path,
    folder: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_ratio: float = MAX_RATIO,
    max_members: int = MAX_MEMBERS,
    enter: bool = False,
) -> Path:
    """Unpack a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz (the content decides) as `folder`; returns that.

    An existing `folder` is replaced, but only by a complete one. enter: where the archive holds one folder
    and nothing else, that folder's content becomes `folder`. Files get the system's usual rights, not those
    in the archive. Raises UnsafeArchive for a member that escapes (absolute, drive letter, ..), is no plain
    file or folder, comes twice, or unpacks beyond max_bytes in all or, past RATIO_FROM, max_ratio times the
    archive's own size; ValueError for a file that is not an archive, or is cut off or damaged; OSError when
    the disk is full.
    """
    archive = Path(archive)
    allowance = min(max_bytes, max(int(max_ratio * archive.stat().st_size), RATIO_FROM))
    with atomic_folder(folder) as part, archive.open("rb") as file:
        try:
            _unpack(archive, file, part, allowance, max_members)
        except _DAMAGED as problem:
            raise BadValue(
                f"extract: '{archive}' is cut off or damaged ({problem}). Delete it and download it again."
            ) from problem
        except OSError as problem:
            if problem.errno is not None:  # the system's: no space, no right
                what = f"extract: '{archive}' could not be unpacked, nothing was kept: {problem.strerror}"
                raise OSError(problem.errno, what) from problem
            raise BadValue(f"extract: '{archive}' is damaged ({problem}). Download it again.") from problem
        shutil.rmtree(part / _JUNK, ignore_errors=True)
        if enter:
            _enter_only_folder(part)
    return Path(folder)


Member = tuple[str, IO[bytes] | None]  # its name, and its bytes; None for a folder


def _unpack(archive: Path, file: IO[bytes], part: Path, allowance: int, max_members: int) -> None:
    meter = _Meter(archive, allowance)
    made: set[Path] = set()
    with (
        closing(_members(archive, file, meter)) as members,
        Progress(None, f"unpacking {archive.name}") as progress,
    ):
        for name, source in members:
            meter.members += 1
            if meter.members > max_members:
                raise _refused(archive, name, f"is one more than the limit of {max_members:,}")
            target = part.joinpath(*_safe_parts(archive, name))
            progress.update(1)
            try:
                parent = target if source is None else target.parent
                if parent not in made:
                    parent.mkdir(parents=True, exist_ok=True)
                    made.add(parent)
                if source is not None:
                    with source, target.open("xb") as out:
                        while chunk := source.read(_CHUNK):
                            meter.count(name, len(chunk))
                            out.write(chunk)
            except (FileExistsError, NotADirectoryError) as problem:
                raise _refused(archive, name, "comes twice, or almost the same name does") from problem


def _members(archive: Path, file: IO[bytes], meter: "_Meter") -> Iterator[Member]:
    start = file.read(262 + 8)
    file.seek(0)
    if start[:4] in (b"PK\3\4", b"PK\5\6"):
        return _zip_members(archive, file)
    for beginning, opened in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\0", lzma.open)):
        if start.startswith(beginning):
            return _tar_members(archive, opened(file), meter)
    if start[257:262] == b"ustar":
        return _tar_members(archive, file, meter)
    text = text_beginning(start)
    what = f"is text that begins {text[:40]!r}, no zip or tar" if text else "is no zip or tar"
    raise BadValue(f"extract: '{archive}' {what}. Download the archive itself, not its web page.")


def _zip_members(archive: Path, file: IO[bytes]) -> Iterator[Member]:
    with zipfile.ZipFile(file) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refused(archive, info.filename, "is a link or a device, not a file")
            if info.flag_bits & 1:
                raise _refused(archive, info.filename, "is encrypted")
            try:
                yield info.filename, None if info.is_dir() else opened.open(info)
            except NotImplementedError as problem:  # a compression that this Python does not know
                raise _refused(archive, info.filename, f"cannot be unpacked here ({problem})") from problem


def _tar_members(archive: Path, stream: IO[bytes], meter: "_Meter") -> Iterator[Member]:
    # A stream ("r|"), so that what tarfile reads by itself (long names) is measured as well.
    metered = _MeteredStream(stream, meter)
    with closing(stream), tarfile.open(fileobj=metered, mode="r|") as opened:
        for member in opened:
            if not (member.isreg() or member.isdir()) or member.issparse():
                raise _refused(archive, member.name, "is a link or a device, not a file")
            _safe_parts(archive, member.name)
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4 and later: their own check, as a second belt
                try:
                    tarfile.data_filter(member, "/nowhere")
                except tarfile.FilterError as problem:
                    raise _refused(archive, member.name, str(problem)) from problem
            yield member.name, None if member.isdir() else opened.extractfile(member)
        while metered.read(_CHUNK):  # to the very end, where gzip and xz keep their checksum
            pass


def _safe_parts(archive: Path, name: str) -> tuple[str, ...]:
    """The folders and the file that `name` spells, on any system; UnsafeArchive unless all lie inside."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or _DRIVE.match(name) or ".." in path.parts or "\0" in name:
        raise _refused(archive, name, "would be written outside the folder")
    return path.parts


def _refused(archive: Path, name: str, why: str) -> UnsafeArchive:
    return UnsafeArchive(
        f"extract: refused '{archive}': its member {shortened(name, 80)!r} {why}. Nothing was kept. "
        "If you trust the archive, unpack it yourself and pass that folder."
    )


class _Meter:
    """Counts the bytes that come out of an archive, and refuses more than `allowance`."""

    def __init__(self, archive: Path, allowance: int):
        self.archive = archive
        self.allowance = allowance
        self.total = 0
        self.members = 0

    def count(self, name: str, n: int) -> None:
        self.total += n
        if self.total > self.allowance:
            raise _refused(self.archive, name, f"unpacks beyond the limit of {self.allowance:,} bytes")


class _MeteredStream:
    """A decompressed tar. Of what is not the files' own bytes it hands out only so much: a "long name" may
    claim to be gigabytes long, and tarfile would read it into memory."""

    def __init__(self, stream: IO[bytes], meter: _Meter):
        self.stream = stream
        self.meter = meter
        self.total = 0

    def read(self, n: int) -> bytes:
        data = self.stream.read(n)
        self.total += len(data)
        if self.total - self.meter.total > HEADER_BYTES * (self.meter.members + 1) + _SLACK:
            raise _refused(self.meter.archive, "(a header)", "is larger than any file's name can be")
        return data


def _enter_only_folder(part: Path) -> None:
    children = list(part.iterdir())
    if len(children) != 1 or not children[0].is_dir():
        return
    only = children[0].rename(part / ".entered")  # its content may have its own old name
    for child in only.iterdir():
        child.rename(part / child.name)
    only.rmdir()

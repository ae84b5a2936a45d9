"""An archive is unpacked whole or not at all, and never outside its folder."""

import io
import os
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from lab.data import archive as module
from lab.data.archive import UnsafeArchive, extract


def tar(path: Path, members: list, mode: str = "w:gz") -> Path:
    """members: (name, bytes) for a file, (name, None) for a folder, or a ready TarInfo."""
    with tarfile.open(path, mode) as opened:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                opened.addfile(member)
                continue
            name, data = member
            info = tarfile.TarInfo(name)
            if data is None:
                info.type = tarfile.DIRTYPE
                opened.addfile(info)
            else:
                info.size = len(data)
                opened.addfile(info, io.BytesIO(data))
    return path


def zipped(path: Path, members: list, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as opened:
        for name, data in members:
            if isinstance(name, zipfile.ZipInfo):
                opened.writestr(name, data)
            else:
                opened.writestr(name if data is not None else f"{name}/", data or b"")
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def refuses(archive: Path, folder: Path, words: str, **options) -> None:
    """`extract` refuses the archive, names it, and leaves only the archive behind."""
    before = sorted(folder.parent.parent.rglob("*"))
    with pytest.raises(UnsafeArchive, match=words) as caught:
        extract(archive, folder, **options)
    assert archive.name in str(caught.value)
    assert sorted(folder.parent.parent.rglob("*")) == before


FILES = [
    ("set", None),
    ("set/a.jpg", b"one"),
    ("set/sub/b.jpg", b"two" * 1000),
    ("set/Katze ä🐈 שלום.jpg", b"3"),
]
EXPECTED = {name: data for name, data in FILES if data is not None}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked_whatever_its_compression_and_name(tmp_path, mode):
    archive = tar(tmp_path / "archive.bin", FILES, mode)
    assert extract(archive, tmp_path / "out") == tmp_path / "out"
    assert tree(tmp_path / "out") == EXPECTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.bin", "out"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_is_unpacked(tmp_path, compression):
    archive = zipped(tmp_path / "archive.bin", FILES, compression)
    assert tree(extract(archive, tmp_path / "out")) == EXPECTED


@pytest.mark.parametrize("make", [tar, zipped])
def test_enter_takes_the_content_of_the_only_folder(tmp_path, make):
    only = make(tmp_path / "a", [*FILES, ("__MACOSX/set/._a.jpg", b"shadow")])
    assert tree(extract(only, tmp_path / "out", enter=True)) == {
        name.removeprefix("set/"): data for name, data in EXPECTED.items()
    }
    nested = make(tmp_path / "b", [("set/set/a.jpg", b"1")])
    assert tree(extract(nested, tmp_path / "nested", enter=True)) == {"set/a.jpg": b"1"}
    several = make(tmp_path / "c", [("x/a.jpg", b"1"), ("y.txt", b"2")])
    assert tree(extract(several, tmp_path / "several", enter=True)) == {"x/a.jpg": b"1", "y.txt": b"2"}


def test_what_was_there_is_replaced_only_by_a_complete_folder(tmp_path):
    out = tmp_path / "out"
    extract(tar(tmp_path / "old", [("old.jpg", b"old")]), out)
    bad = tar(tmp_path / "bad", [("new.jpg", b"new"), ("../x", b"")])
    with pytest.raises(UnsafeArchive):
        extract(bad, out)
    assert tree(out) == {"old.jpg": b"old"}
    extract(tar(tmp_path / "new", [("new.jpg", b"new")]), out)
    assert tree(out) == {"new.jpg": b"new"}


@pytest.mark.parametrize("make", [tar, zipped])
@pytest.mark.parametrize(
    "name",
    [
        "../evil.jpg",
        "a/../../evil.jpg",
        "a/..",
        "/etc/evil.jpg",
        "//server/evil.jpg",
        "C:/evil.jpg",
        "c:evil.jpg",
        "..\\evil.jpg",
        "a\\..\\..\\evil.jpg",
        "\\evil.jpg",
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused_on_every_system(tmp_path, make, name):
    (tmp_path / "in").mkdir()
    archive = make(tmp_path / "archive", [("good.jpg", b"1"), (name, b"evil")])
    refuses(archive, tmp_path / "in" / "out", "would be written outside the folder")


@pytest.mark.parametrize(
    "member",
    [
        special("link", tarfile.SYMTYPE, "/etc/passwd"),
        special("link", tarfile.SYMTYPE, "good.jpg"),
        special("link", tarfile.LNKTYPE, "good.jpg"),
        special("link", tarfile.FIFOTYPE),
        special("link", tarfile.CHRTYPE),
        special("link", tarfile.BLKTYPE),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path, member):
    (tmp_path / "in").mkdir()
    archive = tar(tmp_path / "archive.tgz", [("good.jpg", b"1"), member])
    refuses(archive, tmp_path / "in" / "out", "member 'link' is a link or a device")


def test_a_link_in_a_zip_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = zipped(tmp_path / "archive.zip", [("good.jpg", b"1"), (info, b"/etc/passwd")])
    refuses(archive, tmp_path / "in" / "out", "member 'link' is a link")


def test_an_encrypted_zip_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    archive = zipped(tmp_path / "archive.zip", [("a.jpg", b"1" * 100)], zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    archive.write_bytes(data)
    refuses(archive, tmp_path / "in" / "out", "member 'a.jpg' is encrypted")


@pytest.mark.parametrize("make", [tar, zipped])
def test_a_name_that_comes_twice_is_refused(tmp_path, make):
    (tmp_path / "in").mkdir()
    if make is zipped:
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive = make(tmp_path / "archive", [("a.jpg", b"1"), ("a.jpg", b"2")])
    else:
        archive = make(tmp_path / "archive", [("a.jpg", b"1"), ("./a.jpg", b"2")])
    refuses(archive, tmp_path / "in" / "out", "comes twice")
    file_as_folder = make(tmp_path / "other", [("a", b"1"), ("a/b.jpg", b"2")])
    refuses(file_as_folder, tmp_path / "in" / "out", "comes twice, or almost")


@pytest.mark.parametrize("make", [tar, zipped])
def test_absurd_expansion_is_refused_by_bytes_that_came_out(tmp_path, make, monkeypatch):
    (tmp_path / "in").mkdir()
    archive = make(tmp_path / "archive", [("bomb.jpg", bytes(5_000_000))])
    assert archive.stat().st_size < 50_000
    refuses(
        archive, tmp_path / "in" / "out", "'bomb.jpg' unpacks beyond the limit of 1,000,000", max_bytes=10**6
    )
    extract(archive, tmp_path / "in" / "out")  # below 100 MB no ratio is absurd
    monkeypatch.setattr(module, "RATIO_FROM", 10_000)
    refuses(archive, tmp_path / "in" / "out", "unpacks beyond the limit", max_ratio=20)


def test_a_zip_that_lies_about_its_sizes_gets_no_further(tmp_path):
    (tmp_path / "in").mkdir()
    archive = zipped(tmp_path / "archive.zip", [("bomb.jpg", bytes(5_000_000))])
    data = bytearray(archive.read_bytes())
    entry = data.index(b"PK\1\2")
    data[22:26] = data[entry + 24 : entry + 28] = struct.pack("<I", 1000)  # "it is 1,000 bytes long"
    archive.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        extract(archive, tmp_path / "in" / "out", max_bytes=10**6)
    assert list((tmp_path / "in").iterdir()) == []


def test_too_many_members_are_refused(tmp_path):
    (tmp_path / "in").mkdir()
    archive = tar(tmp_path / "archive", [(f"{i}.jpg", b"") for i in range(30)])
    refuses(archive, tmp_path / "in" / "out", "more than the limit of 20", max_members=20)


def test_a_tar_header_that_unpacks_to_gigabytes_is_refused_before_it_is_read(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(module, "_SLACK", 1 << 20)
    long_name = tarfile.TarInfo("././@LongLink")
    long_name.type = tarfile.GNUTYPE_LONGNAME
    long_name.size = 50_000_000
    archive = tmp_path / "archive.tgz"
    with tarfile.open(archive, "w:gz") as opened:
        opened.addfile(long_name, io.BytesIO(bytes(long_name.size)))
    refuses(archive, tmp_path / "in" / "out", "larger than any file's name")


def test_real_sets_of_many_small_files_are_not_taken_for_one(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_SLACK", 64 << 10)
    members = [(f"set/{'long' * 40}/{i}.txt", b"x") for i in range(500)]
    assert len(tree(extract(tar(tmp_path / "archive", members), tmp_path / "out"))) == 500


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("share", [0.3, 0.9, -1])
def test_a_tar_that_is_cut_off_leaves_nothing(tmp_path, mode, share):
    (tmp_path / "in").mkdir()
    archive = tar(tmp_path / "archive", [(f"{i}.jpg", os.urandom(3000)) for i in range(20)], mode)
    data = archive.read_bytes()
    archive.write_bytes(data[: int(len(data) * share)] if share > 0 else data[:-3])
    with pytest.raises(ValueError, match="damaged"):
        extract(archive, tmp_path / "in" / "out")
    assert list((tmp_path / "in").iterdir()) == []


@pytest.mark.parametrize("make", [tar, zipped])
def test_a_flipped_byte_is_found_by_the_archives_own_checksum(tmp_path, make):
    (tmp_path / "in").mkdir()
    archive = make(tmp_path / "archive", [("a.jpg", os.urandom(5000)), ("b.jpg", os.urandom(5000))])
    data = bytearray(archive.read_bytes())
    data[3000] ^= 1
    archive.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        extract(archive, tmp_path / "in" / "out")
    assert list((tmp_path / "in").iterdir()) == []


def test_a_web_page_an_empty_file_and_a_picture_are_no_archives(tmp_path):
    for data, words in (
        (b"<html>Sign in to the network", "is text that begins '<html>Sign in to the network'"),
        (b"", "is no zip or tar"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "is no zip or tar"),
    ):
        (tmp_path / "archive.zip").write_bytes(data)
        with pytest.raises(ValueError, match=words):
            extract(tmp_path / "archive.zip", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["archive.zip"]


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    archive = tar(tmp_path / "archive", [("a.jpg", b"1" * 100)])

    def full(self, name, n):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module._Meter, "count", full)
    with pytest.raises(OSError, match="could not be unpacked, nothing was kept: No space left") as caught:
        extract(archive, tmp_path / "in" / "out")
    assert caught.value.errno == 28
    assert list((tmp_path / "in").iterdir()) == []


def test_a_zip_of_a_version_that_there_is_not_or_with_a_broken_name_is_damaged(tmp_path):
    path = zipped(tmp_path / "archive.zip", FILES)
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    for place, value in ((central + 6, 221), (central + 46, 0xFF)):
        changed = bytearray(data)
        changed[place] = value
        if value == 0xFF:
            changed[central + 9] |= 0x08  # the name is said to be UTF-8
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"archive.zip' is cut off or damaged .* download it again"):
            extract(path, tmp_path / "out")
        assert not (tmp_path / "out").exists()

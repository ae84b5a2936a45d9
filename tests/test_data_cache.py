"""The presized cache: decoded once, never stale, never half, and the disk's refusals."""

import errno
import os
import shutil

import numpy as np
import pytest
from PIL import Image
from small import picture_folder

from lab.data import cache, cache_file, machine
from lab.data.cache import PictureCache, digest, file_signature, picture_cache, warn_broken
from lab.data.files import get_image_files
from lab.data.pipeline import ItemTransforms
from lab.data.resize import Resize


@pytest.fixture
def paths(tmp_path):
    return list(get_image_files(picture_folder(tmp_path / "pictures", each=4, size=(60, 40))))


@pytest.fixture
def decodes(monkeypatch):
    """The pictures that were decoded and transformed."""
    seen = []
    original = ItemTransforms.array

    def counted(self, picture):
        seen.append(picture)
        return original(self, picture)

    monkeypatch.setattr(ItemTransforms, "array", counted)
    return seen


def made(paths, tfms=None, threads=2) -> PictureCache:
    return picture_cache(paths, ItemTransforms(Resize(32) if tfms is None else tfms), threads)


def caches(own_home):
    return sorted(path.name for path in (own_home / "cache").iterdir())


def test_it_holds_what_the_transforms_give(paths):
    found = made(paths)
    assert found.has_pixels
    for i, path in enumerate(paths):
        with Image.open(path) as picture:
            assert np.array_equal(found.array(i), Resize(32).presize(picture))
    assert found.sizes.tolist() == [[60, 40]] * 12
    assert found.shapes.tolist() == [[32, 48]] * 12
    assert found.broken == {}


def test_pictures_of_all_shapes_share_one_file(tmp_path, own_home):
    paths = []
    for i, size in enumerate([(90, 30), (30, 90), (40, 40)]):
        paths.append(tmp_path / f"{i}.png")
        Image.new("RGB", size, (i, i, i)).save(paths[-1])
    found = made(paths)
    assert [found.array(i).shape for i in range(3)] == [(32, 96, 3), (96, 32, 3), (32, 32, 3)]
    assert [int(found.array(i).max()) for i in range(3)] == [0, 1, 2]
    assert len(caches(own_home)) == 1


def test_it_is_opened_the_second_time_without_decoding(paths, decodes):
    first = made(paths)
    assert len(decodes) == 12
    again = made(paths)
    assert len(decodes) == 12
    assert np.array_equal(first.array(5), again.array(5))


def test_the_number_of_threads_changes_nothing(paths, own_home):
    one = np.array(made(paths, threads=0).array(7))
    shutil.rmtree(own_home / "cache")
    assert np.array_equal(one, made(paths, threads=3).array(7))


def test_a_replaced_picture_is_decoded_again(paths, decodes):
    made(paths)
    stat = paths[0].stat()
    Image.new("RGB", (60, 40), "white").save(paths[0])
    os.utime(paths[0], ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**9))
    assert (made(paths).array(0) == 255).all()
    assert len(decodes) == 24


def test_another_size_another_picture_or_another_name_makes_another_cache(paths, decodes, own_home):
    made(paths)
    made(paths, Resize(24))
    made(paths, Resize(32, "pad"))
    made(paths[1:])
    paths[0].rename(paths[0].with_name("renamed.png"))
    made([paths[0].with_name("renamed.png"), *paths[1:]])
    assert len(caches(own_home)) == 5
    assert len(decodes) == 12 + 12 + 12 + 11 + 12


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_half_written_file_is_no_cache(paths, decodes, own_home, keep):
    whole = np.array(made(paths).array(11))
    (name,) = caches(own_home)
    file = own_home / "cache" / name
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * keep)])
    assert np.array_equal(made(paths).array(11), whole)
    assert len(decodes) == 24
    assert file.read_bytes() == content


def test_a_killed_process_leaves_the_old_cache_whole_and_no_half_one(paths, own_home, monkeypatch):
    made(paths[:6])
    before = {name: (own_home / "cache" / name).read_bytes() for name in caches(own_home)}
    original = cache_file.CacheFileWriter.add

    def killed(self, picture):
        original(self, picture)
        raise KeyboardInterrupt

    monkeypatch.setattr(cache_file.CacheFileWriter, "add", killed)
    with pytest.raises(KeyboardInterrupt):
        made(paths)
    assert {name: (own_home / "cache" / name).read_bytes() for name in caches(own_home)} == before


def test_a_full_disk_is_said_once_leaves_no_file_and_falls_back_to_decoding(paths, own_home, monkeypatch):
    original = cache_file.CacheFileWriter._write

    def full(self, picture):
        if self.written > 9000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(self, picture)

    monkeypatch.setattr(cache_file.CacheFileWriter, "_write", full)
    with pytest.warns(UserWarning, match="cannot be kept on disk.*PAWLAB_HOME") as said:
        found = made(paths)
    assert len(said) == 1
    assert caches(own_home) == []
    assert not found.has_pixels
    assert found.sizes.tolist() == [[60, 40]] * 12


def test_a_disk_that_is_full_when_the_index_is_written(paths, own_home, monkeypatch):
    def full(self, index):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache_file.CacheFileWriter, "_end", full)
    with pytest.warns(UserWarning, match="cannot be kept on disk"):
        assert not made(paths).has_pixels
    assert caches(own_home) == []


def test_some_of_the_disk_is_left_free(paths, own_home, monkeypatch):
    usage = shutil.disk_usage(own_home)
    monkeypatch.setattr(cache_file.shutil, "disk_usage", lambda _: usage._replace(free=10**8))
    with pytest.warns(UserWarning, match=r"only 0\.1 GB of the disk are free"):
        assert not made(paths).has_pixels
    assert caches(own_home) == []


def test_a_home_that_cannot_be_made_is_said_once(paths, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("PAWLAB_HOME", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="cannot be kept on disk.*PAWLAB_HOME") as said:
        found = made(paths)
    assert len(said) == 1
    assert not found.has_pixels
    assert found.broken == {}


def test_a_cache_that_another_process_finished_first_is_used(paths, own_home, monkeypatch):
    made(paths)
    (name,) = caches(own_home)
    there = own_home / "cache" / name
    content = there.read_bytes()
    there.unlink()

    def refused(self, index):  # as Windows does while the other one has the file open
        there.write_bytes(content)
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(cache_file.CacheFileWriter, "_end", refused)
    assert made(paths).has_pixels
    assert caches(own_home) == [name]


def test_broken_pictures_are_found_with_their_reasons_and_remembered(paths, decodes):
    paths[3].write_bytes(paths[3].read_bytes()[:200])
    paths[5].write_bytes(b"")
    paths[7].unlink()
    for _ in range(2):
        found = made(paths)
        assert sorted(found.broken) == [3, 5, 7]
        assert "cut off" in found.broken[3]
        assert "empty" in found.broken[5]
        assert "does not exist" in found.broken[7]
        assert found.sizes[[3, 5, 7]].tolist() == [[0, 0]] * 3
        assert found.array(8).shape == (32, 48, 3)
    assert len(decodes) < 24


def test_pictures_are_checked_but_not_kept_without_a_fixed_transform(paths, own_home, decodes):
    paths[3].write_bytes(b"no picture")
    for tfms in ([], [lambda picture: picture], [Resize(32), lambda picture: picture]):
        found = made(paths, tfms)
        assert not found.has_pixels
        assert list(found.broken) == [3]
    (name,) = caches(own_home)
    assert name.startswith("checked-")
    assert (own_home / "cache" / name).stat().st_size < 2000
    assert decodes == []


def test_a_function_that_says_so_is_cached(paths, decodes):
    def grey(picture):
        return picture.convert("L")

    grey.cacheable = True
    found = made(paths, [grey, Resize(32)])
    assert found.has_pixels
    array = found.array(0)
    assert (array[..., 0] == array[..., 1]).all()
    made(paths, [grey, Resize(32)])
    assert len(decodes) == 12


def test_an_error_in_a_function_of_your_own_names_it_and_the_picture(paths, own_home):
    def clumsy(picture):
        raise ZeroDivisionError("division by zero")

    clumsy.cacheable = True
    with pytest.raises(
        RuntimeError, match=r"clumsy raised ZeroDivisionError on '.*00\.png': division by zero"
    ):
        made(paths, [clumsy])
    assert caches(own_home) == []


def test_old_caches_make_room(paths, own_home, monkeypatch):
    made(paths)
    (first,) = caches(own_home)
    os.utime(own_home / "cache" / first, (1, 1))
    monkeypatch.setattr(cache, "LIMIT", 60_000)
    found = made(paths, Resize(33))
    assert first not in caches(own_home)
    assert len(caches(own_home)) == 1
    assert found.array(0).shape == (33, 50, 3)


def test_the_warning_lists_twenty_and_counts_the_rest():
    broken = [(f"{i}.jpg", "is empty (0 bytes)") for i in range(25)]
    with pytest.warns(UserWarning, match="25 of 100 pictures cannot be read and are left out") as said:
        warn_broken(broken, 100)
    text = str(said[0].message)
    assert text.count("is empty") == 20
    assert text.endswith("and 5 more")
    with pytest.warns(
        UserWarning, match="1 of 100 pictures cannot be read and is left out:\n  '0.jpg' is empty"
    ):
        warn_broken(broken[:1], 100)


def test_no_readable_picture_is_an_error():
    with pytest.raises(ValueError, match="none of the 1 pictures can be read.*\n  'a.jpg' is empty"):
        warn_broken([("a.jpg", "is empty")], 1)


def test_the_digest_depends_on_every_fact(paths):
    facts = file_signature(paths)
    assert digest(facts, {"size": 32}) == digest(list(facts), {"size": 32})
    assert digest(facts, {"size": 32}) != digest(facts, {"size": 33})
    assert digest(facts, None) != digest(facts[::-1], None)
    assert len(digest(facts, None)) == 32


# -- threads --


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_threads_give_results_in_order(threads):
    assert list(machine.in_threads(lambda i: i * i, range(50), threads)) == [i * i for i in range(50)]


def test_threads_take_no_more_than_they_need():
    taken = []

    def items():
        for i in range(1000):
            taken.append(i)
            yield i

    results = machine.in_threads(lambda i: i, items(), 2)
    next(results)
    assert len(taken) <= 9
    results.close()


def test_an_exception_in_a_thread_arrives():
    def odd(i):
        if i == 3:
            raise ValueError("three")
        return i

    with pytest.raises(ValueError, match="three"):
        list(machine.in_threads(odd, range(10), 2))


@pytest.mark.parametrize("num_workers", [-1, 1.5, "two"])
def test_a_number_of_threads_that_is_none(num_workers):
    with pytest.raises(ValueError, match=r"num_workers=.*whole number, 0 or more"):
        machine.thread_count(num_workers)
    assert machine.thread_count(0) == 0
    assert 1 <= machine.thread_count() <= 8

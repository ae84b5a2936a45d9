"""Half a file is never taken for a whole one, and the cache stays within its limit."""

import os
import time
from pathlib import Path

import pytest

from lab.data.home import (
    PART_SUFFIX,
    STALE_SECONDS,
    atomic_folder,
    atomic_write,
    cache_dir,
    data_dir,
    home,
    prune,
    replace_folder,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def aged(path: Path, seconds: float) -> Path:
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def test_home_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("PAWLAB_HOME", str(tmp_path / "mine"))
    assert home() == tmp_path / "mine"
    assert not home().exists()
    assert cache_dir() == tmp_path / "mine" / "cache" and cache_dir().is_dir()
    assert data_dir() == tmp_path / "mine" / "data" and data_dir().is_dir()


def test_home_is_the_systems_cache_folder_otherwise(monkeypatch):
    monkeypatch.delenv("PAWLAB_HOME")
    assert home().is_absolute() and "pawlab" in str(home()).lower()
    monkeypatch.setenv("PAWLAB_HOME", "  ")
    assert "pawlab" in str(home()).lower()
    monkeypatch.setenv("PAWLAB_HOME", "~/lab home")
    assert home() == Path.home() / "lab home"


def test_a_home_that_cannot_be_made_names_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PAWLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(
        OSError, match=r"cache_dir: the folder .* cannot be created .* Set the environment .*PAWLAB_HOME"
    ):
        cache_dir()


def test_atomic_write_replaces_only_when_complete(tmp_path):
    path = tmp_path / "new" / "a.bin"
    with atomic_write(path) as part:
        assert part.parent == path.parent and part != path
        part.write_bytes(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(KeyboardInterrupt), atomic_write(path) as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"one"
    with atomic_write(path) as part:
        part.write_bytes(b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["a.bin"]


def test_two_writers_at_once_do_not_meet(tmp_path):
    path = tmp_path / "a"
    with atomic_write(path) as first, atomic_write(path) as second:
        assert first != second
        first.write_text("first", encoding="utf-8")
        second.write_text("second", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "first"  # the outer one is renamed last
    assert names(tmp_path) == ["a"]


def test_what_a_killed_process_left_goes_after_a_day(tmp_path):
    left = aged_file = tmp_path / f".a.123-abc{PART_SUFFIX}"
    aged_file.touch()
    other = tmp_path / f".b.123-abc{PART_SUFFIX}"
    other.touch()
    with atomic_write(tmp_path / "a") as part:
        part.touch()
    assert left.exists()  # perhaps another process is still writing it
    aged(left, STALE_SECONDS + 60)
    aged(other, STALE_SECONDS + 60)
    with atomic_write(tmp_path / "a") as part:
        part.touch()
    assert names(tmp_path) == [other.name, "a"]
    prune(10**9, tmp_path)
    assert names(tmp_path) == ["a"]


def test_atomic_folder_replaces_a_folder_as_a_whole(tmp_path):
    path = tmp_path / "set"
    with atomic_folder(path) as part:
        (part / "a").touch()
        assert not path.exists()
    assert names(path) == ["a"]
    with pytest.raises(ValueError, match="stop"), atomic_folder(path) as part:
        (part / "b").touch()
        raise ValueError("stop")
    assert names(path) == ["a"]
    with atomic_folder(path) as part:
        (part / "c").touch()
    assert names(path) == ["c"]
    assert names(tmp_path) == ["set"]


def test_a_rename_that_fails_brings_the_old_folder_back(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a").touch()
    with pytest.raises(OSError):
        replace_folder(tmp_path / "missing", tmp_path / "set")
    assert names(tmp_path / "set") == ["a"]
    assert names(tmp_path) == ["set"]


def test_prune_removes_the_oldest_first_and_keeps_what_is_in_use():
    cache = cache_dir()
    for age, name in ((400, "oldest"), (300, "kept"), (200, "folder"), (100, "newest")):
        if name == "folder":
            (cache / name).mkdir()
            (cache / name / "index").write_bytes(bytes(100))
            aged(cache / name / "index", age)
            aged(cache / name, age)
        else:
            (cache / name).write_bytes(bytes(100))
            aged(cache / name, age)
    assert prune(400) == []
    assert prune(250, keep=[cache / "kept"]) == [cache / "oldest", cache / "folder"]
    assert names(cache) == ["kept", "newest"]
    assert prune(0, keep=[cache / "kept"]) == [cache / "newest"]
    assert prune(0, cache / "not there") == []


def test_prune_leaves_what_is_being_written():
    with atomic_write(cache_dir() / "a") as part:
        part.write_bytes(bytes(1000))
        assert prune(0) == []
    assert names(cache_dir()) == ["a"]

"""A dataset is there whole or not at all, is the promised one, and comes from the network only once.

The network is a server on this machine that can cut a connection, refuse, or send something else.
"""

import hashlib
import io
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lab.data import download, fetch
from lab.data.archive import UnsafeArchive
from lab.data.download import URLs, untar_data
from lab.data.files import Folder, get_image_files


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes); hangs up half-way `cuts` times; answers with `statuses` first."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cuts = 0
        self.resumable = True
        self.statuses: list[int] = []
        self.asked: list[str | None] = []  # the Range header of each request

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append(self.headers["Range"])
        data = server.files.get(self.path.lstrip("/"))
        if server.statuses:
            return self.send_error(server.statuses.pop(0))
        if data is None:
            return self.send_error(404)
        start = 0
        if self.headers["Range"] and server.resumable:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data)
        if server.cuts:
            server.cuts -= 1
            end = start + (len(data) - start) // 2
        self.wfile.write(data[start:end])
        return None

    def log_message(self, format, *args):  # noqa: A002  (the base class names it)
        """Silent."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def tgz(*names: str, size: int = 20_000) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as opened:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = size
            # Bytes that do not compress, so that half the archive is half the data.
            opened.addfile(info, io.BytesIO(hashlib.shake_128(name.encode()).digest(size)))
    return file.getvalue()


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


PETS = tgz("pets/images/a.jpg", "pets/images/b.jpg", "pets/list.txt")


def left(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_an_archive_is_downloaded_checked_unpacked_and_found_again(server, tmp_path):
    server.files["pets.tgz"] = PETS
    url = server.url("pets.tgz")
    path = untar_data(url, tmp_path, known_hash=sha256(PETS))
    assert isinstance(path, Folder)
    assert path.name.startswith("pets-")
    assert repr(path.ls()) == "(#2) [Path('images'), Path('list.txt')]"
    assert repr((path / "images").ls()) == "(#2) [Path('images/a.jpg'), Path('images/b.jpg')]"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]  # the archive itself is gone
    (path / "images" / "a.jpg").unlink()
    assert untar_data(url, tmp_path, known_hash=sha256(PETS)) == path
    assert len(server.asked) == 1
    untar_data(url, tmp_path, known_hash=sha256(PETS), force=True)
    assert len(server.asked) == 2
    assert (path / "images" / "a.jpg").is_file()


def test_without_a_folder_it_goes_to_the_labs_home(server, own_home):
    server.files["pets.tgz"] = PETS
    path = untar_data(server.url("pets.tgz"), known_hash=f"md5:{hashlib.md5(PETS).hexdigest()}")
    assert path.parent == own_home / "data"


def test_two_addresses_that_end_alike_are_two_datasets(server, tmp_path):
    other = tgz("other/c.jpg")
    server.files |= {"a/data.tgz": PETS, "b/data.tgz": other}
    first = untar_data(server.url("a/data.tgz"), tmp_path, known_hash=sha256(PETS))
    second = untar_data(server.url("b/data.tgz"), tmp_path, known_hash=sha256(other))
    assert first != second and left(second) == ["c.jpg"]


@pytest.mark.parametrize("name", ["..", "../..", "a%2F..%2Fb", "..\\..\\x", "", "?x=../..", "nul\0.tgz"])
def test_no_address_names_a_folder_outside(tmp_path, name):
    dataset = download._dataset(f"https://example.org/{name}", "0" * 64)
    assert (tmp_path / dataset.folder).resolve().parent == tmp_path.resolve()
    assert all(character.isalnum() or character in "-_" for character in dataset.folder)


@pytest.mark.parametrize("cuts", [1, 3])
def test_a_line_that_drops_is_resumed_where_it_ended(server, tmp_path, monkeypatch, cuts):
    monkeypatch.setattr(fetch, "_CHUNK", 1000)
    server.files["pets.tgz"] = PETS
    server.cuts = cuts
    path = untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert len(get_image_files(path)) == 2
    assert len(server.asked) == cuts + 1
    starts = [int(asked.removeprefix("bytes=").removesuffix("-")) for asked in server.asked[1:]]
    assert len(PETS) // 2 - 1000 <= starts[0] <= len(PETS) // 2
    assert starts == sorted(starts)


def test_a_server_that_cannot_resume_sends_it_again(server, tmp_path):
    server.files["pets.tgz"] = PETS
    server.cuts, server.resumable = 2, False
    untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert len(server.asked) == 3


def test_a_busy_server_is_asked_again_also_after_a_cut(server, tmp_path):
    server.files["pets.tgz"] = PETS
    server.statuses = [503, 429]
    untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert len(server.asked) == 3


def test_a_line_that_keeps_dropping_leaves_nothing(server, tmp_path):
    server.files["pets.tgz"] = PETS
    server.cuts = 100
    with pytest.raises(
        ConnectionError, match=r"could not be downloaded: the connection .*Nothing was kept"
    ) as caught:
        untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert len(server.asked) == fetch.ATTEMPTS
    assert left(tmp_path) == []
    for words in (
        server.url("pets.tgz"),
        str(tmp_path / "archives"),
        ".tgz'",
        "URLs.SAMPLE_PETS",
        sha256(PETS),
    ):
        assert words in str(caught.value)


def test_a_404_is_final_and_leaves_nothing(server, tmp_path):
    with pytest.raises(ConnectionError, match="the server answered 404 Not Found"):
        untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert len(server.asked) == 1
    assert left(tmp_path) == []


def test_no_network_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    dead = "http://127.0.0.1:9/pets.tgz"  # the discard port: nobody listens
    with pytest.raises(ConnectionError, match=r"no connection to the server.*put the file yourself at"):
        untar_data(dead, tmp_path, known_hash=sha256(PETS))
    assert left(tmp_path) == []


def test_a_wrong_digest_says_both_and_leaves_nothing(server, tmp_path):
    server.files["pets.tgz"] = page = b"<html>Please sign in to the hotel's network"
    with pytest.raises(ValueError, match="is not the expected file") as caught:
        untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    assert sha256(PETS) in str(caught.value)
    assert sha256(page).removeprefix("sha256:") in str(caught.value)
    assert "URLs.SAMPLE_PETS" in str(caught.value)
    assert len(server.asked) == 1
    assert left(tmp_path) == []


def test_an_unsafe_archive_leaves_nothing(server, tmp_path):
    server.files["pets.tgz"] = bad = tgz("pets/a.jpg", "../../evil.jpg")
    with pytest.raises(UnsafeArchive, match="evil"):
        untar_data(server.url("pets.tgz"), tmp_path / "in", known_hash=sha256(bad))
    assert left(tmp_path) == ["in"]


def test_a_failed_renewal_leaves_the_old_dataset(server, tmp_path):
    server.files["pets.tgz"] = PETS
    path = untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS))
    before = left(tmp_path)
    server.files.clear()
    with pytest.raises(ConnectionError):
        untar_data(server.url("pets.tgz"), tmp_path, known_hash=sha256(PETS), force=True)
    assert left(tmp_path) == before and len(get_image_files(path)) == 2


def test_a_file_put_there_by_hand_is_used_without_a_network_and_kept(server, tmp_path):
    url = server.url("pets.tgz")
    folder = download._dataset(url, sha256(PETS)).folder
    archive = tmp_path / "archives" / f"{folder}.tgz"
    archive.parent.mkdir()
    archive.write_bytes(b"another")
    with pytest.raises(ConnectionError, match=r"The file there now is another one: sha256:[0-9a-f]{64}"):
        untar_data(url, tmp_path, known_hash=sha256(PETS))
    assert archive.read_bytes() == b"another"
    archive.write_bytes(PETS)
    asked = len(server.asked)
    assert len(get_image_files(untar_data(url, tmp_path, known_hash=sha256(PETS)))) == 2
    assert len(server.asked) == asked and archive.is_file()


def test_the_courses_archives_become_the_lessons_layout(server, tmp_path, monkeypatch):
    """Oxford's archive holds the one folder `images`, which the lesson enters by itself."""
    images = tgz("images/Ragdoll_1.jpg", "images/pug_1.jpg", "images/pug_2.mat")
    dogs = io.BytesIO()
    with zipfile.ZipFile(dogs, "w") as opened:
        opened.writestr("dogscats/train/cats/cat.1.jpg", b"1")
    known = {}
    for url, data in ((URLs.PETS, images), (URLs.DOGSCATS, dogs.getvalue())):
        name = url.rpartition("/")[2]
        server.files[name] = data
        known[server.url(name)] = download.replace(download._KNOWN[url], known_hash=sha256(data))
    monkeypatch.setattr(download, "_KNOWN", known)
    path = untar_data(server.url("images.tar.gz"), tmp_path)
    assert path == tmp_path / "oxford-iiit-pet"
    assert (
        repr(get_image_files(path / "images"))
        == "(#2) [Path('images/Ragdoll_1.jpg'), Path('images/pug_1.jpg')]"
    )
    assert left(untar_data(server.url("dogscats.zip"), tmp_path)) == [
        "train",
        "train/cats",
        "train/cats/cat.1.jpg",
    ]


def test_every_address_of_the_course_has_a_whole_digest_and_a_sample():
    names = [name for name in vars(URLs) if name.isupper()]
    assert names == [
        "SAMPLE_PETS",
        "SAMPLE_DOGSCATS",
        "SAMPLE_DOGBREEDS",
        "SAMPLE_PETS_NEGATIVE",
        "PETS",
        "DOGSCATS",
        "DOGBREEDS",
    ]
    for name in names:
        url = getattr(URLs, name)
        if not name.startswith("SAMPLE"):
            dataset = download._dataset(url, None)
            assert download._dataset(url, dataset.known_hash) == dataset  # its form is checked
            assert dataset.sample == f"SAMPLE_{name}"


@pytest.mark.parametrize(
    ("url", "known_hash", "words"),
    [
        (
            "https://example.org/a.tgz",
            None,
            "no digest is known for https://example.org/a.tgz. Pass known_hash=",
        ),
        ("pets", None, "'pets' is not an address. Pass one of URLs.SAMPLE_PETS, "),
        ("file:///etc/passwd", "0" * 64, "is not an address"),
        ("ftp://example.org/a.tgz", "0" * 64, "is not an address"),
        ("https://example.org/a.tgz", "md5:123", "known_hash is 'md5:123'; 'sha256:' and 64 hexadecimal"),
        ("https://example.org/a.tgz", "crc:" + "0" * 8, "known_hash is 'crc:00000000'"),
        ("https://example.org/a.tgz", "", "known_hash is ''"),
        ("sample:cows", None, "there is no sample 'cows'; there are 'pets', 'dogscats', 'dogbreeds'"),
    ],
)
def test_an_address_or_digest_that_cannot_work_is_refused_before_anything_happens(
    tmp_path, url, known_hash, words
):
    with pytest.raises(ValueError) as caught:
        untar_data(url, tmp_path, known_hash=known_hash)
    assert words in str(caught.value)
    assert left(tmp_path) == []


def test_a_path_in_place_of_an_address(tmp_path):
    with pytest.raises(TypeError, match=r"expected a str, such as URLs\.SAMPLE_PETS"):
        untar_data(tmp_path)


# --- drawn samples; drawing itself is tested in its own room ---


@pytest.fixture
def drawn(monkeypatch):
    """Stands in for `lab.drawn.draw_sample`: the folder must not exist, progress counts up."""
    import lab.drawn

    calls = []

    def draw_sample(name, folder, seed=0, progress=None, workers=None, per_class=None):
        assert not folder.exists()
        folder.mkdir(parents=True)
        (folder / f"{name}_{len(calls)}.jpg").touch()
        for done in (1, 2, 3):
            progress(done, 3)
        calls.append((name, seed))
        return folder

    monkeypatch.setattr(lab.drawn, "draw_sample", draw_sample)
    return calls


def test_a_sample_is_drawn_once_and_found_again(drawn, own_home):
    path = untar_data(URLs.SAMPLE_PETS)
    assert path == own_home / "data" / "sample-pets"
    assert isinstance(path, Folder)
    assert untar_data(URLs.SAMPLE_PETS) == path
    assert drawn == [("pets", 0)]


def test_each_seed_has_its_own_folder(drawn, tmp_path):
    paths = {untar_data(URLs.SAMPLE_DOGSCATS, tmp_path, seed=seed) for seed in (0, 1, 2)}
    assert {path.name for path in paths} == {
        "sample-dogscats",
        "sample-dogscats-seed1",
        "sample-dogscats-seed2",
    }
    assert [seed for _, seed in drawn] == [0, 1, 2]


def test_force_draws_anew_and_keeps_the_old_one_when_that_fails(drawn, tmp_path, monkeypatch):
    path = untar_data(URLs.SAMPLE_PETS, tmp_path)
    assert left(path) == ["pets_0.jpg"]
    untar_data(URLs.SAMPLE_PETS, tmp_path, force=True)
    assert left(path) == ["pets_1.jpg"]

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("lab.drawn.draw_sample", interrupted)
    with pytest.raises(KeyboardInterrupt):
        untar_data(URLs.SAMPLE_PETS, tmp_path, force=True)
    assert left(tmp_path) == ["sample-pets", "sample-pets/pets_1.jpg"]

"""Pictures are found by extension, in one order on every system; a folder without any says what it holds."""

import pickle
from pathlib import Path

import pytest

from lab.data.files import Files, Folder, brief, get_image_files

ODD = Path(__file__).parents[2] / "shared/data/odd"


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def relative(files: Files, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files]


# --- Folder and Files ---


def test_a_folder_is_a_path_that_lists_itself_relative_to_the_dataset(tmp_path):
    make(tmp_path, "images/b.jpg", "images/a.jpg", "annotations/list.txt")
    path = Folder(tmp_path)
    assert isinstance(path, Path)
    assert path == tmp_path
    assert repr(path.ls()) == "(#2) [Path('annotations'), Path('images')]"
    assert repr((path / "images").ls()) == "(#2) [Path('images/a.jpg'), Path('images/b.jpg')]"
    assert repr(path.ls()[1].ls()) == "(#2) [Path('images/a.jpg'), Path('images/b.jpg')]"
    assert path.ls()[1] == tmp_path / "images"
    assert repr(path) == f"Path({tmp_path.as_posix()!r})"


def test_a_folder_stays_one_through_the_operations_of_paths(tmp_path):
    make(tmp_path, "images/a.jpg")
    path = Folder(tmp_path)
    for each in (
        path / "images",
        path.joinpath("images"),
        (path / "images" / "a.jpg").parent,
        *path.iterdir(),
    ):
        assert type(each) is Folder
        assert each == tmp_path / "images"
        assert len(each.ls()) == 1
    name = (path / "images").ls()[0]
    assert (name.name, name.stem, name.suffix, name.parent.name) == ("a.jpg", "a", ".jpg", "images")
    assert str(path / "x") == str(tmp_path / "x")
    assert {path / "x": 1}[tmp_path / "x"] == 1
    again = pickle.loads(pickle.dumps(path / "images"))
    assert type(again) is Folder and again == path / "images"


def test_files_shows_ten_and_slices_to_files(tmp_path):
    names = [f"{i:02}.jpg" for i in range(25)]
    make(tmp_path, *names)
    files = Folder(tmp_path).ls()
    shown = ", ".join(f"Path('{name}')" for name in names[:10])
    assert repr(files) == f"(#25) [{shown}, ...]"
    assert isinstance(files[:3], Files)
    assert repr(files[:2]) == "(#2) [Path('00.jpg'), Path('01.jpg')]"
    assert files[3] == tmp_path / "03.jpg"
    assert repr(Files()) == "(#0) []"
    assert brief(["a"]) == "(#1) ['a']"


def test_ls_of_a_folder_that_is_not_there_says_so(tmp_path):
    make(tmp_path, "images/a.jpg")
    with pytest.raises(FileNotFoundError, match=r"ls: there is no folder .*imges.*Did you mean 'images'"):
        (Folder(tmp_path) / "imges").ls()
    with pytest.raises(NotADirectoryError, match="is a file, not a folder"):
        (Folder(tmp_path) / "images" / "a.jpg").ls()


# --- get_image_files ---


def test_pictures_are_found_at_every_depth_sorted_and_nothing_else(tmp_path):
    make(
        tmp_path,
        "b.JPG",
        "a.jpeg",
        "Z.png",
        "cats/x.webp",
        "cats/deep/er/y.gif",
        "notes.txt",
        "Abyssinian_100.mat",
        "jpg",
        ".hidden.jpg",
        "._a.jpg",
        ".thumbs/t.jpg",
        "__MACOSX/._b.jpg",
    )
    files = get_image_files(tmp_path)
    assert relative(files, tmp_path) == ["Z.png", "a.jpeg", "b.JPG", "cats/deep/er/y.gif", "cats/x.webp"]
    assert isinstance(files, Files)
    assert repr(files[:1]) == "(#1) [Path('Z.png')]"
    assert relative(get_image_files(str(tmp_path), recurse=False), tmp_path) == ["Z.png", "a.jpeg", "b.JPG"]


@pytest.mark.parametrize(
    "extension", ["jpg", "jpeg", "jfif", "png", "gif", "webp", "bmp", "tif", "tiff", "ppm"]
)
def test_every_usual_extension_counts(tmp_path, extension):
    make(tmp_path, f"a.{extension}", f"b.{extension.upper()}")
    assert len(get_image_files(tmp_path)) == 2


def test_names_with_html_quotes_spaces_emoji_and_right_to_left_text_survive(tmp_path):
    names = ["a & b.jpg", "it's.jpg", "räksmörgås 🐈.jpg", "כלב_1.jpg", "new  space .jpg", "c%20d#1.jpg"]
    make(tmp_path, *names)
    files = get_image_files(tmp_path)
    assert sorted(path.name for path in files) == sorted(names)
    assert all(path.is_file() for path in files)
    assert "כלב_1.jpg" in repr(files)


def test_folders_limits_the_search(tmp_path):
    make(tmp_path, "train/a.jpg", "valid/b.jpg", "test/c.jpg", "d.jpg")
    found = get_image_files(tmp_path, folders=["valid", "train"])
    assert relative(found, tmp_path) == ["train/a.jpg", "valid/b.jpg"]
    assert relative(get_image_files(tmp_path, folders="test"), tmp_path) == ["test/c.jpg"]
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*trian.*Did you mean 'train'"):
        get_image_files(tmp_path, folders=["trian"])


def test_in_a_dataset_the_files_are_shown_from_its_beginning(tmp_path):
    make(tmp_path, "images/a.jpg")
    files = get_image_files(Folder(tmp_path) / "images")
    assert repr(files) == "(#1) [Path('images/a.jpg')]"
    assert files[0].parent.ls() == [tmp_path / "images/a.jpg"]


def test_a_link_that_leads_back_up_ends(tmp_path):
    make(tmp_path, "cats/a.jpg")
    try:
        (tmp_path / "cats" / "loop").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this system lets no ordinary user make links")
    assert relative(get_image_files(tmp_path), tmp_path) == ["cats/a.jpg"]


def test_a_folder_that_does_not_exist(tmp_path, monkeypatch):
    make(tmp_path, "images/a.jpg", "annotations/x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        get_image_files("image")
    assert str(caught.value) == (
        "get_image_files: there is no folder 'image'. Did you mean 'images'? "
        f"The current folder is '{Path.cwd()}'."
    )
    with pytest.raises(FileNotFoundError, match=r"holds the folders 'annotations', 'images'\."):
        get_image_files(tmp_path / "zzz")
    with pytest.raises(FileNotFoundError, match="Nor is there"):
        get_image_files(tmp_path / "no" / "where")


def test_a_file_in_place_of_a_folder(tmp_path):
    make(tmp_path, "a.jpg")
    with pytest.raises(
        NotADirectoryError, match=r"a\.jpg' is a file, not a folder\. Pass the folder that holds it"
    ):
        get_image_files(tmp_path / "a.jpg")


def test_an_empty_folder_and_one_without_pictures(tmp_path):
    with pytest.raises(ValueError, match=r"is empty\. Pass the folder that holds the pictures"):
        get_image_files(tmp_path)
    make(tmp_path, "a.mat", "b.mat", "c.csv", "README")
    with pytest.raises(ValueError, match=r"only other files: 2 x \.mat, 1 x .*no extension.*\.jpeg \.jpg"):
        get_image_files(tmp_path)
    make(tmp_path, "train/a.jpg")
    with pytest.raises(ValueError, match="Its 1 subfolders were not searched: pass recurse=True"):
        get_image_files(tmp_path, recurse=False)


def test_what_is_no_path_is_refused(tmp_path):
    with pytest.raises(TypeError, match="got a list instead of a path"):
        get_image_files([tmp_path])


def test_the_odd_folder_of_a_real_archive():
    if not ODD.is_dir():
        pytest.skip("the real pictures in shared/data/odd are not on this machine")
    assert [path.name for path in get_image_files(ODD)] == ["Abyssinian_34.jpg", "Abyssinian_5.jpg"]


def test_a_tilde_is_not_the_home_folder_to_python():
    with pytest.raises(FileNotFoundError, match=r"does not read '~' as your home folder: pass '.*nowhere'"):
        get_image_files("~/nowhere")

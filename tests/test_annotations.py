"""Annotations: relabel, discard, keep; undo, redo; the file beside the pictures; loaders that read it."""

import os
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

import lab
from lab.annotations import Annotations, Mark
from lab.data.annotation_file import COLUMNS, NAME, read_annotations
from lab.data.infer_layout import infer_layout

SPLITS = {"train": {"cats": 4, "dogs": 4}, "valid": {"cats": 2, "dogs": 2}}


def write(path: Path) -> Path:
    """A file of its own content; marks never look inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.fsencode(f"picture {path.name} of {path.parent}"))
    return path


def in_folders(root: Path) -> Annotations:
    files = [
        write(root / split / label / f"{number}.jpg")
        for split, labels in SPLITS.items()
        for label, count in labels.items()
        for number in range(count)
    ]
    return Annotations(files, [file.parent.name for file in files])


def everything(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


@pytest.fixture
def folders(tmp_path):
    return in_folders(tmp_path / "data")


# marking ------------------------------------------------------------------------------------------------


def test_marks_are_kept_by_absolute_path_and_change_no_file(tmp_path, monkeypatch):
    marks = in_folders(tmp_path / "data")
    before = everything(tmp_path)
    monkeypatch.chdir(tmp_path / "data")
    marks.relabel("train/cats/0.jpg", "dogs")
    marks.discard([Path("train/cats/1.jpg"), Path("train/cats/2.jpg")])
    marks.keep("train/dogs/0.jpg")
    monkeypatch.chdir(tmp_path)
    cats = tmp_path / "data" / "train" / "cats"
    assert marks[cats / "0.jpg"] == Mark("relabel", "dogs")
    assert str(marks[cats / "0.jpg"]) == "relabel → dogs"
    assert marks[cats / ".." / "cats" / "2.jpg"] == Mark("discard")
    assert marks[cats / "3.jpg"] is None
    assert marks.label(cats / "0.jpg") == "dogs"
    assert marks.label(cats / "1.jpg") is None
    assert marks.label(cats / "3.jpg") == "cats"
    assert marks.counts() == {"relabel": 1, "discard": 2, "keep": 1}
    assert repr(marks) == "Marks on 4 of 12 pictures: 1 relabel, 2 discard, 1 keep"
    assert everything(tmp_path) == before


def test_a_picture_relabelled_with_the_label_it_has_is_kept(folders):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    folders.relabel(path, "cats")
    assert folders[path] == Mark("keep")


def test_many_pictures_are_one_step_and_a_new_step_ends_the_redo(folders):
    cats = [folders.file.parent / "train" / "cats" / f"{n}.jpg" for n in range(3)]
    folders.relabel(cats, "dogs")
    folders.discard(cats[0])
    assert folders.undo() == [cats[0]]
    assert folders[cats[0]] == Mark("relabel", "dogs")
    assert folders.can_redo
    assert folders.undo() == cats
    assert (len(folders), folders.can_undo, folders.undo()) == (0, False, [])
    assert folders.redo() == cats
    folders.clear(cats[1])
    assert (folders.can_redo, folders.redo(), len(folders)) == (False, [], 2)


def test_a_step_that_changes_nothing_is_no_step(folders):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    folders.keep(path)
    folders.keep(path)
    folders.clear([])
    folders.undo()
    assert folders[path] is None
    assert not folders.can_undo


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["dogs", "cats", "discard", "keep", "clear", "undo", "redo"]),
        st.lists(st.integers(0, 11), min_size=1, max_size=4),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_undo_and_redo_walk_through_all_states(steps):
    """The model: a list of states and a place in it."""
    paths = [Path(f"data/{label}/{n}.jpg").absolute() for label in ("cats", "dogs") for n in range(6)]
    marks = Annotations(paths, [path.parent.name for path in paths])
    states, now = [{}], 0
    for what, which in steps:
        chosen = [paths[i] for i in which]
        if what in ("undo", "redo"):
            now = max(now - 1, 0) if what == "undo" else min(now + 1, len(states) - 1)
            getattr(marks, what)()
        else:
            state = dict(states[now])
            for path in chosen:
                if what == "clear":
                    state.pop(path, None)
                elif what in ("dogs", "cats"):
                    state[path] = Mark("keep") if path.parent.name == what else Mark("relabel", what)
                else:
                    state[path] = Mark(what)
            marks.relabel(chosen, what) if what in ("dogs", "cats") else getattr(marks, what)(chosen)
            if state != states[now]:
                states, now = [*states[: now + 1], state], now + 1
        assert {path: marks[path] for path in paths if marks[path]} == states[now]
        assert (marks.can_undo, marks.can_redo) == (now > 0, now < len(states) - 1)


def test_watchers_hear_of_every_change_until_they_stop(folders):
    heard, path = [], folders.file.parent / "train" / "cats" / "0.jpg"
    stop = folders.watch(heard.append)
    folders.relabel(path, "dogs")
    folders.undo()
    folders.redo()
    folders.redo()  # nothing left
    assert heard == [[path]] * 3
    folders.save()
    assert heard[3:] == [[path]]  # a view says that it is saved
    stop()
    stop()
    folders.undo()
    assert len(heard) == 4


def test_of_takes_pictures_labels_and_vocab_from_an_interpretation(tmp_path):
    paths = [write(tmp_path / "cats" / "1.jpg"), write(tmp_path / "dogs" / "1.jpg")]
    probs = [[0.1, 0.9, 0.0], [0.1, 0.9, 0.0]]
    interp = lab.ClassificationInterpretation(probs, [0, 1], paths, ["cats", "dogs", "emus"])
    marks = lab.Annotations.of(interp)
    assert marks.vocab == ("cats", "dogs", "emus")
    marks.relabel(interp.top_losses(1)[0].path, "emus")
    assert marks[paths[0]] == Mark("relabel", "emus")


@pytest.mark.parametrize("label", ["", " ", None, 3])
def test_what_is_no_label_is_refused_even_when_the_vocab_has_it(folders, label):
    path = next(folders.file.parent.rglob("*.jpg"))
    marks = Annotations([path], ["cats"], vocab=["cats", label])
    with pytest.raises(ValueError, match="got the label"):
        marks.relabel(path, label)
    assert len(marks) == 0


def test_errors_are_said_in_words_and_mark_nothing(folders):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    with pytest.raises(ValueError, match="'dog' is not one of the 2 labels. Did you mean 'dogs'?"):
        folders.relabel(path, "dog")
    with pytest.raises(ValueError, match="is not one of the 12 pictures. Add it first"):
        folders.discard([path, path.with_name("99.jpg")])
    with pytest.raises(ValueError, match="got 1 pictures with 0 labels"):
        folders.add([path], [])
    assert len(folders) == 0


# the sheet ----------------------------------------------------------------------------------------------

ODD_LABELS = ["NA", "nan", 'two\nlines, "quoted"', "=1+1", "🐱 كلب", "<img src=x onerror=alert(1)>", "None"]


@pytest.mark.skipif(sys.platform == "win32", reason="such names are refused there")
def test_a_session_continues_from_its_csv_whatever_the_names(tmp_path):
    paths = [write(tmp_path / "data" / label / "n,\n1.jpg") for label in ODD_LABELS]
    name = os.fsdecode(b"no utf8 \xff.jpg") if sys.platform == "linux" else "other.jpg"
    paths.append(write(tmp_path / "data" / "NA" / name))
    labels = [path.parent.name for path in paths]
    marks = Annotations(paths, labels)
    for path, label in zip(paths, [*ODD_LABELS[1:], "NA", "None"], strict=True):
        marks.relabel(path, label)
    marks.discard(paths[2])
    marks.keep(paths[3])
    frame = marks.to_frame()
    assert list(frame.columns) == ["path", "given", "mark", "label"]
    assert frame["path"].tolist() == sorted(map(str, paths))
    assert set(frame["label"]) == {*ODD_LABELS, ""} - {ODD_LABELS[3], ODD_LABELS[4]}

    later = Annotations(paths, labels)
    later.keep(paths[0])
    assert later.read_csv(marks.to_csv(tmp_path / "marks.csv")) == "8 marks read."
    assert later.to_frame().equals(frame)
    later.undo()
    assert (len(later), later[paths[0]]) == (1, Mark("keep"))


def test_marks_of_pictures_that_are_not_here_are_counted_and_passed_over(folders, tmp_path):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    folders.discard([path, path.with_name("1.jpg")])
    file = folders.to_csv(tmp_path / "marks.csv")
    other = Annotations([path], ["cats"])
    assert other.read_csv(file) == "1 mark read. Passed over, since their pictures are not here: 1."
    assert other[path] == Mark("discard")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "has no column 'path'"),
        ("path,given,label\nx,z,y\n", "has no column 'mark'"),
        ("path,given,mark,label\n{path},cats,burn,\n", "line 2: got the mark 'burn'"),
        ("path,given,mark,label\n{path},cats,relabel,\n", "needs a label, but got None"),
        ("path,given,mark,label\n{path},cats,keep,dogs\n", "needs no label, but got 'dogs'"),
        ("path,given,mark,label\n{path},cats,relabel,emus\n", "'0.jpg': .*'emus' is not one of the 2 labels"),
        ("path,given,mark,label\n{path}\n", "got the mark None"),
        ('path,given,mark,label\n"{path}', "is not valid CSV"),
    ],
)
def test_a_damaged_sheet_is_refused_as_a_whole(folders, tmp_path, text, words):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    (tmp_path / "marks.csv").write_text(text.format(path=path), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        folders.read_csv(tmp_path / "marks.csv")
    assert len(folders) == 0


def test_a_sheet_that_is_not_there(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        folders.read_csv(tmp_path / "marks.csv")


# the file beside the pictures ---------------------------------------------------------------------------


def some_marks(marks: Annotations) -> dict[str, Mark]:
    root = marks.file.parent
    marks.relabel(root / "train" / "cats" / "0.jpg", "dogs")
    marks.discard(root / "valid" / "dogs" / "1.jpg")
    marks.keep(root / "train" / "dogs" / "0.jpg")
    return marks.decided()


def test_saved_marks_are_there_in_a_later_session_and_no_picture_has_changed(folders):
    root = folders.file.parent
    pictures = {path: path.read_bytes() for path in root.rglob("*.jpg")}
    decided = some_marks(folders)
    assert folders.unsaved == 3 and not folders.file.exists()
    assert folders.save() == root / NAME
    assert folders.unsaved == 0
    assert {path: path.read_bytes() for path in root.rglob("*.jpg")} == pictures
    later = in_folders(root)
    assert later.decided() == decided and later.unsaved == 0 and not later.can_undo
    later.clear(root / "train" / "cats" / "0.jpg")
    assert later.unsaved == 1
    later.save()
    assert len(in_folders(root)) == 2


def test_the_dataset_may_be_moved_with_its_annotations(folders, tmp_path):
    some_marks(folders)
    folders.save()
    folders.file.parent.rename(tmp_path / "elsewhere")
    moved = in_folders(tmp_path / "elsewhere")
    assert moved.counts() == {"relabel": 1, "discard": 1, "keep": 1}
    assert moved.label(tmp_path / "elsewhere" / "train" / "cats" / "0.jpg") == "dogs"


def test_marks_of_one_split_and_of_the_other_share_a_file(folders):
    some_marks(folders)
    folders.save()
    valid = sorted(folders.file.parent.glob("valid/*/*.jpg"))
    half = Annotations(valid, [path.parent.name for path in valid])
    assert half.file == folders.file and len(half) == 1
    half.discard(valid[0])
    half.save()
    assert in_folders(folders.file.parent).counts() == {"relabel": 1, "discard": 2, "keep": 1}


def test_the_file_keeps_the_label_on_disk_when_the_pictures_come_with_the_corrected_one(folders):
    path = folders.file.parent / "train" / "cats" / "0.jpg"
    folders.relabel(path, "dogs")
    folders.save()
    again = Annotations([path], ["dogs"], folders.file, ["cats", "dogs"])
    again.keep(path)  # it is right as it is shown: a dog
    assert again[path] == Mark("relabel", "dogs") and again.unsaved == 0
    again.relabel(path, "cats")  # after all
    assert again[path] == Mark("keep") and again.label(path) == "cats"
    again.save()
    assert read_annotations(folders.file)[str(path)] == ("cats", Mark("keep"))


def test_where_the_file_lies(tmp_path):
    def file_of(*names, labels=("cats", "dogs")):
        paths = [tmp_path / name for name in names]
        found = Annotations(paths, labels).file
        return found and found.relative_to(tmp_path).as_posix()

    assert file_of("train/cats/1.jpg", "valid/dogs/1.jpg") == NAME
    assert file_of("valid/cats/1.jpg", "valid/dogs/1.jpg") == NAME
    assert file_of("pets/cats/1.jpg", "pets/dogs/1.jpg") == f"pets/{NAME}"
    assert file_of("images/cats_1.jpg", "images/dogs_1.jpg") == f"images/{NAME}"
    assert file_of("train/a.jpg", "train/b.jpg") == NAME
    assert Annotations([], []).file is None
    with pytest.raises(ValueError, match="Name a file"):
        Annotations([], []).save()


def test_a_folder_that_cannot_be_written_is_an_error_in_words_and_loses_nothing(folders, monkeypatch):
    some_marks(folders)

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lab.data.annotation_file.csv.writer", full)
    with pytest.raises(OSError, match="cannot be written .No space left.*marks.save"):
        folders.save()
    assert len(folders) == 3 and folders.unsaved == 3
    assert sorted(path.name for path in folders.file.parent.iterdir()) == ["train", "valid"]


def test_a_damaged_file_beside_the_pictures_is_named(folders):
    folders.file.write_text("path,given,mark,label\nx.jpg,cats,burn,\n")
    with pytest.raises(ValueError, match=rf"{NAME}', line 2: got the mark 'burn'"):
        in_folders(folders.file.parent)


# loaders ------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path):
    """Real pictures in train and valid folders, and their annotations."""
    files = []
    for split, labels in SPLITS.items():
        for label, count in labels.items():
            for number in range(count):
                file = tmp_path / "data" / split / label / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.effect_noise((12, 12), 50 + len(files)).save(file)
                files.append(file)
    marks = Annotations(files, [file.parent.name for file in files])
    marks.relabel(tmp_path / "data/train/cats/0.png", "dogs")
    marks.discard([tmp_path / "data/valid/dogs/1.png", tmp_path / "data/train/dogs/3.png"])
    return marks


def labelled(dls) -> dict[str, str]:
    return {
        path.relative_to(dls.path).as_posix(): dls.vocab[label]
        for loader in (dls.train, dls.valid)
        for path, label in zip(loader.paths, loader.pictures.labels.tolist(), strict=True)
    }


@pytest.mark.parametrize("how", ["True", "the file", "the annotations"])
def test_loaders_take_annotations_into_account_and_keep_their_split(photos, how, capsys):
    root = photos.file.parent
    plain = lab.ImageDataLoaders.from_folder(root, item_tfms=lab.Resize(8), bs=2)
    file = photos.save()
    annotations = {"True": True, "the file": str(file), "the annotations": photos}[how]
    dls = lab.ImageDataLoaders.from_folder(root, item_tfms=lab.Resize(8), bs=2, annotations=annotations)
    wanted = labelled(plain) | {"train/cats/0.png": "dogs"}
    del wanted["valid/dogs/1.png"], wanted["train/dogs/3.png"]
    assert labelled(dls) == wanted and labelled(plain)["train/cats/0.png"] == "cats"
    assert "1 of 12 pictures relabelled, 2 left out." in capsys.readouterr().out


def test_a_random_split_stays_as_it_was_without_what_is_left_out(photos):
    photos.save()
    options = {"valid_pct": 0.3, "item_tfms": lab.Resize(8), "bs": 2}
    root = photos.file.parent
    plain, clean = (
        lab.ImageDataLoaders.from_folder(root, annotations=way, **options) for way in (None, True)
    )
    out = {root / "valid/dogs/1.png", root / "train/dogs/3.png"}
    for before, after in zip(plain, clean, strict=True):
        assert after.paths == [path for path in before.paths if path not in out]


def test_labels_from_names_and_from_a_table_are_corrected_alike(tmp_path):
    files = [tmp_path / "train" / f"{label}_{n}.png" for label in ("pug", "boxer") for n in range(4)]
    files[0].parent.mkdir()
    for i, file in enumerate(files):
        Image.effect_noise((12, 12), 50 + i).save(file)
    labels = [file.name.partition("_")[0] for file in files]
    marks = Annotations(files, labels)
    marks.relabel(files[0], "boxer")
    marks.discard(files[-1])
    assert marks.save() == tmp_path / NAME
    rows = "".join(f"{file.stem},{label}\n" for file, label in zip(files, labels, strict=True))
    (tmp_path / "labels.csv").write_text(f"id,breed\n{rows}")
    options = {"item_tfms": lab.Resize(8), "bs": 2, "annotations": True}
    by_name = lab.ImageDataLoaders.from_name_re(tmp_path, files, r"^(.+)_\d+.png$", **options)
    by_table = lab.ImageDataLoaders.from_csv(tmp_path, "labels.csv", folder="train", suff=".png", **options)
    for dls in (by_name, by_table):
        found = labelled(dls)
        assert found["train/pug_0.png"] == "boxer" and "train/boxer_3.png" not in found and len(found) == 7
    assert infer_layout(tmp_path).description.endswith("the label in 'breed'")  # not the annotations' table


def test_annotations_that_are_not_there_or_of_other_pictures(photos, tmp_path):
    root, options = photos.file.parent, {"item_tfms": lab.Resize(8), "bs": 2}
    with pytest.raises(FileNotFoundError, match=rf"there is no '{NAME}' in .* marks.save\(\) writes one"):
        lab.ImageDataLoaders.from_folder(root, annotations=True, **options)
    with pytest.raises(FileNotFoundError, match="there is no file"):
        lab.ImageDataLoaders.from_folder(root, annotations=tmp_path / "no.csv", **options)
    (tmp_path / "other.csv").write_text("path,given,mark,label\nx.jpg,cats,discard,\n")
    with pytest.warns(UserWarning, match=r"'other.csv' is about 1 pictures, and none of them is here"):
        dls = lab.ImageDataLoaders.from_folder(root, annotations=tmp_path / "other.csv", **options)
    assert len(labelled(dls)) == 12


def test_a_cleaned_copy_is_a_dataset_of_its_own(photos, tmp_path):
    root, options = photos.file.parent, {"item_tfms": lab.Resize(8), "bs": 2}
    dls = lab.ImageDataLoaders.from_folder(root, annotations=photos, **options)
    clean = dls.write_copy(tmp_path / "clean")
    again = lab.ImageDataLoaders.from_folder(clean, **options)
    assert sorted(labelled(again).values()) == sorted(labelled(dls).values())
    two = {
        path.read_bytes() for path in (clean / "train/dogs").glob("0*.png")
    }  # 0.png, and 0_2.png beside it
    assert two == {(root / f"train/{label}/0.png").read_bytes() for label in ("cats", "dogs")}
    assert not (clean / "valid/dogs/1.png").exists() and (root / "valid/dogs/1.png").exists()
    with pytest.raises(FileExistsError, match="holds something already"):
        dls.write_copy(clean)


@pytest.mark.parametrize("label", ["../x", "a/b", "a\\b", ".hidden", " blank"])
def test_a_label_that_leads_elsewhere_names_no_folder_of_a_copy(photos, tmp_path, label):
    block = lab.DataBlock(
        blocks=(lab.ImageBlock, lab.CategoryBlock),
        get_items=lab.get_image_files,
        get_y=lambda path: {"cats": label}.get(path.parent.name, "dogs"),
        item_tfms=lab.Resize(8),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels that look alike, or have blanks
        dls = block.dataloaders(photos.file.parent, bs=2)
    with pytest.raises(ValueError, match="cannot name a folder"):
        dls.write_copy(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_spreadsheets_semicolons_are_understood_and_a_strange_file_gets_a_short_sentence(tmp_path):
    paths = [tmp_path / "a.png", tmp_path / "b c.png"]
    file = tmp_path / "pawlab-annotations.csv"
    file.write_text(
        f"{';'.join(COLUMNS)}\na.png;cat;relabel;dog\nb c.png;dog;discard;\n", encoding="utf-8-sig"
    )
    found = read_annotations(file)
    assert {path: row.mark.kind for path, row in found.items()} == {
        str(paths[0]): "relabel",
        str(paths[1]): "discard",
    }
    file.write_text("x" * 100_000 + "\n1\n", encoding="utf-8")
    with pytest.raises(lab.PawlabError, match="has no column 'path'") as caught:
        read_annotations(file)
    assert len(str(caught.value)) < 500 + len(str(file))


def test_a_file_that_a_spreadsheet_saved_in_windows_own_encoding_finds_its_pictures(tmp_path):
    picture = write(tmp_path / "münsterländer.png")
    file = tmp_path / NAME
    file.write_bytes(f"{','.join(COLUMNS)}\n{picture.name},Rüde,relabel,Hündin\n".encode("cp1252"))
    with pytest.warns(UserWarning, match=f"'{NAME}' is not UTF-8; it was read as cp1252"):
        found = read_annotations(file)
    assert found == {str(picture): ("Rüde", Mark("relabel", "Hündin"))}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_picture_whose_name_is_no_text_keeps_its_mark(tmp_path):
    picture = write(tmp_path / "\udcfc.png")
    marks = Annotations([picture], ["cat"])
    marks.discard(picture)
    assert read_annotations(marks.save(tmp_path / NAME)) == {str(picture): ("cat", Mark("discard"))}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_picture_that_is_gone_does_not_change_how_the_others_are_read(tmp_path):
    there, gone = write(tmp_path / "rüde.png"), write(tmp_path / "\udcfc.png")
    marks = Annotations([there, gone], ["cat", "cat"])
    marks.discard([there, gone])
    file = marks.save(tmp_path / NAME)
    gone.unlink()
    assert set(read_annotations(file)) == {str(there), str(gone)}

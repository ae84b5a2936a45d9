"""Marks on pictures: relabel, discard, keep; undo and redo; CSV; and the files they move, by layout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lab
from lab.annotations import Annotations, FolderLayout, Mark, NameLayout, TableLayout, find_layout

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


def by_name(root: Path) -> Annotations:
    files = [
        write(root / f"{label}_{number}.jpg") for label in ("Bengal", "Great_Dane") for number in (1, 2, 30)
    ]
    return Annotations(files, [file.name.rpartition("_")[0] for file in files])


TABLE = '\ufeffid,breed,"who, when"\r\na,pug,me\r\nb,"pug","you, 1"\r\n\r\nc,boxer,me\r\nd,boxer,us'


def in_table(root: Path) -> Annotations:
    files = [write(root / "train" / f"{name}.jpg") for name in "abcd"]
    (root / "labels.csv").write_bytes(TABLE.encode())
    layout = TableLayout(root / "labels.csv", "train", ".jpg", label_column="breed")
    return Annotations(files, ["pug", "pug", "boxer", "boxer"], layout)


LAYOUTS = {"folders": in_folders, "names": by_name, "table": in_table}


def again(marks: Annotations, root: Path) -> Annotations:
    """The same data in a later session, with the labels that the disk gives by now."""
    layout = marks.layout
    layout.refresh()
    files = [file for file in sorted(root.rglob("*.jpg")) if layout.label(str(file))]
    return Annotations(files, [layout.label(str(file)) for file in files], layout, marks.vocab)


def contents(root: Path) -> dict[str, bytes]:
    """Everything that a dataset's reader sees: all files but hidden ones and those of .marks."""
    files = [file for file in root.rglob("*") if file.is_file() and ".marks" not in file.parts]
    files = [file for file in files if not file.name.startswith(".")]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


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
    marks.plan()
    assert everything(tmp_path) == before


def test_a_picture_relabelled_with_the_label_it_has_is_kept(folders):
    path = folders.layout.root / "train" / "cats" / "0.jpg"
    folders.relabel(path, "cats")
    assert folders[path] == Mark("keep")


def test_many_pictures_are_one_step_and_a_new_step_ends_the_redo(folders):
    cats = [folders.layout.root / "train" / "cats" / f"{n}.jpg" for n in range(3)]
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
    path = folders.layout.root / "train" / "cats" / "0.jpg"
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
    heard, path = [], folders.layout.root / "train" / "cats" / "0.jpg"
    stop = folders.watch(heard.append)
    folders.relabel(path, "dogs")
    folders.undo()
    folders.redo()
    folders.redo()  # nothing left
    assert heard == [[path]] * 3
    folders.apply()
    assert len(heard) == 4
    assert path in heard[3]
    stop()
    stop()
    folders.undo_apply()
    assert len(heard) == 4


def test_of_takes_pictures_labels_and_vocab_from_an_interpretation(tmp_path):
    paths = [write(tmp_path / "cats" / "1.jpg"), write(tmp_path / "dogs" / "1.jpg")]
    probs = [[0.1, 0.9, 0.0], [0.1, 0.9, 0.0]]
    interp = lab.ClassificationInterpretation(probs, [0, 1], paths, ["cats", "dogs", "emus"])
    marks = lab.Annotations.of(interp)
    assert marks.vocab == ("cats", "dogs", "emus")
    marks.relabel(interp.top_losses(1)[0].path, "emus")
    assert marks[paths[0]] == Mark("relabel", "emus")


@pytest.mark.parametrize("label", ["", " ", "../x", "a/b", "a\\b", "..", ".", ".hidden", "nul\0", None, 3])
@pytest.mark.parametrize("make", [in_folders, by_name])
def test_labels_that_lead_elsewhere_are_refused_even_when_the_vocab_has_them(tmp_path, make, label):
    made = make(tmp_path / "data")
    paths = list(lab.get_image_files(tmp_path / "data"))
    marks = Annotations(paths, [made.label(path) for path in paths], made.layout, [*made.vocab, label])
    with pytest.raises(ValueError, match="label"):
        marks.relabel(paths[0], label)
    assert len(marks) == 0


def test_errors_are_said_in_words_and_mark_nothing(folders):
    path = folders.layout.root / "train" / "cats" / "0.jpg"
    with pytest.raises(ValueError, match="'dog' is not one of the 2 labels. Did you mean 'dogs'?"):
        folders.relabel(path, "dog")
    with pytest.raises(ValueError, match="is not one of the 12 pictures. Add it with its label"):
        folders.discard([path, path.with_name("99.jpg")])
    with pytest.raises(ValueError, match="got 1 picture with 0 labels"):
        folders.add([path], [])
    with pytest.raises(ValueError, match="reads the label 'cats' for .* came with 'dogs'; so for 1 of 1 "):
        Annotations([path], ["dogs"], folders.layout)
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
    path = folders.layout.root / "train" / "cats" / "0.jpg"
    folders.discard([path, path.with_name("1.jpg")])
    file = folders.to_csv(tmp_path / "marks.csv")
    other = Annotations([path], ["cats"])
    assert other.read_csv(file) == "1 mark read. Passed over, since their pictures are not here: 1."
    assert other[path] == Mark("discard")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "has no column 'path'"),
        ("path,label\nx,y\n", "has no column 'mark'"),
        ("path,mark,label\n{path},burn,\n", "line 2: got the mark 'burn'"),
        ("path,mark,label\n{path},relabel,\n", "needs a label, but got None"),
        ("path,mark,label\n{path},keep,dogs\n", "needs no label, but got 'dogs'"),
        ("path,mark,label\n{path},keep,\n{path},relabel,../x\n", "line 3: .* leave the dataset's folder"),
        ("path,mark,label\n{path}\n", "got the mark None"),
        ('path,mark,label\n"{path}', "is no CSV text"),
    ],
)
def test_a_damaged_sheet_is_refused_as_a_whole(folders, tmp_path, text, words):
    path = folders.layout.root / "train" / "cats" / "0.jpg"
    (tmp_path / "marks.csv").write_text(text.format(path=path), encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        folders.read_csv(tmp_path / "marks.csv")
    assert len(folders) == 0


def test_a_sheet_that_is_not_there(folders, tmp_path):
    with pytest.raises(FileNotFoundError, match="read_csv: there is no file"):
        folders.read_csv(tmp_path / "marks.csv")


# applying, layout by layout -----------------------------------------------------------------------------


def test_folders_a_relabelled_picture_moves_to_the_class_beside_its_own(folders):
    root = folders.layout.root
    one, two, last = (root / "valid" / "cats" / "1.jpg", root / "train" / "dogs" / "3.jpg", root / "train/x")
    (root / "valid" / "dogs" / "1.jpg").unlink()  # its name is free
    text = one.read_text()
    folders.relabel(one, "dogs")
    folders.discard(two)
    folders.keep(root / "train" / "cats" / "0.jpg")
    plan = folders.plan()
    assert plan.lines == [
        "train/dogs/3.jpg: discarded, to .marks/discarded/train/dogs/3.jpg",
        "valid/cats/1.jpg: cats → dogs, to valid/dogs/1.jpg",
    ]
    assert repr(plan) == "1 picture would be relabelled and 1 picture would be discarded."
    done = folders.apply()
    assert repr(done) == "1 picture relabelled and 1 picture discarded."
    assert done.lines == plan.lines
    assert (root / "valid" / "dogs" / "1.jpg").read_text() == text
    assert not one.exists()
    assert two not in lab.get_image_files(root)
    assert len(lab.get_image_files(root)) == 10
    assert len(lab.get_image_files(root.parent)) == 10
    # the marks know where the picture went, and what is done is no longer marked
    assert folders.where(one) == root / "valid" / "dogs" / "1.jpg"
    assert (folders.label(one), folders.label(two)) == ("dogs", None)
    assert folders.counts() == {"relabel": 0, "discard": 0, "keep": 1}
    assert not folders.can_undo
    assert not last.exists()
    with pytest.raises(ValueError, match="is discarded already. undo_apply"):
        folders.keep(two)


def test_folders_a_new_class_gets_its_folder_and_loses_it_again(tmp_path):
    made = in_folders(tmp_path / "data")
    paths = list(lab.get_image_files(tmp_path / "data"))
    marks = Annotations(paths, [path.parent.name for path in paths], made.layout, ["cats", "dogs", "emus"])
    before = everything(tmp_path)
    marks.relabel(paths[0], "emus")
    marks.apply()
    assert (tmp_path / "data" / "train" / "emus" / "0.jpg").is_file()
    marks.undo_apply()
    assert everything(tmp_path) == before


@pytest.mark.parametrize("later", [False, True])
def test_two_pictures_swap_and_no_path_comes_to_mean_another_picture(tmp_path, later):
    root = tmp_path / "data"
    marks = in_folders(root)
    before = contents(root)
    cat, dog = root / "train" / "cats" / "0.jpg", root / "train" / "dogs" / "0.jpg"
    marks.relabel(cat, "dogs")
    marks.relabel(dog, "cats")
    marks.apply()
    assert contents(root)["train/dogs/0_2.jpg"] == before["train/cats/0.jpg"]
    assert contents(root)["train/cats/0_2.jpg"] == before["train/dogs/0.jpg"]
    assert (marks.label(cat), marks.label(dog)) == ("dogs", "cats")
    # also a picture of today does not get a name that was given up yesterday
    third = write(root / "train" / "cats" / "new" / ".." / "0_3.jpg").resolve()
    if later:
        marks = again(marks, root)
    else:
        marks.add([third], ["cats"])
    marks.relabel(third, "dogs")
    assert marks.apply().moves[0].target.name == "0_3.jpg"
    assert not cat.exists()
    marks.undo_apply()
    marks.undo_apply()
    third.unlink()
    (root / "train" / "cats" / "new").rmdir()
    assert contents(root) == before
    if not later:
        assert marks[cat] == Mark("relabel", "dogs")


def test_names_a_relabelled_picture_gets_the_number_after_the_highest(tmp_path):
    marks = by_name(tmp_path)
    write(tmp_path / "Bengal_007.jpg")
    one, two = tmp_path / "Great_Dane_1.jpg", tmp_path / "Great_Dane_30.jpg"
    text = two.read_text()
    marks.relabel([one, two], "Bengal")
    marks.discard(tmp_path / "Bengal_30.jpg")
    assert marks.plan().lines == [
        "Bengal_30.jpg: discarded, to .marks/discarded/Bengal_30.jpg",
        "Great_Dane_1.jpg: Great_Dane → Bengal, to Bengal_31.jpg",
        "Great_Dane_30.jpg: Great_Dane → Bengal, to Bengal_32.jpg",
    ]
    marks.apply()
    assert (tmp_path / "Bengal_32.jpg").read_text() == text
    assert [file.name for file in lab.get_image_files(tmp_path)] == [
        "Bengal_007.jpg",
        "Bengal_1.jpg",
        "Bengal_2.jpg",
        "Bengal_31.jpg",
        "Bengal_32.jpg",
        "Great_Dane_2.jpg",
    ]
    # a number that was given up is not given again
    marks.discard(two)
    marks.apply()
    marks.relabel(tmp_path / "Great_Dane_2.jpg", "Bengal")
    assert marks.apply().moves[0].target.name == "Bengal_33.jpg"


def test_names_by_a_rule_of_ones_own(tmp_path):
    paths = [write(tmp_path / name) for name in ("0003-cat.png", "0009-dog.png", "0010-dog.png")]
    layout = NameLayout(tmp_path, r"(?P<number>\d+)-(?P<label>.+)\.png")
    marks = Annotations(paths, ["cat", "dog", "dog"], layout)
    marks.relabel(paths[0], "dog")
    assert marks.plan().moves[0].target.name == "0011-dog.png"


@pytest.mark.parametrize("pattern, words", [("(", "is not a regular"), (r"(.+)_\d+", "the groups")])
def test_a_rule_without_label_and_number_is_refused(tmp_path, pattern, words):
    with pytest.raises(ValueError, match=words):
        NameLayout(tmp_path, pattern)


def test_table_rows_change_and_every_other_byte_stays(tmp_path):
    marks = in_table(tmp_path)
    train, table = tmp_path / "train", tmp_path / "labels.csv"
    marks.relabel([train / "b.jpg", train / "d.jpg"], "pug")
    marks.relabel(train / "b.jpg", "boxer")
    marks.discard(train / "a.jpg")
    assert marks.plan().lines == [
        "train/a.jpg: discarded, to .marks/discarded/train/a.jpg",
        "train/b.jpg: pug → boxer, new label in the table",
        "train/d.jpg: boxer → pug, new label in the table",
    ]
    marks.apply()
    assert table.read_bytes().decode() == (
        '\ufeffid,breed,"who, when"\r\nb,boxer,"you, 1"\r\n\r\nc,boxer,me\r\nd,pug,us'
    )
    assert (tmp_path / ".marks" / "labels-before-1.csv").read_bytes().decode() == TABLE
    frame = lab.data.csvs.read_labels(table, "train", ".jpg")
    assert dict(zip(frame["path"].map(lambda path: path.stem), frame["label"], strict=True)) == {
        "b": "boxer",
        "c": "boxer",
        "d": "pug",
    }
    later = again(marks, tmp_path)
    assert later.last_apply().startswith("3 marks applied on ")
    later.undo_apply()
    assert table.read_bytes().decode() == TABLE
    assert (later[train / "b.jpg"], later[train / "a.jpg"]) == (Mark("relabel", "boxer"), Mark("discard"))


@pytest.mark.parametrize("gone", ["a", "d"])
def test_table_a_row_edited_since_by_hand_is_left_and_said(tmp_path, gone):
    marks = in_table(tmp_path)
    train, table = tmp_path / "train", tmp_path / "labels.csv"
    marks.relabel(train / "c.jpg", "pug")
    marks.discard(train / f"{gone}.jpg")
    marks.apply()
    table.write_bytes(table.read_bytes().replace(b"c,pug,me", b"c,poodle,me"))
    undone = marks.undo_apply()
    assert undone.left == (
        "1 picture cannot be changed in 'labels.csv', where somebody else changed the row: 'train/c.jpg'.",
    )
    assert table.read_bytes().decode() == TABLE.replace("c,boxer", "c,poodle")
    assert (train / f"{gone}.jpg").is_file()


def test_table_that_cannot_be_rewritten_leaves_all_as_it_was(tmp_path, monkeypatch):
    marks = in_table(tmp_path)
    before = contents(tmp_path)
    marks.discard(tmp_path / "train" / "a.jpg")
    marks.relabel(tmp_path / "train" / "b.jpg", "boxer")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lab.annotations.table.shutil.copymode", full)
    with pytest.raises(OSError, match="apply: cannot write in .* \\(No space left on device\\)"):
        marks.apply()
    assert contents(tmp_path) == before
    assert (len(marks), marks.last_apply()) == (2, None)
    monkeypatch.undo()
    assert len(marks.apply()) == 2


def test_table_of_a_spreadsheet_keeps_its_separator_and_finds_ids_as_from_csv_does(tmp_path):
    names = ["a.JPG", "b.jpg", "c.jpg", "d.jpg"]
    files = [write(tmp_path / "train" / name) for name in names]
    text = "id;breed ;n\r\na;pug;0,5\r\nb.jpg; pug;1\r\nc;boxer;1\r\nd;boxer;2"
    (tmp_path / "labels.csv").write_bytes(text.encode())
    layout = TableLayout(tmp_path / "labels.csv", "train", ".jpg", label_column="breed")
    assert [layout.label(str(file)) for file in files] == ["pug", "pug", "boxer", "boxer"]
    vocab = ["boxer", "boxer; brindle", "pug"]
    marks = Annotations(files, ["pug", "pug", "boxer", "boxer"], layout, vocab=vocab)
    marks.relabel(files[:2], "boxer; brindle")
    marks.apply()
    changed = text.replace("a;pug;", 'a;"boxer; brindle";').replace("b.jpg; pug", 'b.jpg;"boxer; brindle"')
    assert (tmp_path / "labels.csv").read_bytes().decode() == changed
    assert layout.label(str(files[2])) == "boxer"


def test_table_without_column_names_is_refused(tmp_path):
    write(tmp_path / "train" / "a.jpg")
    (tmp_path / "labels.csv").write_text("a.jpg,pug\nb.jpg,boxer\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"has no column names: its first line, \['a\.jpg', 'pug'\], is a"):
        TableLayout(tmp_path / "labels.csv", "train")


def test_table_of_the_wrong_kind(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        TableLayout(tmp_path / "labels.csv")
    (tmp_path / "labels.csv").write_text("id,breed\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no column 'label'; its columns are"):
        TableLayout(tmp_path / "labels.csv", label_column="label")
    (tmp_path / "labels.csv").write_bytes(b"id,\xff\n")
    with pytest.raises(ValueError, match="is no CSV text in UTF-8"):
        TableLayout(tmp_path / "labels.csv")


# what goes wrong ----------------------------------------------------------------------------------------


def mark_some(marks: Annotations) -> dict:
    """Relabel every second picture, discard every third; what is marked, by path."""
    paths = sorted(marks._pictures.labels)
    first, second = marks.vocab
    for path in paths[::2]:
        marks.relabel(path, second if marks.label(path) == first else first)
    marks.discard(paths[::3])
    return {path: marks[path] for path in paths if marks[path]}


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("later", [False, True])
def test_apply_and_undo_apply_return_to_the_same_bytes_and_marks(tmp_path, make, later):
    marks = make(tmp_path / "data")
    before, marked = contents(tmp_path), mark_some(marks)
    for _ in range(2):
        assert len(marks.apply()) == len(marked)
        assert contents(tmp_path) != before
        marks = again(marks, tmp_path / "data") if later else marks
        assert len(marks) == 0
        assert repr(marks.undo_apply()) == f"{len(marked)} pictures taken back."
        assert contents(tmp_path) == before
        assert {path: marks[path] for path in marked} == marked
    assert marks.last_apply() is None
    assert repr(marks.undo_apply()) == "Nothing was applied that could be taken back."


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
import test_annotations
from lab.annotations import moves

marks = test_annotations.LAYOUTS[sys.argv[1]](Path(sys.argv[2]))
test_annotations.mark_some(marks)
left = [int(sys.argv[3])]
rename = Path.rename
rewrite = Path.replace

def until_killed(act):
    def acting(path, target):
        if Path(target).name != "journal.json":
            if left[0] == 0:
                os._exit(9)
            left[0] -= 1
        return act(path, target)
    return acting

Path.rename, Path.replace = until_killed(rename), until_killed(rewrite)
marks.apply()
"""


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("after", [1, 2])
def test_a_process_killed_between_moves_leaves_a_journal_that_is_followed(tmp_path, name, after):
    root = tmp_path / "data"
    command = [sys.executable, "-c", KILLED, name, str(root), str(after), str(Path(__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    marks = LAYOUTS[name](tmp_path / "model")
    marked = mark_some(marks)
    expected = contents(tmp_path / "model")
    state = contents(root)
    assert state.keys() != expected.keys()

    layout = (
        type(marks.layout)(root) if name != "table" else TableLayout(root / "labels.csv", "train", ".jpg")
    )
    files = [file for file in lab.get_image_files(root) if layout.label(str(file))]
    marks = Annotations(files, [layout.label(str(file)) for file in files], layout, marks.vocab)
    assert marks.last_apply().endswith(", cut off before its end")
    with pytest.raises(ValueError, match="apply: .* cut off before its end. Call undo_apply"):
        marks.apply()
    marks.undo_apply()
    assert contents(root).keys() == expected.keys()
    assert len(marks) == len(marked)
    assert len(marks.apply()) == len(marked)


@pytest.mark.parametrize("make", LAYOUTS.values(), ids=LAYOUTS)
def test_undo_apply_that_is_cut_off_can_be_called_again(tmp_path, make, monkeypatch):
    marks = make(tmp_path / "data")
    before, marked = contents(tmp_path), mark_some(marks)
    marks.apply()
    rename, calls = Path.rename, []

    def interrupted(path, target):
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    if len([move for move in marks._journal.entries()[0].moves if move.target]) > 1:
        with pytest.raises(KeyboardInterrupt):
            marks.undo_apply()
    monkeypatch.undo()
    marks.undo_apply()
    assert contents(tmp_path) == before
    assert {path: marks[path] for path in marked} == marked


def test_ctrl_c_in_the_middle_leaves_the_marks_knowing_where_the_pictures_lie(folders, monkeypatch):
    marked = mark_some(folders)
    rename, calls = Path.rename, []

    def interrupted(path, target):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folders.apply()
    monkeypatch.undo()
    assert len(folders) == len(marked) - 2
    assert all(folders.where(path).is_file() for path in marked)
    folders.undo_apply()
    assert {path: folders[path] for path in marked} == marked


def test_missing_pictures_are_said_in_one_sentence_and_the_others_go_on(folders):
    cats = [folders.layout.root / "train" / "cats" / f"{n}.jpg" for n in range(4)]
    folders.discard(cats)
    for path in cats[:2]:
        path.unlink()
    said = "2 pictures cannot be found on disk: 'train/cats/0.jpg', 'train/cats/1.jpg'."
    assert folders.plan().left == (said,)
    done = folders.apply()
    assert done.left == (said,)
    assert str(done).splitlines()[:2] == ["2 pictures discarded.", said]
    assert folders.counts()["discard"] == 2


def test_nothing_to_apply_touches_nothing(folders):
    before = everything(folders.layout.root)
    folders.keep(folders.layout.root / "train" / "cats" / "0.jpg")
    assert repr(folders.plan()) == "Nothing would be changed."
    assert repr(folders.apply()) == "Nothing changed."
    assert everything(folders.layout.root) == before


def test_a_picture_that_cannot_be_moved_is_said_and_keeps_its_mark(folders, monkeypatch):
    cats = [folders.layout.root / "train" / "cats" / f"{n}.jpg" for n in range(3)]
    folders.relabel(cats, "dogs")
    rename = Path.rename

    def guarded(path, target):
        if path == cats[1]:
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", guarded)
    done = folders.apply()
    assert len(done) == 2
    assert done.left == (
        "1 picture cannot be moved (Permission denied); make the folder writable, and try again: "
        "'train/cats/1.jpg'.",
    )
    assert folders[cats[1]] == Mark("relabel", "dogs")
    monkeypatch.undo()
    assert len(folders.apply()) == 1
    assert len(folders.undo_apply()) == 1
    assert len(folders.undo_apply()) == 2


def test_a_read_only_dataset_is_an_error_in_words(folders, monkeypatch):
    before = everything(folders.layout.root)
    folders.discard(folders.layout.root / "train" / "cats" / "0.jpg")

    def read_only(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(PermissionError, match="apply: cannot write in .* Make the folder writable, or copy"):
        folders.apply()
    assert everything(folders.layout.root) == before
    assert (len(folders), folders.can_undo) == (1, True)


def test_a_name_taken_between_plan_and_move_is_not_overwritten(folders, monkeypatch):
    root = folders.layout.root
    path, target = root / "train" / "cats" / "0.jpg", root / ".marks" / "discarded" / "train/cats/0.jpg"
    write_journal = folders._journal.write

    def someone_else(entries):
        write_journal(entries)
        if not target.exists():
            write(target)

    monkeypatch.setattr(folders._journal, "write", someone_else)
    folders.discard(path)
    done = folders.apply()
    assert done.left[0].startswith("1 picture cannot be moved, since another file is called '0.jpg' there")
    assert path.is_file()
    assert "of" in target.read_text()


def test_undo_leaves_what_it_would_overwrite_and_what_is_gone(folders):
    root = folders.layout.root
    cats = [root / "train" / "cats" / f"{n}.jpg" for n in range(3)]
    folders.discard(cats)
    folders.apply()
    cats[0].write_text("new")
    (root / ".marks" / "discarded" / "train" / "cats" / "1.jpg").unlink()
    undone = folders.undo_apply()
    assert len(undone) == 1
    assert undone.left == (
        "1 picture cannot be moved back, since no file is there any more: "
        "'.marks/discarded/train/cats/1.jpg'.",
        "1 picture cannot be moved, since another file is called '0.jpg' there: "
        "'.marks/discarded/train/cats/0.jpg'.",
    )
    assert cats[0].read_text() == "new"
    cats[0].rename(root / "mine.jpg")
    assert len(folders.undo_apply()) == 1
    assert cats[0].read_text() != "new"
    assert folders.last_apply() is None


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1]",
        '[{"when": "", "finished": true, "table": null, "id_column": 0, "folders": [], "moves": '
        '[{"from": "../../etc/x.jpg", "to": "train/cats/0.jpg", "given": "cats", "label": null}]}]',
        '[{"when": "", "finished": true, "table": "/etc/x", "id_column": 0, "folders": [], "moves": []}]',
    ],
)
def test_a_journal_that_cannot_be_trusted_moves_nothing(folders, text):
    root = folders.layout.root
    (root / ".marks").mkdir()
    (root / ".marks" / "journal.json").write_text(text, encoding="utf-8")
    folders.discard(root / "train" / "cats" / "0.jpg")
    before = everything(root)
    for act in (folders.plan, folders.apply, folders.undo_apply):
        with pytest.raises(ValueError, match="the journal .* cannot be followed"):
            act()
    assert everything(root) == before


def test_a_label_out_of_a_foreign_journal_does_not_become_a_mark(folders):
    root = folders.layout.root
    path = root / "train" / "cats" / "0.jpg"
    folders.relabel(path, "dogs")
    folders.apply()
    journal = root / ".marks" / "journal.json"
    entries = json.loads(journal.read_text(encoding="utf-8"))
    entries[0]["moves"][0]["label"] = "../../../x"
    journal.write_text(json.dumps(entries), encoding="utf-8")
    folders.undo_apply()
    assert path.is_file()
    assert folders[path] is None


def test_the_dataset_may_move_before_it_is_undone(folders, tmp_path):
    before = contents(folders.layout.root)
    mark_some(folders)
    folders.apply()
    moved = folders.layout.root.rename(tmp_path / "elsewhere")
    files = list(lab.get_image_files(moved))
    later = Annotations(files, [file.parent.name for file in files])
    later.undo_apply()
    assert contents(moved) == before


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_series_of_marks_and_applies_loses_no_picture_and_can_be_taken_back(tmp_path_factory, data):
    make = data.draw(st.sampled_from(sorted(LAYOUTS)))
    root = tmp_path_factory.mktemp("series") / "data"
    marks = LAYOUTS[make](root)
    paths, start = [Path(key) for key in marks._pictures.labels], contents(root)
    texts = {path: path.read_text() for path in paths}
    labels = {path: marks.label(path) for path in paths}
    kept = [dict(labels)]
    for _ in range(data.draw(st.integers(1, 4))):
        for path in data.draw(st.lists(st.sampled_from(paths), unique=True)):
            if labels[path] is not None:
                labels[path] = data.draw(st.sampled_from([*marks.vocab, None]))
                marks.discard(path) if labels[path] is None else marks.relabel(path, labels[path])
        if not marks.apply().moves:
            continue
        assert {path: marks.where(path).read_text() for path in paths} == texts
        assert {path: marks.label(path) for path in paths} == labels
        later = again(marks, root)
        for path in paths:
            if labels[path] is not None:
                assert later.label(marks.where(path)) == labels[path]
        kept.append(dict(labels))
    while len(kept) > 1:
        assert marks.undo_apply().left == ()
        kept.pop()
        marks.clear([path for path in paths if marks[path]])
        assert {path: marks.label(path) for path in paths} == kept[-1]
    assert contents(root) == start


# finding the layout -------------------------------------------------------------------------------------


def test_the_layout_is_found_from_paths_and_labels(tmp_path):
    marks = in_folders(tmp_path / "data")
    assert repr(marks.layout) == f"FolderLayout({str(tmp_path / 'data')!r})"
    valid = [tmp_path / "data" / "valid" / label / "0.jpg" for label in ("cats", "dogs")]
    assert find_layout(valid, ["cats", "dogs"]).root == tmp_path / "data"
    named = by_name(tmp_path / "names")
    assert isinstance(named.layout, NameLayout)
    assert named.layout.root == tmp_path / "names"
    assert find_layout(valid, ["cat", "dog"]) is None
    assert find_layout([], []) is None
    assert find_layout([tmp_path / "gone" / "cats" / "1.jpg"], ["cats"]) is None


def test_smaller_copies_are_no_dataset_to_move_in(tmp_path):
    files = [write(tmp_path / "340" / "train" / label / "1.jpg") for label in ("cats", "dogs")]
    (tmp_path / "340" / "copies.json").write_text("{}", encoding="utf-8")
    assert find_layout(files, ["cats", "dogs"]) is None


def test_without_a_layout_all_but_apply_works(tmp_path):
    path = write(tmp_path / "photos" / "IMG 1.jpg")
    marks = Annotations([path], ["cat"], vocab=["cat", "dog"])
    marks.relabel(path, "dog")
    marks.to_csv(tmp_path / "marks.csv")
    for act in (marks.plan, marks.apply, marks.undo_apply):
        with pytest.raises(ValueError, match="where these labels live: .* Pass layout= to Annotations"):
            act()
    assert marks.last_apply() is None
    assert marks.label(path) == "dog"


def test_a_layout_of_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(NotADirectoryError, match="FolderLayout: there is no folder"):
        FolderLayout(tmp_path / "gone")

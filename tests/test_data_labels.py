"""Labels are found exactly as they are written, and what is wrong with them is said in words."""

import re
import unicodedata
import warnings
from collections import namedtuple
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pandas as pd
import pytest

from lab.data.csvs import read_labels
from lab.data.labels import ColReader, LabelError, RegexLabeller, label_items, parent_label, using_attr
from lab.data.vocab import Vocab, check_classes, warn_lookalikes

LESSON = r"(.+)_\d+.jpg$"
ODD_LABELS = ["<b onclick=x>", 'a "quoted" one', "it's", "two  spaces", "🐈", "כלב", "a&b"]


# --- RegexLabeller, using_attr, parent_label ---


def test_the_lessons_labeller():
    get_y = using_attr(RegexLabeller(LESSON), "name")
    assert get_y(Path("images/great_pyrenees_173.jpg")) == "great_pyrenees"
    assert repr(get_y) == "using_attr(RegexLabeller('(.+)_\\\\d+.jpg$'), 'name')"


def test_match_holds_only_at_the_start():
    assert RegexLabeller(r"([a-z]+)_")("1_cat_2") == "cat"
    with pytest.raises(
        LabelError, match=r"no label in '1_cat_2'\. The pattern '\(\[a-z\]\+\)_' does not match"
    ):
        RegexLabeller(r"([a-z]+)_", match=True)("1_cat_2")


def test_a_whole_path_is_read_with_slashes_on_every_system():
    labeller = RegexLabeller(r"/([^/]+)_\d+.jpg$")
    assert labeller(PurePosixPath("a/b/cat_1.jpg")) == "cat"
    assert labeller(PureWindowsPath("a\\b\\cat_1.jpg")) == "cat"


def test_a_pattern_that_cannot_label_is_refused_at_once():
    with pytest.raises(ValueError, match=r"has no group\. Put brackets"):
        RegexLabeller(r".+_\d+.jpg$")
    with pytest.raises(ValueError, match="is not a regular expression: missing"):
        RegexLabeller("(.+_")


def test_a_group_that_took_no_part_is_no_label():
    with pytest.raises(LabelError):
        RegexLabeller(r"(cat)?_\d+")("_12")


@pytest.mark.parametrize("label", ODD_LABELS)
def test_odd_labels_come_out_exactly(label):
    assert RegexLabeller(LESSON)(f"{label}_12.jpg") == label
    assert parent_label(Path("train") / label / "1.jpg") == label


def test_parent_label():
    assert parent_label("train/cats/1.jpg") == "cats"
    with pytest.raises(LabelError, match="It is not inside a named folder"):
        parent_label("1.jpg")


def test_using_attr_on_a_string_says_what_is_missing():
    with pytest.raises(AttributeError, match=r"'a\.jpg' is a str and has no attribute 'name'"):
        using_attr(str.upper, "name")("a.jpg")


# --- ColReader ---


def test_a_column_is_read_by_name_or_number_from_any_row():
    table = pd.DataFrame({"id": ["001", "002"], "the breed": ["pug", "Pug "]})
    tuple_row = namedtuple("Row", ["id", "breed"])("001", "pug")
    assert ColReader("the breed")(table.iloc[1]) == "Pug "
    assert ColReader(1)(table.iloc[0]) == "pug"
    assert ColReader("breed")(tuple_row) == ColReader(1)(tuple_row) == "pug"
    assert ColReader("id")({"id": "x"}) == "x"
    assert ColReader(-1)(["a", "b"]) == "b"


def test_a_column_gets_its_prefix_and_suffix():
    row = {"id": "abc"}
    assert ColReader("id", pref="train/", suff=".jpg")(row) == "train/abc.jpg"
    assert ColReader("id", pref=Path("data") / "train", suff=".jpg")(row) == Path("data/train/abc.jpg")
    assert repr(ColReader("id", suff=".jpg")) == "ColReader('id', pref='', suff='.jpg')"


def test_a_column_that_is_not_there_and_an_empty_cell():
    row = pd.Series({"id": "a", "breed": None, "age": float("nan")})
    with pytest.raises(
        ValueError, match=r"no column 'bred'; the columns are \['id', .*Did you mean 'breed'\?"
    ):
        ColReader("bred")(row)
    for column in ("breed", "age"):
        with pytest.raises(LabelError, match=f"The column '{column}' is empty there"):
            ColReader(column, suff=".jpg")(row)


# --- label_items ---


def test_all_items_are_labelled_and_numbers_become_text():
    assert label_items(["cat_1.jpg", "dog_2.jpg"], RegexLabeller(LESSON)) == ["cat", "dog"]
    assert label_items(["Cat", "dog"], lambda name: name[0].isupper()) == ["True", "False"]
    assert label_items([1, 2], lambda i: np.int64(i)) == ["1", "2"]
    assert all(type(label) is str for label in label_items([1], lambda i: np.str_("a")))
    assert label_items([], str) == []


def test_names_that_the_pattern_does_not_match_are_counted_and_named_in_one_error():
    items = [Path(f"images/cat_{i}.jpg") for i in range(737)]
    items[5:5] = [Path("images/IMG 001.jpg"), Path("images/<x>.jpg"), Path("images/b.jpg")]
    with pytest.raises(ValueError) as caught:
        label_items(items, using_attr(RegexLabeller(LESSON), "name"))
    assert str(caught.value) == (
        "dataloaders: 3 of 740 pictures have no label: 'IMG 001.jpg', '<x>.jpg', 'b.jpg'. "
        r"The pattern '(.+)_\d+.jpg$' does not match them. "
        "Pass a get_y that does, or filter them out in get_items."
    )
    assert isinstance(caught.value.__cause__, LabelError)


def test_one_picture_of_many_without_a_label_is_said_in_good_english():
    with pytest.raises(ValueError, match=r"1 of 2 pictures has no label: 'b'"):
        label_items([Path("a"), Path("b")], {Path("a"): "cat"}.__getitem__)


def test_only_five_names_are_shown():
    with pytest.raises(
        ValueError, match=r"7 of 7 pictures have no label: '0', '1', '2', '3', '4' and 2 more\. The"
    ):
        label_items([str(i) for i in range(7)], RegexLabeller(LESSON))
    with pytest.raises(
        ValueError, match=r"1 of 1 picture has no label: 'a'\. The pattern .* does not match it\."
    ):
        label_items(["a"], RegexLabeller(LESSON))


def test_a_get_y_that_raises_is_reported_with_its_item_and_chained():
    with pytest.raises(
        ValueError, match=r"1 of 2 .*'b\.jpg'\. For 'b\.jpg' get_y raised KeyError: 'b\.jpg'\."
    ) as caught:
        label_items(["a.jpg", "b.jpg"], {"a.jpg": "cat"}.__getitem__)
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("nothing", [None, "", float("nan"), pd.NA, ["cat", "dog"], b"cat", Path("cat")])
def test_what_is_no_label_is_refused(nothing):
    with pytest.raises(ValueError, match=r"1 of 1 picture has no label: 'a'\. get_y returned "):
        label_items(["a"], lambda item: nothing)


# --- Vocab ---


def test_a_vocab_is_the_sorted_distinct_labels():
    vocab = Vocab(["dog", "cat", "dog", "Emu"])
    assert list(vocab) == ["Emu", "cat", "dog"] == vocab
    assert vocab == Vocab(["cat", "dog", "Emu"]) and vocab != ["cat", "dog"]
    assert (vocab[1], vocab[-1], vocab[:2], len(vocab)) == ("cat", "dog", ("Emu", "cat"), 3)
    assert vocab.o2i == {"Emu": 0, "cat": 1, "dog": 2}
    assert vocab.index("dog") == 2
    assert "cat" in vocab and "x" not in vocab and ["x"] not in [vocab]
    assert hash(vocab) == hash(Vocab(vocab))
    assert vocab != 3


def test_a_vocab_prints_briefly():
    assert repr(Vocab(["b", "a"])) == "(#2) ['a', 'b']"
    assert repr(Vocab(f"{i:02}" for i in range(37))).startswith("(#37) ['00', '01',")
    assert repr(Vocab(f"{i:02}" for i in range(37))).endswith("'09', ...]")


def test_an_unknown_label_gets_close_ones():
    with pytest.raises(ValueError, match=r"there is no label 'Persain'\. Did you mean 'Persian'\?"):
        Vocab(["Persian", "Ragdoll"]).index("Persain")
    with pytest.raises(ValueError, match=r"The labels are \(#1\) \['cat'\]"):
        Vocab(["cat"]).index("zzz")


def test_labels_are_strings():
    assert list(Vocab(["a", 3])) == ["3", "a"]
    with pytest.raises(TypeError, match=r"\['b'\] is a list, not a label"):
        Vocab(["a", ["b"]])


# --- warnings about labels ---


@pytest.mark.parametrize(
    ("labels", "named"),
    [
        (["Cat", "cat", "dog"], "'Cat' and 'cat'"),
        (["cat", "cat ", "dog"], "'cat' and 'cat '"),
        (["a cat", "a  cat"], "'a  cat' and 'a cat'"),
        (["cat", "cat\u200b"], r"'cat' and 'cat\u200b'"),
        (["ﬁsh", "fish"], "'fish' and 'ﬁsh'"),
        (["STRASSE", "straße"], "'STRASSE' and 'straße'"),
        (["café", unicodedata.normalize("NFD", "café")], r"'cafe\u0301' and 'caf\xe9'"),
    ],
)
def test_labels_that_differ_only_in_looks_are_named_once(labels, named):
    with pytest.warns(UserWarning) as caught:
        warn_lookalikes(labels)
    assert len(caught) == 1
    assert f"count as different classes: {named}. If they are one class" in str(caught[0].message)


def test_different_labels_give_no_warning():
    warn_lookalikes(["cat", "cats", "c_at", "Cät", *ODD_LABELS])


def test_one_class_is_refused():
    with pytest.raises(
        ValueError, match=r"at least two classes, found only 'cats' \(3 pictures\)\. Check get_y"
    ):
        check_classes(["cats"] * 3, ["dogs"])
    with pytest.raises(ValueError, match="found only no picture at all"):
        check_classes([], [])


def test_a_class_with_a_single_picture_is_named():
    with pytest.warns(UserWarning, match="1 class with a single picture: 'emu'"):
        check_classes(["cat", "dog", "emu"], ["cat", "dog"])


def test_classes_that_only_validation_has_are_named_with_their_pictures():
    with pytest.warns(
        UserWarning, match=r"2 classes only in the validation set: 'a', 'b' \(4 of 5 validation"
    ):
        check_classes(["cat", "dog"] * 2, ["a", "a", "b", "b", "cat"])


def test_sound_classes_give_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_classes(["cat", "dog"], ["cat", "dog"])


# --- read_labels ---


def table(folder: Path, text: str, *pictures: str) -> Path:
    (folder / "train").mkdir(exist_ok=True)
    for name in pictures:
        (folder / "train" / name).touch()
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    return folder / "labels.csv"


def test_a_kaggle_table_is_read(tmp_path):
    file = table(tmp_path, 'id,breed\n001,pug\n"a,b","Shih ""Tzu"" "\n', "001.jpg", "a,b.jpg")
    rows = read_labels(file, "train", ".jpg")
    assert list(rows["path"]) == [tmp_path / "train" / "001.jpg", tmp_path / "train" / "a,b.jpg"]
    assert list(rows["label"]) == ["pug", 'Shih "Tzu"'], "spaces at the ends are removed"
    get_x, get_y = ColReader("path"), ColReader("label")
    first = rows.iloc[0]
    assert (get_x(first), get_y(first)) == (
        tmp_path / "train" / "001.jpg",
        "pug",
    )


def test_columns_by_name_a_byte_order_mark_and_blank_lines(tmp_path):
    file = table(tmp_path, "\ufeffbreed,x,file\n\ncat,1,a.png\n\n", "a.png")
    rows = read_labels(str(file), tmp_path / "train", id_column="file", label_column="breed")
    assert list(rows["label"]) == ["cat"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lists no picture"),
        ("id,breed\n", "lists no picture"),
        ("id\na\n", "has no column 1; its columns are ['id']"),
        ("id,breed\na,pug\n,pug\n", "has no id: line 3."),
        ("id,breed\na, \nb,\n", "has no label: lines 2, 3."),
        ("id,breed\na,pug\nb\n", "has too few columns: line 3."),
        ("id,breed\na,pug\nb,pug\na,cat\n", "repeats an id: line 4 (as 2)."),
        ('id,breed\n"a\nb",pug\nz,pug\n', "names a picture that is not in"),
    ],
)
def test_a_faulty_table_names_the_file_and_the_lines(tmp_path, text, words):
    file = table(tmp_path, text, "a.jpg", "b.jpg")
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        read_labels(file, "train", ".jpg")
    assert str(caught.value).startswith(f"read_labels: '{file}' ")


def test_a_missing_column_table_or_picture_gets_a_hint(tmp_path):
    file = table(tmp_path, "id,breed\na,pug\nc,pug\n", "a.jpg")
    with pytest.raises(ValueError, match=r"no column 'bred'; .* Did you mean 'breed'\?"):
        read_labels(file, "train", ".jpg", label_column="bred")
    with pytest.raises(ValueError, match=r"lines 2 \('a'\), 3 \('c'\)\. Pass suff='\.jpg'\."):
        read_labels(file, "train")
    with pytest.raises(ValueError, match=r"line 3 \('c\.jpg'\)\. Check folder= and suff="):
        read_labels(file, "train", ".jpg")
    with pytest.raises(FileNotFoundError, match=r"there is no file .* holds 'labels\.csv'"):
        read_labels(tmp_path / "label.csv")
    with pytest.raises(FileNotFoundError, match="Check the path"):
        read_labels(tmp_path / "train" / "labels.csv")
    file.write_bytes(b"id,breed\na,p\xffg\n")
    with pytest.raises(ValueError, match="is not text in utf-8: .* Leave encoding out"):
        read_labels(file, "train", ".jpg", encoding="utf-8")

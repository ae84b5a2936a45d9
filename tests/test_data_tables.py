"""One reader of label tables: whoever wrote the file, no picture is lost without a word, and advice works."""

import codecs
import re
import unicodedata

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import lab
from lab import classic
from lab.data.csvs import frame_labels, read_labels
from lab.data.infer_layout import infer_layout
from lab.data.table_file import sniff

NAMES = [f"{i}.jpg" for i in range(10)]
ROWS = "".join(f"{i}.jpg,{'ab'[i % 2]}\n" for i in range(10))
BARE = ROWS.replace(".jpg", "")


@pytest.fixture
def put(tmp_path):
    """put(names): empty files in train/, since a table is checked by names alone."""

    def put(names=NAMES, folder="train"):
        for name in names:
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return put


@pytest.fixture
def drawn(tmp_path):
    """Ten small pictures train/0.jpg … 9.jpg."""
    rng = np.random.default_rng(0)
    (tmp_path / "train").mkdir()
    for i, name in enumerate(NAMES):
        pixels = rng.integers(0, 90, (36, 36, 3)).astype(np.uint8)
        pixels[..., i % 3] += 110
        Image.fromarray(pixels).save(tmp_path / "train" / name)
    return tmp_path


def write(folder, text, name="labels.csv"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / name


def read(folder, text, suff="", name="labels.csv", **options):
    """label of each picture's name."""
    rows = read_labels(write(folder, text, name), "train", suff, **options)
    return dict(zip([path.name for path in rows["path"]], rows["label"], strict=True))


def from_csv(folder, text, **options):
    write(folder, text)
    given = {"folder": "train", "bs": 4, "item_tfms": lab.Resize(32), **options}
    return lab.ImageDataLoaders.from_csv(folder, **given)


def from_df(folder, frame, **options):
    given = {"folder": "train", "bs": 4, "item_tfms": lab.Resize(32), **options}
    return lab.ImageDataLoaders.from_df(frame, folder, **given)


def validated(dls):
    return sorted(path.name for path in dls.valid.pictures.paths)


ALL = {name: "ab"[i % 2] for i, name in enumerate(NAMES)}

# --- the text ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_ends_are_found_out(put, delimiter, encoding, end):
    text = ("id,y\n" + ROWS).replace(",", delimiter).replace("\n", end)
    assert read(put(), text.encode(encoding)) == ALL


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nid;y\n" + ROWS.replace(",", ";"),
        '"id", "y"\n' + re.sub(r"(.+),(.+)", r'"\1", "\2"', ROWS),
        " id ,  y \n" + ROWS.replace(",", " , ").replace("\n", " \n"),
        "id;y;weight\n" + re.sub(r"(.+),(.+)", r"\1;\2;0,5", ROWS),
        "id,y,\n" + ROWS.replace("\n", ",\n") + ",,\n\n",
        "y is,the id\n" + re.sub(r"(.+),(.+)", r"\2,\1", ROWS),
    ],
    ids=["Excel's sep=", "quoted", "spaces", "decimal commas", "empty column and rows", "columns by name"],
)
def test_what_spreadsheets_write_is_read(put, text):
    columns = {"id_column": "the id", "label_column": "y is"} if text.startswith("y is") else {}
    assert read(put(), text, **columns) == ALL


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("id,y\n1.jpg,a;b;c\n2.jpg,d;e;f\n", ","),
        ("1.jpg,cat; black\n2.jpg,dog; brown\n", ","),
        ("id\ty\n1\tcat, black\n2\tdog, brown\n", "\t"),
        ("1.jpg;a;0,5\n2.jpg;b;1,5\n", ";"),
        ("1,2;3\n4,5;6\n", ","),
        ("id\n1\n", ","),
    ],
)
def test_the_separator_is_the_one_that_makes_whole_ids(text, delimiter):
    assert sniff(text) == delimiter


def test_another_separator_is_asked_for_and_then_used(put):
    text = "id y\n" + ROWS.replace(",", " ")
    with pytest.raises(ValueError, match=r"no column 1; its columns are \['id y'\]\. .*pass delimiter="):
        read(put(), text)
    assert read(put(), text, delimiter=" ") == ALL
    with pytest.raises(ValueError, match=r"delimiter='\\\\s\+'; expected one character"):
        read(put(), text, delimiter=r"\s+")


def test_what_is_not_utf8_is_read_as_windows_writes_it_and_the_notice_shows_a_word(put):
    text = "id,y\n0.jpg,chat\n1.jpg,bébé\n".encode("latin-1")
    with pytest.warns(UserWarning, match=r"is not UTF-8; it was read as cp1252, which gives 'bébé'"):
        assert read(put(), text) == {"0.jpg": "chat", "1.jpg": "bébé"}
    assert read(put(), text, encoding="latin-1")["1.jpg"] == "bébé"
    with pytest.raises(ValueError, match="there is no encoding 'latin-99'"):
        read(put(), text, encoding="latin-99")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04aaa", "is a workbook or an archive, not CSV text. Save it as CSV text"),
        (b"\x1f\x8baaa", "is a compressed file, not CSV text. Unpack it"),
        (codecs.BOM_UTF16_LE + b"a", "is not text in utf-16"),
        (f"id,y\n{ROWS}".encode("utf-16-le"), "For UTF-16, pass encoding='utf-16-le'"),
        (b'id,y\n"0.jpg,a\n1.jpg,b\n', "is not valid CSV: line 3: unexpected end of data"),
        (b"id,y\n0.jpg,a\n1.jpg,b, c\n", "has more cells than columns: line 3. Separator: ','"),
    ],
)
def test_what_is_no_table_is_refused_in_words(put, content, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        read(put(), content)
    assert str(caught.value).startswith("read_labels: '")


# --- the heading ---


@pytest.mark.parametrize(
    ("text", "suff"),
    [
        (ROWS, ""),
        (BARE, ".jpg"),
        (ROWS.replace("jpg", "JPG"), ""),
        (ROWS.replace(",", "\t"), ""),
        (re.sub("^0.jpg", "./0.jpg", ROWS), ""),
    ],
)
def test_a_first_line_that_is_a_picture_is_not_lost(put, text, suff):
    with pytest.warns(UserWarning, match="has no heading: its first line, .* is read as a picture"):
        assert read(put(), text, suff) == ALL
    assert read(put(), text, suff, header=None) == ALL


@pytest.mark.parametrize("first", ["77.jpg", "77"])
def test_a_first_line_whose_picture_is_missing_is_named_and_not_taken_for_a_heading(put, first):
    with pytest.raises(ValueError, match=r"not in '.*train': line 1 \('77\.jpg'\)"):
        read(put(), f"{first},a\n{ROWS}", ".jpg")


@pytest.mark.parametrize(
    "text",
    ["0,1\n" + BARE, "id,label\n" + BARE, "image,a thing\n" + BARE],
    ids=["pandas' numbers", "id", "a picture has the heading's name"],
)
def test_a_heading_is_known_as_one(put, text):
    assert read(put([*NAMES, "image.jpg"]), text, ".jpg") == ALL


def test_the_heading_can_be_said(put):
    assert read(put(), "made by me,\nid,y\n" + ROWS, header=1) == ALL
    with pytest.raises(ValueError, match=r"line 1 \('id'\)\. If line 1 is the heading, pass header=0\."):
        read(put(), "id,y\n" + ROWS, header=None)
    with pytest.raises(ValueError, match="header=True; None for a table without heading"):
        read(put(), "id,y\n" + ROWS, header=True)
    with pytest.raises(ValueError, match=r"It has no heading: pass label_column= by number, from 0\."):
        read(put(), ROWS, header=None, label_column="breed")


@pytest.mark.parametrize("columns", [["0.jpg", "a"], ["0", "a"]])
def test_a_picture_that_pandas_took_for_the_heading_is_refused(put, columns):
    end = columns[0].removeprefix("0")
    frame = pd.DataFrame([[f"{i}{end}", "ab"[i % 2]] for i in range(1, 10)], columns=columns)
    with pytest.raises(ValueError, match=r"pandas\.read_csv\(file, header=None\)"):
        frame_labels(frame, put(), "train", ".jpg")
    if end:
        block = lab.DataBlock(get_items=None, get_x=lab.ColReader(0), get_y=lab.ColReader(1))
        with pytest.raises(
            ValueError, match="the column '0.jpg' of the DataFrame is named like the pictures"
        ):
            block.dataloaders(frame)


def test_the_index_that_to_csv_wrote_is_passed_over(put, tmp_path):
    put()
    pd.DataFrame({"fname": NAMES, "label": list("ab") * 5}).to_csv(tmp_path / "labels.csv")
    with pytest.warns(UserWarning, match="is pandas' index; it is passed over"):
        assert read(tmp_path, (tmp_path / "labels.csv").read_bytes()) == ALL


# --- the ids ---


@pytest.mark.parametrize(
    ("names", "ids", "suff"),
    [
        (["1.jpg", "2.jpg"], ["1", "2"], ".jpg"),
        (["1.jpg", "2.jpg"], ["1.jpg", "2"], ".jpg"),
        (["1.jpg", "2.jpg"], ["1.jpg", "2.jpg"], ".jpg"),
        (["1.JPG", "2.jpg"], ["1", "2.JPG"], ".jpg"),
        (["1.png", "2.jpg"], ["1", "2"], (".jpg", ".png")),
        (["a/1.jpg", "b/2.jpg"], ["a\\1.jpg", "b/2"], ".jpg"),
        ([unicodedata.normalize("NFD", "é.jpg"), "2.jpg"], [unicodedata.normalize("NFC", "é"), "2"], ".jpg"),
        (["1_small.jpg", "1.jpg", "2_small.jpg"], ["1", "2"], "_small.jpg"),
        (["1.jpg", "1.jpg.jpg", "2.jpg"], ["1.jpg", "2"], ".jpg"),
    ],
)
def test_ids_are_found_with_and_without_their_extension(put, names, ids, suff):
    text = "id,y\n" + "".join(f"{name},{label}\n" for name, label in zip(ids, "ab", strict=True))
    found = read(put(names), text, suff)
    assert list(found.values()) == ["a", "b"]
    assert set(found) <= {name.rpartition("/")[2] for name in names}
    if "_" in suff:
        assert list(found) == ["1_small.jpg", "2_small.jpg"], "another picture than 1.jpg was meant"
    if "1.jpg.jpg" in names:
        assert list(found) == ["1.jpg.jpg", "2.jpg"], "id and suff together come first"


@pytest.mark.parametrize(
    ("names", "text", "given"),
    [
        (NAMES, BARE, {}),
        (NAMES, BARE, {"suff": ".png"}),
        (NAMES, BARE, {"suff": "jpg"}),
        ([f"{i}.JPG" for i in range(10)], BARE, {}),
        ([f"{i}.{'jpg' if i % 2 else 'png'}" for i in range(10)], BARE, {"suff": ".jpg"}),
        ([f"{i}.{'JPG' if i % 2 else 'png'}" for i in range(10)], BARE, {"suff": ".jpg"}),
        (NAMES, BARE, {"folder": ""}),
        (NAMES, ROWS, {"folder": "trian"}),
        (NAMES, "".join(f"train/{row}\n" for row in ROWS.split()), {}),
        (NAMES, re.sub(r"(.+),(.+)", r"\2,\1", ROWS), {}),
        (NAMES, ROWS.replace(",", " "), {}),
    ],
)
def test_advice_that_is_followed_word_by_word_works(put, names, text, given):
    folder = put(names)
    file = write(folder, "id,y\n" + text if " " not in text else "id y\n" + text)
    options = {"folder": "train", "suff": "", "fn_col": 0, "label_col": 1, **given}

    def load(options):
        renamed = {"fn_col": "id_column", "label_col": "label_column"}
        from lab.data.picture_names import Spelling

        return read_labels(
            file,
            spelling=Spelling("from_csv", "suff", "fn_col", "label_col"),
            **{renamed.get(name, name): value for name, value in options.items()},
        )

    with pytest.raises(ValueError, match="from_csv: ") as caught:
        load(options)
    message = str(caught.value)
    if " " in text:
        assert "pass delimiter=" in message
        advice = {"delimiter": " "}
    else:
        advice = eval(f"dict({re.search(r'Pass (.*)[.]$', message)[1]})")
    rows = load({**options, **advice})
    assert len(rows) == 10
    assert list(rows["label"]) == list("ab") * 5


@pytest.mark.parametrize(
    ("names", "ids", "words"),
    [
        (["001.jpg", "002.jpg"], "12", "ids have lost their leading zeros ('1' is '001.jpg'); a spreadsheet"),
        (["1.png", "2.jpg"], ["1.jpg", "2.jpg"], "The folder has '1.png' where the table says '1.jpg'"),
        (["IMG1.jpg", "2.jpg"], ["img1.jpg", "2.jpg"], "The folder has 'IMG1.jpg' where the table says"),
        (["x.jpg"], ["1.jpg", "2.jpg"], "Check folder= and suff=. The folder holds 'x.jpg'."),
    ],
)
def test_a_picture_that_is_not_there_gets_a_sentence_about_what_is(put, names, ids, words):
    text = "id,y\n" + "".join(f"{name},{label}\n" for name, label in zip(ids, "ab", strict=True))
    suff = "" if "." in ids[0] else ".jpg"
    with pytest.raises(ValueError, match=re.escape(words)):
        read(put(names), text, suff)


def test_the_zeros_that_pandas_took_are_named_by_from_df_and_by_a_datablock(put):
    folder = put([f"{i:03}.jpg" for i in range(4)])
    frame = pd.DataFrame({"id": range(4), "y": list("abab")})
    with pytest.raises(ValueError, match=r"'0' is '000\.jpg'\).*pandas\.read_csv\(file, dtype=str\)"):
        frame_labels(frame, folder, "train", ".jpg")
    block = lab.DataBlock(
        get_items=None,
        get_x=lab.ColReader("id", pref=folder / "train", suff=".jpg"),
        get_y=lab.ColReader("y"),
        item_tfms=lab.Resize(32),
    )
    with pytest.raises(ValueError, match=r"leading zeros .*pandas\.read_csv\(file, dtype=str\)"):
        block.dataloaders(frame)
    rows = frame_labels(frame.assign(id=[f"{i:03}" for i in range(4)]), folder, "train", ".jpg")
    assert [path.name for path in rows["path"]] == ["000.jpg", "001.jpg", "002.jpg", "003.jpg"]


def test_names_of_pictures_are_no_labels_and_addresses_no_files(put):
    text = "id,f,y\n" + "".join(f"{i},{i}.jpg,a\n" for i in range(10))
    with pytest.raises(
        ValueError, match=r"column 'f' .* holds names of pictures, such as '0\.jpg', not labels"
    ):
        read(put(), text, ".jpg")
    with pytest.raises(ValueError, match="'http://x.org/0.jpg' is an address: download the pictures first"):
        read(put(), "id,y\n" + re.sub("(?m)^", "http://x.org/", ROWS.strip()))


def test_a_picture_that_comes_twice_is_refused_and_the_rows_compared(put):
    for again, words in (
        ("3.jpg,b", "line 12 (as 5). These rows are the same; remove the copies"),
        ("3,b", "line 12 (as 5). These rows are the same"),
        ("3.jpg,a", "line 12 (as 5). It is 'b' and 'a': a picture has one label here"),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            read(put(), f"id,y\n{ROWS}{again}\n", ".jpg")


# --- the labels ---


@pytest.mark.parametrize(
    ("labels", "read_as"),
    [
        (["NA", "EU"], ["NA", "EU"]),
        (["nan", "None"], ["nan", "None"]),
        (["0.0", "1.0"], ["0", "1"]),
        (["0.5", "1.0"], ["0.5", "1.0"]),
        (["TRUE", "FALSE"], ["True", "False"]),
        (["01", "02"], ["01", "02"]),
        ([" cat ", "dog\xa0"], ["cat", "dog"]),
    ],
)
def test_labels_of_a_file_are_text(put, labels, read_as):
    text = "id,y\n" + "".join(f"{i}.jpg,{labels[i % 2]}\n" for i in range(10))
    assert list(read(put(), text).values()) == read_as * 5


@pytest.mark.parametrize(
    ("labels", "read_as"),
    [
        (pd.Series([0.0, 1.0]), ["0", "1"]),
        (pd.Series([0, 1], dtype=np.float32), ["0", "1"]),
        (pd.Series([0.5, 1.0]), ["0.5", "1.0"]),
        (pd.Series([True, False]), ["True", "False"]),
        (pd.Series([3, 4], dtype="Int64"), ["3", "4"]),
        (pd.Series(["a ", "b"], dtype="category"), ["a", "b"]),
    ],
)
def test_labels_of_a_frame_are_those_that_the_file_gives(put, labels, read_as):
    frame = pd.DataFrame({"id": [0, 1.0], "y": labels})
    rows = frame_labels(frame, put(), "train", ".jpg")
    assert list(rows["label"]) == read_as
    assert [path.name for path in rows["path"]] == ["0.jpg", "1.jpg"]


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, "", " "])
def test_a_frame_without_a_label_or_an_id_is_refused_with_its_rows(put, nothing):
    frame = pd.DataFrame({"id": NAMES, "y": list("ab") * 5}, index=range(10, 20)).astype(object)
    for column, word in (("y", "label"), ("id", "id")):
        empty = frame.copy()
        empty.loc[[13, 15], column] = nothing
        with pytest.raises(
            ValueError, match=rf"from_df: the DataFrame has no {word}: rows 13, 15\. Fill them"
        ):
            frame_labels(empty, put(), "train")


def test_a_datablock_names_the_rows_without_a_label_and_says_what_pandas_does_to_na():
    frame = pd.DataFrame({"id": NAMES[:2], "y": [np.nan, "EU"]})
    block = lab.DataBlock(get_items=None, get_x=lab.ColReader("id"), get_y=lab.ColReader("y"))
    with pytest.raises(
        ValueError, match=r"row 0 .*the text 'NA' so too, unless you pass keep_default_na=False"
    ):
        block.labels(block.items(frame))
    assert block.labels(block.items(frame.assign(y=[0.0, 1.0]))) == ["0", "1"]


def test_several_labels_in_a_cell_are_refused(put):
    frame = pd.DataFrame({"id": NAMES[:2], "y": [["a", "b"], ["a"]]})
    with pytest.raises(ValueError, match=r"from_df: .* got the label \['a', 'b'\], a list; expected one"):
        frame_labels(frame, put(), "train")


def test_labels_that_look_like_lists_of_tags_get_one_notice(put):
    tags = [f"{a} {b} {c}" for a in ("clear", "hazy") for b in ("road", "bare") for c in ("water", "farm")]
    text = "id,y\n" + "".join(f"{i}.jpg,{label}\n" for i, label in enumerate(tags))
    with pytest.warns(UserWarning, match="the 8 labels are combinations of 6 words with ' '") as caught:
        read(put(), text)
    assert len(caught) == 1
    breeds = [
        "Great Dane",
        "Great Pyrenees",
        "Shih Tzu",
        "English Setter",
        "English Pug",
        "Red Fox",
        "A B",
        "C",
    ]
    read(put(), "id,y\n" + "".join(f"{i}.jpg,{label}\n" for i, label in enumerate(breeds)))


# --- columns ---


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"label_col": "yy"}, ValueError, r"no column 'yy'; its columns are \['id', 'y', 'y'\]\. Did you"),
        ({"label_col": "y"}, ValueError, r"has 2 columns 'y'.* Pass label_col= by number"),
        ({"label_col": 0}, ValueError, "fn_col and label_col are both the column 'id'"),
        ({"label_col": ["y"]}, TypeError, r"label_col=\['y'\]; expected the name of one column"),
        ({"fn_col": True}, TypeError, "fn_col=True; expected the name of one column"),
        ({"suff": 5}, TypeError, "suff=5; an extension such as '.jpg'"),
    ],
)
def test_a_column_or_folder_that_does_not_fit_is_named(put, options, error, words):
    with pytest.raises(error, match=words):
        from_csv(put(), "id,y,y\n" + ROWS.replace("\n", ",c\n"), **options)


def test_an_id_in_the_index_of_a_frame_is_pointed_out(put):
    frame = pd.DataFrame({"id": NAMES, "y": list("ab") * 5}).set_index("id")
    with pytest.raises(ValueError, match=r"'id' is the index: pass df\.reset_index\(\)"):
        frame_labels(frame, put(), "train", id_column="id", label_column="y")
    with pytest.raises(ValueError, match=r"no column 1; .*pass df\.reset_index\(\)"):
        frame_labels(frame, put(), "train")


# --- from_csv, from_df: the split and the keywords ---


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("True", "False"),
        ("1", "0"),
        ("1.0", "0.0"),
        ("valid", "train"),
        ("VAL", "TRAIN"),
        ("yes", "no"),
        ("test", "train"),
    ],
)
def test_a_column_marks_the_validation_pictures(drawn, yes, no):
    text = "id,s,y\n" + "".join(f"{i}.jpg,{yes if i > 6 else no},{'ab'[i % 2]}\n" for i in range(10))
    for column in ("s", 1):
        dls = from_csv(drawn, text, label_col="y", valid_col=column)
        assert validated(dls) == ["7.jpg", "8.jpg", "9.jpg"]
        assert dls.train.n == 7


@pytest.mark.parametrize(
    "marks", [np.arange(10) > 6, (np.arange(10) > 6).astype(float), ["train"] * 7 + ["valid"] * 3]
)
def test_a_frame_marks_the_validation_pictures(drawn, marks):
    frame = pd.DataFrame({"id": NAMES, "y": list("ab") * 5, "is_valid": marks})
    expected = ["7.jpg", "8.jpg", "9.jpg"]
    assert validated(from_df(drawn, frame, valid_col="is_valid")) == expected
    block = lab.DataBlock(
        get_items=None,
        get_x=lab.ColReader("id", pref=drawn / "train"),
        get_y=lab.ColReader("y"),
        splitter=lab.ColSplitter("is_valid"),
        item_tfms=lab.Resize(32),
    )
    assert validated(block.dataloaders(frame, bs=4)) == expected
    assert lab.ColSplitter()(frame) == (list(range(7)), [7, 8, 9])


def test_a_fold_is_chosen_by_its_value(drawn):
    text = "id,y,fold\n" + "".join(f"{i}.jpg,{'ab'[i % 2]},{i // 2}\n" for i in range(10))
    with pytest.raises(ValueError, match=r"expected\. Say which value validates: (splitter=.*)\.$") as caught:
        from_csv(drawn, text, valid_col="fold")
    advice = re.search(r"splitter=(ColSplitter\(.*\))\.$", str(caught.value))[1]
    dls = from_csv(drawn, text, splitter=eval(f"lab.{advice}"))
    assert validated(dls) == ["0.jpg", "1.jpg"]
    assert lab.ColSplitter("fold", on=[3, 4])(pd.DataFrame({"fold": [3.0, 1, 4]})) == ([1], [0, 2])


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([True, None, False], "is empty in row 1. Say for every row"),
        ([1, 1, 1], "says '1' of all 3 rows, so that none would train"),
        ([0, 0, 0], "so that none would validate"),
        (
            ["x", "train", "valid"],
            r"has the values 'x', 'train', 'valid'; .* splitter=ColSplitter\('s', on='x'\)",
        ),
    ],
)
def test_a_split_that_does_not_say_who_validates_is_refused(marks, words):
    with pytest.raises(ValueError, match=words):
        lab.ColSplitter("s")(pd.DataFrame({"s": pd.Series(marks, dtype=object)}))


def test_a_column_of_training_rows_is_not_read_the_wrong_way_round():
    frame = pd.DataFrame({"is_train": [True, True, False]})
    with pytest.raises(ValueError, match=r"Pass splitter=ColSplitter\('is_train', on=False\)"):
        lab.ColSplitter("is_train")(frame)
    assert lab.ColSplitter("is_train", on=False)(frame) == ([0, 1], [2])


def test_rows_marked_test_beside_train_and_valid_are_left_out_with_a_notice(drawn):
    marks = ["train"] * 6 + ["valid"] * 2 + ["test"] * 2
    frame = pd.DataFrame({"id": NAMES, "y": list("ab") * 5, "split": marks})
    with pytest.warns(
        UserWarning, match="'split' marks 2 of 10 rows 'test': they neither train nor"
    ) as caught:
        dls = from_df(drawn, frame, valid_col="split")
    assert len(caught) == 1
    assert (dls.train.n, validated(dls)) == (6, ["6.jpg", "7.jpg"])


def test_a_split_is_one_of_rows_and_is_given_once(drawn):
    with pytest.raises(TypeError, match="the items are .*Path, not rows of a table"):
        lab.DataBlock(splitter=lab.ColSplitter(), get_y=lab.parent_label).dataloaders(drawn)
    for option in ({"splitter": lab.RandomSplitter()}, {"stratify": True}):
        with pytest.raises(ValueError, match="got valid_col='s' and .*Give one of them"):
            from_csv(drawn, "id,y,s\n", valid_col="s", **option)


def test_a_split_that_is_not_used_gets_one_notice(drawn):
    text = "id,y,is_valid\n" + "".join(f"{i}.jpg,{'ab'[i % 2]},{i > 6}\n" for i in range(10))
    with pytest.warns(
        UserWarning, match=r"column 'is_valid' looks like a split and is not used.*valid_col='is_v"
    ) as w:
        from_csv(drawn, text)
    assert len(w) == 1
    from_csv(drawn, text, splitter=lab.IndexSplitter([7, 8]))
    from_csv(drawn, text.replace("is_valid", "weight"))
    from_csv(drawn, text, label_col="is_valid", stratify=True)


def test_both_spellings_of_the_suffix_work_everywhere(drawn):
    text = "id,y\n" + BARE
    tfms = classic.tfms_from_model("pocketnet", 32)
    for spelling in ("suff", "suffix"):
        assert from_csv(drawn, text, **{spelling: ".jpg"}).train.n == 8
        frame = pd.DataFrame({"id": range(10), "y": list("ab") * 5})
        assert from_df(drawn, frame, **{spelling: ".jpg"}).train.n == 8
        data = classic.ImageClassifierData.from_csv(
            drawn, "train", drawn / "labels.csv", tfms=tfms, val_idxs=[0, 1], **{spelling: ".jpg"}
        )
        assert len(data.trn_y) == 8
    with pytest.raises(TypeError, match=r"got suff='\.jpg' and suffix='\.png', which are the same"):
        from_csv(drawn, text, suff=".jpg", suffix=".png")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label_delim": " "}, "A picture has one label here, one of several classes. .*from_df"),
        ({"csv_fname": "x.csv"}, "The table is csv=."),
        ({"sep": ";"}, "The separator is delimiter="),
        ({"dtype": str}, "ids and labels are read as text"),
        ({"y_block": lab.CategoryBlock}, "The target is always one category"),
        ({"val_idxs": [1]}, r"Pass splitter=IndexSplitter\(val_idxs\)"),
        ({"delimter": ";"}, "Did you mean delimiter="),
    ],
)
def test_keywords_of_other_lessons_are_answered_before_the_file_is_read(tmp_path, options, words):
    with pytest.raises(TypeError, match=words):
        lab.ImageDataLoaders.from_csv(tmp_path / "nowhere", **options)


def test_keywords_at_fastais_default_change_nothing(drawn):
    dls = from_csv(drawn, "id,y\n" + ROWS, label_delim=None, y_block=None, valid_col=None, header="infer")
    assert dls.train.n == 8


def test_from_df_says_what_belongs_to_the_file_and_what_a_frame_is(drawn):
    frame = pd.DataFrame({"id": NAMES, "y": list("ab") * 5})
    with pytest.raises(TypeError, match=r"from_df: there is no argument 'delimiter'.*pandas\.read_csv"):
        from_df(drawn, frame, delimiter=";")
    with pytest.raises(TypeError, match="from_df: got a str; expected a pandas DataFrame"):
        from_df(drawn, "labels.csv")
    with pytest.raises(TypeError, match="folder=0.2, a float; .*Pass the rest by name: valid_pct="):
        lab.ImageDataLoaders.from_df(frame, drawn, 0.2)
    with pytest.raises(ValueError, match="from_df: the DataFrame lists no picture"):
        from_df(drawn, frame.iloc[:0])


def test_file_and_frame_give_the_same_data(drawn):
    text = "id,y,is_valid\n" + "".join(f"{i},{i % 2}.0,{i > 6}\n" for i in range(10))
    by_file = from_csv(drawn, text, suff=".jpg", valid_col="is_valid")
    by_frame = from_df(drawn, pd.read_csv(drawn / "labels.csv"), suff=".jpg", valid_col="is_valid")
    assert by_file.vocab == by_frame.vocab == ["0", "1"]
    for one, other in zip(by_file, by_frame, strict=True):
        assert one.pictures.paths == other.pictures.paths
        assert one.pictures.labels.tolist() == other.pictures.labels.tolist()


@pytest.mark.parametrize("name", ["MultiCategoryBlock", "accuracy_multi", "BBoxBlock"])
def test_names_of_other_tasks_say_what_this_lab_is_for(name):
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'. .*CategoryBlock"):
        getattr(lab, name)
    assert not hasattr(lab, name)


# --- lab.classic and the tour have the same reader ---


def test_the_2018_reader_takes_what_2018_gave(drawn):
    tfms = classic.tfms_from_model("pocketnet", 32)

    def data(text, **options):
        file = write(drawn, text, "c.csv")
        given = {"tfms": tfms, "val_idxs": [0, 1], **options}
        return classic.ImageClassifierData.from_csv(drawn, "train", file, **given)

    assert data("id;y\n" + ROWS.replace(",", ";")).classes == ["a", "b"]
    assert data(ROWS, skip_header=False).val_ds.fnames == ["train/0.jpg", "train/1.jpg"]
    assert data("id,y\n" + ROWS, continuous=False, cat_separator=" ").classes == ["a", "b"]
    with pytest.raises(TypeError, match="there is no argument 'continuous'. The target is a category"):
        data("id,y\n" + ROWS, continuous=True)
    with pytest.raises(TypeError, match="'valid_col'. Pass val_idxs="):
        data("id,y\n" + ROWS, valid_col="x")


@pytest.mark.parametrize(
    "content",
    [
        ("id|y\n" + ROWS.replace(",", "|")).encode(),
        ("id,y\n" + ROWS).encode("utf-16"),
        ("sep=;\nid;y\n" + ROWS.replace(",", ";")).encode(),
        ("id,y\n" + ROWS.replace("jpg", "JPG")).encode(),
        ("id,y\n" + "".join(f"train\\{row}\n" for row in ROWS.split())).encode(),
        ("id,y\n" + ROWS.replace("\n", ".0\n").replace("a.0", "0.0").replace("b.0", "1.0")).encode(),
    ],
)
def test_the_tour_reads_what_from_csv_reads(put, content):
    folder = put()
    write(folder, content)
    layout = infer_layout(folder)
    assert len(layout.files) == 10
    assert sorted(set(layout.labels)) in (["a", "b"], ["0", "1"])


def test_the_tour_loses_no_first_picture_and_keeps_the_tables_split(put):
    folder = put()
    write(folder, ROWS)
    with pytest.warns(UserWarning, match="infer_layout: 'labels.csv' has no heading"):
        assert len(infer_layout(folder).files) == 10
    write(folder, "id,y,is_valid\n" + "".join(f"{i}.jpg,{'ab'[i % 2]},{i > 6}\n" for i in range(10)))
    layout = infer_layout(folder)
    assert [layout.files[i].name for i in layout.valid] == ["7.jpg", "8.jpg", "9.jpg"]
    assert "the validation pictures in 'is_valid'" in layout.description


def test_the_tour_says_what_it_leaves_out_and_which_table_it_cannot_read(put):
    folder = put()
    write(folder, f"id,y\n{ROWS}3.jpg,a\n")
    assert "9 pictures of 2 classes" in infer_layout(folder).description
    assert "1 more is left out: the table gives several labels" in infer_layout(folder).description
    write(folder, f'id,y\n"0.jpg,a\n{ROWS}')
    with pytest.raises(ValueError, match=r"labels\.csv' is not valid CSV: line 12: unexpected end of data"):
        infer_layout(folder)

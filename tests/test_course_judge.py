"""`python -m lab judge`: scores, what is refused and how, a leaderboard that many may write to at once."""

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lab.__main__ import main
from lab.course.judge import hidden_labels, read_labels, score_file
from lab.course.leaderboard import add_entry, read_entries, standings, table
from lab.course.locked import locked

TRUTH = {"a": "pug", "b": "boxer", "c": "pug", "d": "beagle"}
BREEDS = sorted(set(TRUTH.values()))


def right():
    """A perfect submission."""
    rows = [
        {"id": name} | {breed: float(breed == label) for breed in BREEDS} for name, label in TRUTH.items()
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def handed_in(tmp_path):
    def write(frame, **how):
        path = tmp_path / "submission.csv"
        frame.to_csv(path, index=False, **how)
        return path

    return write


def test_the_judge_knows_the_test_pictures_of_the_sample(drawn):
    sample = pd.read_csv(drawn("dogbreeds") / "sample_submission.csv")
    labels = hidden_labels()
    assert len(labels) == 120 and set(labels.values()) == set(sample.columns[1:])
    assert len(set(labels.values())) == 25


def test_its_ids_are_those_of_the_sample_as_the_lessons_draw_it():
    from lab.drawn.layouts import plan_sample

    lines = plan_sample("dogbreeds").texts["sample_submission.csv"].splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == list(hidden_labels())


def test_the_score_is_the_log_loss_with_clipped_probabilities(handed_in):
    even = right()
    even[BREEDS] = 1 / 3
    assert score_file(handed_in(even), TRUTH) == pytest.approx(math.log(3))
    assert score_file(handed_in(right()), TRUTH) == pytest.approx(1e-7, rel=0.01)
    wrong = right()
    wrong.loc[0, BREEDS] = [1.0, 0.0, 0.0]
    assert score_file(handed_in(wrong), TRUTH) == pytest.approx(-math.log(1e-7) / 4, rel=1e-3)


def test_rows_and_columns_may_have_any_order_and_rows_may_be_rounded(handed_in):
    frame = right()
    frame[BREEDS] = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.6, 0.2, 0.2]])
    first = score_file(handed_in(frame), TRUTH)
    frame = frame.iloc[::-1][["pug", "id", "beagle", "boxer"]]
    frame["pug"] -= 0.0004
    assert score_file(handed_in(frame), TRUTH) == pytest.approx(first, abs=2e-3)


def changed(**columns):
    return right().assign(**columns)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (right().drop(columns="id"), "has no column 'id'. Its columns are 'beagle', 'boxer', 'pug'"),
        (right().reset_index(), r"columns that are not classes: 'index'. Remove them"),
        (right().rename(columns={"pug": "Unnamed: 0"}), r"Write it with .to_csv\(file, index=False\)"),
        (right().drop(columns=["pug", "boxer"]), "lacks the columns 'boxer', 'pug'"),
        (right().iloc[:1], "lacks rows for 'b', 'c', 'd'. Predict every test picture"),
        (pd.concat([right(), right().iloc[:1]]), "more than one row for 'a'"),
        (
            pd.concat([right(), right().iloc[:1].assign(id="z")]),
            "rows for 'z', which the judge does not know",
        ),
        (changed(pug=[np.nan, 0, 1, 0]), "has an empty field for 'a', column 'pug'"),
        (changed(pug=["nan", 0, 1, 0]), "has 'nan' for 'a', column 'pug'.*diverged"),
        (changed(pug=["inf", 0, 1, 0]), "has 'inf' for 'a'"),
        (changed(pug=["1,0", 0, 1, 0]), "has '1,0' for 'a'"),
        (changed(pug=[1.2, 0, 1, 0], boxer=[-0.2, 1, 0, 0]), "holds -0.2. Give probabilities"),
        (changed(**dict.fromkeys(BREEDS, -1.1)), "holds logarithms. Put them through np.exp"),
        (changed(pug=[0.5, 0, 1, 0]), "1 of 4 rows do not sum to 1; that of 'a' sums to 0.5"),
    ],
)
def test_a_wrong_submission_is_told_where_and_what_to_do(handed_in, frame, message):
    with pytest.raises(ValueError, match=f"judge: '.*submission.csv'.*{message}"):
        score_file(handed_in(frame), TRUTH)


def test_files_that_are_no_tables_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        score_file(tmp_path / "gone.csv", TRUTH)
    for name, data, words in (
        ("empty.csv", b"", "cannot be read as a CSV"),
        ("picture.csv", b"\x89PNG\xff\xfe\x00", "is not text in UTF-8"),
        ("ragged.csv", b"id,a\n1,2\n1,2,3", "cannot be read as a CSV"),
        ("book.csv", b"PK\x03\x04", "is a workbook or an archive"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"judge: '.*{name}' {words}"):
            score_file(tmp_path / name, TRUTH)


def test_an_instructors_own_labels_are_read_and_checked(tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("\ufeffid, breed\na ,pug\nb,boxer\n", encoding="utf-8")
    assert read_labels(labels) == {"a": "pug", "b": "boxer"}
    labels.write_bytes(
        "id;breed\na;Münsterländer\nb;boxer\n".encode("cp1252")
    )  # as Excel saves it in Germany
    assert read_labels(labels) == {"a": "Münsterländer", "b": "boxer"}
    for text, message in (
        ("name,breed\na,pug\n", "must have two columns, id and the class"),
        ("id,breed\na,pug\na,pug\n", "more than one label for 'a'"),
        ("id,breed\na,\n", "no label for 'a'"),
    ):
        labels.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            read_labels(labels)


def test_the_leaderboard_keeps_every_entry_and_ranks_the_best_of_each_name(tmp_path):
    board = tmp_path / "new" / "board.csv"
    for name, score in (("Ada, Bo", 0.5), ("Cy", 0.25), ("Ada, Bo", 0.125), ("  Cy\n", 0.75)):
        entries = add_entry(board, name, score)
    assert [entry.score for entry in read_entries(board)] == [0.5, 0.25, 0.125, 0.75]
    assert [(entry.name, entry.score, count) for entry, count in standings(entries)] == [
        ("Ada, Bo", 0.125, 2),
        ("Cy", 0.25, 2),
    ]
    lines = table(entries).splitlines()
    assert lines[0].split() == ["name", "log", "loss", "entries", "best", "on"]
    assert lines[1].startswith("1  Ada, Bo   0.12500        2  20")
    assert lines[2].startswith("2  Cy        0.25000") and lines[2].endswith("<- now 0.75000")
    assert board.read_text(encoding="utf-8").splitlines()[0] == "name,score,time"


def test_of_equal_scores_the_earlier_stands_first(tmp_path):
    for name in ("Bo", "Ada"):
        entries = add_entry(tmp_path / "board.csv", name, 1.23456789)
    assert [entry.name for entry, _ in standings(entries)] == ["Bo", "Ada"]


@pytest.mark.parametrize(
    "text", ["id,pug\na,1\n", "name,score,time\nAda,much,now\n", "name,score,time\nAda,nan,now\n"]
)
def test_a_file_that_is_no_leaderboard_is_left_as_it_was(tmp_path, text):
    board = tmp_path / "board.csv"
    board.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="is not a leaderboard"):
        add_entry(board, "Ada", 0.5)
    assert board.read_text(encoding="utf-8") == text
    with pytest.raises(ValueError, match="the name is empty"):
        add_entry(board, " ", 0.5)


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    board = tmp_path / "board.csv"
    program = (
        "import sys\nfrom lab.course.leaderboard import add_entry\nsys.stdin.readline()\n"
        "for i in range(20): add_entry(sys.argv[1], sys.argv[2], i)"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program, str(board), name], stdin=subprocess.PIPE, text=True)
        for name in ("Ada", "Bo", "Cy")
    ]
    for worker in workers:  # all at the same moment
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=120)
        assert worker.returncode == 0
    entries = read_entries(board)
    assert len(entries) == 60
    for name in ("Ada", "Bo", "Cy"):
        assert [entry.score for entry in entries if entry.name == name] == list(range(20))
    assert {path.name for path in tmp_path.iterdir()} == {"board.csv", ".board.csv.lock"}


def test_a_lock_is_waited_for_and_a_held_one_is_told(tmp_path):
    with (
        locked(tmp_path / "board.csv"),
        pytest.raises(RuntimeError, match="has been writing to '.*board.csv'"),
        locked(tmp_path / "board.csv", seconds=0.2),
    ):
        pass
    with locked(tmp_path / "board.csv", seconds=0.2):
        pass


def test_the_command_prints_the_score_and_the_ranking(tmp_path, capsys):
    labels, board = tmp_path / "labels.csv", tmp_path / "board.csv"
    pd.Series(TRUTH).rename_axis("id").to_csv(labels, header=["breed"])
    path = tmp_path / "ada.csv"
    even = right()
    even[BREEDS] = 1 / 3
    even.to_csv(path, index=False)
    words = ["judge", str(path), "--labels", str(labels), "--leaderboard", str(board)]
    assert main(words) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "log loss 1.09861 on 4 pictures; the same for every class would score 1.09861"
    assert said[2].startswith("1  ada")
    assert main([*words, "--name", "Ada"]) == 0
    assert [entry.name for entry in read_entries(board)] == ["ada", "Ada"]
    assert main(["judge", str(path)]) == 2
    assert "lacks the columns 'american_bulldog'" in capsys.readouterr().err


def test_the_labels_of_the_sample_lie_in_no_file_of_the_lab(tmp_path):
    from pathlib import Path

    import lab

    names = list(hidden_labels())[:5]
    for path in Path(lab.__file__).parent.rglob("*"):
        if path.is_file() and path.suffix in {".py", ".json", ".csv", ".txt", ".md"}:
            assert not any(name in path.read_text(encoding="utf-8") for name in names), path

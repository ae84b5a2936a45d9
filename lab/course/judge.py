"""A judge for submissions, as a competition has one: `python -m lab judge submission.csv`.

What it knows lies in no file: the test pictures of SAMPLE_DOGBREEDS are drawn from a plan, and the plan says
which breed each of them shows. An instructor's own competition brings its labels in a table.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lab.core.errors import BadValue, MissingFile
from lab.data.table_file import decode, sniff

EPS = 1e-7  # probabilities are clipped to EPS..1 - EPS: being sure and wrong once costs 16 for that picture
TOLERANCE = 1e-3  # by which a row may miss 1: numbers in a CSV are rounded
SHOWN = 3  # of many names in a message


def hidden_labels() -> dict[str, str]:
    """The breed that each test picture of SAMPLE_DOGBREEDS shows, by id."""
    from lab.drawn.layouts import plan_sample

    pictures = plan_sample("dogbreeds").pictures
    return {Path(one.file).stem: one.breed for one in pictures if one.file.startswith("test/")}


def read_labels(path: str | Path) -> dict[str, str]:
    """The labels of one's own competition: a CSV with a column id, and one with the class.

    Raises FileNotFoundError and ValueError, naming the file, for any other.
    """
    table = _read(path)
    if list(table.columns[:1]) != ["id"] or len(table.columns) != 2 or table.empty:
        raise BadValue(
            f"judge: '{path}' must have two columns, id and the class. It has {_list(table.columns)}."
        )
    _refuse(f"judge: '{path}' has more than one label for {{}}.", table.loc[table["id"].duplicated(), "id"])
    _refuse(f"judge: '{path}' has no label for {{}}.", table.loc[(table == "").any(axis=1), "id"])
    return dict(table.itertuples(index=False))


def score_file(path: str | Path, truth: Mapping[str, str]) -> float:
    """The log loss of a submission, as notebook 6 has it.

    path: a CSV with a column id and one for each class; rows and columns in any order. truth: id -> class.
    Raises FileNotFoundError and ValueError, naming the file, the place and the way out, for anything but
    probabilities of every class for every id.
    """
    from lab.metrics import log_loss

    classes = sorted(set(truth.values()))
    table = read_submission(path, list(truth), classes)
    targets = np.array([classes.index(truth[name]) for name in table.index])
    probs = table.to_numpy()
    return log_loss(probs / probs.sum(axis=1, keepdims=True), targets, eps=EPS)


def read_submission(path: str | Path, ids: Sequence[str], classes: Sequence[str]) -> pd.DataFrame:
    """A submission: rows in the order of `ids`, columns in that of `classes`. Raises as `score_file`."""
    where = f"judge: '{path}'"
    table = _read(path)
    if "id" not in table.columns:
        raise BadValue(f"{where} has no column 'id'. Its columns are {_list(table.columns)}.")
    given = list(table.columns.drop("id"))
    if extra := [name for name in given if name not in classes]:
        index = " Write it with .to_csv(file, index=False)." if extra[0].startswith("Unnamed") else ""
        raise BadValue(f"{where} has columns that are not classes: {_list(extra)}.{index or ' Remove them.'}")
    _refuse(f"{where} lacks the columns {{}}. Give one for each class.", sorted(set(classes) - set(given)))
    twice = table.loc[table["id"].duplicated(), "id"]
    _refuse(f"{where} has more than one row for {{}}. Give one for each picture.", sorted(set(twice)))
    _refuse(f"{where} lacks rows for {{}}. Predict every test picture.", sorted(set(ids) - set(table["id"])))
    unknown = sorted(set(table["id"]) - set(ids))
    _refuse(f"{where} has rows for {{}}, which the judge does not know. Remove them.", unknown)
    return _checked(where, table.set_index("id").loc[list(ids), list(classes)])


def _checked(where: str, texts: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a submission, if they are probabilities."""
    numbers = texts.apply(pd.to_numeric, errors="coerce")
    for name, column in zip(*np.where(~np.isfinite(numbers.to_numpy(dtype=float))), strict=True):
        what = texts.iloc[name, column].strip()
        said = "an empty field" if not what else repr(what)
        raise BadValue(
            f"{where} has {said} for {texts.index[name]!r}, column {texts.columns[column]!r}, where a number "
            "is needed. A model that predicts NaN has diverged: train it with a lower learning rate."
        )
    sums = numbers.sum(axis=1)
    if numbers.to_numpy().min() < 0 and sums.max() < 0:
        raise BadValue(f"{where} holds logarithms. Put them through np.exp first.")
    if numbers.to_numpy().min() < 0:
        raise BadValue(f"{where} holds {numbers.to_numpy().min():.4g}. Give probabilities, from 0 to 1.")
    wrong = sums.index[(sums - 1).abs() > TOLERANCE]
    if len(wrong):
        raise BadValue(
            f"{where}: {len(wrong)} of {len(sums)} rows do not sum to 1; that of {wrong[0]!r} sums to "
            f"{sums[wrong[0]]:.4g}. Give a softmax's outputs, or divide each row by its sum."
        )
    return numbers


def _read(path: str | Path) -> pd.DataFrame:
    """A CSV as text, without spaces around its headings and ids."""
    if not Path(path).is_file():
        raise MissingFile(f"judge: there is no file '{path}'.")
    try:
        text, _ = decode(Path(path).read_bytes(), Path(path))
    except BadValue as problem:
        raise BadValue(f"judge: {problem}") from problem
    try:
        table = pd.read_csv(io.StringIO(text), sep=sniff(text, ("id",)), dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as problem:  # also what is empty
        raise BadValue(f"judge: '{path}' cannot be read as a CSV ({str(problem).strip()}).") from problem
    table.columns = table.columns.str.strip()
    return table.assign(id=table["id"].str.strip()) if "id" in table.columns else table


def _refuse(sentence: str, names: Sequence[str]) -> None:
    """Raise ValueError where there are such names. sentence: with {} where they belong."""
    if len(names):
        raise BadValue(sentence.format(_list(list(names))))


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in list(names)[:SHOWN])
    return shown + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")

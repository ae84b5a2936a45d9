"""Rows of a CSV file of labels, changed one by one: every other byte of the file stays as it is."""

import csv
import io
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.data.home import atomic_write
from lab.data.table_text import sniff

from .changes import RowEdit


@dataclass(frozen=True)
class Row:
    """One row: its text without the line's end, the end, its cells, and what separates them."""

    text: str
    end: str
    cells: list[str]
    delimiter: str = ","


def read_rows(file: Path) -> list[Row]:
    """All rows of a UTF-8 CSV file, the line of column names first; blank lines are rows without cells. The
    separator is found as `lab.data.csvs` finds it.

    Raises OSError, and ValueError for what is no CSV text in UTF-8.
    """
    try:
        text = file.read_bytes().decode("utf-8")
        lines = list(io.StringIO(text, newline=""))
        return list(_rows(lines, sniff(text)))
    except (UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(f"marks: '{file}' is no CSV text in UTF-8: {problem}. Save it as one.") from problem


def _rows(lines: list[str], delimiter: str) -> Iterator[Row]:
    reader, start = csv.reader(lines, delimiter=delimiter, skipinitialspace=True), 0
    for cells in reader:
        whole = "".join(lines[start : reader.line_num])
        text = whole.rstrip("\r\n")
        yield Row(text, whole[len(text) :], cells, delimiter)
        start = reader.line_num


def relabelled(row: Row, column: int, label: str) -> str:
    """The row's text with another label in the column."""
    cells = list(row.cells)
    cells[column] = label
    out = io.StringIO()
    csv.writer(out, lineterminator="", delimiter=row.delimiter).writerow(cells)
    return out.getvalue()


def edit_rows(file: Path, id_column: int, edits: Sequence[RowEdit]) -> list[RowEdit]:
    """Carry the edits out in one atomic rewrite; returns those whose row is not what they expect.

    An edit that was carried out already is passed over, so that an interrupted run can be repeated.
    Raises OSError when the file cannot be read or written; it is then unchanged.
    """
    rows: list[Row | None] = list(read_rows(file))
    place = {row.cells[id_column]: i for i, row in enumerate(rows) if i and len(row.cells) > id_column}
    refused, added, changed = [], [], False
    for edit in edits:
        i = place.get(edit.id)
        there = None if i is None else rows[i].text
        if there == edit.new:
            continue
        if there != edit.old:
            refused.append(edit)
            continue
        changed = True
        if i is None:
            added.append(edit)
        else:
            rows[i] = None if edit.new is None else Row(edit.new, rows[i].end, [])
    kept = [(row.text, row.end) for row in rows if row is not None]
    for edit in sorted(added, key=lambda edit: edit.at):
        kept.insert(edit.at, (edit.new, edit.end))
    if changed:
        usual = (rows[0].end if rows else "") or "\n"
        text = "".join(line + (end or usual) for line, end in kept[:-1]) + "".join(kept[-1])
        with atomic_write(file) as part:
            part.write_bytes(text.encode("utf-8"))
            shutil.copymode(file, part)
    return refused


def back_up(file: Path, folder: Path) -> Path:
    """Copy the file into the folder, under a name that is free there: `labels-before-1.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while (copy := folder / f"{file.stem}-before-{number}{file.suffix}").exists():
        number += 1
    shutil.copy2(file, copy)
    return copy

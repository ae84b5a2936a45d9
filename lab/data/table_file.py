"""A CSV file as a table: its cells under their headings, when it has some."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.data.cells import Column, Table
from lab.data.headings import is_data
from lab.data.table_text import read_table_text


def open_table(
    file: Path,
    delimiter: str | None = None,
    header: int | str | None = "infer",
    encoding: str | None = None,
    columns: Sequence[Column | None] = (0, 1),
    is_there: Callable[[str], bool] = lambda name: False,
) -> Table:
    """The cells of a CSV file under their headings. columns: id and label, and others that are wanted, by
    name or number. is_there: whether a picture has this id, for the search
    of the heading. Raises ValueError, which begins with the file's name.
    """
    wanted = [column.strip() for column in columns if isinstance(column, str)]
    lines, separator, told = read_table_text(file, delimiter, encoding, wanted)
    assumed = list(told)
    places = [column if isinstance(column, int) and column >= 0 else None for column in columns]
    at_id, at_label = places[0] or 0, places[1]
    if header == "infer":
        first = lines[0][1] if lines else []
        has_names = bool(wanted) and set(wanted) <= set(first)
        others = [cells for _, cells in lines[1:]]
        if lines and not has_names and is_data(first, others, at_id, at_label, is_there):
            header = None
            assumed.append(
                f"'{file.name}' has no heading: its first line, {', '.join(map(repr, first[:3]))}, is read "
                "as a picture. Pass header=None to say so, header=0 if it is a heading."
            )
    if header is None:
        names: list[Any] = list(range(max((len(cells) for _, cells in lines), default=0)))
        rows = lines
    else:
        number = _checked_header(header, file)
        names = lines[number][1] if number < len(lines) else []
        rows = lines[number + 1 :]
    if not rows:
        raise BadValue(f"'{file}' lists no pictures; expected a line of column names and a line per picture.")
    long = [str(line) for line, cells in rows if any(cells[len(names) :])]
    if long:
        raise BadValue(
            f"'{file}' has more cells than columns: line{'s' * (len(long) > 1)} {_some(long)}. Separator: "
            f"{separator!r}; a cell that holds it stands in quotation marks. Fix the file."
        )
    return Table(f"'{file}'", "line", names, list(rows), tuple(assumed), separator=separator)


def _checked_header(header: Any, file: Path) -> int:
    if header == "infer":
        return 0
    if isinstance(header, bool) or not isinstance(header, int) or header < 0:
        raise BadValue(
            f"'{file}': header={header!r}; None for a table without heading, or the number of its line, 0 "
            "for the first, was expected."
        )
    return header


def _some(things: list[str]) -> str:
    return ", ".join(things[:5]) + (", ..." if len(things) > 5 else "")

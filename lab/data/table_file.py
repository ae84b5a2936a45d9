"""A CSV file as a table, whatever program wrote it: its cells under their headings, when it has some.

Spreadsheets differ in the separator (`,` `;` tab `|`), in the encoding and in the ends of the lines. All is
found out from the file; what had to be assumed is kept as a notice for whoever uses the table.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from lab.core.errors import BadValue
from lab.data.cells import Column, Table, is_data, some

DELIMITERS = (",", ";", "\t", "|")
_BYTE_ORDER_MARKS = (  # utf-32 first: its mark begins as that of utf-16 does
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = (
    (b"PK\x03\x04", "a workbook or an archive", "Save it as CSV text, or read it with pandas.read_excel"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook", "Save it as CSV text, or read it with pandas.read_excel"),
    (b"\x1f\x8b", "a compressed file", "Unpack it"),
    (b"PAR1", "a Parquet file", "Read it with pandas.read_parquet, and pass the DataFrame to from_df"),
)
_LOOKED_AT = 500  # rows that decide which separator it is

Line = tuple[int, list[str]]


def open_table(
    file: Path,
    delimiter: str | None = None,
    header: int | str | None = "infer",
    encoding: str | None = None,
    columns: Sequence[Column | None] = (0, 1),
    is_there: Callable[[str], bool] = lambda name: False,
) -> Table:
    """The cells of a CSV file under their headings. columns: id and label, and others that are wanted, by
    name or number. is_there: whether a picture has this id. ValueError begins with the file's name.
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
        number = 0 if header == "infer" else header
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise BadValue(
                f"'{file}': header={header!r}; None for a table without heading, or the number of its line, "
                "0 for the first, was expected."
            )
        names = lines[number][1] if number < len(lines) else []
        rows = lines[number + 1 :]
    if not rows:
        raise BadValue(f"'{file}' lists no pictures; expected a line of column names and a line per picture.")
    long = [line for line, cells in rows if any(cells[len(names) :])]
    if long:
        raise BadValue(
            f"'{file}' has more cells than columns: line{'s' * (len(long) > 1)} {some(long)}. Separator: "
            f"{separator!r}; a cell that holds it stands in quotation marks. Fix the file."
        )
    return Table(f"'{file}'", "line", names, list(rows), tuple(assumed), separator=separator)


def read_table_text(
    file: Path, delimiter: str | None = None, encoding: str | None = None, wanted: Sequence[str] = ()
) -> tuple[list[Line], str, tuple[str, ...]]:
    """The lines of a CSV file, its separator, and a sentence for everything that could not be known.

    A line: (its number, its cells without spaces at their ends); blank ones are left out. delimiter,
    encoding: said instead of found out. wanted: names that the heading should have, to find the separator.
    Raises FileNotFoundError, and ValueError that begins with the file's name for what is not such text.
    """
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1):
        raise BadValue(
            f"'{file}': delimiter={delimiter!r}; expected one character, such as ';' or '\\t'. "
            "Leave it out, and it is found in the file."
        )
    text, assumed = decode(file.read_bytes(), file, encoding)
    skipped = 0
    # Excel's own way to name the separator
    if said := re.match(r'"?sep=(.)"?[ \t]*(\r\n|\r|\n)', text):
        delimiter, skipped, text = delimiter or said[1], 1, text[said.end() :]
    delimiter = delimiter or sniff(text, wanted, ",\t"[file.suffix.lower() in (".tsv", ".tab")])
    reader = _reader(text, delimiter)
    try:
        lines = [(reader.line_num + skipped, [cell.strip("\ufeff \t\r\n\xa0") for cell in r]) for r in reader]
    except csv.Error as problem:
        raise BadValue(
            f"'{file}' is not valid CSV: line {reader.line_num + skipped}: {problem}. A cell that begins "
            'with a quotation mark ends with one, and marks inside it are doubled ("").'
        ) from problem
    lines = [(number, cells) for number, cells in lines if any(cells)]
    return lines, delimiter, assumed


def decode(content: bytes, file: Path, encoding: str | None = None) -> tuple[str, tuple[str, ...]]:
    """(text, what was assumed): by the byte order mark, else UTF-8, else as Windows writes western
    languages. Raises ValueError for anything that is not text."""
    for beginning, kind, advice in _NO_TEXT:
        if content.startswith(beginning):
            raise BadValue(f"'{file}' is {kind}, not CSV text. {advice}.")
    marked = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    if encoding is None and marked is None and b"\0" in content[:1000]:
        raise BadValue(
            f"'{file}' is not text in UTF-8: it has zero bytes. For UTF-16, pass encoding='utf-16-le' or "
            "'utf-16-be', or save it as UTF-8."
        )
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff"), ()
        except LookupError:
            raise BadValue(
                f"'{file}': there is no encoding {encoding!r}. Leave it out, or pass 'utf-8'."
            ) from None
        except UnicodeError as problem:
            raise BadValue(
                f"'{file}' is not text in {encoding}: {problem}. Leave encoding out, or save the file "
                "as UTF-8."
            ) from problem
    try:
        return content.decode(marked or "utf-8"), ()
    except UnicodeError as problem:
        if marked:
            raise BadValue(f"'{file}' is not text in {marked}: {problem}. Save it as UTF-8.") from problem
    try:
        text, found = content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        text, found = content.decode("latin-1"), "latin-1"
    odd = next((w for w in re.findall(r"\w*[^\x00-\x7f]\w*", text)), "")
    assumed = (
        f"'{file.name}' is not UTF-8; it was read as {found}, which gives {odd!r}. If that is wrong, pass "
        "encoding=, or save it as UTF-8."
    )
    return text, (assumed,)


def sniff(text: str, wanted: Sequence[str] = (), otherwise: str = ",") -> str:
    """The separator: the one that divides most lines into equally many cells; `otherwise` where none does.

    A first cell that would hold another separator, and a separator with a space after it, speak against one.
    wanted: names that a heading should have.
    """

    def score(delimiter: str) -> tuple[float, ...]:
        try:
            rows = [row for row in islice(_reader(text, delimiter), _LOOKED_AT) if row]
        except csv.Error:
            return (0.0,)
        width, most = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
        if width < 2:
            return (0.0,)
        others = set(DELIMITERS) - {delimiter}
        clean = sum(not others & set(row[0]) for row in rows) / len(rows)
        named = bool(wanted) and set(wanted) <= {name.strip("\ufeff ") for name in rows[0]}
        spaced = text.count(f"{delimiter} ") / max(text.count(delimiter), 1)
        return (1 + named, most / len(rows) * clean, -spaced, width)

    scores = {delimiter: score(delimiter) for delimiter in (otherwise, *DELIMITERS)}
    return max(scores, key=scores.__getitem__)


def _reader(text: str, delimiter: str):
    # strict: a quotation mark that is never closed would else swallow the rest of the table
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)

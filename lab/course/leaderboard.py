"""A leaderboard in a CSV file: each entry is a line; two processes that write at once lose nothing."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from lab.core.errors import BadValue
from lab.course.locked import locked
from lab.data.home import atomic_write


@dataclass(frozen=True)
class Entry:
    """What somebody handed in. score: a loss, so smaller is better. time: UTC, to the second."""

    name: str
    score: float
    time: str


HEADING = [field.name for field in fields(Entry)]


def add_entry(path: str | Path, name: str, score: float) -> list[Entry]:
    """Append an entry, stamped with the time of now, and return all, the new one last.

    Raises ValueError for a file that is not a leaderboard, which is left as it was, and for an empty name.
    """
    path, name = Path(path), " ".join(name.split())
    if not name:
        raise BadValue("leaderboard: the name is empty. Give --name.")
    with locked(path):
        entries = read_entries(path) if path.exists() else []
        entries.append(Entry(name, round(score, 6), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
        with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADING)
            writer.writerows((one.name, f"{one.score:.6f}", one.time) for one in entries)
    return entries


def read_entries(path: str | Path) -> list[Entry]:
    """The entries of a leaderboard, in the order of the file. Raises ValueError for another file."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    try:
        if rows and rows[0] != HEADING:
            raise ValueError
        entries = [Entry(name, float(score), time) for name, score, time in rows[1:]]
        if not all(math.isfinite(entry.score) for entry in entries):
            raise ValueError
    except ValueError:
        raise BadValue(
            f"leaderboard: '{path}' is not a leaderboard, whose lines are {', '.join(HEADING)}. It was left "
            "as it is. Name another file."
        ) from None
    return entries


def standings(entries: Sequence[Entry]) -> list[tuple[Entry, int]]:
    """The best entry of each name and how many it has, the smallest loss first; of equals, the earlier."""
    best: dict[str, Entry] = {}
    for entry in entries:
        if entry.name not in best or entry.score < best[entry.name].score:
            best[entry.name] = entry
    ranked = sorted(best.values(), key=lambda entry: (entry.score, entry.time))
    return [(entry, sum(other.name == entry.name for other in entries)) for entry in ranked]


def table(entries: Sequence[Entry]) -> str:
    """The standings as text; the latest entry is told beside its name."""
    rows = [("", "name", "log loss", "entries", "best on")]
    for place, (entry, count) in enumerate(standings(entries), 1):
        rows.append((f"{place}", entry.name, f"{entry.score:.5f}", f"{count}", entry.time))
    w = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for place, name, score, count, time in rows:
        arrow = f"  <- now {entries[-1].score:.5f}" if place and name == entries[-1].name else ""
        row = f"{place:>{w[0]}}  {name:<{w[1]}}  {score:>{w[2]}}  {count:>{w[3]}}  {time:<{w[4]}}{arrow}"
        lines.append(row.rstrip())
    return "\n".join(lines)

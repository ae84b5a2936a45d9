"""Pictures in columns, as HTML that keeps its place: every tile is there before its picture is."""

from collections.abc import Sequence

from lab.markup import escape, image
from lab.panels.augment.stages import Compared, Tile


def column(head: str, tiles: Sequence[Tile | None]) -> str:
    """A column of tiles below its name, with the size of each; None: a tile to come."""
    rows = [_tile(tile) + _note(sizes=tile.size if tile else "") for tile in tiles]
    return _grid(1, _head(head) + "".join(rows))


def pairs(
    heads: Sequence[tuple[str, str]], rows: Sequence[tuple[Tile | None, Tile | None]], notes: Sequence[tuple]
) -> str:
    """Two columns side by side. notes: (name, sizes) of each row, in one line below both tiles."""
    body = [
        _tile(first) + _tile(second) + _note(*note) for (first, second), note in zip(rows, notes, strict=True)
    ]
    return _grid(2, "".join(_head(*head) for head in heads) + "".join(body))


def comparison(heads: Sequence[tuple[str, str]], rows: Sequence[Compared | None]) -> str:
    """Three columns with two lines of words below each tile."""
    body = []
    for row in rows:
        tiles = row.tiles if row else (None,) * 3
        notes = row.notes if row else (("", ""),) * 3
        body += [_tile(tile) for tile in tiles]
        body += [_two_lines(*note) for note in notes]
    return _grid(3, "".join(_head(*head) for head in heads) + "".join(body))


def _grid(columns: int, body: str) -> str:
    return f'<div class="paw-tiles paw-of-{columns}">{body}</div>'


def _head(words: str, about: str = "") -> str:
    return f'<p title="{escape(about)}"><b>{escape(words)}</b> <span>{escape(about)}</span></p>'


def _note(name: str = "", sizes: str = "") -> str:
    return f'<p class="paw-line"><span title="{escape(name)}">{escape(name)}</span><i>{escape(sizes)}</i></p>'


def _two_lines(first: str, second: str) -> str:
    return f'<p title="{escape(second)}"><b>{escape(first)}</b><br>{escape(second)}</p>'


def _tile(tile: Tile | None) -> str:
    if tile is None:
        return '<div class="paw-tile"></div>'
    if tile.picture is None:
        return f'<div class="paw-tile"><span>{escape(tile.words)}</span></div>'
    return f'<div class="paw-tile">{image(tile.picture, tile.words)}</div>'

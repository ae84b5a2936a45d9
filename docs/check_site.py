"""Check a built site: `python docs/check_site.py docs/site`. Every link and image within it leads somewhere.

Ends with 1 and a line for each that does not: the page, and what it names. Addresses of other sites are left
alone: CI asks nothing of the network.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """ids: the places in a page that a link may name. named: what its links and images name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids, self.named = set(), set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.update(filter(None, (given.get("id"), given.get("name"))))
        self.named.update(filter(None, (given.get("href"), given.get("src"))))


def broken(site: Path) -> list[str]:
    """A line for each link or image that leads nowhere."""
    own = (path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts)  # a theme's template
    pages = {path.resolve(): Page(path) for path in own}
    found = []
    for path, page in pages.items():
        for named in sorted(page.named):
            parts = urlsplit(named)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = unquote(parts.fragment)
            if not target.exists() or (place and target in pages and place not in pages[target].ids):
                found.append(f"{path.relative_to(site.resolve())}: {named}")
    return found


if __name__ == "__main__":
    lines = broken(Path(sys.argv[1]))
    print("\n".join(lines) or "All links and images within the site lead somewhere.")
    sys.exit(bool(lines))

"""The book's first page at the site's root, and heads that say each thing once."""

import re
from pathlib import Path

FIRST = "book/intro.html"
ADDRESS = re.compile(
    r'(\bhref|\bsrc|\baction|\bdata-content_root|"og:image" content)="(?!#|[a-z]+:)([^"]*)"'
)
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
TITLE = re.compile(r"<title>(.*?) &#8212; \1</title>", re.DOTALL)


def write(out: Path) -> None:
    """Put the first page in place of the redirection to it, with addresses that hold there."""
    folder = FIRST.rpartition("/")[0]

    def moved(found: re.Match) -> str:
        name, address = found[1], found[2]
        inner = address.removeprefix("../") if address.startswith("../") else f"{folder}/{address}"
        return f'{name}="{inner or "./"}"'

    page = (out / FIRST).read_text(encoding="utf-8")
    (out / "index.html").write_text(ADDRESS.sub(moved, page), encoding="utf-8")


def once(page: str) -> str:
    """A page with one viewport, and no title that names the book twice."""
    names = VIEWPORT.findall(page)
    for name in names[:-1]:
        page = page.replace(name, "", 1)
    return TITLE.sub(r"<title>\1</title>", page)

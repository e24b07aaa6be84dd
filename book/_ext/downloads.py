"""The book as files to keep, offered on the first page when the site holds them.

The files are made from the finished site, so this also runs after it (``make pdf``,
``make epub``). A new build takes away those of an older text.
"""

import re
import shutil
from pathlib import Path

FOLDER = "downloads"
PDF = "ssd-number-by-number.pdf"
EPUB = "ssd-number-by-number.epub"
KINDS = {PDF: "PDF, for paper and screens", EPUB: "EPUB, for e-readers"}
FIRST = ("index.html", "book/intro.html")
PLACE = re.compile(r"<!-- downloads -->.*?<!-- /downloads -->", re.DOTALL)
EMPTY = "<!-- downloads --><!-- /downloads -->"


def clear(out: Path) -> None:
    """Take away what was made from an earlier build."""
    shutil.rmtree(out / FOLDER, ignore_errors=True)


def offer(out: Path) -> None:
    """Let the first page of a site offer what the site holds, and nothing else.

    Raises:
        ValueError: if a first page has no place for it.
    """
    for name in FIRST:
        page = out / name
        text = page.read_text(encoding="utf-8")
        if not PLACE.search(text):
            raise ValueError(f"{page} must hold {EMPTY}, got none")
        before, after = PLACE.split(text, maxsplit=1)
        offered = part(out, "../" * name.count("/"))
        page.write_text(f"{before}{offered}{after}", encoding="utf-8")


def part(out: Path, root: str) -> str:
    """The part of the page, between its marks."""
    links = [
        f'<a href="{root}{FOLDER}/{name}" download>{words}</a> ({size(out / FOLDER / name)})'
        for name, words in KINDS.items()
        if (out / FOLDER / name).is_file()
    ]
    if not links:
        return EMPTY
    inner = (
        '<section class="ssd-downloads" aria-labelledby="take-it-along">'
        f'<h2 id="take-it-along">Take it along</h2><p>The whole book in one file: '
        f"{'; '.join(links)}.</p></section>"
    )
    return EMPTY.replace("--><!--", f"-->{inner}<!--")


def size(file: Path) -> str:
    """How large a file is, as people say it."""
    return f"{max(0.1, file.stat().st_size / 1e6):.1f} MB"

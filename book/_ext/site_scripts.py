"""One script in place of fourteen, and a loop of the theme that lays a page out once.

Every page loads the same scripts of Sphinx, the theme and this book: as one file they
take one question to a host instead of fourteen. They run in the order in which the pages
name them, after the first paint: ``start.js`` asks for them. On a page with scripts of its
own, which need them, they run when the page's text is there.
"""

import hashlib
import re
from pathlib import Path

import style_sheets

SCRIPT = "site.js"
START = "start.js"
LAST = "scripts/pydata-sphinx-theme.js"
BOOK = ("states.js", "loader.js", "printing.js")  # what the whole book in one file loads, too
# Those that all pages have; a page may have others between them.
SHARED = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/sphinx-book-theme.js",
    "memory.js",
    "states.js",
    "loader.js",
    "reading.js",
    "frames.js",
    "printing.js",
    "scripts/bootstrap.js",
    LAST,
)
TAG = re.compile(
    r'(?P<start>\s*<script defer src="[./]*)_static/'
    rf"(?P<name>{'|'.join(map(re.escape, SHARED))})"
    r'(?:\?[^"]*)?"></script>'
)
# The theme asks of one block after the other whether it can be scrolled, and says so; and
# what it has said makes the browser lay out the whole page again for the next. What is
# folded would be laid out only to be asked: reading.js does that when it is opened.
IS_WIDE = "e.scrollWidth>e.clientWidth||e.scrollHeight>e.clientHeight?0:-1"
FOLDED = '"details:not([open])"'
OTHERS = re.compile(r"<script[^>]* src=")
LOOP = re.compile(
    r'document\.querySelectorAll\((?P<which>"[^"]*")\)\.forEach\(\(e=>\{e\.tabIndex='
    rf"{re.escape(IS_WIDE)}\}}\)\)"
)


def join(out: Path) -> None:
    """Write the script into a finished site, and let every page name it.

    Raises:
        RuntimeError: if a page lacks one of the scripts, or the theme has another loop.
    """
    static = out / "_static"
    texts = [static.joinpath(name).read_text(encoding="utf-8") for name in SHARED]
    texts[-1] = all_first(texts[-1])
    script = "\n;\n".join(texts)
    version = hashlib.sha256(script.encode()).hexdigest()[:8]
    (static / SCRIPT).write_text(script, encoding="utf-8")
    for page in out.rglob("*.html"):
        page.write_text(with_one(page.read_text(encoding="utf-8"), page, version), encoding="utf-8")
    for name in set(SHARED) - set(BOOK):
        (static / name).unlink()


def all_first(theme: str) -> str:
    """The theme's script, whose loop asks of all blocks before it says anything."""

    def change(loop: re.Match) -> str:
        seen = f"[...document.querySelectorAll({loop['which']})].filter((e=>!e.closest({FOLDED})))"
        asked = f"{seen}.map((e=>[e,{IS_WIDE}]))"
        return f"{asked}.forEach((([e,i])=>{{e.tabIndex=i}}))"

    changed, count = LOOP.subn(change, theme)
    if count != 1:
        raise RuntimeError(f"{LAST}: must have one loop over what may scroll, got {count}")
    return changed


def with_one(text: str, page: Path, version: str) -> str:
    """The text of a page with one script in place of those that all pages have."""
    found = list(TAG.finditer(text))
    if not found:
        return text
    named = tuple(match["name"] for match in found)
    if named != SHARED:
        raise RuntimeError(f"{page}: must load {SHARED}, in this order, got {named}")
    address, start = f"{SCRIPT}?v={version}", f"{found[0]['start']}_static/"
    if OTHERS.search(text, found[-1].end()):
        tag = f'{start}{address}"></script>'
    else:
        tag = f'{start}{START}" data-then="{address}"></script>'
    return style_sheets.only(text, tag, TAG)

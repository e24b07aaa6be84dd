"""One lean style sheet in place of a dozen: a page is drawn as soon as that is there.

The theme brings Bootstrap and much else of which these pages use a small part. When the
pages are finished, their sheets are joined in the order in which the pages name them,
and rules that no page and no script can use are left out (PurgeCSS). The font of icons
goes: ``book/_static/icons.css`` draws those that are used.
"""

import re
from pathlib import Path

import npm_packages

SHEET = "_static/site.css"
LINK = re.compile(r'\s*<link(?=[^>]*rel="stylesheet")[^>]*href="([^"?]+)[^"]*"[^>]*>')
OWN = ("tokens.css", "icons.css", "widgets.css", "book.css")  # used by scripts, and whole
LEFT_OUT = re.compile("fontawesome|sphinx-design|sphinx-thebe|graphviz")
IMPORT = re.compile(r'@import "([^"]+)";')
# The list of the page's sections stands beside the text only where the figures still have room.
WIDE = re.compile(r"(min|max)-width:\s*(1200|1199\.98)px")
COMMENT = re.compile(r"""(?P<text>"[^"]*"|'[^']*')|/\*.*?\*/""", re.DOTALL)
URL = re.compile(r"""url\((['"]?)(?!data:|#|https?:)([^'")]+)\1\)""")


def clear(out: Path) -> None:
    """Take away the pages of an earlier build: they no longer say what their sheets were."""
    for page in out.rglob("*.html"):
        page.unlink()


def join(out: Path, scripts: list[Path]) -> None:
    """Write the sheet into a finished site, and let every page name that one alone.

    Args:
        out: the site.
        scripts: those that make elements, as they were written.

    Raises:
        RuntimeError: if PurgeCSS fails; with what it said.
    """
    pages = sorted(out.rglob("*.html"))
    names: dict[str, None] = {}
    for page in pages:
        text, root = page.read_text(encoding="utf-8"), root_of(page, out)
        names |= dict.fromkeys(name.removeprefix(root) for name in LINK.findall(text))
        link = f'\n    <link rel="stylesheet" href="{root}{SHEET}">'
        page.write_text(only(text, link), encoding="utf-8")
    sheets = [out / name for name in names if not LEFT_OUT.search(name)]
    own = [sheet for sheet in sheets if sheet.name in OWN]
    foreign = "\n".join(moved(sheet) for sheet in sheets if sheet not in own)
    foreign = WIDE.sub(lambda found: f"{found[1]}-width:{float(found[2]) + 160:g}px", foreign)
    (out / SHEET).write_text(foreign, encoding="utf-8")
    purged = npm_packages.run("purge.mjs", out, out / SHEET, *scripts)
    css = [short(text) for text in (purged, *map(moved, own))]
    (out / SHEET).write_text("\n".join(css), encoding="utf-8")
    for name in names:
        (out / name).unlink(missing_ok=True)


def root_of(page: Path, out: Path) -> str:
    """The way from a page to the root of the site: ``""`` or ``"../"``."""
    return "../" * (len(page.relative_to(out).parts) - 1)


def only(page: str, link: str, tags: re.Pattern = LINK) -> str:
    """The page with the link in place of the first of its style sheets, and no other.

    Also for other tags that a file stands in for.
    """
    first = True

    def change(_match: re.Match) -> str:
        nonlocal first
        new, first = link if first else "", False
        return new

    return tags.sub(change, page)


def moved(sheet: Path) -> str:
    """A sheet whose addresses hold from the joined sheet's place."""
    sheet = sheet.resolve()
    static = next(parent for parent in sheet.parents if parent.name == "_static")

    def change(match: re.Match) -> str:
        target = (sheet.parent / match[2]).resolve().relative_to(static)
        return f'url("{target.as_posix()}")'

    def imported(match: re.Match) -> str:
        return moved(sheet.parent / match[1])

    return IMPORT.sub(imported, URL.sub(change, sheet.read_text(encoding="utf-8")))


def short(css: str) -> str:
    """A sheet without its comments, and without what indents it."""
    css = COMMENT.sub(lambda found: found["text"] or "", css)
    return re.sub(r"\s*\n\s*", "\n", css)

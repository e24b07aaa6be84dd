"""What a reader can search: every section of the finished pages, with its text.

Sphinx' own index knows on which page a word stands, but not where, and a page opened
from a file may not fetch another to look. So each section goes, with its heading and its
words, into one script that the search page loads; ``book/_static/search.js`` looks there.
"""

import copy
import json
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

import road

INDEX = "_static/search_index.js"
CHAPTERS = {"intro", *(chapter["stem"] for chapter in road.CHAPTERS)}
# Code and what it shows, and what is written twice or for the eye alone.
UNREAD = (
    ".cell_input, .cell_output, details.hide, div[class*=highlight-], .headerlink, "
    ".katex-mathml, div.math, .ssd-road, .ssd-head, script, style, svg"
)
ENTRIES = "dl.py > dt[id], dl.glossary > dt[id]"  # have names that readers look for


def write(out: Path) -> None:
    """Put the index into a finished site."""
    pages = [page_of(path) for path in sorted((out / "book").glob("*.html"))]
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    (out / INDEX).write_text(f"ssdSearch({text});\n", encoding="utf-8")


def page_of(path: Path) -> dict:
    """A page's address, title, kind, and its sections: anchor, heading, text."""
    soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article")
    if article is None:
        raise ValueError(f"{path.name} must be a page of the book, got no article")
    for output in article.select(".cell_output"):
        output.insert_before(*output.select("figcaption"))
    for unread in article.select(UNREAD):
        unread.decompose()
    entries = [entry(name) for name in article.select(ENTRIES)]
    inner_first = [section(one) for one in reversed(article.select("section[id]"))]
    (_anchor, title, words), *sections = reversed(inner_first)
    return {
        "page": f"book/{path.name}",
        "title": title,
        "kind": kind(path.stem),
        "sections": [["", title, words], *sections, *entries],
    }


def kind(stem: str) -> str:
    """What readers go to a page for."""
    if stem in CHAPTERS:
        return "chapter"
    return "reference" if stem.startswith("api") else "look-up"


def entry(name: Tag) -> list[str]:
    """One of the reference's objects, without those in it, or of the glossary's terms."""
    meaning = copy.copy(name.find_next_sibling("dd"))
    if meaning is None:
        raise ValueError(f"{name['id']} must be explained, got nothing")
    for inner in meaning.select("dl.py"):
        inner.decompose()
    return [str(name["id"]), plain(name.select_one(".descname") or name), plain(meaning)]


def section(one: Tag) -> list[str]:
    """A section's own words; those of the sections in it have been taken out before."""
    one.extract()
    heading = one.find(re.compile("^h[1-6]$"))
    words = "" if heading is None else plain(heading.extract())
    for names in one.select("dl.py, dl.glossary"):
        names.decompose()
    return [str(one["id"]), words, plain(one)]


def plain(tag: Tag) -> str:
    """The words of a tag."""
    return re.sub(r"\s+", " ", tag.get_text()).strip()

"""How the book looks where it is linked to and searched for.

Each page says in a sentence what it is about, shows a picture of its own in the card that
a link to it becomes, and names itself as a chapter of the book. Addresses in full, the
canonical ones and the site's map, need to know where the site is: ``html: baseurl`` in
``_config.yml``; while that is empty they are left out.
"""

import html
import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import road

FIRST = "book/intro"
ABOUT = (
    "Take an object detector apart, the Single Shot MultiBox Detector, until no number in it is "
    "left unexplained. Every figure works in the page, and so does the network."
)
CARDS = "_static/cards"  # tools/cards.py draws them
CARD_PX = (1200, 630)
LONGEST = 160  # letters that searches show
LICENCE = "https://opensource.org/license/mit"


def describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put what others show of a page into its head."""
    if app.builder.name != "html":
        return
    address = app.config.html_baseurl
    before = context.get("metatags", "")
    if pagename == "404":
        base = f'<base href="{html.escape(address)}">' if address else ""
        context["metatags"] = f'{before}{base}<meta name="robots" content="noindex">'
        return
    if doctree is None:
        return
    if pagename == FIRST and address:
        context["pageurl"] = address
    title = app.config.html_title if pagename == FIRST else context["title"]
    about = sentence(pagename, doctree)
    lines = [meta("name", "description", about)]
    lines += [meta("property", f"og:{name}", text) for name, text in card(app, pagename).items()]
    lines.append(meta("property", "og:title", title))
    lines.append(meta("property", "og:description", about))
    lines.append(meta("name", "twitter:card", "summary_large_image"))
    data = json.dumps(structured(app, pagename, title, about)).replace("<", r"\u003c")
    lines.append(f'<script type="application/ld+json">{data}</script>')
    context["metatags"] = "\n".join([before, *lines])


def meta(kind: str, name: str, text: str) -> str:
    """A line of a page's head."""
    return f'<meta {kind}="{name}" content="{html.escape(text)}">'


def sentence(pagename: str, doctree: nodes.document) -> str:
    """What a page is about: its sentence on the road, or how its text begins."""
    if pagename == FIRST:
        return ABOUT
    if known := road.SENTENCES.get(pagename):
        return known
    texts = (paragraph.astext() for paragraph in doctree.findall(nodes.paragraph))
    text = " ".join(next(texts, ABOUT).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def card(app: Sphinx, pagename: str) -> dict[str, str]:
    """What the card of a page shows, apart from its words."""
    address = app.config.html_baseurl
    picture = picture_of(app, pagename)
    shown = {
        "type": "book" if pagename == FIRST else "article",
        "site_name": app.config.html_title,
        "locale": "en",
        "image": f"{address or '../' * pagename.count('/')}{picture}",
        "image:width": str(CARD_PX[0]),
        "image:height": str(CARD_PX[1]),
        "image:alt": "A figure of this page beside its title.",
    }
    return shown | ({"url": place(app, pagename)} if address else {})


def picture_of(app: Sphinx, pagename: str) -> str:
    """The path of a page's picture, or of the book's."""
    stem = Path(pagename).name
    own = Path(app.srcdir, "book", CARDS, f"{stem}.jpg").is_file()
    return f"{CARDS}/{stem if own else Path(FIRST).name}.jpg"


def place(app: Sphinx, pagename: str) -> str:
    """The whole address of a page; the first one is at the site's root."""
    root = app.config.html_baseurl
    return root if pagename == FIRST else f"{root}{pagename}.html"


def structured(app: Sphinx, pagename: str, title: str, about: str) -> dict[str, Any]:
    """What a page is, in the words of schema.org."""
    book = {
        "@type": "Book",
        "name": app.config.html_title,
        "author": {"@type": "Organization", "name": app.config.author},
        "license": LICENCE,
        "inLanguage": "en",
        "isAccessibleForFree": True,
    }
    if pagename == FIRST:
        found = book | {"description": about, "genre": "Textbook"}
    else:
        found = {"@type": "Chapter", "name": title, "description": about, "isPartOf": book}
    if app.config.html_baseurl:
        found["url"] = place(app, pagename)
    return {"@context": "https://schema.org", **found}


def lost(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """The page that a host shows in place of one that it does not have."""
    return [("404", {"title": "Not here"}, "404.html")] if app.builder.name == "html" else []


def write(app: Sphinx, out: Path) -> None:
    """Tell searches what there is."""
    lines = ["User-agent: *", "Allow: /"]
    if address := app.config.html_baseurl:
        pages = sorted(app.env.found_docs)
        rows = "".join(f"<url><loc>{html.escape(place(app, page))}</loc></url>\n" for page in pages)
        text = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        (out / "sitemap.xml").write_text(head + text, encoding="utf-8")
        lines.append(f"Sitemap: {address}sitemap.xml")
    (out / "robots.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

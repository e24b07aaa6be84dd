"""Print the built book as one PDF: tagged, with an outline, its links leading inside it.

python tools/whole_book.py        writes _build/html/downloads/ssd-number-by-number.pdf

The articles of all pages are joined in one document in a browser, where the figures come
to life, stand still, and are printed once: pages that are printed apart and merged lose
their tags and their links. The first page then offers the file.
"""

import contextlib
import datetime
import html
import json
import sys
from pathlib import Path

import browser
import yaml
from serving import serving

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build/html"
SCRIPT = ROOT / "tools/js/whole_book.js"
sys.path.insert(0, str(ROOT / "book/_ext"))
import downloads  # noqa: E402

MARGIN = {"top": "18mm", "right": "16mm", "bottom": "20mm", "left": "16mm"}
FOOT = (
    '<div style="width: 100%; font: 8pt sans-serif; color: #5a6170; text-align: center">'
    '<span class="pageNumber"></span></div>'
)
WIDTH = 1100  # of the window in which the figures come to life
LIMIT_MS = 600_000
STILL = "new Promise((go) => requestAnimationFrame(() => setTimeout(go, 1500)))"
SHEET = """<!DOCTYPE html>
<html lang="en" data-content_root="../" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="../_static/site.css"></head>
<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container">
<section class="ssd-title-page"><p class="ssd-title-page-title">{title}</p>
<p class="ssd-title-page-about">{about}</p>
<img src="../_static/pictures/live_detector.webp" width="800" height="800" alt="{alt}">
<p class="ssd-title-page-by">{author}, {year} · {licence}</p></section>
<nav class="ssd-title-page-contents" aria-label="Contents"><p class="ssd-title-page-heading">Contents</p>
<ol></ol><p class="ssd-title-page-note">{note}</p></nav>
</div></div></main></body></html>"""
NOTE = (
    "Where the text asks you to press, drag or point, it speaks of the figures in the pages of "
    "the book. Here each of them stands still, as it opens, with its numbers."
)
ALT = "A drawn meadow with a dog, a cat and other things, each in a box with its name and a score."


def about():
    """Title and author of the book, its subtitle and its licence."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return {
        "title": config["title"],
        "author": config["author"],
        "about": "An interactive book about the Single Shot MultiBox Detector, on paper: "
        "each figure as a still picture with its numbers",
        "licence": "text and code under the MIT licence",
        "year": f"{datetime.date.today():%B %Y}",
    }


def stems():
    """The book's pages in their order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(page["file"] for part in toc["parts"] for page in part["chapters"])]
    return [Path(file).name for file in files]


def states_in_words():
    """What an address may say of the playground in words; on paper it is the page."""
    record = json.loads((ROOT / "data/runs/playground.json").read_text(encoding="utf-8"))
    return [name.replace(" ", "-") for name in record["experiments"]]


def sheet():
    """The document into which the articles are put."""
    return SHEET.format(
        alt=ALT, note=NOTE, **{name: html.escape(text) for name, text in about().items()}
    )


@contextlib.contextmanager
def opened(pages, chromium=None):
    """The joined book in a browser, its own or one that runs, with its figures alive."""
    started = contextlib.nullcontext(chromium) if chromium else browser.launched()
    with serving(HTML) as address, started as running:
        page = running.new_page(viewport={"width": WIDTH, "height": 1400})
        page.set_default_timeout(LIMIT_MS)
        whole = f"{address}book/whole.html"
        page.route(whole, lambda route: route.fulfill(body=sheet(), content_type="text/html"))
        page.goto(whole)
        page.add_script_tag(content=SCRIPT.read_text(encoding="utf-8"))
        told = [pages, states_in_words()]
        page.evaluate("([stems, states]) => joinBook(stems, states)", told)
        for script in ("states", "loader", "printing"):
            page.add_script_tag(url=f"{address}_static/{script}.js")
        if failed := page.evaluate("mountAll()"):
            sys.exit(f"every figure must come to life, got {failed}")
        if dead := page.evaluate("deadLinks()"):
            sys.exit(f"every link must lead into the book, got {dead}")
        page.evaluate(STILL)
        yield page
        page.close()


def printed(pages, chromium=None):
    """Those pages as one PDF."""
    with opened(pages, chromium) as page:
        return page.pdf(
            format="A4",
            margin=MARGIN,
            tagged=True,
            outline=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            print_background=True,
        )


def main():
    if not (HTML / "index.html").exists():
        sys.exit(f"the book must be built first (make book), got no {HTML / 'index.html'}")
    target = HTML / downloads.FOLDER / downloads.PDF
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(printed(stems()))
    downloads.offer(HTML)
    print(f"{target}: {downloads.size(target)}")


if __name__ == "__main__":
    main()

"""Make an e-book of the built book: EPUB 3, each figure as a still picture with its numbers.

python tools/book_epub.py         writes _build/html/downloads/ssd-number-by-number.epub

The pages come from the finished site, so that they are what the site shows; a browser
takes the pictures and turns HTML into XML. The first page then offers the file.
"""

import datetime
import html
import posixpath
import re
import sys
import uuid
import zipfile

import whole_book
from whole_book import HTML, ROOT, about, downloads

SHEETS = ("book/_ext/epub.css", "ssd_lib/figures/tokens.css")
IMAGE = re.compile(r'(?<=(?:src|ref)=")\.\./(_(?:images|static)/[^"]+)(?=")')
COVER_PX = {"width": 1200, "height": 1600}
KINDS = {
    ".css": "text/css",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".xhtml": "application/xhtml+xml",
}
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" \
xml:lang="en"><head><title>{title}</title>{sheets}</head><body>{body}</body></html>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" xml:lang="en" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{title}</dc:title><dc:language>en</dc:language><dc:creator>{author}</dc:creator>
<dc:description>{about}</dc:description><dc:rights>{licence}</dc:rights>
<meta property="dcterms:modified">{modified}</meta>
<meta property="schema:accessMode">textual</meta><meta property="schema:accessMode">visual</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
<meta name="cover" content="cover-image"/></metadata>
<manifest>{manifest}</manifest><spine>{spine}</spine></package>"""


def pictures(page, pages):
    """A still picture of each figure that has one: its content by page and number."""
    page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")  # while they are seen
    page.emulate_media(media="print")
    found = {}
    for stem in pages:
        figures = page.locator(f"#{stem} figure.ssd-widget[data-widget]")
        for number in range(figures.count()):
            strip = figures.nth(number).locator("> .ssd-stills")
            if strip.count() and strip.bounding_box():
                found[stem, number] = strip.screenshot()
    page.set_viewport_size(COVER_PX)
    page.locator(".ssd-title-page").evaluate("(one) => { one.style.zoom = 1.6; }")
    found["cover"] = page.locator(".ssd-title-page").screenshot()
    return found


def chapters(page, pages, stills):
    """Title, sections and body of each page as XML."""
    found = {}
    for stem in pages:
        names = [name for name in stills if name[0] == stem]
        count = 1 + max((number for _, number in names), default=-1)
        paths = [f"../images/{stem}-{k}.png" if (stem, k) in stills else None for k in range(count)]
        told = {"stem": stem, "stems": pages, "stills": paths}
        found[stem] = page.evaluate("(page) => asXhtml(page)", told)
    return found


def packed(body, files):
    """A page's text with its pictures in the book's own folder; adds them to the files."""

    def moved(match):
        source = match[1]
        path = f"images/{posixpath.basename(source)}"
        if path not in files:
            files[path] = (HTML / source).read_bytes()
        return f"../{path}"

    return IMAGE.sub(moved, body)


def sheets(files):
    """The links to the style sheets, which go to the files."""
    paths = []
    for source in SHEETS:
        path = f"styles/{posixpath.basename(source)}"
        files[path] = (ROOT / source).read_bytes()
        paths.append(path)
    return "".join(f'<link rel="stylesheet" type="text/css" href="../{p}"/>' for p in paths)


def contents(found):
    """The list of chapters, each with its sections."""
    lines = []
    for stem, chapter in found.items():
        inner = "".join(
            f'<li><a href="text/{stem}.xhtml#{name}">{html.escape(words.rstrip("#"))}</a></li>'
            for name, words in chapter["sections"]
        )
        link = f'<a href="text/{stem}.xhtml">{html.escape(chapter["title"].rstrip("#"))}</a>'
        lines.append(f"<li>{link}{f'<ol>{inner}</ol>' if inner else ''}</li>")
    nav = f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'
    nav += f"<p>{html.escape(whole_book.NOTE)}</p>"
    return PAGE.format(title="Contents", sheets="", body=nav)


def properties(path, content):
    """What a reader has to know of a file before it opens it."""
    if path == "images/cover.png":
        return ' properties="cover-image"'
    if path == "nav.xhtml":
        return ' properties="nav"'
    holds = {"mathml": b"<math", "svg": b"<svg", "remote-resources": b'src="http'}
    found = [name for name, mark in holds.items() if path.endswith(".xhtml") and mark in content]
    return f' properties="{" ".join(found)}"' if found else ""


def package(files, pages):
    """The file that says what is in the book, and in which order it is read."""
    names = {
        path: "cover-image" if path == "images/cover.png" else f"f{k}"
        for k, path in enumerate(files)
    }
    manifest = "".join(
        f'<item id="{names[path]}" href="{path}" '
        f'media-type="{KINDS[posixpath.splitext(path)[1]]}"{properties(path, content)}/>'
        for path, content in files.items()
    )
    order = ["text/cover.xhtml", "nav.xhtml", *(f"text/{stem}.xhtml" for stem in pages)]
    told = {name: html.escape(text) for name, text in about().items() if name != "year"}
    return PACKAGE.format(
        manifest=manifest,
        spine="".join(f'<itemref idref="{names[path]}"/>' for path in order),
        identifier=uuid.uuid5(uuid.NAMESPACE_URL, told["title"]),
        modified=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
        **told,
    )


def gathered(pages, chromium=None):
    """All files of an e-book of some pages."""
    files = {}
    with whole_book.opened(pages, chromium) as page:
        stills = pictures(page, pages)
        found = chapters(page, pages, stills)
    files["images/cover.png"] = stills.pop("cover")
    files |= {f"images/{stem}-{k}.png": content for (stem, k), content in stills.items()}
    links = sheets(files)
    cover = f'<div><img src="../images/cover.png" alt="{html.escape(about()["title"])}"/></div>'
    files["text/cover.xhtml"] = PAGE.format(title="Cover", sheets=links, body=cover).encode()
    for stem, chapter in found.items():
        body = packed(chapter["body"], files)
        title = html.escape(chapter["title"].rstrip("#"))
        text = PAGE.format(title=title, sheets=links, body=body)
        files[f"text/{stem}.xhtml"] = text.encode()
    files["nav.xhtml"] = contents(found).encode()
    return files


def write(target, files, pages):
    """Write the e-book; its first file says what it is, and is not compressed."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", CONTAINER)
        book.writestr("content.opf", package(files, pages))
        for path, content in files.items():
            book.writestr(path, content)


def main():
    if not (HTML / "index.html").exists():
        sys.exit(f"the book must be built first (make book), got no {HTML / 'index.html'}")
    target = HTML / downloads.FOLDER / downloads.EPUB
    target.parent.mkdir(exist_ok=True)
    pages = whole_book.stems()
    write(target, gathered(pages), pages)
    downloads.offer(HTML)
    print(f"{target}: {downloads.size(target)}")


if __name__ == "__main__":
    main()

"""The book as an e-book: XML that is whole, links that lead somewhere, pictures for figures."""

import posixpath
import re
import zipfile
from urllib.parse import unquote, urlsplit

import book_epub
import pytest
from defusedxml import ElementTree

pytestmark = pytest.mark.usefixtures("http_address")  # the book is built
SOME = ["intro", "boxes", "loss", "glossary"]
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"


class Book:
    """An e-book's files, those that are XML read."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as packed:
            self.order = packed.infolist()
            self.files = {name: packed.read(name) for name in packed.namelist()}
        self.pages = {
            name: ElementTree.fromstring(content)
            for name, content in self.files.items()
            if name.endswith((".xhtml", ".opf", ".xml"))
        }

    def ids(self, page):
        return [one.get("id") for one in self.pages[page].iter() if one.get("id")]

    def broken(self):
        """What pages point to and the book does not have."""
        for page, tree in self.pages.items():
            for element in tree.iter():
                for name in ("href", "src", "{http://www.w3.org/1999/xlink}href"):
                    parts = urlsplit(element.get(name) or "")
                    if parts.scheme or not (parts.path or parts.fragment):
                        continue
                    near = posixpath.join(posixpath.dirname(page), unquote(parts.path))
                    target = posixpath.normpath(near) if parts.path else page
                    if target not in self.files:
                        yield f"{page}: {target}"
                    elif parts.fragment and unquote(parts.fragment) not in self.ids(target):
                        yield f"{page}: {target}#{parts.fragment}"


@pytest.fixture(scope="module")
def book(tmp_path_factory, browser):
    path = tmp_path_factory.mktemp("epub") / "some.epub"
    book_epub.write(path, book_epub.gathered(SOME, browser), SOME)
    return Book(path)


def test_it_says_what_it_is_before_anything_else(book):
    first = book.order[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book.files["mimetype"] == b"application/epub+zip"


def test_title_licence_and_cover_are_named(book):
    package = book.pages["content.opf"]
    assert package.find(f".//{DC}title").text == "SSD, number by number"
    assert "MIT licence" in package.find(f".//{DC}rights").text
    covers = package.findall(f".//{OPF}item[@properties='cover-image']")
    assert [one.get("href") for one in covers] == ["images/cover.png"]


def test_every_file_is_listed_and_every_link_leads_somewhere(book):
    listed = {one.get("href") for one in book.pages["content.opf"].iter(f"{OPF}item")}
    assert listed == set(book.files) - {"mimetype", "content.opf", "META-INF/container.xml"}
    assert list(book.broken()) == []
    for page in book.pages:
        ids = book.ids(page)
        assert len(ids) == len(set(ids)), page


def test_a_broken_link_would_be_found(book):
    page = book.pages["text/boxes.xhtml"]
    link = next(one for one in page.iter() if (one.get("href") or "").startswith("glossary.xhtml#"))
    kept = link.get("href")
    link.set("href", "glossary.xhtml#nothing")
    assert list(book.broken()) == ["text/boxes.xhtml: text/glossary.xhtml#nothing"]
    link.set("href", kept)


def test_figures_are_pictures_with_their_tables_and_nothing_runs(book):
    page = book.files["text/boxes.xhtml"].decode()
    assert "images/boxes-0.png" in page
    assert "<table" in page
    for left_over in ("<script", "<button", "data-state", "onclick"):
        assert left_over not in page
    assert len(book.files["images/boxes-0.png"]) > 10_000


def test_a_function_stands_apart_from_what_is_about_it(book):
    """It is ln 21, not ln21."""
    page = book.files["text/loss.xhtml"].decode()
    marks = re.findall(r"<mo([^>]*)>\u2061</mo>", page)
    assert len(marks) >= 5
    assert set(marks) == {' rspace="0.1667em"'}
    assert not re.search(r"</mn><mi>(ln|log)</mi>", page)
    assert '<mspace width="0.1667em"' in page


def test_nothing_is_said_twice_and_no_caption_asks_for_a_mouse(book):
    page = book.files["text/boxes.xhtml"].decode()
    assert "<math" in page
    for twice in ("katex-html", "<annotation", 'class="expanded'):
        assert twice not in page
    assert "Drag box A by its" not in page
    assert "it speaks of the figures in the pages" in book.files["nav.xhtml"].decode()

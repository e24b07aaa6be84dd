"""The book as one PDF: pages, tags, outline, links, pictures, and nothing to point at."""

import io
import re

import pypdf
import pytest
import whole_book

SOME = ["intro", "boxes", "predict"]
ONLY_ON_SCREENS = re.compile(r"Drag box A by its|Choose a row|On a keyboard")


def checked(pages, browser):
    """Print pages, and look at what every such file must have."""
    pdf = pypdf.PdfReader(io.BytesIO(whole_book.printed(pages, browser)))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert pdf.metadata.title == "SSD, number by number"
    chapters = [entry.title for entry in pdf.outline if not isinstance(entry, list)]
    assert len(chapters) == len(pages)
    return pdf, chapters


def links(pdf):
    """Names that links lead to inside the file, and addresses outside it."""
    inside, outside = [], []
    for sheet in pdf.pages:
        for one in sheet.get("/Annots", []):
            link = one.get_object()
            if "/Dest" in link:
                inside.append(str(link["/Dest"]))
            elif "/A" in link:
                outside.append(link["/A"]["/URI"])
    return inside, outside


pytestmark = pytest.mark.usefixtures("http_address")  # the book is built


@pytest.fixture(scope="module")
def some(browser):
    return checked(SOME, browser)


def test_chapters_and_their_sections_are_the_outline(some):
    pdf, chapters = some
    assert chapters == ["SSD, number by number", "Boxes and IoU", "Detections"]
    sections = [entry.title for entry in next(e for e in pdf.outline if isinstance(e, list))]
    assert "How to cite" in sections


def test_links_lead_into_the_file_and_none_to_the_site_it_was_made_from(some):
    pdf, _ = some
    inside, outside = links(pdf)
    assert len(inside) > 8
    assert sorted(set(inside) - set(pdf.named_destinations)) == []
    assert [address for address in outside if "127.0.0.1" in address] == []


def test_figures_are_pictures_with_their_numbers(some):
    pdf, _ = some
    text = " ".join("\n".join(sheet.extract_text() for sheet in pdf.pages).split())
    assert sum(len(sheet.images) for sheet in pdf.pages) > 8
    assert "In print, the answers" in text
    assert "Solutions" in text
    assert "Link to this state" not in text
    assert "Your way so far" not in text
    assert ONLY_ON_SCREENS.findall(text) == []


def test_what_a_page_has_too_much_would_be_found():
    assert ONLY_ON_SCREENS.search((whole_book.HTML / "book/predict.html").read_text("utf-8"))


@pytest.mark.full
def test_the_whole_book(browser):
    pdf, chapters = checked(whole_book.stems(), browser)
    assert {"Boxes and IoU", "Glossary", "Errata"} <= set(chapters)
    assert 200 < len(pdf.pages) < 500
    inside, _ = links(pdf)
    assert len(inside) > 1000
    assert sorted(set(inside) - set(pdf.named_destinations)) == []

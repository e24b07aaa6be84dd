"""The page at the site's root, made of the book's first one."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))
import first_page

PAGE = """<html data-content_root="../"><link href="../_static/site.css">
<a href="#the-road">road</a> <a href="boxes.html#area">boxes</a>
<a href="https://example.org/x">out</a> <img src="../_images/a.webp">
<form action="../search.html"></form>"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / first_page.FIRST).write_text(PAGE, encoding="utf-8")
    first_page.write(tmp_path)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "held",
    [
        'data-content_root="./"',
        'href="_static/site.css"',
        'href="#the-road"',
        'href="book/boxes.html#area"',
        'href="https://example.org/x"',
        'src="_images/a.webp"',
        'action="search.html"',
    ],
)
def test_each_address_leads_from_the_root_to_where_it_led_before(root, held):
    assert held in root


def test_a_head_has_one_viewport_and_names_the_book_once():
    view = '<meta name="viewport" content="width=device-width">'
    page = first_page.once(f"{view}\n{view}\n<title>SSD &#8212; SSD</title>")
    assert page.count("viewport") == 1
    assert page.endswith("<title>SSD</title>")
    assert first_page.once("<title>Boxes &#8212; SSD</title>") == "<title>Boxes &#8212; SSD</title>"

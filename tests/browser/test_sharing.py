"""What others show of the book: cards, structured data, and the page that is not there."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
HTML = ROOT / "_build/html"
CHAPTERS = sorted(
    page.stem for page in (ROOT / "book").glob("*.ipynb") if page.stem != "differences"
)
PLACES = ["index.html", *(f"book/{stem}.html" for stem in CHAPTERS)]


def head(path):
    """What a page's head says, by name."""
    text = (HTML / path).read_text(encoding="utf-8")
    return dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', text)), text


@pytest.mark.parametrize("path", PLACES)
def test_a_page_describes_itself_and_has_a_picture_of_its_own(path):
    said, text = head(path)
    assert 40 < len(said["description"]) <= 200
    assert said["og:description"] == said["description"]
    assert said["twitter:card"] == "summary_large_image"
    picture = (HTML / path).parent / said["og:image"]
    stem = "intro" if path == "index.html" else Path(path).stem
    assert picture.stem == stem
    with Image.open(picture) as image:
        assert f"{image.width} {image.height}" == "1200 630"
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])
    if stem == "intro":
        assert data["@type"] == "Book"
    else:
        assert (data["@type"], data["isPartOf"]["name"]) == ("Chapter", "SSD, number by number")


def test_no_two_chapters_say_the_same():
    said = [head(path)[0]["description"] for path in PLACES if path != "index.html"]
    assert len(set(said)) == len(said)


def test_searches_may_look_at_everything_but_the_page_that_is_not_there():
    assert (HTML / "robots.txt").read_text().splitlines()[:2] == ["User-agent: *", "Allow: /"]
    assert 'content="noindex"' in (HTML / "404.html").read_text()


def test_a_lost_reader_finds_the_way(watch, width):
    watched = watch(width)
    page = watched.open("404.html")
    assert page.get_by_role("heading", level=1).inner_text() == "No box overlaps this address"
    page.get_by_role("link", name="To the first page").click()
    page.locator("figure[data-widget=live_detector]").wait_for()
    assert watched.trouble == []

"""Search: what a reader would type leads to the section that says it, by both ways."""

import re

import pytest
from playwright.sync_api import expect
from watching import places

ASKED = {  # and the section that should come first
    "receptive field": ("Feature maps", "What a cell sees"),
    "why 8732": ("Default boxes", "Where 8732 comes from"),
    "hard negative mining": ("The loss", "The background: hard negatives"),
    "my loss is nan": ("The loss", "My loss is NaN"),
    "average precision": ("Evaluation", "Mean average precision"),
    "what are the variances": ("Offsets", "What the “variances” are"),
    "l2norm": ("Backbone", "L2Norm: is one map louder than the others?"),
    "focal loss": ("The loss", "The other way: focal loss"),
    "smooth L1": ("The loss", "The place: smooth L1"),
    "aspect ratio": ("Default boxes", "The boxes of one cell"),
    "clipping": ("Boxes and IoU", "Clipping"),
    "how to cite": ("SSD, number by number", "How to cite"),
    "box_iou": ("Reference: the detector", "box_iou"),
}


@pytest.fixture
def search(watch, width):
    """Search from the page's address; in the end, nothing may have been complained of."""
    watched = watch(width)

    def search(query):
        page = watched.open(f"search.html?q={query}")
        expect(page.locator(".search-summary")).not_to_be_empty()
        return page

    yield search
    assert watched.trouble == []


def test_what_a_reader_types_leads_to_the_section_that_says_it(search):
    page = search("iou")
    field, found = page.locator(".bd-search-container input"), page.locator(".ssd-found")
    first = {}
    for query in ASKED:
        field.fill(query)
        section = found.first.locator("li a").first.inner_text()
        first[query] = (found.first.locator("h2 a").inner_text(), section)
    assert first == ASKED


def test_chapters_come_before_the_pages_that_look_things_up(search):
    page = search("receptive field")
    kinds = [
        "".join(heading.locator(".ssd-found-kind").all_inner_texts())
        for heading in page.locator(".ssd-found h2").all()
    ]
    assert kinds[0] == ""
    assert "Reference" in kinds
    assert "" not in kinds[kinds.index("Reference") :]


def test_a_result_shows_the_words_in_their_place_and_leads_there(search):
    page = search("receptive field")
    result = page.locator(".ssd-found li").first
    assert result.locator("p mark").all_inner_texts()[:2] == ["receptive", "field"]
    assert 60 < len(result.locator("p").inner_text()) < 260
    link = result.locator("a")
    link.click()
    page.wait_for_url(re.compile(r"features\.html#what-a-cell-sees$"))
    expect(page.get_by_role("heading", name="What a cell sees")).to_be_in_viewport()
    page.wait_for_load_state("networkidle")


def test_nothing_found_says_so(search):
    page = search("zeppelin")
    expect(page.locator(".search-summary")).to_have_text(re.compile("Nothing found for “zeppelin”"))
    assert page.locator(".ssd-found").count() == 0


def test_the_glass_stands_beside_the_words(search):
    page = search("iou")
    field = page.locator(".bd-search-container input")
    left = field.evaluate("(one) => parseFloat(getComputedStyle(one).paddingLeft)")
    glass, box = places(page.locator(".bd-search-container form > i"), field)
    assert glass["x"] + glass["width"] <= box["x"] + left
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
